from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def write(self, vals):
        return super(CrmLead, self._as_edited()).write(vals)

    def get_rainbowman_message(self):
        """Clients ask when they have saved: nothing is celebrated of what has left."""
        return self.has_access("read") and super().get_rainbowman_message()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        return super(ResPartner, self._as_edited()).write(vals)
