from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .report_case import ReportCase


@tagged("post_install", "-at_install")
class TestReportReview(ReportCase):
    """The page of a territory, as HTML."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the last day of the world's deals is today
        cls.back = fields.Datetime.now() - max(d.closed for d in cls.deals if d.closed)
        cls.env.cr.execute(
            SQL(
                "UPDATE crm_lead SET date_closed = date_closed + %s WHERE id = ANY(%s)",
                cls.back,
                [deal.lead.id for deal in cls.deals],
            )
        )
        cls.env.invalidate_all()

    def values(self, territory, user=None):
        report = self.env["report.crm_territory.report_review"]
        values = report.with_user(user or self.mona)._get_report_values(territory.ids)
        return values["reviews"][territory.id]

    def page(self, territory, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.mona)
        content, _type = reports._render_qweb_html(
            "crm_territory.report_review", territory.ids
        )
        return " ".join(html.fromstring(content).text_content().split())

    def below(self, status, territories):
        return [d for d in self.of_status(status) if d.territory in territories]

    def test_figures_are_of_the_territory_and_below(self):
        line = self.germany | self.berlin
        start = fields.Date.subtract(fields.Date.today(), years=1)
        won = [
            deal.amount
            for deal in self.below("won", line)
            if (deal.closed + self.back).date() > start
        ]
        found = self.values(self.germany)["won"]
        self.assertEqual(found["count"], len(won))
        self.assertAlmostEqual(found["amount"], sum(won), 2)
        self.assertAlmostEqual(found["average"], sum(won) / len(won), 2)

    def test_pipeline_and_largest_opportunities(self):
        pending = self.below("pending", self.germany | self.berlin)
        found = self.values(self.germany)
        stages = {}
        for deal in pending:
            count, amount = stages.get(deal.lead.stage_id, (0, 0))
            stages[deal.lead.stage_id] = count + 1, amount + deal.amount
        self.assertFigures({s: f[:2] for s, *f in found["stages"]}, stages)
        largest = sorted(pending, key=lambda deal: -deal.amount)[:10]
        self.assertEqual(found["opportunities"].ids, [deal.lead.id for deal in largest])

    def test_changes_and_accounts_without_activity(self):
        self.adler.country_id = self.fr
        quiet = self.account("Quiet", self.de)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET create_date = %s WHERE id = %s",
                fields.Datetime.now() - timedelta(days=300),
                quiet.id,
            )
        )
        found = self.values(self.germany)
        changes = {kind: figures for kind, *figures in found["changes"]}
        self.assertEqual(changes["Accounts"], [0, 1, -1])
        self.assertEqual([account for account, _day in found["inactive"]], [quiet])
        page = self.page(self.germany)
        self.assertIn("Accounts without activity: 1 Quiet", page)
        self.assertIn("Accounts: 0 in, 1 out", page)

    def test_page_names_members_and_opportunities(self):
        page = self.page(self.germany)
        self.assertIn("Europe / Germany", page)
        self.assertIn(self.amy.name, page)
        for lead in self.values(self.germany)["opportunities"]:
            self.assertIn(lead.name, page)

    def test_empty_territory(self):
        page = self.page(self.territory("Empty"))
        for text in (
            "Nobody is a member today.",
            "No opportunity is open.",
            "Nothing moved.",
        ):
            self.assertIn(text, page)

    def test_page_shows_only_what_one_sees(self):
        page = self.page(self.germany, self.bob)
        visible = self.env["crm.lead"].with_user(self.bob).search([])
        shown = self.values(self.germany, self.bob)["opportunities"]
        self.assertLessEqual(shown, visible)
        for deal in self.below("pending", self.germany | self.berlin):
            if deal.lead not in visible:
                self.assertNotIn(f"{deal.lead.name} ", page)
        mine = [d for d in self.below("won", self.germany) if d.lead in visible]
        self.assertLessEqual(
            self.values(self.germany, self.bob)["won"]["count"] or 0, len(mine)
        )

    def test_fixed_number_of_queries(self):
        self.page(self.germany)
        with self.counting() as few:
            self.values(self.germany)
        for number in range(20):
            self.territory(f"More {number}", self.germany)
        self.env.flush_all()
        # new territories empty caches
        self.values(self.germany)
        with self.counting() as many:
            self.values(self.germany)
        self.assertLessEqual(many[0], few[0] + 1)
