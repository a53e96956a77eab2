from odoo import fields, models


class CrmTerritoryType(models.Model):
    """Geographic, named accounts, product overlay…: what a territory is cut by."""

    _name = "crm.territory.type"
    _description = "Territory Type"
    _inherit = ["crm.territory.named.mixin"]
    _order = "priority, id"

    name = fields.Char(required=True, translate=True)
    priority = fields.Integer(
        default=10,
        required=True,
        help="Which territory is credited when a record is in several: the type"
        " with the lowest number wins.",
    )
    color = fields.Integer()
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)
    territory_ids = fields.One2many("crm.territory", "type_id", string="Territories")
    territory_count = fields.Integer(compute="_compute_territory_count")

    _name_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), (name ->> 'en_US'))",
        "A territory type of this name exists already.",
    )

    def _compute_territory_count(self):
        counts = dict(
            self.env["crm.territory"]._read_group(
                [("type_id", "in", self.ids)], ["type_id"], ["__count"]
            )
        )
        for territory_type in self:
            territory_type.territory_count = counts.get(territory_type, 0)

    def write(self, vals):
        result = super().write(vals)
        if "priority" in vals:
            self.env["crm.territory"].with_context(active_test=False).search(
                [("type_id", "in", self.ids)]
            ).plan_id._bump_version()
        return result
