from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

_LARGEST_ID = 2**31 - 1


class CrmTerritoryAsk(models.TransientModel):
    """Request an account, lead or opportunity for one's own territory.

    The record is kept as model and id: a many2one would tell its name to whoever
    guesses an id.
    """

    _name = "crm.territory.ask"
    _description = "Request a Record"

    res_model = fields.Selection(
        [("res.partner", "Account"), ("crm.lead", "Lead or Opportunity")],
        string="Kind",
        required=True,
    )
    res_id = fields.Integer("Record ID", required=True)
    record_name = fields.Char("Record", compute="_compute_record")
    present_territory_ids = fields.Many2many(
        "crm.territory", string="Is Now In", compute="_compute_record"
    )
    choice_ids = fields.Many2many("crm.territory", compute="_compute_record")
    territory_id = fields.Many2one(
        "crm.territory",
        string="For",
        compute="_compute_territory_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain="[('id', 'in', choice_ids)]",
        help="A territory that you are a member of, or below one that you manage.",
    )
    reason = fields.Text(help="Who has it decides by this.")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        model_name = self.env.context.get("active_model")
        record_id = self.env.context.get("active_id")
        if model_name in ("res.partner", "crm.lead") and isinstance(record_id, int):
            values.update(res_model=model_name, res_id=record_id)
        return values

    @api.depends("res_model", "res_id")
    def _compute_record(self):
        requests = self.env["crm.territory.request"]
        choices = requests._territories_to_ask_for()
        for wizard in self:
            record = wizard._record()
            wizard.record_name = record.display_name
            wizard.present_territory_ids = requests._present_territories(record)
            wizard.choice_ids = choices - wizard.present_territory_ids

    @api.depends("choice_ids")
    def _compute_territory_id(self):
        for wizard in self:
            choices = wizard.choice_ids
            if wizard.territory_id not in choices:
                wizard.territory_id = choices.filtered(
                    lambda territory: not territory.is_grouping
                )[:1]

    def _record(self):
        """The record, a contact's account for it; empty if the user may not see it."""
        if not self.res_model or not 0 < self.res_id <= _LARGEST_ID:
            return self.env["crm.lead"]
        record = self.env[self.res_model].browse(self.res_id).exists()
        record = record._filtered_access("read")
        if self.res_model == "res.partner":
            record = record.commercial_partner_id._filtered_access("read")
        return record

    @api.constrains("territory_id")
    def _check_territory(self):
        """A client cannot learn the name of a territory by its id."""
        for wizard in self:
            wizard.territory_id.sudo(False).check_access("read")

    def action_ask(self):
        self.ensure_one()
        record = self._record()
        if not record:
            raise UserError(
                self.env._(
                    "Request what you see: open this from an account, a lead or an"
                    " opportunity."
                )
            )
        if not self.territory_id:
            raise UserError(
                self.env._(
                    "Choose the territory that should get it. You can request records"
                    " for territories that you are a member of."
                )
            )
        request = self.env["crm.territory.request"]._ask(
            record, self.territory_id, self.reason
        )
        deciders = request.sudo().activity_user_id.mapped("name")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Requested. %(decider)s decides.",
                    decider=format_list(self.env, deciders)
                    or self.env._("A sales manager"),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
