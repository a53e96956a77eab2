from odoo import api, fields, models


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
