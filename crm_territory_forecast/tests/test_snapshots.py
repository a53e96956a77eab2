import random
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.crm_territory.tests.common import run_everything

from ..board.snapshots import Snapshots
from .history_common import HistoryCase

FIGURES = (
    "odoo.addons.crm_territory_forecast.models.crm_territory_forecast_figures_mixin"
)


@tagged("post_install", "-at_install")
class TestSnapshots(HistoryCase):
    """The weekly history: only what differs is written, and nothing gets lost."""

    def test_first_snapshot_has_all_that_is_credited(self):
        snapshot = self.snapshot("2017-03-20")
        self.assertRecordValues(
            snapshot, [{"kind": "weekly", "date": date(2017, 3, 20), "line_count": 5}]
        )
        self.assertEqual(
            {
                (line.lead_id, line.territory_id, line.category, line.amount)
                for line in self.lines()
            },
            {
                (self.won_adler, self.germany, "won", 1000),
                (self.won_bruno, self.health, "won", 300),
                (self.commit, self.germany, "commit", 500),
                (self.best, self.berlin, "best", 200),
                (self.early, self.france, "pipeline", 100),
            },
        )

    def test_only_differences_are_written(self):
        self.snapshot("2017-03-20")
        self.assertEqual(self.snapshot("2017-03-27").line_count, 0)
        self.commit.expected_revenue = 700
        self.best.user_id = self.bob
        self.assertEqual(self.snapshot("2017-04-03").line_count, 2)
        self.assertRecordValues(
            self.lines(lead_id=self.commit.id).sorted("valid_from"),
            [
                {
                    "amount": 500,
                    "valid_from": date(2017, 3, 20),
                    "valid_to": date(2017, 4, 3),
                },
                {"amount": 700, "valid_from": date(2017, 4, 3), "valid_to": False},
            ],
        )
        self.assertEqual(len(self.lines(lead_id=self.early.id)), 1)

    def test_second_snapshot_of_a_day_replaces_the_first(self):
        self.snapshot("2017-03-20")
        self.commit.expected_revenue = 700
        first = self.snapshot("2017-03-27")
        self.commit.expected_revenue = 900
        self.assertEqual(self.snapshot("2017-03-27"), first)
        self.assertEqual(
            self.lines(lead_id=self.commit.id).sorted("valid_from").mapped("amount"),
            [500, 900],
        )

    def test_what_is_lost_is_told_once(self):
        self.snapshot("2017-03-20")
        self.lose(self.commit)
        self.snapshot("2017-03-27")
        last = self.lines(lead_key=self.commit.id, valid_to=False)
        self.assertRecordValues(last, [{"category": "lost", "amount": 500}])
        self.assertEqual(self.snapshot("2017-04-03").line_count, 0)

    def test_what_was_never_open_in_a_snapshot_is_not_told_when_lost(self):
        lost = self.opened(self.adler, 50, "2017-04-01")
        self.lose(lost)
        self.snapshot("2017-03-20")
        self.assertFalse(self.lines(lead_key=lost.id))

    def test_a_deleted_opportunity_stays_in_the_history(self):
        self.snapshot("2017-03-20")
        key = self.commit.id
        self.commit.sudo().unlink()
        self.snapshot("2017-03-27")
        line = self.lines(lead_key=key)
        self.assertRecordValues(
            line,
            [{"lead_id": False, "amount": 500, "valid_to": date(2017, 3, 27)}],
        )
        self.assertEqual(line.name, "commit 500")
        self.assertEqual(self.lines(self.amy, lead_key=key), line)
        self.assertFalse(self.lines(self.bob, lead_key=key))

    def test_history_survives_new_plans_and_archived_territories(self):
        self.snapshot("2017-03-20")
        self.plan.action_archive_plan()
        plan = self.env["crm.territory.plan"].create({"name": "New"})
        self.territory("All", plan=plan, rules=[("account", [("id", "!=", False)])])
        plan.action_activate()
        run_everything(plan)
        self.assertEqual(len(self.lines()), 5)
        self.snapshot("2017-03-27")
        kept = self.lines(valid_from=date(2017, 3, 20))
        self.assertEqual(len(kept), 5)
        self.assertEqual(
            kept.territory_id, self.germany | self.berlin | self.france | self.health
        )

    def test_a_territory_with_history_is_not_deleted(self):
        self.snapshot("2017-03-20")
        self.early.sudo().unlink()
        self.env["res.partner"].search(
            [("territory_ids", "in", self.france.ids)]
        ).sudo().unlink()
        with self.assertRaisesRegex(UserError, "France.*cannot be deleted"):
            self.france.unlink()

    def test_weekly_job_keeps_every_forecast(self):
        count = self.env["crm.territory.forecast"].create(
            {"name": "Number", "metric": "count", "tz": "UTC"}
        )
        with self.on("2017-03-20"):
            self.env["crm.territory.forecast"].sudo()._cron_snapshot()
        self.assertEqual(self.forecast.snapshot_count, 1)
        self.assertEqual(count.snapshot_count, 1)
        lines = self.env["crm.territory.forecast.snapshot.line"].search(
            [("forecast_id", "=", count.id)]
        )
        self.assertEqual(lines.mapped("amount"), [1] * 5)
        self.assertFalse(lines.currency_id)

    # -- who reads it

    def test_who_reads_which_lines(self):
        self.snapshot("2017-03-20")
        self.assertEqual(
            self.lines(self.claire).lead_id,
            self.won_adler | self.commit | self.best | self.early,
        )
        self.assertEqual(
            self.lines(self.amy).lead_id, self.won_adler | self.commit | self.best
        )
        # bob owns one in Health, which is no territory of his
        self.assertFalse(self.lines(self.bob))
        lines = self.lines()
        with self.assertRaises(AccessError):
            lines.with_user(self.amy).read(["amount"])

    def test_nobody_writes_lines(self):
        self.snapshot("2017-03-20")
        for user in (self.mona, self.claire):
            with self.assertRaises(AccessError):
                self.lines(user)[:1].amount = 1
        with self.assertRaises(AccessError):
            self.forecast.with_user(self.claire).action_take_snapshot()

    # -- against plain Python

    def test_any_day_is_told_as_it_was(self):
        """The state of a day is that of the last snapshot until then, whatever
        happened since.
        """
        choice = random.Random(2017)
        day = date(2017, 1, 2)
        leads = [
            self.opened(account, 100 * number, "2017-03-15")
            for number, account in enumerate([self.adler, self.rivoire] * 4, 1)
        ]
        told = {}
        for _week in range(6):
            self._change(choice, leads)
            self.snapshot(day)
            told[day] = self._state()
            day += timedelta(days=7)
        for day, expected in told.items():
            for later in (0, 6):
                found = self.env.execute_query(
                    SQL(
                        "SELECT lead_key, territory_id, user_id, date, category,"
                        " amount::float FROM (%s) AS state",
                        Snapshots(self.forecast).state_at(day + timedelta(days=later)),
                    )
                )
                self.assertEqual({row[0]: row[1:] for row in found}, expected)

    def _change(self, choice, leads):
        for lead in choice.sample(leads, 3):
            if not lead.exists() or not lead.active:
                continue
            what = choice.choice(["amount", "date", "owner", "stage", "delete"])
            if what == "amount":
                lead.expected_revenue = choice.randrange(1000)
            elif what == "date":
                lead.date_deadline = date(2017, choice.randrange(1, 13), 1)
            elif what == "owner":
                lead.user_id = choice.choice([self.amy, self.bob])
            elif what == "stage":
                name = choice.choice(["best", "commit", "omitted"])
                lead.stage_id = self.stages[name]
            else:
                lead.sudo().unlink()

    def _state(self):
        """The open and won opportunities of now, in plain Python."""
        return {
            lead.id: (
                lead.territory_id.id,
                lead.user_id.id or None,
                lead.date_closed.date()
                if lead.won_status == "won"
                else lead.date_deadline,
                "won" if lead.won_status == "won" else lead.forecast_category,
                lead.expected_revenue,
            )
            for lead in self.env["crm.lead"].search([])
            if lead.territory_id
            and lead.forecast_category != "omitted"
            and (lead.date_closed if lead.won_status == "won" else lead.date_deadline)
        }

    # -- what it costs

    def test_a_snapshot_does_not_cost_by_opportunity(self):
        def cost(day, count):
            for number in range(count):
                self.opened(self.adler, number + 1, "2017-04-01")
            self.env.flush_all()
            self.snapshot(day)  # the caches of that day
            self.opened(self.adler, 5, "2017-04-01")
            with self.on(day), self.counting() as counted:
                self.forecast.sudo()._take_snapshot()
            return counted[0]

        self.assertEqual(cost("2017-03-20", 1), cost("2017-03-27", 30))

    def test_a_forecast_of_a_field_that_is_gone_is_in_nobodys_way(self):
        """Other forecasts are kept and reported, and the pipeline opens."""
        self.target(self.germany, 100)
        broken = self.env["crm.territory.forecast"].create(
            {"name": "Broken", "sequence": 1, "digest": True, "alert_gap_rate": 0.1}
        )
        self.forecast.write({"digest": True, "alert_gap_rate": 0.1})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_territory_forecast SET metric_field_name = 'x_gone'"
            " WHERE id = %s",
            [broken.id],
        )
        self.env.invalidate_all()
        forecasts = self.env["crm.territory.forecast"]
        with self.on("2017-03-20"), mute_logger(FIGURES):
            forecasts.sudo()._cron_snapshot()
            forecasts.sudo()._cron_digest()
            forecasts.sudo()._cron_alert()
            self.assertEqual(forecasts.get_own_targets(), {"rows": []})
            self.assertFalse(self.germany.forecast_is_set)
        self.assertEqual(len(self.forecast.snapshot_ids), 1)
        self.early.expected_revenue += 1
        with self.on("2017-03-27"):
            movement = self.env["crm.territory.forecast.movement"]
            self.assertEqual(movement.search([]).forecast_id, self.forecast)
