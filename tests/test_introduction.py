"""A plan takes the place of another on real servers: killed at any step of the switch,
it is the one state or the other; killed while records are judged, it goes on; and
meanwhile nobody sees what neither plan gives.

Thousands of accounts; territories say who sees them.
"""

import time

import pytest

from ground import databases, postgres
from tests.companies import ACCOUNTS, Company, in_the_background, prepare, wait_until

SMALL = 300
PASSWORD = "secret of the tests"
# user: (the countries that the old plan opens, those that the new one opens)
SEES = {"ruth": ("FR", "US"), "rick": ("NL", "FR"), "rosa": ("US", "NL")}
MEMBERS = {
    "Faults": {old: user for user, (old, _new) in SEES.items()},
    "Next": {new: user for user, (_old, new) in SEES.items()},
}
# What each step of the switch writes: who holds it makes the switch wait there.
ROW = "SELECT FROM crm_territory_plan WHERE name = '{}' FOR UPDATE"
STEPS = {
    "the plan before": ROW.format("Faults"),
    "the plan": ROW.format("Next"),
    "its run": "LOCK TABLE crm_territory_run IN EXCLUSIVE MODE",
    "its batches": "LOCK TABLE crm_territory_run_batch IN EXCLUSIVE MODE",
    "its jobs": "LOCK TABLE ir_cron_trigger IN EXCLUSIVE MODE",
    "its message": "LOCK TABLE mail_message IN EXCLUSIVE MODE",
}
WAITING = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
# who is in what plan: the accounts of territories of each
IN_PLANS = """
    SELECT plan.name, count(*)
      FROM res_partner AS partner
      JOIN crm_territory AS territory ON territory.id = partner.territory_id
      JOIN crm_territory_plan AS plan ON plan.id = territory.plan_id
     WHERE starts_with(partner.name, 'Fault ')
     GROUP BY 1
"""
# Each is in the territory of its country, or in the one below it.
ASTRAY = """
    SELECT count(*)
      FROM res_partner AS partner
      JOIN crm_territory AS territory ON territory.id = partner.territory_id
      JOIN res_country AS country ON country.id = partner.country_id
     WHERE starts_with(partner.name, 'Fault ')
       AND split_part(territory.code, ' ', 1) <> country.code
"""
OF_NO_COLLEAGUES = """
    UPDATE res_partner SET partner_share = TRUE WHERE starts_with(name, 'Fault ')
"""
ASSIGNED = ACCOUNTS * 3 // 4


@pytest.fixture(scope="module")
def prepared(make_server):
    """The name of a database in which the old plan has run, with the next year's."""
    database = prepare(make_server)
    server = make_server(database)
    client = server.client()
    [old] = client.call("crm.territory.plan", "search", [("name", "=", "Faults")])
    new = client.call("crm.territory.plan", "copy", [old], {"name": "Next"})
    new = new[0] if isinstance(new, list) else new
    group = client.call(
        "ir.model.data",
        "search_read",
        [("name", "=", "group_sale_salesman"), ("module", "=", "sales_team")],
        ["res_id"],
    )[0]["res_id"]
    users = {
        name: client.call(
            "res.users",
            "create",
            {
                "name": name,
                "login": name,
                "password": PASSWORD,
                "group_ids": [(4, group)],
            },
        )
        for name in SEES
    }
    for plan, name in ((old, "Faults"), (new, "Next")):
        for code, user in MEMBERS[name].items():
            [territory] = client.call(
                "crm.territory", "search", [("plan_id", "=", plan), ("code", "=", code)]
            )
            members = [(0, 0, {"user_id": users[user]})]
            client.call("crm.territory", "write", [territory], {"member_ids": members})
    client.call(
        "ir.config_parameter",
        "set_param",
        "crm_territory.account_visibility",
        "territory",
    )
    # many batches: what is between the two plans is to be seen
    client.call("ir.default", "set", "crm.territory.run", "batch_size", SMALL)
    run = client.call("crm.territory.run", "create", {"plan_id": old})
    client.call("crm.territory.run", "run_to_end", [run])
    server.stop()
    connection = postgres.connect(database)
    connection.cursor().execute(OF_NO_COLLEAGUES)
    connection.close()
    return database


@pytest.fixture
def company(request, prepared, databases_run, make_server):
    database = databases_run.copy_of(prepared, "introduction")
    server = make_server(database, options=getattr(request, "param", ()))
    found = Company(database, server)
    found.next = found.number("SELECT id FROM crm_territory_plan WHERE name = 'Next'")
    yield found
    server.stop()
    databases.drop(database)


