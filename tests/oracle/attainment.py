"""What the report *Attainment by Territory* says: a slow, plain reading.

It knows nothing of rows that add up: the target of a group is looked for from its top.
"""

from .forecast import Oracle

OUTCOME = ("achieved", "open", "weighted")


class AttainmentOracle(Oracle):
    """The report as one user sees it: what is of the tree in use is there, also what
    was said and closed in former plans; what is in no tree any more, where it was.
    """

    def __init__(self, world, viewer_id):
        super().__init__(world, viewer_id, "then")
        self.of_today = Oracle(world, viewer_id, "credited")

    def place_of(self, deal):
        return self.of_today.place_of(deal)

    def successor(self, territory_id):
        return self.of_today.successor(territory_id) or territory_id

    # -- groups of territories

    def at_level(self, level):
        """The territories of a level; the roots are of the first one."""
        return [t for t in self.nodes() if len(list(self.line_up(t))) == level]

    def above_level(self, level):
        """The territories that lie above a level: grouped by it they stand for
        themselves, without what is below.
        """
        return [t for t in self.nodes() if len(list(self.line_up(t))) < level]

    def children(self, territory_id):
        return [
            t for t in self.nodes() if self.world.territories[t].parent == territory_id
        ]

    # -- targets

    def topmost_target(self, territory_id, user_id, start):
        """The target of the territory; if it has none, those of the topmost below."""
        own = self.target_of(territory_id, user_id, start)
        if own is not None:
            return own
        return self.sum_of_topmost(self.children(territory_id), user_id, start)

    def sum_of_topmost(self, territory_ids, user_id, start):
        found = [self.topmost_target(t, user_id, start) for t in territory_ids]
        found = [amount for amount in found if amount is not None]
        return sum(found) if found else None

    def not_handed_down(self, territory_id, start):
        """What a territory's own target leaves to itself."""
        own = self.target_of(territory_id, None, start)
        if own is None:
            return None
        below = self.sum_of_topmost(self.children(territory_id), None, start)
        return own - (below or 0)

    def sum_of_members(self, territory_ids, start):
        """The targets of all members, each looked for from the top."""
        found = [
            self.sum_of_topmost(territory_ids, user_id, start)
            for user_id in self.world.users
        ]
        found = [amount for amount in found if amount is not None]
        return sum(found) if found else None

    # -- opportunities

    def has_target(self, user_id, territory_id, start):
        """Whether what a member wins in the territory counts for a target of his."""
        return user_id is not None and any(
            self.target_of(above, user_id, start) is not None
            for above in self.line_up(territory_id)
        )

    def told_deals(self, start):
        """[(deal, its owner, whether it is of one's line, whether it counts for its
        owner)]
        """
        found = []
        for _start, is_frozen, deal in self.entries([start]):
            place = self.place_of(deal)
            if place in self.nodes():
                owner = self.owner_of_entry(is_frozen, deal)
                for_owner = self.has_target(owner, place, start)
                found.append((deal, owner, self.is_visible(place), for_owner))
        return found

    def outcome(self, start, is_in_group):
        """What came of it, of the opportunities in a group."""
        found = dict.fromkeys(OUTCOME, 0.0)
        of_members = None
        for deal, owner, is_of_line, for_owner in self.told_deals(start):
            if not is_in_group(deal, owner):
                continue
            value, is_won = self.value_of(deal), deal.status == "won"
            if is_of_line:
                found["achieved" if is_won else "open"] += value
                found["weighted"] += 0 if is_won else value * deal.probability / 100
            if for_owner:
                of_members = (of_members or 0) + (value if is_won else 0)
        return dict(found, member_achieved=of_members)

    # -- groups

    def of_territory(self, territory_id, start):
        """A territory with all below it."""
        return dict(
            self.outcome(
                start, lambda d, _o: territory_id in self.line_up(self.place_of(d))
            ),
            target=self.topmost_target(territory_id, None, start),
            member_target=self.sum_of_members([territory_id], start),
        )

    def of_credited(self, territory_id, start):
        """A territory without those below it."""
        return dict(
            self.outcome(start, lambda d, _o: self.place_of(d) == territory_id),
            target=self.not_handed_down(territory_id, start),
        )

    def of_user(self, user_id, start):
        """A salesperson in all territories."""
        return dict(
            self.outcome(start, lambda _d, owner: owner == user_id),
            member_target=self.sum_of_topmost(self.at_level(1), user_id, start),
        )

    def of_all(self, start):
        return dict(
            self.outcome(start, lambda _d, _o: True),
            target=self.sum_of_topmost(self.at_level(1), None, start),
            member_target=self.sum_of_members(self.at_level(1), start),
        )
