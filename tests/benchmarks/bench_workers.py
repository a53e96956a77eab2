"""Several workers, on servers of their own: what they see of each other's changes, how
they share a run, and what people wait for meanwhile.
"""

import itertools
import statistics
import threading
import time
from contextlib import ExitStack

import pytest

from odoo.tools import SQL

from ground import databases, postgres, templates
from ground.odoo_server import Server
from tests.companies import Company, prepare, wait_until

from .databases_beside import commit
from .postal_records import Records
from .web_sessions import (
    WebSession,
    at_once,
    over_after,
    percentile_95,
    seconds_of,
)

PEOPLE = 8
TERRITORIES = 1000
MEMBERSHIPS = 30
CHANGES = 15
PASSWORD = "at-the-bench-1"
_NAMED = {"fields": {"display_name": {}}}
_COLUMNS = {
    "name": {},
    "partner_id": _NAMED,
    "user_id": _NAMED,
    "stage_id": _NAMED,
    "expected_revenue": {},
}
# The hourly jobs would give out leads, too.
NOT_NOW = "UPDATE ir_cron SET nextcall = now() + interval '1 day'"


def _users(env):
    """Salespeople with own documents only, who can log in: logins."""
    group = env.ref("sales_team.group_sale_salesman")
    users = env["res.users"].create(
        [
            {
                "name": f"Person {number}",
                "login": f"person_{number}",
                "password": PASSWORD,
                "email": f"person{number}@example.com",
                "group_ids": [(4, group.id)],
            }
            for number in range(PEOPLE)
        ]
    )
    return users.mapped("login")


def _populate(env, count):
    """Leads, of which everybody has one of 97, in many territories: the users."""
    records = Records(env, count)
    logins = _users(env)
    users = env["res.users"].search([("login", "in", logins)])
    env.flush_all()
    env.cr.execute(
        SQL(
            "UPDATE crm_lead SET user_id = COALESCE((%s::int[])[1 + mod(id, 97)], 2)"
            " WHERE id BETWEEN %s AND %s",
            users.ids,
            *records.leads,
        )
    )
    return users


