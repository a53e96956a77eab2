"""What a simulation would change for each territory."""

from odoo.tools import SQL

from . import people


def write(run):
    """A row for each territory and company, from what was found: 1 statement.

    A territory of another plan is shown as its copy in the plan of the simulation, if
    that has one. What has no territory is a row of its own.
    """
    run.env.cr.execute(
        SQL(
            """
            WITH %(memberships)s, place AS (
                SELECT territory.id, twin.id AS shown_id
                  FROM (SELECT id, COALESCE(NULLIF(lineage, 0), -id) AS lineage,
                               plan_id = %(plan_id)s AS is_own
                          FROM crm_territory) AS territory
                  JOIN LATERAL (SELECT territory.id, 1 AS number
                                 UNION ALL
                                SELECT id, 0 FROM crm_territory
                                 WHERE plan_id = %(plan_id)s AND NOT territory.is_own
                                   AND lineage = territory.lineage
                                 ORDER BY number LIMIT 1) AS twin ON TRUE
            ), side AS (
                SELECT found.*, before.shown_id AS before_id, after.shown_id AS after_id
                  FROM crm_territory_comparison AS found
                  LEFT JOIN place AS before ON before.id = found.territory_before_id
                  LEFT JOIN place AS after ON after.id = found.territory_after_id
                 WHERE found.run_id = %(run_id)s
            ), member AS (
                SELECT place.shown_id AS territory_id,
                       count(DISTINCT user_id) FILTER (WHERE is_before) AS before,
                       count(DISTINCT user_id) FILTER (WHERE is_after) AS after
                  FROM membership JOIN place ON place.id = membership.territory_id
                 GROUP BY place.shown_id
            ), territory AS (
                SELECT COALESCE(company_id, %(company_id)s) AS company_id,
                       territory_id, sum(came) AS came, sum(went) AS went, %(sums)s
                  FROM (SELECT company_id, before_id AS territory_id,
                               0::int8 AS came,
                               CASE WHEN after_id IS DISTINCT FROM before_id
                                    THEN record_count ELSE 0 END AS went, %(before)s
                          FROM side
                         UNION ALL
                        SELECT company_id, after_id,
                               CASE WHEN after_id IS DISTINCT FROM before_id
                                    THEN record_count ELSE 0 END, 0, %(after)s
                          FROM side) AS counted
                 GROUP BY 1, territory_id
            )
            INSERT INTO crm_territory_comparison_territory
                   (run_id, currency_id, company_id, territory_id, came_count,
                    went_count, changed_count, %(columns)s, member_count_before,
                    member_count_after, load_before, load_after, load_difference)
            SELECT %(run_id)s, %(currency_id)s, territory.company_id,
                   territory.territory_id, came, went, came + went, %(values)s,
                   member.before, member.after, load.before, load.after,
                   COALESCE(load.after, 0) - COALESCE(load.before, 0)
              FROM territory
              LEFT JOIN member ON member.territory_id = territory.territory_id
              CROSS JOIN LATERAL (
                   SELECT open_count_before::float8 / NULLIF(member.before, 0)
                          AS before,
                          open_count_after::float8 / NULLIF(member.after, 0) AS after
                   ) AS load
            """,
            memberships=people.memberships(run),
            plan_id=run.plan_id.id,
            run_id=run.id,
            company_id=run.company_id.id or None,
            currency_id=run.currency_id.id,
            before=people.measures("before"),
            after=people.measures("after"),
            sums=people.sums(),
            columns=people.columns(),
            values=people.values("territory"),
        )
    )
