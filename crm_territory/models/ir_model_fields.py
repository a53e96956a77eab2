from odoo import api, models

from ..matching import compiler


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    @api.model_create_multi
    def create(self, vals_list):
        result = super().create(vals_list)
        self._forget_territory_rules()
        return result

    def write(self, vals):
        result = super().write(vals)
        self._forget_territory_rules()
        return result

    def unlink(self):
        """Rules that read a deleted field are disabled, with a warning."""
        result = super().unlink()
        self._forget_territory_rules()
        module = self.env["ir.module.module"]._get("crm_territory")
        if module.state != "to remove":  # then the rules themselves are going
            self.env["crm.territory.rule"]._check_all()
        return result

    def _forget_territory_rules(self):
        compiler.forget_rules(self.env.registry)
        self.env["crm.territory.plan"]._forget_compiled()
