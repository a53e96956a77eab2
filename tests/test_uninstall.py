"""Taking the addon away, and upgrading it, on a database that is in use.

What is left must be Odoo as it was: rules, tables, columns, views, functions, jobs.
"""

import re

import pytest

from ground import databases, templates
from tests.structures import assert_same, structure

MODULE = "crm_territory"
FORECAST = "crm_territory_forecast"
PARAMETERS = {
    "crm_territory.account_visibility": "territory",
    "crm_territory.unassigned": "managers",
}
CUSTOMISED = "['|', ('user_id', '=', user.id), ('team_id.user_id', '=', user.id)]"


def records(client):
    """The leads, accounts and their values of Odoo's own fields."""
    return {
        "leads": client.call(
            "crm.lead",
            "search_read",
            [("name", "like", "Uninstall")],
            ["name", "user_id", "partner_id", "stage_id", "team_id", "zip"],
            order="id",
        ),
        "accounts": client.call(
            "res.partner",
            "search_read",
            [("name", "like", "Uninstall")],
            ["name", "user_id", "country_id", "zip", "company_id"],
            order="id",
        ),
    }


def ref(client, name):
    module, _dot, name = name.partition(".")
    [row] = client.call(
        "ir.model.data",
        "search_read",
        [("module", "=", module), ("name", "=", name)],
        ["res_id"],
    )
    return row["res_id"]


def versions_of_rows(database):
    """Which transaction wrote each lead and each account last."""
    return databases.query(
        database,
        """
        SELECT 'crm.lead', id, xmin::text FROM crm_lead
         UNION ALL
        SELECT 'res.partner', id, xmin::text FROM res_partner
         ORDER BY 1, 2
        """,
    )


def make_records(client):
    """Accounts, each with a lead, of salespeople with own documents only."""
    group = ref(client, "sales_team.group_sale_salesman")
    user = client.call(
        "res.users",
        "create",
        {
            "name": "Uma",
            "login": "uma",
            "password": "umauma123",
            "group_ids": [(4, group)],
        },
    )
    for country in ("base.fr", "base.de"):
        account = client.call(
            "res.partner",
            "create",
            {
                "name": f"Uninstall {country}",
                "is_company": True,
                "country_id": ref(client, country),
                "zip": "10 115",
            },
        )
        client.call(
            "crm.lead",
            "create",
            {
                "name": f"Uninstall {country}",
                "type": "opportunity",
                "partner_id": account,
                "user_id": user if country == "base.fr" else False,
            },
        )
    return user


def customise(client):
    """The customer's own version of one of Odoo's rules; another one is off. And a
    favourite of his.
    """
    client.call(
        "ir.filters",
        "create",
        {"name": "Large", "model_id": "crm.lead", "domain": "[('priority', '=', '3')]"},
    )
    personal = ref(client, "crm.crm_rule_personal_lead")
    client.call("ir.rule", "write", [personal], {"domain_force": CUSTOMISED})
    activities = ref(client, "crm.crm_activity_report_rule_personal_activities")
    client.call("ir.rule", "write", [activities], {"active": False})


def use(client, user):
    """A plan that is active and run, with all that hangs on territories."""
    plan = client.call("crm.territory.plan", "create", {"name": "World"})
    europe = client.call("crm.territory", "create", {"name": "Europe", "plan_id": plan})
    france = client.call(
        "crm.territory",
        "create",
        {
            "name": "France",
            "parent_id": europe,
            "area_ids": [(0, 0, {"country_id": ref(client, "base.fr")})],
            "rule_ids": [(0, 0, {"domain": "[('is_company', '=', True)]"})],
            "member_ids": [(0, 0, {"user_id": user, "is_manager": True})],
        },
    )
    client.call("crm.territory.plan", "action_activate", [plan])
    run = client.call("crm.territory.run", "create", {"plan_id": plan})
    client.call("crm.territory.run", "run_to_end", [run])
    german = client.call("res.partner", "search", [("name", "=", "Uninstall base.de")])
    client.call(
        "crm.territory.override",
        "create",
        {"partner_id": german[0], "territory_id": france, "reason": "Asked for"},
    )
    for key, value in PARAMETERS.items():
        client.call("ir.config_parameter", "set_param", key, value)
    assigned = client.call(
        "crm.lead", "search_count", [("territory_ids", "child_of", europe)]
    )
    assert assigned == 2
    # the customer's own things that lean on ours
    cron = ref(client, "crm_territory.crm_territory_run_cron")
    client.call("ir.cron", "copy", [cron])
    client.call(
        "ir.filters",
        "create",
        {
            "name": "In France",
            "model_id": "crm.lead",
            "domain": f"[('territory_ids', 'in', [{france}])]",
        },
    )


