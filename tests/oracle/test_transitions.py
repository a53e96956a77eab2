"""Several changes at once, plans that change while something runs, days that pass.

What happens in one step happens in one transaction, made by a sales manager, with
tracking and mails. After it every record has what its final values give, whether
each change was flushed on its own or not.
"""

from collections import Counter
from datetime import datetime, timedelta

import hypothesis
from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged

from .assignment import Oracle, Verdict
from .cast import make_cast
from .changes import Changes
from .explain import explain
from .owners import Owners, read_leads
from .play import Play
from .replay import Replay
from .searching import searches
from .transitions import Transitions

# what may bring a record out of what a plan covers, and back
CAN_CHANGE_COMPANY = {
    "account_below_account",
    "account_company",
    "convert_lead",
    "lead_company",
    "lead_customer",
    "merge_accounts",
    "merge_leads",
    "move_contact",
    "reopen_lead",
    "win_and_move_lead",
    "write_lead",
}
# when worlds begin: around midnight somewhere
START = datetime(2026, 3, 28, 9, 30)


@tagged("post_install", "-at_install")
class TestTransitions(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cast = make_cast(cls.env)
        cls.env["crm.territory.plan"].search([]).write({"state": "archived"})
        cls.env = cls.env(
            user=cls.cast.boss,
            context={
                "allowed_company_ids": cls.env["res.users"]
                .browse(cls.cast.boss)
                .company_ids.ids,
                "active_test": False,
                "no_reset_password": True,
            },
        )
        cls.env.flush_all()

    def test_random_worlds(self):
        self._search(Transitions(self.cast), 8)

    def test_random_worlds_with_policies(self):
        self._search(Transitions(self.cast, has_policies=True), 8)

    def _search(self, worlds, fixed):
        figures = Counter()

        @searches(fixed)
        @hypothesis.given(worlds.world())
        def compare(world):
            savepoint = self.env.cr.savepoint()
            try:
                with freeze_time(START) as clock:
                    _Life(self, world, worlds.has_policies, clock, figures).live()
            finally:
                self.env.clear()
                savepoint.close(rollback=True)
                self.env.registry.clear_all_caches()

        compare()
        print("\ntransitions:", dict(figures))
        self.assertLess(figures["refused"], figures["changes"] / 3)
        if worlds.has_policies:
            self.assertGreater(figures["given out"], 10)


class _Life:
    """One world, step by step.

    ``expected`` is what each record was found to be after the last step: what it has
    to be, or for what no criteria decide about, what it was.
    """

    def __init__(self, test, world, has_policies, clock, figures):
        self.test = test
        self.env = test.env
        self.world = world
        self.has_policies = has_policies
        self.clock = clock
        self.figures = figures
        self.play = Play(self.env, test.cast, world)
        self.expected = {}
        self.history = []
        self.replay = Replay(self.env, figures)

    def live(self):
        play = self.play
        self._begin()
        play.make_plans()
        play.make_accounts()
        play.make_leads()
        play.make_overrides()
        self._settle("the beginning")
        self.figures["worlds"] += 1
        for step in self.world["steps"]:
            self._step(*step)
        self._check_replay()
        self.figures["refused"] += len(play.refused)

    def _step(self, kind, hours, changes, goes_on):
        self.figures[kind] += 1
        self.figures["changes"] += len(changes)
        run = self._begin_run() if goes_on else None
        self.clock.tick(timedelta(hours=hours))
        self.play.today = fields.Date.context_today(self.env.user)
        is_at_rest = kind == "values" and not self.has_policies
        flushed = self._flushed_between(changes) if is_at_rest else None
        self._begin()
        oracles = [Oracle(self.env)]
        done = self.play.together(changes, lambda change: self._look(change, oracles))
        self.changes_companies = any(name in CAN_CHANGE_COMPANY for name, *_ in done)
        self.history.append((kind, f"{hours} h later", done))
        if is_at_rest:
            self._compare_flushed(done, flushed)
        self._settle(kind, None if kind == "values" else oracles)
        if kind == "days":
            self._begin()
            self.env["crm.territory.plan"].sudo()._cron_upkeep()
            self._settle("upkeep")
        if run:
            self._begin()
            self._work(run)
            self._settle("the end of the run", oracles if kind == "plans" else None)
        if kind == "plans":
            self._begin()
            for plan in self._active_plans():
                going_on = plan.run_ids.filtered(lambda run: run.state == "running")
                self._work(going_on or self._new_run(plan))
                self.test.assertFalse(plan.giver_ids)
            self._settle("runs")

    def _begin(self):
        """Note how things are before a transaction."""
        play = self.play
        play.judged_anew = play.leads.browse()
        play.owned_by_hand = set()
        play.turned = set()
        self.changes_companies = False
        self.was_open = set(self._open(play.leads).ids)
        self.leads_before = read_leads(play.leads) if self.has_policies else {}

    @staticmethod
    def _open(leads):
        return leads.filtered(lambda lead: lead.won_status == "pending")

    @staticmethod
    def _look(change, oracles):
        """Remember how the criteria are after each change of them."""
        if not hasattr(Changes, f"_{change[0]}"):
            oracles.append(Oracle(oracles[0].env))

    # -- runs

    def _active_plans(self):
        return self.play.plans.filtered(lambda plan: plan.state == "active")

    def _new_run(self, plan):
        run = self.env["crm.territory.run"].create({"plan_id": plan.id})
        run.batch_size = 5
        run.action_start()
        return run

    def _begin_run(self):
        """A run that has done its first batch; None without an active plan."""
        plans = self._active_plans()
        if not plans:
            return None
        self.figures["runs that go on"] += 1
        run = self._new_run(plans[0])
        run.run_step()
        return run

    def _work(self, run):
        if run.state == "cancelled":
            return  # its plan was introduced anew meanwhile, by another run
        while run.state == "running":
            run.run_step()
        self.figures[f"runs {run.state}"] += 1
        self.test.assertEqual(
            run.state, "done" if run.plan_id.state == "active" else "cancelled"
        )

    # -- flushed or not

    def _flushed_between(self, changes):
        """What the changes give when each is flushed before the next one is made."""
        play, state = self.play, self.play.state()
        refused = list(play.refused)
        self._begin()
        with self.env.cr.savepoint() as savepoint:
            done = play.together(changes, lambda change: self.env.cr.flush())
            stored = self._covered(play.stored())
            savepoint.rollback()
        self.env.registry.clear_all_caches()
        play.put_back(state)
        play.refused = refused
        return done, stored

    def _covered(self, stored):
        """What is stored of the records that a plan covers, by model, in order of ids.

        What none covers any more keeps what it had at the end of its time: that depends
        on when it was written.
        """
        oracle = Oracle(self.env)
        return [
            (model, values)
            for (model, id_), values in sorted(stored.items())
            if oracle.judging(self._judged(self.env[model].browse(id_)))
        ]

    @staticmethod
    def _judged(record):
        """The account of a partner; a lead itself."""
        return record if record._name == "crm.lead" else record.commercial_partner_id

    def _compare_flushed(self, done, flushed):
        done_then, then = flushed
        if done == done_then:
            self.figures["flushed or not"] += 1
            now = self._covered(self.play.stored())
            if now != then:
                self.test.fail(
                    "\n".join(
                        [
                            "A flush after each change gives something else, after:",
                            *map(str, self.history),
                            f"without: {now}",
                            f"with:    {then}",
                        ]
                    )
                )

    # -- comparing

    def _settle(self, what, oracles=None):
        """Compare what is stored with what may be.

        :param oracles: the criteria as they were; None: they are in force everywhere
        """
        self.history.append(what)
        self.env.invalidate_all()
        got = self.play.stored()
        self.replay.look(got, self.play.partners)
        oracles = [*(oracles or ()), Oracle(self.env)]
        wrong = []
        for records in (self.play.partners, self.play.leads):
            before = {
                id_: verdict
                for (model, id_), verdict in self.expected.items()
                if model == records._name
            }
            verdicts = [self._verdicts(o, records, before) for o in oracles]
            for record in records:
                key = (record._name, record.id)
                found = Verdict(*got[key])
                allowed = self._allowed(record, verdicts, oracles)
                self.figures["free" if allowed is None else "compared"] += 1
                if allowed is not None and found not in allowed:
                    wrong.append((key, allowed[-1], got[key]))
                self.expected[key] = found
        if wrong:
            self.test.fail(explain(self.play, self.history, wrong))
        if self.has_policies:
            self._check_owners(what, oracles)

    @staticmethod
    def _verdicts(oracle, records, before):
        judge = oracle.leads if records._name == "crm.lead" else oracle.accounts
        return judge(records, before)

    def _allowed(self, record, verdicts, oracles):
        """What the record may be: list of Verdict; None: anything."""
        old = self.expected.get((record._name, record.id))
        judged = self._judged(record)
        if judged.territory_is_locked:
            # where it was when somebody locked it, is not told by how things are now
            is_told = (judged._name, judged.id) not in self.play.turned
            return [verdicts[-1][record.id]] if is_told else None
        if record._name == "crm.lead" and record.won_status != "pending":
            stays = old and record.id not in self.was_open
            return [old] if stays and record not in self.play.judged_anew else None
        if len(oracles) == 1:
            is_covered = oracles[0].judging(judged)
            if not is_covered and self.changes_companies:
                return None
            allowed = [verdicts[0][record.id]]
            if not is_covered and record != judged:
                # a contact that came when no plan covered its account any more
                allowed.append(old or Verdict())
            return allowed
        if not any(oracle.judging(judged) for oracle in oracles):
            return None if self.changes_companies else [old or Verdict()]
        depends_on_others = record._name == "crm.lead" and record.partner_id
        keeps_some = any(oracle.left_of(judged) for oracle in oracles)
        if depends_on_others or keeps_some or not oracles[-1].judging(judged):
            return None
        return [old, *(verdict[record.id] for verdict in verdicts)]

    def _check_replay(self):
        """The history tells of each moment what was stored then."""
        # the database knows nothing of the clock that is frozen
        for records in (self.play.partners, self.play.leads):
            self.env.cr.execute(
                f"UPDATE {records._table} SET create_date = %s WHERE id = ANY(%s)",
                [START, records.ids],
            )
        if faults := [*self.replay.faults()]:
            self.test.fail("\n".join([*faults[:9], "after:", *map(str, self.history)]))

    def _check_owners(self, what, oracles):
        leads = self.play.leads
        owners = Owners(self.env, oracles[-1])
        after = read_leads(leads)
        self.figures["given out"] += sum(
            bool(lead.user_id)
            and id_ not in self.play.owned_by_hand
            and not (id_ in self.leads_before and self.leads_before[id_].user_id)
            for id_, lead in after.items()
        )
        self.figures["waiting"] += sum(lead.waits for lead in after.values())
        is_still = len(oracles) == 1 and what != "the beginning"
        faults = owners.faults(
            self.leads_before, after, self.play.owned_by_hand, is_still
        )
        faults = [*faults]
        if what not in ("days", "plans"):  # else after the job or the run that follows
            faults += owners.waiting(after)
        if faults:
            self.test.fail("\n".join([*faults, "after:", *map(str, self.history)]))
