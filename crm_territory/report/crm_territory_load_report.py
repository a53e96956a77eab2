from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

_LOAD_RATE = "load_rate"
# The context key that says that rows of leads may be summed up before all else: then
# a million of them are read once, and not joined and aggregated in each grouping.
_SUMMED = "crm_territory_summed"
# What rows that are summed up have in common, and what of them can be asked for.
_KEYS = frozenset(
    {
        "company_id",
        "is_manager",
        "is_of_seller",
        "kind",
        "role_id",
        "territory_id",
        "territory_level_1_id",
        "territory_level_2_id",
        "territory_level_3_id",
        "territory_line_ids",
        "territory_plan_id",
        "territory_type_id",
        "user_id",
    }
)
_AGGREGATES = frozenset({"sum", "sum_currency", _LOAD_RATE})
_CURRENCY = "company_currency_id:array_agg_distinct"


class _Summed:
    """Says that they are. A class of its own: a client cannot send one."""


class CrmTerritoryLoadReport(models.Model):
    """The members of territories and what they work on: one row for each membership of
    today, for each open lead or opportunity that the member owns and that is credited
    to the territory, and for each territory without a member.
    """

    _name = "crm.territory.load.report"
    _description = "Member Workload"
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
        days = self.env["crm.territory.plan"]._days_of_all()
        return SQL(
            """
            WITH membership AS NOT MATERIALIZED (
                SELECT member.id, member.user_id, member.territory_id,
                       member.company_id, member.is_manager, member.role_id,
                       NULLIF(member.capacity, 0) AS capacity
                  FROM crm_territory_member AS member
                  JOIN unnest(%(plans)s::int4[], %(days)s::date[])
                       AS zone(plan_id, today) ON zone.plan_id = member.plan_id
                 WHERE daterange(member.date_start, member.date_end, '[]')
                       @> zone.today
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
                   lead.territory_set_id, NULL, NULL, lead.count, lead.amount,
                   CASE WHEN membership.capacity IS NOT NULL THEN lead.count END,
                   NULL, NULL
              FROM membership
              JOIN worked ON worked.id = membership.territory_id
              JOIN (%(leads)s) AS lead ON lead.user_id = membership.user_id
                                      AND lead.territory_id = membership.territory_id
             UNION ALL
            SELECT worked.id::int8 * 4 + 2, '3_vacant', NULL, worked.id,
                   worked.company_id, NULL, NULL, NULL, NULL, NULL, 1, NULL, NULL,
                   NULL, NULL, NULL
              FROM worked
             WHERE NOT EXISTS (SELECT FROM membership
                                WHERE membership.territory_id = worked.id)
            """,
            plans=list(days),
            days=list(days.values()),
            leads=self._leads(),
            # inlined: PostgreSQL guesses wrong how many plans are active
            plan_ids=self.env["crm.territory.plan"]._active_plans().ids,
        )

    @api.model
    def _leads(self):
        """The open leads and opportunities, each or summed up."""
        is_summed = self._is_summed()
        return SQL(
            """
            SELECT %(id)s AS id, user_id, territory_id, company_id, territory_set_id,
                   %(count)s AS count, %(amount)s AS amount
              FROM crm_lead
             WHERE won_status = 'pending' AND active
             %(group)s
            """,
            id=SQL("MIN(id)" if is_summed else "id"),
            count=SQL("COUNT(*)" if is_summed else "1"),
            amount=SQL(
                "SUM(expected_revenue) FILTER (WHERE type = 'opportunity')"
                if is_summed
                else "CASE type WHEN 'opportunity' THEN expected_revenue END"
            ),
            group=SQL(
                "GROUP BY user_id, territory_id, company_id, territory_set_id"
                if is_summed
                else ""
            ),
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
        report = self._summed(domain, groupby, aggregates)
        return super(CrmTerritoryLoadReport, report)._read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        groupby = [spec for grouping_set in grouping_sets for spec in grouping_set]
        report = self._summed(domain, groupby, aggregates)
        return super(CrmTerritoryLoadReport, report)._read_grouping_sets(
            domain, grouping_sets, aggregates, order
        )

    @api.model
    def _summed(self, domain, groupby, aggregates):
        """Self, with leads summed up if nothing that is asked for tells them apart."""
        named = {condition.field_expr for condition in Domain(domain).iter_conditions()}
        is_summed = named.union(groupby) <= _KEYS and all(
            spec in ("__count", _CURRENCY) or spec.partition(":")[2] in _AGGREGATES
            for spec in aggregates
        )
        return self.with_context(**{_SUMMED: _Summed() if is_summed else None})

    @api.model
    def _is_summed(self):
        return isinstance(self.env.context.get(_SUMMED), _Summed)

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "__count" and self._is_summed():
            load = SQL.identifier(self._table, "open_load")
            return SQL("SUM(COALESCE(%s, 1))::int8", load)
        if aggregate_spec.endswith(f":{_LOAD_RATE}"):
            return SQL(
                "(SUM(%s)::float8 / NULLIF(SUM(%s), 0))",
                SQL.identifier(self._table, "limited_load"),
                SQL.identifier(self._table, "capacity"),
            )
        return super()._read_group_select(aggregate_spec, query)

    @api.readonly
    def action_open(self):
        """Open the lead or opportunity; the territory, if the row is of none."""
        self.ensure_one()
        return self._action_record(self.lead_id or self.territory_id)
