from odoo import api, fields, models
from odoo.tools import SQL

# Who won it is not known yet: whoever has it, as `write` sees to that.
_UNREAD = SQL(
    "(r.won_user_id IS NULL AND r.won_status = 'won' AND r.user_id IS NOT NULL)"
)


class CrmLead(models.Model):
    """Who won it: stays, as the territory does that it closed in."""

    _inherit = "crm.lead"

    won_user_id = fields.Many2one(
        "res.users",
        string="Won By",
        compute="_compute_won_user_id",
        store=True,
        copy=False,
        help="The salesperson when it was won: handing it over afterwards does not"
        " change who achieved it.",
    )

    @api.depends("won_status")
    def _compute_won_user_id(self):
        """Once it is known it stays, as long as the opportunity is won. (Odoo computes
        anew whenever something changes from which, at some distance, this follows.)
        """
        for lead in self:
            is_won = lead.won_status == "won"
            lead.won_user_id = is_won and (lead.won_user_id or lead.user_id)

    def write(self, vals):
        if "user_id" in vals:
            self.sudo().filtered(
                lambda lead: (
                    lead.won_status == "won" and lead.user_id and not lead.won_user_id
                )
            )._read_winners()
        return super().write(vals)

    def _read_winners(self):
        """Keep who won opportunities that are older than the addon."""
        if self:
            self.flush_recordset(["won_status", "user_id", "won_user_id"])
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_lead AS r SET won_user_id = r.user_id"
                    " WHERE r.id = ANY(%s) AND %s",
                    self.ids,
                    _UNREAD,
                )
            )
            self.invalidate_recordset(["won_user_id"], flush=False)

    @api.model
    def _unread(self):
        return SQL("%s OR %s", super()._unread(), _UNREAD)

    @api.model
    def _read_rest(self, ids):
        self.browse(ids)._read_winners()
        return super()._read_rest(ids)
