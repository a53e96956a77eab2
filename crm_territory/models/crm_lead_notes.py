from odoo import api, models

_LINKING = "crm_territory_linking"


class _Linking:
    """In the context of what Odoo does after a message. (A client cannot send it.)"""


class CrmLead(models.Model):
    """Whoever a territory lets read a lead may write notes, and plan activities, on it:
    a specialist who called the customer says so. The lead itself stays as it is.
    """

    _inherit = "crm.lead"

    @property
    def _mail_post_access(self):
        """The right that posting asks for. (A property: Odoo asks for it, rather than
        for what depends on the record, in searches of activities and in messages that
        are sent later.)
        """
        if self.env.user._is_limited_by_territories():
            return "read"
        return super()._mail_post_access

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Who plans an activity for a colleague makes that one follow the lead: a
        reader may, where the colleague sees it anyway.
        """
        if (
            partner_ids
            and not self.has_access("write")
            and self.has_access(self._mail_post_access)
            and self._is_seen_by_colleagues(partner_ids)
        ):
            return self._message_subscribe(partner_ids, subtype_ids)
        return super().message_subscribe(partner_ids, subtype_ids)

    def _is_seen_by_colleagues(self, partner_ids):
        """Whether the partners are of users who all see the leads."""
        partners = self.env["res.partner"].sudo().browse(partner_ids).exists()
        return all(
            any(
                user._is_internal() and self.with_user(user).has_access("read")
                for user in partner.user_ids
            )
            for partner in partners
        )

    def _message_post_after_hook(self, message, msg_vals):
        """Odoo gives all leads with the address of a new customer that customer: those
        that the author of the message may change.
        """
        linking = self.with_context(**{_LINKING: _Linking()})
        return super(CrmLead, linking)._message_post_after_hook(message, msg_vals)

    @api.model
    @api.readonly
    def search(self, domain, *args, **kwargs):
        found = super().search(domain, *args, **kwargs)
        if isinstance(self.env.context.get(_LINKING), _Linking):
            return found._filtered_access("write")
        return found
