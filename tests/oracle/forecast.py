"""What a forecast says: a slow, plain reading of DESIGN.md section 6.

It knows nothing of SQL, record rules or roll-ups: every figure is a loop over all
opportunities. Where the design leaves a choice, the reading is that of
``docs/decisions/0005-totals-hold-only-what-one-may-open.md``.
"""

from datetime import timedelta

from .forecast_reader import SIZES, Reader


class Oracle(Reader):
    """The board as one user sees it, in one of the readings."""

    # -- deals

    def counts(self, deal):
        return self.counts_somewhere(deal) and self.day_of(deal) is not None

    def counts_somewhere(self, deal):
        """In a period, or, if it is open, without a day in none."""
        return (
            deal.kind == "opportunity"
            and (deal.status == "won" or deal.status == "pending" and deal.active)
            and deal.category != "omitted"
            and self.owner_of(deal) not in self.world.left_out_users
        )

    def owner_of(self, deal):
        """Whose it is; a won one, but as is, whose it was when it was won."""
        if deal.status == "won" and deal.won_by and self.tree != "today":
            return deal.won_by
        return deal.owner

    def category_of(self, deal):
        if deal.status == "won":
            return "achieved"
        return "commit" if deal.category == "won" else deal.category

    def entries(self, starts, is_readable=True):
        """[(first day, whether it is frozen, deal)] of what the viewer may read, or
        may not, in periods.
        """
        found = []
        for start in starts:
            if start in self.world.frozen:
                found += [
                    (start, True, line)
                    for line in self.world.frozen[start]
                    if self.can_read_frozen(line) == is_readable
                    and self.frozen_owner(line) not in self.world.left_out_users
                ]
            else:
                found += [
                    (start, False, deal)
                    for deal in self.world.deals
                    if self.counts(deal)
                    and self.can_open(deal) == is_readable
                    and self.is_within(self.day_of(deal), start)
                ]
        return found

    def frozen_owner(self, line):
        return line.won_by if line.status == "won" and line.won_by else line.owner

    def owner_of_entry(self, is_frozen, deal):
        return self.frozen_owner(deal) if is_frozen else self.owner_of(deal)

    def kept(self, entries, among):
        """Those that a total holds: of a deal the one that is not frozen; if all are,
        the latest.
        """
        last = {}
        for _start, is_frozen, deal in among:
            order = (not is_frozen, self.day_of(deal))
            last[deal.id] = max(last.get(deal.id, order), order)
        return [
            (start, is_frozen, deal)
            for start, is_frozen, deal in entries
            if (not is_frozen, self.day_of(deal)) == last[deal.id]
        ]

    def place_of(self, deal):
        """The territory that the tree counts a deal in."""
        if (
            self.tree == "today"
            and deal.status == "won"
            and not self.is_kept_by(deal.territory)
            and self.is_in_use(deal.territory_of_account)
        ):
            return deal.territory_of_account
        if self.tree == "then" or deal.territory is None:
            return deal.territory
        if self.is_left_out(deal.territory):
            return deal.territory
        return self.successor(deal.territory) or deal.territory

    def value_of(self, deal):
        rates = self.world.rates.get(deal.company or self.world.company)
        if not rates:
            return deal.amount
        day = self.day_of(deal) or self.world.today
        until = [rate for since, rate in rates if since <= day]
        return deal.amount / (until[-1] if until else rates[0][1])

    def entries_in(self, territory_id, user_id, entries):
        return [
            (start, is_frozen, deal)
            for start, is_frozen, deal in entries
            if user_id in (None, self.owner_of_entry(is_frozen, deal))
            and self.is_inside(deal, territory_id)
        ]

    def undated_in(self, territory_id, user_id):
        """The open ones without a day."""
        return [
            deal
            for deal in self.world.deals
            if self.counts_somewhere(deal)
            and deal.status == "pending"
            and deal.deadline is None
            and self.can_open(deal)
            and user_id in (None, deal.owner)
            and self.is_inside(deal, territory_id)
        ]

    def is_inside(self, deal, territory_id):
        place = self.place_of(deal)
        return (
            place is not None
            and place in self.nodes()
            and territory_id in self.line_up(place)
        )

    # -- targets

    def successor(self, territory_id):
        """Where in the tree a territory is found again."""
        if territory_id in self.nodes() or not self.is_today:
            return territory_id
        lineage = self.world.territories[territory_id].lineage
        for other in self.world.territories.values():
            if other.lineage == lineage and self.is_in_use(other.id):
                return other.id
        return None

    def target_of(self, territory_id, user_id, start):
        """Its own target; else that of its latest predecessor."""
        if self.is_left_out(territory_id):
            return None
        found = [
            (target.territory == territory_id, target.territory, target.amount)
            for target in self.world.targets
            if target.user == user_id
            and target.start == start
            and self.can_read(target)
            and target.user not in self.world.left_out_users
            and not self.is_left_out(target.territory)
            and self.successor(target.territory) == territory_id
        ]
        return max(found)[2] if found else None

    def holders(self, territory_id, starts):
        """The members and those who have targets."""
        members = {u for t, u, _manages in self.world.members if t == territory_id}
        targets = {
            user_id
            for user_id in self.world.users
            for start in starts
            if self.target_of(territory_id, user_id, start) is not None
        }
        return {
            user_id
            for user_id in members | targets
            if user_id not in self.world.left_out_users
        }

    # -- the board

    def rows(self, starts):
        """The keys of the rows that are shown."""
        nodes = self.nodes()
        if not self.is_today:
            told = {
                node
                for node in nodes
                if any(
                    self.target_of(node, user_id, start) is not None
                    for user_id in (None, *self.world.users)
                    for start in starts
                )
                or any(
                    self.place_of(deal) == node
                    for _start, _is_frozen, deal in self.entries(starts)
                )
                or any(
                    self.place_of(deal) == node for deal in self.undated_in(node, None)
                )
            }
            nodes = [
                node for node in nodes if any(node in self.line_up(t) for t in told)
            ]
        for node in nodes:
            if self.is_visible(node):
                yield node, None
            for user_id in self.holders(node, starts):
                if self.can_see_member(node, user_id):
                    yield node, user_id

    def figures(self, territory_id, user_id, start):
        entries = self.entries_in(territory_id, user_id, self.entries([start]))
        found = self.sums(entries)
        weighted = found["weighted"]
        target = self.target_of(territory_id, user_id, start)
        opened = found["commit"] + found["best"] + found["pipeline"]
        found.update(
            target=target,
            is_target_set=target is not None,
            open=opened,
            landing=found["achieved"] + weighted,
            mismatch=None,
            achieved_rate=None,
            shortage_rate=None,
            closing_gap=None,
            uncovered_gap=None,
            coverage=None,
        )
        if target is not None:
            left = target - found["achieved"]
            found["closing_gap"] = left
            found["uncovered_gap"] = left - weighted
            parts = None if user_id else self.parts(territory_id, start)
            found["mismatch"] = None if parts is None else target - parts
            if target:
                found["achieved_rate"] = found["achieved"] / target
                found["shortage_rate"] = max(0, left - opened) / target
            if left > 0.004:
                found["coverage"] = opened / left
        return found

    def sums(self, entries):
        names = ("achieved", "commit", "best", "pipeline", "weighted", "overdue")
        found = dict.fromkeys(names, 0.0)
        for _start, _is_frozen, deal in entries:
            value = self.value_of(deal)
            found[self.category_of(deal)] += value
            if deal.status != "won":
                found["weighted"] += value * deal.probability / 100
                found["overdue"] += value if self.day_of(deal) < self.world.today else 0
        return found

    def total(self, territory_id, user_id, starts):
        """The sums of all periods: of each deal once."""
        everything = self.entries(starts)
        entries = self.entries_in(territory_id, user_id, everything)
        undated = self.undated_in(territory_id, user_id)
        return dict(
            self.sums(self.kept(entries, everything)),
            undated=sum(self.value_of(deal) for deal in undated),
        )

    def parts(self, territory_id, start):
        """What children and members are to achieve, for who may see all of them."""
        if not (self.viewer.sees_all or self.is_mine(territory_id, as_manager=True)):
            return None
        found = [
            self.target_of(node, None, start)
            for node in self.nodes()
            if self.world.territories[node].parent == territory_id
        ] + [
            self.target_of(territory_id, user_id, start) for user_id in self.world.users
        ]
        found = [amount for amount in found if amount is not None]
        return sum(found) if found else None

    def is_partial(self, territory_id, starts):
        return any(
            self.is_inside(deal, territory_id)
            for _start, _is_frozen, deal in self.entries(starts, is_readable=False)
        )

    def lost(self, starts):
        """{achieved, open} of territories that are in no tree any more."""
        if not self.is_today:
            return {"achieved": 0.0, "open": 0.0}
        return self.outside(
            starts,
            lambda place: (
                place is not None
                and not self.is_in_use(place)
                and not self.is_left_out(place)
            ),
        )

    def unplaced(self, starts):
        """{achieved, open} of no territory."""
        return self.outside(starts, lambda place: place is None)

    def outside(self, starts, is_there):
        everything = self.entries(starts)
        found = [entry for entry in everything if is_there(self.place_of(entry[2]))]
        sums = self.sums(self.kept(found, everything))
        opened = sums["commit"] + sums["best"] + sums["pipeline"]
        return {"achieved": sums["achieved"], "open": opened}


def last_day(start, period):
    """The last day of a period."""
    day = start
    for _month in range(SIZES[period]):
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day - timedelta(days=1)
