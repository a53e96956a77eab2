from odoo.tests import tagged

from .attainment_case import MARCH, AttainmentCase


@tagged("post_install", "-at_install")
class TestAttainmentInCurrencies(AttainmentCase):
    """The forecast is in company currency (USD); of North, one in crowns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._open_north()
        cls.target(cls.europe, 2000)

    def report(self, user=None):
        return super().report(user).with_context(**self.env.context)

    def test_rate_of_the_day_of_the_deal(self):
        for lead in (self.won_adler, self.commit, self.early):
            lead.sudo().company_id = self.north
        found = self.of_territory(self.europe)
        self.assertEqual(found["achieved"], 1000 / 4)
        self.assertEqual(found["commit"], 500 / 4)
        self.assertEqual(found["pipeline"], 100 / 5)
        self.assertEqual(found["achieved_rate"], 250 / 2000)
        self.assertAsBoard()

    def test_a_forecast_in_another_currency(self):
        """Its amounts are in its currency, unless that of the company is asked for."""
        self.forecast.currency_id = self.crowns
        [found] = self.report().formatted_read_group(
            [("forecast_id", "=", self.forecast.id), *MARCH],
            [],
            ["target:sum", "target:sum_currency", "currency_id:array_agg_distinct"]
            + ["achieved:sum", "achieved_rate:avg", "closing_gap:sum_currency"],
        )
        found = {spec: found[spec] for spec in found if ":" in spec}
        self.assertEqual(
            found,
            {
                "target:sum": 2000,
                "target:sum_currency": 2000 / 5,
                "currency_id:array_agg_distinct": self.crowns.ids,
                "achieved:sum": 1000 * 4,
                "achieved_rate:avg": 2,
                "closing_gap:sum_currency": (2000 - 4000) / 5,
            },
        )

    def test_rates_over_several_currencies_are_of_converted_sums(self):
        theirs = self.env["crm.territory.forecast"].create(
            {
                "name": "Crowns",
                "company_id": self.north.id,
                "currency_id": self.crowns.id,
                "tz": "UTC",
            }
        )
        self.target(self.europe, 3000, forecast=theirs)
        [found] = self.report().formatted_read_group(
            [("forecast_id", "in", [self.forecast.id, theirs.id]), *MARCH],
            [],
            ["target:sum_currency", "currency_id:array_agg_distinct"]
            + ["achieved_rate:avg", "closing_gap:sum_currency", "coverage:avg"],
        )
        # today's rate: 5; the deals of March were converted at that of their day
        self.assertEqual(
            found["currency_id:array_agg_distinct"],
            sorted([self.env.company.currency_id.id, self.crowns.id]),
        )
        target, achieved = 2000 + 3000 / 5, 1000 + 1000 * 4 / 5
        opened = 200 + 200 * 4 / 5
        self.assertEqual(found["target:sum_currency"], target)
        self.assertAlmostEqual(found["achieved_rate:avg"], achieved / target)
        self.assertAlmostEqual(found["closing_gap:sum_currency"], target - achieved)
        self.assertAlmostEqual(found["coverage:avg"], opened / (target - achieved))
