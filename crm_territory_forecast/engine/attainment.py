"""Targets and what came of them as rows that add up along the tree, in SQL.

A target includes those of the territories below it, so that targets do not add up.
*Targets* are a query of rows (source, record_id, territory_id, user_id,
date_start, amount), of one forecast and each once.
"""

from odoo.tools import SQL

from odoo.addons.crm_territory.matching.lines import path_sql

from . import history

# from what a row is told
LIVE, FROZEN, TARGET, FROZEN_TARGET = range(4)
# columns beside those of a target: of what came of it
_OUTCOME = ("achieved", "commit", "best", "pipeline", "open_amount", "weighted_amount")


# The id of a row is made of its record, its source and one of a million forecasts: that
# is as far as numbers are exact in JavaScript.
_FORECASTS = 2**20
_SOURCES = 4


def row_id():
    """An id that stays with the row."""
    return SQL(
        "(report.record_id::int8 * %s + report.source) * %s + report.forecast_id",
        _SOURCES,
        _FORECASTS,
    )


def of_ids(table, ids):
    """The condition that rows are of the records and forecasts that ids are made of."""
    return SQL(
        "%s = ANY(%s) AND %s = ANY(%s)",
        SQL.identifier(table, "record_id"),
        [id_ // (_SOURCES * _FORECASTS) for id_ in ids],
        SQL.identifier(table, "forecast_id"),
        [id_ % _FORECASTS for id_ in ids],
    )


def handed_down(targets, lines):
    """What of targets is handed down: the amounts of the nearest ones below them, which
    are of the same member, or of territories alike. O(targets · depth), in Python:
    PostgreSQL cannot know how few targets lie in one line, and compares too many.

    >>> targets = {(1, None): {"May": 9.0}, (3, None): {"May": 5.0, "June": 4.0}}
    >>> handed_down(targets, {1: [], 3: [1, 2]})
    {(1, None, 'May'): 5.0}

    :param targets: {(territory id, user id or None): {day: amount}}
    :param lines: {territory id: those above it, topmost first}
    :return: {(territory id, user id or None, day): amount}
    """
    found = {}
    for (territory_id, user_id), amounts in targets.items():
        above = [
            id_ for id_ in reversed(lines[territory_id]) if (id_, user_id) in targets
        ]
        if not above:
            continue
        for day, amount in amounts.items():
            for above_id in above:
                if day in targets[above_id, user_id]:
                    key = (above_id, user_id, day)
                    found[key] = found.get(key, 0.0) + amount
                    break
    return found


def remainders(targets, handed):
    """The targets, each without what of it is handed down.

    Added up over a territory and all below it, they are its own target; if it has none,
    those of the topmost ones below it.

    :param handed: see ``handed_down``
    """
    if not handed:
        return targets
    territory_ids, user_ids, days = zip(*handed, strict=True)
    return SQL(
        """
        SELECT target.source, target.record_id, target.territory_id, target.user_id,
               target.date_start,
               target.amount - COALESCE(handed.amount, 0) AS amount
          FROM (%s) AS target
          LEFT JOIN unnest(%s::int[], %s::int[], %s::date[], %s::float8[])
                 AS handed(territory_id, user_id, date_start, amount)
                 ON handed.territory_id = target.territory_id
                AND handed.date_start = target.date_start
                AND COALESCE(handed.user_id, 0) = COALESCE(target.user_id, 0)
        """,
        targets,
        list(territory_ids),
        list(user_ids),
        list(days),
        list(handed.values()),
    )


def holders(targets):
    """Rows (user_id, date_start, territory_id), each once: the member has a target of
    the period in the territory or in one above it.
    """
    return SQL(
        """
        SELECT DISTINCT target.user_id, target.date_start, line.territory_id
          FROM (%s) AS target
          JOIN (SELECT territory.id AS territory_id, unnest(%s) AS above_id
                  FROM crm_territory AS territory) AS line
            ON line.above_id = target.territory_id
         WHERE target.user_id IS NOT NULL
        """,
        targets,
        path_sql("territory"),
    )


def without_repeated(name, table):
    """What a measure sums up to without what is there again: opportunities that are
    frozen in one period and in a later one again count once, in the later one.
    """
    repeated = SQL.identifier(table, "is_repeated")

    def of_repeated(expression):
        return SQL("array_agg(%s) FILTER (WHERE %s)", expression, repeated)

    return SQL(
        """
        COALESCE(sum(%(amount)s), 0) - COALESCE((
            SELECT sum(amount) FILTER (WHERE is_again)
              FROM (SELECT amount, lead(TRUE) OVER (
                               PARTITION BY lead_key, forecast_id
                                   ORDER BY is_frozen DESC, date) AS is_again
                      FROM unnest(%(amounts)s, %(keys)s, %(forecasts)s, %(frozen)s,
                                  %(dates)s)
                           AS repeated(amount, lead_key, forecast_id, is_frozen, date)
                   ) AS ordered), 0)
        """,
        amount=SQL.identifier(table, name),
        amounts=of_repeated(SQL.identifier(table, name)),
        keys=of_repeated(SQL.identifier(table, "lead_key")),
        forecasts=of_repeated(SQL.identifier(table, "forecast_id")),
        frozen=of_repeated(SQL("%s = %s", SQL.identifier(table, "source"), FROZEN)),
        dates=of_repeated(SQL.identifier(table, "date")),
    )


def of_opportunities(
    counted, targets, left_out_ids, line_ids, kind, fiscal_month, repeated_keys=()
):
    """What is achieved and open: a row for each opportunity.

    :param counted: a query of opportunities with the columns of ``history.STATE``,
        record_id and is_frozen
    :param left_out_ids: the territories that do not count
    :param repeated_keys: the opportunities that are in several of the rows
    :param line_ids: those whose targets are told, all if None. What is won elsewhere is
        told of members with a target there, and counts for that one only: beside a
        target of territories it would be too much.
    """
    is_counted = is_shown = SQL("TRUE")
    amount, nothing = SQL("amount"), SQL("0::float8")
    if left_out_ids:
        # hashed by PostgreSQL 14, unlike NOT IN
        is_counted = SQL("(territory_id = ANY(%s)) IS NOT TRUE", list(left_out_ids))
    if line_ids is not None:
        is_in_line = SQL("opportunity.territory_id = ANY(%s)", list(line_ids))
        is_shown = SQL(
            "(%s OR holder.user_id IS NOT NULL AND category = 'won')", is_in_line
        )
        amount = SQL("CASE WHEN %s THEN amount END", is_in_line)
        nothing = SQL("CASE WHEN %s THEN 0::float8 END", is_in_line)
    return SQL(
        """
        SELECT source, record_id, 'opportunity'::varchar AS kind,
               lead_key, lead_id, name, company_id, territory_id, user_id, date_start,
               date, category, NULL::float8 AS target, NULL::float8 AS member_target,
               member_achieved, %(is_repeated)s AS is_repeated, %(outcome)s
          FROM (SELECT opportunity.*, %(amount)s AS in_line, %(nothing)s AS nothing,
                       CASE WHEN holder.user_id IS NOT NULL
                            THEN CASE category WHEN 'won' THEN amount ELSE 0 END
                            END AS member_achieved
                  FROM (SELECT counted.*, %(date_start)s AS date_start,
                               CASE WHEN is_frozen THEN %(frozen)s ELSE %(live)s END
                                   AS source
                          FROM (%(counted)s) AS counted
                         WHERE %(is_counted)s) AS opportunity
                  LEFT JOIN (%(holders)s) AS holder
                         ON holder.user_id = opportunity.user_id
                        AND holder.date_start = opportunity.date_start
                        AND holder.territory_id = opportunity.territory_id
                 WHERE %(is_shown)s) AS shown
        """,
        live=LIVE,
        frozen=FROZEN,
        is_repeated=SQL("lead_key = ANY(%s)", list(repeated_keys))
        if repeated_keys
        else SQL("FALSE"),
        outcome=SQL(
            """
            CASE category WHEN 'won' THEN in_line ELSE nothing END AS achieved,
            CASE category WHEN 'commit' THEN in_line ELSE nothing END AS commit,
            CASE category WHEN 'best' THEN in_line ELSE nothing END AS best,
            CASE category WHEN 'pipeline' THEN in_line ELSE nothing END AS pipeline,
            CASE category WHEN 'won' THEN nothing ELSE in_line END AS open_amount,
            CASE category WHEN 'won' THEN nothing
                 ELSE in_line * COALESCE(probability, 0) / 100 END AS weighted_amount
            """
        ),
        amount=amount,
        nothing=nothing,
        date_start=history.period_start(SQL("counted.date"), kind, fiscal_month),
        counted=counted,
        is_counted=is_counted,
        holders=holders(targets),
        is_shown=is_shown,
    )


def of_targets(targets, handed, company_id):
    """What there is to achieve: a row for each target, with the columns of
    ``of_opportunities``.

    :param handed: see ``handed_down``
    """
    return SQL(
        """
        SELECT source, record_id,
               CASE WHEN user_id IS NULL THEN 'target' ELSE 'member_target'
                    END::varchar AS kind,
               NULL::int4 AS lead_key, NULL::int4 AS lead_id, NULL::varchar AS name,
               %(company_id)s::int4 AS company_id, territory_id, user_id, date_start,
               date_start AS date, NULL::varchar AS category,
               CASE WHEN user_id IS NULL THEN amount END AS target,
               CASE WHEN user_id IS NOT NULL THEN amount END AS member_target,
               CASE WHEN user_id IS NOT NULL THEN 0::float8 END AS member_achieved,
               FALSE AS is_repeated, %(outcome)s
          FROM (%(remainders)s) AS remainder
        """,
        company_id=company_id,
        outcome=SQL(", ").join(
            SQL(
                "CASE WHEN user_id IS NULL THEN 0::float8 END AS %s",
                SQL.identifier(name),
            )
            for name in _OUTCOME
        ),
        remainders=remainders(targets, handed),
    )
