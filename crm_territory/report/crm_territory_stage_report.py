from odoo import api, fields, models
from odoo.tools import SQL

from .reading_day import day_sql


class CrmTerritoryStageReport(models.Model):
    """How long opportunities stay in stages: one row for each stay of one in a stage.

    Times are those that Odoo tracks of the stage, as on the status bar of the form. The
    stay in the stage of an open opportunity lasts until now, of a lost one until it was
    lost; a won stage has no end and is left out.
    """

    _name = "crm.territory.stage.report"
    _description = "Time in Stages by Territory"
    _inherit = ["crm.territory.won.report.mixin"]
    _auto = False
    _order = "id desc"
    _depends = {
        "crm.lead": [
            "active",
            "company_id",
            "create_date",
            "date_closed",
            "stage_id",
            "team_id",
            "territory_id",
            "territory_set_id",
            "type",
            "user_id",
            "won_status",
            "won_user_id",
        ],
        "crm.stage": ["is_won"],
        "mail.message": ["model", "res_id"],
        "mail.tracking.value": ["field_id", "mail_message_id", "old_value_integer"],
    }

    stage_id = fields.Many2one("crm.stage", readonly=True)
    date_start = fields.Date("Entered On", readonly=True)
    won_status = fields.Selection(
        [("won", "Won"), ("lost", "Lost"), ("pending", "Open")], "Status", readonly=True
    )
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    is_current = fields.Boolean("Still in the Stage", readonly=True)
    days = fields.Float("Average Days", aggregator="avg", readonly=True)
    days_median = fields.Float("Median Days", aggregator="median", readonly=True)
    days_p90 = fields.Float("90th Percentile of Days", aggregator="p90", readonly=True)

    @property
    def _table_query(self):
        credited = self._credited()
        return SQL(
            """
            WITH change AS (
                SELECT message.res_id AS lead_id, value.old_value_integer AS stage_id,
                       value.create_date AS date, value.id,
                       LAG(value.create_date)
                           OVER (PARTITION BY message.res_id ORDER BY value.id)
                       AS date_before
                  FROM mail_tracking_value AS value
                  JOIN mail_message AS message ON message.id = value.mail_message_id
                 WHERE value.field_id = %(field_id)s AND message.model = 'crm.lead'
            )
            SELECT change.id::int8 * 2 AS id, change.stage_id, FALSE AS is_current,
                   %(day_before)s AS date_start,
                   %(left_days)s AS days,
                   %(left_days)s AS days_median,
                   %(left_days)s AS days_p90,
                   %(dimensions)s
              FROM change
              JOIN crm_lead AS lead ON lead.id = change.lead_id %(carried)s
              JOIN crm_stage AS stage
                ON stage.id = change.stage_id AND stage.is_won IS NOT TRUE
             WHERE %(counts)s
             UNION ALL
            SELECT lead.id::int8 * 2 + 1, lead.stage_id, lead.won_status = 'pending',
                   %(day_last)s,
                   %(last_days)s,
                   %(last_days)s,
                   %(last_days)s,
                   %(dimensions)s
              FROM crm_lead AS lead %(carried)s
              LEFT JOIN (SELECT lead_id, MAX(date) AS date
                           FROM change GROUP BY lead_id) AS last
                     ON last.lead_id = lead.id
             WHERE lead.won_status IN ('pending', 'lost') AND %(counts)s
            """,
            field_id=self.env["ir.model.fields"]._get("crm.lead", "stage_id").id,
            left_days=self._days(SQL("change.date_before"), SQL("change.date")),
            last_days=self._days(
                SQL("last.date"),
                SQL(
                    "CASE lead.won_status WHEN 'lost' THEN lead.date_closed"
                    " ELSE %s END",
                    self.env.cr.now(),
                ),
            ),
            day_before=day_sql(
                SQL("COALESCE(change.date_before, lead.create_date)"), self.env.tz
            ),
            day_last=day_sql(SQL("COALESCE(last.date, lead.create_date)"), self.env.tz),
            dimensions=SQL(
                "lead.id AS lead_id, lead.user_id, %(salesperson)s AS salesperson_id,"
                " lead.team_id, lead.company_id, lead.won_status,"
                " lead.territory_set_id, %(territory)s AS territory_id",
                salesperson=credited["salesperson"],
                territory=credited["territory"],
            ),
            carried=credited["carried"],
            counts=SQL(
                "lead.type = 'opportunity'"
                " AND (lead.active OR lead.won_status IN ('won', 'lost'))"
            ),
        )

    @api.model
    def _days(self, entered, left):
        """The days from entering a stage, or from creation, to leaving it."""
        return SQL(
            "GREATEST(DATE_PART('epoch', %s - COALESCE(%s, lead.create_date)), 0)"
            " / 86400",
            left,
            entered,
        )
