from odoo import fields, models


class CrmTerritoryForecastSnapshotTarget(models.Model):
    """A target as it was when its period was frozen."""

    _name = "crm.territory.forecast.snapshot.target"
    _description = "Target of a Frozen Period"
    _inherit = ["crm.territory.forecast.mixin"]
    _order = "territory_id, user_id, id"

    snapshot_id = fields.Many2one(
        "crm.territory.forecast.snapshot", required=True, ondelete="cascade", index=True
    )
    amount = fields.Float(digits=(16, 2))
