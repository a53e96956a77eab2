from odoo import api, models


class ResCompany(models.Model):
    """The partner of a company of ours is in no territory (design 3.17)."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.partner_id._judge_later()
        return companies

    def write(self, vals):
        before = self.partner_id
        result = super().write(vals)
        if "partner_id" in vals:
            (before | self.partner_id)._judge_later()
        return result
