"""How the opportunities of a forecast stood, in SQL: what moved, what was foreseen.

A *state* is a query of one row for each opportunity of a forecast, with the columns of
``STATE``. There is a state of now and one of each day since the first snapshot.
"""

from odoo.tools import SQL

from .periods import MONTHS

STATE = (
    "lead_key",  # the id of the opportunity, also when it is deleted
    "lead_id",
    "name",
    "company_id",
    "territory_id",
    "user_id",
    "date",
    "category",
    "amount",
    "probability",
)
# of a line of the weekly snapshots
LINE = (*STATE, "valid_from", "valid_to")
OPEN = ("pipeline", "best", "commit")
# what tells one line of the history from the next one
_VALUES = STATE[2:]
# whose change is a movement of the pipeline
_MOVING = ("territory_id", "user_id", "date", "category", "amount")


def columns(names, table=None):
    """Names of columns, of a table if told, separated by commas."""
    path = (table,) if table else ()
    return SQL(", ").join(SQL.identifier(*path, name) for name in names)


def period_start(day, kind, fiscal_month):
    """The first day of the period that a day is in, as ``periods.start_of``."""
    if MONTHS[kind] == 1:
        return SQL("date_trunc('month', %s::timestamp)::date", day)
    return SQL(
        "(date_trunc('month', %(day)s) - make_interval(months =>"
        " (extract(month FROM %(day)s)::int - %(month)s + 12) %% %(length)s))::date",
        day=day,
        month=fiscal_month,
        length=MONTHS[kind],
    )


def state_at(lines, day):
    """The state that the weekly snapshots tell of a day, given as SQL.

    :param lines: their lines, with the columns of ``LINE``
    """
    return SQL(
        """
        SELECT %(columns)s FROM (%(lines)s) AS line
         WHERE valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)
        """,
        columns=columns(STATE),
        lines=lines,
        day=day,
    )


def lines_of(forecast_id):
    """The lines of the weekly snapshots, with the columns of ``LINE``."""
    return SQL(
        """
        SELECT %s FROM crm_territory_forecast_snapshot_line
         WHERE forecast_id = %s AND snapshot_id IS NULL
        """,
        columns(LINE),
        forecast_id,
    )


def placed(state, names, new_of, uncounted_ids):
    """A state, or lines, in the tree in use.

    :param names: its columns
    :param new_of: {territory of a former plan: that in the tree in use}
    :param uncounted_ids: the territories that do not count
    """
    if new_of:
        state = SQL(
            """
            SELECT %(others)s, COALESCE(carried.new_id, territory_id) AS territory_id
              FROM (%(state)s) AS state
              LEFT JOIN unnest(%(old_ids)s::int[], %(new_ids)s::int[])
                     AS carried(old_id, new_id) ON carried.old_id = territory_id
            """,
            others=columns([n for n in names if n != "territory_id"], "state"),
            state=state,
            old_ids=list(new_of),
            new_ids=list(new_of.values()),
        )
    if not uncounted_ids:
        return state
    return SQL(
        "SELECT %s FROM (%s) AS placed WHERE (territory_id = ANY(%s)) IS NOT TRUE",
        columns(names),
        state,
        list(uncounted_ids),
    )


def keep(forecast_id, currency_id, live, today):
    """Write what differs from the last state; returns a row for each line written.

    A second snapshot of a day replaces what the first one wrote.
    """
    return SQL(
        """
        WITH live AS MATERIALIZED (%(live)s),
        kept AS MATERIALIZED (
            SELECT id, valid_from, %(state)s
              FROM crm_territory_forecast_snapshot_line
             WHERE forecast_id = %(forecast_id)s AND snapshot_id IS NULL
               AND valid_to IS NULL
        ), outdated AS MATERIALIZED (
            SELECT kept.id, lead_key, kept.valid_from
              FROM kept LEFT JOIN live USING (lead_key)
             WHERE live.lead_key IS NULL
                OR (%(live_values)s) IS DISTINCT FROM (%(kept_values)s)
        ), closed AS (
            UPDATE crm_territory_forecast_snapshot_line AS line
               SET valid_to = %(today)s
              FROM outdated
             WHERE outdated.id = line.id AND outdated.valid_from < %(today)s
        ), replaced AS (
            DELETE FROM crm_territory_forecast_snapshot_line AS line
             USING outdated
             WHERE outdated.id = line.id AND outdated.valid_from >= %(today)s
        )
        INSERT INTO crm_territory_forecast_snapshot_line
               (forecast_id, currency_id, valid_from, %(state)s)
        SELECT %(forecast_id)s, %(currency_id)s, %(today)s, %(live_state)s
          FROM live
          LEFT JOIN kept USING (lead_key)
          LEFT JOIN outdated USING (lead_key)
         WHERE kept.id IS NULL OR outdated.id IS NOT NULL
        RETURNING id
        """,
        live=live,
        state=columns(STATE),
        live_state=columns(STATE, "live"),
        live_values=columns(_VALUES, "live"),
        kept_values=columns(_VALUES, "kept"),
        forecast_id=forecast_id,
        currency_id=currency_id,
        today=today,
    )


