"""The first screen of each report on opportunities of 1,000 territories,
against SQL that somebody would write by hand for that very screen.
"""

import pytest

from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from . import client

TERRITORIES = 1000
LIMIT = 1.5


@pytest.fixture(scope="module")
def territories(env):
    """10 roots, 90 below them, 900 below these; each is a set of its own."""
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    roots = _make(env, plan, 10, [None])
    middle = _make(env, plan, 90, roots)
    leaves = _make(env, plan, 900, middle)
    plan.action_activate()
    plan.run_version = plan.version
    env["crm.territory.set"]._intern([frozenset([id_]) for id_ in leaves.ids])
    users = env["res.users"].search([("share", "=", False)]).ids
    env["crm.territory.member"].create(
        [
            {
                "territory_id": territory.id,
                "user_id": users[number % len(users)],
                "capacity": 500,
            }
            for number, territory in enumerate(leaves)
        ]
    )
    return leaves


def _make(env, plan, count, parents):
    return env["crm.territory"].create(
        [
            {
                "name": f"Territory {count}.{number}",
                "plan_id": plan.id,
                "parent_id": parents[number % len(parents)]
                and parents[number % len(parents)].id,
            }
            for number in range(count)
        ]
    )


@pytest.fixture(scope="module")
def opportunities(env, territories, scale):
    """A third won, a sixth lost, over three years; one account for every five; one
    change of the stage in the journal of each; one move for every ten.
    """
    env.flush_all()
    first = _accounts(env, scale // 5)
    _leads(env, first, scale)
    _messages(env)
    _moves(env)
    for table in ("crm_lead", "res_partner", "mail_message", "mail_tracking_value"):
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.cr.execute(
        "ANALYZE crm_territory, crm_territory_member, crm_territory_move,"
        " crm_territory_set_rel"
    )
    env.invalidate_all()


def _sets(env):
    """Arrays of the sets and of their territories, in the same order."""
    env.cr.execute(
        "SELECT array_agg(set_id), array_agg(territory_id) FROM crm_territory_set_rel"
    )
    return env.cr.fetchone()


def _accounts(env, count):
    env.cr.execute("SELECT setseed(0.42)")
    sets, territories = _sets(env)
    env.cr.execute(
        SQL(
            """
            WITH made AS (
                SELECT nextval('res_partner_id_seq')::int AS id,
                       1 + floor(random() * %s)::int AS nth
                  FROM generate_series(1, %s)
            )
            INSERT INTO res_partner (id, name, complete_name, is_company, active, type,
                                     commercial_partner_id, partner_share, country_id,
                                     territory_set_id, territory_id, create_date,
                                     write_date)
            SELECT id, 'Account ' || id, 'Account ' || id, TRUE, TRUE, 'contact', id,
                   TRUE, %s, (%s::int[])[nth], (%s::int[])[nth],
                   now() - random() * interval '3 years', now()
              FROM made
            RETURNING id
            """,
            int(len(sets) * 1.1),
            count,
            env.ref("base.de").id,
            sets,
            territories,
        )
    )
    return min(row[0] for row in env.cr.fetchall())


def _leads(env, first_account, count):
    sets, territories = _sets(env)
    won = env["crm.stage"].search([("is_won", "=", True)], limit=1)
    stages = env["crm.stage"].search([("is_won", "=", False)])
    users = env["res.users"].search([("share", "=", False)])
    env.cr.execute(
        SQL(
            """
            WITH made AS (
                SELECT n, random() AS luck, random() AS day,
                       1 + floor(random() * %(sets_count)s)::int AS nth
                  FROM generate_series(1, %(count)s) AS n
            ), dated AS (
                SELECT *, now() - day * interval '3 years' AS created,
                       CASE WHEN luck < 0.33 THEN 'won'
                            WHEN luck < 0.5 THEN 'lost' ELSE 'pending' END AS status
                  FROM made
            )
            INSERT INTO crm_lead (name, type, active, priority, probability, won_status,
                                  user_id, territory_set_id, territory_id, stage_id,
                                  company_id, partner_id, expected_revenue,
                                  prorated_revenue, create_date, date_open,
                                  date_conversion, date_closed, date_deadline,
                                  write_date)
            SELECT 'Lead ' || n, 'opportunity', status <> 'lost', '1', 10, status,
                   (%(users)s::int[])[1 + n %% cardinality(%(users)s::int[])],
                   (%(sets)s::int[])[nth], (%(territories)s::int[])[nth],
                   CASE WHEN status = 'won' THEN %(won)s
                        ELSE (%(stages)s::int[])[1 + n %% 3] END,
                   %(company)s, %(first)s + n %% %(accounts)s,
                   floor(luck * 1e5), floor(luck * 1e4), created, created,
                   CASE WHEN n %% 2 = 0 THEN created + luck * interval '10 days' END,
                   CASE WHEN status <> 'pending'
                        THEN created + interval '10 days' + luck * interval '90 days'
                        END,
                   (created + interval '60 days')::date, now()
              FROM dated
            """,
            count=count,
            sets_count=len(sets),
            users=users.ids,
            sets=sets,
            territories=territories,
            won=won.id,
            stages=stages.ids,
            company=env.company.id,
            first=first_account,
            accounts=count // 5,
        )
    )


def _messages(env):
    """A change of the stage in every other opportunity, a note of a person likewise."""
    env.cr.execute(
        SQL(
            """
            WITH message AS (
                INSERT INTO mail_message (model, res_id, message_type, date,
                                          create_date)
                SELECT 'crm.lead', id,
                       CASE WHEN id %% 2 = 0 THEN 'notification' ELSE 'comment' END,
                       create_date + interval '5 days', create_date
                  FROM crm_lead
                RETURNING id, res_id, date
            )
            INSERT INTO mail_tracking_value (mail_message_id, field_id,
                                             old_value_integer, create_date)
            SELECT message.id, %s, (%s::int[])[1 + message.res_id %% 3], message.date
              FROM message
             WHERE message.res_id %% 2 = 0
            """,
            env["ir.model.fields"]._get("crm.lead", "stage_id").id,
            env["crm.stage"].search([("is_won", "=", False)]).ids,
        )
    )


def _moves(env):
    sets, _territories = _sets(env)
    env.cr.execute(
        SQL(
            """
            INSERT INTO crm_territory_move (lead_id, set_before_id, set_after_id, date,
                                            is_dry)
            SELECT id, (%(sets)s::int[])[1 + id %% %(count)s],
                   (%(sets)s::int[])[1 + id * 7 %% %(count)s], create_date, FALSE
              FROM crm_lead WHERE id %% 10 = 0
            """,
            sets=sets,
            count=len(sets),
        )
    )


# -- the first screens, as the client asks for them


def open_pivot(env, xml_id, rows, measures):
    """What the client asks for when it opens the pivot of an action."""
    env.invalidate_all()
    env.cr.precommit.clear()  # what a transaction remembers
    action = env.ref(f"crm_territory.{xml_id}")
    report = env[action.res_model]
    search = env["ir.ui.view"].browse(
        env[action.res_model].get_view(view_type="search")["id"]
    )
    context = safe_eval(action.context)
    domain = []
    for node in search._get_combined_arch().iter("filter"):
        if f"search_default_{node.get('name')}" in context:
            domain += safe_eval(node.get("domain"))
    sets = [rows[:length] for length in range(len(rows) + 1)]
    return report.formatted_read_grouping_sets(
        domain, sets, client.aggregates(report, measures)
    )


LEVELS = ["territory_level_1_id", "territory_level_2_id"]
# of the territory that a row is credited to, by its levels and in total
BY_LEVEL = """
      JOIN crm_territory AS territory ON territory.id = row.territory_id
     GROUP BY GROUPING SETS ((), (territory.level_1_id),
                             (territory.level_1_id, territory.level_2_id))
"""
SELLERS = """
    user_id IN (SELECT uid FROM res_groups_users_rel WHERE gid IN %(sellers)s)
"""
REVENUE = f"""
    SELECT territory.level_1_id, territory.level_2_id,
           SUM(expected_revenue) FILTER (WHERE won AND date > now_),
           SUM(expected_revenue) FILTER (WHERE won AND date <= now_),
           COUNT(*) FILTER (WHERE won AND date > now_),
           AVG(expected_revenue) FILTER (WHERE won AND date > now_),
           AVG(won::int) FILTER (WHERE date > now_),
           SUM(expected_revenue) FILTER (WHERE won_status = 'pending')
      FROM (SELECT territory_id, expected_revenue, won_status,
                   won_status = 'won' AS won, date_closed::date AS date,
                   (now() - interval '1 year')::date AS now_
              FROM crm_lead
             WHERE type = 'opportunity' AND {SELLERS}
               AND (won_status = 'pending' AND active
                    OR won_status IN ('won', 'lost')
                       AND date_closed::date > now() - interval '2 years')) AS row
     {BY_LEVEL}
"""
DURATION = f"""
    SELECT territory.level_1_id, territory.level_2_id,
           PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY to_convert),
           PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY to_close),
           AVG(total),
           PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY total),
           PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY total),
           COUNT(*)
      FROM (SELECT territory_id,
                   EXTRACT(EPOCH FROM date_conversion - create_date)::float8 / 86400
                   AS to_convert,
                   EXTRACT(EPOCH FROM date_closed
                       - COALESCE(date_conversion, create_date))::float8 / 86400
                   AS to_close,
                   EXTRACT(EPOCH FROM date_closed - create_date)::float8 / 86400
                   AS total
              FROM crm_lead
             WHERE type = 'opportunity' AND won_status IN ('won', 'lost') AND {SELLERS}
               AND date_closed::date > now() - interval '1 year') AS row
     {BY_LEVEL}
"""
STAGES = f"""
    SELECT stage_id, territory.level_2_id,
           PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY days), COUNT(*)
      FROM (SELECT stay.stage_id, lead.territory_id,
                   EXTRACT(EPOCH FROM stay.left_at - COALESCE(
                       stay.entered, lead.create_date))::float8 / 86400 AS days
              FROM (SELECT message.res_id AS lead_id, old_value_integer AS stage_id,
                           value.create_date AS left_at,
                           LAG(value.create_date)
                               OVER (PARTITION BY message.res_id ORDER BY value.id)
                           AS entered
                      FROM mail_tracking_value AS value
                      JOIN mail_message AS message ON message.id = mail_message_id
                     WHERE message.model = 'crm.lead' AND field_id = %(field)s
                     UNION ALL
                    SELECT lead.id, lead.stage_id, COALESCE(date_closed, now()),
                           last.date
                      FROM crm_lead AS lead
                      LEFT JOIN (SELECT message.res_id, MAX(value.create_date) AS date
                                   FROM mail_tracking_value AS value
                                   JOIN mail_message AS message
                                     ON message.id = mail_message_id
                                  WHERE message.model = 'crm.lead'
                                    AND field_id = %(field)s
                                  GROUP BY message.res_id) AS last
                             ON last.res_id = lead.id
                     WHERE won_status <> 'won') AS stay
              JOIN crm_lead AS lead ON lead.id = stay.lead_id
              JOIN crm_stage AS stage ON stage.id = stay.stage_id
             WHERE stage.is_won IS NOT TRUE AND lead.type = 'opportunity'
               AND {SELLERS}) AS row
      JOIN crm_territory AS territory ON territory.id = row.territory_id
     GROUP BY stage_id, territory.level_2_id
"""
COVERAGE = """
    SELECT territory.level_2_id, link.territory_id, COUNT(DISTINCT row.account_id),
           COUNT(DISTINCT row.lead_id), COUNT(DISTINCT row.opportunity_id),
           COUNT(DISTINCT CASE WHEN size.count > 1
                               THEN COALESCE(account_id, -lead_id, -opportunity_id) END)
      FROM (SELECT id AS account_id, NULL AS lead_id, NULL::int AS opportunity_id,
                   territory_set_id
              FROM res_partner
             WHERE active AND id = commercial_partner_id
               AND (partner_share OR territory_set_id IS NOT NULL)
             UNION ALL
            SELECT NULL, CASE type WHEN 'lead' THEN id END,
                   CASE type WHEN 'opportunity' THEN id END, territory_set_id
              FROM crm_lead
             WHERE active AND won_status = 'pending'
                OR won_status <> 'pending' AND territory_set_id IS NULL) AS row
      LEFT JOIN crm_territory_set_rel AS link ON link.set_id = row.territory_set_id
      LEFT JOIN (SELECT set_id, COUNT(*) FROM crm_territory_set_rel
                  GROUP BY set_id) AS size ON size.set_id = row.territory_set_id
      LEFT JOIN crm_territory AS territory ON territory.id = link.territory_id
     GROUP BY GROUPING SETS ((), (territory.level_2_id),
                             (territory.level_2_id, link.territory_id))
"""
INACTIVE = """
    SELECT territory.level_2_id, link.territory_id, COUNT(DISTINCT account.id),
           COUNT(DISTINCT account.id)
               FILTER (WHERE activity.date < now() - interval '90 days')
      FROM res_partner AS account
      LEFT JOIN crm_territory_set_rel AS link ON link.set_id = account.territory_set_id
      LEFT JOIN crm_territory AS territory ON territory.id = link.territory_id
      LEFT JOIN (
          SELECT account_id, MAX(date) AS date
            FROM (SELECT commercial_partner_id AS account_id, create_date AS date
                    FROM res_partner
                   UNION ALL
                  SELECT contact.commercial_partner_id,
                         GREATEST(lead.create_date, message.date)
                    FROM crm_lead AS lead
                    JOIN res_partner AS contact ON contact.id = lead.partner_id
                    LEFT JOIN (SELECT res_id, MAX(date) AS date FROM mail_message
                                WHERE model = 'crm.lead'
                                  AND (message_type <> 'notification'
                                       OR mail_activity_type_id IS NOT NULL)
                                GROUP BY res_id) AS message
                           ON message.res_id = lead.id
                   UNION ALL
                  SELECT contact.commercial_partner_id, message.date
                    FROM mail_message AS message
                    JOIN res_partner AS contact ON contact.id = message.res_id
                   WHERE message.model = 'res.partner'
                     AND (message_type <> 'notification'
                          OR mail_activity_type_id IS NOT NULL)) AS happened
           GROUP BY account_id) AS activity ON activity.account_id = account.id
     WHERE account.active AND account.id = account.commercial_partner_id
       AND (account.partner_share OR account.territory_set_id IS NOT NULL)
     GROUP BY GROUPING SETS ((), (territory.level_2_id),
                             (territory.level_2_id, link.territory_id))
"""
LOAD = """
    SELECT member.territory_id, member.user_id, COUNT(DISTINCT member.id),
           COUNT(lead.id), SUM(lead.expected_revenue)
      FROM crm_territory_member AS member
      LEFT JOIN crm_lead AS lead
             ON lead.user_id = member.user_id AND lead.won_status = 'pending'
            AND lead.territory_id = member.territory_id AND lead.active
     GROUP BY GROUPING SETS ((), (member.territory_id),
                             (member.territory_id, member.user_id))
"""
CHANGES = """
    SELECT kind, level_2_id, territory_id, SUM(GREATEST(net, 0)),
           SUM(GREATEST(-net, 0)), SUM(net)
      FROM (SELECT lead_id IS NULL AS kind, link.territory_id, net,
                   territory.level_2_id
              FROM (SELECT lead_id, partner_id, set_after_id AS set_id,
                           set_before_id AS other_id, 1 AS net, date
                      FROM crm_territory_move WHERE NOT is_dry
                     UNION ALL
                    SELECT lead_id, partner_id, set_before_id, set_after_id, -1, date
                      FROM crm_territory_move WHERE NOT is_dry) AS move
              JOIN crm_territory_set_rel AS link ON link.set_id = move.set_id
              LEFT JOIN crm_territory_set_rel AS same
                     ON same.set_id = move.other_id
                    AND same.territory_id = link.territory_id
              LEFT JOIN crm_lead AS lead ON lead.id = move.lead_id
              LEFT JOIN res_partner AS partner ON partner.id = move.partner_id
              JOIN crm_territory AS territory ON territory.id = link.territory_id
             WHERE same.set_id IS NULL
               AND date::date > now() - interval '1 year'
               AND COALESCE(lead.company_id, %(company)s) = %(company)s
               AND COALESCE(partner.company_id, %(company)s) = %(company)s) AS row
     GROUP BY GROUPING SETS ((), (level_2_id), (level_2_id, territory_id), (kind),
                             (kind, level_2_id), (kind, level_2_id, territory_id))
"""
MAP = """
    SELECT row.country_id, territory.level_2_id, row.territory_id IS NULL,
           SUM(accounts), COUNT(*)
      FROM (SELECT country_id, territory_id, 1 AS accounts
              FROM res_partner
             WHERE active AND id = commercial_partner_id
               AND (partner_share OR territory_set_id IS NOT NULL)
             UNION ALL
            SELECT COALESCE(account.country_id, lead.country_id), lead.territory_id,
                   NULL
              FROM crm_lead AS lead
              LEFT JOIN res_partner AS contact ON contact.id = lead.partner_id
              LEFT JOIN res_partner AS account
                     ON account.id = contact.commercial_partner_id
             WHERE lead.type = 'opportunity'
               AND (won_status = 'pending' AND lead.active
                    OR won_status = 'won'
                       AND date_closed::date > now() - interval '1 year')) AS row
      LEFT JOIN crm_territory AS territory ON territory.id = row.territory_id
     GROUP BY row.country_id, territory.level_2_id, row.territory_id IS NULL
"""
# {name: (action, rows of the pivot, measures, SQL by hand)}
SCREENS = {
    "revenue": (
        "crm_territory_revenue_report_action",
        LEVELS,
        [
            "won_amount",
            "won_amount_year_before",
            "won_count",
            "won_average",
            "win_rate",
            "open_amount",
        ],
        REVENUE,
    ),
    "duration": (
        "crm_territory_duration_report_action",
        LEVELS,
        [
            "days_to_convert_median",
            "days_to_close_median",
            "days_total",
            "days_total_median",
            "days_total_p90",
        ],
        DURATION,
    ),
    "coverage": (
        "crm_territory_coverage_report_action",
        ["territory_level_2_id", "territory_id"],
        ["account_count", "lead_count", "opportunity_count", "overlap_count"],
        COVERAGE,
    ),
    "inactive": (
        "crm_territory_coverage_report_action_inactive",
        ["territory_level_2_id", "territory_id"],
        ["account_count", "inactive_count"],
        INACTIVE,
    ),
    "load": (
        "crm_territory_load_report_action",
        ["territory_id", "user_id"],
        ["member_count", "open_load", "capacity", "load_rate", "open_amount"],
        LOAD,
    ),
}


def by_hand(env, query):
    sellers = env.ref("sales_team.group_sale_salesman").all_implied_by_ids
    env.cr.execute(
        query,
        {
            "sellers": tuple(sellers.ids),
            "company": env.company.id,
            "field": env["ir.model.fields"]._get("crm.lead", "stage_id").id,
        },
    )
    return env.cr.fetchall()


@pytest.fixture
def manager(env):
    return env(user=env.ref("base.user_admin"), su=False)


@pytest.fixture
def compare(env, opportunities, ratio, seconds, scale):
    """A function that measures a screen beside SQL by hand for it."""

    def measure(name, ours, query):
        ratio(
            f"{name}: first screen of {scale:,} opportunities, to SQL by hand",
            *seconds(ours, lambda: by_hand(env, query)),
            LIMIT,
        )

    return measure


@pytest.mark.parametrize("name", SCREENS)
def test_pivots(manager, compare, name):
    xml_id, rows, measures, query = SCREENS[name]
    compare(
        name,
        lambda: open_pivot(manager, xml_id, rows, measures),
        query,
    )


def test_changes(manager, compare):
    """Its pivot has a column for each kind, too."""
    report = manager["crm.territory.change.report"]
    rows = ["territory_level_2_id", "territory_id"]
    sets = [rows[:length] for length in range(3)]

    def ours():
        manager.invalidate_all()
        report.formatted_read_grouping_sets(
            [("date", ">", "-1y"), ("date", "<=", "today")],
            [*sets, *(["kind", *rows] for rows in sets)],
            ["moved_in:sum", "moved_out:sum", "net:sum", "__count"],
        )

    compare("changes", ours, CHANGES)


def test_stages(manager, compare):
    """It opens with a graph."""
    report = manager["crm.territory.stage.report"]

    def ours():
        manager.invalidate_all()
        report.formatted_read_group(
            [("is_of_seller", "=", True)],
            ["stage_id", "territory_level_2_id"],
            ["__count", "days_median:median"],
        )

    compare("stages", ours, STAGES)


def test_map(manager, compare):
    report = manager["crm.territory.map.report"]

    def ours():
        manager.invalidate_all()
        report.get_geography("country_id")
        report.formatted_read_group(
            ["|", ("kind", "!=", "won"), ("date", ">", "-1y")],
            ["country_id", "territory_level_2_id", "is_gap"],
            ["__count", "account_count:sum"],
            order="is_gap",
        )

    compare("map", ours, MAP)


@pytest.mark.parametrize("model_name", ["crm.lead", "crm.territory.revenue.report"])
def test_grouping_by_level(manager, compare, model_name):
    """The dimensions that any pivot of Odoo has."""
    amount = "expected_revenue" if model_name == "crm.lead" else "won_amount"
    of_all = "TRUE" if model_name == "crm.lead" else "type = 'opportunity'"

    def ours():
        manager.invalidate_all()
        manager[model_name].with_context(active_test=False)._read_group(
            [], ["territory_level_2_id"], ["__count", f"{amount}:sum"]
        )

    compare(
        f"{model_name} by level",
        ours,
        f"""
        SELECT territory.level_2_id, COUNT(*), SUM(lead.expected_revenue)
          FROM crm_lead AS lead
          LEFT JOIN crm_territory AS territory ON territory.id = lead.territory_id
         WHERE {of_all}
         GROUP BY territory.level_2_id
        """,
    )
