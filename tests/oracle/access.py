"""Who may do what with a record: a slow, plain reading of DESIGN.md section 5.

It knows nothing of record rules, sets or SQL. Where the design leaves a choice, the
reading is that of ``docs/decisions/0002-who-sees-what.md``.
"""

from dataclasses import dataclass, field
from datetime import date

OPERATIONS = ("read", "write", "create", "unlink")


@dataclass(frozen=True)
class User:
    """``kind``: portal, internal (no sales rights), own, all, manager."""

    id: int
    name: str
    kind: str
    companies: frozenset[int]
    partner: int
    reports_to: int | None = None
    edits_contacts: bool = False
    deletes_leads: bool = False


@dataclass(frozen=True)
class Territory:
    id: int
    name: str
    parent: int | None
    permission: str
    is_active: bool
    plan_state: str
    company: int
    gives_way: bool = False  # its plan, until the next one has judged all records


@dataclass(frozen=True)
class Member:
    user: int
    territory: int
    is_manager: bool = False
    start: date | None = None
    end: date | None = None

    def is_current(self, today):
        return (self.start or today) <= today <= (self.end or today)


@dataclass(frozen=True)
class Team:
    leader: int | None
    is_active: bool
    members: frozenset[int]  # those whose membership is not archived


@dataclass(frozen=True)
class Lead:
    id: int
    owner: int | None
    territories: frozenset[int]
    company: int | None
    account: int | None = None
    active: bool = True
    status: str = "pending"


@dataclass(frozen=True)
class Partner:
    """An account, or a contact: ``account`` is then another partner."""

    id: int
    account: int
    owner: int | None  # of the partner itself: only that of the account counts
    territories: frozenset[int]
    company: int | None
    active: bool = True
    is_colleague: bool = False  # the partner of an internal user
    is_of_the_house: bool = False  # of an own company, or a colleague who left


@dataclass
class World:
    today: date
    users: dict[int, User] = field(default_factory=dict)
    territories: dict[int, Territory] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    leads: dict[int, Lead] = field(default_factory=dict)
    partners: dict[int, Partner] = field(default_factory=dict)


class Access:
    """The verdicts on a world, under settings.

    :param str unassigned: "everyone" or "managers"
    :param str accounts: "everyone" or "territory"
    """

    def __init__(self, world, unassigned, accounts):
        self.world = world
        self.unassigned = unassigned
        self.accounts = accounts
        self._rights = {}
        self._own_accounts = {}

    def may(self, user, operation, record):
        if isinstance(record, Lead):
            return self._may_lead(user, operation, record)
        return self._may_partner(user, operation, record)

    def is_in_line(self, user, territory_id):
        """Whether a membership of today tells the user of the past of the territory,
        which may be archived.
        """
        while territory_id is not None:
            for member in self.world.members:
                if (member.user, member.territory) == (user.id, territory_id):
                    if member.is_current(self.world.today):
                        return True
            territory_id = self.world.territories[territory_id].parent
        return False

    def knows_plan_of(self, user, territory):
        """Drafts are for those who plan them; other plans for all of the company."""
        if territory.company not in user.companies:
            return False
        return territory.plan_state != "draft" or user.kind == "manager"

    # -- leads and opportunities

    def _may_lead(self, user, operation, lead):
        if user.kind in ("portal", "internal"):
            return False
        if operation == "unlink" and not (user.kind == "manager" or user.deletes_leads):
            return False
        if lead.company is not None and lead.company not in user.companies:
            return False
        if user.kind in ("all", "manager"):
            return True
        if lead.owner is None and operation == "create":
            return True  # as in Odoo
        return self._is_shared(user, operation, lead)

    def _is_shared(self, user, operation, lead):
        if lead.owner == user.id:
            return True
        if lead.owner is None and not lead.territories:
            return self.unassigned == "everyone"
        if lead.owner is not None and self._is_superior(user, lead.owner):
            return True
        rights = self._rights_by_territory(user, lead.territories)
        return ("write" in rights) if operation != "read" else bool(rights)

    # -- accounts and contacts

    def _may_partner(self, user, operation, partner):
        if not self._has_right_to_partners(user, operation):
            return False
        if not (
            partner.is_colleague
            or partner.company is None
            or partner.company in user.companies
        ):
            return False
        if user.kind == "portal":
            return partner.id == user.partner or partner.account == user.partner
        if operation == "create":
            return True  # as in Odoo
        if user.kind != "own" or self.accounts == "everyone":
            return True
        return self._is_visible(user, partner)

    def _has_right_to_partners(self, user, operation):
        if operation == "read" or user.edits_contacts:
            return True
        return operation != "unlink" and user.kind in ("own", "all", "manager")

    def _is_visible(self, user, partner):
        if partner.is_colleague or partner.is_of_the_house:
            return True
        account = self.world.partners[partner.account]
        if account.owner is None and not account.territories:
            return True
        if account.owner is not None and (
            account.owner == user.id or self._is_superior(user, account.owner)
        ):
            return True
        if self._rights_by_territory(user, account.territories):
            return True
        return account.id in self._accounts_of_own_leads(user)

    def _accounts_of_own_leads(self, user):
        if user not in self._own_accounts:
            self._own_accounts[user] = {
                self.world.partners[lead.account].account
                for lead in self.world.leads.values()
                if lead.owner == user.id and lead.account
            }
        return self._own_accounts[user]

    # -- who is above whom

    def _is_superior(self, user, owner):
        for team in self.world.teams:
            if team.is_active and team.leader == user.id and owner in team.members:
                return True
        seen = set()
        above = self.world.users[owner].reports_to
        while above is not None and above not in seen:
            if above == user.id:
                return True
            seen.add(above)
            above = self.world.users[above].reports_to
        return False

    def _rights_by_territory(self, user, territories):
        """A set of "read" and "write": what the memberships of today give."""
        key = (user, territories)
        if key not in self._rights:
            self._rights[key] = self._find_rights(user, territories)
        return self._rights[key]

    def _find_rights(self, user, territories):
        rights = set()
        for territory_id in territories:
            for above in self._line(territory_id):
                for member in self.world.members:
                    if member.user != user.id or member.territory != above.id:
                        continue
                    if member.is_current(self.world.today):
                        rights.add("read")
                        if member.is_manager or above.permission == "write":
                            rights.add("write")
        return rights

    def _line(self, territory_id):
        """The territory and those above, as far up as they share."""
        while territory_id is not None:
            territory = self.world.territories[territory_id]
            shares = territory.plan_state == "active" or territory.gives_way
            if not territory.is_active or not shares:
                return
            yield territory
            territory_id = territory.parent
