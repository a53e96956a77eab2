from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_territory.boolean_search import boolean_search

from ..board.rights import Rights


class CrmTerritoryForecastMixin(models.AbstractModel):
    """What is said of a territory, or of a member there, in a period of a forecast.

    Record rules ask ``can_read`` and ``can_edit``, which are searched: a membership
    that starts or ends today is in force on the next request.
    """

    _name = "crm.territory.forecast.mixin"
    _description = "Of a Territory in a Forecast"
    _inherit = ["crm.territory.guarded.mixin"]

    forecast_id = fields.Many2one(
        "crm.territory.forecast", required=True, ondelete="cascade", index=True
    )
    territory_id = fields.Many2one(
        "crm.territory", required=True, ondelete="restrict", index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Member",
        ondelete="restrict",
        index="btree_not_null",
        domain=[("share", "=", False)],
        help="Empty: of the whole territory, with all below it.",
    )
    date_start = fields.Date(
        "Period", required=True, help="The first day of the period."
    )
    company_id = fields.Many2one(related="forecast_id.company_id", store=True)
    currency_id = fields.Many2one(related="forecast_id.currency_id", store=True)
    plan_id = fields.Many2one(related="territory_id.plan_id", store=True)
    can_read = fields.Boolean(
        compute="_compute_can_read",
        search="_search_can_read",
        help="It is mine, of people below me, or of a territory of my line.",
    )
    can_edit = fields.Boolean(
        compute="_compute_can_edit",
        search="_search_can_edit",
        help="I manage the territory or one above it, and it is not my own.",
    )

    def write(self, vals):
        """Nobody moves a record to where one could not create it."""
        result = super().write(vals)
        if not {"forecast_id", "territory_id", "user_id"}.isdisjoint(vals):
            self.check_access("write")
        return result

    def _check_not_frozen(self):
        """The board shows what was frozen: no change would show there.

        :raise UserError: one of the records is of a frozen period
        """
        for forecast, records in self.grouped("forecast_id").items():
            frozen = forecast.sudo()._frozen_periods()
            if found := [r.date_start for r in records if r.date_start in frozen]:
                raise self._error_of_frozen(forecast, found[0])

    @api.model
    def _error_of_frozen(self, forecast, start):
        """The error that targets and calls of a frozen period cannot change."""
        return UserError(
            self.env._(
                "%s is frozen: its targets and calls stay as they are. Delete the"
                " frozen snapshot to change them.",
                forecast._period_label(start),
            )
        )

    @api.depends_context("uid")
    @api.depends("territory_id", "user_id")
    def _compute_can_read(self):
        readable = self.sudo().filtered_domain(Rights(self.env).readable())
        for record in self:
            record.can_read = record in readable

    def _search_can_read(self, operator, value):
        return boolean_search(operator, value, Rights(self.env).readable())

    @api.depends_context("uid")
    @api.depends("territory_id", "user_id")
    def _compute_can_edit(self):
        editable = self.sudo().filtered_domain(Rights(self.env).settable())
        for record in self:
            record.can_edit = record in editable

    def _search_can_edit(self, operator, value):
        return boolean_search(operator, value, Rights(self.env).settable())
