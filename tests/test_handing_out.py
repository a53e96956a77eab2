"""Leads are given out on two servers at once, while a run and an import go on.

``HANDING_OUT=full setup/test system -- tests/test_handing_out.py -s`` has a run
of 60,000 records, an import of 5,000 leads and 200 leads of 8 clients.
"""

import itertools
import os
import random
import threading
import time
from collections import Counter

import pytest
import requests

from ground import postgres

IS_FULL = os.environ.get("HANDING_OUT") == "full"
ACCOUNTS, OLD_LEADS = (40_000, 20_000) if IS_FULL else (4_000, 2_000)
IMPORTED = 5_000 if IS_FULL else 500
CLIENTS, LEADS_OF_EACH = 8, 25
PASSWORD = "handing-out-1"
TURNS, LOADED = "FR", "DE"
# of the members in Germany
CAPACITIES = {"lara": 40, "liam": 10, "lena": 0}

INSERT_ACCOUNTS = """
    INSERT INTO res_partner
                (name, complete_name, active, is_company, type, country_id,
                 create_date, write_date, create_uid, write_uid)
         SELECT 'Old ' || number, 'Old ' || number, TRUE, TRUE, 'contact',
                (SELECT id FROM res_country
                  WHERE code = (ARRAY['FR', 'DE', 'JP', 'IT'])[1 + mod(number, 4)]),
                now(), now(), 1, 1
           FROM generate_series(1, %s) AS number
"""
POINT_TO_THEMSELVES = """
    UPDATE res_partner AS partner
       SET commercial_partner_id = partner.id, place_code = country.code
      FROM res_country AS country
     WHERE starts_with(partner.name, 'Old ') AND country.id = partner.country_id
"""
# every fourth of them in France, and without salesperson: the run gives them out
INSERT_LEADS = """
    INSERT INTO crm_lead
                (name, type, active, won_status, partner_id, stage_id,
                 company_id, user_id, probability, create_date, write_date, create_uid,
                 write_uid)
         SELECT 'Old ' || partner.id, 'opportunity', TRUE, 'pending', partner.id,
                (SELECT min(id) FROM crm_stage),
                1, CASE WHEN mod(partner.id, 2) = 0 THEN 2 END, 10, now(), now(), 1, 1
           FROM res_partner AS partner
          WHERE starts_with(partner.name, 'Old ')
          LIMIT %s
"""
OWNERS = """
    SELECT users.login, count(*)
      FROM crm_lead AS lead
      JOIN crm_territory AS territory ON territory.id = lead.territory_id
      LEFT JOIN res_users AS users ON users.id = lead.user_id
     WHERE territory.name = %s AND NOT (
           starts_with(lead.name, 'Old ') AND lead.user_id IS NOT DISTINCT FROM 2)
     GROUP BY users.login
"""


class World:
    """France, whose leads go to its members in turn; Germany, where the least loaded
    gets them, up to a capacity.
    """

    def __init__(self, servers):
        self.servers = servers
        self.admin = servers[0].client()
        self.database = servers[0].db
        self.plan = self.create("crm.territory.plan", name="World")
        self.countries = {
            row["code"]: row["id"]
            for row in self.admin.call("res.country", "search_read", [], ["code"])
        }
        self.territory(TURNS, "round_robin", dict.fromkeys(("ruth", "rick", "rosa"), 0))
        self.territory(LOADED, "least_loaded", CAPACITIES)
        self.admin.call("crm.territory.plan", "action_activate", [self.plan])
        allowed = ["country_id"]
        self.admin.call("ir.model.fields", "formbuilder_whitelist", "crm.lead", allowed)

    def create(self, model, values=None, **others):
        return self.admin.call(model, "create", {**(values or {}), **others})

    def territory(self, code, policy, members):
        self.create(
            "crm.territory",
            name=code,
            plan_id=self.plan,
            owner_policy=policy,
            area_ids=[(0, 0, {"country_id": self.countries[code]})],
            member_ids=[
                (0, 0, {"user_id": self.user(login), "capacity": capacity})
                for login, capacity in members.items()
            ],
        )

    def user(self, login):
        group = self.admin.call(
            "ir.model.data",
            "search_read",
            [("name", "=", "group_sale_salesman"), ("module", "=", "sales_team")],
            ["res_id"],
        )[0]["res_id"]
        return self.create(
            "res.users",
            name=login.title(),
            login=login,
            password=PASSWORD,
            email=f"{login}@example.com",
            group_ids=[(4, group)],
        )

    def sql(self, query, *parameters):
        connection = postgres.connect(self.database)
        try:
            cursor = connection.cursor()
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def owners(self, territory):
        return Counter(dict(self.sql(OWNERS, territory)))


