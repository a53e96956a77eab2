from odoo import api, fields, models
from odoo.tools import SQL

from .reading_day import day_sql

# The context key that says which comparisons a query needs.
_COMPARED = "crm_territory_compared"
# {measure: the period that its won opportunities are moved on by}
_SHIFTS = {
    "won_amount_month_before": "1 month",
    "won_amount_quarter_before": "3 months",
    "won_amount_year_before": "1 year",
}
_GROWTH = "growth"


class _Comparisons(tuple):
    """Names of measures. A class of its own: a client cannot send one."""


class CrmTerritoryRevenueReport(models.Model):
    """What was won and lost, and what is open: one row for each opportunity.

    Archived opportunities that were won or lost count, and each counts once. The
    *date* is the day (in UTC, the same for everybody) on which it closed, of open ones
    the day on which closing is expected.

    The measures of an earlier period come from the same won opportunities once more,
    with their date moved on: what was won in March 2025 is, in *Won the Year Before*,
    in March 2026. So each group by month has the month before, the quarter before (the
    month three months ago) and the year before beside it, a quarter the quarter and
    the year before, a year the year before; under a filter of the period, too. These
    rows are made only where such a measure is asked for, are no records, and are never
    counted.
    """

    _name = "crm.territory.revenue.report"
    _description = "Revenue by Territory"
    _inherit = ["crm.territory.won.report.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.lead": [
            "active",
            "company_id",
            "country_id",
            "date_closed",
            "date_deadline",
            "expected_revenue",
            "lost_reason_id",
            "partner_id",
            "prorated_revenue",
            "stage_id",
            "team_id",
            "territory_id",
            "territory_set_id",
            "type",
            "user_id",
            "won_status",
            "won_user_id",
        ],
        "res.partner": ["commercial_partner_id", "country_id", "industry_id"],
    }

    date = fields.Date(
        readonly=True, help="Of closing; of an open opportunity, when it is expected."
    )
    won_status = fields.Selection(
        [("won", "Won"), ("lost", "Lost"), ("pending", "Open")], "Status", readonly=True
    )
    stage_id = fields.Many2one("crm.stage", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    lost_reason_id = fields.Many2one("crm.lost.reason", readonly=True)
    partner_id = fields.Many2one("res.partner", "Account", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    won_amount = fields.Monetary(
        "Won", currency_field="company_currency_id", readonly=True
    )
    won_amount_month_before = fields.Monetary(
        "Won the Month Before",
        currency_field="company_currency_id",
        readonly=True,
        help="Grouped by month: what was won one month earlier.",
    )
    won_amount_quarter_before = fields.Monetary(
        "Won the Quarter Before",
        currency_field="company_currency_id",
        readonly=True,
        help="Grouped by month or quarter: what was won three months earlier.",
    )
    won_amount_year_before = fields.Monetary(
        "Won the Year Before",
        currency_field="company_currency_id",
        readonly=True,
        help="Grouped by month, quarter or year: what was won one year earlier.",
    )
    won_growth = fields.Float(
        "Growth on the Year Before",
        aggregator=_GROWTH,
        readonly=True,
        help="Won, compared with the same time of the year before.",
    )
    won_count = fields.Integer("Won Deals", readonly=True)
    won_average = fields.Monetary(
        "Average Deal",
        currency_field="company_currency_id",
        aggregator="avg",
        readonly=True,
        help="Of the won opportunities.",
    )
    lost_count = fields.Integer("Lost Deals", readonly=True)
    win_rate = fields.Float(
        aggregator="avg",
        readonly=True,
        help="The share of the won among the closed opportunities.",
    )
    open_amount = fields.Monetary(
        "Open Pipeline", currency_field="company_currency_id", readonly=True
    )
    open_count = fields.Integer("Open Deals", readonly=True)
    weighted_amount = fields.Monetary(
        "Weighted Pipeline",
        currency_field="company_currency_id",
        readonly=True,
        help="Open opportunities, by their probability.",
    )

    @property
    def _table_query(self):
        credited = self._credited()
        return SQL(" UNION ALL ").join(
            [
                self._own_rows(credited),
                *(self._shifted_rows(name, credited) for name in self._comparisons()),
            ]
        )

    @api.model
    def _comparisons(self):
        compared = self.env.context.get(_COMPARED)
        return compared if isinstance(compared, _Comparisons) else ()

    @api.model
    def _own_rows(self, credited):
        return SQL(
            """
            SELECT lead.id,
                   CASE WHEN lead.won_status IN ('won', 'lost')
                        THEN %(day_closed)s
                        ELSE lead.date_deadline END AS date,
                   CASE WHEN lead.won_status = 'won'
                        THEN lead.expected_revenue ELSE 0 END AS won_amount,
                   %(shifted)s,
                   NULL::float8 AS won_growth,
                   CASE WHEN lead.won_status = 'won' THEN 1 END AS won_count,
                   CASE WHEN lead.won_status = 'won'
                        THEN lead.expected_revenue END AS won_average,
                   CASE WHEN lead.won_status = 'lost' THEN 1 END AS lost_count,
                   CASE lead.won_status WHEN 'won' THEN 1.0::float8
                                        WHEN 'lost' THEN 0.0::float8 END AS win_rate,
                   CASE WHEN lead.won_status = 'pending'
                        THEN lead.expected_revenue END AS open_amount,
                   CASE WHEN lead.won_status = 'pending' THEN 1 END AS open_count,
                   CASE WHEN lead.won_status = 'pending'
                        THEN lead.prorated_revenue END AS weighted_amount,
                   %(dimensions)s
              FROM crm_lead AS lead %(account)s %(carried)s
             WHERE lead.type = 'opportunity'
               AND (lead.active OR lead.won_status IN ('won', 'lost'))
            """,
            shifted=self._shifted_columns(),
            dimensions=self._dimensions(credited),
            account=self._account_join(),
            carried=credited["carried"],
            day_closed=day_sql(SQL("lead.date_closed"), self.env.tz),
        )

    @api.model
    def _shifted_rows(self, measure, credited):
        return SQL(
            """
            SELECT NULL::int4 AS id,
                   (%(day_closed)s + %(shift)s::interval)::date AS date,
                   NULL::numeric AS won_amount,
                   %(shifted)s,
                   NULL::float8 AS won_growth,
                   NULL::int4 AS won_count,
                   NULL::numeric AS won_average,
                   NULL::int4 AS lost_count,
                   NULL::float8 AS win_rate,
                   NULL::numeric AS open_amount,
                   NULL::int4 AS open_count,
                   NULL::numeric AS weighted_amount,
                   %(dimensions)s
              FROM crm_lead AS lead %(account)s %(carried)s
             WHERE lead.type = 'opportunity' AND lead.won_status = 'won'
            """,
            shift=_SHIFTS[measure],
            shifted=self._shifted_columns(measure),
            dimensions=self._dimensions(credited),
            account=self._account_join(),
            carried=credited["carried"],
            day_closed=day_sql(SQL("lead.date_closed"), self.env.tz),
        )

    @api.model
    def _shifted_columns(self, measure=None):
        """The columns of the measures of earlier periods, all empty but ``measure``."""
        return SQL(", ").join(
            SQL(
                "%s AS %s",
                SQL("lead.expected_revenue" if name == measure else "NULL::numeric"),
                SQL.identifier(name),
            )
            for name in _SHIFTS
        )

    @api.model
    def _dimensions(self, credited):
        return SQL(
            """
            lead.id AS lead_id, lead.user_id, %(salesperson)s AS salesperson_id,
            lead.team_id, lead.company_id, lead.territory_set_id,
            %(territory)s AS territory_id, lead.stage_id, lead.won_status,
            lead.lost_reason_id, account.id AS partner_id, account.industry_id,
            COALESCE(account.country_id, lead.country_id) AS country_id
            """,
            salesperson=credited["salesperson"],
            territory=credited["territory"],
        )

    # -- figures

    @api.model
    def _read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        return super(CrmTerritoryRevenueReport, self._compared(aggregates))._read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        compared = self._compared(aggregates)
        return super(CrmTerritoryRevenueReport, compared)._read_grouping_sets(
            domain, grouping_sets, aggregates, order
        )

    @api.model
    def _compared(self, aggregates):
        """Self with the rows of the earlier periods that the aggregates need."""
        names = {aggregate.partition(":")[0] for aggregate in aggregates}
        if "won_growth" in names:
            names.add("won_amount_year_before")
        compared = _Comparisons(name for name in _SHIFTS if name in names)
        return self.with_context(**{_COMPARED: compared})

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "__count" and self._comparisons():
            return SQL("COUNT(%s)", SQL.identifier(self._table, "id"))
        if aggregate_spec.endswith(f":{_GROWTH}"):
            return SQL(
                "(SUM(%(now)s) / NULLIF(SUM(%(before)s), 0) - 1)::float8",
                now=self._field_to_sql(self._table, "won_amount", query),
                before=self._field_to_sql(self._table, "won_amount_year_before", query),
            )
        return super()._read_group_select(aggregate_spec, query)
