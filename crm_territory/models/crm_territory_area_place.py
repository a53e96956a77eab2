from odoo import fields, models


class CrmTerritoryAreaPlace(models.Model):
    """What the place codes of records in an area begin with: several make up a range.

    Written by SQL when areas change; nobody has access to it.
    """

    _name = "crm.territory.area.place"
    _description = "Places of a Territory Area"
    _log_access = False
    _rec_name = "prefix"

    area_id = fields.Many2one(
        "crm.territory.area", required=True, index=True, ondelete="cascade"
    )
    # so that matching reads this table only
    territory_id = fields.Many2one(related="area_id.territory_id", store=True)
    plan_id = fields.Many2one(related="area_id.plan_id", store=True)
    prefix = fields.Char(required=True)
    state_id = fields.Many2one("res.country.state", ondelete="cascade")
    city = fields.Char()
    # what records are compared on, see engine.codes.place_kind
    kind = fields.Integer(required=True)

    _place_idx = models.Index("(plan_id, kind, prefix)")
