"""A database with thousands of accounts, and what must hold there after a run.

What is right is read from the accounts by an SQL expression of the criteria.
"""

import threading
import time

from ground import postgres

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


def prepare(make_server, count=ACCOUNTS):
    """Make a database with accounts and a plan that has not run yet: its name."""
    server = make_server()
    client = server.client()
    make_plan(client)
    server.stop()
    company = postgres.connect(server.db)
    cursor = company.cursor()
    values = {"countries": list(COUNTRIES), "count": count}
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


def wait_until(condition, seconds=90, pause=0.02):
    """What a function returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "It took too long"
        time.sleep(pause)
    return found
