from odoo import fields, models
from odoo.tools import SQL

_LOAD_RATE = "load_rate"


class CrmTerritoryLoadReport(models.Model):
    """The members of territories and what they work on: one row for each membership of
    today, for each open lead or opportunity that the member owns and that is credited
    to the territory, and for each territory without a member.
    """

    _name = "crm.territory.load.report"
    _description = "Members and Load of Territories"
    _inherit = ["crm.territory.report.mixin"]
    _auto = False
    _order = "territory_id, id"
    _depends = {
        "crm.lead": [
            "active",
            "company_id",
            "expected_revenue",
            "territory_id",
            "territory_set_id",
            "type",
            "user_id",
            "won_status",
        ],
        "crm.territory": ["active", "company_id", "plan_id"],
        "crm.territory.member": [
            "capacity",
            "company_id",
            "date_end",
            "date_start",
            "is_manager",
            "role_id",
            "territory_id",
            "user_id",
        ],
        "crm.territory.plan": ["state"],
    }

    kind = fields.Selection(
        [
            ("1_member", "Membership"),
            ("2_lead", "Open Lead or Opportunity"),
            ("3_vacant", "Without Member"),
        ],
        readonly=True,
    )
    lead_id = fields.Many2one(string="Lead or Opportunity")
    user_id = fields.Many2one(string="Member")
    territory_id = fields.Many2one(string="Territory")
    is_manager = fields.Boolean("Manager", readonly=True)
    role_id = fields.Many2one("crm.territory.role", readonly=True)
    member_count = fields.Integer("Memberships", readonly=True)
    vacant_count = fields.Integer("Territories Without Member", readonly=True)
    open_load = fields.Integer(
        "Load",
        readonly=True,
        help="The open leads and opportunities of the members that are credited to the"
        " territory.",
    )
    open_amount = fields.Monetary(
        "Open Pipeline", currency_field="company_currency_id", readonly=True
    )
    limited_load = fields.Integer("Load of Members With a Capacity", readonly=True)
    capacity = fields.Integer(
        readonly=True, help="Together, of the members that have one."
    )
    load_rate = fields.Float(
        "Load of the Capacity",
        aggregator=_LOAD_RATE,
        readonly=True,
        help="Of the members that have a capacity.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH membership AS NOT MATERIALIZED (
                SELECT member.id, member.user_id, member.territory_id,
                       member.company_id, member.is_manager, member.role_id,
                       NULLIF(member.capacity, 0) AS capacity
                  FROM crm_territory_member AS member
                 WHERE daterange(member.date_start, member.date_end, '[]')
                       @> %(today)s::date
            ), worked AS NOT MATERIALIZED (
                SELECT territory.id, territory.company_id
                  FROM crm_territory AS territory
                 WHERE territory.active AND territory.plan_id = ANY(%(plan_ids)s)
            )
            SELECT membership.id::int8 * 4 AS id, '1_member' AS kind,
                   membership.user_id, membership.territory_id, membership.company_id,
                   membership.is_manager, membership.role_id,
                   NULL::int4 AS lead_id, NULL::int4 AS territory_set_id,
                   1 AS member_count, NULL::int4 AS vacant_count,
                   NULL::int4 AS open_load, NULL::numeric AS open_amount,
                   NULL::int4 AS limited_load, membership.capacity,
                   NULL::float8 AS load_rate
              FROM membership JOIN worked ON worked.id = membership.territory_id
             UNION ALL
            SELECT lead.id::int8 * 4 + 1, '2_lead', lead.user_id, lead.territory_id,
                   lead.company_id, membership.is_manager, membership.role_id, lead.id,
                   lead.territory_set_id, NULL, NULL, 1,
                   CASE WHEN lead.type = 'opportunity' THEN lead.expected_revenue END,
                   CASE WHEN membership.capacity IS NOT NULL THEN 1 END, NULL, NULL
              FROM membership
              JOIN worked ON worked.id = membership.territory_id
              JOIN crm_lead AS lead ON lead.user_id = membership.user_id
                                   AND lead.territory_id = membership.territory_id
             WHERE lead.won_status = 'pending' AND lead.active
             UNION ALL
            SELECT worked.id::int8 * 4 + 2, '3_vacant', NULL, worked.id,
                   worked.company_id, NULL, NULL, NULL, NULL, NULL, 1, NULL, NULL,
                   NULL, NULL, NULL
              FROM worked
             WHERE NOT EXISTS (SELECT FROM membership
                                WHERE membership.territory_id = worked.id)
            """,
            today=fields.Date.today(),
            # inlined: PostgreSQL guesses wrong how many plans are active
            plan_ids=self.env["crm.territory.plan"]._active_plans().ids,
        )

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec.endswith(f":{_LOAD_RATE}"):
            return SQL(
                "(SUM(%s)::float8 / NULLIF(SUM(%s), 0))",
                SQL.identifier(self._table, "limited_load"),
                SQL.identifier(self._table, "capacity"),
            )
        return super()._read_group_select(aggregate_spec, query)

    def action_open(self):
        """Open the lead or opportunity; the territory, if the row is of none."""
        self.ensure_one()
        return self._action_record(self.lead_id or self.territory_id)
