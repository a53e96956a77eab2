from odoo import api, fields, models
from odoo.exceptions import UserError

_LARGEST_ID = 2**31 - 1


class CrmTerritoryRequestDecline(models.TransientModel):
    """Decline a request, and say why.

    The request is kept as an id: a many2one would tell its name to whoever guesses one.
    """

    _name = "crm.territory.request.decline"
    _description = "Decline a Request"

    res_id = fields.Integer("Request ID", required=True)
    request_name = fields.Char("Request", compute="_compute_request_name")
    reason = fields.Text(help="The requester is told.")

    @api.depends("res_id")
    def _compute_request_name(self):
        for wizard in self:
            wizard.request_name = wizard._request().display_name

    def _request(self):
        """The request; empty if the user may not see it."""
        requests = self.env["crm.territory.request"]
        if not 0 < self.res_id <= _LARGEST_ID:
            return requests
        return requests.browse(self.res_id).exists()._filtered_access("read")

    def action_decline(self):
        self.ensure_one()
        request = self._request()
        if not request:
            raise UserError(self.env._("Open this from a request."))
        request.decline(self.reason)
        return {"type": "ir.actions.act_window_close"}
