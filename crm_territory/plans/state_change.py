"""What follows from a change of the state of plans."""

from .giving_way import share_no_more


class StateChange:
    """Of plans, after it was written, by whatever way.

    :param plans: of any environment; what follows needs no right
    """

    def __init__(self, plans):
        self.plans = plans.sudo()

    def follow(self):
        """Forget what waited for the state before, and end the runs of what is not
        active any more.
        """
        self._end_sharing_for_comment()
        self._end_giving_way()
        self._forget_dates()
        self._end_runs()

    @property
    def _not_active(self):
        return self.plans.filtered(lambda plan: plan.state != "active")

    def _end_sharing_for_comment(self):
        """What is no draft any more is not shared, nor if it becomes one again."""
        shared = self.plans.filtered("comment_by_id")
        shared.filtered(lambda plan: plan.state != "draft").comment_by_id = False

    def _end_giving_way(self):
        """What is not archived gives way to nobody, to what is not active nobody gives
        way.
        """
        back = self.plans.filtered(lambda plan: plan.state != "archived")
        share_no_more(back.filtered("giving_way_to_id") | self._not_active.giver_ids)

    def _forget_dates(self):
        scheduled = self.plans.filtered("scheduled_by_id")
        if scheduled:
            scheduled.scheduled_by_id = False

    def _end_runs(self):
        """They end as soon as they are worked."""
        if gone := self._not_active:
            gone.run_ids.filtered(lambda run: run.state == "running")._work_soon()
