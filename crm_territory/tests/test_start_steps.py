from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestStartSteps(TerritoryCase):
    """The first steps tick themselves, until a plan is active, or one closes them."""

    def done(self, user=None):
        """{name: whether it is done} of the steps that a user sees."""
        plans = self.env["crm.territory.plan"].with_user(user or self.mona)
        return {step["name"]: step["is_done"] for step in plans.get_start_steps()}

    def ticked(self):
        return [name for name, is_done in self.done().items() if is_done]

    def test_steps_tick_themselves(self):
        self.assertFalse(self.done(), "a plan is active")
        company = self.env["res.company"].sudo().create({"name": "New"})
        self.mona.sudo().write({"company_ids": [Command.link(company.id)]})
        self.mona.sudo().company_id = company
        self.env = self.env(context={"allowed_company_ids": company.ids})
        self.assertEqual(
            list(self.done()), ["plan", "criteria", "people", "simulate", "activate"]
        )
        self.assertEqual(self.ticked(), [])
        plan = self.env["crm.territory.plan"].create({"name": "First"})
        self.assertEqual(self.ticked(), ["plan"])
        france = self.territory("France", plan=plan)
        france.area_ids = [Command.create({"country_id": self.fr.id})]
        self.assertEqual(self.ticked(), ["plan", "criteria"])
        self.amy.sudo().company_ids |= company
        france.member_ids = [Command.create({"user_id": self.amy.id})]
        self.assertEqual(self.ticked(), ["plan", "criteria", "people"])
        run = self.env["crm.territory.run"].create({"plan_id": plan.id, "is_dry": True})
        run.run_to_end()
        self.assertEqual(self.ticked(), ["plan", "criteria", "people", "simulate"])
        plan.action_activate()
        self.assertFalse(self.done())

    def test_steps_are_for_those_who_plan(self):
        self.plan.action_archive_plan()
        self.assertTrue(self.done())
        self.assertFalse(self.done(self.claire))
        with self.assertRaises(AccessError):
            self.env["crm.territory.plan"].with_user(self.claire).close_start_steps()

    def test_closed_by_each_user_in_each_company(self):
        self.plan.action_archive_plan()
        other = self.env["res.company"].sudo().create({"name": "Other"})
        (self.mona | self.env.ref("base.user_admin")).sudo().company_ids |= other
        self.env["crm.territory.plan"].with_user(self.mona).close_start_steps()
        self.assertFalse(self.done())
        plans = self.env["crm.territory.plan"].with_user(self.mona)
        self.assertTrue(plans.with_company(other).get_start_steps())
        self.assertTrue(self.done(self.env.ref("base.user_admin")))
