"""The dates of a plan, where somebody wants them to act."""

from datetime import datetime, time, timedelta

import pytz

from odoo.exceptions import AccessError, MissingError, RedirectWarning, UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from .introduction import Introduction

UPKEEP = "crm_territory.crm_territory_upkeep_cron"
_NOT_ACTIVATED = "crm_territory.mail_activity_plan_not_activated"


def wake_at_midnight(env):
    """Let the upkeep begin when the next day does, in each zone of a plan for which
    that matters.
    """
    cron = env.ref(UPKEEP).sudo()
    plans = env["crm.territory.plan"].sudo()
    with_days = Domain("state", "=", "active") | Domain("scheduled_by_id", "!=", False)
    for tz in {plan.tz for plan in plans.search(with_days)}:
        zone = pytz.timezone(tz)
        tomorrow = datetime.now(zone).date() + timedelta(days=1)
        midnight = zone.localize(datetime.combine(tomorrow, time(0, 1)))
        at = midnight.astimezone(pytz.utc).replace(tzinfo=None)
        domain = Domain("cron_id", "=", cron.id) & Domain("call_at", "=", at)
        if not env["ir.cron.trigger"].sudo().search_count(domain, limit=1):
            cron._trigger(at=at)


class Dates:
    """Of one plan: it is activated on its first day, archived after its last one. Days
    are those of its time zone.

    :param plan: in the environment of who wants that; of the scheduled job, with all
        rights
    """

    def __init__(self, plan):
        self.plan = plan.ensure_one()
        self.env = plan.env

    # -- what somebody wants

    def schedule(self):
        """Let the plan be activated on its start date.

        :raise UserError: it has none, or is active
        """
        plan = self.plan
        plan.check_access("write")
        if plan.state == "active":
            raise UserError(self.env._("“%s” is active already.", plan.name))
        if not plan.date_start:
            raise UserError(self.env._("“%s” has no start date: enter one.", plan.name))
        plan.sudo().scheduled_by_id = self.env.user
        plan.message_post(
            body=self.env._(
                "Is going to be activated on its start date, %s.",
                format_date(self.env, plan.date_start),
            )
        )
        wake_at_midnight(self.env)
        if self.has_begun:
            self.env.ref(UPKEEP)._trigger()

    # -- what the scheduled job finds

    @property
    def has_begun(self):
        """Whether its first day has come."""
        start = self.plan.date_start
        return bool(start) and start <= self.plan._today()

    @property
    def is_over(self):
        """Whether its last day is past."""
        end = self.plan.date_end
        return bool(end) and end < self.plan._today()

    def introduce(self):
        """Activate the plan with the rights of whoever wanted it. If it cannot be, its
        responsible is told why, once, and it is tried again next time.
        """
        user = self.plan.scheduled_by_id
        plan = self.plan.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids, lang=user.lang
        )
        try:
            with self.env.cr.savepoint():
                if not user.active:
                    raise UserError(self.env._("%s is archived.", user.name))
                Introduction(plan).start()
        except (AccessError, MissingError, RedirectWarning, UserError) as error:
            self.env.invalidate_all()
            self._tell_not_activated(error.args[0])

    def _tell_not_activated(self, reason):
        if not self.plan.activity_search([_NOT_ACTIVATED]):
            self.plan.activity_schedule(
                _NOT_ACTIVATED,
                user_id=(self.plan.user_id or self.plan.scheduled_by_id).id,
                note=self.env._("It was to be activated today: %s", reason),
            )

    def archive(self):
        """After its last day; told in its chatter."""
        self.plan.state = "archived"
        self.plan.message_post(body=self.env._("Archived after its end date."))
