from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..board.snapshots import Snapshots
from .history_common import HistoryCase

MARCH = date(2017, 3, 1)


@tagged("post_install", "-at_install")
class TestFrozenPeriods(HistoryCase):
    """A frozen period stays on the board as it was."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target(cls.germany, 2000)
        cls.target(cls.germany, 1500, user=cls.amy)

    def freeze(self, day="2017-04-10"):
        with self.on(day):
            return self.forecast.with_user(self.mona)._freeze(MARCH)

    def test_frozen_figures_stay(self):
        before = self.board()
        snapshot = self.freeze()
        self.assertRecordValues(
            snapshot, [{"kind": "frozen", "date_start": MARCH, "line_count": 2}]
        )
        self.won_adler.expected_revenue = 9000
        self.won(self.adler, 77, "2017-03-02")
        self.best.date_deadline = "2017-04-02"
        after = self.board()
        self.assertEqual(
            [period["is_frozen"] for period in after["periods"]], [True, False, False]
        )
        for row, old in zip(after["rows"], before["rows"], strict=True):
            self.assertEqual(row["cells"][0], old["cells"][0])
        # what is not frozen goes on
        april = self.row(after, self.germany)["cells"][1]
        self.assertFigures(april, commit=500.0, best=200.0)
        # where it is still to be seen as it is
        self.assertNotEqual(self.board(date_from="2017-04-01")["rows"], before["rows"])

    def test_targets_of_frozen_periods_stay(self):
        self.freeze()
        targets = self.env["crm.territory.forecast.target"].search([])
        self.assertEqual(len(targets), 2)
        cell = {"territory_id": self.france.id, "user_id": False, "amount": 5}
        march = dict(cell, date_start="2017-03-01")
        for what, refused in {
            "amount": lambda: targets.write({"amount": 1}),
            "period": lambda: targets.write({"date_start": "2017-04-01"}),
            "unset": targets.unlink,
            "sheet": lambda: self.forecast.set_targets([march]),
            "new": lambda: self.target(self.france, 5),
        }.items():
            with self.subTest(what), self.assertRaisesRegex(UserError, "frozen"):
                with self.env.cr.savepoint(flush=False):
                    refused()
        self.forecast.set_targets([dict(cell, date_start="2017-04-01")])
        [row] = [
            row
            for row in self.forecast.get_sheet({"year": "2017-01-01"})["rows"]
            if row["key"] == f"t{self.france.id}"
        ]
        editable = [cell["can_edit"] for cell in row["cells"]]
        self.assertEqual(editable, [True] * 2 + [False] + [True] * 9)

    def test_calls_of_frozen_and_of_closed_periods_stay(self):
        """Whoever calls, and by whatever way; sales managers correct closed ones."""
        claire, mona = (self.forecast.with_user(u) for u in (self.claire, self.mona))
        call = {"territory_id": self.germany.id, "amount": 700}
        march, april = (dict(call, date_start=f"2017-0{n}-01") for n in (3, 4))
        with self.on("2017-03-20"):
            claire.set_call(march)
        self.freeze()
        made = self.env["crm.territory.forecast.call"].search([])
        with self.on("2017-03-21"):
            for refused in (
                lambda: claire.set_call(dict(march, amount=1)),
                lambda: mona.set_call(dict(march, amount=None)),
                lambda: made.with_user(self.claire).write({"amount": 1}),
                lambda: made.with_user(self.claire).unlink(),
            ):
                with self.assertRaisesRegex(UserError, "frozen"):
                    refused()
        with self.on("2017-04-20"):
            claire.set_call(april)
        with self.on("2017-05-01"):
            with self.assertRaisesRegex(UserError, "closed"):
                claire.set_call(april)
            mona.set_call(april)
        self.assertEqual(made.amount, 700)

    def test_a_forecast_with_history_is_archived_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.forecast.unlink()
        self.forecast.active = False
        company = self.env(user=1)["res.company"].create({"name": "New"})
        forecasts = self.env(user=1)["crm.territory.forecast"]
        first = forecasts.search([("company_id", "=", company.id)])
        self.assertEqual(first.mapped("name"), ["Revenue"])
        first.unlink()

    def test_periods_stay_while_something_is_kept_by_them(self):
        other = self.env(user=1)["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "cannot change"):
            self.forecast.sudo().company_id = other
        self.env["crm.territory.forecast.target"].search([]).unlink()
        self.freeze()
        for values in ({"period": "quarter"}, {"company_id": other.id}):
            with (
                self.subTest(values),
                self.assertRaisesRegex(UserError, "cannot change"),
            ):
                self.forecast.sudo().write(values)
        self.forecast.snapshot_ids.unlink()
        self.forecast.write({"period": "quarter", "company_id": self.env.company.id})

    def test_frozen_figures_in_the_tree_of_then(self):
        before = self.board(tree="then")
        self.freeze()
        self.won_adler.expected_revenue = 9000
        after = self.board(tree="then")
        for row, old in zip(after["rows"], before["rows"], strict=True):
            self.assertEqual(row["cells"][0], old["cells"][0])

    def test_frozen_figures_hold_only_what_one_may_open(self):
        self.freeze()
        germany = self.row(self.board(self.amy), self.germany)["cells"][0]
        self.assertFigures(germany, achieved=1000.0, target=2000.0)
        # of somebody else, and in France, of which amy is no member
        self.won_adler.user_id = self.bob
        self.override(self.won_adler, self.germany, "out")
        self.override(self.won_adler, self.france)
        self.won_adler._judge_now(include_closed=True)
        germany = self.row(self.board(self.amy, tree="then"), self.germany)["cells"][0]
        self.assertFigures(germany, achieved=0.0)
        germany = self.row(self.board(self.claire, tree="then"), self.germany)
        self.assertFigures(germany["cells"][0], achieved=1000.0)

    def test_a_click_opens_the_frozen_opportunities(self):
        snapshot = self.freeze()
        self.won_adler.expected_revenue = 9000
        for user, is_today in ((self.mona, "today"), (self.amy, "then")):
            action = self.forecast.with_user(user).get_opportunities_action(
                {
                    "territory_id": self.europe.id,
                    "user_id": False,
                    "date_from": "2017-03-01",
                    "date_to": "2017-03-31",
                    "figure": "achieved",
                    "tree": is_today,
                }
            )
            self.assertEqual(
                action["res_model"], "crm.territory.forecast.snapshot.line"
            )
            lines = self.env[action["res_model"]].with_user(user)
            found = lines.search(action["domain"])
            self.assertRecordValues(
                found, [{"lead_id": self.won_adler.id, "amount": 1000}]
            )
            self.assertEqual(found.snapshot_id, snapshot)

    def test_a_click_on_a_total_opens_frozen_and_live_opportunities(self):
        self.freeze()
        live = self.won(self.adler, 77, "2017-04-02")
        # no longer of March, but frozen there
        self.won_adler.date_closed = "2016-01-05"
        late = self.won(self.adler, 5, "2017-03-02")
        action = self.forecast.get_opportunities_action(
            {
                "territory_id": self.europe.id,
                "user_id": False,
                "date_from": "2017-01-01",
                "date_to": "2017-05-31",
                "figure": "achieved",
                "tree": "today",
            }
        )
        found = self.env["crm.lead"].search(action["domain"])
        self.assertEqual(found, (live | self.won_adler).sorted())
        self.assertNotIn(late, found)

    def test_a_period_that_is_not_over_is_not_frozen(self):
        with self.assertRaisesRegex(UserError, "ends on"):
            self.freeze("2017-03-31")

    def test_a_period_is_frozen_once(self):
        self.freeze()
        with self.assertRaisesRegex(UserError, "frozen already"):
            self.freeze()

    def test_only_sales_managers_freeze(self):
        for user in (self.claire, self.amy):
            with self.on("2017-04-10"), self.assertRaises(AccessError):
                self.forecast.with_user(user)._freeze(MARCH)

    def test_taking_a_frozen_period_back(self):
        snapshot = self.freeze()
        self.won_adler.expected_revenue = 9000
        with self.assertRaises(AccessError):
            snapshot.with_user(self.claire).unlink()
        snapshot.with_user(self.mona).unlink()
        germany = self.row(self.board(), self.germany)["cells"][0]
        self.assertFigures(germany, achieved=9000.0)

    def test_dialog_offers_the_closed_periods(self):
        with self.on("2017-06-10"):
            forecast = self.forecast.with_user(self.mona)
            action = forecast.action_freeze()
            dialog = self.env[action["res_model"]].with_user(self.mona)
            dialog = dialog.browse(action["res_id"])
            self.assertRecordValues(
                dialog.line_ids,
                [
                    {"period_label": "Apr 2017", "is_chosen": True},
                    {"period_label": "Mar 2017", "is_chosen": False},
                ],
            )
            april, march = dialog.line_ids
            april.is_chosen, march.is_chosen = False, True
            action = dialog.action_freeze()
            self.assertEqual(Snapshots(forecast).to_freeze(), [date(2017, 4, 1)])
            dialog.line_ids.is_chosen = False
            with self.assertRaisesRegex(UserError, "Choose a period"):
                dialog.action_freeze()
        snapshot = self.env[action["res_model"]].search(action["domain"])
        action = snapshot.action_view_lines()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]).lead_id,
            self.won_adler | self.best,
        )

    def test_without_a_period_the_dialog_says_so(self):
        with self.on("2017-03-31"), self.assertRaisesRegex(UserError, "is frozen"):
            self.forecast.with_user(self.mona).action_freeze()
