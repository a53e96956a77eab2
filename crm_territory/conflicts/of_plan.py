"""All that is found of a plan."""

from functools import cached_property

from ..engine.overlaps import Overlaps, PlaceOf
from ..matching.reader import read_places
from .areas import areas_outside, of_areas
from .credit import of_credit
from .finding import (
    GAP,
    KINDS,
    MEMBER,
    MISSING,
    NEVER,
    OVERLAP,
    SEVERITIES,
    UNCREDITED,
    WITHIN,
)
from .gaps import Gaps
from .members import of_members
from .population import Population
from .rules import of_rules
from .shared import of_siblings
from .values import of_values

_FINDERS = {
    OVERLAP: [of_siblings],
    GAP: [lambda conflicts: Gaps(conflicts).findings()],
    NEVER: [of_rules, of_areas],
    UNCREDITED: [of_credit],
    WITHIN: [of_areas],
    MEMBER: [of_members],
    MISSING: [of_values],
}


class Conflicts:
    """Of one plan, for who asks: the records that count are those that he sees.

    :param plan: in his environment
    :param only_ids: the territories that are his to know about; None: all of the plan,
        and what concerns the plan as a whole
    :param bool with_ids: tell which records each finding is about
    """

    def __init__(self, plan, only_ids=None, with_ids=False):
        self.plan = plan
        self.env = plan.env
        self.only_ids = only_ids
        self.population = Population(plan, with_ids)
        self.tree = self.population.tree
        self.nodes = self.population.nodes
        self._siblings = {}

    def findings(self, kinds=KINDS):
        """List of Finding, the worst of each kind first. What other kinds need is not
        asked for.
        """
        finders = dict.fromkeys(find for kind in kinds for find in _FINDERS[kind])
        found = [each for find in finders for each in find(self) if each.kind in kinds]
        if self.only_ids is not None:
            found = [
                finding
                for finding in found
                if not self.only_ids.isdisjoint(finding.territory_ids)
            ]
        return sorted(
            found,
            key=lambda finding: (
                KINDS.index(finding.kind),
                SEVERITIES.index(finding.severity),
                -finding.tally.count,
                finding.text,
            ),
        )

    # -- what several kinds look at

    @cached_property
    def overlaps(self):
        """Of the places of all areas of the plan. What lies above a territory is meant
        to have something in common with it.
        """
        return Overlaps(
            self._read_places(),
            lambda one, other: one == other or bool(self.siblings(one, other)),
        )

    def places_of(self, territory_ids):
        """{territory id: its places}, of some territories."""
        return Overlaps(self._read_places(territory_ids)).of_territory

    def _read_places(self, territory_ids=None):
        rows = read_places(self.env, self.plan.id, territory_ids)
        return [place for place in map(PlaceOf._make, rows) if place[1] in self.nodes]

    @cached_property
    def areas_outside(self):
        return areas_outside(self)

    @cached_property
    def territories(self):
        """{id: territory}, all with one read."""
        found = self.env["crm.territory"].sudo().browse(self.nodes)
        found.fetch(["name", "complete_name", "type_id"])
        return {territory.id: territory for territory in found}

    def name(self, territory_id):
        return self.territories[territory_id].name

    def siblings(self, one, other):
        """Where the ways from the root to two territories part: the two territories of
        one parent; None if one lies above the other.
        """
        key = one, other
        if key not in self._siblings:
            self._siblings[key] = self._parting(one, other)
        return self._siblings[key]

    def _parting(self, one, other):
        lines = (
            list(self.tree.line(one))[::-1],
            list(self.tree.line(other))[::-1],
        )
        for pair in zip(*lines, strict=False):
            if pair[0] != pair[1]:
                return tuple(sorted(pair))
        return None
