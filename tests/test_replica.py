"""Odoo with a replica of its database: what only reads runs there.

A real streaming replica, up to date, one that lags, and one that dies.
"""

import re
import time

import pytest
import requests

from ground import replica

PASSWORD = "replica-1"
# of each view, the fields that it shows
VIEWS = (
    *(("crm.lead", kind) for kind in ("list", "form", "kanban")),
    *(("res.partner", kind) for kind in ("list", "form")),
    *(("crm.territory", kind) for kind in ("list", "form", "kanban")),
    *(("crm.territory.plan", kind) for kind in ("list", "form")),
    *(("crm.territory.member", kind) for kind in ("list",)),
    *(("crm.territory.rule", kind) for kind in ("list",)),
    *(("crm.territory.area", kind) for kind in ("list",)),
    *(("crm.territory.override", kind) for kind in ("list",)),
    *(("crm.territory.request", kind) for kind in ("list", "form")),
    *(("crm.territory.run", kind) for kind in ("list", "form")),
    *(("crm.territory.move", kind) for kind in ("list",)),
)
REPORTS = (
    "crm.territory.revenue.report",
    "crm.territory.duration.report",
    "crm.territory.stage.report",
    "crm.territory.load.report",
    "crm.territory.map.report",
    "crm.territory.coverage.report",
    "crm.territory.change.report",
)
ONLY_FOR_MANAGERS = {"crm.territory.run"}


class WebClient:
    """A user of the web client; tells on which cursor each call ran."""

    def __init__(self, server, login, password):
        self.server, self.login = server, login
        self.session = requests.Session()
        self.post(
            "/web/session/authenticate",
            {"db": server.db, "login": login, "password": password},
        )

    def post(self, path, parameters):
        body = {"jsonrpc": "2.0", "method": "call", "params": parameters}
        answer = self.session.post(self.server.url + path, json=body, timeout=120)
        found = answer.json()
        assert "error" not in found, found["error"]["data"]["debug"]
        return found["result"]

    def call(self, model, method, *args, _path="call_kw", **kwargs):
        """The result of a method, and ``mode``: ro, rw, or ro->rw: it tried to write
        to the replica, and was done again.
        """
        path = f"/web/dataset/{_path}/{model}.{method}"
        start = len(self.server.log_path.read_text(errors="replace"))
        result = self.post(
            path, {"model": model, "method": method, "args": args, "kwargs": kwargs}
        )
        self.mode = self._mode(path, start)
        return result

    def _mode(self, path, start):
        line = re.compile(rf'"POST {re.escape(path)} HTTP/1.1" 200 .* (\S+)$', re.M)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            log = self.server.log_path.read_text(errors="replace")[start:]
            if found := line.search(log):
                return found[1]
            time.sleep(0.02)
        raise AssertionError(f"the server's log does not tell of {path}")

    def reads(self, model, method, *args, **kwargs):
        """The result of a method that has to run on the replica."""
        result = self.call(model, method, *args, **kwargs)
        assert self.mode == "ro", f"{model}.{method}: {self.mode}"
        return result


class World:
    """France with Amy as its manager, and an account, a lead and an opportunity."""

    def __init__(self, pair, server):
        self.pair, self.server = pair, server
        self.admin = server.client()
        self.plan = self.create("crm.territory.plan", name="World")
        self.amy = self.user("amy", "sales_team.group_sale_salesman")
        self.mona = self.user("mona", "sales_team.group_sale_manager")
        self.france = self.territory("fr", self.amy)
        self.germany = self.territory("de", self.mona)
        self.admin.call("crm.territory.plan", "action_activate", [self.plan])
        self.account = self.create(
            "res.partner",
            name="Adler",
            is_company=True,
            country_id=self.ref("base.fr"),
            user_id=self.amy,
        )
        self.lead = self.create(
            "crm.lead",
            name="Deal",
            type="opportunity",
            partner_id=self.account,
            user_id=self.amy,
            expected_revenue=100,
        )
        run = self.create("crm.territory.run", plan_id=self.plan)
        self.admin.call("crm.territory.run", "run_to_end", [run])

    def create(self, model, **values):
        return self.admin.call(model, "create", values)

    def ref(self, xml_id):
        module, name = xml_id.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        [row] = self.admin.call("ir.model.data", "search_read", domain, ["res_id"])
        return row["res_id"]

    def user(self, login, group):
        return self.create(
            "res.users",
            name=login.title(),
            login=login,
            password=PASSWORD,
            group_ids=[(4, self.ref(group))],
        )

    def territory(self, code, manager):
        return self.create(
            "crm.territory",
            name=code,
            plan_id=self.plan,
            area_ids=[(0, 0, {"country_id": self.ref(f"base.{code}")})],
            member_ids=[(0, 0, {"user_id": manager, "is_manager": True})],
        )

    def client(self, login):
        return WebClient(self.server, login, PASSWORD)

    def sql(self, query, *parameters):
        return self.pair.query(self.server.db, query, *parameters)


