"""What a world does to whole plans: one judges no more, or another one does."""

from .pick import at


class PlanChanges:
    """Methods of ``Play``; their arguments are what ``worlds.py`` drew."""

    def _activate_plan(self, number, _other):
        at(self.plans, number).action_activate()

    def _replace_plan(self, number, _other):
        """What a program does that has prepared the next year's plan."""
        plan = at(self.plans, number)
        active = self.plans.filtered(lambda other: other.state == "active") - plan
        active.filtered(
            lambda other: (
                not (other.company_id and plan.company_id)
                or other.company_id == plan.company_id
            )
        ).action_archive_plan()
        plan.action_activate()

    def _introduce_plan(self, number, _other):
        """In one step; its run goes on until the changes are made."""
        at(self.plans, number).introduce()

    def _archive_plan(self, number, _other):
        at(self.plans, number).action_archive_plan()

    def _draft_plan(self, number, _other):
        at(self.plans, number).action_reset_draft()

    def _copy_plan(self, number, _other):
        if len(self.plans) < MOST_PLANS:
            copy = at(self.plans, number).copy()
            self.plans |= copy
            self.territories |= self.env["crm.territory"].search(
                [("plan_id", "=", copy.id)], order="id"
            )

    def _move_plan(self, number, other):
        """To another company, or to all of them."""
        companies = [*self.cast.companies, False]
        at(self.plans, number).company_id = companies[other % 3]

    def _delete_plan(self, number, _other):
        if len(self.plans) > 1:
            at(self.plans, number).unlink()
            self.plans = self.plans.exists()
            self.territories = self.territories.exists()


MOST_PLANS = 4
