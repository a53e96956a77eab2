"""Faults while a run goes on: nothing is lost, nothing is double, the run resumes.

Real servers on a database with thousands of accounts. A killed server, writers beside
the run, a second run, a serialization failure and a statement timeout. What is right
after each is read from the accounts by an SQL expression of the criteria.
"""

import itertools
import threading
import time

import pytest

from ground import databases, postgres
from ground.odoo_client import CallError

ACCOUNTS = 15_000
BATCH = 1_000
COUNTRIES = ("US", "FR", "NL", "CA")
BIG = 100

# Accounts as no import makes them: in seconds. Every fourth is in Canada, which no
# territory has; the employees decide between a country and the territory below it.
INSERT_ACCOUNTS = """
    WITH made AS (
        INSERT INTO res_partner
                    (name, complete_name, active, is_company, type, country_id,
                     employee_number, create_date, write_date, create_uid, write_uid)
             SELECT 'Fault ' || number, 'Fault ' || number, TRUE, TRUE, 'contact',
                    (SELECT id FROM res_country
                      WHERE code = (%(countries)s)[1 + mod(number, 4)]),
                    mod(number, 200), now(), now(), 1, 1
               FROM generate_series(1, %(count)s) AS number
          RETURNING id
    )
    SELECT count(*) FROM made
"""
POINT_TO_THEMSELVES = """
    UPDATE res_partner AS partner
       SET commercial_partner_id = partner.id, place_code = country.code
      FROM res_country AS country
     WHERE starts_with(partner.name, 'Fault ') AND country.id = partner.country_id
"""

# The criteria once more, in SQL: NULL where an account is in no territory.
EXPECTED = """
    SELECT partner.id,
           CASE WHEN country.code = 'CA' OR country.code IS NULL THEN NULL
                WHEN partner.employee_number >= 100 THEN country.code || ' big'
                ELSE country.code END AS territory
      FROM res_partner AS partner
      LEFT JOIN res_country AS country ON country.id = partner.country_id
     WHERE starts_with(partner.name, 'Fault ')
"""
WRONG = f"""
    SELECT count(*)
      FROM ({EXPECTED}) AS expected
      JOIN res_partner AS partner ON partner.id = expected.id
      LEFT JOIN crm_territory_set AS own ON own.id = partner.territory_set_id
      LEFT JOIN crm_territory AS credited ON credited.id = partner.territory_id
      LEFT JOIN crm_territory AS territory ON territory.code = expected.territory
     WHERE own.key IS DISTINCT FROM territory.id::varchar
        OR credited.id IS DISTINCT FROM territory.id
"""
ASSIGNED = """
    SELECT count(*) FROM res_partner
     WHERE starts_with(name, 'Fault ') AND territory_set_id IS NOT NULL
"""
# Leads have no rules here: they are where their account is.
STRAY_LEADS = """
    SELECT count(*) FROM crm_lead AS lead
      JOIN res_partner AS account ON account.id = lead.partner_id
     WHERE lead.territory_set_id IS DISTINCT FROM account.territory_set_id
"""
MOVES = """
    SELECT count(*), count(DISTINCT move.partner_id)
      FROM crm_territory_move AS move
      JOIN res_partner AS partner ON partner.id = move.partner_id
     WHERE move.run_id = %s AND starts_with(partner.name, 'Fault ')
"""


class Company:
    """A database with accounts and a plan, and the servers and programs that use it."""

    def __init__(self, database, server):
        self.database = database
        self.server = server
        self.client = server.client()

    # SQL beside Odoo

    def sql(self, query, *parameters):
        """The rows of a query of its own transaction."""
        connection = postgres.connect(self.database)
        try:
            cursor = connection.cursor()
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def number(self, query, *parameters):
        return self.sql(query, *parameters)[0][0]

    # runs

    def call(self, *words, **options):
        return self.client.call(*words, **options)

    def new_run(self, **values):
        values = {"plan_id": self.plan, "scope": "all", "batch_size": BATCH} | values
        return self.call("crm.territory.run", "create", values)

    def start(self, **values):
        run = self.new_run(**values)
        self.call("crm.territory.run", "action_start", [run])
        return run

    def step(self, run, client=None):
        return (client or self.client).call("crm.territory.run", "run_step", [run])

    def to_the_end(self, run):
        while self.step(run)["state"] == "running":
            pass

    def read(self, run, *names):
        return self.call("crm.territory.run", "read", [run], names)[0]

    @property
    def plan(self):
        return self.number("SELECT id FROM crm_territory_plan WHERE state = 'active'")

    def restart(self):
        """The same database, with a new server process."""
        self.server.kill()
        self.server.start()
        self.client = self.server.client()

    def set_statement_timeout(self, seconds):
        """For all connections of the server, or none with 0; it connects anew."""
        self.sql(
            f"ALTER DATABASE \"{self.database}\" SET statement_timeout = '{seconds}s'"
        )
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND usename = current_user"
        )

    # what must hold

    def check_in_order(self, run):
        """Between two batches: a move for every assigned account and no other."""
        assigned = self.number(ASSIGNED)
        assert self.sql(MOVES, run) == [(assigned, assigned)]

    def check_done(self, run):
        """Every account is where the criteria have it; each moved once."""
        assert self.read(run, "state", "error") == {
            "id": run,
            "state": "done",
            "error": False,
        }
        assert self.number(WRONG) == 0
        self.check_in_order(run)
        assert self.number(ASSIGNED) == ACCOUNTS * 3 // 4

    def check_nothing_left(self):
        """A further run over everything changes nothing."""
        run = self.start(batch_size=20_000)
        self.to_the_end(run)
        assert self.read(run, "state", "changed_count") == {
            "id": run,
            "state": "done",
            "changed_count": 0,
        }


