from odoo import fields, models


class CrmTerritoryAccessLine(models.TransientModel):
    """One user who sees the record."""

    _name = "crm.territory.access.line"
    _description = "User Who Sees a Record"

    access_id = fields.Many2one(
        "crm.territory.access", required=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", readonly=True)
    can_write = fields.Boolean("May Change It", readonly=True)
    reason = fields.Text("Why", readonly=True)
