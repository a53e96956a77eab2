"""What a forecast tells, as SQL that somebody would write by hand for that very result,
who knows that there is one plan, one company and one currency, and nothing frozen.
"""

from odoo.tools import SQL

from .forecast_world import TODAY

# the figures of a cell, in the order of the columns
FIGURES = (
    *("target", "mismatch", "achieved", "achieved_rate"),
    *("commit", "best", "pipeline", "open", "weighted", "overdue", "landing"),
    *("shortage_rate", "closing_gap", "uncovered_gap", "coverage"),
)
# of columns target, mismatch, and the sums of opportunities
ALL_FIGURES = SQL(
    """
    target, round(mismatch::numeric, 2)::float8 AS mismatch,
    round(achieved::numeric, 2)::float8 AS achieved,
    achieved / NULLIF(target, 0) AS achieved_rate,
    round(commit::numeric, 2)::float8 AS commit,
    round(best::numeric, 2)::float8 AS best,
    round(pipeline::numeric, 2)::float8 AS pipeline,
    round((commit + best + pipeline)::numeric, 2)::float8 AS open,
    round(weighted::numeric, 2)::float8 AS weighted,
    round(overdue::numeric, 2)::float8 AS overdue,
    round((achieved + weighted)::numeric, 2)::float8 AS landing,
    GREATEST(0, target - achieved - commit - best - pipeline) / NULLIF(target, 0)
        AS shortage_rate,
    round((target - achieved)::numeric, 2)::float8 AS closing_gap,
    round((target - achieved - weighted)::numeric, 2)::float8 AS uncovered_gap,
    CASE WHEN target > achieved
         THEN (commit + best + pipeline) / (target - achieved) END AS coverage
    """
)
# the opportunities that count from a first day to before a last one, or on no day
COUNTED = """
    SELECT %(territory)s AS territory_id, COALESCE(won_user_id, user_id) AS user_id,
           CASE WHEN won_status = 'won' THEN 'won' ELSE forecast_category END
               AS category,
           CASE WHEN won_status = 'won' THEN date_closed::date
                ELSE date_deadline END AS day,
           expected_revenue::float8 AS amount, probability
      FROM crm_lead AS lead %(join)s
     WHERE type = 'opportunity' AND forecast_category <> 'omitted'
       AND (won_status = 'won' AND date_closed >= %(first_day)s::timestamp
            AND date_closed < %(next_day)s::timestamp
         OR won_status = 'pending' AND lead.active
            AND (date_deadline >= %(first_day)s::date
                 AND date_deadline < %(next_day)s::date OR %(undated)s))
       AND (company_id = %(company_id)s OR company_id IS NULL)
"""
SUMS = SQL(
    """
    COALESCE(sum(amount) FILTER (WHERE category = 'won'), 0) AS achieved,
    COALESCE(sum(amount) FILTER (WHERE category = 'commit'), 0) AS commit,
    COALESCE(sum(amount) FILTER (WHERE category = 'best'), 0) AS best,
    COALESCE(sum(amount) FILTER (WHERE category = 'pipeline'), 0) AS pipeline,
    COALESCE(sum(amount * probability) FILTER (WHERE category <> 'won'), 0) / 100
        AS weighted,
    COALESCE(sum(amount) FILTER (WHERE category <> 'won' AND day < %s), 0) AS overdue
    """,
    TODAY,
)
ADDED_UP = SQL(
    """
    sum(achieved) AS achieved, sum(commit) AS commit, sum(best) AS best,
    sum(pipeline) AS pipeline, sum(weighted) AS weighted, sum(overdue) AS overdue
    """
)
PATH = SQL("string_to_array(rtrim(territory.parent_path, '/'), '/')::int[]")

