"""What simulations of a plan tell of it."""

from odoo.exceptions import UserError

from ..runs.shown import Shown

# of more records that were written since a simulation, it is not found out which of
# them would get something else
_MOST_JUDGED = 20_000


class Simulations:
    """Of one plan, over everything.

    :param plan: in the environment of who asks
    """

    def __init__(self, plan):
        self.plan = plan.ensure_one()
        self.env = plan.env
        self.runs = self.env["crm.territory.run"]

    def start(self):
        """Simulate the plan, as soon as this is committed: the run."""
        run = self.runs.create({"plan_id": self.plan.id, "is_dry": True})
        run._start()
        run._work_soon()
        return run

    def show(self):
        """The action that shows the one that goes on, or a new one."""
        of_plan = [("plan_id", "=", self.plan.id), ("is_dry", "=", True)]
        going_on = self.runs.search([*of_plan, ("state", "=", "running")], limit=1)
        if going_on:
            return going_on._action_open()
        run = self.runs.create({"plan_id": self.plan.id, "is_dry": True})
        return run.action_start()

    def current(self, with_running=False):
        """The newest simulation of everything by the criteria as they are, that has
        ended, and whose moves are still kept.

        :param bool with_running: also one that goes on
        """
        states = ["done", "running"] if with_running else ["done"]
        run = self.runs.search(
            [
                ("plan_id", "=", self.plan.id),
                ("is_dry", "=", True),
                ("scope", "=", "all"),
                ("only_missing", "=", False),
                ("state", "in", states),
                ("version", "=", self.plan.version),
            ],
            limit=1,
        )
        moves = self.env["crm.territory.move"].sudo()
        is_forgotten = run.changed_count and not moves.search_count(
            [("run_id", "=", run.id)], limit=1
        )
        return run.browse() if is_forgotten else run

    def doubt_about(self, simulation):
        """Why a simulation may not tell what will happen, in words; empty if it does,
        and without one.
        """
        if not simulation:
            return ""
        if simulation.changed_since_count > _MOST_JUDGED:
            return self.env._(
                "Records that were written since this simulation: %s. Simulate again:"
                " what it shows may not be what the plan would do now.",
                simulation.changed_since_count,
            )
        return Shown(simulation).why_it_does_not_hold()

    def check_current_holds(self):
        """Let nobody activate what the last simulation did not show.

        :raise UserError: there is none of the criteria as they are
        :raise RedirectWarning: the plan would not do what it showed
        """
        simulation = self.current()
        if not simulation:
            raise UserError(
                self.env._(
                    "It is not known any more who would see what: simulate “%s” again.",
                    self.plan.name,
                )
            )
        simulation._check_holds()
