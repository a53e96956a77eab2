from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_stage import CATEGORIES


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.territory.forecast.measure.mixin"]

    forecast_category = fields.Selection(
        CATEGORIES,
        compute="_compute_forecast_category",
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
        help="How sure the opportunity is in forecasts: that of its stage, until"
        " somebody decides otherwise. Omitted: it counts nowhere.",
    )

    territory_today_id = fields.Many2one(
        "crm.territory",
        string="Territory Today",
        compute="_compute_territory_today_id",
        search="_search_territory_today_id",
        compute_sudo=True,
        help="Where today's tree counts it: a won opportunity in the territory that its"
        " account has today, if it has one; but in the one that it closed in if that"
        " one has criteria for opportunities.",
    )

    @api.model
    def _unread(self):
        return SQL("%s OR r.forecast_category IS NULL", super()._unread())

    @api.model
    def _read_rest(self, ids):
        """Older opportunities have the category of their stage."""
        self.flush_model(["stage_id", "forecast_category"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_lead AS r SET forecast_category = COALESCE(
                       (SELECT stage.forecast_category FROM crm_stage AS stage
                         WHERE stage.id = r.stage_id), 'pipeline')
                 WHERE r.id = ANY(%s) AND r.forecast_category IS NULL
                """,
                ids,
            )
        )
        self.invalidate_model(["forecast_category"], flush=False)
        return super()._read_rest(ids)

    @api.depends("stage_id")
    def _compute_forecast_category(self):
        for lead in self:
            lead.forecast_category = lead.stage_id.forecast_category or "pipeline"

    @api.depends("won_status", "territory_id", "partner_id.territory_id")
    def _compute_territory_today_id(self):
        def is_in_use(territory):
            return territory.active and territory.plan_state == "active"

        kept = self.territory_id.filtered(is_in_use)
        rules = self.env["crm.territory.rule"].sudo()
        kept = rules.browse(kept._by_own_criteria(kept.ids)).territory_id
        for lead in self:
            of_account = lead.partner_id.territory_id
            is_moved = (
                lead.won_status == "won"
                and lead.territory_id not in kept
                and is_in_use(of_account)
            )
            lead.territory_today_id = of_account if is_moved else lead.territory_id

    def _search_territory_today_id(self, operator, value):
        """Of an account's territories, only those of the plans asked for count: an
        account without company may be in those of several companies.
        """
        if operator != "in":
            return NotImplemented
        territories = self.env["crm.territory"].sudo()
        asked = territories.browse([id_ for id_ in value if id_])
        in_use = territories.search(
            [
                ("plan_id", "in", asked.plan_id.ids),
                ("plan_id.state", "=", "active"),
                ("active", "=", True),
            ]
        )
        kept = territories._by_own_criteria(in_use.ids).subselect("territory_id")
        partners = self.env["res.partner"].sudo().with_context(active_test=False)

        def of_accounts(of_territories):
            found = partners._search([("territory_id", "in", of_territories.ids)])
            return (
                Domain("won_status", "=", "won")
                & Domain("territory_id", "not in", kept)
                & Domain("partner_id", "any!", found)
            )

        return of_accounts(asked & in_use) | (
            Domain("territory_id", "in", list(value)) & ~of_accounts(in_use)
        )

    @api.constrains("forecast_category")
    def _check_forecast_category(self):
        for lead in self:
            if lead.forecast_category == "won" and not lead.stage_id.is_won:
                raise ValidationError(
                    self.env._(
                        "“%s” is not won: move it to a won stage instead of giving it"
                        " that forecast category.",
                        lead.name,
                    )
                )
