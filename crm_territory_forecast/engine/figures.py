"""The figures of a row in a period, from what was summed up."""

# what is summed up of opportunities, in this order; *weighted* and *overdue* (expected
# on a day that has passed) are those of the open ones
SUMMED = ("achieved", "commit", "best", "pipeline", "weighted", "overdue")
WIDTH = len(SUMMED)
# those of what is open, by its category
OPEN = ("commit", "best", "pipeline")


class Sums:
    """Sums of opportunities by territory (and member) and period.

    What has no day is of no period. What is in two periods, because it was frozen in
    one and is in a later one again, counts once in totals: in the later one.

    >>> sums = Sums(2)
    >>> sums.add("Berlin", 0, (10, 0, 0, 0, 0, 0))
    >>> sums.add("Berlin", 1, (0, 0, 10, 0, 5, 10))
    >>> sums.add("Berlin", None, (0, 0, 7, 0, 1, 0))
    >>> sums.roll_up([("Germany", None), ("Berlin", "Germany")])
    >>> sums.of_period("Germany", 1)
    [0.0, 0.0, 10.0, 0.0, 5.0, 10.0]
    >>> sums.total("Germany")
    [10.0, 0.0, 10.0, 0.0, 5.0, 10.0]
    >>> sums.of_period("France", 1)
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    >>> sums.undated("Germany")
    7.0
    >>> sums.add_repeated("Germany", (0, 1), (10, 0, 0, 0, 0, 0))
    >>> sums.total("Germany")[0], sums.total("Germany", 0, 1)[0]
    (0.0, 10.0)
    """

    def __init__(self, period_count):
        self.period_count = period_count
        # the last one is of no period
        self._by_key = {}
        self._nothing = [0.0] * (WIDTH * (period_count + 1))
        # {key: {(period, later period): sums}}
        self._repeated = {}

    def __contains__(self, key):
        return key in self._by_key

    def __iter__(self):
        return iter(self._by_key)

    def add(self, key, period, amounts):
        """Add to a period by its number; to none if it is None.

        :param amounts: those of ``SUMMED``
        """
        sums = self._by_key.get(key)
        if sums is None:
            sums = self._by_key[key] = self._nothing.copy()
        place = (self.period_count if period is None else period) * WIDTH
        for amount in amounts:
            sums[place] += amount
            place += 1

    def add_repeated(self, key, periods, amounts):
        """Tell that this much of the first period is in the second one again."""
        repeated = self._repeated.setdefault(key, {})
        known = repeated.get(periods, [0.0] * WIDTH)
        repeated[periods] = [a + b for a, b in zip(known, amounts, strict=True)]

    def merge(self, key, others, other_key):
        """Add all sums of a key of others."""
        sums = self._by_key.get(key, self._nothing)
        summed = others._by_key.get(other_key, self._nothing)
        self._by_key[key] = [a + b for a, b in zip(sums, summed, strict=True)]
        for periods, amounts in others._repeated.get(other_key, {}).items():
            self.add_repeated(key, periods, amounts)

    def carried(self, new_of):
        """The same sums, those of a key's territory where it is found again.

        :param new_of: {territory: the one in which it is found again}; keys are
            (territory, anything)

        >>> sums = Sums(1)
        >>> sums.add(("Berlin", None), 0, (10, 0, 0, 0, 0, 0))
        >>> sums.carried({"Berlin": "East"}).total(("East", None))[0]
        10.0
        """
        if not new_of:
            return self
        found = Sums(self.period_count)
        for territory, other in {**self._by_key, **self._repeated}:
            key = (territory, other)
            found.merge((new_of.get(territory, territory), other), self, key)
        return found

    def roll_up(self, nodes):
        """Add what is below: ``nodes`` are (key, key of the parent or None), each
        parent before its children.
        """
        for key, parent in reversed(nodes):
            if parent is not None and (key in self._by_key or key in self._repeated):
                self.merge(parent, self, key)

    def of_period(self, key, period):
        sums = self._by_key.get(key, self._nothing)
        return sums[period * WIDTH : (period + 1) * WIDTH]

    def total(self, key, first=0, last=None):
        """The sums of all periods, or of those from one to before another one."""
        last = self.period_count if last is None else last
        sums = self._by_key.get(key, self._nothing)[first * WIDTH : last * WIDTH]
        found = [sum(sums[place::WIDTH]) for place in range(WIDTH)]
        for (period, later), amounts in self._repeated.get(key, {}).items():
            if first <= period < last and first <= later < last:
                found = [a - b for a, b in zip(found, amounts, strict=True)]
        return found

    def undated(self, key):
        """What is open without a day."""
        sums = self.of_period(key, self.period_count)
        return sum(sums[SUMMED.index(name)] for name in OPEN)


