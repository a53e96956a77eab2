"""Periods of a forecast: months, quarters or years of a fiscal year."""

from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """From ``start`` to ``end``, both included."""

    start: date
    end: date


def shift(day, months):
    """The first day of the month that lies so many months from a day's.

    >>> shift(date(2017, 11, 30), 3)
    datetime.date(2018, 2, 1)
    >>> shift(date(2017, 1, 1), -1)
    datetime.date(2016, 12, 1)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def start_of(day, kind, fiscal_month=1):
    """The first day of the period that a day is in.

    >>> start_of(date(2017, 2, 14), "quarter", 4)
    datetime.date(2017, 1, 1)
    >>> start_of(date(2017, 2, 14), "year", 4)
    datetime.date(2016, 4, 1)
    """
    return shift(day, -((day.month - fiscal_month) % MONTHS[kind]))


def end_of(start, kind):
    """The last day of the period that starts on ``start``.

    >>> end_of(date(2017, 12, 1), "month")
    datetime.date(2017, 12, 31)
    """
    return shift(start, MONTHS[kind]) - timedelta(days=1)


def year_before(periods, kind):
    """The same periods, one year earlier.

    >>> [earlier] = year_before([Period(date(2017, 2, 1), date(2017, 2, 28))], "month")
    >>> earlier.start.isoformat(), earlier.end.isoformat()
    ('2016-02-01', '2016-02-29')
    """
    starts = [shift(period.start, -12) for period in periods]
    return [Period(start, end_of(start, kind)) for start in starts]


def between(first_day, last_day, kind, fiscal_month=1):
    """The periods that touch the time from one day to another, in order.

    >>> [str(p.start) for p in between(date(2017, 2, 3), date(2017, 8, 1), "quarter")]
    ['2017-01-01', '2017-04-01', '2017-07-01']
    """
    found = []
    start = start_of(first_day, kind, fiscal_month)
    while start <= last_day:
        found.append(Period(start, end_of(start, kind)))
        start = shift(start, MONTHS[kind])
    return found


def fiscal_year(day, fiscal_month=1):
    """The fiscal year that a day is in.

    >>> fiscal_year(date(2017, 3, 31), 4)
    Period(start=datetime.date(2016, 4, 1), end=datetime.date(2017, 3, 31))
    """
    start = start_of(day, "year", fiscal_month)
    return Period(start, end_of(start, "year"))


def label_of_year(start):
    """How a fiscal year is called.

    >>> label_of_year(date(2017, 1, 1)), label_of_year(date(2017, 4, 1))
    ('2017', '2017/18')
    """
    if start.month == 1:
        return str(start.year)
    return f"{start.year}/{(start.year + 1) % 100:02}"


def quarter_number(start, fiscal_month=1):
    """Which quarter of its fiscal year starts on ``start``.

    >>> quarter_number(date(2017, 1, 1), 4)
    4
    """
    return (start.month - fiscal_month) % 12 // 3 + 1
