"""What clients ask a forecast for, checked before it is read.

Boards, sheets and reports are asked by options and by keys of the context. These come
from programs, too: one of a wrong type is a mistake that is told, not an error of the
server.
"""

from odoo import fields
from odoo.exceptions import UserError

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
    checks = {
        **dict.fromkeys(_IDS, _is_id),
        **dict.fromkeys(_COUNTS, _is_count),
        **dict.fromkeys(_WORDS, lambda value: isinstance(value, str)),
        "territory_ids": lambda value: (
            isinstance(value, list) and all(map(_is_id, value))
        ),
    }
    for name, is_right in checks.items():
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
