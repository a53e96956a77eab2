"""The board of 1,000,000 opportunities in 1,000 territories over 12 months."""

import os
import random
from datetime import date

import pytest
from freezegun import freeze_time

from odoo.fields import Command
from odoo.tools import SQL

from . import client

OPPORTUNITIES = int(os.environ.get("BENCH_OPPORTUNITIES", 1_000_000))
ACCOUNTS = 100_000
REGIONS, TERRITORIES = 50, 950
LIMIT = 1.5
YEAR = {"date_from": "2017-01-01", "date_to": "2017-12-31"}


@pytest.fixture(scope="module")
def territories(env):
    """1,000 territories of an active shared plan, on three levels."""
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    made = env["crm.territory"]
    roots = made.create([{"name": f"Root {n}", "plan_id": plan.id} for n in range(5)])
    regions = made.create(
        [
            {"name": f"Region {n}", "parent_id": roots[n % 5].id}
            for n in range(REGIONS - 5)
        ]
    )
    leaves = made.create(
        [
            {"name": f"Territory {n}", "parent_id": regions[n % len(regions)].id}
            for n in range(TERRITORIES)
        ]
    )
    plan.action_activate()
    env["crm.territory.set"]._intern([frozenset([id_]) for id_ in leaves.ids])
    return roots | regions | leaves


@pytest.fixture(scope="module")
def manager(env):
    """A sales manager: sees everything, by the rules."""
    group = env.ref("sales_team.group_sale_manager")
    return env["res.users"].create(
        {
            "name": "Manager of all",
            "login": "manager_of_all",
            "group_ids": [Command.set([group.id])],
        }
    )


@pytest.fixture(scope="module")
def forecast(env, territories):
    """A monthly forecast; each territory has a target for each month."""
    made = env["crm.territory.forecast"].create({"name": "Benchmark", "tz": "UTC"})
    made.with_context(forecast_log=[]).env["crm.territory.forecast.target"].create(
        [
            {
                "forecast_id": made.id,
                "territory_id": territory_id,
                "date_start": date(2017, month, 1),
                "amount": 1000 + territory_id % 7,
            }
            for territory_id in territories.ids
            for month in range(1, 13)
        ]
    )
    return made


@pytest.fixture(scope="module")
def opportunities(env, territories):
    """A third of them won; their accounts are in the territories, too."""
    env.flush_all()
    leaves = territories.ids[-TERRITORIES:]
    env.cr.execute("SELECT setseed(0.42)")
    env.cr.execute(
        SQL(
            """
            WITH choice AS (SELECT %s::int[] AS leaf), made AS (
                SELECT nextval('res_partner_id_seq')::int AS id
                  FROM generate_series(1, %s)
            )
            INSERT INTO res_partner (id, name, complete_name, is_company, active, type,
                                     commercial_partner_id, territory_id)
            SELECT id, 'Account ' || id, 'Account ' || id, TRUE, TRUE, 'contact', id,
                   leaf[1 + floor(random() * cardinality(leaf))::int]
              FROM made, choice
            RETURNING id
            """,
            leaves,
            ACCOUNTS,
        )
    )
    accounts = [row[0] for row in env.cr.fetchall()]
    stages = env["crm.stage"].search([("is_won", "=", False)]).ids
    won = env["crm.stage"].search([("is_won", "=", True)], limit=1).id
    env.cr.execute(
        SQL(
            """
            WITH choice AS (
                SELECT %s::int[] AS leaf, %s::int[] AS account, %s::int[] AS stage
            ), made AS (
                SELECT n, random() < 0.33 AS is_won,
                       timestamp '2017-01-01' + random() * interval '365 days' AS day,
                       leaf[1 + floor(random() * cardinality(leaf))::int] AS leaf,
                       account[1 + floor(random() * cardinality(account))::int]
                           AS account,
                       stage[1 + floor(random() * cardinality(stage))::int] AS stage,
                       (ARRAY['pipeline', 'best', 'commit'])[1 + floor(random() * 3)]
                           AS category
                  FROM generate_series(1, %s) AS n, choice
            )
            INSERT INTO crm_lead (name, type, active, priority, probability, won_status,
                                  partner_id, territory_id, stage_id, company_id,
                                  forecast_category, expected_revenue, date_deadline,
                                  date_closed, create_date, write_date)
            SELECT 'Opportunity ' || n, 'opportunity', TRUE, '0',
                   CASE WHEN is_won THEN 100 ELSE 10 + n %% 80 END,
                   CASE WHEN is_won THEN 'won' ELSE 'pending' END,
                   account, leaf, CASE WHEN is_won THEN %s ELSE stage END, %s,
                   CASE WHEN is_won THEN 'won' ELSE category END,
                   floor(random() * 1e5), day::date,
                   CASE WHEN is_won THEN day END, now(), now()
              FROM made
            """,
            leaves,
            random.Random(1).sample(accounts, len(accounts)),
            stages,
            OPPORTUNITIES,
            won,
            env.company.id,
        )
    )
    env.cr.execute("ANALYZE crm_lead")
    env.cr.execute("ANALYZE res_partner")


