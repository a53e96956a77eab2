"""A run over leads that gives them salespeople, and the same without policies.

Tracking and mails are on: the chatter tells of each new salesperson and, with the
setting *Territories in the Chatter*, of each territory. What a run costs in queries and
messages is printed, too (``setup/bench handout -- -s``). The last reference is what
it costs to have Odoo write the salespeople: the run without policies, and then as many
of them at once as a run gives, without a mail for each lead.
"""

import pytest

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.crm_territory.handout_turns import CHUNK
from odoo.addons.crm_territory.runs.work import Worker

MEMBERS = 10
COUNTRIES = 5
# Without the setting, a run without policies writes nothing but territories, by SQL;
# giving leads to people is left to Odoo.
LIMITS = {"on": 6, "": 16}
LIMIT_TO_ODOO = 1.3


@pytest.fixture(scope="module")
def plan(env):
    """An active plan of countries, each with members."""
    salesman = env.ref("sales_team.group_sale_salesman")
    users = env["res.users"].create(
        [
            {
                "name": f"Seller {number}",
                "login": f"seller_{number}",
                "email": f"seller_{number}@x.test",
                "notification_type": "email",
                "group_ids": [Command.set([salesman.id])],
            }
            for number in range(MEMBERS)
        ]
    )
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    env["crm.territory"].create(
        [
            {
                "name": country.name,
                "plan_id": plan.id,
                "area_ids": [Command.create({"country_id": country.id})],
                "member_ids": [Command.create({"user_id": user.id}) for user in users],
            }
            for country in env["res.country"].search([], limit=COUNTRIES, order="id")
        ]
    )
    plan.action_activate()
    return plan


@pytest.fixture(scope="module")
def leads(env, plan, scale):
    """Leads without salesperson, made behind the back of assignment."""
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            INSERT INTO crm_lead (name, type, active, priority, probability, won_status,
                                  country_id, place_code, stage_id, create_date,
                                  write_date)
            SELECT 'Unowned ' || n, 'opportunity', TRUE, '1', 10, 'pending',
                   country.id, country.code, %s, now(), now()
              FROM generate_series(1, %s) AS n
              JOIN unnest(%s::int[]) WITH ORDINALITY AS chosen(id, number)
                ON chosen.number = 1 + mod(n, %s)
              JOIN res_country AS country ON country.id = chosen.id
            RETURNING id
            """,
            env["crm.stage"].search([], limit=1).id,
            scale,
            plan.territory_ids.area_ids.country_id.ids,
            COUNTRIES,
        )
    )
    env.cr.execute("ANALYZE crm_lead")
    return env["crm.lead"].browse(row[0] for row in rows)


@pytest.mark.parametrize("tracks", LIMITS)
def test_run(env, plan, leads, ratio, seconds, tracks):
    env["ir.config_parameter"].set_param("crm_territory.track_moves", tracks)
    figures = {}

    def run(policy):
        savepoint = env.cr.savepoint()
        plan.territory_ids.owner_policy = policy
        env.flush_all()
        before = env.cr.sql_log_count, *counts(env)
        work(plan)
        after = env.cr.sql_log_count, *counts(env)
        figures[policy] = [b - a for a, b in zip(before, after, strict=True)]
        owned = leads.search_count([("id", "in", leads.ids), ("user_id", "!=", False)])
        assert owned == (0 if policy == "none" else len(leads))
        savepoint.rollback()
        savepoint.close(rollback=False)
        env.invalidate_all(flush=False)

    def written_by_odoo():
        savepoint = env.cr.savepoint()
        plan.territory_ids.owner_policy = "none"
        work(plan)
        users = plan.territory_ids.member_ids.user_id
        silent = leads.with_context(mail_auto_subscribe_no_notify=True)
        for start in range(0, len(leads), CHUNK):
            chunk = silent[start : start + CHUNK]
            for number, user in enumerate(users):
                chunk[number :: len(users)].write({"user_id": user.id})
            env.cr.flush()
        savepoint.rollback()
        savepoint.close(rollback=False)
        env.invalidate_all(flush=False)

    times = seconds(lambda: run("round_robin"), lambda: run("none"), rounds=2)
    for policy, (queries, messages, mails) in figures.items():
        print(f"{policy}: {queries:,} queries, {messages:,} messages, {mails:,} mails")
    name = "moves in the chatter" if tracks else "moves not in the chatter"
    name = f"run that gives out {len(leads):,} leads, to one without policies, {name}"
    ratio(name, *times, LIMITS[tracks])
    times = seconds(lambda: run("round_robin"), written_by_odoo, rounds=2)
    ratio(f"{name}, and Odoo's writing", *times, LIMIT_TO_ODOO)


def work(plan):
    """Work a run as the scheduled job does, but for the commits."""
    run = plan.env["crm.territory.run"].create({"plan_id": plan.id})
    run._start()
    while run.state == "running":
        Worker(run).do_batch()
        run.env.cr.flush()  # where tracking makes its messages


def counts(env):
    return [env[model].search_count([]) for model in ("mail.message", "mail.mail")]
