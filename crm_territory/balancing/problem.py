"""What territories have, what they shall have, and what the solver is asked."""

from statistics import fmean, pstdev

# what each place further away costs more
_FURTHER = 0.001


class Problem:
    """Groups of territories that share with each other.

    :param groups: list of lists of territory ids
    :param Holdings holdings: see ``items``
    :param weights: of each measure {account id: number}
    :param parts: {territory id: its part of its group}
    """

    def __init__(self, groups, holdings, weights, parts):
        self.groups = groups
        self.holdings = holdings
        self.items = holdings.items
        self.weights = weights
        self.parts = parts
        self.ids = [id_ for group in groups for id_ in group]
        self._staying = {id_: self.load(holdings.staying[id_]) for id_ in self.ids}
        self.loads = [self.load(item.account_ids) for item in self.items]
        self.held = self._held()
        self._totals = [
            [sum(loads) for loads in zip(*map(self.held.get, ids), strict=True)]
            for ids in groups
        ]

    def load(self, account_ids):
        """What accounts weigh together: list, by measure."""
        return [
            sum(weight.get(id_, 0.0) for id_ in account_ids) for weight in self.weights
        ]

    def _held(self):
        """{territory id: what it has, by measure}"""
        held = {id_: list(loads) for id_, loads in self._staying.items()}
        for item, loads in zip(self.items, self.loads, strict=True):
            for number, load in enumerate(loads):
                held[item.home_id][number] += load
        return held

    def _totals_of(self, id_):
        return self._totals[self.holdings.group_of[id_]]

    def target(self, id_):
        """What a territory shall have, by measure."""
        return [total * self.parts[id_] for total in self._totals_of(id_)]

    def for_solver(self, seconds, tolerances):
        """See ``fewest_moves``; its places are the numbers of ``ids``. Loads are those
        of an average territory of the group.
        """
        place_of = {id_: place for place, id_ in enumerate(self.ids)}
        items = [
            {
                "home": place_of[item.home_id],
                "loads": self._scaled(item.home_id, loads),
                "weight": max(1, len(item.area_ids)),
                "to": [
                    [place_of[id_], 1 + _FURTHER * rank]
                    for rank, id_ in enumerate(near)
                ],
            }
            for item, loads, near in zip(
                self.items, self.loads, self.holdings.options(), strict=True
            )
        ]
        return {
            "seconds": seconds,
            "tolerances": tolerances,
            "even": [self._scaled(id_, self.target(id_)) for id_ in self.ids],
            "fixed": [self._scaled(id_, self._staying[id_]) for id_ in self.ids],
            "items": items,
        }

    def _scaled(self, id_, loads):
        count = len(self.groups[self.holdings.group_of[id_]])
        return [
            load * count / total if total else 0.0
            for load, total in zip(loads, self._totals_of(id_), strict=True)
        ]


def spread(shares):
    """How uneven territories are: (coefficient of variation, largest to smallest), of
    what each has to what it shall have. The latter is 0 where the smallest has nothing.

    >>> spread([(50, 100), (150, 100)])
    (0.5, 3.0)
    >>> spread([])
    (0.0, 0.0)

    :param shares: pairs (has, shall have)
    """
    ratios = [has / target for has, target in shares if target]
    if not ratios:
        return 0.0, 0.0
    smallest = min(ratios)
    return pstdev(ratios) / fmean(ratios) if any(ratios) else 0.0, (
        max(ratios) / smallest if smallest else 0.0
    )
