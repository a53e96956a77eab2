from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..compat import CACHE
from .crm_territory_run import CANCELLED, RUNNING


class CrmTerritoryPlan(models.Model):
    """How a plan takes the place of another one: *introduced*.

    The switch is one transaction: the plans in its place are archived and give way,
    this one is active, its run is started. The run judges the records batch by batch.
    Until all are judged, those that are not yet are in territories of the plans that
    give way, which share until then: so everybody sees what the one plan or the other
    gives, and nothing else. Killed at any moment, it is the one state or the other; the
    run goes on.
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

    # -- what shares

    def _shares(self):
        """Whether members see what is in its territories."""
        self.ensure_one()
        return self.state == "active" or bool(self.sudo().giving_way_to_id)

    @api.model
    def _sharing_domain(self):
        """The plans that share, see there."""
        return Domain("state", "=", "active") | Domain("giving_way_to_id", "!=", False)

    @api.model
    def _giving_way(self):
        """The plans that give way to another, the latest first, archived ones too: no
        query while there are none.
        """
        plans = self.sudo().with_context(active_test=False)
        return plans.browse(self._ids_giving_way()).exists()

    @api.model
    @ormcache(cache=CACHE)
    def _ids_giving_way(self):
        plans = self.sudo().with_context(active_test=False)
        order = "giving_way_since desc, id desc"
        return plans.search([("giving_way_to_id", "!=", False)], order=order)._ids

    # -- where its records are, meanwhile

    @api.model
    def _is_in_use_sql(self, alias):
        """Whether a plan is one in which reports tell records, of whatever company: an
        active one, but while it is being introduced the one before.

        :param alias: of the table of plans
        """
        givers = {}
        for giver in self._giving_way():
            givers.setdefault(giver.company_id, giver)
        return SQL(
            "(%(id)s = ANY(%(giver_ids)s)"
            " OR %(state)s = 'active' AND %(id)s <> ALL(%(waiting_ids)s))",
            id=SQL.identifier(alias, "id"),
            state=SQL.identifier(alias, "state"),
            giver_ids=[giver.id for giver in givers.values()],
            waiting_ids=[giver.giving_way_to_id.id for giver in givers.values()],
        )

    def _before_introduction(self, name):
        """Where records were before they were moved by the runs that introduce these
        plans.

        :param name: of the column of moves: lead_id or partner_id
        :return: a query of rows (id, territory_id), one for each record moved; None if
            no run introduces these
        """
        runs = self.sudo().introduction_run_id
        if not runs:
            return None
        self.env["crm.territory.move"].flush_model()
        return SQL(
            "SELECT DISTINCT ON (%(name)s) %(name)s AS id,"
            " territory_before_id AS territory_id FROM crm_territory_move"
            " WHERE run_id = ANY(%(run_ids)s) AND %(name)s IS NOT NULL"
            " ORDER BY %(name)s, crm_territory_move.id",
            name=SQL.identifier(name),
            run_ids=runs.ids,
        )

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

    def _check_no_other_active(self):
        self.ensure_one()
        other = self._excluded_plans()
        if other:
            raise ValidationError(
                self.env._(
                    "The plan “%(active)s” is active for the same company: archive it"
                    " before you activate “%(plan)s”.",
                    active=other[0].name,
                    plan=self.name,
                )
            )

    # -- the switch

    def action_activate(self):
        """Put plans in force beside which no other is; nothing is judged by that."""
        self.check_access("write")
        for plan in self:
            plan._check_no_other_active()
            plan.state = "active"

    def introduce(self):
        """Put the plan in force, archive those in its place, and start the run that
        judges all records: one transaction.

        :return: the id of the run
        """
        self.ensure_one()
        return self._introduce().id

    def _introduce(self):
        """See `introduce`: the run."""
        self.ensure_one()
        self._check_may_be_introduced()
        replaced = self._excluded_plans().with_env(self.env)
        self._end_simulations()
        replaced._give_way_to(self)
        # it was checked, before the others were archived
        self._as_engine("state").state = "active"
        self.flush_recordset(["state"])
        run = self._start_introduction()
        self._tell_introduction(replaced)
        return run

    def _check_may_be_introduced(self):
        self.check_access("write")
        if self.state == "active":
            raise UserError(self.env._("“%s” is active already.", self.name))
        self._check_may_be_active()
        for plan in self._excluded_plans().with_env(self.env):
            if not plan.has_access("write"):
                raise UserError(
                    self.env._(
                        "A plan of another company is in the place of “%s”, and you may"
                        " not archive it. Switch that company on, or ask somebody who"
                        " manages its sales.",
                        self.name,
                    )
                )

    def _end_simulations(self):
        """A simulation that goes on would not let the run start."""
        simulations = self.run_ids.filtered(lambda run: run.state == RUNNING)
        simulations._end(
            CANCELLED, error=self.env._("The plan was activated meanwhile.")
        )
        simulations.flush_recordset()

    def _give_way_to(self, plan):
        """Be archived, and share what the other plan has not judged yet. What gives way
        to these gives way to that one, too.
        """
        self.sudo().giver_ids.giving_way_to_id = plan
        self.state = "archived"
        self.sudo().write(
            {"giving_way_to_id": plan.id, "giving_way_since": fields.Datetime.now()}
        )
        # the database lets no two be active, not for a moment
        self.flush_recordset()

    def _start_introduction(self):
        run = self.env["crm.territory.run"].create({"plan_id": self.id})
        run._start()
        self.sudo().introduction_run_id = run
        run._work_soon()
        return run

    def _tell_introduction(self, replaced):
        """The chatter of each plan tells when, by whom, and in place of what."""
        names = ", ".join(replaced.mapped("name"))
        self.message_post(
            body=self.env._(
                "Activated in place of: %s. A run judges all records.", names
            )
            if names
            else self.env._("Activated. A run judges all records.")
        )
        for plan in replaced:
            plan.message_post(
                body=self.env._("“%s” was activated in place of this plan.", self.name)
            )

    # -- its end

    def _end_introduction(self):
        """All records are judged: those that gave way share no more."""
        givers = self.sudo().giver_ids
        givers.write({"giving_way_to_id": False, "giving_way_since": False})

    def _forget_what_waited(self):
        """After a change of the state: what is not archived gives way to nobody, to
        what is not active nobody gives way, and no date waits for it any more.
        """
        plans = self.sudo()
        back = plans.filtered(lambda plan: plan.state != "archived")
        gone = plans.filtered(lambda plan: plan.state != "active")
        over = back.filtered("giving_way_to_id") | gone.giver_ids
        if over:
            over.write({"giving_way_to_id": False, "giving_way_since": False})
        scheduled = plans.filtered("scheduled_by_id")
        if scheduled:
            scheduled.scheduled_by_id = False

    # -- actions

    def action_introduce(self):
        """Open the dialog that activates the plan, or asks for its approval."""
        self.ensure_one()
        return self.env["crm.territory.activation"]._open_for(self)

    def action_continue_introduction(self):
        """Go on with the run where somebody cancelled it, or it failed."""
        self.ensure_one()
        return self.introduction_run_id.action_continue()

    @api.readonly
    def action_view_introduction(self):
        self.ensure_one()
        return self.introduction_run_id._action_open()
