"""Who may shape what: a slow, plain reading of design 5b and 5c, and of decision 0002.

It stands on the access oracle's reading of who sees and changes records, and knows
nothing of record rules, SQL or how the addons check it.
"""

from dataclasses import dataclass, field

from .access import Access, Lead

SELLERS = ("own", "all", "manager")


@dataclass
class Ground:
    """What shaping depends on, beside the world of the access oracle.

    ``bordered``: territories with criteria for accounts (areas or rules); ``opened``:
    those that a sales manager has opened to their managers; ``planners``: {territory:
    who is responsible for its plan, or is named by it}; ``responsible``: {territory:
    who is responsible for its plan}.
    """

    bordered: set[int] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)
    planners: dict[int, set[int]] = field(default_factory=dict)
    responsible: dict[int, int] = field(default_factory=dict)


class Shaping:
    """The verdicts on a world and its ground, under settings."""

    def __init__(self, world, ground, unassigned, accounts):
        self.world = world
        self.ground = ground
        self.access = Access(world, unassigned, accounts)

    # -- territories

    def knows(self, user, territory):
        """Whether the user reads the territory, its members and criteria: those of
        drafts are for sales managers and the planners.
        """
        if user.kind not in SELLERS or territory.company not in user.companies:
            return False
        return territory.plan_state != "draft" or self.plans(user, territory)

    def plans(self, user, territory):
        """Whether the user reads simulations of the plan."""
        if user.kind not in SELLERS or territory.company not in user.companies:
            return False
        named = self.ground.planners.get(territory.id, ())
        return user.kind == "manager" or user.id in named

    def may_edit_members(self, user, territory):
        return self._rules(user, territory) or (
            self.knows(user, territory) and bool(self._managed(user, territory))
        )

    def may_edit_criteria(self, user, territory):
        """Strictly below what one manages, where that has a border or was opened."""
        if self._rules(user, territory):
            return True
        return self.knows(user, territory) and any(
            self._has_border(managed) or managed.id in self.ground.opened
            for managed in self._managed(user, territory)
            if managed.id != territory.id
        )

    def may_move_border(self, user, territory):
        """The place, permission and opening of a territory: sales managers' alone."""
        return self._rules(user, territory)

    def _rules(self, user, territory):
        return user.kind == "manager" and territory.company in user.companies

    def _has_border(self, territory):
        return any(above.id in self.ground.bordered for above in self._up(territory.id))

    def _managed(self, user, territory):
        """The territories of the line, from this one up, that he manages today."""
        if user.kind not in SELLERS or territory.plan_state != "active":
            return []
        return [above for above in self._up(territory.id) if self._manages(user, above)]

    def _manages(self, user, territory):
        return any(
            member.is_manager and member.is_current(self.world.today)
            for member in self._memberships(user, territory)
        )

    def _belongs(self, user, territory):
        return any(
            member.is_current(self.world.today)
            for member in self._memberships(user, territory)
        )

    def _memberships(self, user, territory):
        for member in self.world.members:
            if (member.user, member.territory) == (user.id, territory.id):
                yield member

    def _up(self, territory_id):
        while territory_id is not None:
            territory = self.world.territories[territory_id]
            yield territory
            territory_id = territory.parent

    # -- overrides

    def may_override(self, user, record, territory, decision):
        if not self.knows(user, territory):
            return False
        if not self.access.may(user, "read", record):
            return False
        if self._rules(user, territory):
            return True
        if not self._managed(user, territory):
            return False
        return decision == "out" or self._may_put_in(user, record)

    def _may_put_in(self, user, record):
        if any(self._managed(user, lies) for lies in self._territories(record)):
            return True
        brought = [record, *self._open_leads(record)]
        return all(
            self._is_nobodys(each) or self.access.may(user, "write", each)
            for each in brought
        )

    @staticmethod
    def _is_nobodys(record):
        return not record.territories and record.owner is None

    def _territories(self, record):
        return [self.world.territories[id_] for id_ in record.territories]

    def _open_leads(self, record):
        if isinstance(record, Lead):
            return
        for lead in self.world.leads.values():
            if not lead.account or not lead.active or lead.status != "pending":
                continue
            if self.world.partners[lead.account].account == record.id:
                yield lead

    # -- requests

    def may_ask(self, user, record, territory):
        """For a territory that one is a member of, or that lies in what one manages,
        and that does not have the record yet.
        """
        if territory.plan_state != "active" or not self.knows(user, territory):
            return False
        if territory.id in record.territories:
            return False
        if not self.access.may(user, "read", record):
            return False
        if self._rules(user, territory) or self._belongs(user, territory):
            return True
        return bool(self._managed(user, territory))

    def may_decide(self, user, record, territory, requester):
        """Who has the record and sees it; for what lies in no territory, the
        responsible.
        """
        if not self.access.may(user, "read", record):
            return False
        if self._rules(user, territory):
            return True
        if user.kind not in SELLERS or territory.company not in user.companies:
            return False
        if user.id == requester:
            return False
        if not record.territories:
            return self.ground.responsible.get(territory.id) == user.id
        return any(self._managed(user, lies) for lies in self._territories(record))
