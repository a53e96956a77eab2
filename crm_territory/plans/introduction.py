"""How a plan takes the place of another one: *introduced*."""

from functools import cached_property

from odoo import fields
from odoo.exceptions import UserError, ValidationError

from .gate import Gate


class Introduction:
    """Of one plan, for who activates it.

    The switch is one transaction: the plans in its place are archived and give way,
    this one is active, its run is started. The run judges the records batch by batch.
    Until all are judged, those that are not yet are in territories of the plans that
    give way, which share until then: so everybody sees what the one plan or the other
    gives, and nothing else. Killed at any moment, it is the one state or the other; the
    run goes on.

    :param plan: in the environment of who activates it
    """

    def __init__(self, plan):
        self.plan = plan.ensure_one()
        self.env = plan.env

    @cached_property
    def replaced(self):
        """The plans in its place. Not all of them may be for who activates it."""
        return self.plan._excluded_plans().with_env(self.env)

    def check_place_is_free(self):
        """:raise ValidationError: another plan is active for the same company"""
        if self.replaced:
            raise ValidationError(
                self.env._(
                    "The plan “%(active)s” is active for the same company: archive it"
                    " before you activate “%(plan)s”.",
                    active=self.replaced.sudo()[0].name,
                    plan=self.plan.name,
                )
            )

    def start(self):
        """Put the plan in force, archive those in its place, and start the run that
        judges all records: the run.

        :raise AccessError: the user may not write the plan
        :raise UserError: it is active, or needs an approval, or a plan in its place is
            not the user's to archive
        """
        self._check_may_start()
        self._end_simulations()
        self._let_give_way()
        # it was checked, before the others were archived
        self.plan._as_engine("state").state = "active"
        self.plan.flush_recordset(["state"])
        run = self._start_run()
        self._tell()
        return run

    def _check_may_start(self):
        self.plan.check_access("write")
        if self.plan.state == "active":
            raise UserError(self.env._("“%s” is active already.", self.plan.name))
        Gate(self.plan).check()
        if not all(plan.has_access("write") for plan in self.replaced):
            raise UserError(
                self.env._(
                    "A plan of another company is in the place of “%s”, and you may not"
                    " archive it. Switch that company on, or ask somebody who manages"
                    " its sales.",
                    self.plan.name,
                )
            )

    def _end_simulations(self):
        """A simulation that goes on would not let the run start."""
        simulations = self.plan.run_ids.filtered(lambda run: run.state == "running")
        simulations._end(
            "cancelled", error=self.env._("The plan was activated meanwhile.")
        )
        simulations.flush_recordset()

    def _let_give_way(self):
        """Archive the others; they share what this one has not judged yet. What gives
        way to them gives way to this one, too.
        """
        self.replaced.sudo().giver_ids.giving_way_to_id = self.plan
        self.replaced.state = "archived"
        self.replaced.sudo().write(
            {
                "giving_way_to_id": self.plan.id,
                "giving_way_since": fields.Datetime.now(),
            }
        )
        # the database lets no two be active, not for a moment
        self.replaced.flush_recordset()

    def _start_run(self):
        run = self.env["crm.territory.run"].create({"plan_id": self.plan.id})
        run._start()
        self.plan.sudo().introduction_run_id = run
        run._work_soon()
        return run

    def _tell(self):
        """The chatter of each plan tells when, by whom, and in place of what."""
        names = ", ".join(self.replaced.mapped("name"))
        self.plan.message_post(
            body=self.env._(
                "Activated in place of: %s. A run judges all records.", names
            )
            if names
            else self.env._("Activated. A run judges all records.")
        )
        for plan in self.replaced:
            plan.message_post(
                body=self.env._(
                    "“%s” was activated in place of this plan.", self.plan.name
                )
            )
