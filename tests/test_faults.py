"""Faults while a run goes on: nothing is lost, nothing is double, the run resumes.

Real servers on a database with thousands of accounts. A killed server, writers beside
the run, a second run, a serialization failure and a statement timeout. What is right
after each is read from the accounts by an SQL expression of the criteria.
"""

import itertools
import time

import pytest

from ground import databases, postgres
from ground.odoo_client import CallError
from tests.companies import (
    ACCOUNTS,
    ASSIGNED,
    BATCH,
    MOVES,
    STRAY_LEADS,
    WRONG,
    Company,
    in_the_background,
    prepare,
    wait_until,
)


@pytest.fixture(scope="module")
def prepared(make_server):
    """The name of a database with accounts and a plan that has not run yet."""
    return prepare(make_server)


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
    judged = company.number("SELECT sum(judged_count) FROM crm_territory_run_batch")
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


def test_killed_during_an_undo(company):
    """SIGKILL at any moment of an undo: nothing of it is done, or all; then it is done
    again, and a run gives what was before.
    """
    run = company.start(batch_size=20_000)
    company.to_the_end(run)
    moved = company.number("SELECT count(*) FROM crm_territory_move WHERE NOT is_dry")
    undo = ["crm.territory.run", "action_undo", [run]]
    cut_off = 0
    for pause in (0.2, 0.6, 1.2):
        thread = in_the_background(company.call, *undo)
        time.sleep(pause)
        company.server.kill()
        thread.join()
        company.restart()
        check_undone_or_not(company, run, moved)
        cut_off += company.read(run, "state")["state"] == "done"
    assert cut_off, "It was over before the first kill"
    if company.read(run, "state")["state"] == "done":
        company.call(*undo)
    check_undone_or_not(company, run, moved)
    assert company.read(run, "state")["state"] == "undone"
    again = company.start(batch_size=20_000)
    company.to_the_end(again)
    assert company.number(WRONG) == 0
    assert company.number(STRAY_LEADS) == 0


def check_undone_or_not(company, run, moved):
    """One of the two states, and the journal tells which."""
    state = company.read(run, "state")["state"]
    told = company.number(
        "SELECT count(*) FROM crm_territory_move WHERE run_id = %s"
        " AND undo_state IS NOT NULL",
        run,
    )
    journal = company.number("SELECT count(*) FROM crm_territory_move WHERE NOT is_dry")
    if state == "done":
        assert company.number(WRONG) == 0
        assert (told, journal) == (0, moved)
    else:
        assert state == "undone"
        assert company.number(ASSIGNED) == 0
        assert (told, journal) == (moved, 2 * moved)
