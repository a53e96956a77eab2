from collections import defaultdict
from datetime import timedelta
from statistics import mean, median

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .report_case import ReportCase

REPORT = "crm.territory.duration.report"
STAGES = "crm.territory.stage.report"
LIMITS = [7, 30, 60, 90, 180, 365]


def percentile_90(values):
    """The value between the two nearest ranks, as PostgreSQL's percentile_cont."""
    values = sorted(values)
    rank = 0.9 * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (rank - low)


def three(values):
    """Average, median, 90th percentile; 0 for nothing."""
    if not values:
        return (0, 0, 0)
    return mean(values), median(values), percentile_90(values)


def days(start, end):
    return (end - start) / timedelta(days=1)


@tagged("post_install", "-at_install")
class TestReportDuration(ReportCase):
    def durations(self, deal):
        """Lead to opportunity, opportunity to closed, total; None where unknown."""
        start = min(filter(None, (deal.created, deal.converted)))
        opportunity = deal.converted or start
        return (
            days(start, deal.converted) if deal.converted else None,
            days(opportunity, deal.closed) if deal.closed else None,
            days(start, deal.closed) if deal.closed else None,
        )

    def expected(self, key):
        groups = defaultdict(lambda: ([], [], []))
        open_leads = [d for d in self.of_status("pending") if d.converted]
        for deal in self.closed_deals() + open_leads:
            for values, value in zip(
                groups[key(deal)], self.durations(deal), strict=True
            ):
                if value is not None:
                    values.append(value)
        return {
            group: tuple(figure for values in found for figure in three(values))
            for group, found in groups.items()
        }

    aggregates = [
        f"days_{what}{suffix}:{aggregator}"
        for what in ("to_convert", "to_close", "total")
        for suffix, aggregator in (("", "avg"), ("_median", "median"), ("_p90", "p90"))
    ]

    def test_by_each_dimension(self):
        for groupby, key in {
            "territory_id": lambda deal: deal.territory,
            "territory_level_1_id": lambda deal: deal.territory.level_1_id,
            "user_id": lambda deal: deal.owner,
            "won_status": lambda deal: deal.status,
            "date_closed:month": lambda deal: deal.month or False,
            "size": lambda deal: self.size(deal.amount),
        }.items():
            with self.subTest(groupby=groupby):
                found = self.figures(REPORT, [groupby], self.aggregates)
                self.assertFigures(found, self.expected(key))

    def size(self, amount):
        return str(1 + sum(amount >= limit for limit in (1e3, 1e4, 1e5, 1e6)))

    def test_totals_are_medians_of_all_rows(self):
        [total, _groups] = self.env[REPORT].formatted_read_grouping_sets(
            [], [[], ["territory_level_1_id"]], self.aggregates
        )
        [expected] = self.expected(lambda deal: ()).values()
        for aggregate, figure in zip(self.aggregates, expected, strict=True):
            self.assertAlmostEqual(total[0][aggregate], figure, 4, aggregate)

    def test_distribution(self):
        expected = defaultdict(int)
        for deal in self.closed_deals():
            total = self.durations(deal)[2]
            expected[str(1 + sum(total > limit for limit in LIMITS))] += 1
        found = self.figures(
            REPORT, ["distribution"], ["__count"], [("date_closed", "!=", False)]
        )
        self.assertFigures(found, {key: (count,) for key, count in expected.items()})

    def test_imported_opportunity_runs_from_its_assignment(self):
        """It was closed long before it was created here."""
        deal = self.closed_deals()[0]
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead SET create_date = %s, date_conversion = NULL,"
                " date_open = %s WHERE id = %s",
                deal.closed + timedelta(days=900),
                deal.closed - timedelta(days=12),
                deal.lead.id,
            )
        )
        row = self.env[REPORT].search([("lead_id", "=", deal.lead.id)])
        self.assertAlmostEqual(row.days_total, 12)
        self.env.cr.execute(
            SQL("UPDATE crm_lead SET date_open = NULL WHERE id = %s", deal.lead.id)
        )
        self.env.invalidate_all()
        found = self.figures(
            REPORT,
            ["lead_id"],
            ["days_total:avg", "days_total_median:median"],
            [("lead_id", "=", deal.lead.id)],
        )
        self.assertEqual(found, {deal.lead: (False, False)})


@tagged("post_install", "-at_install")
class TestReportStages(ReportCase):
    """The time in stages, from what Odoo tracks."""

    def setUp(self):
        super().setUp()
        self.field = self.env["ir.model.fields"]._get("crm.lead", "stage_id")
        self.history = {
            deal.lead.id: self._make_history(deal)
            for deal in self.deals
            if deal.status == "pending" or self.chance.random() < 0.7
        }

    def _make_history(self, deal):
        """[(stage that was left, when)], as tracked; the last goes on."""
        when, history = deal.created, []
        last = deal.closed or deal.created + timedelta(days=100)
        for _ in range(self.chance.randrange(4)):
            when += (last - when) * self.chance.random() * 0.8
            stage = self.chance.choice(self.open_stages)
            message = (
                self.env["mail.message"]
                .sudo()
                .create({"model": "crm.lead", "res_id": deal.lead.id})
            )
            value = (
                self.env["mail.tracking.value"]
                .sudo()
                .create(
                    {
                        "mail_message_id": message.id,
                        "field_id": self.field.id,
                        "old_value_integer": stage.id,
                    }
                )
            )
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_tracking_value SET create_date = %s WHERE id = %s",
                    when,
                    value.id,
                )
            )
            history.append((stage, when))
        return history

    def expected(self, key):
        """{group: average, median, 90th percentile of the days in a stage}"""
        groups = defaultdict(list)
        now = fields.Datetime.now()
        for deal in self.closed_deals() + self.of_status("pending"):
            entered = deal.created
            for stage, left in self.history.get(deal.lead.id, []):
                groups[key(deal, stage)].append(days(entered, left))
                entered = left
            if deal.status != "won":
                stay = days(entered, deal.closed or now)
                groups[key(deal, deal.lead.stage_id)].append(stay)
        return {group: three(values) for group, values in groups.items()}

    def test_by_each_dimension(self):
        for groupby, key in {
            "stage_id": lambda deal, stage: stage,
            "territory_level_1_id": lambda deal, stage: deal.territory.level_1_id,
            "user_id": lambda deal, stage: deal.owner,
        }.items():
            found = self.figures(
                STAGES, [groupby], ["days:avg", "days_median:median", "days_p90:p90"]
            )
            expected = self.expected(key)
            self.assertEqual(set(found), set(expected))
            for group, figures in expected.items():
                for one, other in zip(found[group], figures, strict=True):
                    # the clock of the transaction and that of the test differ
                    self.assertAlmostEqual(one, other, 2)

    def test_as_on_the_status_bar(self):
        """Of open opportunities, what Odoo itself shows."""
        deal = self.of_status("pending")[0]
        shown = deal.lead.duration_tracking
        rows = self.env[STAGES].search([("lead_id", "=", deal.lead.id)])
        found = defaultdict(float)
        for row in rows:
            found[row.stage_id.id] += row.days * 86400
        expected = {int(id_): seconds for id_, seconds in shown.items()}
        self.assertEqual(set(found), set(expected))
        for stage_id, seconds in expected.items():
            self.assertAlmostEqual(found[stage_id], seconds, delta=60)

    def test_still_in_the_stage(self):
        rows = self.env[STAGES].search([("is_current", "=", True)])
        self.assertEqual(
            set(rows.lead_id.ids), {d.lead.id for d in self.of_status("pending")}
        )
