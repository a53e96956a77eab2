from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTerritoryRequestDecline(models.TransientModel):
    """Decline a request, and say why."""

    _name = "crm.territory.request.decline"
    _description = "Decline a Request"

    request_id = fields.Many2one(
        "crm.territory.request", required=True, ondelete="cascade"
    )
    reason = fields.Text(help="The requester is told.")

    @api.constrains("request_id")
    def _check_request(self):
        for wizard in self:
            wizard.request_id.sudo(False).check_access("read")

    def action_decline(self):
        self.ensure_one()
        if not self.request_id:
            raise UserError(self.env._("Open this from a request."))
        self.request_id.decline(self.reason)
        return {"type": "ir.actions.act_window_close"}
