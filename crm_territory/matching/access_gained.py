"""Who would see what he does not see today, if a plan took the place of others."""

from odoo.tools import SQL


def access_gained(env, run, plan, day, user_ids, with_accounts):
    """What a simulation would open to users: sets against sets, by one query.

    A record counts for a user if it comes into a territory of the plan that he is a
    member of on the day, or that lies below one, and if he does not see it now: by his
    territories, as its salesperson or a superior of that one, or, without salesperson
    and territory, as everybody may. Only records of his companies count.

    :param run: the simulation
    :param plan: that was simulated
    :param day: on which members are members
    :param user_ids: of users whom territories limit; all others see everything now
    :param with_accounts: whether territories say who sees accounts, too
    :return: rows (user id, number of accounts, of leads, of open opportunities, id of a
        company or None, their expected revenue in its currency): a user has one for
        each company of opportunities
    """
    for name in ("crm.territory.member", "crm.territory", "crm.territory.plan"):
        env[name].flush_model()
    for name in ("crm.lead", "res.partner", "res.users", "crm.team"):
        env[name].flush_model()
    unassigned = env["crm.lead"]._unassigned_is_everyones()
    return env.execute_query(
        SQL(
            """
            WITH RECURSIVE %(lines)s, %(superiors)s,
            gained AS (
                SELECT DISTINCT opened.user_id, move.partner_id, move.lead_id,
                       move.set_before_id
                  FROM crm_territory_move AS move
                  JOIN opened ON opened.set_id = move.set_after_id
                 WHERE move.run_id = %(run_id)s
            ), records AS (
                SELECT gained.*, lead.type, lead.won_status, lead.expected_revenue,
                       COALESCE(lead.company_id, account.company_id) AS company_id,
                       CASE WHEN gained.lead_id IS NULL THEN account.user_id
                            ELSE lead.user_id END AS owner_id
                  FROM gained
                  LEFT JOIN crm_lead AS lead ON lead.id = gained.lead_id
                  LEFT JOIN res_partner AS account ON account.id = gained.partner_id
                 WHERE gained.lead_id IS NOT NULL OR %(with_accounts)s
            )
            SELECT user_id,
                   count(partner_id),
                   count(lead_id) FILTER (WHERE type = 'lead'),
                   count(lead_id) FILTER (WHERE type = 'opportunity'
                                            AND won_status = 'pending'),
                   company_id,
                   COALESCE(sum(expected_revenue)
                            FILTER (WHERE type = 'opportunity'
                                      AND won_status = 'pending'), 0)
              FROM records
             WHERE owner_id IS DISTINCT FROM user_id
               AND (company_id IS NULL OR EXISTS (
                       SELECT FROM res_company_users_rel AS allowed
                        WHERE allowed.user_id = records.user_id
                          AND allowed.cid = records.company_id))
               AND NOT EXISTS (SELECT FROM open_now
                                WHERE open_now.user_id = records.user_id
                                  AND open_now.set_id = records.set_before_id)
               AND NOT EXISTS (SELECT FROM superior
                                WHERE superior.user_id = records.user_id
                                  AND superior.owner_id = records.owner_id)
               AND NOT EXISTS (SELECT FROM crm_lead AS own
                                 JOIN res_partner AS contact
                                   ON contact.id = own.partner_id
                                WHERE own.user_id = records.user_id
                                  AND contact.commercial_partner_id
                                      = records.partner_id)
               AND NOT (owner_id IS NULL AND set_before_id IS NULL
                        AND (partner_id IS NOT NULL OR %(unassigned)s))
             GROUP BY user_id, company_id
            """,
            lines=_lines(plan, day, user_ids),
            superiors=_superiors(user_ids),
            run_id=run.id,
            with_accounts=with_accounts,
            unassigned=unassigned,
        )
    )


