"""Which part of a forecast a domain of its rows asks for.

PostgreSQL finds that out, too, but row by row: what is known before is not read.
"""

import operator
from collections.abc import Set
from datetime import date

from odoo.fields import Date, Domain

from odoo.addons.crm_territory.compat import DomainAnd, DomainCondition, DomainOr

ALWAYS = (date.min, date.max)
_LOWER, _UPPER = (">", ">="), ("<", "<=")
_OPERATORS = ("=", "in", *_LOWER, *_UPPER)
_COMPARED = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def days_of(domain, forecast_id):
    """The days in whose periods rows of a forecast can be in a domain: (first, last),
    which are ``date.min`` and ``date.max`` where it does not say; None if no row can.

    Conditions on *forecast_id*, on *date* and on *date_start*, the first day of its
    period, are read; all others tell nothing.

    >>> from odoo.fields import Domain
    >>> mine, others = Domain("forecast_id", "=", 1), Domain("forecast_id", "=", 2)
    >>> first = Domain("date", ">=", "2017-02-01")
    >>> last = Domain("date", "<=", "2017-03-01")
    >>> [str(day) for day in days_of(mine & first & last, 1)]
    ['2017-02-01', '2017-03-01']
    >>> [str(day) for day in days_of(others & first | mine & last, 1)]
    ['0001-01-01', '2017-03-01']
    >>> days_of(others & first, 1)
    >>> days_of(~first, 1) == ALWAYS
    True
    >>> start = Domain("date_start", "=", "2017-04-01")
    >>> [str(day) for day in days_of(start, 1)]
    ['2017-04-01', '2017-04-01']
    """
    if domain.is_false():
        return None
    if isinstance(domain, DomainAnd):
        return _in_all([days_of(each, forecast_id) for each in domain.children])
    if isinstance(domain, DomainOr):
        return _in_any([days_of(each, forecast_id) for each in domain.children])
    if isinstance(domain, DomainCondition):
        return _days_of_condition(domain, forecast_id)
    return ALWAYS


def _in_all(found):
    if None in found:
        return None
    first, last = max(each[0] for each in found), min(each[1] for each in found)
    return (first, last) if first <= last else None


def _in_any(found):
    found = [days for days in found if days]
    if not found:
        return None
    return min(each[0] for each in found), max(each[1] for each in found)


def _days_of_condition(condition, forecast_id):
    name, operator = condition.field_expr, condition.operator
    values = condition.value if operator == "in" else [condition.value]
    if not isinstance(values, list | tuple | Set):
        return ALWAYS  # those of a query
    if name == "forecast_id" and operator in ("=", "in"):
        return ALWAYS if forecast_id in values else None
    if name not in ("date", "date_start") or operator not in _OPERATORS:
        return ALWAYS
    try:
        days = [Date.to_date(value) for value in values]
    except (TypeError, ValueError):
        return ALWAYS
    if not days or not all(days):
        return ALWAYS
    first = date.min if operator in _UPPER else min(days)
    last = date.max if operator in _LOWER else max(days)
    return first, last


def not_known(domain, forecast_id, days):
    """What of a domain is still to be asked of rows that are all of a forecast, and of
    its periods between two days (first, last).

    >>> from odoo.fields import Domain
    >>> mine, others = Domain("forecast_id", "=", 1), Domain("forecast_id", "=", 2)
    >>> since = Domain("date", ">=", "2017-02-01")
    >>> year = date(2017, 1, 1), date(2017, 12, 31)
    >>> not_known(mine & since | others, 1, year)
    [('date', '>=', '2017-02-01')]
    >>> not_known(mine & since | others, 1, (date(2017, 2, 1), year[1]))
    [(1, '=', 1)]
    """

    def of_condition(condition):
        name, value = condition.field_expr, condition.value
        if name == "forecast_id" and condition.operator in ("=", "in"):
            if days_of(condition, forecast_id) is None:
                return Domain.FALSE
            ids = value if isinstance(value, list | tuple | Set) else [value]
            return Domain.TRUE if forecast_id in ids else condition
        if name in ("date", "date_start") and condition.operator in _COMPARED:
            if _hold(condition, days):
                return Domain.TRUE
        return condition

    return domain.map_conditions(of_condition)


def _hold(condition, days):
    try:
        day = Date.to_date(condition.value)
    except (TypeError, ValueError):
        return False
    compared = _COMPARED[condition.operator]
    return bool(day) and all(compared(each, day) for each in days)


def names_of(domain):
    """The fields that a domain asks for; None if that is not known.

    >>> from odoo.fields import Domain
    >>> sorted(names_of(Domain("kind", "=", "target") | Domain("user_id", "=", 1)))
    ['kind', 'user_id']
    >>> names_of(Domain.TRUE)
    set()
    >>> names_of(Domain("user_id.name", "=", "Amy"))
    {'user_id.name'}
    """
    if domain.is_true() or domain.is_false():
        return set()
    if isinstance(domain, DomainCondition):
        return {domain.field_expr}
    if not isinstance(domain, DomainAnd | DomainOr):
        return None
    found = [names_of(each) for each in domain.children]
    return None if None in found else set().union(*found)
