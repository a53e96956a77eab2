from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError


class CrmTerritoryPlan(models.Model):
    """A draft that is shared for comment: its future members see what is theirs in it
    (`crm.territory.preview`) and object (`crm.territory.objection`).
    """

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
        self.ensure_one()
        self.check_access("write")
        if self.state != "draft":
            raise UserError(
                self.env._("“%s” is no draft: only drafts are shared.", self.name)
            )
        if not self._current_simulation():
            raise UserError(
                self.env._(
                    "Simulate “%s” first: its members see their accounts as the last"
                    " simulation says, and there is none of the plan as it is.",
                    self.name,
                )
            )
        self.sudo().comment_by_id = self.env.user
        self._tell_future_members()

    def action_stop_sharing(self):
        """Show the draft to its planners only; objections stay, and can be answered."""
        self.check_access("write")
        self.sudo().comment_by_id = False

    def _tell_future_members(self):
        previews = self.env["crm.territory.preview"]
        members = self.sudo().territory_ids.member_ids.user_id - self.env.user
        for user in members.filtered("active"):
            theirs = previews.with_user(user).with_context(
                lang=user.lang, allowed_company_ids=user.company_ids.ids
            )
            if not theirs.search_count([("plan_id", "=", self.id)], limit=1):
                continue
            env = theirs.env
            words = env._(
                "%(user)s shares the plan “%(plan)s” before it is active: look at your"
                " territories, and object where something is wrong.",
                user=self.env.user.name,
                plan=self.name,
            )
            self.env["mail.thread"].with_user(SUPERUSER_ID).message_notify(
                partner_ids=user.partner_id.ids,
                subject=env._("A plan is shared for comment"),
                body=Markup('<p>%s</p><p><a href="%s">%s</a></p>')
                % (
                    words,
                    "/odoo/action-crm_territory.crm_territory_preview_action",
                    env._("Shared Drafts"),
                ),
            )

    def _forget_what_waited(self):
        """What is no draft any more is not shared, nor if it becomes one again."""
        shared = self.sudo().filtered("comment_by_id")
        shared.filtered(lambda plan: plan.state != "draft").comment_by_id = False
        return super()._forget_what_waited()

    def unlink(self):
        """Objections go with their activities, which the database would leave."""
        self.check_access("unlink")
        self.sudo().objection_ids.unlink()
        return super().unlink()

    def _what_is_missing(self, simulation):
        found = super()._what_is_missing(simulation)
        if self.objection_count:
            found.append(
                self.env._("%s objections are not answered.", self.objection_count)
            )
        return found

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
