from datetime import date

from odoo.tests import tagged

from .attainment_case import MARCH, MEASURES, MEMBERS, AttainmentCase


@tagged("post_install", "-at_install")
class TestAttainmentOfFrozenPeriods(AttainmentCase):
    """As they were frozen, targets and opportunities alike."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target(cls.europe, 5000)
        cls.target(cls.germany, 2000)
        cls.target(cls.germany, 1500, user=cls.amy)
        cls.target(cls.germany, 400, "2017-04-01")

    def setUp(self):
        super().setUp()
        with self.on("2017-04-10"):
            self.forecast.with_user(self.mona)._freeze(date(2017, 3, 1))

    def figures(self, user=None):
        names = [*MEASURES.values(), *MEMBERS]
        return self.groups("territory_2_id", user=user, domain=MARCH, aggregates=names)

    def test_frozen_figures_stay(self):
        before = self.figures()
        self.assertEqual(before["Germany"][:2], (2000, 1000))
        self.assertEqual(before["Germany"][-3:], (1500, 1000, 1000 / 1500))
        self.won_adler.expected_revenue = 9000
        self.won(self.adler, 77, "2017-03-02")
        self.best.date_deadline = "2017-04-02"
        self.env.cr.execute("UPDATE crm_territory_forecast_target SET amount = 1")
        self.assertEqual(self.figures(), before)
        april = self.groups("date_start:month", aggregates=("open_amount:sum",))
        self.assertEqual(april["April 2017"], 500 + 200, "what is not frozen goes on")
        self.assertAsBoard()
        self.assertAsBoard(self.amy)

    def test_an_opportunity_that_was_frozen_and_moved_on(self):
        """It has a row in each period, and each row an id of its own."""
        self.best.date_deadline = "2017-04-02"
        rows = self.rows(domain=[("lead_id", "=", self.best.id)])
        self.assertEqual(rows.mapped("open_amount"), [200, 200])
        with self.on("2017-05-10"):
            self.forecast.with_user(self.mona)._freeze(date(2017, 4, 1))
        rows = self.rows(domain=[("lead_id", "=", self.best.id)])
        self.assertEqual(rows.mapped("open_amount"), [200, 200])
        self.assertEqual(len(set(rows.ids)), 2)

    def test_a_deleted_opportunity_opens_its_territory(self):
        self.won_adler.sudo().unlink()
        [row] = self.rows(domain=[("achieved", "=", 1000)])
        self.assertFalse(row.lead_id)
        action = row.action_open()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("crm.territory", self.germany.id)
        )

    def test_frozen_results_of_people_below(self):
        """Freezing hides nothing that was told before."""
        self.amy.sudo().reports_to_id = self.bob
        options = {"user": self.bob, "domain": MARCH, "aggregates": MEMBERS}
        frozen = self.groups("user_id", **options)
        self.assertEqual(frozen["amy"], (1500, 1000, 1000 / 1500))
        for snapshot in self.forecast.sudo()._frozen_periods().values():
            snapshot.unlink()
        self.assertEqual(self.groups("user_id", **options), frozen)

    def test_frozen_opportunities_that_one_may_not_open(self):
        self.won_adler.user_id = self.bob
        self.override(self.won_adler, self.germany, "out")
        self.override(self.won_adler, self.france)
        self.won_adler._judge_now(include_closed=True)
        self.assertEqual(self.figures(self.amy)["Germany"][:2], (2000, 0))
        self.assertEqual(self.figures(self.claire)["Germany"][:2], (2000, 1000))
