"""What the days change."""

import logging
from datetime import timedelta
from functools import partial

from odoo.fields import Domain

from .dates import Dates, wake_at_midnight

_logger = logging.getLogger(__name__)


class Upkeep:
    """Of all plans, every hour, and just after midnight in their zones: what is due
    since the last time. Days that the job missed are made up for.

    :param env: of the scheduled job
    """

    def __init__(self, env):
        self.env = env
        self.plans = env["crm.territory.plan"]

    def run(self):
        """All of it; a part that fails is logged."""
        rules = self.env["crm.territory.rule"]
        overrides = self.env["crm.territory.override"]
        requests = self.env["crm.territory.request"]
        self._do_apart([rules._check_all, self._follow_dates])
        parts = [overrides._judge_expired, requests._call_deciders_of_today]
        parts += [partial(self._begin_day, plan) for plan in self.plans._active_plans()]
        self._do_apart(parts)
        wake_at_midnight(self.env)

    def _do_apart(self, parts):
        """A part that fails stops no other."""
        for part in parts:
            try:
                with self.env.cr.savepoint():
                    part()
            except Exception:
                _logger.exception("upkeep of territories: %s failed", part)

    def _follow_dates(self):
        """Activate what is due, the earliest first; then archive what is over, but for
        what waits for a plan that could not be activated.
        """
        plans = self.plans.sudo().with_context(active_test=False)
        waiting = plans.search(
            Domain("scheduled_by_id", "!=", False) & Domain("state", "!=", "active"),
            order="date_start, id",
        )
        due = waiting.filtered(lambda plan: Dates(plan).has_begun)
        self._do_apart([partial(self._introduce, plan) for plan in due])
        late = due.filtered("scheduled_by_id")
        awaited = plans.browse().union(*(plan._excluded_plans() for plan in late))
        for plan in self.plans._active_plans() - awaited:
            if plan.ends_on_date and Dates(plan).is_over:
                Dates(plan).archive()

    def _introduce(self, plan):
        Dates(plan).introduce()

    def _begin_day(self, plan):
        """What changes with the days since the last turn: who is a member, and what
        rules that name relative days take.
        """
        today = plan._today()
        last = plan.upkeep_date or today - timedelta(days=1)
        if last >= today:
            return
        plan.env["crm.territory.member"]._judge_started_and_ended(plan, last, today)
        if plan.id in plan._compiled().relative_plan_ids:
            plan._bump_version()
        plan.upkeep_date = today
