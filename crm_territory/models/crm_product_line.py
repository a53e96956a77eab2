from odoo import fields, models


class CrmProductLine(models.Model):
    """A family of products that accounts and opportunities are interested in."""

    _name = "crm.product.line"
    _description = "Product Line"
    _inherit = ["crm.territory.named.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex(
        "((name ->> 'en_US'))", "A product line of this name exists already."
    )
