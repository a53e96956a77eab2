from odoo import api, fields, models
from odoo.tools import SQL

from .reading_day import day_sql

INACTIVE_DAYS = 90


class CrmTerritoryCoverageReport(models.Model):
    """What territories hold and what none holds: one row for each account, open lead
    and open opportunity in each of its territories, and one if it has none.

    Measures count each record once in every group and total, in how many territories
    it may be. Closed opportunities count only where they have no territory. Colleagues
    and own companies are accounts, but need no territory.
    """

    _name = "crm.territory.coverage.report"
    _description = "Coverage of Territories"
    _inherit = ["crm.territory.account.report.mixin"]
    _auto = False
    _order = "id"
    _depends = {
        "crm.lead": [
            "active",
            "company_id",
            "partner_id",
            "territory_set_id",
            "type",
            "user_id",
            "won_status",
        ],
        "crm.territory.judgement": ["plan_id", "res_id", "res_model", "version"],
        "crm.territory.override": ["decision", "is_expired", "lead_id", "partner_id"],
        "crm.territory.plan": ["company_id", "run_version", "state", "version"],
        "crm.territory.set": ["territory_ids"],
        "mail.message": ["date", "mail_activity_type_id", "message_type", "model"],
        "res.partner": [
            "account_user_id",
            "active",
            "commercial_partner_id",
            "company_id",
            "partner_share",
            "territory_set_id",
        ],
    }

    kind = fields.Selection(
        [
            ("account", "Account"),
            ("lead", "Lead"),
            ("opportunity", "Opportunity"),
            ("closed", "Closed Opportunity"),
        ],
        readonly=True,
    )
    territory_id = fields.Many2one(
        string="Territory", help="One that the record is in; not only the credited one."
    )
    territory_count = fields.Integer(
        "Number of Territories", aggregator="max", readonly=True
    )
    reason = fields.Selection(
        [
            ("1_no_match", "No criteria matched"),
            ("2_not_judged", "Not assigned by the current criteria yet"),
            ("3_kept_out", "Kept out by hand"),
            ("4_closed", "Closed before it was assigned"),
            ("5_no_plan", "No plan is active"),
        ],
        "Why in No Territory",
        readonly=True,
    )
    date_last_activity = fields.Date(
        "Last Activity",
        readonly=True,
        help="The last message or activity of a person on the account, its contacts or"
        " its leads and opportunities; or the day on which one of these was made.",
    )
    is_inactive = fields.Boolean(
        "Without Activity",
        readonly=True,
        help="An account without any activity for the time that the settings say.",
    )
    account_count = fields.Integer(
        "Accounts", aggregator="count_distinct", readonly=True
    )
    lead_count = fields.Integer("Leads", aggregator="count_distinct", readonly=True)
    opportunity_count = fields.Integer(
        "Opportunities", aggregator="count_distinct", readonly=True
    )
    unassigned_count = fields.Integer(
        "Without Territory", aggregator="count_distinct", readonly=True
    )
    overlap_count = fields.Integer(
        "In Several Territories", aggregator="count_distinct", readonly=True
    )
    inactive_count = fields.Integer(
        "Accounts Without Activity", aggregator="count_distinct", readonly=True
    )

    @property
    def _table_query(self):
        return SQL("%s UNION ALL %s", self._accounts(), self._leads())

    @api.model
    def _accounts(self):
        return SQL(
            """
            SELECT (account.id::int8 << 22) + (COALESCE(link.territory_id, 0) << 1)
                   AS id,
                   'account' AS kind,
                   account.id AS partner_id,
                   NULL::int4 AS lead_id,
                   account.user_id AS user_id,
                   account.company_id,
                   account.partner_share,
                   account.territory_set_id,
                   link.territory_id,
                   COALESCE(size.count, 0)::int4 AS territory_count,
                   CASE WHEN account.territory_set_id IS NULL
                        THEN %(reason)s END AS reason,
                   %(day)s AS date_last_activity,
                   activity.date < %(since)s AS is_inactive,
                   account.id AS account_count,
                   NULL::int4 AS lead_count,
                   NULL::int4 AS opportunity_count,
                   CASE WHEN account.territory_set_id IS NULL
                        THEN account.id::int8 << 1 END AS unassigned_count,
                   CASE WHEN size.count > 1
                        THEN account.id::int8 << 1 END AS overlap_count,
                   CASE WHEN activity.date < %(since)s
                        THEN account.id END AS inactive_count
              FROM res_partner AS account
              LEFT JOIN crm_territory_set_rel AS link
                     ON link.set_id = account.territory_set_id
              LEFT JOIN (%(sizes)s) AS size ON size.set_id = account.territory_set_id
              LEFT JOIN (%(activities)s) AS activity
                     ON activity.account_id = account.id
             WHERE %(is_account)s
            """,
            is_account=self._is_account(),
            reason=self._reason("res.partner", SQL("account"), SQL("partner_id")),
            since=self._inactive_since(),
            day=day_sql(SQL("activity.date"), self.env.tz),
            sizes=self._sizes(),
            activities=self._activities(),
        )

    @api.model
    def _leads(self):
        return SQL(
            """
            SELECT (lead.id::int8 << 22) + (COALESCE(link.territory_id, 0) << 1) + 1,
                   CASE WHEN lead.won_status IN ('won', 'lost') THEN 'closed'
                        ELSE lead.type END,
                   contact.commercial_partner_id,
                   lead.id,
                   lead.user_id,
                   lead.company_id,
                   NULL::bool,
                   lead.territory_set_id,
                   link.territory_id,
                   COALESCE(size.count, 0)::int4,
                   CASE WHEN lead.territory_set_id IS NOT NULL THEN NULL
                        WHEN lead.won_status IN ('won', 'lost') THEN '4_closed'
                        ELSE %(reason)s END,
                   NULL::date,
                   NULL::bool,
                   NULL::int4,
                   CASE WHEN lead.won_status = 'pending' AND lead.type = 'lead'
                        THEN lead.id END,
                   CASE WHEN lead.won_status = 'pending' AND lead.type = 'opportunity'
                        THEN lead.id END,
                   CASE WHEN lead.territory_set_id IS NULL
                        THEN (lead.id::int8 << 1) + 1 END,
                   CASE WHEN size.count > 1 THEN (lead.id::int8 << 1) + 1 END,
                   NULL::int4
              FROM crm_lead AS lead
              LEFT JOIN res_partner AS contact ON contact.id = lead.partner_id
              LEFT JOIN crm_territory_set_rel AS link
                     ON link.set_id = lead.territory_set_id
              LEFT JOIN (%(sizes)s) AS size ON size.set_id = lead.territory_set_id
             WHERE lead.won_status = 'pending' AND lead.active
                OR lead.won_status IN ('won', 'lost')
                   AND lead.territory_set_id IS NULL AND lead.type = 'opportunity'
            """,
            reason=self._reason("crm.lead", SQL("lead"), SQL("lead_id")),
            sizes=self._sizes(),
        )

    @api.model
    def _sizes(self):
        return SQL(
            "SELECT set_id, COUNT(*) AS count FROM crm_territory_set_rel"
            " GROUP BY set_id"
        )

    @api.model
    def _reason(self, model_name, record, column):
        """Why a record without territory has none."""
        plans = SQL(
            """
            SELECT FROM crm_territory_plan AS plan
             WHERE plan.state = 'active'
               AND (plan.company_id IS NULL OR %(record)s.company_id IS NULL
                    OR plan.company_id = %(record)s.company_id)
            """,
            record=record,
        )
        return SQL(
            """
            CASE WHEN NOT EXISTS (%(plans)s) THEN '5_no_plan'
                 WHEN EXISTS (SELECT FROM crm_territory_override AS override
                               WHERE override.%(column)s = %(record)s.id
                                 AND override.decision = 'out'
                                 AND override.is_expired IS NOT TRUE)
                 THEN '3_kept_out'
                 WHEN EXISTS (%(plans)s
                               AND plan.version > plan.run_version
                               AND NOT EXISTS (
                                   SELECT FROM crm_territory_judgement AS judged
                                    WHERE judged.plan_id = plan.id
                                      AND judged.res_model = %(model_name)s
                                      AND judged.res_id = %(record)s.id
                                      AND judged.version = plan.version))
                 THEN '2_not_judged'
                 ELSE '1_no_match' END
            """,
            plans=plans,
            column=column,
            record=record,
            model_name=model_name,
        )

    @api.model
    def _activities(self):
        """The last activity of each account."""
        by_person = SQL(
            """
            (message.mail_activity_type_id IS NOT NULL OR message.message_type NOT IN
             ('notification', 'auto_comment', 'user_notification', 'out_of_office'))
            """
        )
        return SQL(
            """
            SELECT account_id, MAX(date) AS date
              FROM (SELECT commercial_partner_id AS account_id, create_date AS date
                      FROM res_partner
                     UNION ALL
                    SELECT contact.commercial_partner_id, message.date
                      FROM mail_message AS message
                      JOIN res_partner AS contact ON contact.id = message.res_id
                     WHERE message.model = 'res.partner' AND %(by_person)s
                     UNION ALL
                    SELECT contact.commercial_partner_id, lead.create_date
                      FROM crm_lead AS lead
                      JOIN res_partner AS contact ON contact.id = lead.partner_id
                     UNION ALL
                    SELECT contact.commercial_partner_id, message.date
                      FROM mail_message AS message
                      JOIN crm_lead AS lead ON lead.id = message.res_id
                      JOIN res_partner AS contact ON contact.id = lead.partner_id
                     WHERE message.model = 'crm.lead' AND %(by_person)s) AS happened
             GROUP BY account_id
            """,
            by_person=by_person,
        )

    @api.model
    def _inactive_since(self):
        parameters = self.env["ir.config_parameter"].sudo()
        days = parameters.get_param("crm_territory.inactive_days") or ""
        days = int(days) if days.isdecimal() else INACTIVE_DAYS
        return fields.Datetime.subtract(fields.Datetime.now(), days=days)
