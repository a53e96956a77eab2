from odoo import api, fields, models


class CrmTerritoryForecastFreezeLine(models.TransientModel):
    """A closed period that can be frozen."""

    _name = "crm.territory.forecast.freeze.line"
    _description = "Period to Freeze"
    _order = "date_start desc"

    freeze_id = fields.Many2one(
        "crm.territory.forecast.freeze", "Dialog", required=True, ondelete="cascade"
    )
    date_start = fields.Date(required=True, readonly=True)
    period_label = fields.Char("Period", compute="_compute_period_label")
    is_chosen = fields.Boolean("Freeze")

    @api.depends("date_start")
    def _compute_period_label(self):
        for line in self:
            line.period_label = line.freeze_id.forecast_id._period_label(
                line.date_start
            )
