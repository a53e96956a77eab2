import ast
from pathlib import Path
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import SQL, mute_logger

from .. import runs
from ..runs.scope import Scope
from ..runs.work import LOOK_AGAIN, Worker
from .test_run import RunCase

ADDON = "odoo.addons.crm_territory"
# each reads only what is before it
ORDER = ("states", "scope", "judging", "giving", "work", "undo", "shown")


@tagged("post_install", "-at_install")
class TestRunWork(RunCase):
    """When a run is due, who works it, and how it ends."""

    # -- to be run

    def test_changed_criteria_mark_the_plan_until_it_is_run(self):
        self.assertFalse(self.plan.is_to_be_run)
        self.assertEqual(self.plan.outdated_count, 0)
        changes = [
            self._open_japan,
            lambda: self.japan.write({"sequence": 3}),
            lambda: self.japan.area_ids.write({"city": "Tokyo"}),
            lambda: self.health.rule_ids[0].write({"domain": "[]"}),
            lambda: self.japan.area_ids.unlink(),
            lambda: self.health.rule_ids[1].unlink(),
            lambda: self.japan.write({"parent_id": self.europe.id}),
            lambda: self.japan.write({"active": False}),
        ]
        for number, change in enumerate(changes):
            change()
            self.assertTrue(self.plan.is_to_be_run, number)
            self.assertIn(
                self.plan,
                self.env["crm.territory.plan"].search([("is_to_be_run", "=", True)]),
            )
            self.run_assignment()
            self.assertFalse(self.plan.is_to_be_run, number)
            self.assertNotIn(
                self.plan,
                self.env["crm.territory.plan"].search([("is_to_be_run", "=", True)]),
            )

    def test_unrelated_changes_do_not_mark_the_plan(self):
        self.germany.write({"name": "Deutschland", "color": 3, "description": "Here"})
        self.germany.member_ids.write({"weight": 3})
        self.plan.write({"name": "Welt", "date_start": "2020-01-01"})
        self.health.rule_ids[0].name = "Clinics"
        self.assertFalse(self.plan.is_to_be_run)

    def test_outdated_count_goes_down_as_records_are_judged(self):
        self._open_japan()
        run = self._new()
        total = Scope(run).count()
        self.assertEqual(self.plan.outdated_count, total)
        self.sato.zip = "100"
        self.env.flush_all()
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.outdated_count, total - 2)  # and its lead
        self.account("Ono", self.jp)
        self.env.flush_all()
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.outdated_count, total - 2)
        self.run_assignment(scope="territory", territory_id=self.germany.id)
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.outdated_count, total - 2 - 3)  # adler, bruno, deal
        self.japan.sequence = 1
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.outdated_count, total + 1)
        self.run_assignment()
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.outdated_count, 0)
        self.assertFalse(self.env["crm.territory.judgement"].search([]))

    def test_outdated_count_without_records_that_are_gone(self):
        """What was judged and deleted since is not taken from those that are left."""
        self._open_japan()
        before = self.plan.outdated_count
        ono = self.account("Ono", self.jp)
        self.env.flush_all()
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.outdated_count, before)
        ono.unlink()
        self.env.flush_all()
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.outdated_count, before)

    def test_partial_runs_leave_the_plan_to_be_run(self):
        self._open_japan()
        for values in (
            {"is_dry": True},
            {"only_missing": True},
            {"scope": "selection", "partner_ids": [Command.set(self.adler.ids)]},
        ):
            self.run_assignment(**values)
            self.assertTrue(self.plan.is_to_be_run, values)

    def test_change_during_a_run_leaves_the_plan_to_be_run(self):
        self._open_japan()
        run = self._started()
        run.run_step()
        self.japan.sequence = 1
        run.run_to_end()
        self.assertEqual(run.state, "done")
        self.assertTrue(self.plan.is_to_be_run)

    # -- catching up

    def _catch_up(self):
        self.env["crm.territory.plan"].with_user(
            self.env.ref("base.user_root")
        )._cron_catch_up()
        self.env.invalidate_all()

    def test_catches_up_if_the_admin_wants_so(self):
        self._open_japan()
        self._catch_up()
        self.assertNoTerritory(self.sato)
        self.plan.catch_up = True
        self._catch_up()
        self.assertTerritories(self.sato, self.japan)
        self.assertFalse(self.plan.is_to_be_run)
        runs = self.plan.run_ids
        self._catch_up()
        self.assertEqual(self.plan.run_ids, runs)

    def test_catching_up_goes_on_with_a_run_that_goes_on(self):
        self._open_japan()
        self.plan.catch_up = True
        run = self._started(batch_size=1)
        run.run_step()
        count = len(self.plan.run_ids)
        self._catch_up()
        self.assertEqual(len(self.plan.run_ids), count)
        self.assertEqual(run.state, "done")
        self.assertTerritories(self.sato, self.japan)

    def test_catching_up_with_a_plan_fails_no_other(self):
        """Its run says what was wrong; that of the next plan is done."""
        company = self.env["res.company"].sudo().create({"name": "Beta"})
        self.mona.sudo().company_ids += company
        (self.plan + self.env["crm.territory.plan"]).company_id = self.env.company
        beta = self.env["crm.territory.plan"].create(
            {"name": "Beta", "company_id": company.id}
        )
        self.territory("Beta", plan=beta, areas=[{"country_id": self.jp.id}])
        beta.action_activate()
        self._open_japan()
        plans = self.plan + beta
        plans.catch_up = True
        do = Worker._do

        def in_short_transaction(_registry, store):
            store(self.env)
            self.env.flush_all()

        def failing(worker, batch, patiently):
            if worker.run.plan_id == self.plan:
                raise ValueError("Disk full")
            do(worker, batch, patiently)

        with (
            patch.object(Worker, "_do", failing),
            patch(f"{ADDON}.runs.work.roll_back"),
            patch(f"{ADDON}.handout_turns.in_short_transaction", in_short_transaction),
            mute_logger(f"{ADDON}.runs.work"),
        ):
            self._catch_up()
        failed, done = (plan.run_ids.sorted("id")[-1] for plan in plans)
        self.assertEqual((failed.state, failed.error), ("failed", "Disk full"))
        self.assertEqual((done.state, beta.is_to_be_run), ("done", False))

    def test_started_run_is_worked_by_the_scheduled_jobs(self):
        self._open_japan()
        run = self._new()
        trigger = "odoo.addons.base.models.ir_cron.IrCron._trigger"
        ours = self.env.ref("crm_territory.crm_territory_run_cron").sudo()
        copied = ours.copy()
        with patch(trigger, autospec=True) as triggered:
            run.action_start()
        crons = [call.args[0] for call in triggered.call_args_list]
        for cron in ours + copied:
            self.assertIn(cron, crons)
        self.assertEqual((run.state, run.progress), ("running", 0))
        self.env["crm.territory.run"].sudo()._cron_continue()
        self.assertEqual(run.state, "done")
        self.assertTerritories(self.sato, self.japan)

    def test_scheduled_job_comes_back_after_its_turn(self):
        """Other jobs want theirs: it does a batch at least, and asks for more."""
        run = self._started(batch_size=1)
        cron = self.env.ref("crm_territory.crm_territory_run_cron").sudo()
        trigger = "odoo.addons.base.models.ir_cron.IrCron._trigger"
        jobs = self.env["crm.territory.run"].sudo().with_context(cron_id=cron.id)
        with (
            patch(trigger, autospec=True) as triggered,
            patch(f"{ADDON}.models.crm_territory_run_work.TURN", 0.0),
        ):
            jobs._cron_continue()
        self.assertEqual((run.state, run.seen_count), ("running", 1))
        self.assertEqual(triggered.call_args.args[0], cron)
        with patch(trigger, autospec=True) as triggered:
            jobs._cron_continue()
        self.assertEqual(run.state, "done")
        self.assertFalse(triggered.called)

    # -- batches

    def test_batches_of_a_phase_hold_all_ids(self):
        """Those that there are, and those that come: each belongs to one batch."""
        run = self._started(batch_size=2)
        scope = Scope(run)
        for phase in ("res.partner", "crm.lead"):
            batches = run.sudo().batch_ids.filtered(lambda b, p=phase: b.phase == p)
            count = scope.model(phase).search_count(scope.domain(phase))
            self.assertEqual(len(batches), max(1, -(-count // 2)))
            ends = batches.mapped("last_id")
            self.assertEqual(batches.mapped("after_id"), [0, *ends[:-1]])
            self.assertEqual(ends[-1], 0)
        self.assertEqual(run.sudo().batch_ids[-1].phase, "owner")

    def test_empty_phase_has_a_batch(self):
        """An account may come into the run while it goes on."""
        run = self._started(scope="selection", lead_ids=[Command.set(self.deal.ids)])
        phases = run.sudo().batch_ids.mapped("phase")
        self.assertEqual(phases, ["res.partner", "crm.lead", "owner"])
        run.run_to_end()
        self.assertEqual((run.state, run.judged_count, run.total_count), ("done", 1, 1))

    def test_more_changes_than_may_be_made_at_once(self):
        """Further turns at the batch do the others; figures are those of one turn."""
        self.env.flush_all()
        for table in ("res_partner", "crm_lead"):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET territory_set_id = NULL, territory_id = NULL",
                    SQL.identifier(table),
                )
            )
        self.env.invalidate_all()
        whole = self._new(is_dry=True, include_closed=True)
        whole.run_to_end()
        self.assertGreater(whole.changed_count, 4)
        run = self._started(include_closed=True)
        with patch(f"{ADDON}.runs.judging._MOST_CHANGES", 2):
            before = steps = 0
            while run.run_step()["state"] == "running":
                self.assertLessEqual(run.changed_count - before, 2)
                before = run.changed_count
                steps += 1
        self.assertGreater(steps, 2)
        self.assertEqual(run._figures(), whole._figures())
        self.assertEqual(self.run_assignment(include_closed=True).changed_count, 0)

    def test_more_records_than_a_batch_may_have(self):
        """What came into the range of a batch is done by further turns at it."""
        self._open_japan()
        run = self._started()
        run.batch_size = 2
        steps = 0
        while run.run_step()["state"] == "running":
            steps += 1
        self.assertGreater(steps, run.total_count // 2)
        self.assertEqual((run.seen_count, run.state), (run.total_count, "done"))
        self.assertTerritories(self.lead_of_sato, self.japan)

    def test_run_is_started_once(self):
        run = self._started()
        for state in ("running", "done"):
            self.assertEqual(run.state, state)
            with self.assertRaisesRegex(UserError, "was started before"):
                run.action_start()
            run.run_to_end()

    # -- one at a time, cancel, continue

    def test_two_runs_are_refused(self):
        self._started()
        with self.assertRaisesRegex(UserError, "is going on.*wait for its end"):
            self._new().action_start()
        with self.assertRaisesRegex(UserError, "is going on"):
            self._new(is_dry=True).run_to_end()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    "UPDATE crm_territory_run SET state = 'running' WHERE plan_id = %s",
                    [self.plan.id],
                )

    def test_runs_of_two_plans_go_on_together(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        self._started()
        self._started(plan_id=draft.id, is_dry=True)

    def test_cancelled_run_leaves_whole_batches_and_continues_after_them(self):
        self._open_japan()
        run = self._started(batch_size=1)
        while not run.judged_count:
            run.run_step()
        judged = run.judged_count
        self.assertGreater(run.progress, 0)
        self.assertLess(run.progress, 100)
        run.action_cancel()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(run.run_step()["state"], "cancelled")
        self.assertEqual(run.judged_count, judged)
        self.assertTrue(self.plan.is_to_be_run)
        run.action_continue()
        run.run_to_end()
        self.assertEqual((run.state, run.judged_count), ("done", run.total_count))
        self.assertTerritories(self.lead_of_sato, self.japan)
        self.assertFalse(self.plan.is_to_be_run)

    def test_run_that_is_cancelled_between_two_batches_does_no_more(self):
        """Who works it to its end finds it cancelled when he takes it again."""
        self._open_japan()
        run = self._started(batch_size=1)
        do = Worker._do
        seen = []

        def cancelling(worker, batch, patiently):
            do(worker, batch, patiently)
            seen.append(run.seen_count)
            if len(seen) == 2:
                run.action_cancel()

        with patch.object(Worker, "_do", cancelling):
            run.run_to_end()
        self.assertEqual((run.state, seen), ("cancelled", [1, 2]))
        self.assertEqual(run.seen_count, 2)

    def test_waiting_for_the_batches_of_other_workers(self):
        """It looks again after a pause, and does not ask without end meanwhile."""
        self._open_japan()
        run = self._started()
        claims, pauses = [("res.partner", []), ("owner", [])], []
        batches = self.env["crm.territory.run.batch"]
        claim = type(batches)._claim

        def claiming(batches, run):
            if not claims:
                return claim(batches, run)
            phase, ids = claims.pop(0)
            return phase, batches.browse(ids)

        with (
            patch.object(type(batches), "_claim", claiming),
            patch("time.sleep", pauses.append),
        ):
            run.run_to_end()
        self.assertEqual(run.state, "done")
        self.assertEqual(pauses, [LOOK_AGAIN, LOOK_AGAIN])

    def test_cancelled_run_does_not_continue_beside_another(self):
        run = self._started()
        run.action_cancel()
        self._started()
        with self.assertRaisesRegex(UserError, "is going on"):
            run.action_continue()

    def test_finished_run_cannot_be_continued(self):
        for run in (self.run_assignment(), self._new()):
            with self.assertRaisesRegex(UserError, "cannot be continued"):
                run.action_continue()

    def test_batch_without_records_is_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self._new(batch_size=0)


@tagged("post_install", "-at_install")
class TestDirection(BaseCase):
    """The objects of a run read one way: see ``runs/__init__.py``."""

    def test_each_reads_only_what_is_before_it_and_no_model(self):
        folder = Path(runs.__file__).parent
        self.assertEqual(
            {path.stem for path in folder.glob("*.py")} - {"__init__"}, set(ORDER)
        )
        for place, name in enumerate(ORDER):
            tree = ast.parse((folder / f"{name}.py").read_text())
            read = {
                (node.level, (node.module or alias.name).split(".")[0])
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            beside = {module for level, module in read if level == 1}
            self.assertLessEqual(beside, set(ORDER[:place]), name)
            self.assertNotIn((2, "models"), read, name)
