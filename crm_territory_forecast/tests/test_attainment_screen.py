from unittest.mock import patch

from odoo.fields import Domain
from odoo.tests import tagged

from .attainment_case import AttainmentCase


@tagged("post_install", "-at_install")
class TestAttainmentScreen(AttainmentCase):
    """Its filters, its rows in lists and what a click opens."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target(cls.europe, 5000)
        cls.target(cls.europe, 3000, "2017-04-01")
        cls.target(cls.europe, 100, "2016-12-01")

    def test_what_is_over_and_what_runs(self):
        def total(name, value=True):
            return self.total(domain=[(name, "=", value)])

        with self.on("2017-04-10"):
            self.assertEqual(total("is_over"), 5100)
            self.assertEqual(total("is_over", False), 3000)
            self.assertEqual(total("is_running"), 3000)
            self.assertEqual(total("is_this_year"), 8000)
            for row in self.rows():
                month = row.date_start.month, row.date_start.year
                self.assertEqual(row.is_over, month in ((12, 2016), (3, 2017)))
                self.assertEqual(row.is_running, month == (4, 2017))
                self.assertEqual(row.is_this_year, month != (12, 2016))
        with self.on("2017-05-01"):
            self.assertEqual(total("is_over"), 8100)

    def test_fiscal_year_and_zone_of_the_forecast(self):
        self.env["crm.territory.forecast.target"].search([]).unlink()
        self.forecast.write({"fiscal_month": "4", "tz": "Asia/Tokyo"})
        self.target(self.europe, 1)
        self.target(self.europe, 10, "2017-04-01")
        with self.on("2017-03-31"):
            self.assertEqual(self.total(domain=[("is_this_year", "=", True)]), 1)
        # noon is past midnight, nine hours on
        self.forecast.tz = "Pacific/Kiritimati"
        with self.on("2017-03-31"):
            self.assertEqual(self.total(domain=[("is_this_year", "=", True)]), 10)
            self.assertEqual(self.total(domain=[("is_running", "=", True)]), 10)

    def test_the_forecast_that_opens(self):
        other = self.env["crm.territory.forecast"].create(
            {"name": "Second", "sequence": 99, "tz": "UTC"}
        )
        self.target(self.europe, 7, forecast=other)
        report = self.report()
        rows = report.search([("is_default", "=", True)])
        self.assertEqual(rows.forecast_id, self.forecast)
        self.assertTrue(all(rows.mapped("is_default")))
        rows = report.search([("is_default", "=", False)])
        self.assertEqual(rows.forecast_id, other)
        self.assertFalse(any(rows.mapped("is_default")))
        self.assertEqual(len(report.search([])), len(set(report.search([]).ids)))

    def test_the_first_forecast_in_money(self):
        self.forecast.sequence = 9
        forecasts = self.env["crm.territory.forecast"]
        count = forecasts.create({"name": "Deals", "metric": "count", "sequence": 1})
        self.assertEqual(self.report().env[forecasts._name]._default_forecast(), count)
        rows = self.report().search([("is_default_in_money", "=", True)])
        self.assertEqual(rows.forecast_id, self.forecast)
        self.assertTrue(all(rows.mapped("is_default_in_money")))
        rows = self.report().search([("is_default_in_money", "=", False)])
        self.assertEqual(rows.forecast_id, count)

    def test_without_a_forecast_there_are_no_rows(self):
        rows = self.rows()
        self.forecast.active = False
        self.env.invalidate_all()
        self.assertFalse(self.report().search([]))
        self.assertFalse(self.report().search([("id", "in", rows.ids)]))
        self.assertFalse(rows.with_user(self.mona).exists())

    def test_menu_opens_one_forecast_and_its_year(self):
        forecasts = self.env["crm.territory.forecast"].with_user(self.amy)
        action = forecasts.action_open_attainment()
        self.assertEqual(
            action["context"],
            {
                "search_default_this_year": 1,
                "search_default_forecast_id": self.forecast.id,
            },
        )
        self.assertEqual(action["view_mode"], "pivot,graph,list")

    def test_a_row_opens_its_opportunity_or_territory(self):
        for row in self.rows(self.claire):
            action = row.action_open()
            record = row.lead_id or row.territory_id
            self.assertEqual(
                (action["res_model"], action["res_id"]), (record._name, record.id)
            )
        self.assertEqual(
            set(self.rows(self.claire).mapped("kind")), {"opportunity", "target"}
        )

    def test_fields_are_described_by_one_query_of_rows(self):
        report = self.report(self.claire)
        kind = type(report)
        made = patch.object(kind, "_rows_of", autospec=True, side_effect=kind._rows_of)
        with made as rows_of:
            described = report.fields_get()
        self.assertTrue(described["achieved_rate"]["aggregator"])
        forecasts = report.env["crm.territory.forecast"].search_count([])
        self.assertEqual(rows_of.call_count, forecasts)

    def test_list_shows_rows_and_totals_without_rates(self):
        views = self.report(self.amy).get_views([(False, "list"), (False, "search")])
        arch = views["views"]["list"]["arch"]
        self.assertIn('name="achieved_rate"', arch)
        for name in ("achieved_rate", "coverage", "closing_gap", "uncovered_gap"):
            self.assertNotRegex(arch, f'name="{name}"[^>]*(sum|avg)=')
        found = self.report(self.claire).web_search_read(
            [("forecast_id", "=", self.forecast.id)],
            {"kind": {}, "target": {}, "achieved": {}, "name": {}},
            order="date_start, kind desc",
            limit=2,
        )
        self.assertEqual(
            [(r["kind"], r["target"], r["achieved"]) for r in found["records"]],
            [("target", 100, 0), ("target", 5000, 0)],
        )

    def test_domain_on_levels_and_below(self):
        self.assertEqual(
            self.total(domain=[("territory_1_id.name", "=", "Europe")]), 8100
        )
        germany = [("territory_line_ids", "in", self.germany.ids)]
        self.assertEqual(
            self.rows(domain=germany).lead_id,
            self.won_adler | self.commit | self.best,
            "the filter of dashboards",
        )
        mine = Domain("territory_id.user_is_member", "=", True)
        self.assertEqual(self.total(self.claire, domain=mine), 8100)
        self.assertFalse(self.total(self.amy, domain=mine))

    def test_no_more_queries_with_more_territories(self):
        def queries():
            report = self.report(self.claire)
            with self.counting() as count:
                specs = ["territory_1_id", "territory_2_id"]
                report.formatted_read_grouping_sets(
                    [], [[], specs[:1], specs], ["target:sum", "achieved_rate:avg"]
                )
            return count[0]

        queries()
        few = queries()
        for number in range(20):
            territory = self.territory(f"More {number}", self.germany)
            self.target(territory, 10)
            self.target(territory, 5, user=self.amy)
        # what is made anew empties caches
        queries()
        self.assertLessEqual(queries(), few)
