from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestDrafts(TerritoryCase):
    """Next year's plan, and what simulations show, are for those who plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.draft = cls.env["crm.territory.plan"].create({"name": "Next year"})
        cls.bavaria = cls.territory(
            "Bavaria",
            plan=cls.draft,
            areas=[{"country_id": cls.de.id}],
            rules=[("account", [("ref", "=", "B")])],
            members=[(cls.bob, True)],
        )
        cls.override(cls.adler, cls.bavaria)
        cls.simulation = cls.run_assignment(plan_id=cls.draft.id, is_dry=True)
        cls.env.flush_all()

    def of_draft(self, user):
        """{model: how many records of the draft the user finds}."""
        return {
            name: self.env[name].with_user(user).search_count(domain)
            for name, domain in {
                "crm.territory.plan": [("id", "=", self.draft.id)],
                "crm.territory": [("plan_id", "=", self.draft.id)],
                "crm.territory.member": [("plan_id", "=", self.draft.id)],
                "crm.territory.rule": [("plan_id", "=", self.draft.id)],
                "crm.territory.area": [("plan_id", "=", self.draft.id)],
                "crm.territory.override": [("plan_id", "=", self.draft.id)],
                "crm.territory.move": [("run_id", "=", self.simulation.id)],
            }.items()
        }

    def test_planners_see_them(self):
        self.assertTrue(all(self.of_draft(self.mona).values()))

    def test_nobody_else_does(self):
        """Not even who will be a member, or its manager."""
        for user in (self.amy, self.claire, self.bob):
            self.assertFalse(any(self.of_draft(user).values()), user.name)

    def test_who_they_are_shared_with_does(self):
        self.draft.shared_user_ids = self.claire
        self.assertTrue(all(self.of_draft(self.claire).values()))
        self.assertFalse(any(self.of_draft(self.bob).values()))

    def test_the_responsible_does(self):
        self.draft.user_id = self.claire
        self.assertTrue(all(self.of_draft(self.claire).values()))

    def test_active_plan_is_everybodys(self):
        found = self.env["crm.territory"].with_user(self.bob)
        self.assertIn(self.germany, found.search([]))
        self.assertEqual(self.germany.with_user(self.bob).plan_id.name, "World")

    def test_simulation_of_the_active_plan_is_its_planners(self):
        self.germany.area_ids.unlink()
        run = self.run_assignment(is_dry=True)
        self.assertTrue(run.move_ids)
        moves = self.env["crm.territory.move"].with_user(self.amy)
        self.assertFalse(moves.search([("run_id", "=", run.id)]))

    def test_simulation_is_of_the_company(self):
        """Not for who administers sales elsewhere, though the records are shared."""
        company = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        olga = new_test_user(
            self.env(su=True),
            "olga",
            "sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertTrue(self.simulation.move_ids)
        self.assertFalse(self.of_draft(olga)["crm.territory.move"])

    def test_what_is_outdated_is_told_to_planners(self):
        self.germany.area_ids.unlink()
        self.assertTrue(self.plan.outdated_count)
        self.assertFalse(self.plan.with_user(self.amy).outdated_count)