def movement(before, after, kind, fiscal_month):
    """What happened to the open pipeline between two states.

    Rows (lead_key, lead_id, name, company_id, number, kind, territory_id, user_id,
    date_start, amount, and what stood before and after). Added up, the amounts of a
    territory, salesperson and period are what is open there after, less what was open
    before: what leaves one for another is a row in each, of the same kind, so that
    where both are looked at they make up for each other. An opportunity that is won is
    worth what it was won with, so that it may have grown first.
    """
    return SQL(
        """
        SELECT pair.*, move.*
          FROM (
            SELECT COALESCE(after.lead_key, before.lead_key) AS lead_key,
                   COALESCE(after.lead_id, before.lead_id) AS lead_id,
                   COALESCE(after.name, before.name) AS name,
                   COALESCE(after.company_id, before.company_id) AS company_id,
                   before.territory_id AS territory_before,
                   after.territory_id AS territory_after,
                   before.user_id AS user_before, after.user_id AS user_after,
                   before.date AS date_before, after.date AS date_after,
                   %(period_before)s AS period_before,
                   %(period_after)s AS period_after,
                   before.category AS category_before,
                   after.category AS category_after,
                   before.amount AS amount_before, after.amount AS amount_after,
                   before.category IN %(open)s IS TRUE AS was_open,
                   after.category = 'won' IS TRUE
                       AND before.category IS DISTINCT FROM 'won' AS is_newly_won,
                   after.category IN %(open)s IS TRUE OR after.category = 'won' IS TRUE
                       AND before.category IS DISTINCT FROM 'won' AS was_open_until
              FROM (%(before)s) AS before
              FULL JOIN (%(after)s) AS after USING (lead_key)
             WHERE (%(values_before)s) IS DISTINCT FROM (%(values_after)s)
          ) AS pair
         CROSS JOIN LATERAL (
            SELECT (territory_before, COALESCE(user_before, 0), period_before)
                   IS DISTINCT FROM
                   (territory_after, COALESCE(user_after, 0), period_after)
                   AND was_open AND was_open_until AS is_elsewhere,
                   CASE WHEN territory_before IS DISTINCT FROM territory_after
                        THEN 'moved'
                        WHEN COALESCE(period_after, 'infinity')
                             > COALESCE(period_before, 'infinity') THEN 'slipped'
                        WHEN COALESCE(period_after, 'infinity')
                             < COALESCE(period_before, 'infinity') THEN 'forward'
                        ELSE 'reassigned' END AS event
          ) AS place
         CROSS JOIN LATERAL (VALUES
            (1, CASE WHEN was_open_until AND NOT was_open THEN 'new' END,
             territory_after, user_after, period_after, amount_after),
            (2, CASE WHEN is_elsewhere THEN event END,
             territory_before, user_before, period_before, -amount_before),
            (3, CASE WHEN is_elsewhere THEN event END,
             territory_after, user_after, period_after, amount_before),
            (4, CASE WHEN NOT (was_open AND was_open_until) THEN NULL
                     WHEN amount_after > amount_before THEN 'grown'
                     WHEN amount_after < amount_before THEN 'shrunk' END,
             territory_after, user_after, period_after, amount_after - amount_before),
            (5, CASE WHEN is_newly_won THEN 'won' END,
             territory_after, user_after, period_after, -amount_after),
            (6, CASE WHEN NOT was_open OR was_open_until THEN NULL
                     WHEN category_after = 'lost' THEN 'lost' ELSE 'removed' END,
             territory_before, user_before, period_before, -amount_before)
          ) AS move(number, kind, territory_id, user_id, date_start, amount)
         WHERE move.kind IS NOT NULL
        """,
        before=before,
        after=after,
        values_before=columns(_MOVING, "before"),
        values_after=columns(_MOVING, "after"),
        open=OPEN,
        period_before=period_start(SQL("before.date"), kind, fiscal_month),
        period_after=period_start(SQL("after.date"), kind, fiscal_month),
    )


