"""What a simulation would change for each person."""

from odoo.tools import SQL

_MEASURES = ("account_count", "open_count", "open_amount", "won_amount")


def write(run):
    """A row for each person and company, from what was found: 1 statement.

    Somebody has the records that are credited to the territories of which he is a
    member on the day of the simulation, and to those below. Whether he may open a
    record that moves is another matter: any of its territories opens it, so does who
    owns it.
    """
    run.env.cr.execute(
        SQL(
            """
            WITH RECURSIVE %(memberships)s, line AS (
                SELECT user_id, territory_id, is_before, is_after, active AS is_live
                  FROM membership
                UNION
                SELECT line.user_id, below.id, line.is_before, line.is_after,
                       line.is_live AND below.active
                  FROM line JOIN crm_territory AS below
                    ON below.parent_id = line.territory_id
            ), held AS (
                SELECT DISTINCT user_id, territory_id FROM line
            ), found AS MATERIALIZED (
                SELECT * FROM crm_territory_comparison WHERE run_id = %(run_id)s
            ), %(access)s, person AS (
                SELECT COALESCE(company_id, %(company_id)s) AS company_id, user_id,
                       %(sums)s,
                       sum(owned_before) AS owned_before,
                       sum(owned_after) AS owned_after,
                       sum(gained) AS gained, sum(lost) AS lost
                  FROM (SELECT company_id, held.user_id, %(before)s,
                               0::int8 AS owned_before, 0::int8 AS owned_after,
                               0::int8 AS gained, 0::int8 AS lost
                          FROM found
                          JOIN held ON held.territory_id = territory_before_id
                         UNION ALL
                        SELECT company_id, held.user_id, %(after)s, 0, 0, 0, 0
                          FROM found
                          JOIN held ON held.territory_id = territory_after_id
                         UNION ALL
                        SELECT company_id, user_id, %(nothing)s, open_count, 0, 0, 0
                          FROM found WHERE user_id IS NOT NULL
                         UNION ALL
                        SELECT company_id, COALESCE(user_after_id, user_id),
                               %(nothing)s, 0, open_count, 0, 0
                          FROM found
                         WHERE COALESCE(user_after_id, user_id) IS NOT NULL
                         UNION ALL
                        SELECT company_id, user_id, %(nothing)s, 0, 0, gained, lost
                          FROM changed_access) AS counted
                 GROUP BY 1, user_id
            ), room AS (
                SELECT user_id,
                       sum(capacity) FILTER (WHERE is_before) AS before,
                       sum(capacity) FILTER (WHERE is_after) AS after
                  FROM membership GROUP BY user_id
            )
            INSERT INTO crm_territory_comparison_user
                   (run_id, currency_id, company_id, user_id, %(columns)s,
                    owned_count_before, owned_count_after, owned_count_difference,
                    capacity_before, capacity_after, access_gained_count,
                    access_lost_count)
            SELECT %(run_id)s, %(currency_id)s, person.company_id, person.user_id,
                   %(values)s, owned_before, owned_after, owned_after - owned_before,
                   room.before, room.after, gained, lost
              FROM person LEFT JOIN room ON room.user_id = person.user_id
             WHERE (%(signs)s, owned_before, owned_after, gained, lost)
                   <> (%(zeros)s, 0, 0, 0, 0)
            """,
            memberships=memberships(run),
            access=_access(run),
            run_id=run.id,
            company_id=run.company_id.id or None,
            currency_id=run.currency_id.id,
            before=measures("before"),
            after=measures("after"),
            nothing=measures(None),
            sums=sums(),
            columns=columns(),
            values=values("person"),
            signs=SQL(", ").join(map(SQL.identifier, _sided())),
            zeros=SQL(", ").join([SQL("0")] * len(_sided())),
        )
    )


def memberships(run):
    """Who is a member of what on the day of the simulation, in the plans that judge
    now, and in those that would: SQL of the CTE ``membership``.
    """
    plans = run.env["crm.territory.plan"]
    active = plans._active_plans()
    after = run._judging_plans()
    days = {plan.id: plan._today() for plan in active | after}
    run.env["crm.territory.member"].flush_model()
    return SQL(
        """
        membership AS (
            SELECT member.user_id, member.territory_id, territory.active,
                   NULLIF(member.capacity, 0) AS capacity,
                   member.plan_id = ANY(%s) AS is_before,
                   member.plan_id = ANY(%s) AS is_after
              FROM crm_territory_member AS member
              JOIN crm_territory AS territory ON territory.id = member.territory_id
              JOIN unnest(%s::int4[], %s::date[]) AS zone(plan_id, today)
                ON zone.plan_id = member.plan_id
             WHERE daterange(member.date_start, member.date_end, '[]') @> zone.today
        )
        """,
        active.ids,
        after.ids,
        list(days),
        list(days.values()),
    )


