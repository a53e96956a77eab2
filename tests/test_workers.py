"""Several servers work one run: what comes of it is what one process makes of it.

Scheduled jobs, and the jobs of OCA's ``queue_job`` with its running job runner; one
server is killed on the way.

``WORKERS=full setup/test system -- tests/test_workers.py -k faster -s`` measures how
much faster two are than one.
"""

import os
import statistics
import time
from contextlib import contextmanager

import pytest

from ground import databases, postgres, python_env
from ground.odoo_server import Server
from tests.companies import (
    ACCOUNTS,
    Company,
    in_the_background,
    prepare,
    wait_until,
)

IS_FULL = os.environ.get("WORKERS") == "full"
MANY = 100_000
SMALL = 500
MEMBERS = ("ruth", "rick", "rosa")
INSERT_LEADS = """
    INSERT INTO crm_lead
                (name, type, active, won_status, partner_id, stage_id, company_id,
                 probability, create_date, write_date, create_uid, write_uid)
         SELECT 'Lead of ' || partner.id, 'opportunity', TRUE, 'pending', partner.id,
                (SELECT min(id) FROM crm_stage), 1, 10, now(), now(), 1, 1
           FROM res_partner AS partner
          WHERE starts_with(partner.name, 'Fault ') AND mod(partner.id, 3) = 0
"""
# The hourly jobs would give out leads, too.
NOT_NOW = "UPDATE ir_cron SET nextcall = now() + interval '1 day'"
# What a run did, in words that no order of work changes.
RESULTS = {
    "accounts": """
        SELECT partner.name, own.complete_name
          FROM res_partner AS partner
          LEFT JOIN crm_territory AS own ON own.id = partner.territory_id
         WHERE starts_with(partner.name, 'Fault ') ORDER BY partner.id
    """,
    "leads": """
        SELECT lead.name, own.complete_name, users.login
          FROM crm_lead AS lead
          LEFT JOIN crm_territory AS own ON own.id = lead.territory_id
          LEFT JOIN res_users AS users ON users.id = lead.user_id
         ORDER BY lead.id
    """,
    "moves": """
        SELECT move.partner_id, move.lead_id, before.complete_name,
               after.complete_name, before_set.key IS NULL, move.is_dry,
               move.salesperson_after_id, move.reasons
          FROM crm_territory_move AS move
          LEFT JOIN crm_territory AS before ON before.id = move.territory_before_id
          LEFT JOIN crm_territory AS after ON after.id = move.territory_after_id
          LEFT JOIN crm_territory_set AS before_set
            ON before_set.id = move.set_before_id
         ORDER BY move.partner_id, move.lead_id, move.id
    """,
    "turns": "SELECT id, last_turn FROM crm_territory_member ORDER BY id",
}
FIGURES = (
    *("state", "total_count", "seen_count", "judged_count", "changed_count"),
    *("unchanged_count", "unassigned_count", "owner_count", "failed_count", "error"),
)
# How many transactions of each process have written something, or locked a row. A job
# at work has two: its batch, and the one that says that the job goes on.
WRITING = """
    SELECT application_name, count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND backend_xid IS NOT NULL
     GROUP BY application_name
"""
WITH_JOBS = ("--max-cron-threads", "1")
LEFT = "SELECT count(*) FROM crm_territory_run_batch WHERE NOT is_done"


@pytest.fixture(scope="module")
def prepared(make_server):
    """The name of a database with accounts and leads of them; those of one country are
    given to people in turn.
    """
    database = prepare(make_server)
    server = make_server(database)
    client = server.client()
    [group] = client.call(
        "ir.model.data",
        "search_read",
        [("name", "=", "group_sale_salesman"), ("module", "=", "sales_team")],
        ["res_id"],
    )
    users = [
        client.call(
            "res.users",
            "create",
            {"name": name, "login": name, "group_ids": [(4, group["res_id"])]},
        )
        for name in MEMBERS
    ]
    territories = client.call("crm.territory", "search", [("code", "=", "FR")])
    members = [(0, 0, {"user_id": user}) for user in users]
    values = {"owner_policy": "round_robin", "member_ids": members}
    client.call("crm.territory", "write", territories, values)
    server.stop()
    connection = postgres.connect(database)
    connection.cursor().execute(INSERT_LEADS)
    connection.cursor().execute(NOT_NOW)
    connection.cursor().execute("ANALYZE")
    connection.close()
    return database