def territories_of(client):
    """Which territories each account and lead is in."""
    return {
        model: client.call(
            model,
            "search_read",
            [("name", "like", "Uninstall")],
            ["name", "territory_set_id", "territory_id", "territory_ids"],
            order="id",
        )
        for model in ("res.partner", "crm.lead")
    }


@pytest.fixture
def plain(databases_run):
    """A database with what the addon needs, but without it."""
    return databases_run.copy_of(templates.template(), "uninstall")


@pytest.fixture(scope="module")
def in_use(databases_run, make_server):
    """A database where the addon was installed and is used, and its salesperson."""
    database = databases_run.copy_of(templates.template(), "in_use")
    databases.run_odoo(database, "-i", MODULE)
    server = make_server(database)
    client = server.client()
    user = make_records(client)
    customise(client)
    use(client, user)
    server.stop()
    return database, user


@pytest.fixture
def used(in_use, databases_run):
    """A copy of it, and its salesperson."""
    database, user = in_use
    return databases_run.copy_of(database, "used"), user


def uninstall(server):
    """As an administrator does, in the Apps menu."""
    client = server.client()
    ids = client.call("ir.module.module", "search", [("name", "=", MODULE)])
    client.call("ir.module.module", "button_immediate_uninstall", ids)


def errors_in(log):
    """The lines of a log that tell of errors."""
    return [line for line in log.splitlines() if re.search(r" (ERROR|CRITICAL) ", line)]


def test_uninstalling_leaves_odoo_as_it_was(plain, make_server):
    with_odoo = make_server(plain)
    client = with_odoo.client()
    user = make_records(client)
    customise(client)
    kept = records(client)
    with_odoo.stop()
    before = structure(plain)
    rows = versions_of_rows(plain)
    assert {model for model, _id, _version in rows} == {"crm.lead", "res.partner"}

    databases.run_odoo(plain, "-i", MODULE)
    assert rows == versions_of_rows(plain), "Installing writes them"
    server = make_server(plain)
    use(server.client(), user)
    assert before["rules"] <= structure(plain)["rules"], "Odoo's own are as they were"
    uninstall(server)

    # favourites that name our fields are gone, too: they would break the pipeline
    assert_same(before, structure(plain))
    client = server.client()
    assert records(client) == kept
    client.call("crm.activity.report", "search_read", [], ["lead_id"])
    seller = server.client("uma", "umauma123")
    own = seller.call("crm.lead", "search_count", [("name", "like", "Uninstall")])
    assert own == 1
    seller.call("crm.lead", "get_views", [(False, "list"), (False, "form")])
    server.stop()
    log = server.log_path.read_text()
    assert "ir.model.data could not be deleted ([])" in log
    assert not errors_in(log)

    databases.run_odoo(plain, "-i", MODULE)
    again = make_server(plain)
    client = again.client()
    assert records(client) == kept
    assert not client.call("crm.territory", "search_count", [])
    for key in PARAMETERS:
        assert not client.call("ir.config_parameter", "get_param", key)
    use(client, user)
    again.stop()


