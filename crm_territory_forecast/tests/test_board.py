from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from ..board.trees import Trees
from .common import ForecastCase


class TestBoard(ForecastCase):
    def test_deals_roll_up_to_the_territories_above(self):
        board = self.board()
        march, april, may = self.row(board, self.europe)["cells"]
        self.assertFigures(march, achieved=1000.0, best=200.0, weighted=100.0)
        self.assertFigures(april, achieved=0.0, commit=500.0, weighted=400.0)
        self.assertFigures(may, pipeline=100.0, weighted=10.0, landing=10.0)
        total = self.row(board, self.europe)["total"]
        self.assertFigures(total, achieved=1000.0, open=800.0, landing=1510.0)
        self.assertFigures(self.row(board, self.health)["cells"][1], achieved=300.0)

    def test_a_member_has_what_he_owns_in_the_territory_and_below(self):
        board = self.board()
        amy = self.row(board, self.germany, self.amy)
        self.assertFigures(amy["cells"][0], achieved=1000.0, best=200.0)
        self.assertEqual(amy["parent"], f"t{self.germany.id}")
        self.assertEqual(amy["level"], 2)
        claire = self.row(board, self.europe, self.claire)
        self.assertFigures(claire["total"], achieved=0.0, open=0.0)

    def test_rows_are_depth_first_with_members_before_children(self):
        names = [(row["level"], row["name"]) for row in self.board()["rows"]]
        self.assertEqual(
            names,
            [
                (0, "Europe"),
                (1, "claire"),
                (1, "France"),
                (1, "Germany"),
                (2, "amy"),
                (2, "Berlin"),
                (0, "Health"),
                (0, "Products"),
                (1, "GTX"),
            ],
        )

    def test_targets_and_what_is_derived_from_them(self):
        self.target(self.germany, 2000)
        self.target(self.berlin, 300)
        self.target(self.germany, 1500, user=self.amy)
        board = self.board()
        self.assertFigures(
            self.row(board, self.germany)["cells"][0],
            target=2000.0,
            is_target_set=True,
            mismatch=200.0,
            achieved_rate=0.5,
            shortage_rate=0.4,
            closing_gap=1000.0,
            uncovered_gap=900.0,
            coverage=0.2,
        )
        self.assertFigures(
            self.row(board, self.europe)["cells"][0],
            target=None,
            is_target_set=False,
            mismatch=None,
            achieved_rate=None,
            closing_gap=None,
        )

    def test_periods_without_sales_still_show(self):
        board = self.board(date_from="2016-12-31", date_to="2017-03-02")
        self.assertEqual(
            [period["key"] for period in board["periods"]],
            ["2016-12-01", "2017-01-01", "2017-02-01", "2017-03-01"],
        )
        self.assertEqual(board["periods"][0]["label"], "Dec 2016")
        self.assertFigures(
            self.row(board, self.germany)["cells"][1], achieved=0.0, open=0.0
        )

    def test_lost_archived_omitted_deals_and_leads_count_nowhere(self):
        self.best.forecast_category = "omitted"
        self.commit.action_set_lost()
        self.early.active = False
        self.opened(self.adler, 7, "2017-04-01", type="lead", stage_id=False)
        board = self.board()
        self.assertFigures(
            self.row(board, self.europe)["total"], achieved=1000.0, open=0.0
        )

    def test_a_reopened_deal_is_not_achieved_any_more(self):
        self.won_adler.write(
            {
                "stage_id": self.stages["commit"].id,
                "probability": 60,
                "date_deadline": "2017-05-02",
            }
        )
        total = self.row(self.board(), self.germany)["cells"]
        self.assertFigures(total[0], achieved=0.0)
        self.assertFigures(total[2], commit=1000.0, weighted=600.0)

    def test_days_end_in_the_time_zone_of_the_forecast(self):
        self.won_adler.date_closed = "2017-03-31 22:30:00"
        cells = self.row(self.board(), self.germany)["cells"]
        self.assertFigures(cells[0], achieved=1000.0)
        self.forecast.tz = "Europe/Berlin"
        cells = self.row(self.board(), self.germany)["cells"]
        self.assertFigures(cells[0], achieved=0.0)
        self.assertFigures(cells[1], achieved=1000.0)

    def test_excluded_territories_and_people_do_not_count(self):
        self.forecast.excluded_user_ids = self.bob
        self.forecast.excluded_territory_ids = self.germany
        board = self.board()
        self.assertIsNone(self.row(board, self.berlin))
        self.assertFigures(self.row(board, self.health)["total"], achieved=0.0)
        self.assertFigures(
            self.row(board, self.europe)["total"], achieved=0.0, open=100.0
        )

    def test_archived_people_stay_left_out(self):
        self.forecast.excluded_user_ids = self.bob
        self.bob.sudo().active = False
        for user in (self.mona, self.amy):
            forecast = self.forecast.with_user(user)
            self.assertEqual(Trees(forecast).left_out_user_ids, self.bob.ids)
        total = self.row(self.board(), self.health)["total"]
        self.assertFigures(total, achieved=0.0)

    def test_only_a_part_of_the_tree(self):
        board = self.board(territory_id=self.germany.id)
        self.assertEqual(
            [(row["level"], row["name"]) for row in board["rows"]],
            [(0, "Germany"), (1, "amy"), (1, "Berlin")],
        )

    def test_counting_opportunities(self):
        self.forecast.metric = "count"
        cells = self.row(self.board(), self.europe)["cells"]
        self.assertFigures(cells[0], achieved=1.0, best=1.0, weighted=0.5)

    def test_a_field_that_is_gone_is_told(self):
        self.env.cr.execute(
            "UPDATE crm_territory_forecast SET metric_field_name = 'x_gone'"
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "“x_gone” of opportunities"):
            self.board()

    def test_what_cannot_be_chosen_is_refused(self):
        for name, value in (
            ("metric_field_name", "name"),
            ("date_field_name", "expected_revenue"),
            ("closed_date_field_name", "x_none"),
            ("tz", "Mars"),
        ):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.forecast[name] = value

    def test_bad_options_are_told(self):
        for options in (
            {"date_from": False},
            {"date_from": "yesterday"},
            {"date_from": "2018-01-01"},
            {"date_from": "1900-01-01"},
            {"tree": "tomorrow"},
        ):
            with self.subTest(options=options), self.assertRaises(UserError):
                self.board(**options)

    def test_every_figure_opens_its_opportunities(self):
        deals = self.won_adler | self.commit | self.best | self.early
        wanted = {
            "achieved": self.won_adler,
            "commit": self.commit,
            "best": self.best,
            "pipeline": self.early,
            "open": deals - self.won_adler,
            "landing": deals,
        }
        for tree in ("today", "then"):
            for figure, leads in wanted.items():
                self.assertEqual(self._opened_by(self.europe, figure, tree), leads)
        mine = self._opened_by(self.europe, "landing", "today", user_id=self.amy.id)
        self.assertEqual(mine, deals - self.early)
        with self.assertRaises(UserError):
            self._opened_by(self.europe, "target", "today")

    def _opened_by(self, territory, figure, tree, **options):
        action = self.forecast.get_opportunities_action(
            {
                "territory_id": territory.id,
                "user_id": False,
                "date_from": "2017-03-01",
                "date_to": "2017-05-31",
                "figure": figure,
                "tree": tree,
                **options,
            }
        )
        return self.env["crm.lead"].search(action["domain"])

    @freeze_time("2017-04-05 12:00:00")
    def test_a_call_is_kept_for_each_week(self):
        values = {
            "territory_id": self.germany.id,
            "user_id": False,
            "date_start": "2017-04-01",
            "amount": 650,
            "note": "Adler signs",
        }
        claire = self.forecast.with_user(self.claire)
        told = claire.set_call(values)
        self.assertEqual((told["amount"], told["author"]), (650.0, "claire"))
        claire.set_call(dict(values, amount=600, note=""))
        calls = self.env["crm.territory.forecast.call"].search([])
        self.assertEqual(calls.mapped("amount"), [600.0])
        calls.week = "2017-03-27"
        claire.set_call(dict(values, amount=0, note="Postponed"))
        cell = self.row(self.board(), self.germany)["cells"][1]
        self.assertFigures(cell["call"], amount=0.0, note="Postponed")
        claire.set_call(dict(values, amount=None))
        cell = self.row(self.board(), self.germany)["cells"][1]
        self.assertFigures(cell["call"], amount=600.0, week="2017-03-27")
        with self.assertRaises(AccessError):
            self.forecast.with_user(self.amy).set_call(values)
        with self.assertRaises(UserError):
            claire.set_call(dict(values, amount="many"))
        for bad in ({"territory_id": 0}, {"date_start": "soon"}, {"user_id": -1}):
            with self.assertRaises(UserError):
                self.forecast.set_call({**values, **bad})

    @freeze_time("2017-04-05 12:00:00")
    def test_a_call_is_of_its_author_and_week(self):
        calls = self.env["crm.territory.forecast.call"].with_user(self.claire)
        values = {
            "forecast_id": self.forecast.id,
            "territory_id": self.germany.id,
            "date_start": "2017-04-01",
            "amount": 650,
        }
        with self.assertRaises(AccessError):
            calls.create(dict(values, author_id=self.amy.id))
        call = calls.create(values)
        self.assertEqual(call.author_id, self.claire)
        with self.assertRaises(AccessError):
            call.author_id = self.amy
        with self.assertRaises(AccessError):
            call.territory_id = self.health
        with self.assertRaises(UserError):
            call.week = "2017-03-27"
        with self.assertRaises(UserError):
            calls.create(dict(values, week="2017-03-27"))
        call.sudo().week = "2017-03-27"
        for change in (lambda: call.write({"amount": 1}), call.unlink):
            with self.assertRaises(UserError):
                change()
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            calls.create(dict(values, amount=-1))

    def test_days_that_are_none(self):
        for day in (5, "soon", "0001-01-01", "9999-12-31"):
            options = {"date_from": day, "date_to": day}
            with self.subTest(day), self.assertRaises(UserError):
                self.forecast.get_board(options)
            with self.subTest(day), self.assertRaises(UserError):
                self.forecast.get_sheet({"year": day})
