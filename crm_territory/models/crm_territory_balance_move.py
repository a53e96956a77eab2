from odoo import api, fields, models
from odoo.exceptions import UserError

from .crm_territory_balance import PROPOSED


class CrmTerritoryBalanceMove(models.Model):
    """An account, or areas, that would go from one territory to another."""

    _name = "crm.territory.balance.move"
    _description = "Proposed Move"
    _inherit = ["crm.territory.guarded.mixin"]
    _log_access = False
    _order = "territory_before_id, territory_after_id, id"

    balance_id = fields.Many2one(
        "crm.territory.balance",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    is_taken = fields.Boolean("Do It", default=True)
    partner_id = fields.Many2one(
        "res.partner", string="Account", readonly=True, ondelete="cascade"
    )
    area_ids = fields.Many2many(
        "crm.territory.area",
        "crm_territory_balance_move_area_rel",
        "move_id",
        "area_id",
        string="Areas",
        readonly=True,
    )
    account_count = fields.Integer("Accounts", readonly=True)
    territory_before_id = fields.Many2one(
        "crm.territory", string="From", required=True, readonly=True, ondelete="cascade"
    )
    territory_after_id = fields.Many2one(
        "crm.territory", string="To", required=True, readonly=True, ondelete="cascade"
    )
    loads = fields.Json(
        groups=fields.NO_ACCESS, readonly=True, export_string_translation=False
    )  # {id of the measure: what is moved}
    override_ids = fields.Many2many(
        "crm.territory.override",
        "crm_territory_balance_move_override_rel",
        "move_id",
        "override_id",
        readonly=True,
        export_string_translation=False,
    )

    @api.depends("partner_id", "area_ids")
    def _compute_display_name(self):
        for move in self:
            names = move.partner_id.mapped("display_name")
            names = names or move.area_ids.mapped("display_name")
            move.display_name = ", ".join(name or "" for name in names)

    def write(self, vals):
        if not self.env.su and self.balance_id.filtered(lambda b: b.state != PROPOSED):
            raise UserError(self.env._("These moves were made already."))
        result = super().write(vals)
        if "is_taken" in vals:
            for balance in self.balance_id:
                balance._weigh_again()
        return result

    # -- made, and taken back

    def _apply(self):
        """
        :raise UserError: something is not where it was any more
        """
        for move in self:
            if move.area_ids.territory_id - move.territory_before_id:
                raise UserError(
                    self.env._(
                        "“%s” is in another territory by now: propose again.",
                        move.display_name,
                    )
                )
        for territory, moves in self.grouped("territory_after_id").items():
            moves.area_ids.territory_id = territory
        of_accounts = self.filtered("partner_id")
        reason = self.env._("Balanced: from %(before)s to %(after)s")
        values = [
            {
                "partner_id": move.partner_id.id,
                "territory_id": territory.id,
                "decision": decision,
                "reason": reason
                % {
                    "before": move.territory_before_id.name,
                    "after": move.territory_after_id.name,
                },
            }
            for move in of_accounts
            for territory, decision in (
                (move.territory_before_id, "out"),
                (move.territory_after_id, "in"),
            )
        ]
        overrides = self.env["crm.territory.override"].create(values)
        for number, move in enumerate(of_accounts.sudo()):
            move.override_ids = overrides[2 * number : 2 * number + 2]

    def _take_back(self):
        for territory, moves in self.grouped("territory_before_id").items():
            areas = moves.filtered(
                lambda m: m.area_ids.territory_id <= m.territory_after_id
            ).area_ids
            areas.territory_id = territory
        self.override_ids.unlink()
