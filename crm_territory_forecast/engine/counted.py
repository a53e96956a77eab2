"""What counts of opportunities, in SQL: as is, and in periods that are frozen.

*Opportunities* are queries of rows with the columns of ``history.STATE``; *counted*
ones have record_id, of the opportunity or of its frozen line, and is_frozen, too.
"""

from odoo.tools import SQL

from . import history

COUNTED = (*history.STATE, "record_id", "is_frozen")


def category(is_won, stored):
    """The category that an opportunity counts in. What is in a won stage and not won
    (yet, or any more) is as sure as can be without being won.

    :param is_won, stored: whether it is won, and the category that it is stored with
    """
    return SQL(
        "CASE WHEN %(is_won)s THEN 'won' WHEN %(stored)s = 'won' THEN 'commit'"
        " ELSE %(stored)s END",
        is_won=is_won,
        stored=stored,
    )


def territory_as_is(own, of_account, is_won, kept):
    """Where an opportunity counts as is: a won one where its account is today, if that
    is in the tree in use, unless its own territory has criteria for opportunities.

    :param own: the territory that it is credited to
    :param of_account: that of its account in the tree in use, or NULL
    :param kept: a query of the territories with criteria for opportunities
    """
    return SQL(
        "COALESCE(CASE WHEN %(is_won)s AND (%(own)s IN %(kept)s) IS NOT TRUE"
        " THEN %(of_account)s END, %(own)s)",
        own=own,
        of_account=of_account,
        is_won=is_won,
        kept=kept,
    )


def before(moved, own):
    """Where something was before a run moved it.

    :param moved: the name of a join with rows (id, territory_id) of what was moved
    :param own: where it is
    """
    return SQL(
        "CASE WHEN %s IS NULL THEN %s ELSE %s END",
        SQL.identifier(moved, "id"),
        own,
        SQL.identifier(moved, "territory_id"),
    )


def with_frozen(live, frozen, starts, kind, fiscal_month):
    """Live opportunities, of frozen periods those that were frozen: counted ones.

    :param live: opportunities
    :param frozen: counted ones of frozen periods; None if there are none
    :param starts: the first days of these periods
    :param kind, fiscal_month: as of ``periods.start_of``
    """
    live = SQL(
        "SELECT %s, lead_key AS record_id, FALSE AS is_frozen FROM (%s) AS live",
        history.columns(history.STATE, "live"),
        live,
    )
    if frozen is None:
        return live
    return SQL(
        """
        %(live)s WHERE (%(period)s = ANY(%(starts)s::date[])) IS NOT TRUE
         UNION ALL
        SELECT %(columns)s FROM (%(frozen)s) AS frozen
        """,
        live=live,
        period=history.period_start(SQL("live.date"), kind, fiscal_month),
        starts=starts,
        columns=history.columns(COUNTED, "frozen"),
        frozen=frozen,
    )


def repeated(counted):
    """The opportunities that are there more than once: rows (lead_key)."""
    return SQL(
        "SELECT lead_key FROM (%s) AS counted GROUP BY 1 HAVING count(*) > 1", counted
    )