# What the board says, in one statement: the sums of each territory with all below,
# and its target, by month. As *then*: where a deal closed; as *today*: where its
# account is.
BEST_SQL = """
    WITH summed AS (
        SELECT %(territory)s AS territory_id,
               CASE WHEN lead.won_status = 'won'
                    THEN date_trunc('month', lead.date_closed)::date
                    ELSE date_trunc('month', lead.date_deadline)::date END AS month,
               CASE WHEN lead.won_status = 'won' THEN 'won'
                    ELSE lead.forecast_category END AS category,
               sum(lead.expected_revenue::float8) AS amount,
               sum(lead.expected_revenue::float8 * lead.probability) / 100 AS weighted
          FROM crm_lead AS lead %(join)s
         WHERE lead.active AND lead.type = 'opportunity'
           AND lead.forecast_category <> 'omitted'
           AND (lead.won_status = 'won' AND lead.date_closed >= '2017-01-01'
                AND lead.date_closed < '2018-01-01'
             OR lead.won_status = 'pending' AND lead.date_deadline >= '2017-01-01'
                AND lead.date_deadline < '2018-01-01')
           AND (lead.company_id = %(company_id)s OR lead.company_id IS NULL)
         GROUP BY 1, 2, 3
    ), rolled_up AS (
        SELECT line.id::int AS territory_id, month,
               sum(amount) FILTER (WHERE category = 'won') AS achieved,
               sum(amount) FILTER (WHERE category = 'commit') AS commit,
               sum(amount) FILTER (WHERE category = 'best') AS best,
               sum(amount) FILTER (WHERE category = 'pipeline') AS pipeline,
               sum(weighted) FILTER (WHERE category <> 'won') AS weighted
          FROM summed
          JOIN crm_territory AS territory ON territory.id = summed.territory_id,
               unnest(string_to_array(rtrim(territory.parent_path, '/'), '/'))
               AS line(id)
         GROUP BY 1, 2
    )
    SELECT target.amount, rolled_up.*
      FROM rolled_up
      LEFT JOIN crm_territory_forecast_target AS target
        ON target.territory_id = rolled_up.territory_id
       AND target.date_start = rolled_up.month
       AND target.forecast_id = %(forecast_id)s AND target.user_id IS NULL
"""


@pytest.mark.parametrize("tree", ["then", "today"])
def test_board(env, forecast, opportunities, manager, ratio, seconds, tree):
    if tree == "then":
        territory, join = SQL("lead.territory_id"), SQL()
    else:
        territory = SQL(
            "CASE WHEN lead.won_status = 'won' AND account.territory_id IS NOT NULL"
            " THEN account.territory_id ELSE lead.territory_id END"
        )
        join = SQL("LEFT JOIN res_partner AS account ON account.id = lead.partner_id")
    query = SQL(
        BEST_SQL,
        territory=territory,
        join=join,
        company_id=env.company.id,
        forecast_id=forecast.id,
    )

    def best():
        return env.execute_query(query)

    def ours():
        env.invalidate_all()
        env.cr.precommit.clear()  # what a transaction remembers
        return forecast.with_user(manager).get_board(dict(YEAR, tree=tree))

    board = ours()
    assert len(board["rows"]) == REGIONS + TERRITORIES
    by_hand = {(row[1], row[2].isoformat()): row[3] or 0 for row in best()}
    for row in board["rows"]:
        for period, cell in zip(board["periods"], row["cells"], strict=True):
            expected = by_hand.get((row["territory_id"], period["key"]), 0)
            assert cell["achieved"] == pytest.approx(expected)
    ratio(
        f"board of {OPPORTUNITIES:,} opportunities, 1,000 territories, 12 months,"
        f" as {tree}, to one statement of SQL",
        *seconds(ours, best),
        LIMIT,
    )


# -- attainment: the first screen, and the first level by quarter