def opened_to_all(env, run, with_accounts):
    """What a simulation would open to all salespeople: what comes out of all
    territories and has no salesperson. 1 query.

    :return: rows as of `access_gained`, without the user
    """
    return env.execute_query(
        SQL(
            """
            SELECT count(account.id),
                   count(lead.id) FILTER (WHERE lead.type = 'lead'),
                   count(lead.id) FILTER (WHERE lead.type = 'opportunity'
                                            AND lead.won_status = 'pending'),
                   COALESCE(lead.company_id, account.company_id),
                   COALESCE(sum(lead.expected_revenue)
                            FILTER (WHERE lead.type = 'opportunity'
                                      AND lead.won_status = 'pending'), 0)
              FROM crm_territory_move AS move
              LEFT JOIN crm_lead AS lead ON lead.id = move.lead_id
              LEFT JOIN res_partner AS account ON account.id = move.partner_id
             WHERE move.run_id = %(run_id)s AND move.set_after_id IS NULL
               AND move.set_before_id IS NOT NULL
               AND lead.user_id IS NULL AND account.user_id IS NULL
               AND CASE WHEN move.lead_id IS NULL THEN %(with_accounts)s
                        ELSE %(with_leads)s END
             GROUP BY 4
            """,
            run_id=run.id,
            with_accounts=with_accounts,
            with_leads=env["crm.lead"]._unassigned_is_everyones(),
        )
    )


def _lines(plan, day, user_ids):
    """CTEs: (user_id, set_id) that the plan opens, and that are open now."""
    env = plan.env
    days = env["crm.territory.plan"]._days_of_all()
    return SQL(
        """
        line AS (
            SELECT member.user_id, territory.id, territory.plan_id
              FROM crm_territory_member AS member
              JOIN crm_territory AS territory ON territory.id = member.territory_id
              JOIN crm_territory_plan AS plan ON plan.id = territory.plan_id
              JOIN unnest(%(plan_ids)s::int4[], %(days)s::date[])
                   AS zone(plan_id, today) ON zone.plan_id = plan.id
             WHERE member.user_id = ANY(%(user_ids)s)
               AND territory.active
               AND (plan.id = %(plan_id)s OR plan.state = 'active'
                    OR plan.giving_way_to_id IS NOT NULL)
               AND daterange(member.date_start, member.date_end, '[]') @> zone.today
            UNION
            SELECT line.user_id, below.id, line.plan_id
              FROM line JOIN crm_territory AS below ON below.parent_id = line.id
             WHERE below.active
        ), opened AS (
            SELECT DISTINCT line.user_id, link.set_id
              FROM line
              JOIN crm_territory_set_rel AS link ON link.territory_id = line.id
             WHERE line.plan_id = %(plan_id)s
        ), open_now AS (
            SELECT DISTINCT line.user_id, link.set_id
              FROM line
              JOIN crm_territory_set_rel AS link ON link.territory_id = line.id
             WHERE line.plan_id <> %(plan_id)s
        )
        """,
        plan_id=plan.id,
        plan_ids=list(days),
        days=[day if id_ == plan.id else today for id_, today in days.items()],
        user_ids=list(user_ids),
    )


def _superiors(user_ids):
    """CTE: (user_id, owner_id): leaders of teams, and those above in *Reports To*."""
    return SQL(
        """
        above AS (
            SELECT reports_to_id AS user_id, id AS owner_id
              FROM res_users WHERE reports_to_id IS NOT NULL
            UNION
            SELECT res_users.reports_to_id, above.owner_id
              FROM above JOIN res_users ON res_users.id = above.user_id
             WHERE res_users.reports_to_id IS NOT NULL
        ), superior AS (
            SELECT user_id, owner_id FROM above WHERE user_id = ANY(%(user_ids)s)
            UNION
            SELECT team.user_id, member.user_id
              FROM crm_team AS team
              JOIN crm_team_member AS member ON member.crm_team_id = team.id
             WHERE team.active AND member.active AND team.user_id = ANY(%(user_ids)s)
        )
        """,
        user_ids=list(user_ids),
    )
