"""Targets as a measure of groups of opportunities.

A group of opportunities has a target if it is of a territory, a salesperson or a time:
the sum of the targets of these. Targets of territories include those below them, so a
group of several territories has the targets of the topmost ones.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from .periods import MONTHS, shift, start_of

TERRITORY, USER = "territory_id", "user_id"


@dataclass(frozen=True)
class Target:
    """A target that the user may read.

    :param line: the ids of the territory and of those above it, from the top
    :param user_id: the member, or None: of the territory
    :param is_in_use: its territory is of the active plan
    """

    line: tuple[int, ...]
    user_id: int | None
    start: date
    amount: float
    is_in_use: bool = True


@dataclass(frozen=True)
class GroupKey:
    """How a group of opportunities is told from others.

    :param specs: names of fields, those of dates with a granularity
    """

    specs: tuple[str, ...]

    @classmethod
    def of(cls, groupby, date_fields):
        """The key of a grouping, or None if its groups have no targets.

        >>> GroupKey.of(["territory_id", "date_deadline:month"], ["date_deadline"])
        GroupKey(specs=('territory_id', 'date_deadline:month'))
        >>> GroupKey.of(["territory_id", "stage_id"], ["date_deadline"])
        """
        for spec in groupby:
            name, _colon, granularity = spec.partition(":")
            is_time = name in date_fields and granularity in MONTHS
            if spec not in (TERRITORY, USER) and not is_time:
                return None
        return cls(tuple(groupby))

    def of_group(self, group):
        """The key of a group as Odoo's client gets it.

        >>> key = GroupKey(("territory_id", "date_deadline:month"))
        >>> key.of_group(
        ...     {
        ...         "territory_id": (7, "Germany"),
        ...         "date_deadline:month": ("2026-03-01", "March 2026"),
        ...     }
        ... )
        (7, datetime.date(2026, 3, 1))
        """
        return tuple(self._value(spec, group[spec]) for spec in self.specs)

    @staticmethod
    def _value(spec, value):
        if not value:
            return None
        if ":" not in spec:
            return value[0]
        day = date.fromisoformat(value[0][:10])
        if len(value[0]) > len("2026-03-01"):
            # midnight of a time zone, told in UTC
            day += timedelta(days=1)
        return start_of(day, spec.partition(":")[2])

    def of_target(self, target, kind):
        """The key of the groups that a target counts in, or None.

        >>> key = GroupKey(("date_deadline:year",))
        >>> key.of_target(Target((1, 7), None, date(2026, 3, 1), 10), "month")
        (datetime.date(2026, 1, 1),)
        >>> key = GroupKey(("date_deadline:month",))
        >>> key.of_target(Target((1, 7), None, date(2026, 1, 1), 10), "quarter")
        """
        found = []
        for spec in self.specs:
            if spec == TERRITORY:
                found.append(target.line[-1])
            elif spec == USER:
                found.append(target.user_id)
            else:
                granularity = spec.partition(":")[2]
                start = start_of(target.start, granularity)
                if shift(target.start, MONTHS[kind]) > shift(
                    start, MONTHS[granularity]
                ):
                    return None  # the group is but a part of the period
                found.append(start)
        return tuple(found)


def sums(targets, key, kind, by_user=False):
    """{group key: sum of targets}. O(targets).

    :param by_user: the opportunities are those of salespeople: their own targets
    """
    if by_user or USER in key.specs:
        counted = [target for target in targets if target.user_id]
    elif TERRITORY in key.specs:
        counted = _without_covered(targets, below=False)
    else:
        counted = _without_covered(_of_one_plan(targets), below=True)
    found = defaultdict(float)
    for target in counted:
        group = key.of_target(target, kind)
        if group is not None:
            found[group] += target.amount
    return dict(found)


def _of_one_plan(targets):
    """Without the targets of former plans in the periods that have others.

    >>> old, new = date(2025, 12, 1), date(2026, 1, 1)
    >>> found = _of_one_plan(
    ...     [
    ...         Target((1,), None, old, 10, is_in_use=False),
    ...         Target((1,), None, new, 20, is_in_use=False),
    ...         Target((5,), None, new, 30),
    ...     ]
    ... )
    >>> [target.amount for target in found]
    [10, 30]
    """
    starts = {target.start for target in targets if target.is_in_use}
    return [t for t in targets if t.is_in_use or t.start not in starts]


def _without_covered(targets, below):
    """Without what a target of the same period includes: that of its territory and, if
    ``below``, that of one above it.

    >>> day = date(2026, 1, 1)
    >>> europe = Target((1,), None, day, 100)
    >>> germany = Target((1, 7), None, day, 60)
    >>> amy = Target((1, 7), 5, day, 30)
    >>> _without_covered([germany, amy, europe], below=True) == [europe]
    True
    >>> _without_covered([germany, amy, europe], below=False) == [germany, europe]
    True
    >>> _without_covered([amy], below=True) == [amy]
    True
    """
    having = {(t.line[-1], t.start) for t in targets if not t.user_id}

    def is_covered(target):
        own = () if target.user_id is None else target.line[-1:]
        above = target.line[:-1] if below else ()
        return any((territory, target.start) in having for territory in own + above)

    return [target for target in targets if not is_covered(target)]