# The opportunities of BEST_SQL, with their figures, by two dimensions; the target of a
# level is that of the territory there, which has one.
ATTAINMENT_SQL = """
    WITH opportunity AS (
        SELECT territory_id, expected_revenue::float8 AS amount, probability,
               CASE WHEN won_status = 'won' THEN 'won' ELSE forecast_category END
               AS category,
               CASE WHEN won_status = 'won' THEN date_closed::date
                    ELSE date_deadline END AS day
          FROM crm_lead
         WHERE active AND type = 'opportunity' AND forecast_category <> 'omitted'
           AND (won_status = 'won' AND date_closed >= '2017-01-01'
                AND date_closed < '2018-01-01'
             OR won_status = 'pending' AND date_deadline >= '2017-01-01'
                AND date_deadline < '2018-01-01')
           AND (company_id = %(company_id)s OR company_id IS NULL)
    ), attained AS (
        SELECT GROUPING(level_1_id, %(second)s) AS kind, level_1_id, %(second)s,
               count(*) AS count,
               sum(amount) FILTER (WHERE category = 'won') AS achieved,
               sum(amount * probability / 100) FILTER (WHERE category <> 'won')
                   AS weighted
          FROM (SELECT opportunity.*, level_1_id, level_2_id,
                       date_trunc('quarter', day) AS quarter
                  FROM opportunity
                  JOIN crm_territory AS territory ON territory.id = territory_id) AS row
         GROUP BY GROUPING SETS (%(sets)s)
    ), target AS (
        SELECT GROUPING(level_1_id, %(second)s) AS kind, level_1_id, %(second)s,
               %(target)s AS amount
          FROM (SELECT target.amount, territory.parent_id, level_1_id, level_2_id,
                       date_trunc('quarter', date_start) AS quarter
                  FROM crm_territory_forecast_target AS target
                  JOIN crm_territory AS territory ON territory.id = territory_id
                 WHERE forecast_id = %(forecast_id)s AND user_id IS NULL) AS row
         GROUP BY GROUPING SETS (%(sets)s)
    )
    SELECT attained.*, target.amount, achieved / target.amount,
           target.amount - achieved, target.amount - achieved - weighted
      FROM attained
      LEFT JOIN target
        ON target.kind = attained.kind
       AND target.level_1_id IS NOT DISTINCT FROM attained.level_1_id
       AND target.%(second)s IS NOT DISTINCT FROM attained.%(second)s
"""
OF_ROOTS = "sum(amount) FILTER (WHERE parent_id IS NULL)"
# {name: (second dimension, that in SQL, grouping sets, the target of a group)}
ATTAINMENTS = {
    "first screen": (
        "territory_2_id",
        "level_2_id",
        "(), (level_1_id), (level_1_id, level_2_id)",
        f"CASE GROUPING(level_2_id) WHEN 1 THEN {OF_ROOTS}"
        " ELSE sum(amount) FILTER (WHERE parent_id = level_1_id) END",
    ),
    "first level by quarter": (
        "date_start:quarter",
        "quarter",
        "(), (level_1_id), (quarter), (level_1_id, quarter)",
        OF_ROOTS,
    ),
}
MEASURES = [
    "target",
    "achieved",
    "achieved_rate",
    "closing_gap",
    "weighted_amount",
    "uncovered_gap",
]


def open_attainment(env, forecast, sets):
    """What the client asks for when it opens the pivot."""
    env.invalidate_all()
    env.cr.precommit.clear()  # what a transaction remembers
    report = env["crm.territory.forecast.attainment"]
    return report.formatted_read_grouping_sets(
        [("forecast_id", "=", forecast.id), ("is_this_year", "=", True)],
        sets,
        client.aggregates(report, MEASURES),
    )


@pytest.mark.parametrize("name", ATTAINMENTS)
def test_attainment(env, forecast, opportunities, manager, ratio, seconds, name):
    second, second_by_hand, sets_by_hand, target = ATTAINMENTS[name]
    query = SQL(
        ATTAINMENT_SQL,
        company_id=env.company.id,
        forecast_id=forecast.id,
        second=SQL.identifier(second_by_hand),
        sets=SQL(sets_by_hand),
        target=SQL(target),
    )
    sets = [[], ["territory_1_id"], ["territory_1_id", second]]
    if ":" in second:
        sets.append([second])
    as_manager = env(user=manager.id, su=False)

    def ours():
        with freeze_time("2017-06-15"):
            return open_attainment(as_manager, forecast, sets)

    total, levels, *_others = ours()
    groups = {group["territory_1_id"][0]: group for group in levels}
    for row in env.execute_query(query):
        kind, level, _second, count, achieved, weighted, amount, *_others = row
        if kind not in (1, 3):
            continue
        group = total[0] if kind == 3 else groups[level]
        assert group["achieved:sum"] == pytest.approx(achieved)
        assert group["weighted_amount:sum"] == pytest.approx(weighted)
        assert group["target:sum"] == pytest.approx(float(amount))
        assert group["__count"] > count
    ratio(
        f"attainment of {OPPORTUNITIES:,} opportunities, 1,000 territories, 12 months:"
        f" {name}, to one statement of SQL",
        *seconds(ours, lambda: env.execute_query(query)),
        LIMIT,
    )