@pytest.fixture(scope="module")
def world(make_server):
    # mails are made, and go nowhere
    options = ["--smtp", "127.0.0.1", "--smtp-port", "1"]
    first = make_server(extra=("base_automation", "hr", "website_crm"), options=options)
    second = make_server(first.db, options=[*options, "--max-cron-threads", "1"])
    world = World([first, second])
    world.sql(INSERT_ACCOUNTS, ACCOUNTS)
    world.sql(POINT_TO_THEMSELVES)
    world.sql(INSERT_LEADS, OLD_LEADS)
    world.sql("ANALYZE")
    yield world
    for server in world.servers:
        server.stop()


class Thread(threading.Thread):
    """A thread whose result, or error, is there when it has ended."""

    def __init__(self, work, *arguments):
        super().__init__(daemon=True)
        self.work, self.arguments = work, arguments
        self.error = self.result = None
        self.start()

    def run(self):
        try:
            self.result = self.work(*self.arguments)
        except Exception as error:
            self.error = error

    def end(self):
        self.join()
        if self.error:
            raise self.error
        return self.result


def by_api(world, server, number, country):
    return server.client().call(
        "crm.lead",
        "create",
        {
            "name": f"New {number}",
            "type": "lead",
            "user_id": False,
            "country_id": world.countries[country],
        },
    )


def by_form(world, server, number, country):
    answer = requests.post(
        f"{server.url}/website/form/crm.lead",
        data={
            "name": f"New {number}",
            "contact_name": f"Visitor {number}",
            "email_from": f"visitor{number}@example.com",
            "country_id": world.countries[country],
        },
        timeout=120,
    )
    answer.raise_for_status()
    return answer.json()["id"]


def by_mail(world, server, number, country):
    client = server.client()
    client.call(
        "res.partner",
        "create",
        {
            "name": f"Writer {number}",
            "email": f"writer{number}@example.com",
            "country_id": world.countries[country],
        },
    )
    message = (
        f"From: writer{number}@example.com\nTo: sales@example.com\n"
        f"Subject: New {number}\nMessage-Id: <new-{number}>\n\nHow much is it?"
    )
    return client.call("mail.thread", "message_process", "crm.lead", message)


def make_leads(world, client_number, seconds):
    """The leads of one client, one after the other, as leads come: ids."""
    draw = random.Random(client_number)
    server = world.servers[client_number % 2]
    ways = itertools.cycle((by_api, by_form, by_mail))
    made = []
    for turn in range(LEADS_OF_EACH):
        number = client_number * LEADS_OF_EACH + turn
        country = draw.choice((TURNS, LOADED))
        start = time.monotonic()
        made.append(next(ways)(world, server, number, country))
        seconds.append(time.monotonic() - start)
    return made


def import_leads(world):
    rows = [[f"Imported {number}", "Lead", "France", ""] for number in range(IMPORTED)]
    fields = ["name", "type", "country_id", "user_id"]
    result = world.servers[1].client().call("crm.lead", "load", fields, rows)
    assert not result["messages"]
    return result["ids"]


def test_all_at_once(world):
    """All leads are there and with a member, in turn and within capacity; no request
    was refused.
    """
    run = world.create("crm.territory.run", plan_id=world.plan, batch_size=5_000)
    world.admin.call(
        "crm.territory.plan", "write", [world.plan], {"replaces_creator": True}
    )
    seconds = []
    start = time.monotonic()
    running = Thread(
        world.servers[0].client().call, "crm.territory.run", "run_to_end", [run]
    )
    importing = Thread(import_leads, world)
    clients = [Thread(make_leads, world, n, seconds) for n in range(CLIENTS)]
    made = [lead for client in clients for lead in client.end()]
    imported = importing.end()
    figures = running.end()
    print(
        f"\nhanding out: {len(made)} leads of {CLIENTS} clients (median"
        f" {sorted(seconds)[len(seconds) // 2]:.2f} s, worst {max(seconds):.2f} s),"
        f" {len(imported)} imported, a run of {figures['total']} records that gave out"
        f" {figures['owners']}; {time.monotonic() - start:.0f} s"
    )
    error = world.admin.call("crm.territory.run", "read", [run], ["error"])
    assert figures["state"] == "done", error
    assert len(set(made)) == CLIENTS * LEADS_OF_EACH
    assert len(imported) == IMPORTED
    # what is left is the scheduled job's
    deadline = time.monotonic() + 120
    while None in world.owners(TURNS) and time.monotonic() < deadline:
        time.sleep(0.5)
    in_turn = world.owners(TURNS)
    assert set(in_turn) == {"ruth", "rick", "rosa"}
    assert max(in_turn.values()) - min(in_turn.values()) <= 1, in_turn
    loaded = world.owners(LOADED)
    print(f"in turn: {dict(in_turn)}; least loaded, by capacity: {dict(loaded)}")
    assert loaded["lara"] <= CAPACITIES["lara"]
    assert loaded["liam"] <= CAPACITIES["liam"]
    assert None not in loaded
    # all who have room have as much as the others
    assert (loaded["lara"], loaded["liam"]) == (40, 10)
    assert not (set(in_turn) | set(loaded)) - {*CAPACITIES, "ruth", "rick", "rosa"}
