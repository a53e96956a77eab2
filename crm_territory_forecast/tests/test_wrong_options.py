from odoo.exceptions import UserError

from .common import ForecastCase

NO_OPTIONS = (None, False, "x", 1, [], ["x"], [{}])
NO_IDS = (True, "x", 2**40, 1.5, float("nan"), [1], {"x": 1})


class TestWrongOptions(ForecastCase):
    """A program that asks for nonsense is told so."""

    def ask_all(self, **wrong):
        """Each method that reads options, with those that are right but for some."""
        options = {"date_from": "2026-01-01", "date_to": "2026-03-31", **wrong}
        forecast = self.forecast
        yield lambda: forecast.get_board(options)
        yield lambda: forecast.get_sheet(options)
        yield lambda: forecast.get_star_performers(options)
        yield lambda: forecast.get_opportunities_action({"figure": "open", **options})

    def test_options_are_told_by_name(self):
        forecast = self.forecast
        for options in NO_OPTIONS:
            for method in (
                forecast.get_board,
                forecast.get_sheet,
                forecast.get_star_performers,
                forecast.get_opportunities_action,
                forecast.set_call,
            ):
                with self.subTest(options=options, method=method.__name__):
                    with self.assertRaisesRegex(UserError, "told by their names"):
                        method(options)

    def test_targets_are_a_list(self):
        for values in (None, "x", 1, {"x": 1}):
            with self.assertRaisesRegex(UserError, "by a list"):
                self.forecast.set_targets(values)
        with self.assertRaisesRegex(UserError, "told by their names"):
            self.forecast.set_targets(["x"])

    def test_what_is_no_id(self):
        for value in NO_IDS:
            for ask in self.ask_all(territory_id=value):
                with self.assertRaisesRegex(UserError, "as “territory_id”"):
                    ask()
            with self.assertRaisesRegex(UserError, "as “user_id”"):
                self.forecast.set_call({"user_id": value})
            with self.assertRaisesRegex(UserError, "as “territory_id”"):
                self.forecast.set_targets([{"territory_id": value}])
        for value in ("x", 1, ["x"], {"x": 1}):
            with self.assertRaisesRegex(UserError, "as “territory_ids”"):
                self.forecast.get_opportunities_action({"territory_ids": value})

    def test_what_is_no_word_or_number(self):
        for name in ("tree", "figure", "by"):
            for value in ([], ["x"], {"x": 1}, 1):
                for ask in self.ask_all(**{name: value}):
                    with self.assertRaisesRegex(UserError, f"as “{name}”"):
                        ask()
        for value in ("x", -1, 1.5, [1]):
            with self.assertRaisesRegex(UserError, "as “limit”"):
                self.forecast.get_sheet({"limit": value})

    def test_weeks_and_days_of_the_context(self):
        self.forecast.action_take_snapshot()
        movement = self.env["crm.territory.forecast.movement"]
        accuracy = self.env["crm.territory.forecast.accuracy"]
        for weeks in ("x", -1, 10**9, 1.5, [1], {"x": 1}, True):
            with self.assertRaisesRegex(UserError, "no number of weeks"):
                movement.with_context(movement_weeks=weeks).search([])
            with self.assertRaisesRegex(UserError, "no number of weeks"):
                accuracy.with_context(accuracy_weeks=weeks).search([])
        for day in ("x", 1, [1], {"x": 1}, True):
            for key in ("movement_from", "movement_to"):
                with self.assertRaisesRegex(UserError, "not a date"):
                    movement.with_context(**{key: day}).search([])
        self.assertEqual(movement.with_context(movement_weeks=2).search([]), movement)
