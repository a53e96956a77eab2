from odoo import models


class CrmTerritoryLineMixin(models.AbstractModel):
    """What belongs to a territory and that its manager may edit.

    Record rules judge a record before a write; this judges the territory that
    the record is moved into as well, so that nobody moves a line into a
    territory that they do not manage.
    """

    _name = "crm.territory.line.mixin"
    _description = "Part of a Territory"

    def write(self, vals):
        result = super().write(vals)
        if "territory_id" in vals:
            self.check_access("write")
        return result
