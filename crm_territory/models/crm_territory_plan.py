from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache
from odoo.tools.sql import table_exists

from ..engine import compiler
from ..engine.boolean_search import boolean_search


class CrmTerritoryPlan(models.Model):
    """One whole tree of territories. The active plan is the one that assigns."""

    _name = "crm.territory.plan"
    _description = "Territory Plan"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, name, id"

    name = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("archived", "Archived")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    active = fields.Boolean(compute="_compute_active", store=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        tracking=True,
        default=lambda self: self.env.company,
        help="Judges the records of this company and those of no company."
        " Empty: a shared plan, that judges the records of every company.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
        help="Gets an activity when a rule of the plan stops working.",
    )
    date_start = fields.Date(tracking=True)
    date_end = fields.Date(tracking=True)
    description = fields.Html()
    territory_ids = fields.One2many("crm.territory", "plan_id", string="Territories")
    territory_count = fields.Integer(compute="_compute_territory_count")
    run_ids = fields.One2many("crm.territory.run", "plan_id", string="Runs")
    version = fields.Integer(
        default=1,
        required=True,
        readonly=True,
        copy=False,
        help="Goes up with every change of the criteria.",
    )
    revision = fields.Integer(
        default=1,
        required=True,
        readonly=True,
        copy=False,
        help="Goes up with every change that assignment reads, members included.",
    )
    run_version = fields.Integer(
        default=0,
        required=True,
        readonly=True,
        copy=False,
        help="The version of the criteria that the last run over everything applied.",
    )
    catch_up = fields.Boolean(
        string="Catch Up Automatically",
        help="When the criteria have changed, a scheduled job runs the assignment.",
    )
    is_to_be_run = fields.Boolean(
        string="To Be Run",
        compute="_compute_is_to_be_run",
        search="_search_is_to_be_run",
    )
    outdated_count = fields.Integer(
        string="Records Judged by Older Criteria", compute="_compute_outdated_count"
    )
    broken_rule_count = fields.Integer(compute="_compute_broken_rule_count")

    _one_active = models.Constraint(
        """EXCLUDE USING gist (
            (CASE WHEN company_id IS NULL THEN int4range(1, NULL)
                  ELSE int4range(company_id, company_id, '[]') END) WITH &&
        ) WHERE (state = 'active')""",
        "Another plan is active for this company: archive it first. A company has"
        " one active plan, or all companies share one.",
    )
    _date_order = models.Constraint(
        "CHECK (date_start <= date_end)", "A plan cannot end before it starts."
    )

    @api.depends("state")
    def _compute_active(self):
        for plan in self:
            plan.active = plan.state != "archived"

    def _compute_territory_count(self):
        counts = dict(
            self.env["crm.territory"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.territory_count = counts.get(plan, 0)

    @api.depends("version", "run_version", "state")
    def _compute_is_to_be_run(self):
        for plan in self:
            plan.is_to_be_run = plan.state == "active" and (
                plan.version > plan.run_version
            )

    def _search_is_to_be_run(self, operator, value):
        self.flush_model(["version", "run_version"])
        to_be_run = Domain("state", "=", "active") & Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s > %s",
                SQL.identifier(alias, "version"),
                SQL.identifier(alias, "run_version"),
            ),
            predicate=lambda plan: plan.version > plan.run_version,
        )
        return boolean_search(operator, value, to_be_run)

    @api.depends("version", "run_version", "state")
    def _compute_outdated_count(self):
        for plan in self:
            plan.outdated_count = plan._count_outdated() if plan.is_to_be_run else 0

    def _compute_broken_rule_count(self):
        counts = dict(
            self.env["crm.territory.rule"]._read_group(
                [("plan_id", "in", self.ids), ("error", "!=", False)],
                ["plan_id"],
                ["__count"],
            )
        )
        for plan in self:
            plan.broken_rule_count = counts.get(plan, 0)

    # -- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        if any(plan.state == "active" for plan in plans):
            self._forget_compiled()
        return plans

    def write(self, vals):
        result = super().write(vals)
        if not {"state", "company_id"}.isdisjoint(vals):
            self._bump_version()
        return result

    def unlink(self):
        self.check_access("unlink")
        self.with_context(active_test=False).territory_ids.unlink()
        result = super().unlink()
        self._forget_compiled()
        return result

    def copy_data(self, default=None):
        return [
            dict(values, name=self.env._("%s (copy)", plan.name))
            if "name" not in (default or {})
            else values
            for plan, values in zip(self, super().copy_data(default), strict=True)
        ]

    def copy(self, default=None):
        """Copy the whole tree, with members, geography and rules."""
        copies = super().copy(default)
        for plan, copied in zip(self, copies, strict=True):
            twins = {}
            territories = plan.with_context(active_test=False).territory_ids
            for territory in territories.sorted("depth"):
                twins[territory] = territory.copy(
                    {
                        "name": territory.name,
                        "code": territory.code,
                        "plan_id": copied.id,
                        "parent_id": twins[territory.parent_id].id
                        if territory.parent_id
                        else False,
                    }
                )
        return copies

    # -- the plans that judge

    @api.model
    def _active_plans(self):
        return self.sudo().search([("state", "=", "active")])

    @api.model
    def _current_plan(self):
        """The plan that one most likely works on: the active one of the company, else
        the only draft.
        """
        plans = self.search([("company_id", "in", (self.env.company.id, False))])
        active = plans.filtered(lambda plan: plan.state == "active")
        return active[:1] or (plans if len(plans) == 1 else plans.browse())

    @api.model
    def _compiled(self):
        """The active plans, compiled. Without a query when nothing has changed."""
        return self._compiled_on(fields.Date.today())

    @ormcache("today", cache="stable")
    def _compiled_on(self, today):
        is_leaving = getattr(self.env.registry, "crm_territory_is_leaving", False)
        if is_leaving or not table_exists(self.env.cr, self._table):
            return compiler.nothing()
        plans = self._active_plans()
        return compiler.compile_plans(self.env, plans.ids, today)

    @api.model
    def _watched(self):
        """{model: {field: set of (judged model, path)}} of the active plans."""
        return self._compiled().watched

    @api.model
    def _forget_compiled(self):
        """Compile anew in every worker, from the end of this transaction on."""
        self.env.registry.clear_cache("stable")

    def _bump_revision(self):
        """Something that assignment reads has changed: compile anew in every thread."""
        for plan in self.sudo():
            plan.revision += 1
        self._forget_compiled()

    def _bump_version(self):
        """The criteria have changed: records are judged by an older version now."""
        if self:
            for plan in self.sudo():
                plan.version += 1
            self._bump_revision()

    @api.model
    def _compiled_now(self):
        """The active plans as they stand in the database. 1 query if nothing changed.

        Another thread may compile between a change of the criteria and its commit and
        would keep what it saw: the revisions tell.

        :return: Compiled, and {plan id: version} of the plans whose criteria changed
            since the last run over everything
        """
        self.flush_model(["state", "revision", "version", "run_version"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, revision, version, run_version FROM crm_territory_plan"
                " WHERE state = 'active'"
            )
        )
        if self._compiled().revisions != {row[0]: row[1] for row in rows}:
            self._forget_compiled()
        outstanding = {
            plan_id: version
            for plan_id, _revision, version, run_version in rows
            if version > run_version
        }
        compiled = self._compiled()
        if compiled.errors.keys() - compiled.told:
            compiled.told.update(compiled.errors)
            self._check_rules_soon()
        return compiled, outstanding

    # -- what is outstanding

    def _count_outdated(self):
        """The records in the scope of the plan that its version has not judged."""
        self.ensure_one()
        judged = self.env["crm.territory.judgement"].sudo()
        return sum(
            self.env[model_name]
            .sudo()
            .with_context(active_test=False)
            .search_count(self._scope_domain(model_name))
            - judged.search_count(
                [
                    ("plan_id", "=", self.id),
                    ("res_model", "=", model_name),
                    ("version", "=", self.version),
                ]
            )
            for model_name in ("res.partner", "crm.lead")
        )

    def _scope_domain(self, model_name):
        """The records that the plan judges: closed opportunities are not outdated."""
        self.ensure_one()
        domain = Domain.TRUE
        if self.company_id:
            domain &= Domain("company_id", "in", (self.company_id.id, False))
        if model_name == "res.partner":
            return domain & self.env["res.partner"]._account_domain()
        return domain & Domain("won_status", "not in", ("won", "lost"))

    # -- actions

    def action_activate(self):
        for plan in self:
            plan._check_no_other_active()
            plan.state = "active"

    def _check_no_other_active(self):
        self.ensure_one()
        other = self._active_plans() - self
        if self.company_id:
            other = other.filtered(
                lambda plan: plan.company_id
                in (self.company_id, plan.browse().company_id)
            )
        if other:
            raise ValidationError(
                self.env._(
                    "The plan “%(active)s” is active for the same company: archive it"
                    " before you activate “%(plan)s”.",
                    active=other[0].name,
                    plan=self.name,
                )
            )

    def action_archive_plan(self):
        self.state = "archived"

    def action_archive(self):
        self.action_archive_plan()

    def action_unarchive(self):
        self.action_reset_draft()

    def action_reset_draft(self):
        self.state = "draft"

    def action_run(self):
        """Open a new run of the plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_run_action_new"
        )
        return dict(action, context={"default_plan_id": self.id})

    def action_view_territories(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_action"
        )
        return dict(
            action,
            domain=[("plan_id", "=", self.id)],
            context={"default_plan_id": self.id},
        )

    def run_all(self):
        """Judge everything within the running transaction.

        :return: the runs, one for each plan
        """
        runs = self.env["crm.territory.run"].create(
            [{"plan_id": plan.id, "include_closed": True} for plan in self]
        )
        for run in runs:
            run._start()
            while run.state == "running":
                run._judge_batch()
        return runs

    # -- rules that stopped working

    @api.model
    def _check_rules_soon(self):
        self.env.ref("crm_territory.crm_territory_upkeep_cron")._trigger()

    @api.model
    def _cron_upkeep(self):
        """Every day: what time alone changes, and rules that stopped working."""
        self.env["crm.territory.rule"]._check_all()
        self.env["crm.territory.override"]._judge_expired()
        self.env["crm.territory.member"]._judge_started_and_ended()

    @api.model
    def _cron_catch_up(self):
        """Run what is outstanding, for plans whose admin wants so."""
        plans = self._active_plans().filtered(
            lambda plan: plan.catch_up and plan.is_to_be_run
        )
        for plan in plans:
            if not plan.run_ids.filtered(lambda run: run.state == "running"):
                self.env["crm.territory.run"].create({"plan_id": plan.id})._start()
        self.env["crm.territory.run"]._cron_continue()
