from .common import ForecastCase


class TestStarPerformers(ForecastCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bob_in_health = cls.env["crm.territory.member"].create(
            {"territory_id": cls.health.id, "user_id": cls.bob.id}
        )

    def stars(self, user=None, **options):
        self.env.flush_all()
        forecast = self.forecast.with_user(user or self.mona)
        return forecast.get_star_performers(
            {"date_from": "2017-03-01", "date_to": "2017-04-30", **options}
        )["rows"]

    def test_ranks_ties_and_missing_targets(self):
        self.target(self.germany, 500, user=self.amy)
        self.target(self.health, 150, user=self.bob)
        rows = self.stars()
        self.assertEqual(
            [(row["rank"], row["is_tied"], row["name"]) for row in rows],
            [(1, True, "amy"), (1, True, "bob"), (None, False, "claire")],
        )
        self.assertFigures(
            rows[0],
            target=500.0,
            achieved=1000.0,
            achieved_rate=2.0,
            amount=1000.0,
            is_star=True,
            has_target=True,
            territory="Europe / Germany",
            previous_rate=None,
            trend=None,
        )
        self.assertFigures(
            rows[2], target=None, achieved_rate=None, is_star=False, has_target=False
        )

    def test_a_click_opens_what_was_won(self):
        """Also over all territories, of those that count."""
        self.target(self.germany, 500, user=self.amy)
        for by in ("territory", "user"):
            row = next(row for row in self.stars(by=by) if row["name"] == "amy")
            action = self.forecast.get_opportunities_action(
                {
                    "territory_ids": row["territory_ids"],
                    "user_id": row["user_id"],
                    "date_from": "2017-03-01",
                    "date_to": "2017-04-30",
                    "figure": "achieved",
                }
            )
            found = self.env["crm.lead"].search(action["domain"])
            self.assertEqual(sum(found.mapped("expected_revenue")), row["achieved"])
            self.assertEqual(row["achieved"], 1000.0)

    def test_rank_after_a_tie_leaves_a_gap(self):
        self.target(self.germany, 500, user=self.amy)
        self.target(self.health, 150, user=self.bob)
        self.target(self.europe, 10, user=self.claire)
        self.assertEqual([row["rank"] for row in self.stars()], [1, 1, 3])

    def test_star_is_who_met_the_target(self):
        target = self.target(self.germany, 1000, user=self.amy)
        self.assertTrue(self.stars()[0]["is_star"])
        target.amount = 1000.01
        self.assertFalse(self.stars()[0]["is_star"])
        target.amount = 0
        row = next(row for row in self.stars() if row["name"] == "amy")
        self.assertFigures(row, is_star=False, has_target=False, target=0.0)

    def test_trend_against_the_period_before(self):
        self.target(self.germany, 2000, "2017-03-01", self.amy)
        self.target(self.germany, 400, "2017-01-01", self.amy)
        self.won(self.adler, 100, "2017-02-10", user_id=self.amy.id)
        self.assertFigures(
            self.stars()[0], achieved_rate=0.5, previous_rate=0.25, trend=0.25
        )

    def test_over_all_territories_no_deal_counts_twice(self):
        self.env["crm.territory.member"].create(
            [
                {"territory_id": self.health.id, "user_id": self.amy.id},
                {"territory_id": self.berlin.id, "user_id": self.amy.id},
            ]
        )
        won_in_health = self.won(self.bruno, 50, "2017-03-02", user_id=self.amy.id)
        self.env["crm.territory.override"].create(
            {
                "lead_id": won_in_health.id,
                "territory_id": self.health.id,
                "reason": "Named",
            }
        )
        self.target(self.germany, 800, user=self.amy)
        self.target(self.berlin, 300, user=self.amy)
        self.target(self.health, 200, user=self.amy)
        [amy] = [row for row in self.stars(by="user") if row["user_id"] == self.amy.id]
        self.assertFigures(
            amy,
            target=1000.0,
            achieved=1050.0,
            territory_id=False,
            is_star=True,
        )
        by_territory = [r for r in self.stars() if r["user_id"] == self.amy.id]
        self.assertEqual(len(by_territory), 3)

    def test_whom_one_sees(self):
        def names(user):
            return {row["name"] for row in self.stars(user)}

        self.assertEqual(names(self.claire), {"claire", "amy"})
        self.assertEqual(names(self.amy), {"amy"})
        self.amy.sudo().reports_to_id = self.bob
        self.assertEqual(names(self.bob), {"bob", "amy"})
