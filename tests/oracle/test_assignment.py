"""Random plans, records and changes: the engine against the oracle.

``ORACLE_EXAMPLES=5000 setup/test oracle`` runs longer, with another seed every time;
``ORACLE_SEED=7`` repeats the run of a seed.
"""

import os
from collections import Counter

import hypothesis
from hypothesis import HealthCheck, Phase

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_territory.tests.common import run_everything

from .assignment import Oracle
from .cast import make_cast
from .explain import explain
from .play import QUIET, Play
from .worlds import Worlds

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", 30))
SEED = os.environ.get("ORACLE_SEED")
RANDOM = "ORACLE_EXAMPLES" in os.environ and not SEED

SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not RANDOM and not SEED,
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)

# What is stored, as the next transaction reads it.
STORED = """
    SELECT record.id, COALESCE(record.territory_id, 0),
           ARRAY(SELECT territory_id
                   FROM crm_territory_set_rel AS rel
                  WHERE rel.set_id = record.territory_set_id)
      FROM {} AS record
     WHERE record.id = ANY(%s)
"""


@tagged("post_install", "-at_install")
class TestAssignmentOracle(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **QUIET))
        cls.cast = make_cast(cls.env)
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.figures = Counter()
        self.figures_of_refusals = Counter()

    def test_random_worlds(self):
        """Created, changed one by one and run: every record is where it belongs."""

        @SETTINGS
        @hypothesis.given(Worlds(self.cast).world())
        def compare(world):
            savepoint = self.env.cr.savepoint()
            try:
                self._live_through(world)
            finally:
                self.env.clear()
                savepoint.close(rollback=True)
                self.env.registry.clear_all_caches()

        if SEED:
            compare = hypothesis.seed(int(SEED))(compare)
        compare()
        print("\nassignment oracle:", dict(self.figures))
        print("refused by Odoo:", dict(self.figures_of_refusals))
        self.assertLess(
            sum(self.figures_of_refusals.values()),
            self.figures["changes"] / 5,
            "Odoo refuses too many of the random changes to learn much from them",
        )

    # one world

    def _live_through(self, world):
        play = Play(self.env, self.cast, world)
        self.expected = {}
        self.history = []
        play.make_plans()
        self.figures["plans"] += len(play.plans)
        self.figures["territories"] += len(play.territories)
        play.make_accounts()
        self._check(play, "accounts created")
        play.make_leads()
        self._check(play, "leads created")
        self.figures["records"] += len(play.partners) + len(play.leads)
        play.make_overrides()
        self._check(play, ("overrides", world["overrides"]))
        for change in world["changes"]:
            self.figures["changes"] += 1
            if play.change(change):
                self._check(play, change)
        self._edit_and_run(play, world)
        for refusal in play.refused:
            self.figures_of_refusals[refusal.split(":")[0]] += 1

    def _edit_and_run(self, play, world):
        for edit in world["edits"]:
            self.figures["changes"] += 1
            if play.change(edit):
                self.history.append(edit)
        before = self._stored(play)
        at_once = world["run"] == "at_once"
        promised = self._dry_run(play, include_closed=at_once)
        self.assertEqual(self._stored(play), before, "A dry run changed records")
        if at_once:
            # Within one transaction everything is judged, closed ones as well.
            run_everything(play.plans)
            play.judged_anew = play.leads
        else:
            self._run_in_batches(play)
        self.env.invalidate_all()
        self._check(play, f"run {world['run']}")
        after = self._stored(play)
        self._check_promise(play, promised, before, after)
        self._run_in_batches(play)
        self.assertEqual(self._stored(play), after, "A second run changed records")
        self._run_in_batches(play, include_closed=True)
        play.judged_anew = play.leads
        self._check(play, "run of closed ones too")

    def _run_in_batches(self, play, **values):
        runs = self.env["crm.territory.run"]
        for plan in play.plans:
            run = runs.create({"plan_id": plan.id, "batch_size": 7, **values})
            run.action_start()
            while run.state == "running":
                run.run_step()
            self.assertEqual(run.state, "done", run.error)
            runs |= run
        self.figures["runs"] += len(runs)
        return runs

    def _dry_run(self, play, **values):
        """What a run would change: {(model, record id): set of territories}.

        Only with one plan: the run of each plan promises what it does alone.
        """
        if len(play.plans) > 1:
            return None
        moves = self._run_in_batches(play, is_dry=True, **values).move_ids
        return {
            (record._name, record.id): set(move.set_after_id.territory_ids.ids)
            for move in moves
            for record in [move.partner_id or move.lead_id]
        }

    def _check_promise(self, play, promised, before, after):
        if promised is None:
            return
        ours = {key: promised[key] for key in promised if key in after}
        moved = {key: set(after[key][0]) for key in after if after[key] != before[key]}
        contacts = play.partners.filtered(lambda p: p != p.commercial_partner_id)
        for contact in contacts:
            moved.pop(("res.partner", contact.id), None)
            ours.pop(("res.partner", contact.id), None)
        self.assertEqual(ours, moved, "The dry run promised something else")

    # comparing

    def _check(self, play, what):
        """Every record is where the oracle has it; closed leads where they were."""
        self.history.append(what)
        got = self._stored(play)
        oracle = Oracle(self.env)
        for account, verdict in oracle.accounts(play.partners).items():
            self.expected["res.partner", account] = verdict
        open_or_new = play.leads.filtered(lambda lead: lead.won_status == "pending")
        for lead, verdict in oracle.leads(open_or_new | play.judged_anew).items():
            self.expected["crm.lead", lead] = verdict
        play.judged_anew = self.env["crm.lead"]
        wrong = []
        for key, found in got.items():
            verdict = self.expected[key]
            self.figures["comparisons"] += 1
            self.figures["in one territory"] += len(verdict.territories) == 1
            self.figures["in several"] += len(verdict.territories) > 1
            if found != (verdict.territories, verdict.credited):
                wrong.append((key, verdict, found))
        if wrong:
            self.fail(explain(play, self.history, wrong))

    def _stored(self, play):
        """{(model, id): (territories, credited)}, as the database has it."""
        self.env.flush_all()
        stored = {}
        for records in (play.partners, play.leads):
            self.env.cr.execute(STORED.format(records._table), [records.ids])
            for record_id, credited, territories in self.env.cr.fetchall():
                stored[records._name, record_id] = (frozenset(territories), credited)
        return stored
