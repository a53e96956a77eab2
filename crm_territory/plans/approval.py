"""How another sales administrator approves what a plan will give to whom."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .dates import Dates
from .gate import ADMINISTRATORS, ASKED
from .introduction import Introduction
from .simulations import Simulations

# an older simulation is not what is approved
_RECENT = timedelta(days=1)
_ACTIVITY = "crm_territory.mail_activity_plan_approval"


class Approval:
    """Of the activation of one plan: asked for, given or declined. What asks for it is
    the gate (``gate.Gate``).

    :param plan: in the environment of who asks, or decides
    """

    def __init__(self, plan):
        self.plan = plan.ensure_one()
        self.env = plan.env
        self.simulations = Simulations(plan)

    # -- ask

    def ask(self, approver, on_date=False):
        """Ask for the approval of the plan as it is, and find out what it would give
        to whom, unless a simulation told it.

        :param approver: the user who gets an activity
        :param bool on_date: it is to be activated on its date, not at once
        :raise AccessError: the user may not write the plan
        :raise UserError: it is active, or that approver cannot approve it
        """
        self._check_may_ask(approver)
        self.plan.sudo().write(
            {
                "approval_asked_by_id": self.env.uid,
                "approval_asked_on": fields.Datetime.now(),
                "approval_revision": self.plan.revision,
                "approval_on_date": on_date,
                "approved_by_id": False,
                "approved_on": False,
            }
        )
        known = self.simulations.current(with_running=True)
        if not self._is_told_by(known):
            known.action_cancel()
            self.simulations.start()
        self._close_activities()
        self._call(approver)
        self.plan.message_post(
            body=self.env._("Asked %s to approve the activation.", approver.name)
        )

    def _check_may_ask(self, approver):
        self.plan.check_access("write")
        if self.plan.state == "active":
            raise UserError(self.env._("“%s” is active already.", self.plan.name))
        if approver == self.env.user or not approver.has_group(ADMINISTRATORS):
            raise UserError(
                self.env._("Choose another sales administrator, who is to approve it.")
            )

    def _is_told_by(self, run):
        """Whether what is to be approved is what a simulation shows, or will show."""
        return (
            run
            and run.date_start >= fields.Datetime.now() - _RECENT
            and run.revision == self.plan.revision
            and (run.state == "running" or not self.simulations.doubt_about(run))
        )

    def _call(self, approver):
        self.plan.activity_schedule(
            _ACTIVITY,
            user_id=approver.id,
            note=self.plan.with_context(lang=approver.lang).env._(
                "%s wants to activate it. Look at who would see what, and approve or"
                " decline.",
                self.env.user.name,
            ),
        )

    # -- decide

    def approve(self, revision):
        """See `crm.territory.plan.approve`."""
        self._check_may_decide()
        self._check_is_as_seen(revision)
        self.plan.sudo().write(
            {"approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()}
        )
        self._close_activities(self.env._("Approved"))
        self._tell_asker(self.env._("Approved the activation."))
        if self.plan.approval_on_date:
            self.simulations.check_current_holds()
            Dates(self.plan).schedule()
        else:
            Introduction(self.plan).start()

    def decline(self, reason=""):
        """See `crm.territory.plan.decline`."""
        self._check_may_decide()
        self._tell_asker(
            self.env._("Declined the activation: %s", reason)
            if reason
            else self.env._("Declined the activation.")
        )
        self.plan.sudo().write({"approval_revision": 0})
        self._close_activities(self.env._("Declined"))

    def _check_may_decide(self):
        self.plan.check_access("write")
        if not self.env.user.has_group(ADMINISTRATORS):
            raise AccessError(self.env._("Sales administrators approve plans."))
        if self.plan.approval_asked_by_id == self.env.user:
            raise UserError(
                self.env._(
                    "You asked for the approval of “%s”: somebody else gives it.",
                    self.plan.name,
                )
            )
        if not self.plan.approval_revision:
            raise UserError(
                self.env._("Nobody asked for the approval of “%s”.", self.plan.name)
            )

    def _check_is_as_seen(self, revision):
        plan = self.plan
        if revision != plan.revision or plan.approval_state != ASKED:
            raise UserError(
                self.env._(
                    "“%s” was changed since its approval was asked for: whoever wants"
                    " it asks again.",
                    plan.name,
                )
            )
        if not self.simulations.current():
            raise UserError(
                self.env._(
                    "It is not known yet who would see what: the simulation of “%s”"
                    " has not ended. Look again when it has.",
                    plan.name,
                )
            )

    # -- tell

    def _close_activities(self, feedback=False):
        self.plan.activity_feedback([_ACTIVITY], feedback=feedback)

    def _tell_asker(self, body):
        self.plan.message_post(
            body=body,
            partner_ids=self.plan.approval_asked_by_id.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )
