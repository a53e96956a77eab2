from datetime import date

from odoo.fields import Domain

from .common import ForecastCase


class TestAttainmentAsked(ForecastCase):
    """The report reads what its domain asks for, and no less."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quarterly = cls.forecast.create(
            {"name": "By quarter", "tz": "UTC", "period": "quarter"}
        )
        for month in (1, 3, 4, 5):
            cls.target(cls.germany, 100 + month, f"2017-{month:02}-01")
            cls.target(cls.europe, 200 + month, f"2017-{month:02}-01")
        for month in (1, 4):
            cls.target(cls.france, month, f"2017-{month:02}-01", None, cls.quarterly)
        cls.won(cls.adler, 70, "2017-01-31", user_id=cls.amy.id)
        cls.opened(cls.adler, 80, "2018-02-01")
        cls.forecast._freeze(date(2017, 3, 1))
        cls.env.flush_all()

    def test_as_if_all_was_read(self):
        report = self.env["crm.territory.forecast.attainment"]
        everything = report.search([])
        self.assertGreater(len(everything), 15)
        mine = Domain("forecast_id", "=", self.forecast.id)
        other = Domain("forecast_id", "=", self.quarterly.id)
        march, april = "2017-03-01", "2017-04-01"
        year = Domain("date", ">", "2016-12-31")
        domains = [
            mine,
            mine & Domain("date", ">=", march),
            mine & Domain("date", ">=", march) & Domain("date", "<=", march),
            mine & Domain("date", ">", march) & Domain("date", "<", "2017-05-20"),
            mine & Domain("date_start", "=", march),
            mine & Domain("date_start", ">=", march) & Domain("date_start", "<", april),
            mine & ~Domain("date", ">=", april),
            mine & ~(Domain("date", ">=", march) & Domain("date", "<", april)),
            mine & Domain("date", "in", [march, "2017-04-30"]),
            mine & (Domain("date", "<", march) | Domain("date", ">", april)),
            other & Domain("date_start", "=", april),
            other & Domain("date_start", "<=", "2017-01-01") & year,
            mine & Domain("date", ">=", april) & Domain("date", "<=", "2017-04-30")
            | other & Domain("date", ">=", "2017-01-01") & Domain("date", "<=", march),
            Domain("date", ">=", march) & Domain("date", "<=", "2017-12-31"),
            Domain("forecast_id.name", "=", "By quarter") & Domain("date", "=", april),
            Domain("forecast_id", "not in", self.forecast.ids),
            mine & Domain("date", ">", april) & Domain("date", "<", march),
        ]
        for domain in domains:
            with self.subTest(str(domain)):
                found = report.search(domain)
                self.assertEqual(found, everything.filtered_domain(domain))
        self.assertEqual(
            report.search_count(mine | other), len(everything), "no other forecasts"
        )

    def test_a_client_tells_nothing_by_the_context(self):
        report = self.env["crm.territory.forecast.attainment"]
        everything = report.search([])
        for told in ([["forecast_id", "=", 0]], "x", 1):
            asked = report.with_context(attainment_asked=told)
            self.assertEqual(asked.search([]).ids, everything.ids)
