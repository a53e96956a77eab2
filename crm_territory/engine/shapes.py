"""From the domain of a rule to shapes: what one SQL join can match for many rules.

A domain is brought into its disjunctive normal form. Each alternative is a conjunction
of conditions; a condition is a *term* (field, operator: the shape) and its values.
Alternatives of the same shape, of whatever rule, become rows of one parameter table.
What no term can express makes the rule fall back to a query of its own.
"""

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

from ..compat import DomainAnd, DomainBool, DomainCondition, DomainOr

# Beyond these a rule of its own query is cheaper than the rows that it would make.
_MAX_ALTERNATIVES = 32
_MAX_ROWS = 2000
_MAX_UNEQUAL = 8

# what a column of integers holds; beyond it the ORM's own query compares
INTEGERS = range(-(2**31), 2**31)
_TYPES = {
    "boolean": bool,
    "char": str,
    "selection": str,
    "integer": int,
    "many2one": int,
    "float": (int, float),
    "monetary": (int, float),
}
_COMPARED = ("integer", "float", "monetary", "date", "datetime")
COMPARISONS = frozenset({"<", "<=", ">", ">="})
_PATTERNS = frozenset({"like", "=like", "ilike", "=ilike"})


@dataclass(frozen=True)
class Term:
    """One condition without its value: the same for all rules of a shape.

    ``operator``: "=", "!=", a comparison, a pattern, "set", "unset" or "linked" (to
    the record of a many2many).
    """

    field: str
    operator: str
    column_type: str = ""
    # what an empty value counts as (0 for numbers); None: as nothing
    falsy: bool | int | float | str | None = None
    relation: tuple[str, str, str] | None = None  # table, column, other column

    @property
    def has_value(self):
        return self.operator not in ("set", "unset")

    @property
    def is_equality(self):
        """Whether the column of a record has to be the same as the value."""
        return self.operator == "="


class Shape(tuple):
    """Terms. Its hash is found once, for thousands of rules of few shapes."""

    @cached_property
    def _hash(self):
        return super().__hash__()

    def __hash__(self):
        return self._hash


@dataclass(frozen=True)
class Rows:
    """Rows of one shape: the terms, and per row one value for each that has one."""

    shape: Shape
    values: tuple[tuple, ...]


def alternatives(domain):
    """The disjunctive normal form of an optimised domain.

    >>> from odoo.fields import Domain
    >>> domain = Domain("a", "=", 1) & (Domain("b", "=", 2) | Domain("c", "=", 3))
    >>> [[c.field_expr for c in conditions] for conditions in alternatives(domain)]
    [['a', 'b'], ['a', 'c']]
    >>> alternatives(Domain.TRUE), alternatives(Domain.FALSE)
    ([[]], [])

    :return: list of lists of conditions, or None when there are too many
    """
    if isinstance(domain, DomainBool):
        return [[]] if domain.is_true() else []
    if isinstance(domain, DomainCondition):
        return [[domain]]
    if not isinstance(domain, DomainAnd | DomainOr):
        return None
    children = [alternatives(child) for child in domain.children]
    if None in children:
        return None
    if isinstance(domain, DomainOr):
        found = list(itertools.chain.from_iterable(children))
        return found if len(found) <= _MAX_ALTERNATIVES else None
    found = [[]]
    for child in children:
        found = [left + right for left in found for right in child]
        if len(found) > _MAX_ALTERNATIVES:
            return None
    return found


def rows_of(model, domain):
    """The rows that stand for a domain.

    :param model: the model of the domain: its fields are looked at, no record
    :param Domain domain: optimized
    :return: list of Rows, or None when the domain needs a query of its own
    """
    found = alternatives(domain)
    if found is None:
        return None
    rows = []
    for conditions in found:
        choices = [_terms(model, condition) for condition in conditions]
        if any(choice is None for choice in choices):
            return None
        # each condition offers alternatives itself: "1 or unset"
        for combination in itertools.product(*choices):
            made = _rows([pair for pairs in combination for pair in pairs])
            if made is None:
                return None
            rows.append(made)
    return rows


