from odoo import models


class CrmLead(models.Model):
    """A lead whose customer the user does not see, where accounts are limited by
    territory: neither told nor overwritten.
    """

    _inherit = "crm.lead"

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
