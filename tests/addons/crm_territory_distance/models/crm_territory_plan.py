from odoo import fields, models


class CrmTerritoryPlan(models.Model):
    _inherit = "crm.territory.plan"

    also_company_ids = fields.Many2many("res.company", string="Also Covers")

    def write(self, vals):
        result = super().write(vals)
        if "also_company_ids" in vals:
            self._bump_version()
        return result

    def _match_pieces(self):
        circles = self.env["crm.territory.circle"]._place(self)
        return [*super()._match_pieces(), circles]

    def _covers(self):
        companies = super()._covers()
        return companies and companies | frozenset(self.also_company_ids.ids)