@pytest.fixture(scope="module")
def world(make_database, make_server):
    with replica.pair() as pair:
        database = make_database()
        pair.take(database)
        server = make_server(database, options=pair.options())
        world = World(pair, server)
        pair.wait_for_standby()
        yield world
        server.stop()


@pytest.fixture(params=["amy", "mona"])
def reader(request, world):
    return world.client(request.param)


# -- up to date


@pytest.mark.parametrize(("model", "kind"), VIEWS)
def test_views_are_read_on_the_replica(reader, model, kind):
    if model in ONLY_FOR_MANAGERS and reader.login != "mona":
        pytest.skip("only sales managers read this")
    views = reader.reads(model, "get_views", [[False, kind]])
    specification = {
        name: {"fields": {"display_name": {}}} if "relation" in field else {}
        for name, field in views["models"][model]["fields"].items()
        if name in shown_in(views["views"][kind]["arch"])
    }
    found = reader.reads(
        model, "web_search_read", [], specification=specification, limit=5
    )
    ids = [row["id"] for row in found["records"]]
    if ids:
        reader.reads(model, "web_read", ids, specification=specification)


def shown_in(arch):
    """The names of the fields of a view, those of views within it, too."""
    return set(re.findall(r'<field [^>]*name="(\w+)"', arch))


@pytest.mark.parametrize("model", REPORTS)
def test_reports_run_on_the_replica(reader, model):
    fields = reader.call(model, "fields_get", [], ["groupable"])
    groups = [name for name, field in fields.items() if field.get("groupable")][:2]
    names = {name: {} for name in fields}
    reader.reads(model, "formatted_read_group", [], groups, ["__count"])
    reader.reads(model, "web_search_read", [], specification=names, limit=5)


def test_actions_that_only_open_run_on_the_replica(world):
    mona = world.client("mona")

    def opens(model, method, *args):
        mona.reads(model, method, *args, _path="call_button")

    for what in ("accounts", "leads", "opportunities"):
        opens("crm.territory", f"action_view_{what}", [world.france])
    opens("crm.territory.plan", "action_view_territories", [world.plan])
    opens("crm.territory.plan", "action_run", [world.plan])
    mona.reads("crm.territory.plan", "get_tree", [world.plan])
    mona.reads("crm.territory.plan", "get_tree_plans")
    mona.reads("crm.territory.plan", "get_start_steps")
    for model in ("area", "member", "override"):
        mona.reads(f"crm.territory.{model}", "get_import_templates")
    mona.reads("crm.territory", "get_import_templates")
    mona.reads("crm.territory.map.report", "get_geography", "country_id")
    [run] = mona.reads("crm.territory.run", "search", [])
    opens("crm.territory.run", "action_view_moves", [run])
    opens("crm.territory.run", "action_view_left", [run])


def why(client, model, record):
    found = client.call(model, "read", [record], ["territory_why", "territory_ids"])
    return found[0]["territory_why"]


def test_why_by_criteria_that_nobody_is_judged_by_yet(world):
    """It asks for a combination that no record has, and locks no account."""
    rule = {"domain": "[('name', '=', 'Adler')]", "is_anywhere": True}
    named = world.create(
        "crm.territory", name="Named", plan_id=world.plan, rule_ids=[(0, 0, rule)]
    )
    world.pair.wait_for_standby()
    mona = world.client("mona")
    sets = world.sql("SELECT count(*) FROM crm_territory_set")
    assert "Named" in why(mona, "res.partner", world.account)
    assert mona.mode == "ro"
    assert "like its account" in why(mona, "crm.lead", world.lead)
    assert mona.mode == "ro"
    for model, record in (("res.partner", world.account), ("crm.lead", world.lead)):
        mona.reads(model, "get_territory_explanation", [record], world.germany)
    assert world.sql("SELECT count(*) FROM crm_territory_set") == sets
    world.admin.call("crm.territory", "unlink", [named])