def _access(run):
    """Who would come to see open records, or see them no longer, of those that see only
    what is theirs: SQL of CTEs, the last one ``changed_access``.
    """
    limited, _everything, _managers = run.env["res.partner"]._salespeople()
    everyone = run.env["crm.lead"]._unassigned_is_everyones()
    return SQL(
        """
        superior AS (
            SELECT id AS owner_id, id AS user_id FROM res_users
            UNION
            SELECT superior.owner_id, above.reports_to_id
              FROM superior JOIN res_users AS above ON above.id = superior.user_id
             WHERE above.reports_to_id IS NOT NULL
        ), sees AS (
            SELECT owner_id, user_id FROM superior
            UNION
            SELECT member.user_id, team.user_id
              FROM crm_team AS team
              JOIN crm_team_member AS member ON member.crm_team_id = team.id
             WHERE team.user_id IS NOT NULL AND team.active AND member.active
        ), guarded AS (
            SELECT * FROM found WHERE access_count > 0
        ), shared AS (
            SELECT link.set_id, line.user_id, bool_or(line.is_before) AS is_before,
                   bool_or(line.is_after) AS is_after
              FROM line
              JOIN crm_territory_set_rel AS link
                ON link.territory_id = line.territory_id
             WHERE line.is_live AND line.user_id = ANY(%(limited)s)
             GROUP BY link.set_id, line.user_id
        ), reader_before AS (
            SELECT guarded.id, shared.user_id
              FROM guarded JOIN shared ON shared.set_id = guarded.set_before_id
             WHERE shared.is_before
            UNION %(beside_before)s
        ), reader_after AS (
            SELECT guarded.id, shared.user_id
              FROM guarded JOIN shared ON shared.set_id = guarded.set_after_id
             WHERE shared.is_after
            UNION %(beside_after)s
        ), changed_access AS (
            SELECT guarded.company_id, reader.user_id,
                   sum(CASE WHEN is_new THEN access_count ELSE 0 END)::int8 AS gained,
                   sum(CASE WHEN is_new THEN 0 ELSE access_count END)::int8 AS lost
              FROM (SELECT *, TRUE AS is_new
                      FROM (SELECT * FROM reader_after
                            EXCEPT SELECT * FROM reader_before) AS new
                     UNION ALL
                    SELECT *, FALSE
                      FROM (SELECT * FROM reader_before
                            EXCEPT SELECT * FROM reader_after) AS old) AS reader
              JOIN guarded ON guarded.id = reader.id
             WHERE reader.user_id = ANY(%(limited)s)
               AND (guarded.company_id IS NULL OR EXISTS (
                    SELECT FROM res_company_users_rel AS link
                     WHERE link.user_id = reader.user_id
                       AND link.cid = guarded.company_id))
             GROUP BY guarded.company_id, reader.user_id
        )
        """,
        limited=limited.ids,
        beside_before=_readers_beside(
            SQL("set_before_id"), SQL("guarded.user_id"), limited, everyone
        ),
        beside_after=_readers_beside(
            SQL("set_after_id"),
            SQL("COALESCE(guarded.user_after_id, guarded.user_id)"),
            limited,
            everyone,
        ),
    )


def _readers_beside(set_id, owner, limited, everyone):
    """Who sees what was found, whatever territory it is in: owners and those above
    them, owners of documents of an account, and everybody what nobody has.
    """
    return SQL(
        """
        SELECT guarded.id, sees.user_id
          FROM guarded JOIN sees ON sees.owner_id = %(owner)s
        UNION
        SELECT guarded.id, unnest(guarded.reader_ids::int4[])
          FROM guarded WHERE guarded.reader_ids IS NOT NULL
        UNION
        SELECT guarded.id, limited.user_id
          FROM guarded CROSS JOIN unnest(%(limited)s::int4[]) AS limited(user_id)
         WHERE guarded.%(set_id)s IS NULL AND %(owner)s IS NULL
           AND (%(everyone)s OR guarded.kind = 'account')
        """,
        owner=owner,
        limited=limited.ids,
        set_id=set_id,
        everyone=everyone,
    )


# -- what is compared, before and after


def _sided():
    return [f"{name}_{side}" for name in _MEASURES for side in ("before", "after")]


def measures(side):
    """What was found as the figures of one side, or of none."""
    return SQL(", ").join(
        SQL(
            "%s AS %s",
            SQL.identifier(name.removesuffix(f"_{side}"))
            if side and name.endswith(side)
            else SQL("0"),
            SQL.identifier(name),
        )
        for name in _sided()
    )


def sums():
    return SQL(", ").join(
        SQL("sum(%s) AS %s", SQL.identifier(name), SQL.identifier(name))
        for name in _sided()
    )


def columns():
    """The columns of the figures: of each measure before, after, and the difference."""
    return SQL(", ").join(
        SQL.identifier(f"{name}_{part}")
        for name in _MEASURES
        for part in ("before", "after", "difference")
    )


def values(alias):
    """The values of the columns, from a query that has both sides."""
    return SQL(", ").join(
        SQL(
            "%(before)s, %(after)s, %(after)s - %(before)s",
            before=SQL.identifier(alias, f"{name}_before"),
            after=SQL.identifier(alias, f"{name}_after"),
        )
        for name in _MEASURES
    )
