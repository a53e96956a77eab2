from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_datetime

from ..matching import compiler
from ..runs.giving import tell_salespeople
from ..runs.scope import Scope
from ..runs.states import CANCELLED, DONE, DRAFT, FAILED, RUNNING, UNDONE
from ..runs.undo import LEFT, Undo

# what a run is about: its figures and moves tell of that
_ABOUT = frozenset(
    {"plan_id", "is_dry", "scope", "territory_id", "filter_id", "only_missing"}
    | {"partner_ids", "lead_ids", "include_closed"}
)
# what each batch counts
_COUNTED = ("seen_count", "judged_count", "changed_count", "unassigned_count")


class CrmTerritoryRun(models.Model):
    """One evaluation of many records: what it is about, how it ended, and what it did.

    Who works it calls ``crm_territory_run_work``. What is done then, batch by batch,
    and how it is taken back, is in ``runs``.
    """

    _name = "crm.territory.run"
    _description = "Territory Assignment Run"
    _inherit = ["crm.territory.guarded.mixin"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    plan_id = fields.Many2one(
        "crm.territory.plan",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["crm.territory.plan"]._current_plan(),
    )
    plan_state = fields.Selection(related="plan_id.state", string="Plan State")
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    state = fields.Selection(
        [
            (DRAFT, "New"),
            (RUNNING, "Running"),
            (DONE, "Done"),
            (CANCELLED, "Cancelled"),
            (FAILED, "Failed"),
            (UNDONE, "Undone"),
        ],
        default=DRAFT,
        required=True,
        readonly=True,
        copy=False,
    )
    is_dry = fields.Boolean(
        "Simulate", help="Find out what would change, and change nothing."
    )
    scope = fields.Selection(
        [
            ("all", "Everything"),
            ("territory", "A territory and below"),
            ("filter", "A saved filter"),
            ("selection", "Selected records"),
        ],
        default="all",
        required=True,
    )
    territory_id = fields.Many2one(
        "crm.territory", ondelete="cascade", domain="[('plan_id', '=', plan_id)]"
    )
    filter_id = fields.Many2one(
        "ir.filters",
        ondelete="cascade",
        domain=[("model_id", "in", ["res.partner", "crm.lead"])],
    )
    partner_ids = fields.Many2many("res.partner", string="Accounts", copy=False)
    lead_ids = fields.Many2many(
        "crm.lead", string="Leads and Opportunities", copy=False
    )
    only_missing = fields.Boolean(
        "Only Without Territory", help="Leave alone what has a territory already."
    )
    include_closed = fields.Boolean(
        "Also Closed Opportunities",
        help="Won and lost opportunities keep the territory that they closed in,"
        " unless this is set.",
    )
    batch_size = fields.Integer(default=50000, required=True)
    batch_ids = fields.One2many(
        "crm.territory.run.batch", "run_id", groups=fields.NO_ACCESS
    )
    told_id = fields.Integer(
        readonly=True,
        copy=False,
        help="Up to this lead, salespeople were told what they got.",
    )
    version = fields.Integer(readonly=True, copy=False)
    revision = fields.Integer(readonly=True, copy=False)
    total_count = fields.Integer("Records", readonly=True, copy=False)
    seen_count = fields.Integer("Looked At", compute="_compute_figures")
    judged_count = fields.Integer(
        "Checked",
        compute="_compute_figures",
        help="Of a run over a territory: those that are in its line, or come into it.",
    )
    changed_count = fields.Integer("Changed", compute="_compute_figures")
    unchanged_count = fields.Integer("Unchanged", compute="_compute_figures")
    unassigned_count = fields.Integer("Without Territory", compute="_compute_figures")
    owner_count = fields.Integer(
        "Got a Salesperson", readonly=True, copy=False, help="Leads and opportunities."
    )
    failed_count = fields.Integer("Failed", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress", help="In percent.")
    user_id = fields.Many2one(
        "res.users", string="Started By", default=lambda self: self.env.user
    )
    date_start = fields.Datetime("Started", readonly=True, copy=False)
    date_end = fields.Datetime("Ended", readonly=True, copy=False)
    error = fields.Text("Message", readonly=True, copy=False)
    move_ids = fields.One2many("crm.territory.move", "run_id", string="Moves")
    put_back_count = fields.Integer("Put Back", readonly=True, copy=False)
    left_count = fields.Integer(
        "Left as They Are",
        readonly=True,
        copy=False,
        help="Records that changed since the run, so that its undo left them alone.",
    )
    turns = fields.Json(
        copy=False,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
    )  # {member id: [number of the last turn before, after the run]}

    _one_running = models.UniqueIndex(
        "(plan_id) WHERE state = 'running'",
        "A run of this plan is going on: wait for its end, or cancel it.",
    )
    _batch_size_positive = models.Constraint(
        "CHECK (batch_size > 0)", "A batch has at least one record."
    )

    @api.depends("plan_id", "is_dry", "date_start", "scope", "territory_id")
    @api.depends_context("lang", "tz")
    def _compute_name(self):
        for run in self:
            started = run.date_start or run.create_date or fields.Datetime.now()
            where = run.plan_id.name or ""
            if run.scope == "territory" and run.territory_id:
                where = self.env._(
                    "%(name)s: %(words)s", name=where, words=run.territory_id.name
                )
            run.name = self.env._(
                "%(kind)s of %(plan)s, %(date)s",
                kind=self.env._("Simulation") if run.is_dry else self.env._("Run"),
                plan=where,
                date=format_datetime(self.env, started),
            )

    @api.depends(*(f"batch_ids.{name}" for name in _COUNTED))
    def _compute_figures(self):
        """The sums of the batches. 1 query.

        Nobody writes them to the run meanwhile: its workers would wait for each other.
        """
        batches = self.env["crm.territory.run.batch"].sudo()
        rows = batches._read_group(
            [("run_id", "in", self.ids)],
            ["run_id"],
            [f"{name}:sum" for name in _COUNTED],
        )
        counts = {run.id: figures for run, *figures in rows}
        for run in self:
            figures = counts.get(run._origin.id, [0] * len(_COUNTED))
            run.update(dict(zip(_COUNTED, figures, strict=True)))
            run.unchanged_count = run.judged_count - run.changed_count

    @api.depends("seen_count", "total_count", "state")
    def _compute_progress(self):
        for run in self:
            share = run.seen_count / run.total_count if run.total_count else 0
            is_over = run.state in (DONE, UNDONE)
            run.progress = 100 if is_over else min(99, 100 * share)

    def _figures(self):
        self.ensure_one()
        return {
            "state": self.state,
            "total": self.total_count,
            "judged": self.judged_count,
            "changed": self.changed_count,
            "unchanged": self.unchanged_count,
            "unassigned": self.unassigned_count,
            "owners": self.owner_count,
            "failed": self.failed_count,
        }

    # -- actions

    def action_start(self):
        """Start the run; a scheduled job or the open form works it, batch by batch."""
        self.ensure_one()
        self._start()
        self._work_soon()
        return self._action_open()

    def _action_open(self):
        """Show the run; nothing to do for the form that shows it already."""
        if self.env.context.get("in_run_form"):
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_cancel(self):
        self.filtered(lambda run: run.state == RUNNING)._end(CANCELLED)

    def action_continue(self):
        """Go on with the batches that a cancelled or failed run did not complete."""
        self.ensure_one()
        if self.state not in (RUNNING, CANCELLED, FAILED):
            raise UserError(self.env._("This run cannot be continued."))
        self._check_plan()
        self._check_no_other_run()
        self._note(state=RUNNING, error=False, date_end=False)
        self._work_soon()
        return self._action_open()

    @api.readonly
    def action_view_moves(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_move_action"
        )
        return dict(action, domain=[("run_id", "=", self.id)])

    def action_undo(self):
        """Put back territories, salespeople and teams that the run changed, but for
        records that changed since. Another run by the same criteria would do the same
        again: the plan does not catch up by itself until somebody has looked.
        """
        self.ensure_one()
        self.check_access("write")
        if self.is_dry or self.state not in (DONE, CANCELLED, FAILED):
            raise UserError(self.env._("There is nothing to undo."))
        self._check_no_other_run()
        Undo(self).carry_out()
        return self._action_open()

    @api.readonly
    def action_view_left(self):
        """Show what the undo left as it is, and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_move_action_left"
        )
        return dict(action, domain=[("run_id", "=", self.id), LEFT])

    # -- start and end

    def _start(self):
        self.ensure_one()
        if self.state != DRAFT:
            raise UserError(
                self.env._("“%s” was started before: make a new one.", self.name)
            )
        self._check_plan()
        self._check_scope()
        self._check_no_other_run()
        self.env["crm.territory.rule"]._check_all()
        self._note(
            state=RUNNING,
            version=self.plan_id.version,
            revision=self.plan_id.revision,
            date_start=fields.Datetime.now(),
        )
        self.flush_recordset()
        self._note(total_count=self.env["crm.territory.run.batch"].sudo()._cut(self))

    def _end(self, state, **values):
        self._note(state=state, date_end=fields.Datetime.now(), **values)
        for run in self.filtered("owner_count"):
            if not run.is_dry:
                tell_salespeople(run)

    def write(self, vals):
        if not self.env.su and not _ABOUT.isdisjoint(vals):
            self._check_not_started()
        result = super().write(vals)
        if "plan_id" in vals:
            self.check_access("write")  # of the company that it is of now
        return result

    def _check_not_started(self):
        """Nobody makes a run of a few records look like one of all of them."""
        started = self.filtered(lambda run: run.state != DRAFT)
        if started:
            raise UserError(
                self.env._(
                    "“%s” was started: what it is about stays as it is. Make a new"
                    " one.",
                    started[0].name,
                )
            )

    def _note(self, **values):
        """Write what the engine tells of the run, for whoever may change it."""
        self.check_access("write")
        self.sudo().write(values)

    def _check_plan(self):
        """Only the active plan changes records (design 3.12)."""
        plan = self.plan_id
        if not self.is_dry and plan.state != "active":
            raise UserError(
                self.env._(
                    "Only the active plan changes records, and “%s” is not active:"
                    " simulate instead, or activate it.",
                    plan.name,
                )
            )

    def _check_scope(self):
        missing = {
            "territory": not self.territory_id,
            "filter": not self.filter_id,
            "selection": not (self.partner_ids or self.lead_ids),
        }.get(self.scope)
        if missing:
            raise UserError(
                self.env._("Choose the territory, filter or records of the run.")
            )

    def _check_no_other_run(self):
        other = self.search(
            [
                ("plan_id", "=", self.plan_id.id),
                ("state", "=", RUNNING),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "“%(run)s” is going on (%(progress).0f %%): wait for its end, or"
                    " cancel it.",
                    run=other.name,
                    progress=other.progress,
                )
            )

    # -- what it judges by

    def _compiled(self):
        """The plans that judge, and {plan id: version} to note for each record."""
        plans = self.env["crm.territory.plan"]
        if not self.is_dry:
            compiled, pending = plans._compiled_now()
            # a run over everything marks the plan at its end, not each record
            return compiled, {} if Scope(self).is_complete else pending
        judging = self._judging_plans()
        days = plans._days_of_all()
        days = {plan.id: days[plan.id] for plan in judging}
        return compiler.compile_plans(judging, days), {}

    def _judging_plans(self):
        """The plans that judge in a simulation: its own, and the active ones that stay
        beside it.
        """
        others = (
            self.env["crm.territory.plan"]
            ._active_plans()
            .filtered(
                lambda plan: plan.company_id
                and self.plan_id.company_id
                and plan.company_id != self.plan_id.company_id
            )
        )
        return self.plan_id | others
