"""Opening lists of leads under the record rules, with 1,000 territories; beside Odoo's
own rules, and beside what somebody would make instead: a many2many of territories on
the leads, and a rule that asks for its members.
"""

import random
import statistics
from contextlib import closing

import pytest

from odoo.fields import Command
from odoo.tools import SQL

from ground import postgres

TERRITORIES = 1000
# of a count, which reads what it counts; and of what else opens a list
LIMITS = {"count": 2.0, "page": 1.1, "group": 1.1, "kanban": 1.1, "pivot": 1.1}
# how much faster than the many2many, where its rule is slow: where it takes so many
# times what Odoo's own rule does
FASTER, SLOW = 5, 10
MEMBERSHIPS = (1, 30, 300, TERRITORIES)


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
    for count in MEMBERSHIPS:
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
def leads(env, scale, territories, users):
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
            scale,
        )
    )
    # As autovacuum leaves a table: PostgreSQL counts in an index alone only the pages
    # that it found visible to all, which an asynchronous commit would put off.
    env.cr.execute("SET LOCAL synchronous_commit = on")
    env.cr.commit()
    with closing(postgres.connect(env.cr.dbname)) as connection:
        connection.cursor().execute("VACUUM ANALYZE crm_lead")
    return env["crm.lead"]


@pytest.fixture(scope="module")
def many2many(env, leads):
    """The rule of somebody without the addons, switched off. It stands on a table
    with the territories of each lead: here one at most.
    """
    env["ir.model.fields"].create(
        {
            "name": "x_territory_ids",
            "model_id": env["ir.model"]._get_id("crm.lead"),
            "ttype": "many2many",
            "relation": "crm.territory",
            "relation_table": "x_crm_lead_territory_rel",
            "column1": "lead_id",
            "column2": "territory_id",
            "state": "manual",
        }
    )
    env.cr.execute(
        """
        INSERT INTO x_crm_lead_territory_rel (lead_id, territory_id)
        SELECT lead.id, link.territory_id
          FROM crm_lead AS lead
          JOIN crm_territory_set_rel AS link ON link.set_id = lead.territory_set_id
        """
    )
    env.cr.execute("ANALYZE x_crm_lead_territory_rel")
    return env["ir.rule"].create(
        {
            "name": "Leads of the territories of which one is a member",
            "model_id": env["ir.model"]._get_id("crm.lead"),
            "groups": [Command.set(env.ref("sales_team.group_sale_salesman").ids)],
            "domain_force": "[('x_territory_ids.member_ids.user_id', '=', user.id)]",
            "active": False,
        }
    )


# what the client asks for when the list, or the pipeline, of opportunities opens
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
_SUMS = ("expected_revenue:sum", "__count")


def _page(model):
    return model.web_search_read([], _COLUMNS, limit=80)


def _count(model):
    return model.search_count([], limit=10001)


def _group(model):
    return model.web_read_group([], ["stage_id"], _SUMS)


def _kanban(model):
    return model.web_read_group(
        [],
        ["stage_id"],
        _SUMS,
        auto_unfold=True,
        unfold_read_specification=_COLUMNS,
        unfold_read_default_limit=80,
    )


def _pivot(model):
    sets = [[], ["stage_id"], ["stage_id", "user_id"]]
    return model.formatted_read_grouping_sets([], sets, _SUMS)


OPENED = {
    "page": _page,
    "count": _count,
    "group": _group,
    "kanban": _kanban,
    "pivot": _pivot,
}
SHOWN = {
    "page": "List",
    "count": "Count",
    "group": "Group-by",
    "kanban": "Kanban",
    "pivot": "Pivot",
}


def open_lists(model, what):
    """Do what one request does: nothing is left of the one before."""
    env = model.env
    env.invalidate_all()
    env.cr.precommit.clear()  # what a transaction remembers
    OPENED[what](model)


OURS = (
    "crm_lead_territory_read_rule",
    "crm_lead_unowned_rule",
)
# They are measured in turn, so that what else the machine does slows all of them.
ROUNDS = 5


@pytest.fixture(scope="module")
def in_force(env, many2many):
    """A function that puts in force our rules, the many2many's, or only Odoo's own."""
    ours = env["ir.rule"].concat(*(env.ref(f"crm_territory.{name}") for name in OURS))

    def switch(kind):
        ours.active = kind == "ours"
        many2many.active = kind == "many"
        env.flush_all()

    yield switch
    switch("ours")


@pytest.mark.parametrize("count", MEMBERSHIPS)
def test_same_leads(leads, users, in_force, count):
    """Both rules show the same leads, but for what nobody owns: Odoo's rule shows all
    of these, ours those of the own territories and those without.
    """
    own = leads.with_user(users[count])
    in_force("ours")
    ours = own.search([], order="id").ids
    in_force("many")
    nobodys = ["|", ("user_id", "!=", False), ("x_territory_ids", "=", False)]
    mine = ("x_territory_ids.member_ids.user_id", "=", users[count].id)
    assert own.search(["|", mine, *nobodys], order="id").ids == ours
    assert len(ours) > leads.search_count([("user_id", "=", users[count].id)])


@pytest.mark.parametrize("what", OPENED)
@pytest.mark.parametrize("count", MEMBERSHIPS)
def test_lists(
    env, scale, leads, users, in_force, ratio, seconds, is_smoke, what, count
):
    member, manager = users[count], env.ref("base.user_admin")
    kinds = {"ours": member, "own": member, "many": member, "all": manager}
    taken = {kind: [] for kind in kinds}
    for _round in range(1 if is_smoke else ROUNDS):
        for kind, user in kinds.items():
            in_force("ours" if kind == "all" else kind)
            as_user = leads.with_user(user)
            open_lists(as_user, what)  # fills the caches of a worker
            [once] = seconds(lambda model=as_user: open_lists(model, what), rounds=1)
            taken[kind].append(once)
    ours, own, many, everything = map(statistics.median, taken.values())
    name = f"{what} of {scale:,} leads, member of {count}"
    words = {"case": f"{SHOWN[what]} of leads, users with 1 to {TERRITORIES:,}"}
    ratio(
        f"{name}, to the slower of own and all",
        ours,
        max(own, everything),
        LIMITS[what],
        beside="the slower of Odoo's own-documents rule and no rule",
        **words,
    )
    ratio(
        f"{name}, to a many2many rule",
        ours,
        many,
        1 / FASTER if many > SLOW * own else None,
        beside="a many2many rule",
        **words,
    )
