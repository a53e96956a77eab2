"""The tutorial, done as it is written: from the Apps page of an Odoo without our addons
to the salesperson who finds a lead.
"""

import pytest

from ground import paths, templates
from tests.screens import LAPTOP
from tests.tutorial import Reader, steps

pytestmark = pytest.mark.browser

PAGE = paths.ROOT / "docs" / "tutorial.md"
MOST_CLICKS = 25


@pytest.fixture(scope="module")
def bare(databases_run, make_server):
    """A server with CRM and without our addons."""
    name = databases_run.copy_of(templates.template(), "tutorial")
    server = make_server(database=name)
    client = server.client()
    # as *Update Apps List* does: the template may know of an earlier version of ours
    client.call("ir.module.module", "update_list")
    users = client.call("res.users", "search", [("share", "=", False)])
    # whoever has worked with Odoo has seen its chat and its pointers
    quiet = {"odoobot_state": "disabled", "tour_enabled": False}
    client.call("res.users", "write", users, quiet)
    client.call("ir.default", "set", "res.users", "odoobot_state", "disabled")
    return server


def test_tutorial(bare, browser_page, keep_picture):
    browser_page.set_viewport_size(LAPTOP)
    browser_page.set_default_timeout(60_000)
    reader = Reader(browser_page, bare, keep_picture)
    reader.log_in("admin")
    clicks = []
    for name, said in steps(PAGE.read_text()):
        reader.do(name, **said)
        clicks.append(f"{reader.clicks:3} {name} {' '.join(said.values())}")
        print(clicks[-1])
    assert reader.clicks <= MOST_CLICKS, "\n".join(clicks)
