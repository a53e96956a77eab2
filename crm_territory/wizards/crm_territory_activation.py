from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..plans.approval import Approval
from ..plans.dates import Dates
from ..plans.gate import ADMINISTRATORS, APPROVED, needs_approval
from ..plans.introduction import Introduction
from ..plans.missing import Missing
from ..plans.on_day import OnDay
from ..plans.simulations import Simulations
from ..runs.scope import Scope


class CrmTerritoryActivation(models.TransientModel):
    """The dialog that activates a plan: what it takes the place of, how much there is
    to judge, what is missing, and who would see what. Where plans are approved, it asks
    for that, and the approver decides in it.
    """

    _name = "crm.territory.activation"
    _description = "Activate a Plan"

    plan_id = fields.Many2one(
        "crm.territory.plan", required=True, readonly=True, ondelete="cascade"
    )
    revision = fields.Integer(readonly=True, help="Of the plan, when it was looked at.")
    when = fields.Selection(
        [("now", "Now"), ("date", "On the start date")], required=True, default="now"
    )
    date_start = fields.Date(
        "Start Date",
        compute="_compute_date_start",
        store=True,
        readonly=False,
        help="Of the plan, in its time zone.",
    )
    replaced_names = fields.Char("Archived Instead", compute="_compute_replaced_names")
    button_name = fields.Char(compute="_compute_replaced_names")
    record_count = fields.Integer("Records to Judge", compute="_compute_record_count")
    warnings = fields.Text(compute="_compute_warnings")
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    approval_state = fields.Selection(related="plan_id.approval_state")
    approval_asked_by_id = fields.Many2one(related="plan_id.approval_asked_by_id")
    user_may_approve = fields.Boolean(related="plan_id.user_may_approve")
    approver_id = fields.Many2one(
        "res.users",
        string="To Be Approved By",
        domain=lambda self: [
            ("all_group_ids", "in", self.env.ref(ADMINISTRATORS).ids),
            ("id", "!=", self.env.uid),
        ],
        default=lambda self: self._default_approver(),
    )
    reason = fields.Char(help="Why it is declined. Whoever asked is told.")
    simulation_id = fields.Many2one("crm.territory.run", readonly=True)
    simulation_date = fields.Datetime(related="simulation_id.date_end")
    simulation_doubt = fields.Text(
        readonly=True, help="Why it may not show what will happen."
    )
    running_id = fields.Many2one("crm.territory.run", readonly=True)
    running_progress = fields.Float(related="running_id.progress")
    gain_ids = fields.One2many(
        "crm.territory.activation.gain", "activation_id", readonly=True
    )

    @api.model
    def _open_for(self, plan):
        """The action that opens the dialog for a plan, with what is known today."""
        plan.check_access("write")
        if plan.state == "active":
            raise UserError(self.env._("“%s” is active already.", plan.name))
        simulations = Simulations(plan)
        run = simulations.current()
        newest = simulations.current(with_running=True)
        gains = self.env["crm.territory.activation.gain"]
        values = gains._values_of(plan, run) if run else []
        dialog = self.create(
            {
                "plan_id": plan.id,
                "revision": plan.revision,
                "when": "date" if plan.approval_on_date else "now",
                "simulation_id": run.id,
                "simulation_doubt": simulations.doubt_about(run),
                "running_id": newest.id if newest != run else False,
                "gain_ids": [Command.create(line) for line in values],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Activate “%s”", plan.name),
            "res_model": self._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _default_approver(self):
        return self.env["res.users"].search(
            [
                ("all_group_ids", "in", self.env.ref(ADMINISTRATORS).ids),
                ("id", "!=", self.env.uid),
                ("share", "=", False),
            ],
            limit=1,
        )

    @api.depends("plan_id")
    def _compute_date_start(self):
        for dialog in self:
            dialog.date_start = dialog.plan_id.date_start

    @api.depends("plan_id", "when")
    def _compute_replaced_names(self):
        for dialog in self:
            replaced = Introduction(dialog.plan_id).replaced
            names = ", ".join(replaced._filtered_access("read").mapped("name"))
            dialog.replaced_names = names
            if dialog.when == "date":
                dialog.button_name = self.env._("Activate on the Start Date")
            elif names:
                dialog.button_name = self.env._("Activate and Archive “%s”", names)
            else:
                dialog.button_name = self.env._("Activate and Run")

    @api.depends("plan_id")
    def _compute_record_count(self):
        """The accounts, and the open leads and opportunities, that the plan covers."""
        for dialog in self:
            plan = dialog.plan_id
            plan.check_access("read")
            run = self.env["crm.territory.run"].new({"plan_id": plan.id})
            dialog.record_count = Scope(run).count()

    @api.depends("plan_id", "when", "date_start")
    def _compute_warnings(self):
        for dialog in self:
            plan = dialog.plan_id
            plan.check_access("read")
            found = Missing(plan, dialog.simulation_id).sentences()
            if dialog.when == "now" and OnDay.first(plan).day > plan._today():
                day = format_date(self.env, plan.date_start)
                found.insert(0, self.env._("Its start date, %s, has not come.", day))
            dialog.warnings = "\n".join(found)

    @api.depends("plan_id")
    def _compute_needs_approval(self):
        for dialog in self:
            dialog.needs_approval = (
                needs_approval(self.env) and dialog.plan_id.approval_state != APPROVED
            )

    # -- actions

    def action_activate(self):
        """Activate the plan, and show the run that judges all records; or leave it to
        its date.
        """
        self.ensure_one()
        self._check_is_as_seen()
        if self.when == "date":
            self._set_date()
            Dates(self.plan_id).schedule()
            return {"type": "ir.actions.act_window_close"}
        return Introduction(self.plan_id).start()._action_open()

    def action_ask(self):
        """Ask for the approval of the plan as it was looked at."""
        self.ensure_one()
        self._check_is_as_seen()
        if self.when == "date":
            self._set_date()
        Approval(self.plan_id).ask(self.approver_id, on_date=self.when == "date")
        return {"type": "ir.actions.act_window_close"}

    def action_approve(self):
        """Approve it; what waits for that follows."""
        self.ensure_one()
        plan = self.plan_id
        plan.approve(self.revision)
        if plan.state == "active":
            return plan.action_view_introduction()
        return {"type": "ir.actions.act_window_close"}

    def action_decline(self):
        self.ensure_one()
        self.plan_id.decline(self.reason or "")
        return {"type": "ir.actions.act_window_close"}

    def action_simulate(self):
        """Find out who would see what."""
        self.ensure_one()
        self.plan_id.check_access("write")
        return Simulations(self.plan_id).start()._action_open()

    def _set_date(self):
        if not self.date_start:
            raise UserError(self.env._("Enter the date on which it is activated."))
        if self.date_start != self.plan_id.date_start:
            self.plan_id.date_start = self.date_start

    def _check_is_as_seen(self):
        if self.revision != self.plan_id.revision:
            raise UserError(
                self.env._(
                    "“%s” was changed since you opened this: open it again.",
                    self.plan_id.name,
                )
            )
