"""The programs in README.rst, run against a real server as a reader would run them."""

import contextlib
import io
from pathlib import Path

import docutils.core
import docutils.nodes
import pytest

from ground.odoo_client import Client

README = Path(__file__).resolve().parents[1] / "README.rst"


@pytest.fixture(scope="module")
def blocks():
    """The literal blocks of the README, as docutils reads them."""
    document = docutils.core.publish_doctree(
        README.read_text(), settings_overrides={"report_level": 2, "halt_level": 2}
    )
    return list(document.findall(docutils.nodes.literal_block))


@pytest.fixture(scope="module")
def server(make_server):
    # With the demonstration data that setup/serve has, and its scheduled jobs.
    server = make_server(demo=True, options=["--max-cron-threads", "1"])
    yield server
    server.stop()


@pytest.fixture(scope="module")
def surroundings(server):
    """The variables that the programs read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODOO_URL", server.url)
        patch.setenv("ODOO_DB", server.db)
        patch.setenv("ODOO_API_KEY", Client(server.url, server.db).api_key())
        yield


@pytest.fixture(scope="module")
def json2(surroundings, blocks):
    """The names that the JSON-2 program has at its end."""
    return run_program(blocks, "json-2")


def run_program(blocks, name):
    """Run the Python blocks of class ``name`` in turn; returns their namespace.

    A text block of that class is what those before it print.
    """
    namespace = {}
    printed = io.StringIO()
    ours = [block for block in blocks if name in block["classes"]]
    assert ours, f"README.rst has no code-block of the class {name}"
    for block in ours:
        if "python" in block["classes"]:
            code = compile(block.astext(), f"README.rst ({name})", "exec")
            with contextlib.redirect_stdout(printed):
                exec(code, namespace)
        else:
            assert printed.getvalue().strip() == block.astext().strip()
            printed = io.StringIO()
    assert not printed.getvalue(), "printed, but the README does not show it"
    return namespace


def test_json2_program_builds_runs_and_reads_a_plan(json2):
    call = json2["call"]
    [plan] = call(
        "crm.territory.plan", "read", [json2["plan"]], fields=["state", "is_to_be_run"]
    )
    assert (plan["state"], plan["is_to_be_run"]) == ("active", False)
    [port] = call("res.partner", "read", [json2["port"]], fields=["territory_ids"])
    territories = call("crm.territory", "read", port["territory_ids"], fields=["code"])
    assert [territory["code"] for territory in territories] == ["NORD-CPH"]
    [member] = call(
        "crm.territory.member",
        "search_read",
        domain=[["territory_id.code", "=", "NORD"]],
        fields=["is_manager", "user_id"],
    )
    assert member["is_manager"] and member["user_id"][0] == json2["user"]


def test_dry_run_changed_nothing(json2):
    """Its moves are simulated, and what was written came with the real run."""
    call = json2["call"]
    moves = call(
        "crm.territory.move",
        "search_read",
        domain=[["partner_id", "=", json2["port"]]],
        fields=["run_id", "is_dry"],
        order="id",
    )
    assert [(move["run_id"][0], move["is_dry"]) for move in moves] == [
        (json2["dry"], True),
        (json2["run"], False),
    ]


def test_error_of_odoo_reaches_the_program(json2):
    with pytest.raises(RuntimeError, match="no_such_model"):
        json2["call"]("no_such_model", "search", domain=[])


def test_odoorpc_program_imports_overrides_and_reads(json2, blocks):
    names = run_program(blocks, "odoorpc")
    call = json2["call"]
    [brewery] = call("res.partner", "read", [names["brewery"]], fields=["territory_id"])
    assert brewery["territory_id"][0] == names["copenhagen"]
    areas = call(
        "crm.territory.area",
        "search_read",
        domain=[["territory_id", "=", names["copenhagen"]]],
        fields=["zip_from", "country_id"],
        order="zip_from",
    )
    assert [area["zip_from"] for area in areas] == ["1000", "2800", "2900"]
    assert {area["country_id"][1] for area in areas} == {"Denmark"}