@pytest.fixture(scope="module")
def prepared(make_server):
    """The name of a database with accounts and a plan that has not run yet."""
    server = make_server()
    client = server.client()
    make_plan(client)
    server.stop()
    company = postgres.connect(server.db)
    cursor = company.cursor()
    values = {"countries": list(COUNTRIES), "count": ACCOUNTS}
    cursor.execute(INSERT_ACCOUNTS, values)
    cursor.execute(POINT_TO_THEMSELVES)
    cursor.execute("ANALYZE res_partner")
    company.close()
    return server.db


def make_plan(client):
    """A territory per country, and one below it for big accounts."""
    plan = client.call(
        "crm.territory.plan", "create", {"name": "Faults", "company_id": False}
    )
    for code in COUNTRIES[:3]:
        country = client.call("res.country", "search", [("code", "=", code)])[0]
        values = {"plan_id": plan, "name": code, "code": code}
        values["area_ids"] = [(0, 0, {"country_id": country})]
        above = client.call("crm.territory", "create", values)
        rule = {"domain": f"[('employee_number', '>=', {BIG})]"}
        values = {"plan_id": plan, "name": f"{code} big", "code": f"{code} big"}
        values |= {"parent_id": above, "rule_ids": [(0, 0, rule)]}
        client.call("crm.territory", "create", values)
    client.call("crm.territory.plan", "write", [plan], {"state": "active"})


@pytest.fixture
def company(request, prepared, databases_run, make_server):
    """A copy of the prepared database, and a server on it, with options if wanted."""
    database = databases_run.copy_of(prepared, "faults")
    server = make_server(database, options=getattr(request, "param", ()))
    yield Company(database, server)
    server.stop()
    databases.drop(database)


with_scheduled_jobs = pytest.mark.parametrize(
    "company", [("--max-cron-threads", "1")], indirect=True, ids=["cron"]
)


def in_the_background(function, *arguments):
    """Start a thread; join() it and read its ``error``."""

    def run():
        try:
            thread.result = function(*arguments)
        except Exception as error:
            thread.error = error

    thread = threading.Thread(target=run, daemon=True)
    thread.error = thread.result = None
    thread.start()
    return thread


class Stream:
    """Writes in the background, one after the other, until it is told to stop."""

    def __init__(self, writes):
        self.wrote = 0
        self.stopped = False
        self.thread = in_the_background(self.run, writes)

    def run(self, writes):
        for self.wrote, _ in enumerate(writes, 1):
            if self.stopped:
                return

    def stop(self, least):
        """Stop after at least so many writes; what it met is raised."""
        wait_until(lambda: self.wrote >= least or self.thread.error)
        self.stopped = True
        self.thread.join()
        assert self.thread.error is None


