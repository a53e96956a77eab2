import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import safe_eval
from odoo.tools.misc import format_datetime

DRAFT, RUNNING, DONE = "draft", "running", "done"
CANCELLED, FAILED, UNDONE = "cancelled", "failed", "undone"
# what a run is about: its figures and moves tell of that
_ABOUT = frozenset(
    {"plan_id", "is_dry", "scope", "territory_id", "filter_id", "only_missing"}
    | {"partner_ids", "lead_ids", "include_closed"}
)
# what each batch counts
_COUNTED = ("seen_count", "judged_count", "changed_count", "unassigned_count")


class CrmTerritoryRun(models.Model):
    """One evaluation of many records: what it is about, how it ended, and what it did.

    How it is worked, batch by batch, is in ``crm_territory_run_work``; how it is taken
    back, in ``crm_territory_run_undo``.
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
            date_start=fields.Datetime.now(),
        )
        self.flush_recordset()
        self._note(total_count=self.env["crm.territory.run.batch"].sudo()._cut(self))

    def _end(self, state, **values):
        self._note(state=state, date_end=fields.Datetime.now(), **values)
        for run in self.filtered("owner_count"):
            if not run.is_dry:
                run._tell_salespeople()

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

    # -- its records

    def _model(self, name):
        return self.env[name].sudo().with_context(active_test=False)

    def _domain(self, model_name):
        """The records of the run."""
        domain = self.plan_id._cover_domain(model_name)
        if model_name == "crm.lead" and not self.include_closed:
            domain &= self.env["crm.lead"]._open_domain()
        if self.only_missing:
            domain &= Domain("territory_set_id", "=", False)
        return domain & self._scope_domain(model_name)

    def _scope_domain(self, model_name):
        if self.scope == "filter":
            if self.filter_id.model_id != model_name:
                return Domain.FALSE
            return self._filter_domain()
        if self.scope == "selection":
            if model_name == "crm.lead":
                return Domain("id", "in", self.lead_ids.ids)
            accounts = self.partner_ids.commercial_partner_id
            if self.is_dry:
                # what the leads would get from their accounts needs these first
                accounts |= self.lead_ids.partner_id.commercial_partner_id
            return Domain("id", "in", accounts.ids)
        return Domain.TRUE

    def _filter_domain(self):
        """The domain of the saved filter, as it is for who started the run.

        :raise UserError: nothing but the web client can read it
        """
        user = self.user_id
        tz = pytz.timezone(user.tz or self.plan_id.tz)
        names = {
            "uid": user.id,
            "context_today": lambda: safe_eval.datetime.datetime.now(tz).date(),
            "current_date": safe_eval.datetime.datetime.now(tz).date().isoformat(),
            "datetime": safe_eval.datetime,
            "relativedelta": safe_eval.dateutil.relativedelta.relativedelta,
            "time": safe_eval.time,
        }
        try:
            domain = Domain(safe_eval.safe_eval(self.filter_id.domain or "[]", names))
            domain.validate(self.env[self.filter_id.model_id].sudo())
        except Exception as error:
            raise UserError(
                self.env._(
                    "The saved filter “%(filter)s” cannot be read by a run: %(error)s",
                    filter=self.filter_id.name,
                    error=error,
                )
            ) from error
        return domain
