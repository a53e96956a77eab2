from odoo import api, models


class CrmLead(models.Model):
    """A lead whose customer the user does not see, where accounts are limited by
    territory: neither told, nor overwritten, nor opened by a lead of one's own.
    """

    _inherit = "crm.lead"

    @api.model_create_multi
    def create(self, vals_list):
        default = self.default_get(["partner_id"]).get("partner_id")
        self._check_sees_accounts(vals.get("partner_id", default) for vals in vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("partner_id") and self.partner_id.ids != [vals["partner_id"]]:
            self._check_sees_accounts([vals["partner_id"]])
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        """What a form shows of a customer is computed with all rights."""
        partner_id = values.get("partner_id") or (
            not self and self.default_get(["partner_id"]).get("partner_id")
        )
        if partner_id != self.partner_id.id:
            self._check_sees_accounts([partner_id])
        return super().onchange(values, field_names, fields_spec)

    def _customer_is_hidden(self):
        self.ensure_one()
        partner = self.partner_id
        return (
            bool(partner)
            and not self.env.su
            and self.env.user._sees_accounts_by_territory()
            and not partner.has_access("read")
        )

    def _compute_commercial_partner_id(self):
        hidden = self.filtered(lambda lead: lead._customer_is_hidden())
        hidden.commercial_partner_id = False
        return super(CrmLead, self - hidden)._compute_commercial_partner_id()

    def _get_partner_email_update(self, force_void=True):
        """What the user does not see, the lead's address does not overwrite."""
        return not self._customer_is_hidden() and super()._get_partner_email_update(
            force_void
        )

    def _get_partner_phone_update(self, force_void=True):
        return not self._customer_is_hidden() and super()._get_partner_phone_update(
            force_void
        )
