from collections import defaultdict
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo.tests import tagged

from .report_case import ReportCase

REPORT = "crm.territory.revenue.report"
MEASURES = [
    "won_amount:sum",
    "won_count:sum",
    "won_average:avg",
    "lost_count:sum",
    "win_rate:avg",
    "open_amount:sum",
    "open_count:sum",
]


@tagged("post_install", "-at_install")
class TestReportRevenue(ReportCase):
    """Each figure against plain Python."""

    def expected(self, key):
        """{group: figures in the order of MEASURES}"""
        groups = defaultdict(lambda: defaultdict(list))
        for status in ("won", "lost", "pending"):
            for deal in self.of_status(status):
                groups[key(deal)][status].append(deal.amount)
        return {group: self._figures(found) for group, found in groups.items()}

    def _figures(self, found):
        won, lost, pending = found["won"], found["lost"], found["pending"]
        closed = len(won) + len(lost)
        return (
            sum(won),
            len(won),
            sum(won) / len(won) if won else 0,
            len(lost),
            len(won) / closed if closed else 0,
            sum(pending),
            len(pending),
        )

    def test_by_each_dimension(self):
        for groupby, key in {
            "territory_id": lambda deal: deal.territory,
            "territory_level_1_id": lambda deal: deal.territory.level_1_id,
            "territory_level_2_id": lambda deal: deal.territory.level_2_id,
            "territory_level_3_id": lambda deal: deal.territory.level_3_id,
            "territory_type_id": lambda deal: deal.territory.type_id,
            "territory_plan_id": lambda deal: deal.territory.plan_id,
            "salesperson_id": lambda deal: deal.owner,
            "won_status": lambda deal: deal.status,
            "stage_id": lambda deal: deal.lead.stage_id,
            "partner_id": lambda deal: deal.lead.partner_id,
            "industry_id": lambda deal: deal.lead.partner_id.industry_id,
            "country_id": lambda deal: deal.lead.country_id,
        }.items():
            with self.subTest(groupby=groupby):
                found = self.figures(REPORT, [groupby], MEASURES)
                self.assertFigures(found, self.expected(key))

    def test_total_is_not_the_sum_of_groups(self):
        [found] = self.env[REPORT]._read_group([], [], MEASURES)
        self.assertFigures({(): found}, self.expected(lambda deal: ()))

    def test_pivot_totals(self):
        """What the client asks for: all groups and the total at once."""
        [total], _by_level = self.env[REPORT].formatted_read_grouping_sets(
            [],
            [[], ["territory_level_1_id"]],
            [*MEASURES, "won_amount_year_before:sum", "__count"],
        )
        won, lost = self.of_status("won"), self.of_status("lost")
        rate = len(won) / (len(won) + len(lost))
        self.assertAlmostEqual(total["win_rate:avg"], rate, 6)
        self.assertEqual(
            total["__count"], len(won) + len(lost) + len(self.of_status("pending"))
        )

    def _won_by(self, key):
        sums = defaultdict(float)
        for deal in self.of_status("won"):
            sums[key(deal)] += deal.amount
        return sums

    def test_earlier_periods_by_month(self):
        sums = self._won_by(lambda deal: deal.month)
        for measure, shift in {
            "won_amount_month_before": relativedelta(months=1),
            "won_amount_quarter_before": relativedelta(months=3),
            "won_amount_year_before": relativedelta(years=1),
        }.items():
            found = self.figures(
                REPORT,
                ["date:month"],
                ["won_amount:sum", f"{measure}:sum", "__count"],
                [("won_status", "=", "won")],
            )
            months = {*sums, *(month + shift for month in sums)}
            counts = self._counts_by_month()
            expected = {
                month: (sums.get(month), sums.get(month - shift), counts.get(month, 0))
                for month in months
            }
            self.assertFigures(found, expected)

    def _counts_by_month(self):
        counts = defaultdict(int)
        for deal in self.of_status("won"):
            counts[deal.month] += 1
        return counts

    def test_earlier_quarter_and_year(self):
        def quarter(deal):
            return deal.month.replace(month=(deal.month.month - 1) // 3 * 3 + 1)

        def year(deal):
            return deal.month.replace(month=1)

        for granularity, measure, key, shift in (
            ("quarter", "quarter", quarter, relativedelta(months=3)),
            ("quarter", "year", quarter, relativedelta(years=1)),
            (
                "year",
                "year",
                lambda d: d.month.replace(month=1),
                relativedelta(years=1),
            ),
        ):
            sums = self._won_by(key)
            found = self.figures(
                REPORT,
                [f"date:{granularity}"],
                [f"won_amount_{measure}_before:sum"],
                [("won_status", "=", "won")],
            )
            periods = {*sums, *(period + shift for period in sums)}
            self.assertFigures(
                found, {period: (sums.get(period - shift),) for period in periods}
            )

    def test_year_before_under_a_filter_of_the_period(self):
        sums = self._won_by(lambda deal: (deal.territory, deal.closed.year))
        found = self.figures(
            REPORT,
            ["territory_id"],
            ["won_amount:sum", "won_amount_year_before:sum", "won_growth:growth"],
            [
                ("date", ">=", date(2024, 1, 1)),
                ("date", "<", date(2025, 1, 1)),
                ("won_status", "=", "won"),
            ],
        )
        expected = {}
        for territory in {t for t, year in sums if year in (2023, 2024)}:
            now, before = sums.get((territory, 2024), 0), sums.get((territory, 2023), 0)
            growth = now / before - 1 if before and now else 0
            expected[territory] = now, before, growth
        self.assertFigures(found, expected)

    def test_no_row_of_an_earlier_period_is_a_record(self):
        counted = len(self.closed_deals()) + len(self.of_status("pending"))
        rows = self.env[REPORT].search([])
        self.assertEqual(len(rows), counted)
        self.assertEqual(len(set(rows.ids)), counted)
        self.assertEqual(self.env[REPORT].search_count([]), counted)

    def test_merged_opportunities_count_once(self):
        one, other = (d for d in self.of_status("pending")[:2])
        before = sum(deal.amount for deal in self.of_status("pending"))
        (one.lead | other.lead).merge_opportunity()
        [(amount, count)] = self.env[REPORT]._read_group(
            [], [], ["open_amount:sum", "open_count:sum"]
        )
        self.assertEqual(count, len(self.of_status("pending")) - 1)
        self.assertLess(amount, before)

    def test_moved_territory_takes_its_figures_along(self):
        self.germany.parent_id = self.products
        found = self.figures(REPORT, ["territory_level_1_id"], MEASURES)
        self.assertFigures(found, self.expected(lambda d: d.territory.level_1_id))

    def test_sellers_only(self):
        self.bob.sudo().is_not_seller = True
        self.claire.sudo().group_ids = self.env.ref("base.group_user")
        found = self.figures(
            REPORT, ["user_id"], ["__count"], [("is_of_seller", "=", True)]
        )
        self.assertEqual(set(found), {self.amy, self.mona, self.env["res.users"]})
        others = self.figures(
            REPORT, ["user_id"], ["__count"], [("is_of_seller", "=", False)]
        )
        self.assertEqual(set(others), {self.bob, self.claire})
        row = self.env[REPORT].search([("user_id", "=", self.bob.id)], limit=1)
        self.assertFalse(row.is_of_seller)

    def test_former_sellers_count(self):
        self.bob.sudo().active = False
        found = self.figures(
            REPORT, ["user_id"], ["__count"], [("is_of_seller", "=", True)]
        )
        self.assertIn(self.bob, found)

    def test_amounts_of_companies_with_several_currencies(self):
        yen = self.env.ref("base.JPY").sudo()
        yen.active = True
        japan = (
            self.env["res.company"]
            .sudo()
            .create({"name": "Japan", "currency_id": yen.id})
        )
        self.env["res.currency.rate"].sudo().create(
            {"currency_id": yen.id, "rate": 200, "name": "2020-01-01"}
        )
        self.mona.sudo().company_ids |= japan
        deal = self.of_status("won")[0].lead
        deal.sudo().write({"user_id": False, "team_id": False, "company_id": japan.id})
        self.env.flush_all()
        companies = self.env.company | japan
        report = self.env[REPORT].with_context(allowed_company_ids=companies.ids)
        [(currencies, amount)] = report._read_group(
            [("lead_id", "=", deal.id)],
            [],
            ["company_currency_id:array_agg_distinct", "won_amount:sum_currency"],
        )
        self.assertEqual(currencies, [yen.id])
        self.assertAlmostEqual(amount, deal.expected_revenue / 200, 4)
        row = report.search([("lead_id", "=", deal.id)])
        self.assertEqual(row.company_currency_id, yen)

    def test_row_opens_the_opportunity(self):
        row = self.env[REPORT].search([], limit=1)
        action = row.action_open()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("crm.lead", row.lead_id.id)
        )
