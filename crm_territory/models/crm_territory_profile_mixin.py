from odoo import fields, models


class CrmTerritoryProfileMixin(models.AbstractModel):
    """What criteria read of a company beside Odoo's fields: how large it is, and what
    it buys. Leads have it, and give it to the customers that are made of them.
    """

    _name = "crm.territory.profile.mixin"
    _description = "Size and Product Lines"

    annual_revenue = fields.Monetary(currency_field="annual_revenue_currency_id")
    annual_revenue_currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    employee_number = fields.Integer("Number of Employees", aggregator="avg")
    product_line_ids = fields.Many2many("crm.product.line", string="Product Lines")

    def write(self, vals):
        """Records that are older than the addon have no currency yet."""
        result = super().write(vals)
        if vals.get("annual_revenue"):
            self.filtered(
                lambda record: not record.annual_revenue_currency_id
            ).annual_revenue_currency_id = self.env.company.currency_id
        return result
