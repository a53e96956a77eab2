"""Which places of a plan have something in common, or lie within one another: plain
Python on the beginnings of place codes, without a query.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from functools import cached_property
from itertools import chain, groupby
from operator import itemgetter
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
_TERRITORY, _PREFIX, _STATE, _CITY = map(
    PlaceOf._fields.index, ("territory_id", "prefix", "state_id", "city")
)


class Overlaps:
    """The pairs of places that have something in common.

    >>> france, paris = PlaceOf(1, 10, "FR"), PlaceOf(2, 10, "FR75")
    >>> found = Overlaps([france, paris, PlaceOf(3, 30, "DE")])
    >>> [(inner.area_id, outer.area_id) for inner, outer in found.pairs]
    [(2, 1)]
    >>> found.within()
    {(2, 1)}
    >>> Overlaps(found.places, lambda one, other: one != other).pairs
    []
    >>> found.begins("FR7"), found.begins("FR9")
    (True, False)

    :param places: list of PlaceOf
    :param is_asked: function that says of two ids of territories whether the pairs of
        their places are of interest; most places lie in one of a territory above, of
        which nobody asks
    """

    def __init__(self, places, is_asked=lambda one, other: True):
        self.places = places
        self._is_asked = is_asked
        self._indexed = {}  # {territory id: _ByPrefix}

    @cached_property
    def _sorted(self):
        """The places by prefix: what a prefix begins with is right before it."""
        return sorted(self.places, key=itemgetter(_PREFIX))

    @cached_property
    def pairs(self):
        """List of (inner, outer): the outer as wide or wider, each pair once."""
        found = []
        around = []  # of the prefixes that the present one begins with: (it, places)
        asked = {}  # (territory id, prefix around): whether some pair is
        buckets = _Buckets()
        by_prefix = groupby(self._sorted, itemgetter(_PREFIX))  # pylint: disable=bad-builtin-groupby
        for prefix, places in by_prefix:
            while around and not prefix.startswith(around[-1][0]):
                around.pop()
            places = list(places)
            for outer_prefix, outers in around:
                for inner in places:
                    key = inner[_TERRITORY], outer_prefix
                    if key not in asked:
                        asked[key] = self._is_any_asked(inner, outers)
                    if asked[key]:
                        meeting = buckets.meeting(inner, outer_prefix, outers)
                        found += self._asked_pairs(inner, meeting)
            if len(places) > 1:
                found += self._pairs_of_one_prefix(prefix, places, buckets)
            around.append((prefix, places))
        return found

    def _pairs_of_one_prefix(self, prefix, places, buckets):
        ranks = {id(place): rank for rank, place in enumerate(places)}
        for place in places:
            meeting = buckets.meeting(place, prefix, places)
            before = [o for o in meeting if ranks[id(o)] < ranks[id(place)]]
            yield from self._asked_pairs(place, before)

    def _is_any_asked(self, place, others):
        one = place[_TERRITORY]
        return any(self._is_asked(one, o) for o in {o[_TERRITORY] for o in others})

    def _asked_pairs(self, place, others):
        one = place[_TERRITORY]
        return [(place, o) for o in others if self._is_asked(one, o[_TERRITORY])]

    def begins(self, code):
        """Whether some place begins with the code."""
        rank = bisect_left(self._sorted, code, key=itemgetter(_PREFIX))
        return rank < len(self._sorted) and self._sorted[rank].prefix.startswith(code)

    def narrowed(self, place, territory_ids):
        """What of a place lies in each of the territories, too: generator of PlaceOf.

        >>> found = [PlaceOf(1, 10, "FR75"), PlaceOf(2, 20, "FR", city="paris")]
        >>> place, = Overlaps(found).narrowed(PlaceOf(3, 30, "FR"), [10, 20])
        >>> place.prefix, place.city
        ('FR75', 'paris')
        """
        for id_ in territory_ids:
            of_territory = self._of(id_)
            if any(outer.holds(place) for outer in of_territory.around(place)):
                continue
            for other in of_territory.meeting(place):
                yield from self.narrowed(place.common(other), territory_ids)
            return
        yield place

    def meets(self, place, territory_id):
        """Whether a territory has something in common with a place.

        >>> found = Overlaps([PlaceOf(1, 10, "FR75"), PlaceOf(2, 20, "FR")])
        >>> [found.meets(PlaceOf(3, 30, code), 10) for code in ("FR", "FR3")]
        [True, False]
        """
        return any(True for _other in self._of(territory_id).meeting(place))

    @cached_property
    def of_territory(self):
        """{territory id: its places}"""
        found = defaultdict(list)
        for place in self.places:
            found[place[_TERRITORY]].append(place)
        return dict(found)

    def _of(self, territory_id):
        """The _ByPrefix of a territory."""
        if territory_id not in self._indexed:
            of_territory = self.of_territory.get(territory_id, ())
            self._indexed[territory_id] = _ByPrefix(of_territory)
        return self._indexed[territory_id]

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


class _ByPrefix:
    """The places of one territory, looked up by their prefixes."""

    def __init__(self, places):
        self._places = defaultdict(list)
        for place in places:
            self._places[place.prefix].append(place)
        self._prefixes = sorted(self._places)
        self._buckets = _Buckets()

    def around(self, place):
        """Those with whose prefix that of a place begins: generator."""
        for prefix in self._beginnings(place):
            yield from self._places[prefix]

    def meeting(self, place):
        """Those that have something in common with a place: generator."""
        for prefix in (*self._beginnings(place), *self._longer(place)):
            yield from self._buckets.meeting(place, prefix, self._places[prefix])

    def _beginnings(self, place):
        code = place.prefix
        lengths = range(2, len(code) + 1)
        return [code[:length] for length in lengths if code[:length] in self._places]

    def _longer(self, place):
        start = bisect_right(self._prefixes, place.prefix)
        for rank in range(start, len(self._prefixes)):
            if not self._prefixes[rank].startswith(place.prefix):
                break
            yield self._prefixes[rank]


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
