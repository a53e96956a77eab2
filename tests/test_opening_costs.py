"""What opening a list or a form costs in queries, beside Odoo without the addons.

The same records, the same user and the same calls of the web client, in a database with
the addons and in one without.
"""

import json
import subprocess
from pathlib import Path

import pytest

from ground import odoo_server, paths, templates

SCRIPT = Path(__file__).with_name("opening_costs.py")
MARK = "COSTS "
MORE = 2


def costs(database):
    """{what is opened: queries}, measured within an Odoo of its own."""
    done = subprocess.run(
        odoo_server.command("shell", "-d", database, "--log-level", "error"),
        input=SCRIPT.read_text(),
        env=odoo_server.environment(),
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
    )
    for line in done.stdout.splitlines():
        if MARK in line:
            return json.loads(line.partition(MARK)[2])
    raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])


@pytest.fixture(scope="module")
def plain(databases_run):
    return costs(databases_run.copy_of(templates.template(), "plain"))["everyone"]


@pytest.fixture(scope="module")
def ours(make_database):
    return costs(make_database())


@pytest.mark.parametrize("accounts", ["everyone", "territory"])
@pytest.mark.parametrize("what", ["pipeline", "customers", "lead"])
def test_costs(plain, ours, accounts, what):
    print(f"{what}, accounts visible to {accounts}:", ours[accounts][what], plain[what])
    assert plain[what] > 5, "It opened nothing"
    assert ours[accounts][what] <= plain[what] + MORE
