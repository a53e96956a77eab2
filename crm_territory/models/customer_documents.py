from odoo import api, models

from ..matching.access import CUSTOMER_DOCUMENTS


class Base(models.AbstractModel):
    """A lead, or a quotation, shows its customer to its owner: so nobody makes one of
    his own for an account that is hidden from him.
    """

    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        if self._name in CUSTOMER_DOCUMENTS and not self.env.su:
            default = self.default_get(["partner_id"]).get("partner_id")
            self.env["res.partner"]._check_seen(
                vals.get("partner_id", default) for vals in vals_list
            )
        return super().create(vals_list)

    def write(self, vals):
        if (
            self._name in CUSTOMER_DOCUMENTS
            and vals.get("partner_id")
            and self.partner_id.ids != [vals["partner_id"]]
        ):
            self.env["res.partner"]._check_seen([vals["partner_id"]])
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        """What a form shows of a customer is computed with all rights."""
        if self._name in CUSTOMER_DOCUMENTS:
            partner_id = values.get("partner_id") or (
                not self and self.default_get(["partner_id"]).get("partner_id")
            )
            if partner_id != self.partner_id.id:
                self.env["res.partner"]._check_seen([partner_id])
        return super().onchange(values, field_names, fields_spec)