def wait_until(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It took too long"
        time.sleep(0.02)


def test_server_killed_between_and_within_batches(company):
    """SIGKILL, three times, at any moment of a batch; then on to the end."""
    run = company.start()
    for pause in (0.05, 0.15, 0.3):
        company.step(run)
        thread = in_the_background(company.step, run)
        time.sleep(pause)
        company.server.kill()
        thread.join()
        company.check_in_order(run)
        company.restart()
        assert company.read(run, "state")["state"] == "running"
    company.call("crm.territory.run", "action_continue", [run])
    company.to_the_end(run)
    company.check_done(run)
    company.check_nothing_left()


@with_scheduled_jobs
def test_scheduled_job_killed(company):
    """The scheduled job works the run; after a SIGKILL, it goes on with it."""
    run = company.start(batch_size=100)
    wait_until(lambda: company.read(run, "judged_count")["judged_count"] > 500)
    company.server.kill()
    company.check_in_order(run)
    judged = company.number("SELECT judged_count FROM crm_territory_run")
    assert 0 < judged < ACCOUNTS, "It was over before the kill"
    company.restart()
    company.call("crm.territory.run", "action_continue", [run])
    wait_until(lambda: company.read(run, "state")["state"] != "running", 300)
    company.check_done(run)


def test_writers_beside_a_run(company, make_server):
    """Two servers: one runs, people write on both. Nobody's change is lost."""
    other = make_server(company.database)
    rows = company.sql("SELECT id FROM res_partner WHERE starts_with(name, 'Fault ')")
    accounts = [account for (account,) in rows]
    rows = company.sql("SELECT id FROM res_country WHERE code IN ('US', 'FR', 'CA')")
    countries = [country for (country,) in rows]
    run = company.start(batch_size=500)
    writers = [
        Stream(change_accounts(server, accounts, countries, shift))
        for shift, server in enumerate((company.server, other))
    ] + [Stream(create_leads(other, accounts))]
    again = to_the_end_beside_writers(company, run)
    for writer in writers:
        writer.stop(least=6)
    assert again < ACCOUNTS / 500, "Most batches were in vain"
    assert company.number(WRONG) == 0
    assert company.number(STRAY_LEADS) == 0
    company.check_nothing_left()
    other.stop()


def test_leads_of_accounts_that_move(company, make_server):
    """Some create leads of an account while others move it: no lead is left behind."""
    other = make_server(company.database)
    run = company.start(batch_size=20_000)
    company.to_the_end(run)
    rows = company.sql("SELECT id FROM res_partner WHERE starts_with(name, 'Fault ')")
    accounts = [account for (account,) in rows[:2]]
    rows = company.sql("SELECT id FROM res_country WHERE code IN ('US', 'FR', 'CA')")
    countries = [country for (country,) in rows]
    writers = [
        Stream(move(company.server, accounts, countries)),
        Stream(create_leads_of(other, accounts)),
        Stream(create_leads_of(other, accounts)),
    ]
    for writer in reversed(writers):
        writer.stop(least=20)
    assert company.number(STRAY_LEADS) == 0
    company.check_nothing_left()
    other.stop()


def move(server, accounts, countries):
    """Move one account after the other, with breaks.

    Without breaks, no snapshot of a lead's creation would live long enough: each
    attempt would lose against the next move.
    """
    client = server.client()
    for turn in itertools.count(1):
        client.call(
            "res.partner",
            "write",
            [accounts[turn % len(accounts)]],
            {"country_id": countries[turn % len(countries)]},
        )
        time.sleep(0.1)
        yield


def create_leads_of(server, accounts):
    client = server.client()
    for turn in itertools.count(1):
        values = {"name": f"Beside {turn}", "type": "opportunity"}
        values["partner_id"] = accounts[turn % len(accounts)]
        try:
            client.call("crm.lead", "create", values)
        except CallError as error:
            # all of Odoo's attempts lost: there is no such lead
            assert error.type == "SerializationFailure", error
            continue
        yield


def to_the_end_beside_writers(company, run):
    """A batch that loses against writers too often is called again; how many were."""
    again = 0
    while True:
        try:
            company.to_the_end(run)
            return again
        except CallError as error:
            assert error.type == "SerializationFailure", error
            again += 1


def change_accounts(server, accounts, countries, shift):
    """Move a few accounts about, over and over."""
    client = server.client()
    for turn in itertools.count(1):
        some = accounts[(turn * 7919) % 5000 :: 4999]
        values = {"country_id": countries[turn % 3]}
        values["employee_number"] = 50 + 100 * ((turn + shift) % 2)
        client.call("res.partner", "write", some[shift::2], values)
        yield


def create_leads(server, accounts):
    """Create leads of the accounts that others change."""
    client = server.client()
    for turn in itertools.count(1):
        customer = accounts[(turn * 7919) % 5000 + 4999 * (turn % 3)]
        values = {"name": f"Beside {turn}", "partner_id": customer}
        client.call("crm.lead", "create", values | {"type": "opportunity"})
        yield


def test_lead_created_behind_the_back_of_its_account(company):
    """The transaction that moves an account began before the lead was there."""
    run = company.start(batch_size=20_000)
    company.to_the_end(run)
    [[account]] = company.sql(
        "SELECT min(partner.id) FROM res_partner AS partner"
        "  JOIN res_country AS country ON country.id = partner.country_id"
        " WHERE starts_with(partner.name, 'Fault ') AND country.code = 'US'"
    )
    france = company.number("SELECT id FROM res_country WHERE code = 'FR'")
    holder = postgres.connect(company.database)
    holder.autocommit = False
    holder.cursor().execute(
        "SELECT FROM res_partner WHERE id = %s FOR SHARE", [account]
    )
    values = {"country_id": france}
    client = company.server.client()
    moving = in_the_background(client.call, "res.partner", "write", [account], values)
    time.sleep(2)
    assert moving.is_alive(), "The write did not wait"
    values = {"name": "Behind", "type": "opportunity", "partner_id": account}
    creating = in_the_background(company.call, "crm.lead", "create", values)
    time.sleep(2)
    holder.rollback()
    holder.close()
    for thread in (moving, creating):
        thread.join()
        assert thread.error is None
    wait_until(lambda: company.number(STRAY_LEADS) == 0, 10)
    assert company.number(WRONG) == 0


def test_second_run_is_refused(company):
    """One run of a plan at a time; the message says so, and the first goes on."""
    run = company.start()
    company.step(run)
    second = company.new_run()
    with pytest.raises(CallError, match="is going on"):
        company.call("crm.territory.run", "action_start", [second])
    assert company.read(second, "state")["state"] == "draft"
    company.to_the_end(run)
    company.check_done(run)
    company.call("crm.territory.run", "action_start", [second])
    company.to_the_end(second)
    assert company.read(second, "changed_count")["changed_count"] == 0


def test_two_starts_at_once(company):
    """Two people press Start in the same moment: one run starts."""
    runs = [company.new_run(), company.new_run()]
    clients = [company.server.client() for _run in runs]
    threads = [
        in_the_background(client.call, "crm.territory.run", "action_start", [run])
        for client, run in zip(clients, runs, strict=True)
    ]
    for thread in threads:
        thread.join()
    refused = [thread.error for thread in threads if thread.error]
    assert len(refused) == 1
    assert isinstance(refused[0], CallError)
    states = company.call("crm.territory.run", "read", runs, ["state"])
    assert sorted(read["state"] for read in states) == ["draft", "running"]


def test_two_workers_on_one_run(company, make_server):
    """Two servers do steps of the same run: each batch is done once."""
    other = make_server(company.database)
    run = company.start()
    threads = [
        in_the_background(work, server.client(), run)
        for server in (company.server, other)
    ]
    for thread in threads:
        thread.join()
        assert thread.error is None
    company.check_done(run)
    figures = company.read(run, "total_count", "judged_count")
    assert figures["judged_count"] == figures["total_count"]
    other.stop()


def work(client, run):
    while client.call("crm.territory.run", "run_step", [run])["state"] == "running":
        pass


class Writer:
    """A transaction that has written an account of the next batch."""

    def __init__(self, company):
        self.connection = postgres.connect(company.database)
        self.connection.autocommit = False
        self.account = company.number(
            "SELECT min(id) FROM res_partner"
            " WHERE starts_with(name, 'Fault ') AND territory_set_id IS NULL"
            " AND country_id IS DISTINCT FROM"
            " (SELECT id FROM res_country WHERE code = 'CA')"
        )
        self.connection.cursor().execute(
            "UPDATE res_partner SET website = 'https://x.test' WHERE id = %s",
            [self.account],
        )

    def end(self):
        self.connection.commit()
        self.connection.close()


def test_serialization_failure(company):
    """Somebody commits a write to a record of the batch: the batch is done again."""
    run = company.start()
    company.step(run)
    before = company.read(run, "judged_count")["judged_count"]
    writer = Writer(company)
    thread = in_the_background(company.step, run, company.server.client())
    time.sleep(1)
    assert thread.is_alive(), "The batch did not wait for the writer"
    writer.end()
    thread.join()
    assert thread.error is None
    assert company.read(run, "judged_count")["judged_count"] == before + BATCH
    company.check_in_order(run)
    company.to_the_end(run)
    company.check_done(run)
    website = "SELECT website FROM res_partner WHERE id = %s"
    assert company.number(website, writer.account) == "https://x.test"


def test_statement_timeout(company):
    """The database gives up on a batch: nothing of it stays, and the run resumes."""
    run = company.start()
    company.step(run)
    before = company.read(run, "judged_count", "state")
    moved = company.sql(MOVES, run)
    company.set_statement_timeout(1)
    writer = Writer(company)
    with pytest.raises(CallError):
        company.step(run)
    writer.end()
    assert company.sql(MOVES, run) == moved
    company.check_in_order(run)
    company.set_statement_timeout(0)
    assert company.read(run, "judged_count", "state") == before
    company.call("crm.territory.run", "action_continue", [run])
    company.to_the_end(run)
    company.check_done(run)


@with_scheduled_jobs
def test_failing_scheduled_job(company):
    """A batch of the scheduled job that fails is done again by it, or told."""
    company.set_statement_timeout(2)
    writer = Writer(company)
    run = company.start()
    time.sleep(5)
    company.check_in_order(run)
    writer.end()
    told = company.read(run, "state", "error")
    if told["state"] == "failed":
        assert "timeout" in told["error"]
        company.call("crm.territory.run", "action_continue", [run])
    wait_until(lambda: company.read(run, "state")["state"] != "running")
    company.check_done(run)