BOARD = """
    WITH summed AS (
        SELECT territory_id, date_trunc('month', day::timestamp)::date AS month,
               %(sums)s
          FROM (%(counted)s) AS counted
         GROUP BY 1, 2
    ), rolled_up AS (
        SELECT line.id AS territory_id, month, %(added_up)s
          FROM summed
          JOIN crm_territory AS territory ON territory.id = summed.territory_id,
               unnest(%(path)s) AS line(id)
         GROUP BY 1, 2
    ), target AS (
        SELECT territory_id, user_id, date_start, amount::float8 AS amount, parent_id
          FROM crm_territory_forecast_target AS target
          JOIN crm_territory AS territory ON territory.id = territory_id
         WHERE forecast_id = %(forecast_id)s
           AND date_start >= %(first_day)s AND date_start < %(next_day)s
    ), part AS (
        SELECT CASE WHEN user_id IS NULL THEN parent_id ELSE territory_id END
                   AS territory_id, date_start, sum(amount) AS amount
          FROM target GROUP BY 1, 2
    ), cell AS (
        SELECT territory.id AS territory_id, first_day::date AS month,
               target.amount AS target, target.amount - part.amount AS mismatch,
               COALESCE(achieved, 0) AS achieved, COALESCE(commit, 0) AS commit,
               COALESCE(best, 0) AS best, COALESCE(pipeline, 0) AS pipeline,
               COALESCE(weighted, 0) AS weighted, COALESCE(overdue, 0) AS overdue
          FROM crm_territory AS territory
          JOIN crm_territory_plan AS plan
            ON plan.id = plan_id AND plan.state = 'active'
         CROSS JOIN generate_series(%(first_day)s::timestamp,
                                    %(next_day)s::timestamp - interval '1 day',
                                    interval '1 month') AS first_day
          LEFT JOIN rolled_up ON rolled_up.territory_id = territory.id
                             AND rolled_up.month = first_day::date
          LEFT JOIN target ON target.territory_id = territory.id
                          AND target.date_start = first_day::date
                          AND target.user_id IS NULL
          LEFT JOIN part ON part.territory_id = territory.id
                        AND part.date_start = first_day::date
         WHERE territory.active
    ), total AS (
        SELECT territory_id, NULL::date AS month, sum(target) AS target,
               sum(mismatch) AS mismatch, %(added_up)s
          FROM cell GROUP BY 1
    )
    SELECT territory_id, month, %(figures)s, NULL::float8 AS undated
      FROM cell
     UNION ALL
    SELECT territory_id, month, %(figures)s, COALESCE(undated, 0)
      FROM total
      LEFT JOIN (SELECT territory_id, commit + best + pipeline AS undated
                   FROM rolled_up WHERE month IS NULL) AS dateless USING (territory_id)
"""

# the strip: what a salesperson is to achieve this month, and has
OWN_TARGETS = """
    WITH own AS (
        SELECT target.territory_id, territory.name, amount::float8 AS target
          FROM crm_territory_forecast_target AS target
          JOIN crm_territory AS territory ON territory.id = target.territory_id
         WHERE forecast_id = %(forecast_id)s AND user_id = %(user_id)s
           AND date_start = %(first_day)s
    ), summed AS (
        SELECT territory_id, %(sums)s FROM (%(counted)s) AS counted GROUP BY 1
    ), rolled_up AS (
        SELECT line.id AS territory_id, %(added_up)s
          FROM summed
          JOIN crm_territory AS territory ON territory.id = summed.territory_id,
               unnest(%(path)s) AS line(id)
         GROUP BY 1
    )
    SELECT territory_id, name, %(figures)s
      FROM (SELECT own.*, NULL::float8 AS mismatch,
                   COALESCE(achieved, 0) AS achieved, COALESCE(commit, 0) AS commit,
                   COALESCE(best, 0) AS best, COALESCE(pipeline, 0) AS pipeline,
                   COALESCE(weighted, 0) AS weighted, COALESCE(overdue, 0) AS overdue
              FROM own LEFT JOIN rolled_up USING (territory_id)) AS cell
"""

