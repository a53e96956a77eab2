from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..boolean_search import boolean_search

# aggregates beside Odoo's, for a group and for the total alike: computed from the
# rows, never from the figures of groups
_PERCENTILES = {"median": 0.5, "p90": 0.9}


class CrmTerritoryReportMixin(models.AbstractModel):
    """What reports on leads and opportunities share: who sees a row, the territories
    it counts for, and the currency of its amounts.

    A report has the columns ``lead_id``, ``user_id``, ``company_id``,
    ``territory_set_id`` and ``territory_id``. The content is a query, not a view of
    the database: a view would hold the columns that another addon is uninstalled with.
    """

    _name = "crm.territory.report.mixin"
    _description = "Report by Territory"
    _inherit = ["crm.territory.dimension.mixin", "crm.territory.shared.mixin"]
    _rec_name = "lead_id"
    _auto = False
    _obeys_rules_of_leads = True

    lead_id = fields.Many2one("crm.lead", "Opportunity", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        "res.currency", "Currency", compute="_compute_company_currency_id"
    )
    territory_set_id = fields.Many2one(
        "crm.territory.set",
        readonly=True,
        exportable=False,
        export_string_translation=False,
    )
    territory_id = fields.Many2one("crm.territory", "Credited Territory", readonly=True)
    is_of_seller = fields.Boolean(
        "Of a Seller",
        compute="_compute_is_of_seller",
        search="_search_is_of_seller",
        help="Its salesperson has sales rights and is not marked as no seller; or it"
        " has no salesperson.",
    )

    @api.depends("company_id")
    def _compute_company_currency_id(self):
        for row in self:
            company = row.company_id or self.env.company
            row.company_currency_id = company.currency_id

    @api.depends("user_id")
    def _compute_is_of_seller(self):
        sellers = self.env["res.users"]._sellers()
        for row in self:
            row.is_of_seller = not row.user_id or row.user_id in sellers

    def _search_is_of_seller(self, operator, value):
        sellers = self.env["res.users"]._sellers()
        domain = Domain("user_id", "in", [False, *sellers.ids])
        return boolean_search(operator, value, domain)

    @api.model
    def _account_join(self):
        """The account of ``crm_lead AS lead``. PostgreSQL leaves it out of a query that
        asks for none of its columns.
        """
        return SQL(
            """
            LEFT JOIN res_partner AS contact ON contact.id = lead.partner_id
            LEFT JOIN res_partner AS account
                   ON account.id = contact.commercial_partner_id
            """
        )

    # -- figures

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr != "company_currency_id":
            return super()._field_to_sql(alias, field_expr, query)
        company_id = self._field_to_sql(alias, "company_id", query)
        company = query.make_alias(alias, "company_id")
        query.add_join(
            "LEFT JOIN",
            company,
            "res_company",
            SQL("%s = %s", company_id, SQL.identifier(company, "id")),
        )
        return SQL(
            "COALESCE(%s, %s)",
            SQL.identifier(company, "currency_id"),
            self.env.company.currency_id.id,
        )

    def _read_group_select(self, aggregate_spec, query):
        name, _colon, function = aggregate_spec.partition(":")
        if function in _PERCENTILES:
            return SQL(
                "PERCENTILE_CONT(%s) WITHIN GROUP (ORDER BY %s)",
                _PERCENTILES[function],
                self._field_to_sql(self._table, name, query),
            )
        # The client asks for the currencies of each group and for converted amounts,
        # which takes as long as all the rest: not where there is but one currency.
        currency = self._only_currency()
        if currency and function == "sum_currency":
            return super()._read_group_select(f"{name}:sum", query)
        if currency and aggregate_spec == "company_currency_id:array_agg_distinct":
            return SQL("ARRAY[%s]", currency.id)
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _only_currency(self):
        """The currency of all that the user sees now, if it is one."""
        companies = self.env.companies
        if self.env.su:
            companies = companies.search([])
        currencies = companies.currency_id
        return currencies if len(currencies) == 1 else currencies.browse()

    # -- actions

    @api.readonly
    def action_open(self):
        """Open the record that the row is about."""
        self.ensure_one()
        return self._action_record(self.lead_id)

    @api.model
    def _action_record(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