def _populate_ours(env, count):
    """The same, in territories, where they stay; everybody is a member of some."""
    users = _populate(env, count)
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    territories = env["crm.territory"].create(
        [{"name": f"Territory {n}", "plan_id": plan.id} for n in range(TERRITORIES)]
    )
    plan.action_activate()
    env["crm.territory.member"].create(
        [
            {"user_id": user.id, "territory_id": territory.id}
            for number, user in enumerate(users)
            for territory in territories[number :: TERRITORIES // MEMBERSHIPS]
        ]
    )
    env.flush_all()
    sets = env["crm.territory.set"]._intern([frozenset([i]) for i in territories.ids])
    env.cr.execute(
        SQL(
            """
            UPDATE crm_lead SET territory_set_id = (%s::int[])[1 + mod(id, %s)],
                                territory_id = (%s::int[])[1 + mod(id, %s)],
                                territory_is_locked = TRUE
            """,
            [sets[frozenset([id_])] for id_ in territories.ids],
            TERRITORIES,
            territories.ids,
            TERRITORIES,
        )
    )


@pytest.fixture(scope="module")
def ours(databases_run, scale):
    database = databases_run.copy_of(templates.addon_template(), "workers")
    commit(database, lambda env: _populate_ours(env, scale))
    return database


@pytest.fixture(scope="module")
def plain(databases_run, scale):
    database = databases_run.copy_of(templates.template_without(["crm"]), "plain")
    commit(database, lambda env: _populate(env, scale))
    return database


def _open_list(person):
    return person.call(
        "crm.lead", "web_search_read", [], _COLUMNS, limit=80, count_limit=10001
    )


def _server(stack, database, number=0, *options):
    words = options or ("--max-cron-threads", "0")
    server = Server(database, options=words, log_name=f"odoo-{database}-{number}")
    return stack.enter_context(server)


def test_membership(ours, ratio, is_smoke):
    """Changed in one worker, in force in the next request to another."""
    with ExitStack() as stack:
        first, second = (_server(stack, ours, number) for number in range(2))
        admin = first.client()
        person = WebSession(second, "person_0", PASSWORD)
        [user] = admin.call("res.users", "search", [("login", "=", "person_0")])
        territories = admin.call(
            "crm.territory", "search", [("member_ids.user_id", "!=", user)], limit=99
        )

        def count():
            return person.call("crm.lead", "search_count", [])

        usual, after = [], []
        before = count()
        for number in range(2 if is_smoke else CHANGES):
            usual.append(seconds_of(count)[0])
            values = {"user_id": user, "territory_id": territories[number]}
            member = admin.call("crm.territory.member", "create", [values])
            taken, more = seconds_of(count)
            after.append(taken)
            assert more > before
            admin.call("crm.territory.member", "unlink", member)
            taken, again = seconds_of(count)
            after.append(taken)
            assert again == before
    ratio(
        "ms added to the request after a membership changed, to 20 ms",
        1000 * (statistics.median(after) - statistics.median(usual)),
        20,
        limit=1,
        case="A membership changed in another worker: added to the next request",
        unit="ms",
    )


def _change_ours(client):
    """What is changed while people work: members, the tree, the plan; by turns."""
    [user] = client.call("res.users", "search", [("login", "=", "person_1")])
    others = [("member_ids.user_id", "!=", user)]
    territories = client.call("crm.territory", "search", others)
    [plan] = client.call("crm.territory.plan", "search", [("state", "=", "active")])
    for number in itertools.count():
        territory = territories[number]
        values = {"user_id": user, "territory_id": territory}
        yield client.call("crm.territory.member", "create", [values])
        yield client.call("crm.territory", "write", [territory], {"name": f"T{number}"})
        parent = {"parent_id": territories[-1]}
        yield client.call("crm.territory", "write", [territory], parent)
        yield client.call("crm.territory.plan", "write", [plan], {"name": f"{number}"})


def _change_plain(client):
    """As many writes of what an administrator sets up in plain Odoo."""
    [user] = client.call("res.users", "search", [("login", "=", "person_1")])
    [team] = client.call("crm.team", "search", [], limit=1)
    client.call("ir.config_parameter", "set_param", "sales_team.membership_multi", "1")
    for number in itertools.count():
        made = client.call("crm.team", "create", [{"name": f"Team {number}"}])
        values = {"user_id": user, "crm_team_id": made[0]}
        yield client.call("crm.team.member", "create", [values])
        yield client.call("crm.team", "write", made, {"name": f"T{number}"})
        yield client.call("crm.team", "write", made, {"sequence": number})
        yield client.call("crm.team", "write", [team], {"sequence": number})


def test_caches(ours, plain, ratio, is_smoke):
    """People open lists while somebody changes something every second."""
    with ExitStack() as stack:
        worlds = []
        for database, change in ((ours, _change_ours), (plain, _change_plain)):
            server = _server(stack, database)
            people = [
                WebSession(server, f"person_{number}", PASSWORD)
                for number in range(PEOPLE)
            ]
            for person in people:
                assert len(_open_list(person)["records"]) == 80
            works = [
                lambda _number, person=person: _open_list(person) for person in people
            ]
            worlds.append((works, change(server.client()), []))
        for _round in range(1 if is_smoke else 4):
            for works, changes, medians in worlds:
                medians.append(_median_beside(works, changes, 1 if is_smoke else 8))
    medians = [statistics.median(medians) for _works, _changes, medians in worlds]
    ratio(
        "8 people beside one change a second, to plain Odoo beside as many writes",
        *medians,
        limit=1.1,
        case="Requests of 8 people beside one change of members, tree or plan a second",
        beside="plain Odoo beside as many writes",
    )


def _median_beside(works, changes, seconds):
    """How long a request takes while something is changed every second."""
    is_over = over_after(seconds)

    def change():
        while not is_over():
            next(changes)
            time.sleep(1)

    thread = threading.Thread(target=change)
    thread.start()
    taken = at_once(works, is_over)
    thread.join()
    return statistics.median(taken)


# -- a run

WITH_JOBS = ("--max-cron-threads", "1")
INSERT_LEADS = """
    INSERT INTO crm_lead
                (name, type, active, won_status, partner_id, stage_id, company_id,
                 probability, create_date, write_date, create_uid, write_uid)
         SELECT 'Lead of ' || partner.id, 'opportunity', TRUE, 'pending', partner.id,
                (SELECT min(id) FROM crm_stage), 1, 10, now(), now(), 1, 1
           FROM res_partner AS partner WHERE starts_with(partner.name, 'Fault ')
"""


@pytest.fixture(scope="module")
def prepared(make_server, scale):
    """A database with accounts, a lead of each, and a plan that has not run yet."""
    database = prepare(make_server, scale)
    connection = postgres.connect(database)
    connection.cursor().execute(INSERT_LEADS)
    connection.cursor().execute(NOT_NOW)
    connection.cursor().execute("ANALYZE")
    connection.close()
    commit(database, _users)
    return database


def _wait_for(company, run):
    state = "SELECT state FROM crm_territory_run WHERE id = %s"
    wait_until(lambda: company.number(state, run) != "running", 3600, pause=0.1)
    found = company.read(run, "state", "changed_count")
    assert found["state"] == "done"
    return found["changed_count"]


def _run(databases_run, prepared, workers, scale):
    """How long a run takes so many workers, and what it changes."""
    name = databases_run.copy_of(prepared, "run")
    with ExitStack() as stack:
        made = [_server(stack, name, number, *WITH_JOBS) for number in range(workers)]
        company = Company(name, made[0])
        start = time.perf_counter()
        run = company.start(batch_size=max(500, min(50_000, scale // 20)))
        changed = _wait_for(company, run)
        taken = time.perf_counter() - start
    databases.drop(name)
    return taken, changed


def test_workers(databases_run, prepared, ratio, scale, is_smoke):
    """By turns one worker, two and four, each a process."""
    taken = {1: [], 2: []} if is_smoke else {1: [], 2: [], 4: []}
    results = set()
    for _round in range(1 if is_smoke else 3):
        for workers in taken:
            seconds, changed = _run(databases_run, prepared, workers, scale)
            taken[workers].append(seconds)
            results.add(changed)
    assert len(results) == 1
    alone, *others = map(statistics.median, taken.values())
    for workers, together in zip(list(taken)[1:], others, strict=True):
        ratio(
            f"a run over {scale:,} accounts and leads, {workers} workers, to one",
            together,
            alone,
            1 / 1.8 if workers == 2 else None,
            case=f"A run by {workers} workers",
            beside="one worker",
        )


def test_editing(databases_run, prepared, ratio, is_smoke):
    """People open, save and import while a run goes on; what the slowest of twenty of
    their requests takes.
    """
    name = databases_run.copy_of(prepared, "editing")
    with ExitStack() as stack:
        server = _server(stack, name)
        _server(stack, name, 1, *WITH_JOBS)
        company = Company(name, server)
        works = [_editor(server, number) for number in range(PEOPLE)]
        alone = at_once(works, over_after(2 if is_smoke else 20))
        run = company.start()
        state = "SELECT state FROM crm_territory_run WHERE id = %s"
        beside = at_once(works, lambda: company.number(state, run) != "running")
        _wait_for(company, run)
    databases.drop(name)
    assert len(beside) >= PEOPLE
    ratio(
        "p95 of 8 people who edit, save and import while a run goes on, to without",
        percentile_95(beside),
        percentile_95(alone),
        limit=1.5,
        case="8 people editing, saving and importing beside a run: p95",
        beside="without the run",
    )


def _editor(server, number):
    """Somebody who opens a lead, saves it, and imports a few at times."""
    admin = server.client()
    [user] = admin.call("res.users", "search", [("login", "=", f"person_{number}")])
    leads = admin.call("crm.lead", "search", [], offset=1000 * number, limit=100)
    admin.call("crm.lead", "write", leads, {"user_id": user})
    person = WebSession(server, f"person_{number}", PASSWORD)

    def work(call):
        lead = leads[call % len(leads)]
        if call % 10 == 9:
            rows = [[f"Imported {n}", f"Company {n}", "France"] for n in range(20)]
            names = ["name", "partner_name", "country_id"]
            found = person.call("crm.lead", "load", names, rows)
            assert not found["messages"]
        elif call % 2:
            values = {"expected_revenue": call, "phone": f"+33 1 234 {call}"}
            person.call("crm.lead", "web_save", [lead], values, _COLUMNS)
        else:
            person.call("crm.lead", "web_read", [lead], _COLUMNS)

    return work
