from freezegun import freeze_time

from odoo.tests import tagged

from .common import ForecastCase


@tagged("post_install", "-at_install")
@freeze_time("2017-03-20 12:00:00")
class TestRunningPeriod(ForecastCase):
    """The salesperson's own targets, and the progress on the cards of territories."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target(cls.europe, 4000)
        cls.target(cls.germany, 800)
        cls.target(cls.germany, 2000, user=cls.amy)
        cls.target(cls.berlin, 100, user=cls.amy)
        cls.target(cls.germany, 7, "2017-04-01", user=cls.amy)

    def own(self, user):
        self.env.flush_all()
        return self.env["crm.territory.forecast"].with_user(user).get_own_targets()

    def test_own_targets_by_territory(self):
        own = self.own(self.amy)
        self.assertEqual(own["label"], "Mar 2017")
        self.assertEqual(own["currency_id"], self.env.company.currency_id.id)
        germany, berlin = own["rows"]
        self.assertEqual((germany["name"], berlin["name"]), ("Germany", "Berlin"))
        self.assertFigures(
            germany,
            target=2000,
            achieved=1000,
            achieved_rate=0.5,
            closing_gap=1000,
            uncovered_gap=900,
        )
        self.assertFigures(berlin, target=100, achieved=0, weighted=100)

    def test_without_an_own_target_nothing_shows(self):
        for user in (self.mona, self.claire, self.bob):
            self.assertEqual(self.own(user), {"rows": []})
        with freeze_time("2017-05-20"):
            self.assertEqual(self.own(self.amy), {"rows": []})

    def test_progress_of_territories(self):
        self.env.flush_all()
        europe, germany, france = (
            territory.with_user(self.claire)
            for territory in (self.europe, self.germany, self.france)
        )
        self.assertRecordValues(
            europe | germany | france,
            [
                {
                    "forecast_is_set": True,
                    "forecast_target": 4000,
                    "forecast_achieved": 1000,
                    "forecast_rate": 0.25,
                    "forecast_label": "Mar 2017",
                },
                {
                    "forecast_is_set": True,
                    "forecast_target": 800,
                    "forecast_achieved": 1000,
                    "forecast_rate": 1.25,
                    "forecast_label": "Mar 2017",
                },
                {
                    "forecast_is_set": False,
                    "forecast_target": 0,
                    "forecast_achieved": 0,
                    "forecast_rate": 0,
                    "forecast_label": "Mar 2017",
                },
            ],
        )

    def test_progress_holds_only_what_one_may_open(self):
        self.assertTrue(self.germany.with_user(self.amy).forecast_is_set)
        self.assertFalse(self.europe.with_user(self.amy).forecast_is_set)
        self.assertEqual(self.europe.with_user(self.bob).forecast_achieved, 0)
        self.assertEqual(self.germany.with_user(self.bob).forecast_target, 0)

    def test_queries_do_not_grow_with_territories(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            territories = self.env["crm.territory"].with_user(self.claire)
            found = territories.search([])
            with self.counting() as counted:
                found.mapped("forecast_rate")
            return counted[0]

        cost()
        few = cost()
        for number in range(20):
            below = self.territory(f"Region {number}", self.france)
            self.target(below, 10)
        cost()
        self.assertEqual(cost(), few)
