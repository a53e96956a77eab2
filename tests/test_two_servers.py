"""A change made on one server is in force on the other with the next request.

Each server is a process of its own, with caches of its own; salespeople call the
second one through the external API.
"""

from datetime import date, timedelta

import pytest

from ground import databases, postgres
from tests.companies import in_the_background, wait_until

TODAY = date.today()
PASSWORD = "two-servers-1"
# Leads by name: who owns it, and the country of its account.
LEADS = {
    "French of Olga": ("olga", "fr"),
    "German of Olga": ("olga", "de"),
    "German of nobody": (None, "de"),
    "Japanese of Olga": ("olga", "jp"),
    "Japanese of nobody": (None, "jp"),
}


class World:
    """Europe ▸ France, Germany. Olga owns leads, Mara gets memberships, Lena leads."""

    def __init__(self, server):
        self.admin = server.client()
        self.users = {name: self._user(name) for name in ("olga", "mara", "lena")}
        self.plan = self.create("crm.territory.plan", name="World", company_id=False)
        self.europe = self.create("crm.territory", name="Europe", plan_id=self.plan)
        self.france, self.germany = (
            self.create(
                "crm.territory",
                name=code,
                parent_id=self.europe,
                area_ids=[(0, 0, {"country_id": self.ref(f"base.{code}")})],
            )
            for code in ("fr", "de")
        )
        self.admin.call("crm.territory.plan", "action_activate", [self.plan])
        self.accounts = {
            code: self.create(
                "res.partner",
                name=f"Account {code}",
                is_company=True,
                country_id=self.ref(f"base.{code}"),
                user_id=self.users["olga"],
            )
            for code in ("fr", "de", "jp")
        }
        self.leads = {
            name: self.create(
                "crm.lead",
                name=name,
                type="opportunity",
                user_id=self.users.get(owner, False),
                partner_id=self.accounts[code],
            )
            for name, (owner, code) in LEADS.items()
        }

    def _user(self, name):
        return self.create(
            "res.users",
            name=name.title(),
            login=name,
            password=PASSWORD,
            group_ids=[(4, self.ref("sales_team.group_sale_salesman"))],
        )

    def ref(self, xml_id):
        module, name = xml_id.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        [row] = self.admin.call("ir.model.data", "search_read", domain, ["res_id"])
        return row["res_id"]

    def create(self, model, **values):
        return self.admin.call(model, "create", values)

    def write(self, model, id_, **values):
        self.admin.call(model, "write", [id_], values)

    def member(self, user, territory, **values):
        return self.create(
            "crm.territory.member",
            user_id=self.users[user],
            territory_id=territory,
            **values,
        )

    def parameter(self, key, value):
        self.admin.call("ir.config_parameter", "set_param", key, value)


@pytest.fixture(scope="module")
def world(make_database, make_server):
    database = make_database()
    first = make_server(database)
    world = World(first)
    other = make_server(database)
    world.first, world.clients = (
        {name: server.client(name, PASSWORD) for name in world.users}
        for server in (first, other)
    )
    return world


@pytest.fixture
def sees(world):
    """A function: the names of the leads that a user sees on the second server."""

    def names(user):
        found = world.clients[user].call(
            "crm.lead",
            "search_read",
            [("id", "in", list(world.leads.values()))],
            ["name"],
        )
        return {row["name"] for row in found}

    assert names("mara") == OPEN  # also fills the caches of the second server
    return names


OPEN = {"Japanese of nobody"}
GERMAN = {"German of Olga", "German of nobody"}
EUROPEAN = {*GERMAN, "French of Olga"}


def test_membership_starts_and_ends(world, sees):
    member = world.member("mara", world.germany)
    assert sees("mara") == OPEN | GERMAN
    world.write("crm.territory.member", member, territory_id=world.europe)
    assert sees("mara") == OPEN | EUROPEAN
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    world.write("crm.territory.member", member, date_end=yesterday)
    assert sees("mara") == OPEN
    world.write("crm.territory.member", member, date_end=TODAY.isoformat())
    assert sees("mara") == OPEN | EUROPEAN
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    world.write("crm.territory.member", member, date_start=tomorrow, date_end=tomorrow)
    assert sees("mara") == OPEN
    world.admin.call("crm.territory.member", "unlink", [member])


