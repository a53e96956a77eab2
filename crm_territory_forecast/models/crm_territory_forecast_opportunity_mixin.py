from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_territory.boolean_search import boolean_search

from ..board.rights import Rights


class CrmTerritoryForecastOpportunityMixin(models.AbstractModel):
    """What is told of one opportunity as it once stood.

    Whoever may open the opportunity today reads it; when it is deleted, whoever sees
    its territory. No total of such rows tells of a hidden opportunity.
    """

    _name = "crm.territory.forecast.opportunity.mixin"
    _description = "Opportunity as It Stood"

    forecast_id = fields.Many2one("crm.territory.forecast", required=True)
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    lead_id = fields.Many2one("crm.lead", string="Opportunity")
    lead_key = fields.Integer(
        "Opportunity ID",
        aggregator=None,
        help="Stays when the opportunity is deleted.",
        export_string_translation=False,
    )
    name = fields.Char("Opportunity Name")
    territory_id = fields.Many2one("crm.territory", string="Credited Territory")
    user_id = fields.Many2one("res.users", string="Salesperson")
    can_read = fields.Boolean(
        compute="_compute_can_read",
        search="_search_can_read",
        help="I may open the opportunity, and its territory is of my line.",
    )

    @api.depends_context("uid")
    @api.depends("lead_id", "territory_id")
    def _compute_can_read(self):
        readable = self.sudo().search(
            Domain("id", "in", self.ids) & self._readable_domain()
        )
        for record in self:
            record.can_read = record in readable

    def _search_can_read(self, operator, value):
        return boolean_search(operator, value, self._readable_domain())

    @api.model
    def _readable_domain(self):
        leads = self.env["crm.lead"].sudo(False).with_context(active_test=False)
        domain = Domain("lead_id", "any!", leads._search([])) | Domain(
            "lead_id", "=", False
        )
        user = self.env.user
        if not user.has_group("sales_team.group_sale_salesman_all_leads"):
            domain &= self._domain_of_line()
        return domain

    @api.model
    def _domain_of_line(self):
        """What those are told who do not see all: of the territories of their line."""
        return Rights(self.env).of_line()

    @api.readonly
    def action_open_opportunity(self):
        """Open the opportunity itself, as it is today."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "view_mode": "form",
            "views": [(self.env.ref("crm.crm_lead_view_form").id, "form")],
        }