def states(company):
    """What tells of the switch: states, who gives way, runs and their batches."""
    return company.sql(
        """
        SELECT (SELECT state FROM crm_territory_plan WHERE name = 'Faults'),
               (SELECT state FROM crm_territory_plan WHERE name = 'Next'),
               (SELECT giving_way_to_id IS NOT NULL FROM crm_territory_plan
                 WHERE name = 'Faults'),
               (SELECT count(*) FROM crm_territory_run WHERE plan_id = %s),
               (SELECT count(*) > 0 FROM crm_territory_run_batch AS batch
                  JOIN crm_territory_run AS run ON run.id = batch.run_id
                 WHERE run.plan_id = %s),
               (SELECT count(*) FROM mail_message
                 WHERE model = 'crm.territory.plan' AND body LIKE '%%in place of%%')
        """,
        company.next,
        company.next,
    )[0]


BEFORE = ("active", "draft", False, 0, False, 0)
AFTER = ("archived", "active", True, 1, True, 2)


def test_killed_in_each_step_of_the_switch(company):
    assert states(company) == BEFORE
    for step, lock in STEPS.items():
        holder = postgres.connect(company.database)
        holder.autocommit = False
        holder.cursor().execute(lock)
        switch = in_the_background(
            company.call, "crm.territory.plan", "introduce", [company.next]
        )
        wait_until(lambda: company.number(WAITING), 30)
        company.server.kill()
        switch.join()
        assert switch.error, step
        holder.rollback()
        holder.close()
        company.restart()
        assert states(company) == BEFORE, step
        assert company.number("SELECT count(*) FROM crm_territory_move") == (
            company.number("SELECT count(*) FROM crm_territory_move WHERE NOT is_dry")
        )
        assert dict(company.sql(IN_PLANS)) == {"Faults": ASSIGNED}
    run = company.call("crm.territory.plan", "introduce", [company.next])
    assert states(company) == AFTER
    for pause in (0.05, 0.2):
        company.step(run)
        step = in_the_background(company.step, run)
        time.sleep(pause)
        company.server.kill()
        step.join()
        company.restart()
        assert company.number(ASTRAY) == 0
        assert sum(dict(company.sql(IN_PLANS)).values()) == ASSIGNED
    company.to_the_end(run)
    assert states(company)[:3] == ("archived", "active", False)
    assert dict(company.sql(IN_PLANS)) == {"Next": ASSIGNED}
    assert company.number(ASTRAY) == 0


def test_two_at_once(company):
    """Two administrators press the button in the same moment: one switch."""
    clients = [company.server.client() for _number in range(2)]
    threads = [
        in_the_background(
            client.call, "crm.territory.plan", "introduce", [company.next]
        )
        for client in clients
    ]
    for thread in threads:
        thread.join()
    [refused] = [thread.error for thread in threads if thread.error]
    assert "active already" in str(refused)
    assert states(company) == AFTER


@pytest.mark.parametrize(
    "company", [("--max-cron-threads", "1")], indirect=True, ids=["cron"]
)
def test_what_is_seen_meanwhile(company, make_server):
    """Two servers judge; whatever moment it is, everybody sees of his countries only,
    and keeps what both plans give.
    """
    other = make_server(company.database, options=("--max-cron-threads", "1"))
    of_country = {
        code: set(ids)
        for code, ids in company.sql(
            """
            SELECT country.code, array_agg(partner.id)
              FROM res_partner AS partner
              JOIN res_country AS country ON country.id = partner.country_id
             WHERE starts_with(partner.name, 'Fault ') AND country.code <> 'CA'
             GROUP BY 1
            """
        )
    }
    assigned = [id_ for ids in of_country.values() for id_ in ids]
    clients = {
        name: (company.server, other)[number % 2].client(name, PASSWORD)
        for number, name in enumerate(SEES)
    }

    def seen(name):
        domain = [("id", "in", assigned)]
        return set(clients[name].call("res.partner", "search", domain))

    for name, (old, _new) in SEES.items():
        assert seen(name) == of_country[old]
    run = company.call("crm.territory.plan", "introduce", [company.next])
    between = 0
    while company.read(run, "state")["state"] == "running":
        for name, (old, new) in SEES.items():
            found = seen(name)
            assert found <= of_country[old] | of_country[new], name
            between += found not in (of_country[old], of_country[new])
    assert company.read(run, "state")["state"] == "done"
    for name, (_old, new) in SEES.items():
        assert seen(name) == of_country[new]
    assert between, "It was over before anybody looked"
    print(f"seen between the two plans: {between} times")
    other.stop()
