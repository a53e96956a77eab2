from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTerritoryAccess(models.TransientModel):
    """Who sees a record, and why."""

    _name = "crm.territory.access"
    _description = "Who Sees This"

    partner_id = fields.Many2one("res.partner", "Account", readonly=True)
    lead_id = fields.Many2one("crm.lead", "Lead or Opportunity", readonly=True)
    line_ids = fields.One2many("crm.territory.access.line", "access_id", readonly=True)

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
        for vals in vals_list:
            for name in ("partner_id", "lead_id"):
                record = self.env[self._fields[name].comodel_name].browse(
                    vals.get(name)
                )
                if record != record.exists():
                    raise UserError(self.env._("The record does not exist any more."))
        wizards = super().create(vals_list)
        for wizard in wizards:
            record = wizard.lead_id or wizard.partner_id
            if not record:
                raise UserError(self.env._("Open this from an account or a lead."))
            record.check_access("read")
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
