from datetime import date

from odoo.tests import tagged

from odoo.addons.crm_territory.tests.common import run_everything

from .attainment_case import MARCH, MEMBERS, AttainmentCase


@tagged("post_install", "-at_install")
class TestAttainment(AttainmentCase):
    """What a group says is what the board says of the territory."""

    def test_rolls_up_by_level(self):
        self.target(self.europe, 5000)
        self.target(self.germany, 2000)
        self.target(self.berlin, 700)
        self.target(self.germany, 3000, "2017-04-01")
        self.target(self.health, 60)
        self.assertEqual(
            self.groups("territory_1_id"), {"Europe": 5000 + 3000, "Health": 60}
        )
        self.assertEqual(
            self.groups("territory_2_id", domain=MARCH),
            {"Europe": 5000 - 2000, "Germany": 2000, "Health": 60},
        )
        self.assertEqual(
            self.groups("territory_3_id", domain=MARCH),
            {"Europe": 3000, "Germany": 2000 - 700, "Berlin": 700, "Health": 60},
        )
        self.assertEqual(self.total(domain=MARCH), 5060)
        self.assertAsBoard()
        self.assertAsBoard(self.claire)
        self.assertAsBoard(self.amy)

    def test_a_row_holds_what_was_not_handed_down(self):
        self.target(self.europe, 5000)
        self.target(self.germany, 2000)
        self.target(self.france, 1000)
        self.assertEqual(
            self.groups("territory_id", domain=MARCH),
            {"Europe": 2000, "Germany": 2000, "France": 1000, "Berlin": False},
        )

    def test_more_handed_down_than_there_is(self):
        self.target(self.germany, 100)
        self.target(self.berlin, 130)
        self.assertEqual(
            self.groups(
                "territory_id",
                domain=MARCH,
                aggregates=("target:sum", "achieved:sum", "achieved_rate:avg"),
            ),
            {"Germany": (-30, 1000, False), "Berlin": (130, 0, 0)},
        )
        self.assertEqual(self.groups("territory_1_id", domain=MARCH), {"Europe": 100})
        self.assertAsBoard()

    def test_a_target_that_is_skipped_in_the_middle(self):
        self.target(self.europe, 5000)
        self.target(self.berlin, 700)
        self.assertEqual(
            self.groups("territory_id", domain=MARCH),
            {"Europe": 4300, "Germany": False, "Berlin": 700},
        )
        self.assertEqual(
            self.groups("territory_2_id", domain=MARCH),
            {"Europe": 4300, "Germany": 700},
        )
        self.assertEqual(self.total(), 5000)

    def test_topmost_targets_where_the_top_has_none(self):
        self.target(self.germany, 2000)
        self.target(self.berlin, 700)
        self.target(self.france, 300)
        self.assertEqual(self.groups("territory_1_id", domain=MARCH), {"Europe": 2300})

    def test_below_the_third_level(self):
        mitte = self.territory("Mitte", self.berlin)
        self.target(self.berlin, 700)
        self.target(mitte, 50)
        self.assertEqual(
            self.groups("territory_3_id", domain=[("kind", "=", "target")]),
            {"Berlin": 700},
        )
        self.assertEqual(self.of_territory(mitte)["target"], 50)

    def test_without_target_there_are_no_rates_nor_gaps(self):
        self.target(self.germany, 2000)
        found = self.of_territory(self.france)
        for name in (
            "target",
            "achieved_rate",
            "shortage_rate",
            "closing_gap",
            "uncovered_gap",
            "coverage",
        ):
            self.assertIs(found[name], False, name)
        self.assertEqual(found["open"], 100)
        self.assertEqual(found["achieved"], 0)
        # of nothing there is no part, but it is exceeded
        self.target(self.france, 0, "2017-05-01")
        found = self.of_territory(self.france)
        self.assertIs(found["achieved_rate"], False)
        self.assertEqual((found["target"], found["closing_gap"]), (0, 0))
        self.assertAsBoard()

    def test_rates_are_of_the_sums_of_a_group(self):
        self.target(self.germany, 4000)
        self.target(self.germany, 400, "2017-04-01")
        self.target(self.france, 600, "2017-05-01")
        self.target(self.health, 200, "2017-04-01")
        domain = [("territory_1_id", "=", self.europe.id)]
        found = self.groups(
            "territory_2_id",
            domain=domain,
            aggregates=("achieved_rate:avg", "shortage_rate:avg", "coverage:avg"),
        )
        self.assertEqual(found["Germany"], (1000 / 4400, 2700 / 4400, 700 / 3400))
        self.assertEqual(found["France"], (0, 500 / 600, 100 / 600))
        found = self.of_territory(self.europe)
        self.assertEqual(found["achieved_rate"], 1000 / 5000)
        self.assertEqual(found["shortage_rate"], (4000 - 800) / 5000)
        self.assertEqual(found["coverage"], 800 / 4000)
        self.assertEqual(found["closing_gap"], 4000)
        weighted = 500 * 0.8 + 200 * 0.5 + 100 * 0.1
        self.assertEqual(found["uncovered_gap"], 4000 - weighted)
        self.assertEqual(found["landing"], 1000 + weighted)
        self.assertAsBoard()

    def test_groups_are_ordered_by_their_rates(self):
        self.target(self.germany, 900)
        self.target(self.berlin, 100)
        self.target(self.france, 100)
        self.won(self.pauli, 30, "2017-03-02")
        found = self.report()._read_group(
            MARCH,
            ["territory_id"],
            ["achieved_rate:avg"],
            order="achieved_rate:avg DESC, territory_id",
        )
        self.assertEqual(
            [(territory.name, rate) for territory, rate in found],
            [("Germany", 1000 / 800), ("Berlin", 0.3), ("France", 0)],
        )

    def test_an_exceeded_target_is_short_of_nothing(self):
        self.target(self.germany, 900)
        found = self.of_territory(self.germany, domain=MARCH)
        self.assertEqual(found["shortage_rate"], 0)
        self.assertEqual(found["closing_gap"], -100)
        self.assertIs(found["coverage"], False)

    def test_pivot_by_level_and_quarter(self):
        self.target(self.europe, 5000)
        self.target(self.europe, 3000, "2017-04-01")
        self.target(self.health, 600, "2017-04-01")
        quarter = "date_start:quarter"
        total, levels, cells = self.report().formatted_read_grouping_sets(
            [("forecast_id", "=", self.forecast.id)],
            [[], ["territory_1_id"], ["territory_1_id", quarter]],
            ["target:sum", "target:sum_currency", "currency_id:array_agg_distinct"]
            + ["achieved_rate:avg"],
        )
        self.assertEqual(total[0]["target:sum"], 8600)
        self.assertEqual(total[0]["achieved_rate:avg"], 1300 / 8600)
        self.assertEqual(
            [(g["territory_1_id"][1], g["achieved_rate:avg"]) for g in levels],
            [("Europe", 1000 / 8000), ("Health", 300 / 600)],
        )
        self.assertEqual(
            {
                (group["territory_1_id"][1], group[quarter][1]): (
                    group["target:sum"],
                    group["target:sum_currency"],
                    group["currency_id:array_agg_distinct"],
                )
                for group in cells
            },
            {
                ("Europe", "Q1 2017"): (5000, 5000, self.env.company.currency_id.ids),
                ("Europe", "Q2 2017"): (3000, 3000, self.env.company.currency_id.ids),
                ("Health", "Q2 2017"): (600, 600, self.env.company.currency_id.ids),
            },
        )

    def test_what_the_forecast_leaves_out(self):
        self.target(self.europe, 5000)
        self.target(self.germany, 2000)
        self.target(self.berlin, 700)
        self.target(self.germany, 400, user=self.amy)
        self.target(self.france, 300, user=self.claire)
        self.forecast.excluded_territory_ids = self.germany
        self.forecast.excluded_user_ids = self.claire
        self.won(self.rivoire, 50, "2017-03-02", user_id=self.claire.id)
        self.assertEqual(self.total(), 5000)
        self.assertEqual(
            self.groups("territory_id", domain=MARCH), {"Europe": 5000}, "handed down"
        )
        self.assertEqual(self.total(aggregates=MEMBERS[:1]), False)
        self.assertEqual(self.of_territory(self.europe)["achieved"], 0)
        self.assertAsBoard()

    def test_plans_of_the_past_are_as_they_were(self):
        self.target(self.germany, 2000)
        self.plan.action_archive_plan()
        plan = self.env["crm.territory.plan"].create({"name": "New"})
        germany = self.territory(
            "Germany", areas=[{"country_id": self.de.id}], plan=plan
        )
        plan.action_activate()
        run_everything(plan)
        self.target(germany, 3000, "2017-04-01")
        self.assertEqual(
            self.groups("territory_1_id", domain=[("kind", "=", "target")]),
            {"Europe": 2000, "Germany": 3000},
        )
        self.assertAsBoard(tree="then")

    def test_a_target_that_the_next_plan_has_again_counts_once(self):
        self.target(self.germany, 2000)
        self.target(self.germany, 1500, user=self.amy)
        self.target(self.germany, 200, user=self.bob)
        self.target(self.france, 900)
        self.target(self.germany, 2100, "2017-04-01")
        plan = self.plan.copy()
        germany = plan.territory_ids.filtered(lambda t: t.name == "Germany")
        germany.name = "Deutschland"
        germany.parent_id = False
        self.target(germany, 3000)
        self.target(germany, 1600, user=self.amy)
        figures = ("target:sum", "member_target:sum")
        self.assertEqual(
            self.total(domain=MARCH, aggregates=figures),
            (2900, 1500 + 200),
            "a draft counts for nothing",
        )
        self.plan.action_archive_plan()
        plan.action_activate()
        self.assertEqual(
            self.total(domain=MARCH, aggregates=figures), (3900, 1600 + 200)
        )
        self.assertEqual(
            self.groups("territory_1_id", domain=[("target", "!=", False)]),
            {"Europe": 900, "Deutschland": 2100 + 3000},
        )
        self.assertEqual(
            self.groups(
                "territory_1_id",
                domain=[("achieved", ">", 0)],
                aggregates=("achieved:sum",),
            ),
            {"Deutschland": 1000, "Health": 300},
        )
        self.assertAsBoard()

    def test_an_id_is_of_one_row(self):
        """Also if a target and an opportunity have the same number."""
        target = self.target(self.europe, 1000)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_territory_forecast_target SET id = %s WHERE id = %s",
            [self.won_adler.id, target.id],
        )
        rows = self.rows()
        self.assertEqual(len(rows), 6)
        for row in rows:
            self.assertEqual(self.report().search([("id", "in", row.ids)]), row)

    def test_a_remainder_of_cents_is_none(self):
        self.target(self.europe, 1000)
        for territory, amount in (
            (self.germany, 333.34),
            (self.france, 333.33),
            (self.territory("Spain", self.europe), 333.33),
        ):
            self.target(territory, amount)
        own = [("territory_id", "=", self.europe.id), *MARCH]
        for spec in ("achieved_rate:avg", "shortage_rate:avg"):
            self.assertIs(self.total(domain=own, aggregates=(spec,)), False)

    def test_what_does_not_count(self):
        count = len(self.rows())
        self.commit.forecast_category = "omitted"
        self.best.action_set_lost()
        self.early.date_deadline = False
        self.opened(self.sato, 10, "2017-03-01")  # in no territory
        self.won_bruno.type = "lead"
        self.assertEqual(self.rows().lead_id, self.won_adler)
        self.assertEqual(count, 5)
        self.assertAsBoard()

    def test_counts_in_quarters_of_a_fiscal_year(self):
        forecast = self.env["crm.territory.forecast"].create(
            {
                "name": "Deals",
                "metric": "count",
                "period": "quarter",
                "fiscal_month": "2",
                "tz": "UTC",
            }
        )
        self.target(self.germany, 4, "2017-02-01", forecast=forecast)
        found = self.report()._read_group(
            [("forecast_id", "=", forecast.id)],
            ["date_start:day"],
            ["target:sum", "achieved:sum", "open_amount:sum", "currency_id:recordset"],
        )
        none = self.env["res.currency"]
        self.assertEqual(
            found,
            [
                (date(2017, 2, 1), 4, 2, 2, none),
                (date(2017, 5, 1), False, 0, 1, none),
            ],
        )
