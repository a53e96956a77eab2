from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..plans.missing import Missing
from ..plans.simulations import Simulations
from .activation_case import ActivationCase


@tagged("post_install", "-at_install")
class TestPlanCheck(ActivationCase):
    """What is missing before a plan is activated, and what it is on a day."""

    # -- what is missing

    def missing(self, plan):
        return "\n".join(Missing(plan, Simulations(plan).current()).sentences())

    def test_what_is_missing(self):
        empty = self.env["crm.territory.plan"].create({"name": "Empty"})
        self.assertIn("no territories", self.missing(empty))
        idle = self.territory("Idle", plan=empty)
        self.assertIn("has criteria", self.missing(empty))
        self.assertIn("Idle", self.missing(empty))
        idle.member_ids = [(0, 0, {"user_id": self.bob.id})]
        self.assertNotIn("no member", self.missing(empty))
        tomorrow = fields.Date.today() + timedelta(days=2)
        idle.member_ids.date_start = tomorrow
        self.assertIn("no member", self.missing(empty))
        empty.date_start = tomorrow
        self.assertNotIn("no member", self.missing(empty))

    def test_before_its_start(self):
        self.next_year.date_start = self.plan._today() + timedelta(days=2)
        dialog = self.env["crm.territory.activation"].browse(
            self.next_year.action_introduce()["res_id"]
        )
        self.assertIn("has not come", dialog.warnings)
        dialog.when = "date"
        self.assertNotIn("has not come", dialog.warnings)

    def test_decisions_by_hand_and_locked_records(self):
        self.assertNotIn("by hand", self.missing(self.next_year))
        self.override(self.sato, self.france)
        self.assertIn("1 decisions by hand", self.missing(self.next_year))
        self.adler.territory_is_locked = True
        self.assertIn("1 locked", self.missing(self.next_year))

    def test_shared_plan_for_one_of_a_company(self):
        self.plan.company_id = False
        second = self.env["res.company"].sudo().create({"name": "Second"})
        self.mona.sudo().company_ids |= second
        found = self.next_year.with_context(
            allowed_company_ids=[self.env.company.id, second.id]
        )
        self.assertIn("Second", self.missing(found))

    def test_simulated_or_not(self):
        self.assertIn("not simulated", self.missing(self.next_year))
        self.work(Simulations(self.next_year).start())
        self.assertNotIn("simulated", self.missing(self.next_year))
        self.new["France"].parent_id = False
        self.assertIn("changed since it was simulated", self.missing(self.next_year))

    # -- as of a day

    def test_as_of_a_day(self):
        today = fields.Date.today()
        day = today + timedelta(days=30)
        member = self.germany.member_ids
        member.date_end = today + timedelta(days=10)
        later = self.env["crm.territory.member"].create(
            {
                "user_id": self.bob.id,
                "territory_id": self.germany.id,
                "date_start": today + timedelta(days=11),
            }
        )
        short = self.override(self.sato, self.france, date_end=today)
        long = self.override(self.adler, self.france, date_end=day)
        dialog = self.env["crm.territory.day"].create(
            {"plan_id": self.plan.id, "date": day}
        )
        self.assertIn(later, dialog.member_ids)
        self.assertNotIn(member, dialog.member_ids)
        self.assertEqual(dialog.joining_ids, later)
        self.assertEqual(dialog.leaving_ids, member)
        self.assertEqual(dialog.override_ids & (short | long), long)
        self.assertIn(self.health, dialog.unmanned_ids)
        self.assertNotIn(self.berlin, dialog.unmanned_ids)

    def test_as_of_a_day_is_for_those_who_see_the_plan(self):
        values = {"plan_id": self.next_year.id, "date": fields.Date.today()}
        days = self.env["crm.territory.day"].with_user(self.bob)
        with self.assertRaises(AccessError):
            days.create(values).read(["member_ids"])

    # -- whether the simulation still tells what will happen

    def doubt(self):
        action = self.next_year.action_introduce()
        dialog = self.env["crm.territory.activation"].browse(action["res_id"])
        return dialog.simulation_doubt or ""

    def test_simulation_that_holds(self):
        self.assertFalse(self.doubt(), "There is none")
        self.work(Simulations(self.next_year).start())
        self.assertFalse(self.doubt())
        self.rivoire.comment = "Written, and nothing follows"
        self.env.flush_all()
        self.assertFalse(self.doubt())

    def test_simulation_before_records_moved_on(self):
        self.work(Simulations(self.next_year).start())
        self.adler.country_id = self.fr
        self.env.flush_all()
        self.assertIn("“Adler”", self.doubt())
        # told, not forbidden
        self.next_year.introduce()

    def test_simulation_before_members_changed(self):
        self.work(Simulations(self.next_year).start())
        self.new["France"].member_ids.user_id = self.bob
        self.assertIn("members of “Next year” have changed", self.doubt())
        self.work(Simulations(self.next_year).start())
        self.assertFalse(self.doubt())

    def test_very_many_records_written_since_are_not_judged_again(self):
        self.work(Simulations(self.next_year).start())
        self.adler.country_id = self.fr
        self.env.flush_all()
        stale = "odoo.addons.crm_territory.plans.simulations._MOST_JUDGED"
        with patch(stale, -1):  # nothing is later than the second of the start
            self.assertRegex(
                self.doubt(), r"written since this simulation: \d+\. Simul"
            )
