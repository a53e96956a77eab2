"""Which places of a plan have something in common, or lie within one another: plain
Python on the beginnings of place codes, without a query.
"""

from collections import defaultdict
from functools import cached_property
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


class Overlaps:
    """The pairs of places that have something in common.

    >>> france, paris = PlaceOf(1, 10, "FR"), PlaceOf(2, 20, "FR75")
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
        self._by_prefix = defaultdict(lambda: defaultdict(list))
        self._beginnings = set()
        for number, place in enumerate(places):
            buckets = self._by_prefix[place.prefix]
            buckets[place.state_id, place.city].append(number)
            for length in range(2, len(place.prefix) + 1):
                self._beginnings.add(place.prefix[:length])

    @cached_property
    def pairs(self):
        """List of (inner, outer): the outer as wide or wider, each pair once."""
        return [
            (inner, self.places[number])
            for position, inner in enumerate(self.places)
            for number in self._outer(position, inner)
        ]

    def begins(self, code):
        """Whether some place begins with the code."""
        return code in self._beginnings

    def _outer(self, position, inner):
        """The numbers of the places that are as wide or wider, each pair once."""
        for length in range(2, len(inner.prefix) + 1):
            buckets = self._by_prefix.get(inner.prefix[:length])
            for key in self._keys(buckets, inner) if buckets else ():
                for number in buckets[key]:
                    if length < len(inner.prefix) or number < position:
                        yield number

    @staticmethod
    def _keys(buckets, inner):
        states = {inner.state_id, None} if inner.state_id else None
        cities = {inner.city, None} if inner.city else None
        if states and cities:
            wanted = [(state, city) for state in states for city in cities]
            return [key for key in wanted if key in buckets]
        return [
            (state, city)
            for state, city in list(buckets)
            if (not states or state in states) and (not cities or city in cities)
        ]

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
        """The pairs of areas of which one lies wholly in the other: {(id of the inner,
        id of the outer)}; of two that hold each other, the later in the earlier.
        """
        sizes = defaultdict(int)
        for place in self.places:
            sizes[place.area_id] += 1
        held = defaultdict(set)
        for inner, outer in self.pairs:
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