def figures(summed, target, parts, digits, call=None):
    """The figures of one cell. What cannot be said is None.

    :param summed: those of ``SUMMED``, unrounded
    :param target: None: not set
    :param parts: what children and members are to achieve together; None: no target
        of them is set, or they are not told
    :param digits: decimals to round to

    >>> found = figures([40, 10, 20, 30, 33.333, 5], 100, 90, 2)
    >>> found["open"], found["landing"], found["closing_gap"], found["uncovered_gap"]
    (60, 73.33, 60, 26.67)
    >>> found["achieved_rate"], found["shortage_rate"], found["coverage"]
    (0.4, 0.0, 1.0)
    >>> found["mismatch"], figures([0, 0, 0, 0, 0, 0], None, 90, 2)["mismatch"]
    (10, None)
    >>> figures([0, 0, 0, 0, 0, 0], 0, None, 2)["achieved_rate"] is None
    True
    >>> exceeded = figures([120, 5, 0, 0, 5, 0], 100, None, 2)
    >>> exceeded["coverage"], exceeded["shortage_rate"], exceeded["closing_gap"]
    (None, 0.0, -20)
    """
    achieved, commit, best, pipeline, weighted, overdue = [
        amount and round(amount, digits) for amount in summed
    ]
    opened = round(summed[1] + summed[2] + summed[3], digits)
    found = {
        "target": target,
        "is_target_set": target is not None,
        "mismatch": None,
        "achieved": achieved,
        "achieved_rate": None,
        "commit": commit,
        "best": best,
        "pipeline": pipeline,
        "open": opened,
        "weighted": weighted,
        "overdue": overdue,
        "shortage_rate": None,
        "closing_gap": None,
        "uncovered_gap": None,
        "coverage": None,
        "landing": round(achieved + weighted, digits),
        "call": call,
    }
    if target is None:
        return found
    left = round(target - achieved, digits)
    found["closing_gap"] = left
    found["uncovered_gap"] = round(left - weighted, digits)
    if parts is not None:
        found["mismatch"] = round(target - parts, digits)
    if target:
        found["achieved_rate"] = achieved / target
        found["shortage_rate"] = max(0.0, left - opened) / target
    if left > 0:
        found["coverage"] = opened / left
    return found


def added(amounts):
    """The sum of those that are set; None if none is.

    >>> added([None, 2, 3]), added([None]), added([])
    (5, None, None)
    """
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def rank(rates):
    """The places of rates, the highest first; equal ones share a place.

    >>> rank([0.5, 1.2, 1.2, 0.1])
    [3, 1, 1, 4]
    """
    ordered = sorted(rates, reverse=True)
    places = {}
    for place, rate in enumerate(ordered, 1):
        places.setdefault(rate, place)
    return [places[rate] for rate in rates]


def spread(amount, weights, digits):
    """Divide an amount by weights; what rounding leaves goes to the largest rests.

    >>> spread(100, [1, 1, 1], 2)
    [33.34, 33.33, 33.33]
    >>> spread(100, [0, 3, 1], 0)
    [0, 75, 25]
    >>> sum(spread(1000, [0.1, 0.7, 2.3, 5], 2))
    1000.0
    """
    unit = 10**-digits
    shares = [amount * weight / sum(weights) / unit for weight in weights]
    units = [int(share) for share in shares]
    missing = round(amount / unit) - sum(units)
    by_rest = sorted(range(len(shares)), key=lambda n: units[n] - shares[n])
    for place in by_rest[:missing]:
        units[place] += 1
    return [round(number * unit, digits) for number in units]


def spread_whole(amount, weights, digits):
    """Divide an amount by weights into whole amounts; the last part that has a weight
    takes what remains. Parts of less than one keep their decimal places.

    >>> spread_whole(100000, [1] * 12, 2)[-3:]
    [8333.0, 8333.0, 8337.0]
    >>> spread_whole(1000.01, [1, 1, 0], 2)
    [500.0, 500.01, 0.0]
    >>> spread_whole(1, [1, 1, 1], 2)
    [0.33, 0.33, 0.34]
    """
    shares = [amount * weight / sum(weights) for weight in weights]
    is_small = any(0 < share < 1 for share in shares)
    # half of a hundredth of a unit: what floats lose is not a unit
    factor = 10**digits if is_small else 1
    parts = [int(share * factor + 0.005) / factor for share in shares]
    last = max(place for place, weight in enumerate(weights) if weight)
    parts[last] = round(amount - sum(parts) + parts[last], digits)
    return parts
