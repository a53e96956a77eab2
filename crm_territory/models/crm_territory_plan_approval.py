from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

ASKED, APPROVED, VOID = "asked", "approved", "void"
# an older simulation is not what is approved
_RECENT = timedelta(days=1)
_SETTING = "crm_territory.plan_approval"
ADMINISTRATORS = "sales_team.group_sale_manager"


class CrmTerritoryPlan(models.Model):
    """The gate before a plan is activated, where the setting asks for it: another sales
    administrator approves what the plan will give to whom.

    An approval is of the plan as it was: of its revision, which every change of tree,
    members, criteria, permissions and decisions by hand raises. It is given by what a
    simulation shows: where records moved on since, somebody simulates again, and looks.
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

    # -- what is asked of a plan that becomes active

    @api.model
    def _needs_approval(self):
        return bool(self.env["ir.config_parameter"].sudo().get_param(_SETTING))

    def _check_may_be_active(self):
        """Where plans are approved, none becomes active without; not for a program
        either.

        :raise UserError: it is not approved, or was changed since, or no simulation
            tells what it does
        :raise RedirectWarning: it would not do what the last simulation showed
        """
        if not self._needs_approval():
            return
        for plan in self:
            plan.invalidate_recordset(["approval_state"])
            state = plan.sudo().approval_state
            if state == VOID:
                raise UserError(
                    self.env._(
                        "“%s” was changed since its approval was asked for: ask again.",
                        plan.name,
                    )
                )
            if state != APPROVED:
                raise UserError(
                    self.env._(
                        "“%s” needs the approval of another sales administrator before"
                        " it is activated: ask for it with Activate.",
                        plan.name,
                    )
                )
            plan._check_is_as_simulated()

    def _check_is_as_simulated(self):
        simulation = self._current_simulation()
        if not simulation:
            raise UserError(
                self.env._(
                    "It is not known any more who would see what: simulate “%s” again.",
                    self.name,
                )
            )
        simulation._check_holds()

    def _check_stays_approved(self, company_id):
        """Whoever approved a plan approved it for its company."""
        moved = self.filtered(
            lambda plan: (
                plan.state == "active" and plan.company_id.id != (company_id or False)
            )
        )
        if moved and not self.env.su and self._needs_approval():
            raise UserError(
                self.env._(
                    "“%s” was approved for its company: archive it before you change"
                    " that, and have it approved again.",
                    moved[0].name,
                )
            )

    def _note_change(self):
        """Something changed that is no criterion: an approval is void. (What active
        plans decide by hand needs none, and nobody waits for the row of the plan.)
        """
        for plan in self.sudo():
            if plan.state != "active":
                plan.revision += 1

    # -- the steps

    def _ask_approval(self, approver, on_date=False):
        """Ask for the approval of the plan as it is, and find out what it would give
        to whom, unless a simulation told it.

        :param approver: the user who gets an activity
        """
        self.ensure_one()
        self._check_may_be_asked(approver)
        self.sudo().write(
            {
                "approval_asked_by_id": self.env.uid,
                "approval_asked_on": fields.Datetime.now(),
                "approval_revision": self.revision,
                "approval_on_date": on_date,
                "approved_by_id": False,
                "approved_on": False,
            }
        )
        known = self._current_simulation(with_running=True)
        if not self._is_told_by(known):
            known.action_cancel()
            self._simulate()
        self._close_approvals()
        self.activity_schedule(
            "crm_territory.mail_activity_plan_approval",
            user_id=approver.id,
            note=self.with_context(lang=approver.lang).env._(
                "%s wants to activate it. Look at who would see what, and approve or"
                " decline.",
                self.env.user.name,
            ),
        )
        self.message_post(
            body=self.env._("Asked %s to approve the activation.", approver.name)
        )

    def _is_told_by(self, run):
        """Whether what is to be approved is what a simulation shows, or will show."""
        return (
            run
            and run.date_start >= fields.Datetime.now() - _RECENT
            and run.revision == self.revision
            and (run.state == "running" or not self._doubt_about(run))
        )

    def _check_may_be_asked(self, approver):
        self.check_access("write")
        if self.state == "active":
            raise UserError(self.env._("“%s” is active already.", self.name))
        if approver == self.env.user or not approver.has_group(ADMINISTRATORS):
            raise UserError(
                self.env._("Choose another sales administrator, who is to approve it.")
            )

    def _simulate(self):
        run = self.env["crm.territory.run"].create({"plan_id": self.id, "is_dry": True})
        run._start()
        run._work_soon()
        return run

    def approve(self, revision):
        """Approve the activation; what waits for it follows: at once, or on the plan's
        date.

        :param int revision: of the plan that was looked at
        """
        self.ensure_one()
        self._check_may_approve()
        if revision != self.revision or self.approval_state != ASKED:
            raise UserError(
                self.env._(
                    "“%s” was changed since its approval was asked for: whoever wants"
                    " it asks again.",
                    self.name,
                )
            )
        if not self._current_simulation():
            raise UserError(
                self.env._(
                    "It is not known yet who would see what: the simulation of “%s”"
                    " has not ended. Look again when it has.",
                    self.name,
                )
            )
        self.sudo().write(
            {"approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()}
        )
        self._close_approvals(self.env._("Approved"))
        self._tell_asker(self.env._("Approved the activation."))
        if self.approval_on_date:
            self._check_is_as_simulated()
            self._schedule()
        else:
            self._introduce()

    def decline(self, reason=""):
        """Decline the activation, and say why."""
        self.ensure_one()
        self._check_may_approve()
        self._tell_asker(
            self.env._("Declined the activation: %s", reason)
            if reason
            else self.env._("Declined the activation.")
        )
        self.sudo().write({"approval_revision": 0})
        self._close_approvals(self.env._("Declined"))

    def _check_may_approve(self):
        self.check_access("write")
        if not self.env.user.has_group(ADMINISTRATORS):
            raise AccessError(self.env._("Sales administrators approve plans."))
        if self.approval_asked_by_id == self.env.user:
            raise UserError(
                self.env._(
                    "You asked for the approval of “%s”: somebody else gives it.",
                    self.name,
                )
            )
        if not self.approval_revision:
            raise UserError(
                self.env._("Nobody asked for the approval of “%s”.", self.name)
            )

    def _close_approvals(self, feedback=False):
        self.activity_feedback(
            ["crm_territory.mail_activity_plan_approval"], feedback=feedback
        )

    def _tell_asker(self, body):
        self.message_post(
            body=body,
            partner_ids=self.approval_asked_by_id.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )

    # -- what is known of it

    def _current_simulation(self, with_running=False):
        """The newest simulation of everything by the criteria as they are, that has
        ended, and whose moves are still kept.

        :param bool with_running: also one that goes on
        """
        self.ensure_one()
        states = ["done", "running"] if with_running else ["done"]
        run = self.env["crm.territory.run"].search(
            [
                ("plan_id", "=", self.id),
                ("is_dry", "=", True),
                ("scope", "=", "all"),
                ("only_missing", "=", False),
                ("state", "in", states),
                ("version", "=", self.version),
            ],
            limit=1,
        )
        moves = self.env["crm.territory.move"].sudo()
        is_forgotten = run.changed_count and not moves.search_count(
            [("run_id", "=", run.id)], limit=1
        )
        return run.browse() if is_forgotten else run
