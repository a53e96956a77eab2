from odoo import api, fields, models

from ..plans.approval import Approval
from ..plans.gate import ADMINISTRATORS, APPROVED, ASKED, VOID


class CrmTerritoryPlan(models.Model):
    """The approval of a plan before it is activated, where the setting asks for it: how
    it is given is in ``plans/approval``, what asks for it in ``plans/gate``.
    """

    _inherit = "crm.territory.plan"

    approval_state = fields.Selection(
        [
            (ASKED, "Waits for approval"),
            (APPROVED, "Approved"),
            (VOID, "Changed since"),
        ],
        string="Approval",
        compute="_compute_approval_state",
    )
    approval_asked_by_id = fields.Many2one(
        "res.users", string="Approval Asked By", readonly=True, copy=False
    )
    approval_asked_on = fields.Datetime(readonly=True, copy=False)
    approval_revision = fields.Integer(
        readonly=True,
        copy=False,
        help="The revision of the plan that is to be approved, or was.",
    )
    approval_on_date = fields.Boolean(
        "Activate on Its Date Once Approved", readonly=True, copy=False
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)
    user_may_approve = fields.Boolean(compute="_compute_user_may_approve")

    @api.depends("approval_revision", "approved_by_id", "revision")
    def _compute_approval_state(self):
        for plan in self:
            if not plan.approval_revision:
                plan.approval_state = False
            elif plan.approval_revision != plan.revision:
                plan.approval_state = VOID
            else:
                plan.approval_state = APPROVED if plan.approved_by_id else ASKED

    @api.depends("approval_state", "approval_asked_by_id")
    @api.depends_context("uid")
    def _compute_user_may_approve(self):
        user = self.env.user
        may = user.has_group(ADMINISTRATORS)
        for plan in self:
            plan.user_may_approve = (
                may
                and plan.approval_state == ASKED
                and plan.approval_asked_by_id != user
            )

    def _note_change(self):
        """Something changed that is no criterion: an approval is void. (What active
        plans decide by hand needs none, and nobody waits for the row of the plan.)
        """
        for plan in self.sudo():
            if plan.state != "active":
                plan.revision += 1

    def approve(self, revision):
        """Approve the activation; what waits for it follows: at once, or on the plan's
        date.

        :param int revision: of the plan that was looked at
        """
        Approval(self).approve(revision)

    def decline(self, reason=""):
        """Decline the activation, and say why."""
        Approval(self).decline(reason)
