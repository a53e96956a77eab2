from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from odoo.addons.base.models.res_partner import _tz_get

from ..boolean_search import boolean_search
from ..plans.copying import TreeCopy
from ..plans.gate import Gate
from ..plans.outstanding import count_outdated
from ..plans.simulations import Simulations
from ..plans.state_change import StateChange

# a change of one of these changes which records a plan judges, or how
_JUDGING_FIELDS = frozenset({"state", "company_id", "tz"})
# who sees a plan, and what is in it
_SHARING_FIELDS = frozenset({"state", "user_id", "shared_user_ids", "giving_way_to_id"})


class CrmTerritoryPlan(models.Model):
    """One whole tree of territories. The active plan is the one that assigns."""

    _name = "crm.territory.plan"
    _description = "Territory Plan"
    _inherit = [
        "crm.territory.guarded.mixin",
        "crm.territory.named.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
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
    shared_user_ids = fields.Many2many(
        "res.users",
        "crm_territory_plan_shared_rel",
        "plan_id",
        "user_id",
        string="Shared With",
        domain=[("share", "=", False)],
        copy=False,
        help="A draft and its simulations are seen by sales administrators, by the"
        " responsible and by these.",
    )
    user_plans = fields.Boolean(
        compute="_compute_user_plans", search="_search_user_plans"
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        default=lambda self: self._default_tz(),
        required=True,
        tracking=True,
        help="When a day of the plan begins and ends: for memberships, overrides and"
        " whatever else has dates.",
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
    upkeep_date = fields.Date(
        readonly=True,
        copy=False,
        help="The last day whose changes of memberships were applied.",
    )
    replaces_leader = fields.Boolean(
        "Give Web and Mail Leads to Members",
        default=True,
        help="Odoo gives leads of the web form, of mail aliases and of chats to the"
        " team leader where nobody else was chosen. Where the territory of such a lead"
        " has a policy, its member gets it instead.",
    )
    replaces_creator = fields.Boolean(
        "Give Imported Leads to Members",
        help="Odoo gives leads that are imported, or made by programs, without a"
        " salesperson to whoever makes them. Where the territory of such a lead has a"
        " policy, its member gets it instead.",
    )
    catch_up = fields.Boolean(
        string="Run Automatically After Changes",
        help="When the criteria have changed, a scheduled job runs the assignment.",
    )
    is_to_be_run = fields.Boolean(
        string="Run Needed",
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

    @api.model
    def _default_tz(self):
        return self.env.user.tz or self.env.company.partner_id.tz or "UTC"

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
    @api.depends_context("uid")
    def _compute_outdated_count(self):
        """For planners: it counts what others may not see."""
        may_know = self.env.user._shapes_all_territories()
        for plan in self:
            plan.outdated_count = (
                count_outdated(plan) if may_know and plan.is_to_be_run else 0
            )

    @api.depends_context("uid")
    @api.depends("user_id", "shared_user_ids")
    def _compute_user_plans(self):
        plans = self.filtered_domain(self._planned_domain())
        for plan in self:
            plan.user_plans = plan in plans

    def _search_user_plans(self, operator, value):
        return boolean_search(operator, value, self._planned_domain())

    @api.model
    def _hidden_drafts(self):
        """The drafts that the user does not see: ids. No query where they are known."""
        if self.env.user._shapes_all_territories():
            return frozenset()
        return self._drafts_of_others(self.env.uid)

    @api.model
    @ormcache("user_id", "self._since_change()")
    def _drafts_of_others(self, user_id):
        plans = self.sudo().with_context(active_test=False)
        others = ~(
            Domain("user_id", "=", user_id) | Domain("shared_user_ids", "in", [user_id])
        )
        return frozenset(plans.search(Domain("state", "=", "draft") & others).ids)

    @api.model
    def _planned_domain(self):
        """The plans whose drafts and simulations the user sees."""
        if self.env.user._shapes_all_territories():
            return Domain.TRUE
        user = self.env.uid
        return Domain("user_id", "=", user) | Domain("shared_user_ids", "in", [user])

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
        Gate(plans.filtered(lambda plan: plan.state == "active")).check()
        self._forget_compiled()
        return plans

    def write(self, vals):
        if vals.get("state") == "active":
            if "state" not in self._decided_by_engine():
                Gate(self.filtered(lambda plan: plan.state != "active")).check()
            for plan in self.sudo():
                plan.upkeep_date = plan._today()
        elif "company_id" in vals:
            Gate(self).check_company(vals["company_id"])
        result = super().write(vals)
        if "state" in vals:
            StateChange(self).follow()
        if not _JUDGING_FIELDS.isdisjoint(vals):
            self._bump_version()
        if self and not _SHARING_FIELDS.isdisjoint(vals):
            self._forget_compiled()
        return result

    def unlink(self):
        self.check_access("unlink")
        self.with_context(active_test=False).territory_ids.unlink()
        result = super().unlink()
        self._forget_compiled()
        return result

    def copy(self, default=None):
        """Copy the whole tree, with members, geography, rules and the decisions by hand
        that hold: no query for each territory.
        """
        copies = super().copy(default)
        for plan, copied in zip(self, copies, strict=True):
            TreeCopy(plan, copied).make()
        return copies

    # -- actions

    def action_archive_plan(self):
        self.state = "archived"

    def action_archive(self):
        self.action_archive_plan()

    def action_unarchive(self):
        self.action_reset_draft()

    def action_reset_draft(self):
        self.state = "draft"

    def action_simulate(self):
        """Simulate the plan over everything, and show it; the one that is going on, if
        one is.
        """
        return Simulations(self).show()

    @api.readonly
    def action_run(self):
        """Open a new run of the plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_run_action_new"
        )
        return dict(action, context={"default_plan_id": self.id})

    @api.readonly
    def action_view_territories(self):
        """Open the tree."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id(
            "crm_territory.crm_territory_action_tree"
        )
        return dict(action, context={"active_model": self._name, "active_id": self.id})
