"""Which places of a plan have something in common, or lie within one another: plain
Python on the beginnings of place codes, without a query.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from functools import cached_property
from itertools import chain
from typing import NamedTuple


class PlaceOf(NamedTuple):
    """One place of an area, see crm.territory.area.place."""

    area_id: int
    territory_id: int
    prefix: str
    state_id: int | None = None
    city: str | None = None  # the key by which names of cities are compared
    city_name: str | None = None

    def meets(self, other):
        """Whether a record may be in both, if one prefix begins with the other."""
        return all(
            mine == others or mine is None or others is None
            for mine, others in (
                (self.state_id, other.state_id),
                (self.city, other.city),
            )
        )

    def holds(self, other):
        """Whether all that is in the other is here, if its prefix begins with mine."""
        return self.state_id in (None, other.state_id) and self.city in (
            None,
            other.city,
        )

    def common(self, other):
        """What lies in both, as a place; None for nothing."""
        prefix = max(self.prefix, other.prefix, key=len)
        if not (
            prefix.startswith(self.prefix)
            and prefix.startswith(other.prefix)
            and self.meets(other)
        ):
            return None
        return self._replace(
            prefix=prefix,
            state_id=self.state_id or other.state_id,
            city=self.city or other.city,
            city_name=self.city_name or other.city_name,
        )


# (an attribute of a tuple takes three times as long, and there are very many)
_PREFIX, _STATE, _CITY = map(PlaceOf._fields.index, ("prefix", "state_id", "city"))


class Overlaps:
    """The pairs of places that have something in common.

    >>> france, paris = PlaceOf(1, 10, "FR"), PlaceOf(2, 10, "FR75")
    >>> found = Overlaps([france, paris, PlaceOf(3, 30, "DE")])
    >>> [(inner.area_id, outer.area_id) for inner, outer in found.pairs]
    [(2, 1)]
    >>> found.within()
    {(2, 1)}
    >>> found.begins("FR7"), found.begins("FR9")
    (True, False)

    :param places: list of PlaceOf
    """

    def __init__(self, places):
        self.places = places

    @cached_property
    def _prefixes(self):
        """Those of the places, each once, sorted."""
        return sorted(self._by_prefix)

    @cached_property
    def _by_prefix(self):
        """{prefix: places in their order}"""
        found = defaultdict(list)
        for place in self.places:
            found[place[_PREFIX]].append(place)
        return found

    @cached_property
    def pairs(self):
        """List of (inner, outer): the outer as wide or wider, each pair once. What a
        prefix begins with was sorted right before it.
        """
        found = []
        around = []  # of the prefixes that the present one begins with: (it, places)
        buckets = _Buckets()
        for prefix in self._prefixes:
            while around and not prefix.startswith(around[-1][0]):
                around.pop()
            places = self._by_prefix[prefix]
            for outer_prefix, outers in around:
                for inner in places:
                    meeting = buckets.meeting(inner, outer_prefix, outers)
                    found += [(inner, outer) for outer in meeting]
            if len(places) > 1:
                ranks = {id(place): rank for rank, place in enumerate(places)}
                found += [
                    (place, other)
                    for place in places
                    for other in buckets.meeting(place, prefix, places)
                    if ranks[id(other)] < ranks[id(place)]
                ]
            around.append((prefix, places))
        return found

    def begins(self, code):
        """Whether some place begins with the code."""
        rank = bisect_left(self._prefixes, code)
        return rank < len(self._prefixes) and self._prefixes[rank].startswith(code)

    def narrowed(self, place, territory_ids):
        """What of a place lies in each of the territories, too: generator of PlaceOf.

        >>> found = [PlaceOf(1, 10, "FR75"), PlaceOf(2, 20, "FR", city="paris")]
        >>> place, = Overlaps(found).narrowed(PlaceOf(3, 30, "FR"), [10, 20])
        >>> place.prefix, place.city
        ('FR75', 'paris')
        """
        for id_ in territory_ids:
            if any(
                outer.holds(place)
                for length in range(2, len(place.prefix) + 1)
                for outer in self._by_territory[id_].get(place.prefix[:length], ())
            ):
                continue
            for of_prefix in self._by_territory[id_].values():
                for other in of_prefix:
                    if common := place.common(other):
                        yield from self.narrowed(common, territory_ids)
            return
        yield place

    @cached_property
    def _by_territory(self):
        """{territory id: {prefix: its places}}"""
        found = defaultdict(lambda: defaultdict(list))
        for place in self.places:
            found[place.territory_id][place.prefix].append(place)
        return found

    def within(self):
        """The pairs of areas of a territory of which one lies wholly in the other: {(id
        of the inner, id of the outer)}; of two that hold each other, the later in the
        earlier.
        """
        sizes = Counter(place.area_id for place in self.places)
        held = defaultdict(set)
        for inner, outer in self.pairs:
            if inner.territory_id != outer.territory_id:
                continue
            for one, other in ((inner, outer), (outer, inner)):
                is_in = one.prefix.startswith(other.prefix) and other.holds(one)
                if is_in and one.area_id != other.area_id:
                    held[one.area_id, other.area_id].add(one)
        found = {pair for pair, places in held.items() if len(places) == sizes[pair[0]]}
        return {
            (inner, outer)
            for inner, outer in found
            if (outer, inner) not in found or inner > outer
        }


class _Buckets(dict):
    """The places of prefixes, by state and city: looked up by these where the other has
    any, as there may be thousands. {prefix: {(state, city): places}}
    """

    def meeting(self, place, prefix, places):
        """Those of a prefix that have something in common with another place."""
        state, city = place[_STATE], place[_CITY]
        if state is None and city is None:
            return places
        if prefix not in self:
            self[prefix] = by_key = defaultdict(list)
            for other in places:
                by_key[other.state_id, other.city].append(other)
        by_key = self[prefix]
        if state and city:
            wanted = [(s, c) for s in (state, None) for c in (city, None)]
        else:
            wanted = [
                key
                for key in by_key
                if (not state or key[0] in (state, None))
                and (not city or key[1] in (city, None))
            ]
        return chain.from_iterable(by_key.get(key, ()) for key in wanted)
