"""A simulation of a changed copy of the plan, and its comparison, on accounts with as
many opportunities, in 400 territories by city and 20 by industry.
"""

import pytest

from odoo.tools import SQL

from odoo.addons.crm_territory import comparison
from odoo.addons.crm_territory.runs.scope import Scope
from odoo.addons.crm_territory.runs.work import Worker

SCREEN_LIMIT = 1.5
SIMULATION_LIMIT = 1.3
SWAPPED = 40
CITIES = 400
INDUSTRIES = 20

# what somebody would write by hand for the first screen: each record before and after
BY_HAND = """
    WITH place AS (SELECT id, lineage FROM crm_territory),
    record AS (
        SELECT 'account' AS kind, account.id, account.active AS is_open,
               NULL::numeric AS amount, NULL::numeric AS won, %(sides)s
          FROM res_partner AS account
          LEFT JOIN crm_territory_move AS move
                 ON move.partner_id = account.id AND move.run_id = %(run_id)s
         WHERE account.commercial_partner_id = account.id
         UNION ALL
        SELECT 'lead', account.id, account.won_status = 'pending',
               CASE account.won_status WHEN 'pending' THEN expected_revenue END,
               CASE WHEN account.won_status = 'won'
                         AND date_closed > now() - interval '1 year'
                    THEN expected_revenue END, %(sides)s
          FROM crm_lead AS account
          LEFT JOIN crm_territory_move AS move
                 ON move.lead_id = account.id AND move.run_id = %(run_id)s
         WHERE account.active
    )
    SELECT kind, before.lineage, after.lineage, count(*),
           count(*) FILTER (WHERE is_open), sum(amount), sum(won)
      FROM record
      LEFT JOIN place AS before ON before.id = record.before_id
      LEFT JOIN place AS after ON after.id = record.after_id
     GROUP BY kind, before.lineage, after.lineage
"""
SIDES = """
    CASE WHEN move.id IS NULL THEN account.territory_id
         ELSE move.territory_before_id END AS before_id,
    CASE WHEN move.id IS NULL THEN account.territory_id
         ELSE move.territory_after_id END AS after_id
"""


def _make_accounts(env, industries, count):
    """Accounts in random cities and industries, by SQL: the ORM would take longer than
    the rest.

    :return: the id of the first one
    """
    env.flush_all()
    env.cr.execute("SELECT setseed(0.42)")
    env.cr.execute(
        SQL(
            """
            WITH made AS (
                SELECT nextval('res_partner_id_seq')::int AS id
                  FROM generate_series(1, %(count)s)
            )
            INSERT INTO res_partner (id, name, complete_name, is_company, active, type,
                                     commercial_partner_id, partner_share, industry_id,
                                     city, create_date, write_date)
            SELECT id, 'Account ' || id, 'Account ' || id, TRUE, TRUE, 'contact', id,
                   TRUE, (%(industries)s::int[])[1 + floor(random() * %(kinds)s)::int],
                   'City ' || floor(random() * %(cities)s)::int, now(), now()
              FROM made
            RETURNING id
            """,
            count=count,
            industries=industries.ids,
            kinds=len(industries),
            cities=CITIES,
        )
    )
    first = min(row[0] for row in env.cr.fetchall())
    env.cr.execute("ANALYZE res_partner")
    return first


def _make_plan(env, domains):
    """An active shared plan with one territory for each domain."""
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    territories = env["crm.territory"].create(
        [
            {"name": f"Territory {number}", "plan_id": plan.id}
            for number in range(len(domains))
        ]
    )
    env["crm.territory.rule"].create(
        [
            {"territory_id": territory.id, "domain": str(domain)}
            for territory, domain in zip(territories, domains, strict=True)
        ]
    )
    plan.state = "active"
    return plan


@pytest.fixture(scope="module")
def plan(env, scale):
    """An active plan that has judged everything."""
    industries = env["res.partner.industry"].create(
        [{"name": f"Industry {number}"} for number in range(INDUSTRIES)]
    )
    first = _make_accounts(env, industries, scale)
    domains = [[("city", "=", f"City {n}")] for n in range(CITIES)]
    domains += [[("industry_id", "=", industry)] for industry in industries.ids]
    made = _make_plan(env, domains)
    users = env["res.users"].search([("share", "=", False)]).ids
    env["crm.territory.member"].create(
        [
            {"territory_id": territory.id, "user_id": users[number % len(users)]}
            for number, territory in enumerate(made.territory_ids)
        ]
    )
    _make_leads(env, first, scale)
    work(made, include_closed=True)
    return made


