from odoo import api, fields, models
from odoo.tools import SQL

from .reading_day import day_sql


class CrmTerritoryDurationReport(models.Model):
    """How long it took: one row for each opportunity that is closed, or was a lead.

    The time runs from the earliest date known of it: creation, assignment or
    conversion. What is imported was created after all that happened to it; if nothing
    but that is known of it, its time is unknown and in no figure.
    """

    _name = "crm.territory.duration.report"
    _description = "Sales Duration by Territory"
    _inherit = ["crm.territory.won.report.mixin"]
    _auto = False
    _order = "date_closed desc, id desc"
    _depends = {
        "crm.lead": [
            "company_id",
            "create_date",
            "date_closed",
            "date_conversion",
            "date_open",
            "expected_revenue",
            "partner_id",
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

    date_start = fields.Date(
        "Start Date", readonly=True, help="Of creation, assignment or conversion."
    )
    date_conversion = fields.Date("Conversion Date", readonly=True)
    date_closed = fields.Date("Closed Date", readonly=True)
    won_status = fields.Selection(
        [("won", "Won"), ("lost", "Lost"), ("pending", "Open")], "Status", readonly=True
    )
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    partner_id = fields.Many2one("res.partner", "Account", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    expected_revenue = fields.Monetary(
        "Size of the Deal",
        currency_field="company_currency_id",
        aggregator="avg",
        readonly=True,
    )
    # the keys sort as the labels do
    size = fields.Selection(
        [
            ("1", "Below 1,000"),
            ("2", "1,000 to 9,999"),
            ("3", "10,000 to 99,999"),
            ("4", "100,000 to 999,999"),
            ("5", "1,000,000 and above"),
        ],
        "Size Class",
        readonly=True,
        help="Of the expected revenue.",
    )
    distribution = fields.Selection(
        [
            ("1", "Up to 1 week"),
            ("2", "1 week to 1 month"),
            ("3", "1 to 2 months"),
            ("4", "2 to 3 months"),
            ("5", "3 to 6 months"),
            ("6", "6 to 12 months"),
            ("7", "Above 1 year"),
        ],
        "Total Duration",
        readonly=True,
        help="From the start to closing; a month is 30 days.",
    )
    days_to_convert = fields.Float(
        "Lead to Opportunity (Average Days)", aggregator="avg", readonly=True
    )
    days_to_convert_median = fields.Float(
        "Lead to Opportunity (Median)", aggregator="median", readonly=True
    )
    days_to_convert_p90 = fields.Float(
        "Lead to Opportunity (90th Percentile)", aggregator="p90", readonly=True
    )
    days_to_close = fields.Float(
        "Opportunity to Closed (Average Days)", aggregator="avg", readonly=True
    )
    days_to_close_median = fields.Float(
        "Opportunity to Closed (Median)", aggregator="median", readonly=True
    )
    days_to_close_p90 = fields.Float(
        "Opportunity to Closed (90th Percentile)", aggregator="p90", readonly=True
    )
    days_total = fields.Float("Total (Average Days)", aggregator="avg", readonly=True)
    days_total_median = fields.Float(
        "Total (Median)", aggregator="median", readonly=True
    )
    days_total_p90 = fields.Float(
        "Total (90th Percentile)", aggregator="p90", readonly=True
    )

    @property
    def _table_query(self):
        start = SQL("LEAST(lead.create_date, lead.date_open, lead.date_conversion)")
        converted = SQL("lead.date_conversion")
        closed = SQL(
            "CASE WHEN lead.won_status IN ('won', 'lost') THEN lead.date_closed END"
        )
        return SQL(
            """
            SELECT lead.id,
                   lead.id AS lead_id,
                   lead.user_id, %(salesperson)s AS salesperson_id, lead.team_id,
                   lead.company_id, lead.territory_set_id,
                   %(territory)s AS territory_id, lead.won_status,
                   account.id AS partner_id,
                   account.industry_id,
                   COALESCE(account.country_id, lead.country_id) AS country_id,
                   lead.expected_revenue,
                   CASE WHEN lead.expected_revenue < 1000 THEN '1'
                        WHEN lead.expected_revenue < 10000 THEN '2'
                        WHEN lead.expected_revenue < 100000 THEN '3'
                        WHEN lead.expected_revenue < 1000000 THEN '4'
                        ELSE '5' END AS size,
                   %(day_start)s AS date_start,
                   %(day_converted)s AS date_conversion,
                   %(day_closed)s AS date_closed,
                   CASE WHEN %(total)s IS NULL THEN NULL
                        WHEN %(total)s <= 7 THEN '1'
                        WHEN %(total)s <= 30 THEN '2'
                        WHEN %(total)s <= 60 THEN '3'
                        WHEN %(total)s <= 90 THEN '4'
                        WHEN %(total)s <= 180 THEN '5'
                        WHEN %(total)s <= 365 THEN '6'
                        ELSE '7' END AS distribution,
                   %(convert)s AS days_to_convert,
                   %(convert)s AS days_to_convert_median,
                   %(convert)s AS days_to_convert_p90,
                   %(close)s AS days_to_close,
                   %(close)s AS days_to_close_median,
                   %(close)s AS days_to_close_p90,
                   %(total)s AS days_total,
                   %(total)s AS days_total_median,
                   %(total)s AS days_total_p90
              FROM crm_lead AS lead %(account)s %(carried)s
             WHERE lead.type = 'opportunity'
               AND (lead.won_status IN ('won', 'lost') AND lead.date_closed IS NOT NULL
                    OR lead.active AND lead.date_conversion IS NOT NULL)
            """,
            **self._credited(),
            account=self._account_join(),
            day_start=day_sql(start, self.env.tz),
            day_converted=day_sql(converted, self.env.tz),
            day_closed=day_sql(closed, self.env.tz),
            convert=self._days(start, converted),
            close=self._days(SQL("COALESCE(%s, %s)", converted, start), closed),
            total=self._days(start, closed),
        )

    @api.model
    def _days(self, start, end):
        """The days between two timestamps; none if they are not in this order."""
        return SQL(
            "CASE WHEN (%(end)s) >= %(start)s"
            " THEN DATE_PART('epoch', (%(end)s) - %(start)s) / 86400 END",
            start=start,
            end=end,
        )
