from datetime import date

from odoo.tests import tagged

from .history_common import HistoryCase


@tagged("post_install", "-at_install")
class TestAccuracy(HistoryCase):
    """What was foreseen some weeks before the end of a period, and what came of it."""

    def rows(self, user=None, weeks=1):
        rows = self.env["crm.territory.forecast.accuracy"].with_user(user or self.mona)
        rows.invalidate_model()
        return rows.with_context(accuracy_weeks=weeks).search(
            [("forecast_id", "=", self.forecast.id)]
        )

    def told(self, rows):
        return {
            (row.lead_id, str(row.date_start)): (row.landing, row.outcome)
            for row in rows
        }

    def test_foreseen_and_outcome(self):
        """A week before the end of March: won_adler and half of best; then best is
        won with more, and another one comes and is won.
        """
        self.snapshot("2017-03-20")
        self.commit.probability = 10
        self.snapshot("2017-03-27")
        with self.on("2017-03-30"):
            self.best.stage_id = self.stages["won"]
            self.best.expected_revenue = 260
            late = self.won(self.adler, 40, "2017-03-31")
        with self.on("2017-04-03"):
            found = self.rows()
            self.assertEqual(
                self.told(found),
                {
                    (self.won_adler, "2017-03-01"): (1000, 1000),
                    (self.best, "2017-03-01"): (100, 260),
                    (late, "2017-03-01"): (0, 40),
                },
            )
            self.assertEqual(set(found.mapped("date_snapshot")), {date(2017, 3, 20)})
            self.assertEqual(
                {row.lead_id: row.open_amount for row in found},
                {self.won_adler: 1000, self.best: 200, late: 0},
            )
            self.assertFalse(self.rows(weeks=4), "there was no snapshot by then")

    def test_what_slips_was_foreseen_and_did_not_come(self):
        self.snapshot("2017-03-20")
        self.best.date_deadline = "2017-04-15"
        self.snapshot("2017-04-21")
        with self.on("2017-04-25"):
            self.best.stage_id = self.stages["won"]
        with self.on("2017-05-02"):
            told = self.told(self.rows())
        self.assertEqual(told[self.best, "2017-03-01"], (100, 0))
        self.assertEqual(told[self.best, "2017-04-01"], (100, 200))

    def test_accuracy_of_a_territory_is_that_of_its_sums(self):
        self.snapshot("2017-03-20")
        with self.on("2017-03-30"):
            self.best.stage_id = self.stages["won"]
            self.won(self.adler, 40, "2017-03-31")
        with self.on("2017-04-03"):
            rows = self.env["crm.territory.forecast.accuracy"].with_user(self.mona)
            groups = rows.with_context(accuracy_weeks=1).formatted_read_group(
                [("forecast_id", "=", self.forecast.id)],
                ["territory_1_id"],
                ["landing:sum", "outcome:sum", "accuracy:avg"],
            )
        landing, outcome = 1000 + 100, 1000 + 200 + 40
        self.assertEqual(len(groups), 1)
        self.assertEqual(groups[0]["landing:sum"], landing)
        self.assertEqual(groups[0]["outcome:sum"], outcome)
        self.assertAlmostEqual(
            groups[0]["accuracy:avg"], 1 - abs(outcome - landing) / outcome
        )

    def test_outcome_of_a_frozen_period_is_the_frozen_one(self):
        self.snapshot("2017-03-20")
        with self.on("2017-04-03"):
            self.forecast._freeze(date(2017, 3, 1))
            self.won_adler.expected_revenue = 9000
            self.env.flush_all()
            told = self.told(self.rows())
        self.assertEqual(told[self.won_adler, "2017-03-01"], (1000, 1000))

    def test_who_sees_what(self):
        self.snapshot("2017-03-20")
        with self.on("2017-04-03"):
            self.assertEqual(self.rows(self.amy).lead_id, self.won_adler | self.best)
            self.assertFalse(self.rows(self.bob))

    def test_quarters_of_a_fiscal_year(self):
        """February to April is a quarter of a year that begins in February."""
        self.forecast.write({"period": "quarter", "fiscal_month": "2"})
        self.snapshot("2017-03-20")
        with self.on("2017-05-02"):
            self.assertEqual(
                {str(row.date_start) for row in self.rows()}, {"2017-02-01"}
            )
