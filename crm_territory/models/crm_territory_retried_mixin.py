from odoo import api, models

from ..transactions import CONFLICTS


class CrmTerritoryRetriedMixin(models.AbstractModel):
    """Imported again where another transaction was in the way, as what is saved is:
    Odoo's server does it, if it is told.
    """

    _name = "crm.territory.retried.mixin"
    _description = "Import Tried Again"

    @api.model
    def _sql_error_to_message(self, exc):
        """``load`` would tell it as what is wrong with a row of the file."""
        if isinstance(exc, CONFLICTS):
            raise exc
        return super()._sql_error_to_message(exc)
