from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TerritoryCase

REPORTS = {
    "crm.territory.revenue.report": "won_amount:sum",
    "crm.territory.duration.report": "__count",
    "crm.territory.map.report": "won_amount:sum",
}


@tagged("post_install", "-at_install")
class TestReportWon(TerritoryCase):
    """What was won is told of who won it, and in the plan in use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].search([]).unlink()
        cls.deal = cls.lead(
            "Cranes", cls.adler, expected_revenue=700, user_id=cls.amy.id
        )
        cls.deal.action_set_won()
        cls.env.flush_all()

    def told(self, name, groupby, user=None):
        """{group: figure} of the won deals."""
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env[name].with_user(user or self.mona)
        domain = [("lead_id", "=", self.deal.id)]
        return dict(report._read_group(domain, [groupby], [REPORTS[name]]))

    # -- who won it

    def test_who_won_it_stays(self):
        self.deal.user_id = self.bob
        for name in REPORTS:
            with self.subTest(name):
                self.assertEqual(list(self.told(name, "salesperson_id")), [self.amy])
                self.assertEqual(list(self.told(name, "user_id")), [self.bob])

    def test_what_is_open_is_of_who_has_it(self):
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.deal.write({"stage_id": stage.id, "probability": 20})
        self.deal.user_id = self.bob
        self.assertFalse(self.deal.won_user_id)
        name = "crm.territory.revenue.report"
        self.assertEqual(list(self.told(name, "salesperson_id")), [self.bob])
        self.deal.action_set_won()
        self.assertEqual(self.deal.won_user_id, self.bob)

    def test_who_won_it_is_nobodys_to_write(self):
        with self.assertRaises(AccessError):
            self.deal.with_user(self.mona).won_user_id = self.bob

    def test_sellers_are_who_won(self):
        self.bob.sudo().is_not_seller = True
        self.deal.user_id = self.bob
        self.env.flush_all()
        report = self.env["crm.territory.revenue.report"].with_user(self.mona)
        row = report.search([("lead_id", "=", self.deal.id)])
        self.assertTrue(row.is_of_seller)
        self.assertIn(row, report.search([("is_of_seller", "=", True)]))

    def test_who_handed_it_over_reads_it_no_more_than_the_deal(self):
        """What one won, and neither has nor may open any more, is in no figure."""
        self.europe.member_ids.unlink()
        self.germany.member_ids.unlink()
        self.deal.user_id = self.bob
        self.env.flush_all()
        self.env.invalidate_all()
        readable = self.env["crm.lead"].with_user(self.amy).search([])
        self.assertNotIn(self.deal, readable)
        for name in REPORTS:
            self.assertFalse(self.told(name, "salesperson_id", self.amy), name)
            self.assertTrue(self.told(name, "salesperson_id", self.bob), name)

    # -- in which plan

    def next_plan(self, **values):
        """A copy of the plan, in use in its place: {name: territory}"""
        plan = self.plan.copy()
        self.plan.action_archive_plan()
        plan.write(values)
        plan.action_activate()
        return {territory.name: territory for territory in plan.territory_ids}

    def test_territories_of_former_plans_are_those_of_today(self):
        self.assertEqual(self.deal.territory_id, self.germany)
        by_name = self.next_plan()
        by_name["Germany"].parent_id = False
        self.env.flush_all()
        self.assertEqual(self.deal.territory_id, self.germany, "where it closed")
        for name in REPORTS:
            with self.subTest(name):
                found = self.told(name, "territory_id")
                self.assertEqual(list(found), [by_name["Germany"]])
                found = self.told(name, "territory_level_1_id")
                self.assertEqual(list(found), [by_name["Germany"]])

    def test_what_has_no_successor_stays(self):
        by_name = self.next_plan()
        by_name["Berlin"].unlink()
        by_name["Germany"].unlink()
        found = self.told("crm.territory.revenue.report", "territory_id")
        self.assertEqual(list(found), [self.germany])

    def test_what_drafts_say_does_not_count_yet(self):
        self.plan.copy()
        found = self.told("crm.territory.revenue.report", "territory_id")
        self.assertEqual(list(found), [self.germany])

    def test_where_all_shared_one_plan_each_company_has_its_own(self):
        self.plan.sudo().company_id = False
        company = self.env.company
        north = self.env["res.company"].sudo().create({"name": "North"})
        self.mona.sudo().company_ids = [Command.link(north.id)]
        copies = [self.plan.copy(), self.plan.copy()]
        self.plan.action_archive_plan()
        for plan, owner in zip(copies, (company, north), strict=True):
            plan.sudo().company_id = owner
            plan.sudo().action_activate()
        report = self.env["crm.territory.revenue.report"].with_context(
            allowed_company_ids=(company | north).ids
        )
        for plan, owner in zip(copies, (company, north), strict=True):
            self.deal.sudo().write({"user_id": False, "team_id": False})
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE crm_lead SET company_id = %s WHERE id = %s",
                [owner.id, self.deal.id],
            )
            self.env.invalidate_all()
            row = report.search([("lead_id", "=", self.deal.id)])
            self.assertEqual(row.territory_id.plan_id, plan)
            self.assertEqual(row.territory_id.name, "Germany")
