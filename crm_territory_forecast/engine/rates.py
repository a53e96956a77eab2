"""Rates of currencies by day, as Odoo finds them."""

from bisect import bisect_right
from datetime import timedelta


def rate_on(own, shared, day):
    """The rate of a currency on a day: the last one until then, of the company before
    those of all companies; before the first one, the first one; 1 without any.

    :param own: [(day, rate)] of the company, by day
    :param shared: [(day, rate)] of all companies, by day

    >>> rate_on([], [(1, 2.0), (5, 3.0)], 4)
    2.0
    >>> rate_on([(5, 9.0)], [(1, 2.0)], 4), rate_on([(5, 9.0)], [(1, 2.0)], 5)
    (2.0, 9.0)
    >>> rate_on([(5, 9.0)], [], 4), rate_on([], [], 4)
    (9.0, 1.0)
    """
    for rates in (own, shared):
        place = bisect_right(rates, day, key=lambda rate: rate[0])
        if place:
            return rates[place - 1][1]
    for rates in (own, shared):
        if rates:
            return rates[0][1]
    return 1.0


def days_that_matter(rates, first_day, last_day):
    """The days of a time to which factors are to be known: outside of them, that of
    the nearest holds.

    :param rates: the days on which a rate begins
    :param first_day, last_day: None: whenever

    >>> from datetime import date
    >>> days = [date(2017, 1, 30), date(2017, 2, 2)]
    >>> [d.day for d in days_that_matter(days, date(2017, 1, 31), date(2017, 12, 31))]
    [31, 1, 2]
    >>> len(days_that_matter(days, None, None))
    5
    >>> len(days_that_matter([], None, None))
    0
    """
    if not rates:
        return []
    first, last = min(rates) - timedelta(days=1), max(rates)
    if first_day:
        first = min(max(first, first_day), last)
    if last_day:
        last = max(min(last, last_day), first)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
