import random
from collections import Counter
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .history_common import HistoryCase

OPEN = ("pipeline", "best", "commit")


@tagged("post_install", "-at_install")
class TestMovement(HistoryCase):
    """What happened to the open pipeline between two days."""

    def movement(self, user=None, since="2017-03-20", until=None):
        rows = self.env["crm.territory.forecast.movement"].with_user(user or self.mona)
        rows.invalidate_model()
        return rows.with_context(movement_from=since, movement_to=until).search(
            [("forecast_id", "=", self.forecast.id)]
        )

    def told(self, rows):
        """{(what happened, opportunity, territory, first day of the period): change}"""
        return {
            (row.kind, row.lead_id, row.territory_id, str(row.date_start)): row.amount
            for row in rows
        }

    def test_each_kind_of_change(self):
        self.snapshot("2017-03-20")
        grown = self.commit
        shrunk = self.best
        slipped = self.early
        grown.expected_revenue = 650
        shrunk.expected_revenue = 150
        slipped.date_deadline = "2017-06-01"
        new = self.opened(self.rivoire, 40, "2017-04-10")
        with self.on("2017-03-27"):
            self.assertEqual(
                self.told(self.movement()),
                {
                    ("grown", grown, self.germany, "2017-04-01"): 150,
                    ("shrunk", shrunk, self.berlin, "2017-03-01"): -50,
                    ("slipped", slipped, self.france, "2017-05-01"): -100,
                    ("slipped", slipped, self.france, "2017-06-01"): 100,
                    ("new", new, self.france, "2017-04-01"): 40,
                },
            )

    def test_won_and_lost(self):
        self.snapshot("2017-03-20")
        with self.on("2017-03-25"):
            self.best.write({"stage_id": self.stages["won"].id})
            self.best.expected_revenue = 250
            self.lose(self.commit)
        with self.on("2017-03-27"):
            self.assertEqual(
                self.told(self.movement()),
                {
                    # worth more when it was won
                    ("grown", self.best, self.berlin, "2017-03-01"): 50,
                    ("won", self.best, self.berlin, "2017-03-01"): -250,
                    ("lost", self.commit, self.germany, "2017-04-01"): -500,
                },
            )

    def test_won_in_another_period_than_expected(self):
        self.snapshot("2017-03-20")
        with self.on("2017-03-25"):
            self.commit.write({"stage_id": self.stages["won"].id})
        with self.on("2017-03-27"):
            self.assertEqual(
                self.told(self.movement()),
                {
                    ("forward", self.commit, self.germany, "2017-04-01"): -500,
                    ("forward", self.commit, self.germany, "2017-03-01"): 500,
                    ("won", self.commit, self.germany, "2017-03-01"): -500,
                },
            )

    def test_made_and_won_in_between(self):
        self.snapshot("2017-03-20")
        with self.on("2017-03-25"):
            won = self.won(self.adler, 70, "2017-03-25")
        with self.on("2017-03-27"):
            self.assertEqual(
                self.told(self.movement()),
                {
                    ("new", won, self.germany, "2017-03-01"): 70,
                    ("won", won, self.germany, "2017-03-01"): -70,
                },
            )

    def test_omitted_deleted_and_reopened(self):
        self.snapshot("2017-03-20")
        self.lose(self.commit)
        self.snapshot("2017-03-27")
        self.commit.action_unarchive()
        self.commit.write({"stage_id": self.stages["commit"].id, "probability": 80})
        self.best.stage_id = self.stages["omitted"]
        deleted = self.early.id
        self.early.sudo().unlink()
        with self.on("2017-04-03"):
            found = self.movement(since="2017-03-27")
            self.assertEqual(
                {(row.kind, row.lead_key, row.amount) for row in found},
                {
                    ("new", self.commit.id, 500),
                    ("removed", self.best.id, -200),
                    ("removed", deleted, -100),
                },
            )

    def test_to_another_territory_and_salesperson(self):
        self.snapshot("2017-03-20")
        self.override(self.commit, self.france)
        self.best.user_id = self.claire
        with self.on("2017-03-27"):
            found = self.movement()
            self.assertEqual(
                {
                    (row.kind, row.territory_id, row.user_id, row.amount)
                    for row in found
                },
                {
                    ("moved", self.germany, self.amy, -500),
                    ("moved", self.france, self.amy, 500),
                    ("reassigned", self.berlin, self.amy, -200),
                    ("reassigned", self.berlin, self.claire, 200),
                },
            )

    def test_between_two_days_of_the_past(self):
        self.snapshot("2017-03-20")
        self.commit.expected_revenue = 600
        self.snapshot("2017-03-27")
        self.commit.expected_revenue = 900
        self.snapshot("2017-04-03")
        with self.on("2017-04-05"):
            between = self.movement(since="2017-03-21", until="2017-03-29")
            self.assertEqual(between.mapped("amount"), [100])
            self.assertEqual(self.movement(since="2017-03-27").mapped("amount"), [300])
            # nothing is known of the time before the first snapshot
            self.assertEqual(self.movement(since="2016-01-01").mapped("amount"), [400])

    def test_without_a_snapshot_there_is_nothing_to_tell(self):
        self.assertFalse(self.movement())

    def test_rolls_up_by_level(self):
        self.snapshot("2017-03-20")
        self.best.expected_revenue = 260
        self.early.expected_revenue = 110
        rows = self.env["crm.territory.forecast.movement"].with_user(self.mona)
        with self.on("2017-03-27"):
            found = rows.with_context(movement_from="2017-03-20").formatted_read_group(
                [("forecast_id", "=", self.forecast.id)],
                ["territory_1_id", "territory_2_id", "territory_3_id"],
                ["amount:sum"],
            )
        self.assertEqual(
            [
                [
                    group[f"territory_{level}_id"] and group[f"territory_{level}_id"][1]
                    for level in (1, 2, 3)
                ]
                + [group["amount:sum"]]
                for group in found
            ],
            [
                ["Europe", "France", "France", 10],
                ["Europe", "Germany", "Berlin", 60],
            ],
        )

    def test_who_sees_which_changes(self):
        self.snapshot("2017-03-20")
        self.best.expected_revenue = 260
        self.early.expected_revenue = 110
        self.opened(self.bruno, 10, "2017-04-10", user_id=self.bob.id)
        with self.on("2017-03-27"):
            self.assertEqual(self.movement(self.claire).lead_id, self.best | self.early)
            self.assertEqual(self.movement(self.amy).lead_id, self.best)
            self.assertFalse(self.movement(self.bob))
            hidden = self.movement() - self.movement(self.amy)
            with self.assertRaises(AccessError):
                hidden.with_user(self.amy).read(["amount"])
            found = self.movement(self.amy)
            action = found[0].action_open_opportunity()
            self.assertEqual(
                (action["res_model"], action["res_id"]), ("crm.lead", self.best.id)
            )

    def test_dialog_and_menu_open_with_the_forecast(self):
        self.snapshot("2017-03-20")
        self.commit.expected_revenue = 600
        with self.on("2017-03-27"):
            forecasts = self.env["crm.territory.forecast"].with_user(self.claire)
            action = forecasts.action_open_movement()
            self.assertEqual(
                action["context"]["search_default_forecast_id"], self.forecast.id
            )
            wizards = self.env["crm.territory.forecast.movement.between"]
            form = Form(wizards.with_user(self.claire))
            form.date_from, form.date_to = "2017-03-20", "2017-03-27"
            action = form.save().action_open()
            self.assertIn("03/20/2017", action["name"])
            rows = self.env[action["res_model"]].with_context(**action["context"])
            self.assertEqual(rows.search([]).mapped("amount"), [100])

    def test_changes_add_up(self):
        """Of any territory, salesperson and period: what is open there after, less
        what was open before.
        """
        choice = random.Random(7)
        leads = [
            self.opened(account, 100 * number, "2017-04-15")
            for number, account in enumerate(
                [self.adler, self.rivoire, self.pauli, self.bruno] * 4, 1
            )
        ]
        before = self._open_by_place()
        self.snapshot("2017-03-20")
        with self.on("2017-03-25"):
            for lead in leads:
                for change in choice.sample(self._changes(choice), 3):
                    if lead.won_status == "pending":
                        change(lead)
            leads.append(self.opened(self.adler, 33, "2017-05-01"))
        after = self._open_by_place()
        with self.on("2017-03-27"):
            rows = self.movement()
            self.assertGreater(len(set(rows.mapped("kind"))), 6)
            found = Counter()
            for row in rows:
                key = (row.territory_id, row.user_id, row.date_start)
                found[key] += row.amount
        difference = {
            key: after[key] - before[key]
            for key in after | before
            if after[key] != before[key]
        }
        self.assertEqual({k: v for k, v in found.items() if v}, difference)

    def test_waterfall_begins_with_what_was_open(self):
        """Asked for, there is a row of each that was open: what is told then adds up to
        what is open in the end.
        """
        before = self._open_by_place()
        self.snapshot("2017-03-20")
        with self.on("2017-03-25"):
            self.commit.expected_revenue = 650
            self.best.write({"stage_id": self.stages["won"].id})
            self.early.date_deadline = "2017-06-01"
            self.opened(self.rivoire, 40, "2017-04-10")
            after = self._open_by_place()
        rows = self.env["crm.territory.forecast.movement"].with_user(self.mona)
        with self.on("2017-03-27"):
            rows = rows.with_context(
                movement_from="2017-03-20", movement_with_before=True
            )
            standing, told = Counter(), Counter()
            for row in rows.search([]):
                key = (row.territory_id, row.user_id, row.date_start)
                told[key] += row.amount
                if row.kind == "before":
                    standing[key] += row.amount
            self.assertEqual(len(set(rows.search([]).ids)), len(rows.search([])))
            self.assertFalse(self.movement().filtered(lambda row: row.kind == "before"))
        self.assertEqual(standing, before)
        self.assertEqual({k: v for k, v in told.items() if v}, after)

    def _changes(self, choice):
        def amount(lead):
            lead.expected_revenue = choice.randrange(1, 1000)

        def day(lead):
            lead.date_deadline = date(2017, choice.randrange(1, 13), 3)

        def owner(lead):
            lead.user_id = choice.choice([self.amy, self.bob, self.claire])

        def territory(lead):
            # where an account has a territory already, only below it
            self.env["crm.territory.override"].search(
                [("lead_id", "=", lead.id)]
            ).unlink()
            self.override(lead, choice.choice([self.france, self.germany]))

        def close(lead):
            lead.stage_id = self.stages["won"]

        def lose(lead):
            self.lose(lead)

        def stage(lead):
            lead.stage_id = self.stages[choice.choice(["best", "omitted"])]

        return [amount, day, owner, territory, close, lose, stage]

    def _open_by_place(self):
        self.env.flush_all()
        self.env.invalidate_all()
        found = Counter()
        for lead in self.env["crm.lead"].search([("won_status", "=", "pending")]):
            if (
                lead.territory_id
                and lead.date_deadline
                and lead.forecast_category in OPEN
            ):
                start = lead.date_deadline.replace(day=1)
                found[lead.territory_id, lead.user_id, start] += lead.expected_revenue
        return found
