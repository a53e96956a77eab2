import re

from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTerritoryObject(models.TransientModel):
    """A future member says what is wrong with an account or area of a draft.

    The line is kept as its id: a many2one would tell the name of an account to whoever
    guesses one.
    """

    _name = "crm.territory.object"
    _description = "Object to a Draft"

    res_id = fields.Char("Line ID", required=True)
    record_name = fields.Char("About", compute="_compute_line")
    plan_id = fields.Many2one("crm.territory.plan", "Draft", compute="_compute_line")
    territory_name = fields.Char("Would Be In", compute="_compute_line")
    choice_ids = fields.Many2many("crm.territory.preview", compute="_compute_line")
    wished_id = fields.Many2one(
        "crm.territory.preview",
        "Should Be In",
        domain="[('id', 'in', choice_ids)]",
        help="One of your territories in the draft. Empty: in none of them.",
    )
    reason = fields.Text("Why", help="Whoever plans the draft decides by this.")

    @api.depends("res_id")
    def _compute_line(self):
        previews = self.env["crm.territory.preview"]
        for wizard in self:
            line = wizard._line()
            wizard.record_name = line.name
            wizard.plan_id = line.plan_id
            wizard.territory_name = line.territory_id.complete_name
            wizard.choice_ids = (
                previews.search([("plan_id", "=", line.plan_id.id)]) - line.territory_id
            )

    def _line(self):
        """The line; empty if the user does not see it."""
        lines = self.env["crm.territory.preview.line"]
        if not re.fullmatch("[0-9]{1,18}", self.res_id or ""):
            return lines
        return lines.search([("id", "=", int(self.res_id))])

    def action_object(self):
        self.ensure_one()
        line = self._line()
        if not line:
            raise UserError(
                self.env._(
                    "The draft is not shared any more, or was simulated anew: open"
                    " Shared Drafts again."
                )
            )
        self.env["crm.territory.objection"]._object(line, self.wished_id, self.reason)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Objected. Whoever plans the draft is told."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
