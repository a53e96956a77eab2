from odoo import fields, models


class CrmTerritoryForecastSpreadWeight(models.TransientModel):
    """How much a period, a sub-territory or a member weighs when targets are spread."""

    _name = "crm.territory.forecast.spread.weight"
    _description = "Weight of a Part of a Target"

    wizard_id = fields.Many2one(
        "crm.territory.forecast.spread", required=True, ondelete="cascade"
    )
    name = fields.Char(required=True)
    date_start = fields.Date()
    territory_id = fields.Many2one("crm.territory", ondelete="cascade")
    user_id = fields.Many2one("res.users", ondelete="cascade")
    weight = fields.Float(default=1)
