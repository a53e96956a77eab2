import logging

from psycopg2 import OperationalError

from odoo import api, fields, models, modules
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from ..engine import compiler
from .crm_territory_mixin import Decision

_logger = logging.getLogger(__name__)

# a batch that meets a concurrent change of the same records is tried again
_ATTEMPTS = 5
# accounts first: leads take over the territories of their accounts
_PHASES = ("res.partner", "crm.lead")


class CrmTerritoryRun(models.Model):
    """One evaluation of many records, in batches that each leave all in order."""

    _name = "crm.territory.run"
    _description = "Territory Assignment Run"
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
            ("draft", "New"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("failed", "Failed"),
        ],
        default="draft",
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
    batch_size = fields.Integer(default=20000, required=True)
    # progress: the records up to ``last_id`` of the phase are judged
    phase = fields.Selection(
        [("res.partner", "Accounts"), ("crm.lead", "Leads and Opportunities")],
        readonly=True,
        copy=False,
    )
    last_id = fields.Integer(readonly=True, copy=False)
    version = fields.Integer(readonly=True, copy=False)
    total_count = fields.Integer("Records", readonly=True, copy=False)
    judged_count = fields.Integer("Judged", readonly=True, copy=False)
    changed_count = fields.Integer("Changed", readonly=True, copy=False)
    unchanged_count = fields.Integer("Unchanged", readonly=True, copy=False)
    unassigned_count = fields.Integer("Unassigned", readonly=True, copy=False)
    failed_count = fields.Integer("Failed", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress", help="In percent.")
    user_id = fields.Many2one(
        "res.users", string="Started By", default=lambda self: self.env.user
    )
    date_start = fields.Datetime("Started", readonly=True, copy=False)
    date_end = fields.Datetime("Ended", readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False)
    move_ids = fields.One2many("crm.territory.move", "run_id", string="Moves")

    _one_running = models.UniqueIndex(
        "(plan_id) WHERE state = 'running'",
        "A run of this plan is going on: wait for its end, or cancel it.",
    )

    @api.depends("plan_id", "is_dry", "date_start")
    def _compute_name(self):
        for run in self:
            started = run.date_start or run.create_date or fields.Datetime.now()
            run.name = self.env._(
                "%(kind)s of %(plan)s, %(date)s",
                kind=self.env._("Simulation") if run.is_dry else self.env._("Run"),
                plan=run.plan_id.name,
                date=format_datetime(self.env, started),
            )

    @api.depends("judged_count", "total_count", "state")
    def _compute_progress(self):
        for run in self:
            share = run.judged_count / run.total_count if run.total_count else 0
            run.progress = 100 if run.state == "done" else min(99, 100 * share)

    # -- actions

    def action_start(self):
        """Start the run; a scheduled job or the open form works it, batch by batch."""
        self.ensure_one()
        self._start()
        self.env.ref("crm_territory.crm_territory_run_cron")._trigger()
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
        for run in self:
            if run.state == "running":
                run.write({"state": "cancelled", "date_end": fields.Datetime.now()})

    def action_continue(self):
        """Go on after the last batch that a cancelled or failed run completed."""
        self.ensure_one()
        if self.state not in ("running", "cancelled", "failed") or not self.phase:
            raise UserError(self.env._("This run cannot be continued."))
        self._check_no_other_run()
        self.write({"state": "running", "error": False, "date_end": False})
        self.env.ref("crm_territory.crm_territory_run_cron")._trigger()
        return self._action_open()

    def action_apply(self):
        """Do for real what a simulation showed."""
        self.ensure_one()
        return self.copy(
            {
                "is_dry": False,
                "partner_ids": self.partner_ids.ids,
                "lead_ids": self.lead_ids.ids,
            }
        ).action_start()

    def action_undo(self):
        """Put back what the run changed, but for records that changed again since.

        The plan is to be run after that: its criteria would do the same again. So it
        does not catch up by itself until somebody has looked.
        """
        self.ensure_one()
        if self.is_dry or self.state == "running":
            raise UserError(self.env._("There is nothing to undo."))
        for model_name, column in (
            ("res.partner", "partner_id"),
            ("crm.lead", "lead_id"),
        ):
            self._undo_moves(model_name, column)
        self.plan_id.catch_up = False
        self.plan_id._bump_version()

    def _undo_moves(self, model_name, column):
        model = self.env[model_name].sudo()
        model.flush_model(["territory_set_id", "territory_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT record.id, move.set_before_id, move.territory_before_id,
                       record.territory_set_id, record.territory_id
                  FROM crm_territory_move AS move
                  JOIN %(table)s AS record ON record.id = move.%(column)s
                 WHERE move.run_id = %(run_id)s
                   AND (record.territory_set_id, record.territory_id)
                       IS NOT DISTINCT FROM (move.set_after_id, move.territory_after_id)
                """,
                table=SQL.identifier(model._table),
                column=SQL.identifier(column),
                run_id=self.id,
            )
        )
        decisions = [Decision.undo(*row) for row in rows]
        if decisions:
            model._write_territories(decisions)
            model.invalidate_model(["territory_set_id", "territory_id"])
            self.env["crm.territory.move"]._record_undo(model_name, decisions, self)

    def action_view_moves(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_move_action"
        )
        return dict(action, domain=[("run_id", "=", self.id)])

    # -- working a run

    def run_step(self):
        """Judge one batch, unless another worker is at it.

        :return: dict with ``state``, ``progress`` (percent) and ``busy`` (another
            worker has the run)
        """
        self.ensure_one()
        self.check_access("write")
        busy = False
        if self.state == "running":
            busy = not self.try_lock_for_update()
            if not busy:
                self._judge_batch()
        return {"state": self.state, "progress": self.progress, "busy": busy}

    def run_to_end(self):
        """Start the run if need be and work it to its end, committing every batch.

        :return: dict of the figures, see `_figures`
        """
        self.ensure_one()
        if self.state == "draft":
            self._start()
        self._commit()
        while self.state == "running":
            self._work_batch()
        return self._figures()

    def _figures(self):
        self.ensure_one()
        return {
            "state": self.state,
            "total": self.total_count,
            "judged": self.judged_count,
            "changed": self.changed_count,
            "unchanged": self.unchanged_count,
            "unassigned": self.unassigned_count,
            "failed": self.failed_count,
        }

    @api.model
    def _cron_continue(self):
        """Work the runs that are started, and those whose worker died."""
        for run in self.search([("state", "=", "running")]):
            while run.state == "running":
                if not run._work_batch():
                    break

    def _work_batch(self):
        """One batch and its commit. A batch that fails leaves nothing half done.

        :return: whether this worker should go on
        """
        for attempt in range(_ATTEMPTS):
            try:
                if not self.try_lock_for_update():
                    return False
                self._judge_batch()
                self._commit()
                return True
            except OperationalError as error:
                # somebody changed the same records: look at them again
                self.env.cr.rollback()
                self.env.invalidate_all()
                if attempt + 1 == _ATTEMPTS:
                    self._fail(error)
                    return False
            except Exception as error:  # noqa: BLE001 - told to the user in the run
                _logger.exception("territory run %s failed", self.id)
                self.env.cr.rollback()
                self.env.invalidate_all()
                self._fail(error)
                return False

    def _fail(self, error):
        self.write(
            {
                "state": "failed",
                "error": str(error),
                "failed_count": self.total_count - self.judged_count,
                "date_end": fields.Datetime.now(),
            }
        )
        self._commit()

    def _commit(self):
        """Each batch is whole: a killed run resumes after it."""
        if not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    # -- the batches

    def _start(self):
        self.ensure_one()
        plan = self.plan_id
        if not self.is_dry and plan.state != "active":
            raise UserError(
                self.env._(
                    "Only the active plan changes records, and “%s” is not active:"
                    " simulate instead, or activate it.",
                    plan.name,
                )
            )
        self._check_scope()
        self._check_no_other_run()
        self.env["crm.territory.rule"]._check_all()
        self.write(
            {
                "state": "running",
                "phase": "res.partner",
                "last_id": 0,
                "version": plan.version,
                "date_start": fields.Datetime.now(),
                "total_count": sum(
                    self._model(name).search_count(self._domain(name))
                    for name in _PHASES
                ),
            }
        )
        self.flush_recordset()

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
                ("state", "=", "running"),
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

    def _model(self, name):
        return self.env[name].sudo().with_context(active_test=False)

    def _domain(self, model_name):
        """The records of the run."""
        domain = Domain.TRUE
        if self.plan_id.company_id:
            domain &= Domain("company_id", "in", (self.plan_id.company_id.id, False))
        if model_name == "res.partner":
            domain &= self.env["res.partner"]._account_domain()
        elif not self.include_closed:
            domain &= Domain("won_status", "not in", ("won", "lost"))
        if self.only_missing:
            domain &= Domain("territory_set_id", "=", False)
        return domain & self._scope_domain(model_name)

    def _scope_domain(self, model_name):
        if self.scope == "filter":
            if self.filter_id.model_id != model_name:
                return Domain.FALSE
            return Domain(self.filter_id._get_eval_domain())
        if self.scope == "selection":
            if model_name == "crm.lead":
                return Domain("id", "in", self.lead_ids.ids)
            accounts = self.partner_ids.commercial_partner_id
            if self.is_dry:
                # what the leads would get from their accounts needs these first
                accounts |= self.lead_ids.partner_id.commercial_partner_id
            return Domain("id", "in", accounts.ids)
        return Domain.TRUE

    def _judge_batch(self):
        """Judge the next records in the order of their ids."""
        self.ensure_one()
        self.env.flush_all()  # what is judged already is no change of the run
        self.invalidate_recordset()  # another worker may have done the batch before
        compiled, outstanding = self._compiled()
        model = self._model(self.phase)
        ids = model.search(
            self._domain(self.phase) & Domain("id", ">", self.last_id),
            order="id",
            limit=self.batch_size,
        ).ids
        if ids:
            decisions = self._in_scope(
                model.with_context(
                    crm_territory_dry_run=self.is_dry and self.id
                )._decide(compiled, ids)
            )
            changed = self._apply(model, compiled, outstanding, decisions)
            self.write(
                {
                    "last_id": ids[-1],
                    "judged_count": self.judged_count + len(ids),
                    "changed_count": self.changed_count + len(changed),
                    "unchanged_count": self.unchanged_count + len(ids) - len(changed),
                    "unassigned_count": self.unassigned_count
                    + sum(not decision.set_id for decision in decisions),
                }
            )
        if len(ids) < self.batch_size:
            self._next_phase()
        self.flush_recordset()

    def _compiled(self):
        plans = self.env["crm.territory.plan"]
        if not self.is_dry:
            return plans._compiled_now()
        others = plans._active_plans().filtered(
            lambda plan: plan.company_id
            and self.plan_id.company_id
            and plan.company_id != self.plan_id.company_id
        )
        compiled = compiler.compile_plans(
            self.env, (self.plan_id | others).ids, fields.Date.today()
        )
        return compiled, {}

    def _in_scope(self, decisions):
        """Of a run over a territory: the records that are in its line, or would be."""
        if self.scope != "territory":
            return decisions
        line = self.env["crm.territory"].search(
            [("id", "child_of", self.territory_id.ids)]
        )
        set_ids = set(self.env["crm.territory.set"]._ids_with_any(line.ids))
        return [
            decision
            for decision in decisions
            if decision.set_id in set_ids or decision.matched.set_id in set_ids
        ]

    def _apply(self, model, compiled, outstanding, decisions):
        """Write and journal, or only journal. The decisions that change something."""
        if self.is_dry:
            changed = [decision for decision in decisions if decision.differs]
            self.env["crm.territory.move"]._record(model._name, changed, compiled, self)
            return changed
        # a run over everything marks the plan at its end, not each record
        noted = {} if self._is_complete() else outstanding
        changed = model._apply(compiled, noted, decisions, self)
        if changed and self.phase == "crm.lead":
            model.browse([d.matched.id for d in changed])._complete_from_territory()
        return changed

    def _is_complete(self):
        return self.scope == "all" and not self.only_missing and not self.is_dry

    def _next_phase(self):
        if self.phase == "res.partner":
            self.write({"phase": "crm.lead", "last_id": 0})
            return
        self.write({"state": "done", "date_end": fields.Datetime.now()})
        if self._is_complete():
            plan = self.plan_id.sudo()
            plan.run_version = max(plan.run_version, self.version)
            self.env["crm.territory.judgement"].sudo().search(
                [("plan_id", "=", plan.id), ("version", "<=", self.version)]
            ).unlink()
