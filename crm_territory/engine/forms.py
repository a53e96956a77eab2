"""Criteria of one form: of thousands of rules that differ in nothing but plain values,
the first one is checked and compiled, and the others' values are put in its place.
"""

import math
from dataclasses import dataclass

from .shapes import COMPARISONS, INTEGERS, Shape, combined

_AND = "&"


def form_of(criteria):
    """What criteria have in common with those that differ in nothing but values.

    >>> form_of([("city", "=", "Bonn"), ("id", "in", [3, 4])])
    (('city', '=', <class 'str'>), ('id', 'in', ('any', <class 'int'>)))
    >>> form_of([("city", "=", False)]), form_of(["|", ("id", "=", 1), ("id", "=", 2)])
    (None, None)

    :param criteria: a domain as it is written, of lists and tuples
    :return: tuple, equal where the form is; None: what values mean may depend on them,
        as what is empty does, or a pattern
    """
    if type(criteria) is not list:
        return None
    form = tuple(map(_form_of_part, criteria))
    return None if None in form else form


def _form_of_part(part):
    if part == _AND:
        return part
    if type(part) not in (list, tuple) or len(part) != 3:
        return None
    name, operator, value = part
    if type(name) is not str or type(operator) is not str:
        return None
    kind = None
    if operator == "=":
        kind = _kind_of(value)
    elif operator in COMPARISONS:
        # of a date, a text may be one that moves
        kind = _kind_of(value) if type(value) is not str else None
    elif operator == "in" and type(value) in (list, tuple):
        kinds = set(map(_kind_of, value))
        kind = ("any", *kinds) if len(kinds) == 1 and None not in kinds else None
    return kind and (name, operator, kind)


def _kind_of(value):
    kind = type(value)
    if kind is int:
        return kind if value and value in INTEGERS else None
    if kind is float:
        return kind if value and math.isfinite(value) else None
    return kind if kind is str and value else None


@dataclass(frozen=True)
class Form:
    """How the values of criteria of one form become rows.

    :param shape: of the rows
    :param parts: for each term of the shape, the number of the condition that has its
        value, and whether the ORM says what that is in a column
    :param fixed: conditions that all of these criteria have beside their own
    """

    shape: Shape
    parts: tuple
    fixed: tuple = ()

    @classmethod
    def of(cls, model, criteria, fixed, rows):
        """The form of criteria that were compiled; None where that is more than to put
        values in.

        :param criteria: whose form_of is not None
        :param fixed: conditions, see above
        :param rows: what `shapes.rows_of` made of all
        """
        if not rows or len(rows) > 1:
            return None
        [shape] = {row.shape for row in rows}
        terms = sorted(
            (name, operator if operator in COMPARISONS else "=", number)
            for number, (name, operator, _value) in enumerate(
                _conditions(criteria, fixed)
            )
        )
        keys = [(name, operator) for name, operator, _number in terms]
        if keys != [(term.field, term.operator) for term in shape]:
            return None
        if len({*keys}) < len(keys):
            return None  # of two that have the same value, one is left out
        parts = tuple((number, operator != "=") for _name, operator, number in terms)
        form = cls(shape, parts, tuple(fixed))
        # 1 is equal to True, and to 1.0
        return form if repr(form.rows(model, criteria)) == repr(rows) else None

    def rows(self, model, criteria):
        """The rows of other criteria of the form: list of Rows, or None where they are
        too many.

        :param model: as of `shapes.rows_of`
        """
        conditions = _conditions(criteria, self.fixed)
        choices = []
        for number, is_compared in self.parts:
            name, operator, value = conditions[number]
            if is_compared:
                choices.append([model._fields[name].convert_to_column(value, model)])
            else:
                choices.append(dict.fromkeys(value) if operator == "in" else [value])
        made = combined(self.shape, choices)
        return made and [made]


def _conditions(criteria, fixed):
    return [*(part for part in criteria if part != _AND), *fixed]