SHEET = """
    WITH numbered AS (
        SELECT territory.id, %(path)s AS path,
               row_number() OVER (ORDER BY territory.sequence, territory.name,
                                           territory.id) AS place
          FROM crm_territory AS territory
          JOIN crm_territory_plan AS plan
            ON plan.id = plan_id AND plan.state = 'active'
         WHERE territory.active
    ), tree AS (
        SELECT territory.id, array_agg(above.place ORDER BY depth) AS places
          FROM numbered AS territory
         CROSS JOIN unnest(path) WITH ORDINALITY AS line(id, depth)
          JOIN numbered AS above ON above.id = line.id
         GROUP BY 1
    ), page AS (
        SELECT row_number() OVER (ORDER BY places, user_id NULLS FIRST) AS place,
               count(*) OVER () AS count, territory_id, user_id
          FROM (SELECT id AS territory_id, NULL::int AS user_id, places FROM tree
                 UNION ALL
                SELECT tree.id, user_id, places
                  FROM tree JOIN crm_territory_member ON territory_id = tree.id) AS row
         ORDER BY 1 LIMIT %(page)s
    ), target AS (
        SELECT territory_id, user_id, date_start, amount::float8 AS amount, parent_id
          FROM crm_territory_forecast_target AS target
          JOIN crm_territory AS territory ON territory.id = territory_id
         WHERE forecast_id = %(forecast_id)s
           AND date_start >= %(first_day)s AND date_start < %(next_day)s
    ), part AS (
        SELECT CASE WHEN user_id IS NULL THEN parent_id ELSE territory_id END
                   AS territory_id, date_start, sum(amount) AS amount
          FROM target GROUP BY 1, 2
    ), summed AS (
        SELECT territory_id, COALESCE(won_user_id, user_id) AS user_id,
               (date_trunc('month', date_closed) + interval '1 year')::date AS month,
               sum(expected_revenue::float8) AS amount
          FROM crm_lead
         WHERE type = 'opportunity' AND forecast_category <> 'omitted'
           AND won_status = 'won'
           AND date_closed >= %(first_day)s::timestamp - interval '1 year'
           AND date_closed < %(first_day)s::timestamp
           AND (company_id = %(company_id)s OR company_id IS NULL)
           AND territory_id IN (SELECT territory.id
                                  FROM crm_territory AS territory
                                 CROSS JOIN unnest(%(path)s) AS line(id)
                                  JOIN page ON page.territory_id = line.id)
         GROUP BY 1, 2, 3
    ), won AS (
        SELECT line.id AS territory_id, month, sum(amount) AS amount,
               CASE GROUPING(user_id) WHEN 1 THEN 0 ELSE user_id END AS user_id
          FROM summed
          JOIN crm_territory AS territory ON territory.id = summed.territory_id
         CROSS JOIN unnest(%(path)s) AS line(id)
         GROUP BY GROUPING SETS ((line.id, month), (line.id, user_id, month))
    ), cell AS (
        SELECT page.*, first_day::date AS month, target.amount, part.amount AS parts,
               COALESCE(won.amount, 0) AS won
          FROM page
         CROSS JOIN generate_series(%(first_day)s::timestamp,
                                    %(next_day)s::timestamp - interval '1 day',
                                    interval '1 month') AS first_day
          LEFT JOIN target ON target.territory_id = page.territory_id
                          AND target.date_start = first_day::date
                          AND COALESCE(target.user_id, 0) = COALESCE(page.user_id, 0)
          LEFT JOIN part ON part.territory_id = page.territory_id
                        AND part.date_start = first_day::date AND page.user_id IS NULL
          LEFT JOIN won ON won.territory_id = page.territory_id
                       AND won.user_id = COALESCE(page.user_id, 0)
                       AND won.month = first_day::date
    )
    SELECT place, count, territory_id, user_id, month, sum(amount),
           round(sum(parts)::numeric, 2)::float8,
           round(sum(amount - parts)::numeric, 2)::float8,
           round(sum(won)::numeric, 2)::float8
      FROM cell
     GROUP BY GROUPING SETS ((place, count, territory_id, user_id, month),
                             (place, count, territory_id, user_id))
     UNION ALL
    SELECT NULL, NULL, NULL, NULL, date_start, sum(amount), NULL, NULL, NULL
      FROM target WHERE parent_id IS NULL AND user_id IS NULL
     GROUP BY date_start
"""

