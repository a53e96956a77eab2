from odoo import models


class CrmTerritory(models.Model):
    """Who answers for a territory: its managers of today, and those above."""

    _inherit = "crm.territory"

    def _managers_upwards(self):
        """Yield the active managers of the territory, then of the one above, up to the
        root: users, empty where there are none.
        """
        territory = self
        while territory:
            yield territory.manager_ids.filtered("active")
            territory = territory.parent_id

    def _nearest_managers(self):
        """The managers of the territory, or of the next one above that has some."""
        nobody = self.env["res.users"]
        return next(filter(None, self._managers_upwards()), nobody)
