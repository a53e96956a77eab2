from odoo import api, fields, models
from odoo.exceptions import MissingError, ValidationError

from ..engine import zipcode


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
    plan_id = fields.Many2one(related="territory_id.plan_id", store=True)
    company_id = fields.Many2one(related="territory_id.company_id", store=True)
    country_id = fields.Many2one(
        "res.country",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.country_id,
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
        help="A ZIP code, or the beginning of ZIP codes, as in 75 or SW1A.",
    )
    zip_to = fields.Char(
        "ZIP To",
        help="The last ZIP code (or beginning) of the range."
        " Empty: only those that begin with ZIP From.",
    )
    zip_low = fields.Char(compute="_compute_zip_bounds", store=True)
    zip_high = fields.Char(compute="_compute_zip_bounds", store=True)
    zip_key = fields.Char(
        compute="_compute_zip_bounds",
        store=True,
        help="What all ZIP codes of the range begin with: what the matcher joins on.",
    )

    _zip_order = models.Constraint(
        'CHECK (zip_low COLLATE "C" <= zip_high COLLATE "C"'
        " AND length(zip_low) = length(zip_high))",
        "A ZIP range goes from the lower to the higher code, both of the same length.",
    )
    _match_idx = models.Index("(country_id, zip_key)")

    @api.depends("zip_from", "zip_to")
    def _compute_zip_bounds(self):
        for area in self:
            bounds = zipcode.bounds(area.zip_from, area.zip_to) or (False,) * 3
            area.zip_low, area.zip_high, area.zip_key = bounds

    @api.depends("country_id", "state_id", "city", "zip_from", "zip_to")
    def _compute_display_name(self):
        for area in self:
            codes = "–".join(filter(None, (area.zip_from, area.zip_to)))
            names = (area.country_id.name, area.state_id.name, area.city, codes)
            area.display_name = ", ".join(filter(None, names))

    @api.constrains("zip_from", "zip_to")
    def _check_zip_order(self):
        for area in self:
            bounds = zipcode.bounds(area.zip_from, area.zip_to)
            if not bounds:
                if (area.zip_from or area.zip_to or "").strip():
                    raise ValidationError(
                        self.env._("“%s” is no ZIP code.", area.zip_from or area.zip_to)
                    )
                continue
            low, high, _key = bounds
            if len(low) != len(high) or low > high:
                raise ValidationError(
                    self.env._(
                        "The ZIP range %(low)s–%(high)s of “%(territory)s” is wrong: it"
                        " goes from the lower to the higher code, both of the same"
                        " length.",
                        low=area.zip_from,
                        high=area.zip_to,
                        territory=area.territory_id.name,
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

    @api.onchange("state_id")
    def _onchange_state_id(self):
        if self.state_id:
            self.country_id = self.state_id.country_id

    @api.onchange("country_id")
    def _onchange_country_id(self):
        if self.state_id.country_id != self.country_id:
            self.state_id = False

    @api.model_create_multi
    def create(self, vals_list):
        areas = super().create(vals_list)
        areas.plan_id._bump_version()
        return areas

    def write(self, vals):
        plans = self.plan_id
        result = super().write(vals)
        (plans | self.plan_id)._bump_version()
        return result

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._bump_version()
        return result

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
        ]

    @api.model
    def _word_reason(self, facts):
        """The facts of an area in the language of the reader: Germany 20000–22999."""
        country_id, state_id, city, zip_from, zip_to = facts
        names = []
        for place in (
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
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Territory Areas"),
                "template": "/crm_territory/static/templates/area.csv",
            }
        ]