def _make_leads(env, first, count):
    env.flush_all()
    won = env["crm.stage"].search([("is_won", "=", True)], limit=1)
    env.cr.execute(
        SQL(
            """
            INSERT INTO crm_lead (name, type, active, won_status, stage_id, user_id,
                                  company_id, partner_id, expected_revenue,
                                  date_closed, create_date, write_date)
            SELECT 'Lead ' || n, 'opportunity', TRUE,
                   CASE n %% 3 WHEN 0 THEN 'won' ELSE 'pending' END,
                   CASE n %% 3 WHEN 0 THEN %(won)s ELSE %(open)s END,
                   (%(users)s::int[])[1 + n %% cardinality(%(users)s::int[])],
                   %(company)s, %(first)s + n - 1, n %% 1000,
                   CASE n %% 3 WHEN 0 THEN now() - n %% 700 * interval '1 day' END,
                   now(), now()
              FROM generate_series(1, %(count)s) AS n
            """,
            won=won.id,
            open=env["crm.stage"].search([("is_won", "=", False)], limit=1).id,
            users=env["res.users"].search([("share", "=", False)]).ids,
            company=env.company.id,
            first=first,
            count=count,
        )
    )
    env.cr.execute("ANALYZE crm_lead")
    env.invalidate_all()


@pytest.fixture(scope="module")
def simulation(env, plan):
    """Of a copy in which some cities have changed places."""
    draft = plan.copy({"name": "Next year"})
    rules = draft.territory_ids.rule_ids.sorted("id")[:SWAPPED]
    domains = rules.mapped("domain")
    for rule, domain in zip(rules, reversed(domains), strict=True):
        rule.domain = domain
    run = simulate(draft)
    env.cr.execute("ANALYZE crm_territory_move, crm_territory_comparison")
    return run


def simulate(plan):
    return work(plan, is_dry=True)


def work(plan, **values):
    """Work a run, forgetting after each batch what its commit would."""
    run = plan.env["crm.territory.run"].create({"plan_id": plan.id, **values})
    run._start()
    while run.state == "running":
        Worker(run).do_batch()
        plan.env.flush_all()
        plan.env.transaction.clear()
    return run


def by_hand(env, run):
    query = BY_HAND % {"sides": SIDES, "run_id": run.id}
    env.cr.execute(query)  # pylint: disable=sql-injection
    return env.cr.fetchall()


def open_screen(env, run):
    """What the client asks for when it opens the form of the simulation."""
    env.invalidate_all()
    names = [
        name
        for name in run._fields
        if name.endswith(("_account_count", "_lead_count", "_gained_count"))
    ]
    rows = {"fields": {}, "limit": 40}
    for name in ("comparison_territory_ids", "comparison_user_ids"):
        model = env[run._fields[name].comodel_name]
        fields = [name for name, field in model._fields.items() if field.store]
        rows[name] = {"fields": dict.fromkeys(fields, {}), "limit": 40}
    spec = {
        **dict.fromkeys([*names, "has_comparison", "criteria_have_changed"], {}),
        **{name: rows[name] for name in rows if name.startswith("comparison")},
    }
    manager = run.with_user(env.ref("base.user_admin"))
    return manager.web_read({**spec, "changed_since_count": {}})


def test_screen(env, simulation, ratio, seconds, scale):
    assert simulation.compared_change_count
    ratio(
        f"comparison of {scale:,} accounts and opportunities: its screen, to SQL"
        " by hand",
        *seconds(
            lambda: open_screen(env, simulation), lambda: by_hand(env, simulation)
        ),
        limit=SCREEN_LIMIT,
    )


def test_figures_are_kept(env, simulation, ratio, seconds, scale):
    """What it takes to sum up, once, when the simulation is done."""

    def compare():
        for name in ("", "_territory", "_user"):
            table = SQL.identifier(f"crm_territory_comparison{name}")
            env.cr.execute(
                SQL("DELETE FROM %s WHERE run_id = %s", table, simulation.id)
            )
        comparison.compare(Scope(simulation))

    ratio(
        f"comparison of {scale:,} accounts and opportunities: made, to SQL by hand"
        " for the first screen",
        *seconds(compare, lambda: by_hand(env, simulation), rounds=3),
    )


def test_simulation(env, plan, ratio, seconds, scale):
    """Of criteria that have not changed, with its comparison, to a run of them."""
    ratio(
        f"simulation of {scale:,} accounts and opportunities, to a run; nothing"
        " changes",
        *seconds(lambda: simulate(plan), lambda: work(plan), rounds=3),
        limit=SIMULATION_LIMIT,
    )
