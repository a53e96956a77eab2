"""Random plans, records and changes: the engine against the oracle.

``setup/test oracle --search 5000`` draws fresh ones.
"""

from collections import Counter
from unittest.mock import patch

import hypothesis

from odoo.fields import Domain
from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_territory.matching import narrowing
from odoo.addons.crm_territory.runs.scope import Scope
from odoo.addons.crm_territory.runs.shown import Shown
from odoo.addons.crm_territory.tests.common import run_everything

from .assignment import Oracle
from .cast import make_cast
from .explain import explain
from .play import QUIET, Play
from .reasons import Reasons
from .searching import searches
from .worlds import Worlds


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
        # the few rules of these worlds are narrowed as thousands would be
        self.startPatcher(patch.object(narrowing, "_FEWEST_ROWS", 1))

    def test_random_worlds(self):
        """Created, changed one by one and run: every record is where it belongs."""

        @searches(20)
        @hypothesis.given(Worlds(self.cast).world())
        def compare(world):
            savepoint = self.env.cr.savepoint()
            try:
                self._live_through(world)
            finally:
                self.env.clear()
                savepoint.close(rollback=True)
                self.env.registry.clear_all_caches()

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
        # every other one as if rules were many
        self.figures["worlds"] += 1
        self.patch(narrowing, "_FEWEST_ROWS", 100 * (self.figures["worlds"] % 2))
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
        before = play.stored()
        at_once = world["run"] == "at_once"
        promised = self._dry_run(play, include_closed=at_once)
        self.assertEqual(play.stored(), before, "A dry run changed records")
        if at_once:
            # Within one transaction everything is judged, closed ones as well.
            run_everything(play.plans)
            play.judged_anew = play.leads
        else:
            self._run_in_batches(play)
        self.env.invalidate_all()
        self._check(play, f"run {world['run']}")
        after = play.stored()
        self._check_promise(play, promised, before, after)
        self._run_in_batches(play)
        self.assertEqual(play.stored(), after, "A second run changed records")
        self._run_in_batches(play, include_closed=True)
        play.judged_anew = play.leads
        self._check(play, "run of closed ones too")
        self._check_reasons(play)

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
        run = self._run_in_batches(play, is_dry=True, **values)
        differing = Shown(run).differing()
        self.assertFalse(any(differing), "It would be something else at once")
        self._check_comparison(run)
        return {
            (record._name, record.id): set(move.set_after_id.territory_ids.ids)
            for move in run.move_ids
            for record in [move.partner_id or move.lead_id]
        }

    def _check_comparison(self, run):
        """Each record that was judged has one outcome, each that moves another one than
        before: all territories are of one plan. What is locked stays, not judged.
        """
        rows = self.env["crm.territory.comparison"].search([("run_id", "=", run.id)])
        counts = Counter()
        for row in rows:
            counts[row.outcome] += row.record_count
        scope = Scope(run)
        locked = sum(
            scope.model(name).search_count(
                scope.domain(name) & Domain("territory_is_locked", "=", True)
            )
            for name in ("res.partner", "crm.lead")
        )
        self.assertEqual(sum(counts.values()), run.judged_count + locked)
        self.assertEqual(sum(counts.values()) - counts["unchanged"], run.changed_count)
        self.figures["compared"] += run.judged_count

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
        got = play.stored()
        oracle = Oracle(self.env)
        for account, verdict in oracle.accounts(
            play.partners, self._expected_of("res.partner")
        ).items():
            self.expected["res.partner", account] = verdict
        open_or_new = play.leads.filtered(lambda lead: lead.won_status == "pending")
        for lead, verdict in oracle.leads(
            open_or_new | play.judged_anew, self._expected_of("crm.lead")
        ).items():
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

    def _check_reasons(self, play):
        """What is told of why records are where they are holds. Of what is ours no
        criteria are asked.
        """
        ours = Oracle(self.env).is_ours
        accounts = play.partners.filtered(
            lambda p: p == p.commercial_partner_id and not ours(p)
        )
        faults = []
        for records in (accounts[:5], play.leads[:8]):
            oracle = Oracle(self.env)
            judge = oracle.leads if records._name == "crm.lead" else oracle.accounts
            judge(records, self._expected_of(records._name))
            reasons = Reasons(oracle, self.figures)
            faults += [fault for record in records for fault in reasons.faults(record)]
        if faults:
            steps = map(str, self.history)
            self.fail("\n".join([*faults[:10], "after:", *steps, "the plan:"]))

    def _expected_of(self, model_name):
        return {
            id_: verdict
            for (model, id_), verdict in self.expected.items()
            if model == model_name
        }
