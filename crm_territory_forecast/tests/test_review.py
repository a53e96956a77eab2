from freezegun import freeze_time

from odoo.tests import tagged

from .common import ForecastCase


@tagged("post_install", "-at_install")
@freeze_time("2017-03-20 12:00:00")
class TestReview(ForecastCase):
    """The page of a territory tells its target, and what is missing to it."""

    def rows(self, territory, user=None):
        report = self.env["report.crm_territory.report_review"]
        values = report.with_user(user or self.mona)._get_report_values(territory.ids)
        return values["reviews"][territory.id]["forecast_rows"]

    def test_period_and_year(self):
        self.target(self.germany, 3000)
        self.target(self.germany, 2000, "2017-04-01")
        (label, month), (_label, year) = self.rows(self.germany)
        self.assertIn("2017", label)
        self.assertFigures(month, target=3000, achieved=1000, closing_gap=2000)
        self.assertFigures(year, target=5000, achieved=1000, closing_gap=4000)

    def test_without_target(self):
        month, year = self.rows(self.germany)
        self.assertFalse(month[1]["is_target_set"])
        self.assertFalse(year[1]["is_target_set"])
        self.assertIn("not set", self.page(self.germany))

    def test_of_a_draft_nothing_is_said(self):
        draft = self.plan.copy()
        self.assertEqual(self.rows(draft.territory_ids[:1]), [])

    def test_page(self):
        self.target(self.germany, 3000)
        page = self.page(self.germany)
        for words in ("Closing gap", "Uncovered gap", "Fiscal year", "3,000"):
            self.assertIn(words, page)

    def page(self, territory):
        reports = self.env["ir.actions.report"].with_user(self.mona)
        content, _type = reports._render_qweb_html(
            "crm_territory.report_review", territory.ids
        )
        return content.decode()