def test_upgrading_keeps_everything(used, make_server):
    database, _user = used
    server = make_server(database)
    client = server.client()
    # what the customer changed of ours: noupdate
    ours = ref(client, "crm_territory.crm_lead_territory_read_rule")
    client.call("ir.rule", "write", [ours], {"active": False})
    seen = server.client("uma", "umauma123").call("crm.lead", "search", [], order="id")
    kept = [records(client), territories_of(client), tables_of_ours(database)]
    server.stop()
    before = structure(database)

    databases.run_odoo(database, "-u", MODULE)

    assert_same(before, structure(database))
    server = make_server(database)
    client = server.client()
    assert [records(client), territories_of(client), tables_of_ours(database)] == kept
    assert client.call("ir.rule", "read", [ours], ["active"])[0]["active"] is False
    for key, value in PARAMETERS.items():
        assert client.call("ir.config_parameter", "get_param", key) == value
    uma = server.client("uma", "umauma123")
    assert uma.call("crm.lead", "search", [], order="id") == seen
    server.stop()


def tables_of_ours(database):
    """All rows of the addon's tables."""
    names = databases.query(
        database,
        "SELECT relname FROM pg_class WHERE relkind = 'r'"
        " AND (relname LIKE 'crm_territory%%' OR relname LIKE 'crm_product_line%%')",
    )
    return {
        name: {
            str(row)
            for row in databases.query(
                database,
                f"SELECT to_jsonb(t) - 'write_date' - 'write_uid' FROM {name} AS t",
            )
        }
        for (name,) in names
    }


def test_uninstalling_the_forecast_leaves_territories_whole(used, make_server):
    """Installed on a database in use, used, and taken away."""
    database, user = used
    server = make_server(database)
    client = server.client()
    kept = [records(client), territories_of(client), tables_of_ours(database)]
    server.stop()
    before = structure(database)

    databases.run_odoo(database, "-i", FORECAST)
    server = make_server(database)
    use_forecast(server.client(), user)
    client = server.client()
    ids = client.call("ir.module.module", "search", [("name", "=", FORECAST)])
    client.call("ir.module.module", "button_immediate_uninstall", ids)
    assert_same(before, structure(database))
    assert not errors_in(server.log_path.read_text())
    client = server.client()
    assert [records(client), territories_of(client), tables_of_ours(database)] == kept
    uma = server.client("uma", "umauma123")
    assert uma.call("crm.lead", "search_count", [("name", "like", "Uninstall")]) == 2
    uma.call("crm.lead", "get_views", [(False, "list"), (False, "form")])
    territory = client.call("crm.territory", "search", [("name", "=", "France")])
    client.call("crm.territory", "write", territory, {"name": "La France"})
    server.stop()

    databases.run_odoo(database, "-i", FORECAST)
    again = make_server(database)
    client = again.client()
    assert not client.call("crm.territory.forecast.target", "search_count", [])
    use_forecast(client, user, "La France")
    again.stop()


def use_forecast(client, user, name="France"):
    """A target that is changed, a call, a category and the board, without a click, once
    the job has read what is older than the addon.
    """
    [job] = client.call("ir.cron", "search", [("cron_name", "like", "older records")])
    client.call("ir.cron", "method_direct_trigger", [job])
    frame = client.call("crm.territory.forecast", "get_frame")
    forecast = frame["default_id"]
    [france] = client.call("crm.territory", "search", [("name", "=", name)])
    cell = {"territory_id": france, "user_id": False, "date_start": "2017-01-01"}
    for amount in (100, 200):
        values = [dict(cell, amount=amount), dict(cell, user_id=user, amount=amount)]
        client.call("crm.territory.forecast", "set_targets", [forecast], values)
    call = dict(cell, amount=150, note="Sure")
    client.call("crm.territory.forecast", "set_call", [forecast], call)
    [lead] = client.call("crm.lead", "search", [("name", "=", "Uninstall base.fr")])
    [found] = client.call("crm.lead", "read", [lead], ["forecast_category"])
    assert found["forecast_category"] == "pipeline", "that of its stage"
    client.call("crm.lead", "write", [lead], {"forecast_category": "commit"})
    options = {"date_from": "2017-01-01", "date_to": "2017-01-31", "members": True}
    board = client.call("crm.territory.forecast", "get_board", [forecast], options)
    [row] = [row for row in board["rows"] if row["key"] == f"t{france}"]
    assert row["cells"][0]["target"] == 200
    assert row["cells"][0]["call"]["amount"] == 150
