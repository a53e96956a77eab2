from odoo import fields, models


class CrmTerritoryForecastAlert(models.Model):
    """That the managers of a territory were told of the gap of a period, once."""

    _name = "crm.territory.forecast.alert"
    _description = "Forecast Alert"
    _order = "id desc"

    forecast_id = fields.Many2one(
        "crm.territory.forecast", required=True, ondelete="cascade"
    )
    territory_id = fields.Many2one("crm.territory", required=True, ondelete="cascade")
    date_start = fields.Date("Period", required=True)

    _once = models.UniqueIndex(
        "(forecast_id, territory_id, date_start)", "They were told already."
    )
