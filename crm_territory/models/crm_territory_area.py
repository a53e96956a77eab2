from odoo import api, fields, models
from odoo.exceptions import MissingError, ValidationError

from ..engine import places
from ..matching.place_codes import replace_places, twins_of

# what says where an area is
PLACE_FIELDS = frozenset(
    {"country_id", "country_group_id", "state_id", "city", "zip_from", "zip_to"}
)


class _Unread(str):
    """A text that is kept though it is not understood. (No client can send one.)"""


class CrmTerritoryArea(models.Model):
    """One piece of the geography of a territory: a country, state, city or ZIP codes.

    What a row names must hold together: a country and a ZIP range are the range
    within the country. The rows of a territory are alternatives.
    """

    _name = "crm.territory.area"
    _description = "Territory Area"
    _inherit = ["crm.territory.criteria.mixin"]
    _order = "territory_id, country_id, state_id, zip_from, id"
    _rec_name = "country_id"

    territory_id = fields.Many2one(
        "crm.territory", required=True, index=True, ondelete="cascade"
    )
    plan_id = fields.Many2one(
        string="Territory Plan", related="territory_id.plan_id", store=True
    )
    company_id = fields.Many2one(related="territory_id.company_id", store=True)
    country_id = fields.Many2one(
        "res.country",
        ondelete="restrict",
        default=lambda self: self._default_country_id(),
    )
    country_group_id = fields.Many2one(
        "res.country.group",
        ondelete="restrict",
        index="btree_not_null",
        help="All countries of the group, instead of one country.",
    )
    state_id = fields.Many2one(
        "res.country.state",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('country_id', '=?', country_id)]",
    )
    city = fields.Char()
    zip_from = fields.Char(
        "ZIP From",
        help="A ZIP code, or the beginning of ZIP codes, as in 75 or SW1A. A list or a"
        " range can be pasted: 1000, 1001 or 1000-1999.",
    )
    zip_to = fields.Char(
        "ZIP To",
        help="The last ZIP code (or beginning) of the range."
        " Empty: only those that begin with ZIP From.",
    )
    place = fields.Char(
        compute="_compute_place",
        store=True,
        export_string_translation=False,
        help="What the area says, the same however it is written.",
    )
    is_understood = fields.Boolean(
        "Understood",
        compute="_compute_place",
        store=True,
        help="Off: the ZIP codes were stored before their form was checked, cannot be"
        " read, and take nothing.",
    )

    _one_place = models.Constraint(
        "CHECK ((country_id IS NULL) <> (country_group_id IS NULL))",
        "An area lies in a country or in a group of countries: choose one of them.",
    )
    _match_idx = models.Index("(territory_id, place)")

    @api.model
    def _default_country_id(self):
        if self.env.context.get("default_country_group_id"):
            return False
        return self.env.company.country_id

    @api.depends(*PLACE_FIELDS)
    def _compute_place(self):
        for area in self:
            area.place, area.is_understood = self._place_text(
                {name: area[name] for name in PLACE_FIELDS}
                | {name: area[name].id for name in PLACE_FIELDS if name[-3:] == "_id"}
            )

    @api.model
    def _place_text(self, vals):
        """What an area of these values says, the same however it is written, and
        whether its ZIP codes are understood.
        """
        country = self.env["res.country"].browse(vals.get("country_id") or ())
        group_id, state_id = vals.get("country_group_id"), vals.get("state_id")
        codes = [(vals.get(name) or "").strip() for name in ("zip_from", "zip_to")]
        is_understood = True
        try:
            codes = any(codes) and places.understood(country.code or "", *codes)
        except places.NotUnderstood:
            is_understood = False
            codes = "? " + "–".join(codes)
        words = (
            f"group {group_id}" if group_id else country.code,
            str(state_id or ""),
            " ".join((vals.get("city") or "").lower().split()),
            codes,
        )
        return "|".join(word or "" for word in words), is_understood

    @api.depends(*PLACE_FIELDS)
    def _compute_display_name(self):
        for area in self:
            codes = "–".join(filter(None, (area.zip_from, area.zip_to)))
            names = (
                area.country_group_id.name,
                area.country_id.name,
                area.state_id.name,
                area.city,
                codes,
            )
            area.display_name = ", ".join(filter(None, names))

    @api.constrains(*PLACE_FIELDS)
    def _check_group(self):
        for area in self.filtered("country_group_id"):
            if area.state_id or area.city or area.zip_from:
                raise ValidationError(
                    self.env._(
                        "The area “%(area)s” is a group of countries: states, cities"
                        " and ZIP codes are of one country. Choose the country"
                        " instead.",
                        area=area.country_group_id.name,
                    )
                )

    @api.constrains("country_id", "state_id")
    def _check_state(self):
        for area in self:
            if area.state_id and area.state_id.country_id != area.country_id:
                raise ValidationError(
                    self.env._(
                        "%(state)s is not in %(country)s.",
                        state=area.state_id.name,
                        country=area.country_id.name,
                    )
                )

    def _check_twins(self):
        """No constraint: whoever may not change criteria is told that, and only that.

        :raise ValidationError: a territory has the same line twice
        """
        self.flush_recordset(["territory_id", "place"])
        for area in self.browse(twins_of(self.env, self.ids)):
            raise ValidationError(
                self.env._(
                    "“%(territory)s” has the area “%(area)s” already.",
                    territory=area.territory_id.name,
                    area=area.display_name,
                )
            )

    @api.onchange("state_id")
    def _onchange_state_id(self):
        if self.state_id:
            self.country_id = self.state_id.country_id

    @api.onchange("country_id")
    def _onchange_country_id(self):
        if self.state_id.country_id != self.country_id:
            self.state_id = False
        if self.country_id:
            self.country_group_id = False

    @api.onchange("country_group_id")
    def _onchange_country_group_id(self):
        if self.country_group_id:
            self.update({"country_id": False, "state_id": False, "city": False})
            self.update({"zip_from": False, "zip_to": False})

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._in_group(vals) for vals in vals_list]
        spelled = [self._spelled_out(vals) for vals in vals_list]
        first = [vals for vals, _others in spelled]
        known = self.union(*self._known_of_import(first))
        areas = super().create(first)
        made = areas - known
        made._check_twins()
        made._fill_places()
        made.plan_id._bump_version()
        if more := [vals for _first, others in spelled for vals in others]:
            self.create(more)
        return areas

    @api.model
    def _known_of_import(self, vals_list):
        """The areas that say the same already: of these, nothing differs."""
        if not self._is_import():
            return super()._known_of_import(vals_list)
        ids = {vals.get("territory_id") for vals in vals_list}
        self._check_may_edit(ids)
        rows = self.sudo().search_fetch(
            [("territory_id", "in", list(filter(None, ids)))],
            ["territory_id", "place"],
        )
        known = {(area.territory_id.id, area.place): area.id for area in rows}
        default = self._default_country_id()
        return [
            self.browse(
                known.get(
                    (
                        vals.get("territory_id"),
                        self._place_text(
                            {"country_id": default and default.id, **vals}
                        )[0],
                    )
                )
                or ()
            )
            for vals in vals_list
        ]

    def write(self, vals):
        plans = self.plan_id
        vals = self._in_group(vals)
        result = True
        more = []
        if {"country_id", "zip_from", "zip_to"}.isdisjoint(vals):
            result = super().write(vals)
        else:
            for area in self:
                own_vals, others = area._spelled_out(vals)
                result = super(CrmTerritoryArea, area).write(own_vals)
                more += [area.copy_data(other)[0] for other in others]
        if not (PLACE_FIELDS | {"territory_id"}).isdisjoint(vals):
            self._check_twins()
            self._fill_places()
        (plans | self.plan_id)._bump_version()
        if more:
            self.create(more)
        return result

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._bump_version()
        return result

    def copy_data(self, default=None):
        """What is not understood goes along in a copy of its plan."""
        vals_list = super().copy_data(default)
        for area, vals in zip(self, vals_list, strict=True):
            if not area.is_understood and not {"zip_from"}.intersection(default or ()):
                vals["zip_from"] = _Unread(area.zip_from or "")
        return vals_list

    # -- from what was written to places

    @api.model
    def _in_group(self, vals):
        """A group of countries takes the place of the country."""
        if vals.get("country_group_id") and not vals.get("country_id"):
            return {**vals, "country_id": False}
        if vals.get("country_id") and "country_group_id" not in vals:
            return {**vals, "country_group_id": False}
        return vals

    def _spelled_out(self, vals):
        """The values of one area whose ZIP codes may be a list, a range or a pattern.

        :return: (its values, list of the values in which others differ from it)
        :raise ValidationError: they are not understood
        """
        if isinstance(vals.get("zip_from"), _Unread):
            return vals, []
        # of an area that is stored: what is not written stays
        codes = {name: vals.get(name, self[name]) for name in ("zip_from", "zip_to")}
        if not any(codes.values()):
            return vals, []
        if "country_id" in vals:
            country = self.env["res.country"].browse(vals["country_id"] or ()).exists()
        else:
            country = self.country_id or self._default_country_id()
        texts = [str(code or "") for code in codes.values()]
        try:
            found = places.parse(country.code or "", *texts)
        except places.NotUnderstood as error:
            raise ValidationError(self._not_understood(error, country)) from error
        if found in ([], [tuple(map(places.plain, texts))]):
            return vals, []  # kept as it was written
        first, *others = (
            {**vals, "zip_from": low, "zip_to": high or False} for low, high in found
        )
        return first, others

    @api.model
    def _not_understood(self, error, country):
        """What is wrong with ZIP codes, in words."""
        values = {"text": error.text, "country": country.name or ""}
        if error.reason == "no_codes":
            return self.env._(
                "“%(text)s”: %(country)s has no ZIP codes. Leave them empty.", **values
            )
        if error.reason == "only_to":
            return self.env._(
                "ZIP To is “%(text)s”, and ZIP From is empty: write where the range"
                " begins, too.",
                **values,
            )
        if error.reason == "order":
            return self.env._(
                "The ZIP range “%(text)s” is wrong: it goes from the lower to the"
                " higher code, both of the same form.",
                **values,
            )
        if error.reason == "too_many":
            return self.env._(
                "The list of ZIP codes that begins with “%(text)s” is too long: import"
                " a file with one line for each.",
                **values,
            )
        return self.env._(
            "“%(text)s” is no ZIP code of %(country)s, nor the beginning of one. Write"
            " a code, a range as in 1000-1999, or a list with commas.",
            **values,
        )

    def _fill_places(self):
        """Write what the matcher joins on. 2 statements."""
        self.flush_recordset()
        rows = [
            (area.id, prefix, state_id or None, city or None)
            for area in self.sudo()
            for prefix, state_id, city in area._places()
        ]
        replace_places(self.env.cr, self.ids, rows)

    def _places(self):
        """List of (prefix of place codes, state id or False, city or "")."""
        self.ensure_one()
        if self.country_group_id:
            codes = self.country_group_id.country_ids.mapped("code")
            return [(prefix, False, "") for prefix in codes if prefix]
        country, state = self.country_id.code or "", self.state_id.code or ""
        codes = ((self.zip_from or "").strip(), self.zip_to or "")
        try:  # what is typed may be a list: one area for each when it is saved
            found = places.parse(country, *codes) or [codes]
            prefixes = [
                prefix
                for low, high in found
                for prefix in places.area_prefixes(country, state, low, high)
            ]
        except places.NotUnderstood:
            return []
        is_part = places.is_part_by_state(country, state)
        state_id = False if is_part else self.state_id.id
        return [(prefix, state_id, (self.city or "").strip()) for prefix in prefixes]

    # -- as a reason why a record is in the territory

    def _reason_facts(self):
        """What the journal keeps of the area: JSON, the same in every language."""
        self.ensure_one()
        return [
            self.country_id.id,
            self.state_id.id or None,
            self.city or None,
            self.zip_from or None,
            self.zip_to or None,
            self.country_group_id.id or None,
        ]

    @api.model
    def _word_reason(self, facts):
        """The facts of an area in the language of the reader: Germany 20000–22999."""
        country_id, state_id, city, zip_from, zip_to, *group_id = facts
        names = []
        for place in (
            self.env["res.country.group"].browse(group_id),
            self.env["res.country"].browse(country_id),
            self.env["res.country.state"].browse(state_id),
        ):
            try:
                names.append(place.name)
            except MissingError:
                continue  # deleted since
        names += [city, "–".join(filter(None, (zip_from, zip_to)))]
        return " ".join(filter(None, names))

    @api.model
    @api.readonly
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Territory Areas"),
                "template": "/crm_territory/static/templates/area.csv",
            }
        ]
