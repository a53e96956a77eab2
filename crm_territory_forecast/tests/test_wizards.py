from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import ForecastCase


class TestWizards(ForecastCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forecast.period = "quarter"

    def targets(self, year=2018):
        found = self.env["crm.territory.forecast.target"].search(
            [
                ("date_start", ">=", f"{year}-01-01"),
                ("date_start", "<", f"{year + 1}-01-01"),
            ]
        )
        return {
            (
                t.territory_id.name,
                *([t.user_id.name] if t.user_id else ()),
                (t.date_start.month + 2) // 3,
            ): t.amount
            for t in found
        }

    def wizard(self, kind, user=None, **values):
        model = self.env[f"crm.territory.forecast.{kind}"].with_user(user or self.mona)
        model = model.with_context(
            default_forecast_id=self.forecast.id, default_date_start="2018-01-01"
        )
        form = Form(model)
        for name, value in values.items():
            setattr(form, name, value)
        return form

    def apply(self, *args, **values):
        return self.wizard(*args, **values).save().action_apply()

    def test_a_year_evenly(self):
        self.apply("spread", territory_id=self.germany, amount=1000.01)
        self.assertEqual(
            self.targets(),
            {("Germany", 1): 250.0, ("Germany", 2): 250.0}
            | {("Germany", 3): 250.0, ("Germany", 4): 250.01},
        )
        change = self.env["crm.territory.forecast.target.change"].search([], limit=1)
        self.assertEqual(change.origin, "spread")

    def test_a_year_comes_to_its_amount_where_a_period_is_kept(self):
        self.target(self.germany, 10000, "2018-04-01")
        form = self.wizard("spread", territory_id=self.germany, amount=100000)
        self.assertIn("is kept", form.preview)
        self.assertIn("100,000", form.preview)
        self.assertEqual(form.written_count, 3)
        form.save().action_apply()
        self.assertEqual(
            self.targets(),
            {("Germany", quarter): 30000.0 for quarter in (1, 3, 4)}
            | {("Germany", 2): 10000.0},
        )

    def test_a_year_that_is_less_than_what_is_kept(self):
        self.target(self.germany, 10000, "2018-04-01")
        form = self.wizard("spread", territory_id=self.germany, amount=9000)
        self.assertIn("hold 10,000 already", form.preview)
        with self.assertRaises(UserError):
            form.save().action_apply()
        form = self.wizard(
            "spread", territory_id=self.germany, amount=9000, replace=True
        )
        form.save().action_apply()
        self.assertEqual(self.targets()["Germany", 2], 2250.0)

    def test_a_year_in_whole_amounts(self):
        self.apply("spread", territory_id=self.germany, amount=1001)
        self.assertEqual(
            self.targets(),
            {("Germany", quarter): 250.0 for quarter in (1, 2, 3)}
            | {("Germany", 4): 251.0},
        )

    def test_a_year_as_was_won(self):
        self.won(self.adler, 3000, "2017-08-10")
        self.apply(
            "spread",
            territory_id=self.germany,
            amount=100,
            method_of_periods="won",
        )
        self.assertEqual(
            {key: amount for key, amount in self.targets().items() if amount},
            {("Germany", 1): 25.0, ("Germany", 3): 75.0},
        )

    def test_a_year_by_own_weights(self):
        form = self.wizard(
            "spread",
            territory_id=self.germany,
            amount=100,
            method_of_periods="weights",
        )
        for number, weight in enumerate((1, 1, 1, 7)):
            with form.weight_ids.edit(number) as line:
                line.weight = weight
        self.assertIn(">70<", form.preview)
        form.save().action_apply()
        self.assertEqual(self.targets()["Germany", 4], 70.0)

    def test_what_was_written_is_told(self):
        """To who opened the wizard, that it can be taken back."""
        self.target(self.germany, 10000, "2018-04-01")
        closing = self.apply("spread", territory_id=self.germany, amount=40000)
        row = {"territory_id": self.germany.id, "user_id": False}
        self.assertEqual(closing["type"], "ir.actions.act_window_close")
        self.assertEqual(
            closing["infos"],
            {
                "forecast_id": self.forecast.id,
                "targets": [
                    {**row, "date_start": start, "before": None, "after": 10000.0}
                    for start in ("2018-01-01", "2018-07-01", "2018-10-01")
                ],
            },
        )

    def test_parts_are_added_up(self):
        """Not the periods of one row, nor territories with those above them."""
        self.target(self.europe, 900, "2018-01-01")
        form = self.wizard("spread", territory_id=self.europe, mode="parts")
        self.assertIn("Together", form.preview)
        self.assertIn(">900<", form.preview)
        form = self.wizard("spread", territory_id=self.europe, amount=1000)
        self.assertNotIn("Together", form.preview)

    def test_a_territory_over_its_parts(self):
        self.target(self.europe, 900, "2018-01-01")
        self.target(self.europe, 300, "2018-07-01")
        self.target(self.france, 7, "2018-01-01")
        form = self.wizard(
            "spread", territory_id=self.europe, mode="parts", over_assignment=0.1
        )
        self.assertIn("is kept", form.preview)
        form.save().action_apply()
        self.assertEqual(
            self.targets(),
            {
                ("Europe", 1): 900.0,
                ("Europe", 3): 300.0,
                ("Europe", "claire", 1): 330.0,
                ("Europe", "claire", 3): 110.0,
                ("Germany", 1): 330.0,
                ("Germany", 3): 110.0,
                ("France", 1): 7.0,
                ("France", 3): 110.0,
            },
        )
        self.apply("spread", territory_id=self.europe, mode="parts", replace=True)
        self.assertEqual(self.targets()["France", 1], 300.0)

    def test_parts_by_what_they_won(self):
        self.target(self.europe, 100, "2018-01-01")
        self.won(self.rivoire, 3000, "2017-08-10")
        self.apply(
            "spread", territory_id=self.europe, mode="parts", method_of_parts="won"
        )
        self.assertEqual(self.targets()["France", 1], 75.0)
        self.assertEqual(self.targets()["Germany", 1], 25.0)

    def test_parts_by_capacity(self):
        self.target(self.europe, 100, "2018-01-01")
        members = self.env["crm.territory.member"].search(
            [("territory_id", "child_of", self.europe.id)]
        )
        for member in members:
            member.capacity = 30 if member.user_id == self.amy else 10
        self.apply(
            "spread",
            territory_id=self.europe,
            mode="parts",
            method_of_parts="capacity",
        )
        self.assertEqual(self.targets()["Germany", 1], 75.0)
        self.assertEqual(self.targets()["Europe", "claire", 1], 25.0)

    def test_what_is_missing_is_said(self):
        form = self.wizard("spread", territory_id=self.germany)
        self.assertIn("Enter the annual target", form.preview)
        form.method_of_periods = "won"
        form.territory_id = self.france
        self.assertIn("Nothing has a weight", form.preview)
        form.mode = "parts"
        self.assertIn("neither sub-territories nor members", form.preview)
        form.territory_id = self.germany
        self.assertIn("has no target in that year", form.preview)
        with self.assertRaises(UserError):
            form.save().action_apply()
        self.assertIn("no targets in the year", self.wizard("copy").preview)

    def test_a_manager_leaves_out_what_is_not_his_to_set(self):
        self.target(self.europe, 300, "2018-01-01")
        form = self.wizard(
            "spread", self.claire, territory_id=self.europe, mode="parts"
        )
        self.assertIn("not yours to set", form.preview)
        form.save().action_apply()
        self.assertEqual(
            self.targets(),
            {("Europe", 1): 300.0, ("Germany", 1): 100.0, ("France", 1): 100.0},
        )
        form = self.wizard("spread", self.amy, territory_id=self.germany, amount=5)
        with self.assertRaises(UserError):
            form.save().action_apply()

    def test_last_year_more_or_less(self):
        self.target(self.germany, 100, "2017-01-01")
        self.target(self.germany, 60, "2017-04-01", self.amy)
        self.target(self.france, 50, "2017-01-01")
        self.target(self.france, 9, "2018-01-01")
        self.apply("copy", change_rate=0.1)
        self.assertEqual(
            self.targets(),
            {("Germany", 1): 110.0, ("Germany", "amy", 2): 66.0, ("France", 1): 9.0},
        )
        self.apply("copy", change_rate=-0.5, territory_id=self.france, replace=True)
        self.assertEqual(self.targets()["France", 1], 25.0)
        self.assertEqual(self.targets()["Germany", 1], 110.0)

    def test_nobody_uses_the_wizard_of_another(self):
        wizard = self.wizard("copy", self.claire).save()
        with self.assertRaises(AccessError):
            wizard.with_user(self.amy).read(["change_rate"])

    def test_frozen_periods_are_left_out(self):
        self.target(self.germany, 7, "2017-01-01")
        self.forecast._freeze(date(2017, 1, 1))
        wizard = self.wizard(
            "spread",
            date_start="2017-05-05",
            territory_id=self.germany,
            amount=1000,
            replace=True,
        ).save()
        self.assertIn("is frozen", wizard.preview)
        self.assertEqual(wizard.written_count, 3)
        wizard.action_apply()
        self.assertEqual(
            self.targets(2017),
            {("Germany", 1): 7.0}
            | {("Germany", quarter): 331.0 for quarter in (2, 3, 4)},
        )
