from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from odoo.addons.crm_territory.tests.common import run_everything

from .history_common import HistoryCase

MARCH = [("date_start", "=", "2017-03-01")]
# {measure: aggregator} of the report, by the names of the board's figures
MEASURES = {
    "target": "target:sum",
    "achieved": "achieved:sum",
    "commit": "commit:sum",
    "best": "best:sum",
    "pipeline": "pipeline:sum",
    "open": "open_amount:sum",
    "weighted": "weighted_amount:sum",
    "landing": "landing:sum",
    "achieved_rate": "achieved_rate:avg",
    "shortage_rate": "shortage_rate:avg",
    "closing_gap": "closing_gap:sum",
    "uncovered_gap": "uncovered_gap:sum",
    "coverage": "coverage:avg",
}
# of these, the ones that need no target
OUTCOME = ("achieved", "commit", "best", "pipeline", "open", "weighted", "landing")
MEMBERS = ("member_target:sum", "member_achieved:sum", "member_achieved_rate:avg")


class AttainmentCase(HistoryCase):
    """The world of ``ForecastCase`` with the report on it."""

    def report(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["crm.territory.forecast.attainment"]
        return report.with_user(user or self.mona)

    def rows(self, user=None, domain=()):
        return self.report(user).search(
            [("forecast_id", "=", self.forecast.id), *domain]
        )

    def groups(self, *groupby, user=None, domain=(), aggregates=("target:sum",)):
        """{name of the group: its figure}; several figures or names as tuples."""
        found = self.report(user).formatted_read_group(
            [("forecast_id", "=", self.forecast.id), *domain], groupby, aggregates
        )

        def one(values):
            return values[0] if len(values) == 1 else tuple(values)

        return {
            one([group[spec] and group[spec][1] for spec in groupby] or [""]): one(
                [group[spec] for spec in aggregates]
            )
            for group in found
        }

    def total(self, user=None, domain=(), **options):
        return self.groups(user=user, domain=domain, **options).get("")

    def of_territory(self, territory, user=None, domain=()):
        """The figures of a territory with all below it, as the board calls them."""
        found = self.report(user).formatted_read_group(
            [
                ("forecast_id", "=", self.forecast.id),
                ("territory_id", "child_of", territory.id),
                *domain,
            ],
            [],
            list(MEASURES.values()),
        )
        return {name: found[0][spec] for name, spec in MEASURES.items()}

    def assertAsBoard(self, user=None, **options):
        """Each row of the board is what the report says of the territory, by
        period, and what came of it in total. Where the board has no target of its own,
        the report has those of the topmost territories below.
        """
        board = self.board(user, members=False, **options)
        self.assertTrue(board["rows"])
        all_periods = [
            ("date_start", ">=", "2017-03-01"),
            ("date_start", "<=", "2017-05-31"),
        ]
        for row in board["rows"]:
            territory = self.env["crm.territory"].browse(row["territory_id"])
            for period, cell in zip(board["periods"], row["cells"], strict=True):
                domain = [("date_start", "=", period["key"])]
                names = MEASURES if cell["is_target_set"] else OUTCOME
                self._assert_as_cell(territory, user, domain, cell, names)
            self._assert_as_cell(territory, user, all_periods, row["total"], OUTCOME)

    def _assert_as_cell(self, territory, user, domain, cell, names):
        found = self.of_territory(territory, user, domain)
        for name in names:
            where = (territory.name, domain, name)
            if cell[name] is None:
                self.assertIs(found[name], False, where)
            else:
                self.assertAlmostEqual(found[name] or 0, cell[name], msg=where)


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


@tagged("post_install", "-at_install")
class TestAttainmentOfMembers(AttainmentCase):
    """The targets of members, and what they achieved of them."""

    def test_nested_targets_of_one_member(self):
        """That of the outermost territory includes the others."""
        self.target(self.germany, 1500, user=self.amy)
        self.target(self.berlin, 100, user=self.amy)
        self.target(self.berlin, 40, user=self.claire)
        self.target(self.europe, 900, user=self.claire)
        self.target(self.europe, 5000)
        self.assertEqual(
            self.groups("user_id", domain=MARCH, aggregates=MEMBERS[:1]),
            {"amy": 1500, "claire": 900, False: False},
        )
        self.assertEqual(
            self.groups("territory_id", domain=MARCH, aggregates=MEMBERS[:1]),
            {"Europe": 860, "Germany": 1400, "Berlin": 140},
        )
        self.assertEqual(self.total(domain=MARCH, aggregates=MEMBERS[:1]), 2400)
        self.assertEqual(self.total(domain=MARCH), 5000, "of territories only")

    def test_what_counts_is_won_where_one_has_a_target(self):
        """In the territory or below it, in that period."""
        self.target(self.germany, 500, user=self.amy)
        self.won(self.pauli, 30, "2017-03-02", user_id=self.amy.id)
        self.won(self.rivoire, 50, "2017-03-02", user_id=self.amy.id)
        self.won(self.adler, 70, "2017-04-02", user_id=self.amy.id)
        self.won(self.adler, 90, "2017-03-02", user_id=self.bob.id)
        self.assertEqual(
            self.groups("user_id", aggregates=MEMBERS),
            {
                "amy": (500, 1030, 1030 / 500),
                "bob": (False, False, False),
                False: (False, False, False),
            },
        )
        self.assertEqual(
            self.groups("territory_id", domain=MARCH, aggregates=MEMBERS[:2]),
            {"Germany": (500, 1000), "Berlin": (False, 30), "France": (False, False)},
        )
        found = self.groups("date_start:month", aggregates=MEMBERS[2:])
        self.assertEqual(found["March 2017"], 1030 / 500)
        self.assertIs(found["April 2017"], False)

    def test_as_star_performers_count(self):
        """Of one period, over all territories."""
        self.target(self.germany, 800, user=self.amy)
        self.target(self.berlin, 300, user=self.amy)
        self.target(self.health, 200, user=self.amy)
        self.target(self.europe, 400, user=self.claire)
        self.won(self.pauli, 30, "2017-03-02", user_id=self.amy.id)
        self.won(self.rivoire, 50, "2017-03-02", user_id=self.claire.id)
        self.won(self.bruno, 7, "2017-03-02", user_id=self.amy.id)
        self.env.flush_all()
        stars = self.forecast.with_user(self.mona).get_star_performers(
            {
                "date_from": "2017-03-01",
                "date_to": "2017-03-31",
                "tree": "then",
                "by": "user",
            }
        )
        ranked = {row["name"]: row for row in stars["rows"] if row["has_target"]}
        self.assertEqual(set(ranked), {"amy", "claire"})
        found = self.groups("user_id", domain=MARCH, aggregates=MEMBERS)
        for name, row in ranked.items():
            self.assertEqual(
                found[name], (row["target"], row["achieved"], row["achieved_rate"])
            )

    def test_a_target_that_one_may_not_read_tells_nothing(self):
        """Not even that somebody has one."""
        self.target(self.germany, 500, user=self.bob)
        self.won(self.adler, 90, "2017-03-02", user_id=self.bob.id)
        amount = [("achieved", "=", 90)]
        self.assertEqual(self.total(self.amy, amount, aggregates=MEMBERS[1:2]), False)
        self.assertEqual(self.total(self.claire, amount, aggregates=MEMBERS[1:2]), 90)


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


@tagged("post_install", "-at_install")
class TestAttainmentAccess(AttainmentCase):
    """Nobody sees an amount of what is hidden, nor that it is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target(cls.europe, 5000)
        cls.target(cls.germany, 2000)
        cls.target(cls.france, 900)
        cls.target(cls.germany, 1500, user=cls.amy)
        cls.target(cls.germany, 300, user=cls.bob)
        cls.target(cls.health, 60)

    def told(self, user):
        """Amounts that a user reads: of targets, of members' targets, of deals."""
        rows = self.rows(user)
        deals = rows.filtered(lambda row: row.kind == "opportunity")
        return (
            sorted(rows.filtered(lambda row: row.kind == "target").mapped("target")),
            sorted(rows.filtered("member_target").mapped("member_target")),
            deals.lead_id,
        )

    def test_sales_manager(self):
        self.assertEqual(
            self.told(self.mona),
            (
                [60, 900, 2000, 2100],
                [300, 1500],
                self.won_adler | self.won_bruno | self.commit | self.best | self.early,
            ),
        )

    def test_manager_of_a_territory(self):
        self.assertEqual(
            self.told(self.claire),
            (
                [900, 2000, 2100],
                [300, 1500],
                self.won_adler | self.commit | self.best | self.early,
            ),
        )

    def test_member(self):
        """Germany is the topmost target that amy reads. won_bruno she may open, too,
        but it is credited to Health, of whose target she is not told.
        """
        self.assertEqual(
            self.told(self.amy),
            ([2000], [1500], self.won_adler | self.commit | self.best),
        )
        self.assertEqual(self.groups("territory_1_id", user=self.amy)["Europe"], 2000)

    def test_salesperson_in_no_territory(self):
        """What was won for a target of one's own, which is of no territory's."""
        won = self.won(self.adler, 20, "2017-03-03", user_id=self.bob.id)
        self.won(self.adler, 20, "2017-04-03", user_id=self.bob.id)
        self.opened(self.adler, 20, "2017-03-03", user_id=self.bob.id)
        self.assertEqual(self.told(self.bob), ([], [300], won))
        figures = ("achieved:sum", "weighted_amount:sum", "achieved_rate:avg")
        self.assertEqual(
            self.total(self.bob, aggregates=(*figures, *MEMBERS)),
            (False, False, False, 300, 20, 20 / 300),
        )

    def test_superior(self):
        """As on the board: the person below, with what that one won for the target."""
        self.amy.sudo().reports_to_id = self.bob
        targets, member_targets, leads = self.told(self.bob)
        self.assertEqual((targets, member_targets), ([], [300, 1500]))
        self.assertEqual(leads, self.won_adler, "not of April, nor open")
        self.assertEqual(
            self.groups("user_id", user=self.bob, domain=MARCH, aggregates=MEMBERS),
            {"amy": (1500, 1000, 1000 / 1500), "bob": (300, 0, 0)},
        )

    def test_what_is_won_outside_of_ones_line_is_beside_no_target_of_it(self):
        """claire is told of amy's target in Health, but of no target of Health: with
        what amy won there, too much of Europe's target would be achieved.
        """
        self.amy.sudo().reports_to_id = self.claire
        self.target(self.health, 50, user=self.amy)
        self.won_bruno.user_id = self.amy
        self.won_bruno.sudo().won_user_id = self.amy
        self.won_bruno.date_closed = "2017-03-20"
        self.assertEqual(
            self.groups(
                "territory_1_id",
                user=self.claire,
                domain=MARCH,
                aggregates=("achieved:sum", "achieved_rate:avg", *MEMBERS),
            ),
            {
                "Europe": (1000, 1000 / 5000, 1800, 1000, 1000 / 1800),
                "Health": (False, False, 50, 300, 300 / 50),
            },
        )
        total = self.of_territory(self.europe, self.claire, MARCH)
        self.assertEqual(total["achieved_rate"], 1000 / 5000)
        found = self.total(self.claire, MARCH, aggregates=("achieved_rate:avg",))
        self.assertEqual(found, 1000 / 5000)

    def test_a_membership_that_ends_is_over_at_once(self):
        self.env["crm.territory.member"].search([("user_id", "=", self.amy.id)]).write(
            {"date_end": "2017-01-01"}
        )
        targets, member_targets, leads = self.told(self.amy)
        self.assertEqual((targets, member_targets), ([], [1500]))
        self.assertEqual(leads, self.won_adler, "for her own target")

    def test_without_sales_rights_there_is_nothing(self):
        user = new_test_user(self.env(user=1), "carl", "base.group_user")
        with self.assertRaises(AccessError):
            self.rows(user)
        with self.assertRaises(AccessError):
            self.total(user)
        hidden = self.rows()[0]
        with self.assertRaises(AccessError):
            hidden.with_user(user).read(["target"])

    def test_a_hidden_opportunity_is_in_no_figure(self):
        other = self.env(user=1)["res.company"].create({"name": "Other"})
        self.plan.company_id = False
        hidden = self.opened(self.adler, 7000, "2017-03-01", "commit", 50)
        hidden.sudo().company_id = other
        for user in (self.amy, self.claire, self.mona):
            self.assertNotIn(hidden, self.told(user)[2])
            self.assertEqual(
                self.of_territory(self.germany, user, MARCH)["commit"], 0, user.name
            )
            self.assertAsBoard(user)
        self.mona.sudo().company_ids |= other
        report = self.report().with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        [found] = report._read_group(
            [("forecast_id", "=", self.forecast.id), *MARCH], [], ["commit:sum"]
        )
        self.assertEqual(found, (7000,))

    def test_a_hidden_row_is_not_read_by_its_id(self):
        """Odoo checks the access to single rows in superuser mode, and keeps what it
        reads there.
        """
        hidden = self.rows() - self.rows(self.amy)
        self.assertTrue(hidden & self.rows(self.claire))
        self.report()
        for row in hidden.with_user(self.amy).sudo(False):
            for name in ("target", "achieved", "territory_id"):
                self.assertFalse(self.read_by_client(row, name))
            self.assertFalse(row.can_read)
            self.assertFalse(row.exists() | row.sudo().exists())
        visible = self.rows(self.amy)
        self.assertTrue(all(row["can_read"] for row in visible.read(["can_read"])))

    def test_what_others_read_in_the_same_transaction(self):
        hidden = self.rows() - self.rows(self.amy)
        self.report()
        hidden.read()
        for row in hidden.with_user(self.amy).sudo(False):
            self.assertFalse(self.read_by_client(row, "target"))

    def read_by_client(self, row, name):
        """What a client reads: nothing of what is not there for it."""
        try:
            return row.read([name])
        except AccessError:
            return []

    def test_superuser_mode_shows_no_more(self):
        """Somebody's code that reads in superuser mode for a user tells that user's."""
        for user in (self.amy, self.bob, self.mona):
            seen = self.rows(user)
            self.assertEqual(self.report(user).sudo().search([]), seen)
            self.assertEqual(
                self.report(user).sudo()._read_group([], [], ["target:sum"]),
                self.report(user)._read_group([], [], ["target:sum"]),
            )
        everything = self.report(self.env.ref("base.user_root"))
        self.assertGreaterEqual(everything.search([]), self.rows())

    def test_targets_of_another_company(self):
        root = self.env(user=1)
        other = root["res.company"].create({"name": "Other"})
        theirs = root["crm.territory.forecast"].search([("company_id", "=", other.id)])
        theirs.tz = "UTC"
        plan = root["crm.territory.plan"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        plan.action_activate()
        north = root["crm.territory"].create({"name": "North", "plan_id": plan.id})
        root["crm.territory.forecast.target"].create(
            {
                "forecast_id": theirs.id,
                "territory_id": north.id,
                "date_start": "2017-03-01",
                "amount": 800,
            }
        )
        self.assertFalse(self.report().search([("forecast_id", "=", theirs.id)]))
        self.mona.sudo().company_ids |= other
        report = self.report().with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        found = report._read_group([], ["forecast_id"], ["target:sum"])
        self.assertEqual(
            {forecast.id: target for forecast, target in found},
            {self.forecast.id: 5060, theirs.id: 800},
        )
        # of that plan, and of both forecasts' companies: it counts in its own
        deal = self.won(self.sato, 44, "2017-03-03")
        deal.sudo().company_id = other
        root.cr.execute(
            "UPDATE crm_lead SET territory_id = %s WHERE id = %s", [north.id, deal.id]
        )
        self.report()
        rows = report.search([("lead_id", "=", deal.id)])
        self.assertEqual(rows.forecast_id.ids, theirs.ids)
        self.assertAsBoard()


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
