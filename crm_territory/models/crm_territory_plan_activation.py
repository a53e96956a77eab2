from odoo import api, fields, models
from odoo.tools import ormcache

from ..compat import CACHE
from ..plans.giving_way import share_no_more
from ..plans.introduction import Introduction
from ..runs.states import RUNNING


class CrmTerritoryPlan(models.Model):
    """A plan that takes the place of another one, now or on its date, and one that
    gives way. How that goes is in ``plans/introduction`` and ``plans/dates``, what
    reports ask meanwhile in ``plans/giving_way``.
    """

    _inherit = "crm.territory.plan"

    giving_way_to_id = fields.Many2one(
        "crm.territory.plan",
        string="Gives Way To",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The plan that took its place. Until that one has judged all records, this"
        " one shares those that it has not come to.",
    )
    giving_way_since = fields.Datetime(readonly=True, copy=False)
    introduction_run_id = fields.Many2one(
        "crm.territory.run",
        string="Introduced By",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The run that judged, or judges, all records when the plan was activated.",
    )
    giver_ids = fields.One2many(
        "crm.territory.plan",
        "giving_way_to_id",
        string="In Place Of",
        context={"active_test": False},
    )
    is_being_introduced = fields.Boolean(compute="_compute_introduction")
    introduction_total = fields.Integer(
        "Records to Judge", compute="_compute_introduction"
    )
    introduction_done = fields.Integer("Judged", compute="_compute_introduction")
    introduction_progress = fields.Float(
        compute="_compute_introduction", help="In percent."
    )
    introduction_state = fields.Selection(
        related="introduction_run_id.state", string="State of the Introduction"
    )
    scheduled_by_id = fields.Many2one(
        "res.users",
        string="Activated on Its Date By",
        readonly=True,
        copy=False,
        help="Whoever wants the plan to be activated on its start date: with the rights"
        " of this user it is.",
    )
    ends_on_date = fields.Boolean(
        "Archive After the End Date",
        copy=False,
        tracking=True,
        help="On the day after its end date, an active plan is archived, unless another"
        " one is about to take its place.",
    )

    @api.depends("giver_ids", "introduction_run_id.state")
    @api.depends_context("uid")
    def _compute_introduction(self):
        """How far the run is; how many records that are is for planners: it counts what
        others may not see.
        """
        may_know = self.env.user._shapes_all_territories()
        for plan in self:
            run = plan.sudo().introduction_run_id
            plan.is_being_introduced = plan.state == "active" and (
                run.state == RUNNING or bool(plan.sudo().giver_ids)
            )
            done = min(run.seen_count, run.total_count)
            plan.introduction_progress = run.progress
            plan.introduction_total = may_know and run.total_count
            plan.introduction_done = may_know and done

    # -- what shares, until all is judged

    def _shares(self):
        """Whether members see what is in its territories."""
        self.ensure_one()
        return self.state == "active" or bool(self.sudo().giving_way_to_id)

    @api.model
    @ormcache(cache=CACHE)
    def _ids_giving_way(self):
        """Of all companies, the latest first: see ``giving_way.GivingWay``."""
        plans = self.sudo().with_context(active_test=False)
        order = "giving_way_since desc, id desc"
        return plans.search([("giving_way_to_id", "!=", False)], order=order)._ids

    def _end_introduction(self):
        """All records are judged: those that gave way share no more."""
        share_no_more(self.sudo().giver_ids)

    # -- what is in its place

    def _excluded_plans(self):
        """The active plans beside which this one cannot be active: of the same company,
        or shared by all. Of all companies, whoever asks.
        """
        self.ensure_one()
        others = self._active_plans() - self
        if not self.company_id:
            return others
        companies = (self.company_id, self.company_id.browse())
        return others.filtered(lambda plan: plan.company_id in companies)

    # -- actions

    def action_activate(self):
        """Put plans in force beside which no other is; nothing is judged by that."""
        self.check_access("write")
        for plan in self:
            Introduction(plan).check_place_is_free()
            plan.state = "active"

    def introduce(self):
        """Put the plan in force, archive those in its place, and start the run that
        judges all records: one transaction.

        :return: the id of the run
        """
        return Introduction(self).start().id

    def action_introduce(self):
        """Open the dialog that activates the plan, or asks for its approval."""
        self.ensure_one()
        return self.env["crm.territory.activation"]._open_for(self)

    def action_unschedule(self):
        """Not on its date, after all."""
        self.check_access("write")
        for plan in self.filtered("scheduled_by_id"):
            plan.sudo().scheduled_by_id = False
            plan.message_post(
                body=self.env._("Is not going to be activated on its start date.")
            )

    def action_continue_introduction(self):
        """Go on with the run where somebody cancelled it, or it failed."""
        self.ensure_one()
        return self.introduction_run_id.action_continue()

    @api.readonly
    def action_view_introduction(self):
        self.ensure_one()
        return self.introduction_run_id._action_open()