# opportunities by two dimensions; the target of a level is that of the territory there,
# which has one
ATTAINMENT = """
    WITH attained AS (
        SELECT GROUPING(level_1_id, %(second)s) AS kind, level_1_id, %(second)s,
               count(*) AS count,
               sum(amount) FILTER (WHERE category = 'won') AS achieved,
               sum(amount * probability / 100) FILTER (WHERE category <> 'won')
                   AS weighted
          FROM (SELECT counted.*, level_1_id, level_2_id,
                       date_trunc('quarter', day::timestamp)::date AS quarter
                  FROM (%(counted)s) AS counted
                  JOIN crm_territory AS territory ON territory.id = territory_id) AS row
         GROUP BY GROUPING SETS (%(sets)s)
    ), target AS (
        SELECT GROUPING(level_1_id, %(second)s) AS kind, level_1_id, %(second)s,
               count(*) AS count, %(target)s AS amount
          FROM (SELECT target.amount::float8 AS amount, territory.parent_id, user_id,
                       level_1_id, level_2_id,
                       date_trunc('quarter', date_start::timestamp)::date AS quarter
                  FROM crm_territory_forecast_target AS target
                  JOIN crm_territory AS territory ON territory.id = territory_id
                 WHERE forecast_id = %(forecast_id)s
                   AND date_start >= %(first_day)s AND date_start < %(next_day)s
               ) AS grouped
         GROUP BY GROUPING SETS (%(sets)s)
    )
    SELECT target.kind, target.level_1_id, target.%(second)s,
           target.count + COALESCE(attained.count, 0), target.amount,
           COALESCE(achieved, 0),
           COALESCE(achieved, 0) / CASE WHEN target.amount > 0 THEN target.amount END,
           target.amount - COALESCE(achieved, 0), COALESCE(weighted, 0),
           target.amount - COALESCE(achieved, 0) - COALESCE(weighted, 0)
      FROM target
      LEFT JOIN attained
        ON target.kind = attained.kind
       AND target.level_1_id IS NOT DISTINCT FROM attained.level_1_id
       AND target.%(second)s IS NOT DISTINCT FROM attained.%(second)s
"""
_OF_ROOTS = "sum(amount) FILTER (WHERE user_id IS NULL AND parent_id IS NULL)"
# {name: (second dimension, that in SQL, grouping sets, the target of a group)}
ATTAINMENTS = {
    "first screen": (
        "territory_2_id",
        "level_2_id",
        "(), (level_1_id), (level_1_id, level_2_id)",
        f"""
        CASE WHEN GROUPING(level_2_id) = 1 THEN {_OF_ROOTS}
             WHEN level_2_id = level_1_id THEN {_OF_ROOTS} - (
                  SELECT sum(part.amount::float8)
                    FROM crm_territory_forecast_target AS part
                    JOIN crm_territory AS child ON child.id = part.territory_id
                   WHERE child.parent_id = grouped.level_1_id
                     AND part.user_id IS NULL
                     AND forecast_id = %(forecast_id)s
                     AND date_start >= %(first_day)s AND date_start < %(next_day)s)
             ELSE sum(amount)
                  FILTER (WHERE user_id IS NULL AND parent_id = level_1_id) END
        """,
    ),
    "first level by quarter": (
        "date_start:quarter",
        "quarter",
        "(), (level_1_id), (quarter), (level_1_id, quarter)",
        _OF_ROOTS,
    ),
}


# notes who changed what, too; RETURNING does not have what was there before
PASTE = """
    WITH pasted AS (
        SELECT territory.id AS territory_id, NULLIF(cell.user_id, 0) AS user_id,
               territory.plan_id, cell.date_start, cell.amount, target.amount AS before
          FROM unnest(%(territory_ids)s::int[], %(user_ids)s::int[],
                      %(starts)s::date[], %(amounts)s::numeric[])
               AS cell(territory_id, user_id, date_start, amount)
          JOIN crm_territory AS territory ON territory.id = cell.territory_id
          LEFT JOIN crm_territory_forecast_target AS target
                 ON target.forecast_id = %(forecast_id)s
                AND target.territory_id = cell.territory_id
                AND COALESCE(target.user_id, 0) = cell.user_id
                AND target.date_start = cell.date_start
    ), written AS (
        INSERT INTO crm_territory_forecast_target
               (forecast_id, company_id, currency_id, territory_id, plan_id, user_id,
                date_start, amount, create_uid, write_uid, create_date, write_date)
        SELECT %(forecast_id)s, %(company_id)s, %(currency_id)s, territory_id, plan_id,
               user_id, date_start, amount, %(uid)s, %(uid)s, now(), now()
          FROM pasted
            ON CONFLICT (forecast_id, territory_id, COALESCE(user_id, 0), date_start)
            DO UPDATE SET amount = EXCLUDED.amount, write_uid = EXCLUDED.write_uid,
                          write_date = EXCLUDED.write_date
    )
    INSERT INTO crm_territory_forecast_target_change
           (forecast_id, company_id, currency_id, territory_id, plan_id, user_id,
            date_start, is_set_before, amount_before, is_set_after, amount_after,
            difference, origin, create_uid, write_uid, create_date, write_date)
    SELECT %(forecast_id)s, %(company_id)s, %(currency_id)s, territory_id, plan_id,
           user_id, date_start, before IS NOT NULL, COALESCE(before, 0), TRUE, amount,
           amount - COALESCE(before, 0), 'pasted', %(uid)s, %(uid)s, now(), now()
      FROM pasted
    RETURNING id
"""
