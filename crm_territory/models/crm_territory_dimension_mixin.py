from odoo import fields, models


class CrmTerritoryDimensionMixin(models.AbstractModel):
    """What a report groups by beside the credited territory: grouped by a level, the
    figures are of the territory of that level with all below it.

    Nothing is stored on the records: Odoo groups by a related field through a join.
    """

    _name = "crm.territory.dimension.mixin"
    _description = "Dimensions of the Credited Territory"
    _inherit = ["crm.territory.line.filter.mixin", "crm.territory.group.order.mixin"]

    territory_level_1_id = fields.Many2one(
        related="territory_id.level_1_id", string="Territory Level 1"
    )
    territory_level_2_id = fields.Many2one(
        related="territory_id.level_2_id", string="Territory Level 2"
    )
    territory_level_3_id = fields.Many2one(
        related="territory_id.level_3_id", string="Territory Level 3"
    )
    territory_type_id = fields.Many2one(
        related="territory_id.type_id", string="Territory Type"
    )
    territory_plan_id = fields.Many2one(
        related="territory_id.plan_id", string="Territory Plan"
    )