@pytest.fixture(scope="module")
def alone(prepared, databases_run, make_server):
    """What one process makes of it, for a run and for a simulation:
    {is_dry: (results, figures)}.
    """
    found = {}
    for is_dry in (False, True):
        database = databases_run.copy_of(prepared, "alone")
        company = Company(database, make_server(database))
        run = company.new_run(batch_size=SMALL, is_dry=is_dry)
        company.call("crm.territory.run", "run_to_end", [run])
        found[is_dry] = outcome(company, run)
        company.server.stop()
        databases.drop(database)
    assert found[False][1]["owner_count"] > 500
    assert found[False][1]["changed_count"] > ACCOUNTS // 2
    return found


def outcome(company, run):
    """What a run did, and what it tells of it."""
    results = {name: company.sql(query) for name, query in RESULTS.items()}
    figures = company.read(run, *FIGURES)
    del figures["id"]
    return results, figures


def assert_as_alone(company, run, expected):
    results, figures = outcome(company, run)
    assert figures == expected[1]
    for name, rows in expected[0].items():
        assert results[name] == rows, name


@pytest.fixture
def copy(prepared, databases_run):
    database = databases_run.copy_of(prepared, "workers")
    yield database
    databases.drop(database)


@contextmanager
def servers(make_server, database, *options):
    """Two servers on a database, and the company of the first."""
    made = [make_server(database, options=options) for _number in range(2)]
    try:
        yield Company(database, made[0]), made
    finally:
        for server in made:
            server.stop()


def at_work(company, made, jobs=1):
    """The servers that do so many batches at this moment."""
    writing = dict(company.sql(WRITING))
    return [
        server
        for server in made
        if writing.get(f"odoo-{server.process.pid}", 0) >= 2 * jobs
    ]


def wait_until_at_work(company, made, jobs=1):
    """Wait until all servers are at work at once; fails when the run ends first."""

    def are_at_work():
        assert company.number(LEFT), "It was over before all were at work"
        return at_work(company, made, jobs) == made

    wait_until(are_at_work)


def wait_until_over(company, run, seconds=240, meanwhile="SELECT"):
    """Wait until a run has ended, with a statement once in a while."""
    state = "SELECT state FROM crm_territory_run WHERE id = %s"

    def is_over():
        company.sql(meanwhile)
        return company.number(state, run) != "running"

    wait_until(is_over, seconds, pause=0.2)


@pytest.mark.parametrize("is_dry", [False, True], ids=["real", "simulation"])
def test_scheduled_jobs_of_two_servers(copy, alone, make_server, is_dry):
    with servers(make_server, copy, *WITH_JOBS) as (company, made):
        run = company.start(batch_size=SMALL, is_dry=is_dry)
        wait_until_at_work(company, made)
        wait_until_over(company, run)
        assert_as_alone(company, run, alone[is_dry])
        if not is_dry:
            company.check_done(run)


def test_one_of_two_servers_is_killed(copy, alone, make_server):
    """The other takes the batch that it had, and goes on to the end."""
    with servers(make_server, copy, *WITH_JOBS) as (company, made):
        run = company.start(batch_size=SMALL)
        wait_until_at_work(company, made)
        left = company.number(LEFT)
        made[1].kill()
        assert left > 2
        wait_until_over(company, run)
        assert_as_alone(company, run, alone[False])


def test_cancelled_while_two_servers_work(copy, alone, make_server):
    """At once, whatever they do: what they had begun is as if it never was. Then on."""
    with servers(make_server, copy, *WITH_JOBS) as (company, made):
        run = company.start(batch_size=SMALL)
        wait_until_at_work(company, made)
        company.call("crm.territory.run", "action_cancel", [run])
        company.check_in_order(run)
        left = company.number(LEFT)
        judged = company.read(run, "judged_count", "state")
        assert judged["state"] == "cancelled"
        time.sleep(2)
        company.check_in_order(run)
        assert company.number(LEFT) == left
        assert company.read(run, "judged_count", "state") == judged
        company.call("crm.territory.run", "action_continue", [run])
        wait_until_over(company, run)
        assert_as_alone(company, run, alone[False])


def test_undone_while_a_batch_goes_on(copy, make_server):
    """Cancelled and undone while two work: nothing of what they did is left."""
    with servers(make_server, copy, *WITH_JOBS) as (company, made):
        run = company.start(batch_size=SMALL)
        wait_until_at_work(company, made)
        company.call("crm.territory.run", "action_cancel", [run])
        company.call("crm.territory.run", "action_undo", [run])
        time.sleep(2)
        in_territories = "SELECT count(*) FROM res_partner WHERE territory_id > 0"
        assert company.number(in_territories) == 0
        assert company.read(run, "state")["state"] == "undone"


