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
        """The record that it is opened from, and who sees that."""
        values = super().default_get(fields)
        model_name = self.env.context.get("active_model")
        record_id = self.env.context.get("active_id")
        if model_name == "res.partner" and "partner_id" in fields:
            partner = self.env[model_name].browse(record_id)
            values["partner_id"] = partner.commercial_partner_id.id
        elif model_name == "crm.lead" and "lead_id" in fields:
            values["lead_id"] = record_id
        if "line_ids" in fields:
            self._check_readable(values)
            values["line_ids"] = self._lines_of(self.new(values)._record())
        return values

    @api.model
    def _lines_of(self, record):
        """Commands for the lines of a record: one for each who sees it."""
        return [
            fields.Command.create(
                {
                    "user_id": user.id,
                    "can_write": can_write,
                    "reason": "\n".join(reasons),
                }
            )
            for user, reasons, can_write in (
                record._origin.sudo()._territory_viewers() if record else ()
            )
        ]

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create([dict(vals, line_ids=[]) for vals in vals_list])
        for wizard in wizards:
            if not wizard._record():
                raise UserError(self.env._("Open this from an account or a lead."))
            wizard.sudo().line_ids = self._lines_of(wizard._record())
        return wizards

    @api.readonly
    def onchange(self, values, field_names, fields_spec):
        """The form is new and stays so: it is answered on a replica, and by one that
        lags, where nothing would be found that was stored for it just now.
        """
        return super().onchange(values, field_names, fields_spec)

    @api.model
    @api.readonly
    def action_open(self):
        """Show who sees the active record."""
        values = self.default_get(["partner_id", "lead_id"])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who Sees This"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def action_explain(self):
        """Ask why a user sees the record, or why not."""
        self.ensure_one()
        return self.env["crm.territory.explanation"]._action_ask(
            partner_id=self.partner_id.id, lead_id=self.lead_id.id
        )
