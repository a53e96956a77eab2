from odoo import api, fields, models
from odoo.tools import format_list

from ..engine import places
from ..matching.place_codes import count_accounts, territories_of_places
from .crm_territory_area import PLACE_FIELDS

# of the territories that have a place, so many are named
_MOST_NAMED = 5


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
            query = partners._search(partners._taken_domain())
            counts = count_accounts(self.env, rows, query.subselect())
        for number, area in enumerate(self):
            area.account_count = counts.get(number, 0)

    @api.onchange("country_id", "state_id", "city", "zip_from", "zip_to")
    def _onchange_place(self):
        """Warn where another territory, neither above nor below, has the place, or
        where one above takes nothing there.
        """
        territory = self.territory_id._origin
        shared, shut = self._sharing_places(territory)
        if shut:
            return self._warning(
                self.env._("It takes nothing there"),
                self.env._(
                    "%(area)s: “%(above)s” above it takes nothing there.",
                    area=self.reading,
                    above=shut.complete_name,
                ),
            )
        if not shared or not (self.zip_from or self.state_id):
            return None
        return self._warning(
            self.env._("Somebody has this place already"),
            self.env._(
                "%(area)s: %(territories)s. A record there would be in all of them.",
                area=self.reading,
                territories=format_list(
                    self.env, shared[:_MOST_NAMED].mapped("complete_name")
                ),
            ),
        )

    @staticmethod
    def _warning(title, message):
        return {"warning": {"title": title, "message": message, "type": "notification"}}

    def _sharing_places(self, territory):
        """Who has the places of these areas of a territory, of those that the user
        sees: (territories neither above nor below, the nearest one above that has
        areas, and none there). 3 queries.
        """
        none = self.env["crm.territory"]
        rows = [place for area in self for place in area._places()]
        if not territory or not rows:
            return none, none
        self.env.flush_all()
        territory = territory.sudo()
        ids = set(territories_of_places(self.env, territory.plan_id.id, rows))
        path = territory._path_ids()
        above = none.sudo().browse(reversed(path[:-1])).filtered("area_ids")
        shut = above.filtered(
            lambda other: other.id not in ids
            and not other.rule_ids.filtered("is_anywhere")
        )[:1]
        shared = none.search([("id", "in", list(ids - {*path}))], order="complete_name")
        beside = shared.filtered(lambda other: territory.id not in other._path_ids())
        return beside, shut.sudo(self.env.su)._filtered_access("read")


class CrmTerritory(models.Model):
    """What the geography on the screen has in common with that of others."""

    _inherit = "crm.territory"

    area_conflict = fields.Char(
        compute="_compute_area_conflict", export_string_translation=False
    )

    @api.depends("parent_id", "type_id", *(f"area_ids.{name}" for name in PLACE_FIELDS))
    @api.depends_context("uid", "lang")
    def _compute_area_conflict(self):
        """For who edits it: who takes the same, of those that are of its type and take
        all that lies in their geography; or that one above takes nothing there.
        """
        self.area_conflict = False
        for territory in self.filtered(lambda each: each._origin.user_shapes_criteria):
            territory.area_conflict = territory._area_conflict()

    def _area_conflict(self):
        shared, shut = self.area_ids._sharing_places(self._origin)
        if shut:
            return self.env._(
                "“%s” above it takes nothing in this geography.", shut.complete_name
            )
        if self._takes_by_rule():
            return False
        same = shared.filtered(
            lambda other: (not other.type_id or other.type_id == self.type_id)
            and not other._takes_by_rule()
        )
        if not same:
            return False
        names = same[:_MOST_NAMED].mapped("complete_name")
        if len(same) > _MOST_NAMED:
            names.append(self.env._("%s more", len(same) - _MOST_NAMED))
        return self.env._(
            "Part of this geography is of others, too: %s. What lies there is in all of"
            " them.",
            format_list(self.env, names),
        )

    def _takes_by_rule(self):
        return any(rule.applies_to == "account" for rule in self.rule_ids)


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
