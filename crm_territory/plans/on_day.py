"""Who works a plan on a day."""

from functools import cached_property

from odoo.fields import Domain


class OnDay:
    """A plan as it is on one of its days, for who asks.

    :param plan: in the environment of who asks
    :param day: a date
    """

    def __init__(self, plan, day):
        self.plan = plan
        self.env = plan.env
        self.day = day

    @classmethod
    def first(cls, plan):
        """On the day that it is when the plan begins: today at the earliest."""
        today = plan._today()
        return cls(plan, max(plan.date_start or today, today))

    @cached_property
    def members(self):
        """Who is a member then."""
        members = self.env["crm.territory.member"]
        domain = Domain("plan_id", "=", self.plan.id)
        domain &= Domain("user_id.active", "=", True)
        domain &= Domain("date_start", "=", False) | Domain(
            "date_start", "<=", self.day
        )
        domain &= Domain("date_end", "=", False) | Domain("date_end", ">=", self.day)
        return members.search(domain)

    @property
    def unmanned(self):
        """The territories that have no member then, and none above who has."""
        manned = set(self.members.territory_id.ids)
        return self.plan.territory_ids.filtered(
            lambda territory: (
                territory.active and manned.isdisjoint(territory._path_ids())
            )
        )
