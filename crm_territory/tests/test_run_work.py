from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.crm_territory_run_work import _LOOK_AGAIN as LOOK_AGAIN
from .test_run import RunCase

IN_SHORT_TRANSACTION = "odoo.addons.crm_territory.handout_turns.in_short_transaction"
RUN_LOGGER = "odoo.addons.crm_territory.models.crm_territory_run_work"


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
        total = sum(
            run._model(name).search_count(run._domain(name))
            for name in ("res.partner", "crm.lead")
        )
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
        work_batch = type(self._new())._work_batch

        def in_short_transaction(_registry, store):
            store(self.env)
            self.env.flush_all()

        def failing(run, patiently=False):
            if run.plan_id == self.plan:
                raise ValueError("Disk full")
            return work_batch(run, patiently)

        with (
            patch.object(type(self._new()), "_work_batch", failing),
            patch.object(type(self._new()), "_rollback"),
            patch(IN_SHORT_TRANSACTION, in_short_transaction),
            mute_logger(RUN_LOGGER),
        ):
            self._catch_up()
        failed, done = (plan.run_ids.sorted("id")[-1] for plan in plans)
        self.assertEqual((failed.state, failed.error), ("failed", "Disk full"))
        self.assertEqual((done.state, beta.is_to_be_run), ("done", False))

    def test_started_run_is_worked_by_the_scheduled_job(self):
        self._open_japan()
        run = self._new()
        trigger = "odoo.addons.base.models.ir_cron.IrCron._trigger"
        with patch(trigger, autospec=True) as triggered:
            run.action_start()
        self.assertEqual(
            triggered.call_args.args[0],
            self.env.ref("crm_territory.crm_territory_run_cron"),
        )
        self.assertEqual((run.state, run.progress), ("running", 0))
        self.env["crm.territory.run"].sudo()._cron_continue()
        self.assertEqual(run.state, "done")
        self.assertTerritories(self.sato, self.japan)

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
        work_batch = type(run)._work_batch
        seen = []

        def cancelling(run, patiently=False):
            work_batch(run, patiently)
            seen.append(run.seen_count)
            if len(seen) == 2:
                run.action_cancel()

        with patch.object(type(run), "_work_batch", cancelling):
            run.run_to_end()
        self.assertEqual((run.state, seen), ("cancelled", [1, 2]))
        self.assertEqual(run.seen_count, 2)

    def test_waiting_for_the_run_of_another_worker(self):
        """It looks again after a pause, and does not ask without end meanwhile."""
        self._open_japan()
        run = self._started()
        takes, pauses = iter([False, False, True]), []
        take = type(run)._take

        def taking(run):
            return next(takes, True) and take(run)

        with (
            patch.object(type(run), "_take", taking),
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
