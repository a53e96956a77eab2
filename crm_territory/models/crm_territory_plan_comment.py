from odoo import api, fields, models

from ..plans.shared_draft import SharedDraft


class CrmTerritoryPlan(models.Model):
    """A draft that is shared for comment, see ``plans/shared_draft``."""

    _inherit = "crm.territory.plan"

    comment_by_id = fields.Many2one(
        "res.users",
        string="Shared for Comment By",
        readonly=True,
        copy=False,
        tracking=True,
        ondelete="set null",
        help="Who is told of objections. Empty: the draft is for its planners only.",
    )
    objection_ids = fields.One2many(
        "crm.territory.objection", "plan_id", string="Objections"
    )
    objection_count = fields.Integer(
        "New Objections", compute="_compute_objection_count"
    )

    @api.depends("objection_ids.state")
    @api.depends_context("uid")
    def _compute_objection_count(self):
        counts = dict(
            self.env["crm.territory.objection"]._read_group(
                [("plan_id", "in", self.ids), ("state", "=", "new")],
                ["plan_id"],
                ["__count"],
            )
        )
        for plan in self:
            plan.objection_count = counts.get(plan._origin, 0)

    def action_share_for_comment(self):
        """Show the draft to its future members, and tell them.

        :raise UserError: it is no draft, or no simulation says who would have what
        """
        SharedDraft(self).share()

    def action_stop_sharing(self):
        """Show the draft to its planners only; objections stay, and can be answered."""
        self.check_access("write")
        self.sudo().comment_by_id = False

    def unlink(self):
        """Objections go with their activities, which the database would leave."""
        self.check_access("unlink")
        self.sudo().objection_ids.unlink()
        return super().unlink()

    @api.readonly
    def action_view_objections(self):
        """Show those that are new first, which the button counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_objection_action"
        )
        return dict(
            action,
            domain=[("plan_id", "=", self.id)],
            context={"search_default_new": 1},
        )
