from unittest.mock import patch

from ..board.amounts import Amounts
from .common import ForecastCase


class TestCurrencies(ForecastCase):
    """The forecast is in company currency (USD) at the rates of the deals' days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._open_north()

    def of_north(self, lead):
        lead.sudo().company_id = self.north
        self.env.flush_all()

    def test_rate_of_the_day_of_the_deal(self):
        self.of_north(self.won_adler)
        self.of_north(self.commit)
        self.of_north(self.early)
        cells = self.row(self.board(), self.europe)["cells"]
        self.assertFigures(cells[0], achieved=250.0, best=200.0)
        self.assertFigures(cells[1], commit=125.0, weighted=100.0)
        self.assertFigures(cells[2], pipeline=20.0, weighted=2.0)

    def test_before_the_first_rate_the_first_one_holds(self):
        self.of_north(self.won_adler)
        self.won_adler.date_closed = "2017-03-02"
        cells = self.row(self.board(), self.europe)["cells"]
        self.assertFigures(cells[0], achieved=250.0)

    def test_as_odoo_converts(self):
        self.of_north(self.commit)
        self.commit.date_deadline = "2017-04-20"
        expected = self.crowns._convert(
            500, self.env.company.currency_id, self.env.company, "2017-04-20"
        )
        cells = self.row(self.board(), self.europe)["cells"]
        self.assertFigures(cells[1], commit=expected)

    def test_factors_only_of_what_occurs(self):
        """Not of each currency on each day."""
        self.of_north(self.won_adler)
        self.of_north(self.commit)
        factors_of, found = Amounts._factors, []

        def seen(*args):
            found.append(factors_of(*args))
            return found[-1]

        with patch.object(Amounts, "_factors", seen):
            self.board()
        self.assertEqual(
            {(key, str(day)) for factors in found for key, day, _factor in factors},
            {(self.north.id, "2017-03-15"), (self.north.id, "2017-04-01")},
        )
        self.assertEqual([len(factors) for factors in found if factors], [2])

    def test_a_forecast_in_another_currency(self):
        self.forecast.currency_id = self.crowns
        cells = self.row(self.board(), self.europe)["cells"]
        self.assertFigures(cells[0], achieved=4000.0)
        self.assertFigures(cells[2], pipeline=500.0)

    def test_counts_and_numbers_are_not_converted(self):
        self.of_north(self.commit)
        self.forecast.metric = "count"
        self.assertFigures(
            self.row(self.board(), self.europe)["cells"][1], commit=1.0, weighted=0.8
        )
        self.forecast.metric = "amount"
        self.forecast.metric_field_name = "day_open"
        self.assertFalse(self.forecast.is_monetary)
        self.board()
