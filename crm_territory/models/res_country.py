from odoo import models


class ResCountryGroup(models.Model):
    """Groups of countries can be areas: their members are judged."""

    _inherit = "res.country.group"

    def write(self, vals):
        result = super().write(vals)
        if "country_ids" in vals:
            self._refill_areas()
        return result

    def _refill_areas(self):
        areas = self.env["crm.territory.area"].sudo()
        areas = areas.search([("country_group_id", "in", self.ids)])
        if areas:
            areas._fill_places()
            areas.plan_id._bump_version()


class ResCountry(models.Model):
    _inherit = "res.country"

    def write(self, vals):
        groups = self.country_group_ids
        result = super().write(vals)
        if not {"country_group_ids", "code"}.isdisjoint(vals):
            (groups | self.country_group_ids)._refill_areas()
        return result