def test_why_beside_a_broken_rule(world):
    """Who reads does not call the upkeep: the next who writes does."""
    rule = world.create(
        "crm.territory.rule", territory_id=world.germany, domain="[('city', '=', 'X')]"
    )
    world.sql(
        "UPDATE crm_territory_rule SET domain = %s WHERE id = %s",
        "[('no_such_field', '=', 1)]",
        rule,
    )
    world.sql("UPDATE crm_territory_plan SET revision = revision + 1")
    world.pair.wait_for_standby()
    mona = world.client("mona")
    assert "fr" in why(mona, "crm.lead", world.lead)
    assert mona.mode == "ro"
    world.admin.call("crm.territory.rule", "unlink", [rule])
    world.pair.wait_for_standby()


def test_forecast_runs_on_the_replica(reader):
    model = "crm.territory.forecast"
    forecast = reader.reads(model, "get_frame")["default_id"]
    year = {"date_from": "2026-01-01", "date_to": "2026-12-31", "tree": "today"}
    board = {**year, "territory_id": False, "members": True}
    assert reader.reads(model, "get_board", [forecast], board)["rows"]
    reader.reads(
        model, "get_opportunities_action", [forecast], {**board, "figure": "open"}
    )
    reader.reads(model, "get_sheet", [forecast], {"year": False, "territory_id": False})
    reader.reads(model, "get_star_performers", [forecast], board)
    reader.reads(model, "get_own_targets")
    for what in ("movement", "accuracy", "attainment"):
        reader.reads(model, f"action_open_{what}")


# -- one that lags


@pytest.fixture
def lagging(world):
    world.pair.wait_for_standby()
    world.pair.lag()
    yield world
    world.pair.catch_up()


def test_reads_show_what_was(lagging):
    """So the calls above did run on the replica; and writing reads the primary."""
    amy = lagging.client("amy")
    amy.call("crm.lead", "write", [lagging.lead], {"name": "Renamed"})
    assert amy.mode == "rw"
    [row] = amy.reads("crm.lead", "read", [lagging.lead], ["name"])
    assert row["name"] == "Deal"
    lagging.pair.catch_up()
    [row] = amy.reads("crm.lead", "read", [lagging.lead], ["name"])
    assert row["name"] == "Renamed"
    lagging.admin.call("crm.lead", "write", [lagging.lead], {"name": "Deal"})


def test_who_sees_this(lagging):
    """It is not looked for where it has not arrived."""
    amy = lagging.client("amy")
    action = amy.reads(
        *("crm.territory.access", "action_open"),
        context={"active_model": "crm.lead", "active_id": lagging.lead},
        _path="call_button",
    )
    shown = {"line_ids": {"fields": {"user_id": {"fields": {"display_name": {}}}}}}
    asked = {"lead_id": {}, **shown}
    found = amy.reads(
        *("crm.territory.access", "onchange", [], {}, [], asked),
        context=action["context"],
    )
    names = [line[2]["user_id"]["display_name"] for line in found["value"]["line_ids"]]
    assert "Amy" in names
    assert "Mona" in names


def test_records_are_judged_by_the_criteria_of_now(lagging):
    """Also by a process that has just read older ones on the replica."""
    amy = lagging.client("amy")
    lagging.admin.call(
        "crm.territory", "write", [lagging.germany], {"name": "de, renamed"}
    )
    rule = {"domain": "[('name', 'like', 'New')]", "is_anywhere": True}
    named = lagging.create(
        "crm.territory", name="New", plan_id=lagging.plan, rule_ids=[(0, 0, rule)]
    )
    assert "New" not in why(amy, "res.partner", lagging.account)
    assert amy.mode == "ro"
    made = lagging.create("res.partner", name="New one", is_company=True)
    assert lagging.sql("SELECT territory_id FROM res_partner WHERE id = %s", made) == [
        (named,)
    ]
    lagging.admin.call("res.partner", "unlink", [made])
    lagging.admin.call("crm.territory", "unlink", [named])


# -- one that dies


def test_replica_that_dies(world):
    """Reading goes on on the primary; nobody has to restart anything."""
    amy = world.client("amy")
    amy.reads("crm.lead", "read", [world.lead], ["name"])
    world.pair.kill_standby()
    try:
        refused = 0
        while True:
            try:
                [row] = amy.call("crm.lead", "read", [world.lead], ["territory_why"])
                break
            except Exception:
                refused += 1
                assert refused < 3
        assert "fr" in row["territory_why"]
        assert amy.mode == "rw"
        amy.call("crm.lead", "write", [world.lead], {"name": "Goes on"})
    finally:
        world.pair.start_standby()
