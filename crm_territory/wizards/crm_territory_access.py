from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTerritoryAccess(models.TransientModel):
    """Who sees a record, and why."""

    _name = "crm.territory.access"
    _description = "Who Sees This"
    _inherit = ["crm.territory.asked.mixin"]

    line_ids = fields.One2many("crm.territory.access.line", "access_id", readonly=True)
    may_explain = fields.Boolean(compute="_compute_may_explain")

    def _compute_may_explain(self):
        explanations = self.env["crm.territory.explanation"]
        for access in self:
            access.may_explain = explanations._may_ask_of_record(access._record())

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        model_name = self.env.context.get("active_model")
        record_id = self.env.context.get("active_id")
        if model_name == "res.partner" and "partner_id" in fields:
            partner = self.env[model_name].browse(record_id)
            values["partner_id"] = partner.commercial_partner_id.id
        elif model_name == "crm.lead" and "lead_id" in fields:
            values["lead_id"] = record_id
        return values

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            record = wizard._record()
            if not record:
                raise UserError(self.env._("Open this from an account or a lead."))
            wizard.sudo().line_ids = [
                fields.Command.create(
                    {
                        "user_id": user.id,
                        "can_write": can_write,
                        "reason": "\n".join(reasons),
                    }
                )
                for user, reasons, can_write in record.sudo()._territory_viewers()
            ]
        return wizards

    @api.model
    def action_open(self):
        """Show who sees the active record."""
        wizard = self.create(self.default_get(["partner_id", "lead_id"]))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who Sees This"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_explain(self):
        """Ask why a user sees the record, or why not."""
        self.ensure_one()
        return self.env["crm.territory.explanation"]._action_ask(
            partner_id=self.partner_id.id, lead_id=self.lead_id.id
        )