def test_tree(world, sees):
    member = world.member("mara", world.france)
    assert sees("mara") == OPEN | {"French of Olga"}
    world.write("crm.territory", world.germany, parent_id=world.france)
    assert sees("mara") == OPEN | EUROPEAN
    world.write("crm.territory", world.germany, parent_id=world.europe)
    assert sees("mara") == OPEN | {"French of Olga"}
    world.admin.call("crm.territory.member", "unlink", [member])


def test_permission(world, sees):
    member = world.member("mara", world.germany)
    mara = world.clients["mara"]
    lead = world.leads["German of Olga"]
    assert mara.call("crm.lead", "has_access", [lead], "write")
    world.write("crm.territory", world.germany, permission="read")
    assert not mara.call("crm.lead", "has_access", [lead], "write")
    assert sees("mara") == OPEN | GERMAN
    world.write("crm.territory.member", member, is_manager=True)
    assert mara.call("crm.lead", "has_access", [lead], "write")
    world.write("crm.territory", world.germany, permission="write")
    world.admin.call("crm.territory.member", "unlink", [member])


def test_plan(world, sees):
    member = world.member("mara", world.europe)
    assert sees("mara") == OPEN | EUROPEAN
    world.admin.call("crm.territory.plan", "action_archive_plan", [world.plan])
    assert sees("mara") == OPEN
    world.admin.call("crm.territory.plan", "action_activate", [world.plan])
    assert sees("mara") == OPEN | EUROPEAN
    world.admin.call("crm.territory.member", "unlink", [member])


def test_settings(world, sees):
    world.parameter("crm_territory.unassigned", "managers")
    assert sees("mara") == set()
    world.parameter("crm_territory.unassigned", "everyone")
    assert sees("mara") == OPEN
    mara = world.clients["mara"]
    accounts = [("id", "in", list(world.accounts.values()))]
    assert mara.call("res.partner", "search_count", accounts) == 3
    world.parameter("crm_territory.account_visibility", "territory")
    assert mara.call("res.partner", "search_count", accounts) == 0
    lead = world.leads["Japanese of nobody"]
    world.write("crm.lead", lead, user_id=world.users["mara"])
    assert mara.call("res.partner", "search", accounts) == [world.accounts["jp"]]
    world.write("crm.lead", lead, user_id=False)
    world.parameter("crm_territory.account_visibility", "everyone")
    assert mara.call("res.partner", "search_count", accounts) == 3


def test_superiors(world, sees):
    olgas = {name for name, (owner, _code) in LEADS.items() if owner == "olga"}
    assert sees("lena") == OPEN
    team = world.create(
        "crm.team",
        name="Lena's",
        user_id=world.users["lena"],
        member_ids=[(4, world.users["olga"])],
    )
    assert sees("lena") == OPEN | olgas
    world.write("crm.team", team, user_id=False)
    assert sees("lena") == OPEN
    world.write("res.users", world.users["mara"], reports_to_id=world.users["lena"])
    world.write("res.users", world.users["olga"], reports_to_id=world.users["mara"])
    assert sees("lena") == OPEN | olgas
    world.write("res.users", world.users["olga"], reports_to_id=False)
    assert sees("lena") == OPEN


# -- the same for the first time, on both


def test_imports_that_are_first_in_a_territory(world):
    """Two imports bring the first leads of a territory at once: the one that has to
    begin again does so, as a save would, and tells nobody.
    """
    italy = world.create(
        "crm.territory",
        name="it",
        parent_id=world.europe,
        area_ids=[(0, 0, {"country_id": world.ref("base.it")})],
    )
    database = world.admin.database
    beside = postgres.connect(database)
    beside.autocommit = False
    beside.cursor().execute("LOCK TABLE crm_territory_set IN SHARE ROW EXCLUSIVE MODE")
    clients = {"olga": world.clients["olga"], "mara": world.first["mara"]}
    imports = {
        name: in_the_background(
            client.call,
            "crm.lead",
            "load",
            ["name", "country_id"],
            [[f"Imported by {name} {number}", "Italy"] for number in range(3)],
        )
        for name, client in clients.items()
    }
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    waiting += " AND datname = current_database()"
    wait_until(lambda: databases.query(database, waiting) == [(len(imports),)])
    beside.rollback()
    beside.close()
    for name, thread in imports.items():
        thread.join()
        assert thread.error is None
        assert not thread.result["messages"], name
        found = world.admin.call(
            "crm.lead", "read", thread.result["ids"], ["name", "territory_id"]
        )
        assert [lead["territory_id"][0] for lead in found] == [italy] * 3
