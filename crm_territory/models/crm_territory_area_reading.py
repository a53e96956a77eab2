from odoo import api, fields, models
from odoo.tools import SQL, format_list

from ..engine import places
from ..matching.place_codes import count_accounts
from .crm_territory_area import PLACE_FIELDS


class CrmTerritoryArea(models.Model):
    """How an area is understood, whom it takes, and who has the place already."""

    _inherit = "crm.territory.area"

    reading = fields.Char("Understood As", compute="_compute_reading")
    account_count = fields.Integer(
        "Accounts",
        compute="_compute_account_count",
        help="The accounts that lie in the area, of those that you see.",
    )

    @api.depends(*PLACE_FIELDS)
    def _compute_reading(self):
        for area in self:
            area.reading = area._reading_in_words()

    def _reading_in_words(self):
        """Germany 80000–85999"""
        self.ensure_one()
        if self.country_group_id:
            countries = len(self.country_group_id.country_ids)
            return self.env._(
                "%(group)s: %(count)s countries",
                group=self.country_group_id.name,
                count=countries,
            )
        try:
            found = places.parse(
                self.country_id.code or "", self.zip_from or "", self.zip_to or ""
            )
        except places.NotUnderstood as error:
            return self._not_understood(error, self.country_id)
        country = self.country_id.code
        codes = format_list(
            self.env, [places.understood(country, *codes) for codes in found]
        )
        names = (self.country_id.name, self.state_id.name, self.city, codes)
        words = " ".join(filter(None, names))
        lost = found and places.lost_zeros(country, found[0][0])
        if lost and not found[0][1]:
            words += " " + self.env._("(if it lost a zero, write %s)", lost)
        return words

    @api.depends(*PLACE_FIELDS)
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_account_count(self):
        """1 query for all."""
        rows = [
            (number, *place)
            for number, area in enumerate(self)
            for place in area._places()
        ]
        counts = {}
        if rows:
            partners = self.env["res.partner"]
            partners.flush_model(["place_code", "state_id", "city"])
            query = partners._search(partners._account_domain())
            counts = count_accounts(self.env, rows, query.subselect())
        for number, area in enumerate(self):
            area.account_count = counts.get(number, 0)

    @api.onchange("country_id", "state_id", "city", "zip_from", "zip_to")
    def _onchange_place(self):
        """Warn where another territory, neither above nor below, has the place."""
        territories = self._territories_with_place()
        if not territories:
            return None
        return {
            "warning": {
                "title": self.env._("Somebody has this place already"),
                "message": self.env._(
                    "%(area)s: %(territories)s. A record there would be in"
                    " all of them.",
                    area=self.reading,
                    territories=format_list(
                        self.env, territories.mapped("complete_name")
                    ),
                ),
                "type": "notification",
            }
        }

    def _territories_with_place(self):
        """The territories of the plan, of those that the user sees, that have an area
        in common with this one, but for those above and below. At most 5, 1 query.
        """
        self.ensure_one()
        territory = self.territory_id._origin
        found = self._places()
        if not territory or not found or not (self.zip_from or self.state_id):
            return self.env["crm.territory"]
        territory.env.flush_all()
        prefixes = [prefix for prefix, _state, _city in found]
        shorter = {
            prefix[:length]
            for prefix in prefixes
            for length in range(2, len(prefix) + 1)
        }
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT area.territory_id
                  FROM crm_territory_area_place AS place
                  JOIN crm_territory_area AS area ON area.id = place.area_id
                  JOIN crm_territory AS other ON other.id = area.territory_id
                 WHERE (place.prefix = ANY(%(shorter)s)
                        OR place.prefix LIKE ANY(%(patterns)s))
                   AND area.plan_id = %(plan)s AND other.active
                   AND other.parent_path NOT LIKE %(path)s || '%%'
                   AND %(path)s NOT LIKE other.parent_path || '%%'
                   AND (%(state)s IS NULL OR place.state_id IS NULL
                        OR place.state_id = %(state)s)
                   AND (%(city)s IS NULL OR place.city IS NULL
                        OR lower(place.city) = lower(%(city)s))
                 LIMIT 5
                """,
                shorter=list(shorter),
                patterns=[f"{prefix}%" for prefix in prefixes],
                plan=territory.sudo().plan_id.id,
                path=territory.sudo().parent_path,
                state=self.state_id.id or None,
                city=(self.city or "").strip() or None,
            )
        )
        return self.env["crm.territory"].search(
            [("id", "in", [territory_id for (territory_id,) in rows])]
        )


class CrmTerritoryPlan(models.Model):
    _inherit = "crm.territory.plan"

    unread_area_count = fields.Integer(compute="_compute_unread_area_count")

    @api.depends_context("uid")
    def _compute_unread_area_count(self):
        """The lines of geography whose ZIP codes are not understood. 1 query."""
        counts = dict(
            self.env["crm.territory.area"]._read_group(
                [("plan_id", "in", self.ids), ("is_understood", "=", False)],
                ["plan_id"],
                ["__count"],
            )
        )
        for plan in self:
            plan.unread_area_count = counts.get(plan._origin, 0)
