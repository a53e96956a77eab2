"""The world of the oracle of forecasts, and how a user reads its tree: periods, places,
and who sees what.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")
SIZES = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Territory:
    id: int
    parent: int | None
    plan: str  # "active" or "archived"
    is_active: bool
    lineage: int
    has_opportunity_rules: bool


@dataclass(frozen=True)
class User:
    id: int
    sees_all: bool
    companies: frozenset[int]
    reports_to: int | None = None


@dataclass(frozen=True)
class Deal:
    id: int
    kind: str
    active: bool
    status: str
    category: str
    amount: float
    probability: float
    company: int | None
    owner: int | None
    territory: int | None
    territory_of_account: int | None
    deadline: date | None
    closed: datetime | None  # UTC, without a zone
    won_by: int | None = None


@dataclass(frozen=True)
class Target:
    territory: int
    user: int | None
    start: date
    amount: float


@dataclass
class World:
    territories: dict[int, Territory]
    users: dict[int, User]
    members: list[tuple[int, int, bool]]  # territory, user, is manager; today's
    deals: list[Deal]
    targets: list[Target]
    # of the forecast
    company: int
    zone: str
    period: str
    fiscal_month: int
    left_out_territories: frozenset[int]
    left_out_users: frozenset[int]
    # {first day of a frozen period: the deals in it, as they were then}
    frozen: dict[date, list[Deal]]
    today: date
    # {company: [(day, what one unit of the forecast's currency is there)]}, by day
    rates: dict[int, list[tuple[date, float]]] = field(default_factory=dict)


class Reader:
    """What one user sees of the tree, and what lies in it, in one of the readings.

    :param tree: *credited* and *today* are of the tree in use, *then* of all trees
    """

    def __init__(self, world, viewer_id, tree):
        self.world = world
        self.viewer = world.users[viewer_id]
        self.tree = tree
        self.is_today = tree != "then"

    # -- time

    def periods(self, first, last):
        """The first days of the periods that touch the time."""
        size = SIZES[self.world.period]
        starts = [
            date(year, month, 1)
            for year in range(2010, 2025)
            for month in range(1, 13)
            if (month - self.world.fiscal_month) % size == 0
        ]
        ends = starts[1:]
        return [
            start
            for start, end in zip(starts, ends, strict=False)
            if start <= last and end > first
        ]

    def is_within(self, day, start):
        months = start.year * 12 + start.month - 1
        return (
            months <= day.year * 12 + day.month - 1 < months + SIZES[self.world.period]
        )

    def day_of(self, deal):
        if deal.status != "won":
            return deal.deadline
        if deal.closed is None:
            return None
        moment = deal.closed.replace(tzinfo=UTC)
        return moment.astimezone(ZoneInfo(self.world.zone)).date()

    # -- the tree

    def line_up(self, territory_id):
        """The territory and all above it."""
        while territory_id is not None:
            yield territory_id
            territory_id = self.world.territories[territory_id].parent

    def is_left_out(self, territory_id):
        left_out = {
            self.world.territories[t].lineage for t in self.world.left_out_territories
        }
        return any(
            self.world.territories[t].lineage in left_out
            for t in self.line_up(territory_id)
        )

    def is_in_use(self, territory_id):
        territory = self.world.territories.get(territory_id)
        return territory and territory.plan == "active" and territory.is_active

    def is_kept_by(self, territory_id):
        """Whether deals are there for themselves, not for their account."""
        return (
            self.is_in_use(territory_id)
            and self.world.territories[territory_id].has_opportunity_rules
        )

    def nodes(self):
        return [
            territory_id
            for territory_id in self.world.territories
            if not self.is_left_out(territory_id)
            and (self.is_in_use(territory_id) or not self.is_today)
        ]

    def is_mine(self, territory_id, as_manager=False):
        line = set(self.line_up(territory_id))
        return any(
            territory in line and user == self.viewer.id and (manages or not as_manager)
            for territory, user, manages in self.world.members
        )

    def is_visible(self, territory_id):
        return self.viewer.sees_all or self.is_mine(territory_id)

    # -- who sees what

    def is_below_me(self, user_id):
        seen = set()
        while user_id and user_id not in seen:
            seen.add(user_id)
            user = self.world.users.get(user_id)
            user_id = user and user.reports_to
            if user_id == self.viewer.id:
                return True
        return False

    def can_open(self, deal):
        if deal.company and deal.company not in self.viewer.companies:
            return False
        if self.viewer.sees_all or deal.owner == self.viewer.id:
            return True
        if deal.owner and self.is_below_me(deal.owner):
            return True
        if deal.territory is None:
            return deal.owner is None
        return bool(self.is_in_use(deal.territory)) and self.is_mine(deal.territory)

    def is_mine_by_lineage(self, territory_id, as_manager=False):
        """Also what a territory of mine was in a former plan."""
        own = self.world.territories[territory_id]
        return self.is_mine(territory_id, as_manager) or (
            own.plan == "archived"
            and any(
                other.lineage == own.lineage and self.is_mine(other.id, as_manager)
                for other in self.world.territories.values()
            )
        )

    def can_read(self, target):
        return (
            self.viewer.sees_all
            or target.user == self.viewer.id
            or bool(target.user and self.is_below_me(target.user))
            or (target.user is None and self.is_mine_by_lineage(target.territory))
            or self.is_mine_by_lineage(target.territory, as_manager=True)
        )

    def can_read_frozen(self, line):
        """Who may open the deal today, and is of the line or has it for himself."""
        [deal] = [deal for deal in self.world.deals if deal.id == line.id]
        owner = line.won_by or line.owner
        return self.can_open(deal) and (
            self.viewer.sees_all
            or self.is_mine_by_lineage(line.territory)
            or owner == self.viewer.id
            or bool(owner and self.is_below_me(owner))
        )

    def can_see_member(self, territory_id, user_id):
        return (
            self.viewer.sees_all
            or user_id == self.viewer.id
            or self.is_below_me(user_id)
            or self.is_mine(territory_id, as_manager=True)
        )