def test_scheduled_jobs_beside_an_open_form(copy, alone, make_server):
    """Whoever looks at the run works it, too."""
    with servers(make_server, copy, *WITH_JOBS) as (company, made):
        run = company.start(batch_size=SMALL)
        threads = [in_the_background(step, server.client(), run) for server in made]
        for thread in threads:
            thread.join()
            assert thread.error is None
        assert_as_alone(company, run, alone[False])


def step(client, run):
    while True:
        result = client.call("crm.territory.run", "run_step", [run])
        if result["state"] != "running":
            return
        if result["busy"]:
            time.sleep(0.5)


# -- with OCA's queue_job

CHANNELS = "ODOO_QUEUE_JOB_CHANNELS"
WITH_QUEUE_JOB = (
    *("--addons-path", python_env.addons_path()),
    *("--load", "base,web,queue_job"),
)
JOBS = "SELECT state, count(*) FROM queue_job GROUP BY state ORDER BY state"
# It looks for dead jobs when something happens in the queue, else once a minute.
WAKE_RUNNER = "NOTIFY queue_job"


@pytest.fixture(scope="module")
def prepared_for_jobs(prepared, databases_run):
    database = databases_run.copy_of(prepared, "jobs")
    databases.run_odoo(database, *WITH_QUEUE_JOB, "-i", "queue_job")
    return database


@pytest.fixture
def jobs_copy(prepared_for_jobs, databases_run, monkeypatch):
    """A database with ``queue_job``, whose runner lets two jobs go on at once."""
    monkeypatch.setenv(CHANNELS, "root:2")
    database = databases_run.copy_of(prepared_for_jobs, "jobs")
    yield database
    databases.drop(database)


@pytest.mark.parametrize("is_dry", [False, True], ids=["real", "simulation"])
def test_queued_jobs(jobs_copy, alone, make_server, is_dry):
    """As many as the channel lets; all of them end well."""
    server = make_server(jobs_copy, options=WITH_QUEUE_JOB)
    company = Company(jobs_copy, server)
    run = company.start(batch_size=SMALL, is_dry=is_dry)
    wait_until_at_work(company, [server], jobs=2)
    wait_until_over(company, run)
    assert_as_alone(company, run, alone[is_dry])
    wait_until(lambda: [state for state, _count in company.sql(JOBS)] == ["done"])
    server.stop()


def test_runner_of_queued_jobs_is_killed(jobs_copy, alone, make_server):
    """The runner of the other server finds the jobs dead, and has them done."""
    with servers(make_server, jobs_copy, *WITH_QUEUE_JOB) as (company, made):
        run = company.start(batch_size=SMALL)
        [first] = wait_until(lambda: at_work(company, made))
        [other] = set(made) - {first}
        first.kill()
        company = Company(jobs_copy, other)
        wait_until_over(company, run, meanwhile=WAKE_RUNNER)
        assert_as_alone(company, run, alone[False])


# -- how much faster

ROUNDS = 3


@pytest.mark.skipif(not IS_FULL, reason="WORKERS=full measures it")
def test_two_servers_are_faster(databases_run, make_server):
    """By turns, one server and two; the second is idle in the first turn."""
    database = prepare(make_server, MANY)
    connection = postgres.connect(database)
    connection.cursor().execute(INSERT_LEADS)
    connection.cursor().execute(NOT_NOW)
    connection.cursor().execute("ANALYZE")
    connection.close()
    taken = {1: [], 2: []}
    for _round in range(ROUNDS):
        for workers in taken:
            taken[workers].append(seconds_of_a_run(databases_run, database, workers))
    ratio = statistics.median(taken[1]) / statistics.median(taken[2])
    print(f"\n{MANY} accounts, one server / two: {ratio:.2f}; seconds {taken}")
    assert ratio > 1.2


def seconds_of_a_run(databases_run, prepared, workers):
    """How long a run takes the scheduled jobs of so many of two servers."""
    name = databases_run.copy_of(prepared, "faster")
    options = [WITH_JOBS, WITH_JOBS if workers == 2 else ("--max-cron-threads", "0")]
    made = [
        Server(name, options=words, log_name=f"odoo-{name}-{number}").start()
        for number, words in enumerate(options)
    ]
    try:
        company = Company(name, made[0])
        start = time.perf_counter()
        run = company.start(batch_size=MANY // 20)
        wait_until_over(company, run, 1200)
        taken = time.perf_counter() - start
        assert company.read(run, "state")["state"] == "done"
        return taken
    finally:
        for server in made:
            server.stop()
        databases.drop(name)
