from odoo import api, fields, models
from odoo.fields import Domain


class CrmTerritoryLineFilterMixin(models.AbstractModel):
    """Filters what is credited to a territory, or to one below it."""

    _name = "crm.territory.line.filter.mixin"
    _description = "Filtered by the Line of a Territory"

    territory_id = fields.Many2one("crm.territory", "Credited Territory")
    territory_line_ids = fields.Many2many(
        "crm.territory",
        string="Territory or Above",
        compute="_compute_territory_line_ids",
        search="_search_territory_line_ids",
        help="The credited territory and all above it: to be in one of them is to be in"
        " it or below. The filter of dashboards, which cannot ask for what is below.",
    )

    @api.depends("territory_id")
    def _compute_territory_line_ids(self):
        for record in self:
            territory = record.territory_id
            record.territory_line_ids = territory.browse(territory._path_ids())

    def _search_territory_line_ids(self, operator, value):
        none = Domain.FALSE
        if operator == "any":
            value = self.env["crm.territory"]._search(value).get_result_ids()
        elif operator == "in":
            if False in value:
                none = Domain("territory_id", "=", False)
            value = [territory_id for territory_id in value if territory_id]
        elif operator != "child_of":
            return NotImplemented
        return none | Domain("territory_id", "child_of", value)
