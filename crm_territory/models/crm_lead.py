from odoo import api, fields, models

from ..engine import matcher, zipcode

# a change of one of these can reopen a closed opportunity
_STATUS_FIELDS = frozenset({"stage_id", "probability", "active"})


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.territory.mixin"]

    annual_revenue = fields.Monetary(currency_field="annual_revenue_currency_id")
    annual_revenue_currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    employee_number = fields.Integer("Number of Employees", aggregator="avg")
    product_line_ids = fields.Many2many(
        "crm.product.line",
        "crm_product_line_lead_rel",
        "lead_id",
        "product_line_id",
        string="Product Lines",
        help="The product lines that the lead is about.",
    )
    zip_normalized = fields.Char(compute="_compute_zip_normalized", store=True)
    territory_override_ids = fields.One2many(
        "crm.territory.override", "lead_id", string="Territory Overrides"
    )

    @api.depends("zip")
    def _compute_zip_normalized(self):
        for lead in self:
            lead.zip_normalized = zipcode.normalize(lead.zip) or False

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._complete_from_territory()
        return leads

    def write(self, vals):
        closed = self.browse()
        if not _STATUS_FIELDS.isdisjoint(vals):
            closed = self.filtered(lambda lead: lead.won_status in ("won", "lost"))
        result = super().write(vals)
        reopened = closed.filtered(lambda lead: lead.won_status == "pending")
        reopened._judge_later()
        watched = self.env["crm.territory.plan"]._watched().get("crm.lead", {})
        if reopened or not watched.keys().isdisjoint(vals):
            self._complete_from_territory()
        return result

    def _complete_from_territory(self):
        """Give leads without salesperson or team those of their territory."""
        policies = self.env["crm.territory.plan"]._compiled().policies
        if not policies:
            return
        incomplete = self.sudo().filtered(
            lambda lead: lead.active
            and lead.won_status == "pending"
            and not (lead.user_id and lead.team_id)
            and lead.territory_id.id in policies
        )
        for territory, leads in incomplete.grouped("territory_id").items():
            territory._complete_leads(leads)

    @api.model
    def _match(self, compiled, where, lock=False):
        self.flush_model({*matcher.LEAD_FIELDS, *compiled.rules["crm.lead"].fields()})
        self.env["res.partner"].flush_model(
            {
                *matcher.ACCOUNT_FIELDS,
                *compiled.gates.rules.fields(),
                "territory_set_id",
            }
        )
        self.env["crm.territory.override"].flush_model()
        query = matcher.lead_query(
            compiled.bind(self.env),
            where,
            lock,
            self.env.context.get("crm_territory_dry_run"),
        )
        return [matcher.Matched(*row) for row in self.env.execute_query(query)]

    def _merge_dependences(self, opportunities):
        """The overrides of merged leads go to the one that stays, where it has none."""
        result = super()._merge_dependences(opportunities)
        self.ensure_one()
        kept = self.territory_override_ids.territory_id
        for override in opportunities.sudo().territory_override_ids:
            if override.territory_id not in kept:
                override.lead_id = self
                kept |= override.territory_id
        return result
