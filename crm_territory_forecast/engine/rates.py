"""Rates of currencies by day, as Odoo finds them."""

from bisect import bisect_right


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
