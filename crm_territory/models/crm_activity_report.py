from odoo import fields, models


class CrmActivityReport(models.Model):
    _name = "crm.activity.report"
    _inherit = [
        "crm.activity.report",
        "crm.territory.dimension.mixin",
        "crm.territory.shared.mixin",
    ]

    territory_set_id = fields.Many2one("crm.territory.set", readonly=True)
    territory_id = fields.Many2one("crm.territory", "Credited Territory", readonly=True)

    def _select(self):
        return super()._select() + ", l.territory_set_id, l.territory_id"
