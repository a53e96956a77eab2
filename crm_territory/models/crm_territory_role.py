from odoo import fields, models


class CrmTerritoryRole(models.Model):
    """What a member does in a territory: account executive, inside sales…"""

    _name = "crm.territory.role"
    _description = "Territory Role"
    _inherit = ["crm.territory.named.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), (name ->> 'en_US'))",
        "A territory role of this name exists already.",
    )
