from odoo import api, fields, models

from ..board.running import RunningPeriod


class CrmTerritoryProgressMixin(models.AbstractModel):
    """How far a territory is in the running period, of the forecast that opens."""

    _name = "crm.territory.progress.mixin"
    _description = "Progress of a Territory"

    forecast_label = fields.Char("Running Period", compute="_compute_forecast")
    forecast_currency_id = fields.Many2one("res.currency", compute="_compute_forecast")
    forecast_is_set = fields.Boolean("Has a Target", compute="_compute_forecast")
    forecast_target = fields.Monetary(
        "Target", compute="_compute_forecast", currency_field="forecast_currency_id"
    )
    forecast_achieved = fields.Monetary(
        "Achieved", compute="_compute_forecast", currency_field="forecast_currency_id"
    )
    forecast_rate = fields.Float("Achieved Part", compute="_compute_forecast")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_forecast(self):
        """Of what the user may see. The same queries for one territory and for all."""
        forecast = self.env["crm.territory.forecast"]._default_forecast()
        forecast = forecast._with_fields()
        running = RunningPeriod(forecast) if forecast else None
        figures_of = {
            row.territory_id: figures
            for row, figures in (running.territories() if running else ())
        }
        for territory in self:
            figures = figures_of.get(territory.id, {})
            territory.forecast_label = running.label if figures else False
            territory.forecast_currency_id = (
                forecast.currency_id if forecast.is_monetary else False
            )
            territory.forecast_is_set = figures.get("is_target_set", False)
            territory.forecast_target = figures.get("target") or 0
            territory.forecast_achieved = figures.get("achieved") or 0
            territory.forecast_rate = figures.get("achieved_rate") or 0