def open_before(before, kind, fiscal_month):
    """What was open at the start of a movement: rows with the columns of ``movement``.
    With these, what is told of a territory, salesperson and period adds up to what is
    open there in the end.
    """
    return SQL(
        """
        SELECT lead_key, lead_id, name, company_id, 7 AS number, 'before' AS kind,
               territory_id, user_id, %(period)s AS date_start, amount,
               category AS category_before, NULL AS category_after,
               date AS date_before, NULL::date AS date_after,
               amount AS amount_before, NULL::float8 AS amount_after
          FROM (%(before)s) AS before
         WHERE category IN %(open)s
        """,
        before=before,
        open=OPEN,
        period=period_start(SQL("date"), kind, fiscal_month),
    )


def accuracy(forecast_id, lines, live, kind, fiscal_month, weeks, today):
    """What was foreseen so many weeks before the end of each period, and what came.

    Rows (lead_key, lead_id, name, company_id, territory_id, user_id, date_start,
    date_snapshot, commit_amount, landing, open_amount, outcome): one for each
    opportunity and period that is over. The snapshot is the last one up to that day; a
    period without one, because snapshots began later, is left out. What was achieved
    by then counts as foreseen.

    :param lines: those of the weekly snapshots, with the columns of ``LINE``
    :param live: the state that came of it
    """
    return SQL(
        """
        WITH bounds AS (
            SELECT min(date) AS first_day
              FROM crm_territory_forecast_snapshot
             WHERE forecast_id = %(forecast_id)s AND kind = 'weekly'
        ), over AS (
            SELECT start::date AS date_start,
                   (start + %(length)s)::date AS next_start
              FROM bounds, generate_series(
                   %(first_start)s::timestamp, %(today)s::timestamp, %(length)s)
                   AS start
             WHERE start + %(length)s <= %(today)s::timestamp
        ), foretold AS (
            SELECT over.*, (
                SELECT max(date)
                  FROM crm_territory_forecast_snapshot
                 WHERE forecast_id = %(forecast_id)s AND kind = 'weekly'
                   AND date < over.next_start - %(days)s
            ) AS date_snapshot
              FROM over
        ), foreseen AS (
            SELECT line.*, foretold.date_start, foretold.date_snapshot
              FROM foretold
              JOIN (%(lines)s) AS line
                ON line.valid_from <= foretold.date_snapshot
               AND (line.valid_to IS NULL OR line.valid_to > foretold.date_snapshot)
               AND line.date >= foretold.date_start AND line.date < foretold.next_start
             WHERE line.category IN %(counted)s
        ), won AS (
            SELECT live.*, foretold.date_start, foretold.date_snapshot
              FROM foretold
              JOIN (%(live)s) AS live
                ON live.date >= foretold.date_start AND live.date < foretold.next_start
             WHERE live.category = 'won' AND foretold.date_snapshot IS NOT NULL
        )
        SELECT COALESCE(won.lead_key, foreseen.lead_key) AS lead_key,
               COALESCE(won.lead_id, foreseen.lead_id) AS lead_id,
               COALESCE(won.name, foreseen.name) AS name,
               COALESCE(won.company_id, foreseen.company_id) AS company_id,
               COALESCE(won.territory_id, foreseen.territory_id) AS territory_id,
               COALESCE(won.user_id, foreseen.user_id) AS user_id,
               COALESCE(won.date_start, foreseen.date_start) AS date_start,
               COALESCE(won.date_snapshot, foreseen.date_snapshot) AS date_snapshot,
               CASE WHEN foreseen.category IN ('won', 'commit')
                    THEN foreseen.amount ELSE 0 END AS commit_amount,
               CASE WHEN foreseen.category = 'won' THEN foreseen.amount
                    ELSE COALESCE(foreseen.amount * foreseen.probability / 100, 0)
                    END AS landing,
               COALESCE(foreseen.amount, 0) AS open_amount,
               COALESCE(won.amount, 0) AS outcome
          FROM foreseen
          FULL JOIN won ON won.lead_key = foreseen.lead_key
                       AND won.date_start = foreseen.date_start
        """,
        forecast_id=forecast_id,
        lines=lines,
        live=live,
        length=SQL("interval %s", f"{MONTHS[kind]} months"),
        first_start=period_start(SQL("bounds.first_day"), kind, fiscal_month),
        days=7 * weeks,
        counted=(*OPEN, "won"),
        today=today,
    )
