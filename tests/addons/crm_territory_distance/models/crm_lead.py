from odoo import fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
