from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_territory.matching.pieces import Place

# {model: the columns of its records}
_POSITION = {
    "res.partner": ("partner_latitude", "partner_longitude"),
    "crm.lead": ("latitude", "longitude"),
}


class CrmTerritoryCircle(models.Model):
    """A place of another kind: what lies within a distance of a point."""

    _name = "crm.territory.circle"
    _description = "Territory Circle"

    territory_id = fields.Many2one("crm.territory", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    radius = fields.Float(help="In kilometres.")

    @api.model_create_multi
    def create(self, vals_list):
        circles = super().create(vals_list)
        circles.territory_id.plan_id._bump_version()
        return circles

    @api.model
    def _place(self, plans):
        """The Place of the circles of plans."""
        circles = self.search([("territory_id.plan_id", "in", plans.ids)])
        return Place(
            model_name=self._name,
            lines=self._lines,
            fields=_POSITION,
            territory_ids=frozenset(circles.territory_id.ids),
        )

    @staticmethod
    def _lines(model_name, alias, only):
        """SQL of (record id, territory id, circle id), by the haversine formula."""
        latitude, longitude = (
            SQL.identifier(alias, name) for name in _POSITION[model_name]
        )
        return SQL(
            """
            SELECT %(id)s, circle.territory_id, circle.id
              FROM %(records)s JOIN crm_territory_circle AS circle
                ON 12742 * asin(sqrt(
                       sin(radians(circle.latitude - %(latitude)s) / 2) ^ 2
                       + cos(radians(circle.latitude)) * cos(radians(%(latitude)s))
                       * sin(radians(circle.longitude - %(longitude)s) / 2) ^ 2
                   )) <= circle.radius
             WHERE %(only)s
            """,
            id=SQL.identifier(alias, "id"),
            records=SQL.identifier(alias),
            latitude=latitude,
            longitude=longitude,
            only=SQL("TRUE")
            if only is None
            else SQL("circle.territory_id = ANY(%s)", list(only)),
        )

    # -- as a reason why a record is in the territory

    def _reason_facts(self):
        return [self.name, self.radius]

    @api.model
    def _word_reason(self, facts):
        name, radius = facts
        return self.env._("within %(radius)g km of %(name)s", radius=radius, name=name)
