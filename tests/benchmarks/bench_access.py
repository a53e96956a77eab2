"""Opening lists of 300,000 leads under the record rules, with 1,000 territories."""

import os
import random
from contextlib import closing

import pytest

from odoo.fields import Command
from odoo.tools import SQL

from ground import postgres

LEADS = int(os.environ.get("BENCH_LEADS", 300_000))
TERRITORIES = 1000
# of a count, which reads what it counts; and of what else opens a list
LIMITS = {"count": 2.0, "page": 1.2, "group": 1.2}


@pytest.fixture(scope="module")
def territories(env):
    """1,000 territories of an active plan, each a set of its own."""
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    made = env["crm.territory"].create(
        [{"name": f"Territory {n}", "plan_id": plan.id} for n in range(TERRITORIES)]
    )
    plan.action_activate()
    env["crm.territory.set"]._intern([frozenset([id_]) for id_ in made.ids])
    return made


@pytest.fixture(scope="module")
def users(env, territories):
    """{number of territories: salesperson with own documents only}"""
    salesman = env.ref("sales_team.group_sale_salesman")
    found = {}
    chosen = random.Random(1)
    for count in (1, 30, 300):
        found[count] = env["res.users"].create(
            {
                "name": f"Member of {count}",
                "login": f"member_{count}",
                "group_ids": [Command.set([salesman.id])],
            }
        )
        env["crm.territory.member"].create(
            [
                {"territory_id": territory.id, "user_id": found[count].id}
                for territory in chosen.sample(list(territories), count)
            ]
        )
    return found


@pytest.fixture(scope="module")
def leads(env, territories, users):
    """Leads of 1,000 owners and of the members, 5 % of nobody, over all sets."""
    env.flush_all()
    stages = env["crm.stage"].search([]).ids
    env.cr.execute("SELECT id FROM crm_territory_set ORDER BY id DESC LIMIT 1000")
    sets = [row[0] for row in env.cr.fetchall()]
    env.cr.execute(
        SQL(
            """
            INSERT INTO res_users (login, partner_id, company_id, active, share,
                                   notification_type)
            SELECT 'owner_' || n, %s, %s, TRUE, FALSE, 'email'
              FROM generate_series(1, 1000) AS n
            RETURNING id
            """,
            env.user.partner_id.id,
            env.company.id,
        )
    )
    owners = [row[0] for row in env.cr.fetchall()] + [u.id for u in users.values()]
    env.cr.execute("SELECT setseed(0.42)")
    env.cr.execute(
        SQL(
            """
            WITH choice AS (
                SELECT %s::int[] AS owner, %s::int[] AS set, %s::int[] AS stage
            )
            INSERT INTO crm_lead (name, type, active, priority, probability, won_status,
                                  user_id, territory_set_id, stage_id, company_id,
                                  expected_revenue, create_date, write_date)
            SELECT 'Lead ' || n, 'opportunity', TRUE, (n %% 3)::text, 10, 'pending',
                   CASE WHEN random() < 0.95
                        THEN owner[1 + floor(random() * cardinality(owner))::int] END,
                   CASE WHEN random() < 0.95
                        THEN set[1 + floor(random() * cardinality(set))::int] END,
                   stage[1 + floor(random() * cardinality(stage))::int], %s,
                   floor(random() * 1e5), now(), now()
              FROM generate_series(1, %s) AS n, choice
            """,
            owners,
            sets,
            stages,
            env.company.id,
            LEADS,
        )
    )
    # As autovacuum leaves a table: PostgreSQL counts in an index alone only the pages
    # that it found visible to all, which an asynchronous commit would put off.
    env.cr.execute("SET LOCAL synchronous_commit = on")
    env.cr.commit()
    with closing(postgres.connect(env.cr.dbname)) as connection:
        connection.cursor().execute("VACUUM ANALYZE crm_lead")
    return env["crm.lead"]


# what the client asks for when the list of opportunities opens
_NAMED = {"fields": {"display_name": {}}}
_COLUMNS = {
    "name": {},
    "partner_id": _NAMED,
    "contact_name": {},
    "email_from": {},
    "user_id": _NAMED,
    "stage_id": _NAMED,
    "expected_revenue": {},
    "tag_ids": _NAMED,
    "territory_id": _NAMED,
}


def open_lists(model, what):
    """Do what one request does: nothing is left of the one before."""
    env = model.env
    env.invalidate_all()
    env.cr.precommit.clear()  # what a transaction remembers
    if what == "page":
        model.web_search_read([], _COLUMNS, limit=80)
    elif what == "count":
        model.search_count([], limit=10001)
    else:
        model._read_group([], ["stage_id"], ["__count", "expected_revenue:sum"])


OURS = (
    "crm_lead_territory_read_rule",
    "crm_lead_unowned_rule",
)


# The three are measured in turn, so that what else the machine does slows all of them.
ROUNDS = 7


@pytest.mark.parametrize("what", ["page", "count", "group"])
@pytest.mark.parametrize("count", [1, 30, 300])
def test_lists(env, leads, users, ratio, seconds, what, count):
    rules = env["ir.rule"].concat(*(env.ref(f"crm_territory.{name}") for name in OURS))
    member, manager = users[count], env.ref("base.user_admin")
    # what: (user, whether our rules are in force)
    kinds = {"ours": (member, True), "own": (member, False), "all": (manager, True)}
    best = {}
    for _round in range(ROUNDS):
        for kind, (user, is_ours) in kinds.items():
            rules.active = is_ours
            env.flush_all()
            open_lists(leads.with_user(user), what)  # fills the caches of a worker
            [taken] = seconds(lambda user=user: open_lists(leads.with_user(user), what))
            best[kind] = min(taken, best.get(kind, taken))
    rules.active = True
    ratio(
        f"{what} of {LEADS:,} leads, member of {count}, to the slower of own and all",
        best["ours"],
        max(best["own"], best["all"]),
        LIMITS[what],
    )
