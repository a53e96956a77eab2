from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.crm_territory.tests.common import SALESMAN

from .common import ForecastCase


class TestVisibility(ForecastCase):
    """Which rows, targets and amounts one sees: only what one may open."""

    def names(self, user, **options):
        return [
            (row["level"], row["name"]) for row in self.board(user, **options)["rows"]
        ]

    def test_a_member_sees_the_line_and_oneself(self):
        self.carl = new_test_user(self.env(user=1), "carl", SALESMAN)
        self.carl.sudo().name = "carl"
        self.env["crm.territory.member"].create(
            {"territory_id": self.germany.id, "user_id": self.carl.id}
        )
        self.assertEqual(
            self.names(self.amy), [(0, "Germany"), (1, "amy"), (1, "Berlin")]
        )
        self.assertEqual(
            self.names(self.claire),
            [
                (0, "Europe"),
                (1, "claire"),
                (1, "France"),
                (1, "Germany"),
                (2, "amy"),
                (2, "carl"),
                (2, "Berlin"),
            ],
        )
        self.assertEqual(self.names(self.bob), [])

    def test_a_superior_sees_the_row_of_a_person_below(self):
        self.amy.sudo().reports_to_id = self.bob
        [row] = self.board(self.bob)["rows"]
        self.assertFigures(
            row, name="amy (Europe / Germany)", parent=False, level=0, kind="member"
        )
        self.assertFigures(row["total"], achieved=1000.0, open=700.0)
        self.target(self.germany, 100, user=self.amy)
        self.target(self.germany, 900)
        [row] = self.board(self.bob)["rows"]
        self.assertFigures(row["cells"][0], target=100.0)
        targets = self.env["crm.territory.forecast.target"].with_user(self.bob)
        self.assertEqual(targets.search([]).mapped("amount"), [100.0])

    def test_targets_that_one_reads(self):
        self.target(self.europe, 1)
        self.target(self.germany, 2)
        self.target(self.berlin, 3)
        self.target(self.germany, 4, user=self.amy)
        self.target(self.germany, 5, user=self.bob)
        self.target(self.health, 6)

        def read(user):
            targets = self.env["crm.territory.forecast.target"].with_user(user)
            return sorted(targets.search([]).mapped("amount"))

        self.assertEqual(read(self.amy), [2.0, 3.0, 4.0])
        self.assertEqual(read(self.claire), [1.0, 2.0, 3.0, 4.0, 5.0])
        self.assertEqual(read(self.bob), [5.0])
        self.assertEqual(read(self.mona), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        for user in (self.amy, self.claire, self.bob, self.mona):
            targets = self.env["crm.territory.forecast.target"].sudo().search([])
            found = targets.with_user(user).sudo(False)
            self.assertEqual(
                sorted(found.filtered(lambda t: t.has_access("read")).mapped("amount")),
                read(user),
            )
            changes = self.env["crm.territory.forecast.target.change"]
            changes = changes.with_user(user).search([])
            self.assertEqual(sorted(changes.mapped("amount_after")), read(user))

    def test_the_targets_of_others_are_not_told_by_a_mismatch(self):
        self.target(self.germany, 100)
        self.target(self.germany, 50, user=self.bob)
        self.target(self.germany, 20, user=self.amy)
        cell = self.row(self.board(self.amy), self.germany)["cells"][0]
        self.assertFigures(cell, target=100.0, mismatch=None)
        cell = self.row(self.board(self.claire), self.germany)["cells"][0]
        self.assertFigures(cell, target=100.0, mismatch=30.0)
        sheet = self.forecast.with_user(self.amy).get_sheet({"year": "2017-01-01"})
        cell = self.row(sheet, self.germany)["cells"][2]
        self.assertFigures(cell, amount=100.0, parts=None, mismatch=None)

    def test_a_hidden_deal_is_in_no_total(self):
        """It is in the territory, but of a company that the user is not allowed."""
        other = self.env(user=1)["res.company"].create({"name": "Other"})
        self.plan.company_id = False
        hidden = self.opened(self.adler, 5000, "2017-03-01", "commit", 50)
        hidden.sudo().company_id = other
        self.env.flush_all()
        for user in (self.amy, self.claire, self.mona):
            board = self.board(user)
            self.assertFigures(
                self.row(board, self.germany)["cells"][0],
                achieved=1000.0,
                commit=0.0,
                weighted=100.0,
            )
            self.assertTrue(board["is_partial"])
            self.assertTrue(self.row(board, self.germany)["is_partial"])
            self.assertFalse(self.row(board, self.berlin)["is_partial"])
        (self.mona | self.claire).sudo().company_ids |= other
        forecast = self.forecast.with_user(self.claire).with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        board = forecast.get_board({"date_from": "2017-03-01", "date_to": "2017-03-31"})
        self.assertFigures(self.row(board, self.germany)["cells"][0], commit=5000.0)
        self.assertFalse(board["is_partial"])

    def test_a_territory_that_is_not_shown_makes_those_above_partial(self):
        other = self.env(user=1)["res.company"].create({"name": "Other"})
        self.plan.company_id = False
        self.early.sudo().company_id = other
        board = self.board(self.claire, tree="then")
        self.assertIsNone(self.row(board, self.france))
        self.assertTrue(self.row(board, self.europe)["is_partial"])
        self.assertFalse(self.row(board, self.germany)["is_partial"])

    def test_without_hidden_deals_nothing_is_partial(self):
        for user in (self.amy, self.claire, self.mona):
            self.assertFalse(self.board(user)["is_partial"])

    def test_a_membership_that_ends_is_over_at_once(self):
        self.assertTrue(self.board(self.amy)["rows"])
        self.env["crm.territory.member"].search([("user_id", "=", self.amy.id)]).write(
            {"date_end": "2017-01-01"}
        )
        self.assertEqual(self.board(self.amy)["rows"], [])

    def test_a_forecast_of_another_company_is_not_read(self):
        other = self.env(user=1)["res.company"].create({"name": "Other"})
        theirs = (
            self.env["crm.territory.forecast"]
            .sudo()
            .create({"name": "Theirs", "company_id": other.id})
        )
        frame = self.env["crm.territory.forecast"].with_user(self.amy).get_frame()
        self.assertEqual([f["id"] for f in frame["forecasts"]], [self.forecast.id])
        self.assertEqual(frame["default_id"], self.forecast.id)
        with self.assertRaises(AccessError):
            self.board(self.amy, forecast=theirs)