def _rows(pairs):
    """One Rows of (term, list of values) pairs: every combination of the values."""
    pairs.sort(key=lambda pair: (pair[0].field, pair[0].operator))
    return combined(
        Shape(term for term, _values in pairs),
        [values for term, values in pairs if term.has_value],
    )


def combined(shape, choices):
    """The Rows of every combination of values; None where they are too many.

    :param choices: for each term of the shape that has a value, those that it may have
    """
    if math.prod(map(len, choices)) > _MAX_ROWS:
        return None
    return Rows(shape, tuple(itertools.product(*choices)))


def _terms(model, condition):
    """The alternatives that a condition stands for, each a list of (term, values).

    None when no term can express it.
    """
    field = model._fields.get(condition.field_expr)
    if field is None or not field.store or field.company_dependent:
        return None
    if field.type == "many2many":
        return _linked(field, condition)
    if (field.type not in _TYPES and field.type not in ("date", "datetime")) or getattr(
        field, "translate", False
    ):
        return None
    operator, value = condition.operator, condition.value
    column_type = field.column_type[0]
    if operator == "in":
        return _equal(field, column_type, value)
    if operator == "not in":
        return _unequal(field, column_type, value)
    if operator in COMPARISONS and field.type in _COMPARED:
        if _is_number_or_date(field, value):
            term = Term(field.name, operator, column_type, field.falsy_value)
            return [[(term, [field.convert_to_column(value, model)])]]
    if operator in _PATTERNS and field.type == "char" and isinstance(value, str):
        pattern = value if operator.startswith("=") else f"%{value}%"
        return [[(Term(field.name, operator, "text"), [pattern])]]
    return None


def _is_number_or_date(field, value):
    if field.type in ("date", "datetime"):
        return not isinstance(value, str) and bool(value)
    if field.type == "integer":
        return _is_integer(value)
    return isinstance(value, _TYPES[field.type]) and not isinstance(value, bool)


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool) and value in INTEGERS


def _is_value(field, value):
    if field.type not in ("boolean", "char", "selection", "integer", "many2one"):
        return False  # dates and floats are compared, rarely equal
    if field.type in ("integer", "many2one"):
        return _is_integer(value)
    return isinstance(value, _TYPES[field.type]) and (
        field.type == "boolean" or not isinstance(value, bool)
    )


def _equal(field, column_type, values):
    falsy = field.falsy_value
    given = [value for value in values if value is not False and value is not None]
    has_empty = len(given) < len(values)
    if falsy is not None and has_empty:
        given.append(falsy)
    if not all(_is_value(field, value) for value in given):
        return None
    found = []
    if given:
        # only a condition on the empty value has to look at NULL
        counts_as = falsy if falsy is not None and falsy in given else None
        found.append([(Term(field.name, "=", column_type, counts_as), given)])
    if has_empty and falsy is None:
        found.append([(Term(field.name, "unset"), [])])
    return found


def _unequal(field, column_type, values):
    falsy = field.falsy_value
    given = [value for value in values if value is not False and value is not None]
    has_empty = len(given) < len(values)
    if falsy is not None and has_empty:
        given.append(falsy)
    if len(given) > _MAX_UNEQUAL or not all(_is_value(field, v) for v in given):
        return None
    terms = [(Term(field.name, "!=", column_type, falsy), [v]) for v in given]
    if has_empty and falsy is None:
        terms.append((Term(field.name, "set"), []))
    return [terms]


def _linked(field, condition):
    values = condition.value
    if condition.operator != "in" or not all(map(_is_integer, values)):
        return None
    relation = (field.relation, field.column1, field.column2)
    return [[(Term(field.name, "linked", "int4", None, relation), list(values))]]
