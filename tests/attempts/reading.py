"""Who may be told of what: a plain reading of the design, of values in ``cast.py``.

Who sees leads and accounts is read by the access oracle. What is added here is who
sees the other models' rows, each by the records and the territory that it is about.
"""

from tests.attempts import cast
from tests.oracle import access

# Odoo's default; the other choice is the oracle's.
UNASSIGNED = "everyone"
COVERED = {"alder": {"alder", "west", None}, "birch": {"birch", None}}


def territories_of(deal, company):
    """The names of the territories of a deal: those of its account, of the plans that
    cover it; and the one it was put in.
    """
    names = set()
    if deal.customer:
        names = {
            name
            for name in cast.CUSTOMERS[deal.customer].territories
            if company in COVERED[cast.PLANS[cast.PLACES[name].plan][0]]
        }
    return names | ({deal.by_hand} if deal.by_hand else set())


def company_of(deal):
    """The name of the company of a deal: its owner's, else its customer's."""
    if deal.owner:
        return cast.PEOPLE[deal.owner].companies[0]
    return cast.CUSTOMERS[deal.customer].company if deal.customer else None


class Reading:
    """What each user may be told, under a setting of who sees accounts."""

    def __init__(self, world, accounts):
        self.ids = world.ids
        self.world = self._oracle_world(world)
        self.access = access.Access(self.world, UNASSIGNED, accounts)

    def _oracle_world(self, world):
        users = {
            id_: self._user(name, id_, world.partners[id_])
            for name, id_ in world.users.items()
        }
        leads = {id_: self._lead(world, id_, deal) for id_, deal in world.leads.items()}
        leader, olga = world.users["leader"], world.users["olga"]
        return access.World(
            today=cast.TODAY,
            users=users,
            territories={
                id_: self._territory(name, id_)
                for name, id_ in world.territories.items()
            },
            members=cast.members(world.users, world.territories),
            teams=[access.Team(leader, True, frozenset({olga}))],
            leads=leads,
            partners=dict(self._partners(world)),
        )

    def _user(self, name, id_, partner_id):
        person = cast.PEOPLE[name]
        above = person.reports_to and self.ids["user"][person.reports_to]
        companies = frozenset(self.ids["company"][each] for each in person.companies)
        return access.User(id_, name, person.kind, companies, partner_id, above)

    def _territory(self, name, id_):
        place = cast.PLACES[name]
        company, is_active = cast.PLANS[place.plan]
        return access.Territory(
            id_,
            name,
            place.parent and self.ids["territory"][place.parent],
            place.permission,
            True,
            "active" if is_active else "draft",
            self.ids["company"][company],
        )

    def _lead(self, world, id_, deal):
        company = company_of(deal)
        territories = territories_of(deal, company)
        return access.Lead(
            id_,
            deal.owner and self.ids["user"][deal.owner],
            frozenset(self.ids["territory"][name] for name in territories),
            company and self.ids["company"][company],
            deal.customer and world.customers[deal.customer],
        )

    def _partners(self, world):
        for id_, customer in world.accounts.items():
            yield id_, self._partner(id_, id_, customer)
        for id_, account_id in world.contacts.items():
            yield id_, self._partner(id_, account_id, world.accounts[account_id])

    def _partner(self, id_, account_id, customer):
        company = customer.company and self.ids["company"][customer.company]
        owner = customer.owner and self.ids["user"][customer.owner]
        ids = (self.ids["territory"][name] for name in customer.territories)
        return access.Partner(id_, account_id, owner, frozenset(ids), company)

    # -- leads and accounts

    def user(self, name):
        return self.world.users[self.ids["user"][name]]

    def sees_lead(self, user, id_, operation="read"):
        return self.access.may(user, operation, self.world.leads[id_])

    def sees_partner(self, user, id_):
        """Partners that are not of the world (people, companies) are no secret."""
        partner = self.world.partners.get(id_)
        return partner is None or self.access.may(user, "read", partner)

    def is_told_of_account(self, user, id_):
        """An account's name is told by itself, and by each lead on it."""
        return self.sees_partner(user, id_) or any(
            lead.account == id_ and self.sees_lead(user, lead.id)
            for lead in self.world.leads.values()
        )

    # -- plans, and what is in them

    def sees_plan(self, user, plan):
        """Those of the company and of the one it is a branch of; drafts are for their
        planners.
        """
        company, is_active = cast.PLANS[plan]
        if user.kind not in ("own", "all", "manager"):
            return False
        branches = {name for name, above in cast.COMPANIES.items() if above == company}
        mine = {
            name for name, id_ in self.ids["company"].items() if id_ in user.companies
        }
        return bool(mine & {company, *branches}) and (
            is_active or user.kind == "manager"
        )

    def sees_territory(self, user, id_):
        [name] = [n for n, each in self.ids["territory"].items() if each == id_]
        return self.sees_plan(user, cast.PLACES[name].plan)

    def sees_target(self, user, row):
        """Of a forecast: all with all documents; else one's own and of people below,
        those of one's line, and all of what one manages.
        """
        if row["company_id"] not in user.companies:
            return False
        if user.kind in ("all", "manager"):
            return True
        owner, territory = row["user_id"], row["territory_id"]
        if owner and (owner == user.id or self.access._is_superior(user, owner)):
            return True
        if self._manages(user, territory):
            return True
        return not owner and self.access.is_in_line(user, territory)

    def _manages(self, user, territory):
        while territory is not None:
            for member in self.world.members:
                if (member.user, member.territory) == (user.id, territory):
                    if member.is_manager and member.is_current(cast.TODAY):
                        return True
            territory = self.world.territories[territory].parent
        return False
