"""Which conditions cannot hold together, and which rules take nothing of their own:
decided where the terms of shapes tell for certain. What no term expresses, and what
patterns mean, is left open: the answer is then no.
"""

from collections import defaultdict

# beyond so many pairs of alternatives nothing is said
_MOST_PAIRS = 20_000


def conjunctions(rows):
    """The alternatives of a rule, each as all that must hold: list of tuples of (term,
    value); None for what has no form of terms.

    :param rows: list of shapes.Rows, or None
    """
    if rows is None:
        return None
    found = []
    for row in rows:
        for values in row.values:
            remaining = iter(values)
            found.append(
                tuple(
                    (term, next(remaining) if term.has_value else None)
                    for term in row.shape
                )
            )
    return found


def contradict(conditions):
    """Whether no record can meet all of the conditions.

    >>> from .shapes import Term
    >>> size = "employees", "int4"
    >>> at_least = lambda n: (Term(size[0], ">=", size[1], 0), n)
    >>> below = lambda n: (Term(size[0], "<", size[1], 0), n)
    >>> contradict([at_least(10), below(10)]), contradict([at_least(9), below(10)])
    (True, False)
    >>> is_ = lambda value: (Term("industry_id", "=", "int4"), value)
    >>> contradict([is_(1), is_(2)]), contradict([is_(1), (Term("zip", "unset"), None)])
    (True, False)

    :param conditions: iterable of (term, value)
    """
    by_field = defaultdict(list)
    for term, value in conditions:
        if term.operator != "linked":  # a record can have several of a many2many
            by_field[term.field].append((term, value))
    return any(map(_contradict_of_field, by_field.values()))


def _contradict_of_field(conditions):
    values = defaultdict(set)
    for term, value in conditions:
        values[term.operator].add(value)
    if "unset" in values and len(values) > 1:
        return values.keys() != {"unset", "!="}
    equal, unequal = values["="], values["!="]
    if len(equal) > 1 or not equal.isdisjoint(unequal):
        return True
    if unequal >= {True, False} and conditions[0][0].column_type == "bool":
        return True
    is_integer = conditions[0][0].column_type == "int4"
    low, is_open_below = _lower(values, is_integer)
    high, is_open_above = _upper(values, is_integer)
    if equal:
        low, is_open_below = _higher_of(low, is_open_below, *equal)
        high, is_open_above = _lower_of(high, is_open_above, *equal)
        if not (values[">"] or values[">="] or values["<"] or values["<="]):
            return False
    if low is None or high is None:
        return False
    return low > high or (low == high and (is_open_below or is_open_above))


def _lower(values, is_integer):
    """The lower bound, and whether it is no value itself."""
    found = [(value, False) for value in values[">="]]
    found += [
        (value + 1, False) if is_integer else (value, True) for value in values[">"]
    ]
    return max(found, default=(None, False))


def _upper(values, is_integer):
    found = [(value, True) for value in values["<="]]
    found += [
        (value - 1, True) if is_integer else (value, False) for value in values["<"]
    ]
    value, is_value = min(found, default=(None, True))
    return value, not is_value


def _higher_of(low, is_open, value):
    return (value, False) if low is None or value > low else (low, is_open)


def _lower_of(high, is_open, value):
    return (value, False) if high is None or value < high else (high, is_open)


def never_together(alternatives, others):
    """Whether nothing meets both: two rules, or a rule and those of a territory.

    :param alternatives, others: lists of conjunctions
    """
    if len(alternatives) * len(others) > _MOST_PAIRS:
        return False
    return all(contradict((*one, *other)) for one in alternatives for other in others)


def takes_no_more(later, earlier):
    """Whether all that the alternatives of a rule take an earlier rule takes, too: each
    asks for all that one of the earlier's asks for.

    >>> from .shapes import Term
    >>> health, big = (Term("industry", "="), 7), (Term("size", ">="), 10)
    >>> takes_no_more([(health, big)], [(health,)])
    True
    >>> takes_no_more([(health,)], [(health, big)])
    False
    """
    if not later or len(later) * len(earlier) > _MOST_PAIRS:
        return False
    wanted = [frozenset(conditions) for conditions in earlier]
    return all(
        any(one <= conditions for one in wanted) for conditions in map(frozenset, later)
    )
