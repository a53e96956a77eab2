from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..plans.introduction import Introduction
from ..plans.simulations import Simulations
from ..plans.state_change import StateChange
from ..runs.scope import Scope
from ..runs.work import Worker
from .activation_case import ActivationCase


@tagged("post_install", "-at_install")
class TestActivation(ActivationCase):
    """A plan takes the place of another in one step."""

    def test_one_step(self):
        dialog = self.env["crm.territory.activation"].browse(
            self.next_year.action_introduce()["res_id"]
        )
        self.assertEqual(dialog.replaced_names, "World")
        self.assertEqual(dialog.button_name, "Activate and Archive “World”")
        run = self.env["crm.territory.run"].new({"plan_id": self.plan.id})
        count = Scope(run).count()
        self.assertEqual(dialog.record_count, count)
        action = dialog.action_activate()
        run = self.env["crm.territory.run"].browse(action["res_id"])
        self.assertEqual(
            (self.plan.state, self.next_year.state), ("archived", "active")
        )
        self.assertEqual(run.total_count, count)
        self.work(run)
        self.assertEqual(run.state, "done")
        self.assertTerritories(self.adler, self.new["Germany"])
        self.assertFalse(self.next_year.is_to_be_run)
        # the plan before is kept whole
        self.assertEqual(self.germany.member_ids.user_id, self.amy)
        self.assertTrue(self.germany.active)

    def test_nobody_sees_what_neither_plan_gives(self):
        before = self.everyone_sees()
        self.assertEqual(before[self.amy], {"Adler", "Bruno", "Sato"})
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        self.assertEqual(self.everyone_sees(), before, "Nothing is judged yet")
        run.sudo().batch_ids.unlink()
        run.batch_size = 1
        run.flush_recordset()
        self.env["crm.territory.run.batch"].sudo()._cut(run)
        during = []
        while run.state == "running":
            Worker(run).do_batch()
            during.append(self.everyone_sees())
        after = during[-1]
        self.assertEqual(after[self.amy], {"Rivoire", "Sato"})
        self.assertEqual(after[self.bob], {"Adler", "Bruno", "Sato"})
        self.assertEqual(after[self.claire], before[self.claire])
        self.assertTrue(
            any(seen not in (before, after) for seen in during), "No step between"
        )
        for seen in during:
            for user, names in seen.items():
                self.assertLessEqual(names, before[user] | after[user])
                self.assertGreaterEqual(names, before[user] & after[user])

    def test_as_it_was_simulated(self):
        """What the simulation moves is what is moved, and nothing else."""
        simulation = Simulations(self.next_year).start()
        self.work(simulation)
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        self.work(run)

        def moves(of_run):
            return {
                (move.partner_id, move.lead_id, move.set_before_id): (
                    move.set_after_id,
                    move.territory_after_id,
                )
                for move in of_run.move_ids
            }

        self.assertEqual(moves(run), moves(simulation))
        self.assertGreater(len(run.move_ids), 4)

    def test_record_by_record_it_is_the_one_plan_or_the_other(self):
        """A record that changes meanwhile is judged by the new plan, and seen by it."""
        self.next_year.introduce()
        self.adler.country_id = self.fr
        self.assertTerritories(self.adler, self.new["France"])
        self.assertIn("Adler", self.seen_by(self.amy))
        self.bruno.country_id = self.jp
        self.assertNotIn("Bruno", self.seen_by(self.claire) & {"Nobody"})
        self.assertNotIn("Rivoire", self.seen_by(self.amy), "Not judged yet")
        self.assertIn("Rivoire", self.seen_by(self.claire), "By the plan before")

    def test_plan_before_shares_no_more_when_all_is_judged(self):
        won = self.deals[self.rivoire]
        won.action_set_won()
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        self.assertEqual(self.plan.giving_way_to_id, self.next_year)
        self.assertTrue(self.next_year.is_being_introduced)
        self.work(run)
        self.env.invalidate_all()
        self.assertFalse(self.plan.giving_way_to_id)
        self.assertFalse(self.next_year.is_being_introduced)
        # a closed one keeps its territory, which shares no more: as ever
        self.assertTerritories(won, self.france)
        self.assertNotIn("Rivoire", self.seen_by(self.claire))

    def test_cancelled_it_goes_on_sharing(self):
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        before = self.everyone_sees()
        run.action_cancel()
        self.assertTrue(self.next_year.is_being_introduced)
        self.assertEqual(self.everyone_sees(), before)
        self.next_year.action_continue_introduction()
        self.work(run)
        self.assertFalse(self.next_year.is_being_introduced)

    def test_reactivated(self):
        before = self.everyone_sees()
        self.work(self.env["crm.territory.run"].browse(self.next_year.introduce()))
        self.assertNotEqual(self.everyone_sees(), before)
        dialog = self.env["crm.territory.activation"].browse(
            self.plan.action_introduce()["res_id"]
        )
        self.assertEqual(dialog.replaced_names, "Next year")
        run = self.env["crm.territory.run"].browse(dialog.action_activate()["res_id"])
        self.work(run)
        self.assertEqual(self.everyone_sees(), before)
        self.assertTerritories(self.adler, self.germany)

    def test_reactivated_in_the_middle(self):
        before = self.everyone_sees()
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        Worker(run).do_batch()
        self.assertTerritories(self.rivoire, self.new["France"])
        back = self.env["crm.territory.run"].browse(self.plan.introduce())
        self.assertFalse(self.plan.giving_way_to_id)
        self.assertEqual(self.next_year.giving_way_to_id, self.plan)
        for user, names in self.everyone_sees().items():
            self.assertGreaterEqual(names | {"Rivoire"}, before[user] & {"Adler"})
        self.work(back)
        self.assertEqual(self.everyone_sees(), before)
        self.assertFalse(self.next_year.giving_way_to_id)

    def test_a_third_plan_in_the_middle(self):
        third = self.next_year.copy({"name": "Third"})
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        Worker(run).do_batch()
        last = self.env["crm.territory.run"].browse(third.introduce())
        self.assertEqual(third.giver_ids, self.plan | self.next_year)
        self.work(last)
        self.assertFalse(third.giver_ids)
        self.assertNotIn(self.plan, self.env["crm.territory.plan"]._active_plans())

    def test_archived_in_the_middle_nothing_shares(self):
        self.next_year.introduce()
        self.next_year.action_archive_plan()
        self.assertFalse(self.plan.giving_way_to_id)
        self.assertNotIn("Adler", self.seen_by(self.amy))

    def test_an_exception_in_each_step(self):
        """One of the two states, never between."""
        plans = type(self.env["crm.territory.plan"])
        runs = type(self.env["crm.territory.run"])
        steps = [
            (Introduction, "_end_simulations"),
            (Introduction, "_let_give_way"),
            (StateChange, "follow"),
            (plans, "_bump_version"),
            (Introduction, "_start_run"),
            (runs, "_start"),
            (runs, "_work_soon"),
            (Introduction, "_tell"),
        ]
        for owner, name in steps:
            for is_done in (False, True):
                with self.subTest(step=name, after=is_done):
                    self._fail_in(owner, name, is_done)
                    self.assertUntouched()

    def _fail_in(self, owner, name, is_done):
        original = getattr(owner, name)

        def failing(self, *args, **kwargs):
            if is_done:
                original(self, *args, **kwargs)
            raise ZeroDivisionError

        with (
            patch.object(owner, name, failing),
            self.assertRaises(ZeroDivisionError),
            self.env.cr.savepoint(),
        ):
            self.next_year.introduce()

    def test_journal_tells(self):
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        self.assertEqual(run.user_id, self.mona)
        self.assertIn("World", self.next_year.message_ids[0].body)
        self.assertIn("Next year", self.plan.message_ids[0].body)

    def test_simulation_that_goes_on_is_ended(self):
        simulation = Simulations(self.next_year).start()
        self.next_year.introduce()
        self.assertEqual(simulation.state, "cancelled")

    def test_who_may(self):
        for user in (self.claire, self.bob):
            plan = self.next_year.with_user(user)
            for call in (plan.introduce, plan.action_introduce):
                with self.assertRaises(AccessError):
                    call()
            with self.assertRaises(AccessError):
                self.env["crm.territory.activation"].with_user(user).create(
                    {"plan_id": self.next_year.id}
                )
        self.assertUntouched()

    def test_plan_of_a_company_that_one_does_not_manage(self):
        # whoever makes a company works for it
        root = self.env(user=SUPERUSER_ID)
        second = root["res.company"].create({"name": "Second"})
        hidden = (
            self.env["crm.territory.plan"]
            .sudo()
            .create({"name": "Hidden", "company_id": second.id})
        )
        hidden.state = "active"
        self.next_year.company_id = False
        dialog = self.env["crm.territory.activation"].browse(
            self.next_year.action_introduce()["res_id"]
        )
        self.assertNotIn("Hidden", dialog.replaced_names)
        with self.assertRaises(UserError):
            dialog.action_activate()
        self.assertUntouched()

    def test_engine_fields_are_not_a_clients(self):
        for values in (
            {"giving_way_to_id": self.next_year.id},
            {"introduction_run_id": False},
            {"scheduled_by_id": self.mona.id},
            {"approved_by_id": self.mona.id},
            {"approval_revision": self.next_year.revision},
            {"approval_asked_by_id": self.mona.id},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                self.plan.write(values)
        # an archived plan would share whatever anybody makes it give way to
        draft = self.env["crm.territory.plan"].create({"name": "Draft"})
        with self.assertRaises(AccessError):
            draft.giver_ids = [(4, self.next_year.id)]
