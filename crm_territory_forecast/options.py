"""What clients ask a forecast for, checked before it is read.

Boards, sheets and reports are asked by options and by keys of the context. These come
from programs, too: one of a wrong type is a mistake that is told, not an error of the
server.
"""

from odoo import fields
from odoo.exceptions import UserError, ValidationError

READINGS = ("credited", "today", "then")
_MOST_PERIODS = 120
# far enough from the first and the last day that Python knows
_YEARS = (1900, 2999)

_IDS = ("territory_id", "user_id")
_COUNTS = ("offset", "limit")
_WORDS = ("tree", "figure", "by", "note")
# PostgreSQL's
_LARGEST_ID = 2**31 - 1
# a century
_MOST_WEEKS = 5_200


def checked_options(env, options):
    """The options, if each has the type that it is read with; else a UserError."""
    if not isinstance(options, dict):
        raise UserError(env._("Options are told by their names, not as “%s”.", options))
    for name, is_right in _CHECKS.items():
        value = options.get(name)
        if value not in (None, False) and not is_right(value):
            raise UserError(
                env._(
                    "“%(value)s” cannot be asked for as “%(name)s”.",
                    value=value,
                    name=name,
                )
            )
    return options


def _is_id(value):
    return type(value) is int and abs(value) <= _LARGEST_ID


def _is_count(value):
    return _is_id(value) and value >= 0


def _is_word(value):
    return isinstance(value, str)


def _are_ids(value):
    return isinstance(value, list) and all(map(_is_id, value))


_CHECKS = {
    **dict.fromkeys(_IDS, _is_id),
    **dict.fromkeys(_COUNTS, _is_count),
    **dict.fromkeys(_WORDS, _is_word),
    "territory_ids": _are_ids,
}


def weeks_of(env, key, default):
    """The number of weeks that the context tells by the key."""
    weeks = env.context.get(key) or default
    if type(weeks) is not int or not 0 < weeks <= _MOST_WEEKS:
        raise UserError(
            env._(
                "“%(weeks)s” is no number of weeks from 1 to %(most)s.",
                weeks=weeks,
                most=str(_MOST_WEEKS),
            )
        )
    return weeks


def day_of(env, key):
    """The day that the context tells by the key, or None."""
    text = env.context.get(key) or None
    try:
        return fields.Date.to_date(text)
    except (TypeError, ValueError) as error:
        raise UserError(
            env._("“%s” is not a date such as 2017-12-31.", text)
        ) from error


def reading_of(env, options):
    """In which territory opportunities and targets count; *tree* in the options.

    - *credited*: where they are credited, won ones where they closed and of who won
      them, carried along into the tree in use: what is said unless another reading is
      asked for;
    - *today*, as is: in the tree in use, won ones where their account is today, and of
      who has them now;
    - *then*, as was: as credited, in the trees of all plans.
    """
    reading = options.get("tree") or "credited"
    if reading not in READINGS:
        raise UserError(
            env._("The tree is “credited”, “today” or “then”, not “%s”.", reading)
        )
    return reading


def periods_of(forecast, options):
    """The periods from *date_from* to *date_to*, in full: list of Period."""
    env = forecast.env
    first = known_day(env, options.get("date_from"))
    last = known_day(env, options.get("date_to"))
    if not first or not last or first > last:
        raise UserError(
            env._("Choose a first day, and a last day that is not before it.")
        )
    if (last - first).days > 366 * _MOST_PERIODS:
        raise UserError(env._("That is too long a time for one board."))
    periods = forecast._periods_between(first, last)
    if len(periods) > _MOST_PERIODS:
        raise UserError(env._("A board shows at most %s periods.", _MOST_PERIODS))
    return periods


def known_day(env, text):
    """The day that a client wrote, or None."""
    try:
        day = fields.Date.to_date(text or None)
    except (TypeError, ValueError) as error:
        raise UserError(env._("A date is written as 2017-12-31: %s", error)) from error
    if day and not _YEARS[0] <= day.year <= _YEARS[1]:
        raise UserError(
            env._(
                "%(day)s is not between the years %(first)s and %(last)s.",
                day=text,
                first=str(_YEARS[0]),
                last=str(_YEARS[1]),
            )
        )
    return day


def checked_start(forecast, text):
    """The first day of a period of the forecast, as a date."""
    try:
        start = fields.Date.to_date(text)
    except (TypeError, ValueError):
        start = None
    if not start:
        raise ValidationError(
            forecast.env._("“%s” is not a date such as 2017-12-31.", text)
        )
    forecast._check_period_start(start)
    return start


def checked_amount(env, amount):
    """The amount as a number; a UserError if it is none."""
    if (
        isinstance(amount, bool)
        or not isinstance(amount, int | float)
        or not 0 <= amount < 1e14
    ):
        raise UserError(
            env._(
                "“%s” is not an amount: a number of 0 or more, below"
                " 100,000,000,000,000.",
                amount,
            )
        )
    return amount
