"""Real Odoo servers and a real browser for the tests of the whole system.

``setup/test system`` and ``setup/test browser`` run them. Every server has a database
of its own, copied in a second from a template with the addons freshly installed.
"""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

SETUP = Path(__file__).resolve().parents[1] / "setup"
sys.path.insert(0, str(SETUP))

from ground import browser, databases, paths, postgres, templates  # noqa: E402
from ground.odoo_server import Server  # noqa: E402
from tests.screens import LAPTOP  # noqa: E402


def pytest_addoption(parser):
    parser.addoption(
        "--update-pictures",
        action="store_true",
        help="write the pictures of the documentation anew (docs/images)",
    )


@pytest.fixture(scope="session")
def databases_run():
    """The databases of this test run; dropped when it ends."""
    with postgres.running(), databases.run() as run:
        yield run


@pytest.fixture(scope="session")
def make_database(databases_run):
    """A function that makes a database with the addons and returns its name.

    ``demo`` adds demonstration data, ``extra`` more modules.
    """

    def make(demo=False, extra=()):
        return databases_run.copy_of(templates.addon_template(demo, extra), "system")

    return make


class ShortServer(Server):
    """A server that ends at once: Odoo takes two seconds to end in order."""

    def stop(self):
        self.kill()


@pytest.fixture(scope="session")
def make_server(make_database, request):
    """A function that starts an Odoo server; all are stopped when the run ends.

    ``database`` names one to use (two servers may share one); without it a new one is
    made with ``demo`` and ``extra``. ``options`` are odoo-bin's; scheduled actions run
    only with ``--max-cron-threads``.
    """
    servers = []

    def make(database=None, options=(), **kind):
        name = database or make_database(**kind)
        words = ["--max-cron-threads", "0", *options]
        log_name = f"odoo-{name}-{len(servers)}"
        server = ShortServer(name, options=words, log_name=log_name)
        servers.append(server)
        request.session.stash.setdefault(LOGS, {})[server.log_path] = 0
        return server.start()

    yield make
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def odoo_server(make_server):
    """A server that tests share: for those that leave others' records alone."""
    return make_server()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """A browser that tests share, whose cache has the scripts that a test compiled."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"),
            executable_path=browser.find(),
            args=list(browser.FLAGS),
            viewport=LAPTOP,
        )


@pytest.fixture
def browser_page(chromium, request):
    """A page of a browser that remembers nothing; a picture is kept when the test
    fails.
    """
    page = chromium.new_page()
    page.set_default_timeout(30_000)
    yield page
    if request.node.stash.get(FAILED, False):
        paths.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=paths.SCREENSHOTS / f"{request.node.name}.png")
    chromium.new_cdp_session(page).send(
        "Storage.clearDataForOrigin",
        {
            "origin": page.evaluate("location.origin"),
            "storageTypes": "local_storage,indexeddb,cache_storage,service_workers",
        },
    )
    chromium.clear_cookies()
    chromium.clear_permissions()
    page.close()


@pytest.fixture(scope="session")
def make_demo(make_server):
    """A function that starts a server with demonstration data and no bot that talks."""

    def make():
        server = make_server(demo=True)
        client = server.client()
        # its chat would open over the screens of who comes for the first time
        users = client.call("res.users", "search", [("share", "=", False)])
        client.call("res.users", "write", users, {"odoobot_state": "disabled"})
        return server

    return make


@pytest.fixture(scope="session")
def demo(make_demo):
    """A server with demonstration data, which tests of the browser share."""
    return make_demo()


@pytest.fixture(scope="session")
def log_in():
    """A function that logs in on a page; once for each login, then with its cookies."""
    cookies = {}

    def with_cookies(page, server, login):
        key = (server.url, login)
        # who logs in within a session of somebody else ends that
        page.context.clear_cookies()
        if key in cookies:
            page.context.add_cookies(cookies[key])
            return
        page.goto(f"{server.url}/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.click("button[type=submit]")
        page.wait_for_selector(".o_main_navbar")
        cookies[key] = page.context.cookies()

    return with_cookies


@pytest.fixture
def open_as(demo, browser_page, log_in):
    """A function that logs in, opens a path and waits for a selector there; the test
    fails on errors of the page.
    """
    errors = []
    browser_page.on("pageerror", lambda error: errors.append(str(error)))

    def open_path(login, path, selector, size=LAPTOP):
        browser_page.set_viewport_size(size)
        log_in(browser_page, demo, login)
        browser_page.goto(f"{demo.url}/odoo/{path}")
        browser_page.wait_for_selector(selector)
        return browser_page

    yield open_path
    assert not errors


@pytest.fixture
def no_mouse(open_as):
    """A function that opens a page whose mouse does nothing."""

    def open_path(*where):
        page = open_as(*where)
        page.evaluate(
            """() => { for (const name of ["mousedown", "click"]) {
                document.addEventListener(name, (event) => {
                    if (event.detail) { event.stopImmediatePropagation(); }
                }, true);
            } }"""
        )
        return page

    return open_path


@pytest.fixture
def freeze_january(demo):
    """A function that freezes the January of last year, until the test ends."""
    admin = demo.client()
    forecast = admin.call("crm.territory.forecast", "get_frame")["default_id"]
    day = f"{datetime.now(UTC).year - 1}-01-01"

    def freeze():
        line = (0, 0, {"date_start": day, "is_chosen": True})
        values = {"forecast_id": forecast, "line_ids": [line]}
        [dialog] = admin.call("crm.territory.forecast.freeze", "create", [values])
        admin.call("crm.territory.forecast.freeze", "action_freeze", [dialog])

    yield freeze
    frozen = [("forecast_id", "=", forecast), ("date_start", "=", day)]
    snapshots = admin.call("crm.territory.forecast.snapshot", "search", frozen)
    admin.call("crm.territory.forecast.snapshot", "unlink", snapshots)


@pytest.fixture
def keep_picture(request):
    """A function that takes a picture for the documentation: kept where that shows it
    (a path below this repository) with ``--update-pictures``, else with the pictures of
    the tests.
    """
    is_updating = request.config.getoption("--update-pictures")

    def keep(page, path, milliseconds=1000):
        page.wait_for_selector(".o_loading_indicator", state="detached")
        target = paths.ROOT / path
        if is_updating:
            # what is drawn without asking the server
            page.wait_for_timeout(milliseconds)
        else:
            target = paths.SCREENSHOTS / target.name
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target, animations="disabled")
        # 256 colors are enough for screens, and half the size
        with Image.open(target) as picture:
            picture.quantize(256).save(target, optimize=True)

    return keep


@pytest.fixture
def assert_fits(request):
    """A function that keeps a picture of the page, and fails where more than a table
    in it scrolls sideways.
    """

    def check(page, part=""):
        paths.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        name = f"{request.node.name.removeprefix('test_')} {part}"
        name = re.sub(r"\W+", "-", name)
        page.screenshot(path=paths.SCREENSHOTS / f"{name.strip('-')}.png")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"]

    return check


FAILED = pytest.StashKey()
# {path of a server's log: how much of it was there before the test}
LOGS = pytest.StashKey()
TRACEBACK = re.compile(r"^Traceback .*?(?=^\d{4}-\d\d-\d\d )", re.M | re.S)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Remember for ``browser_page`` whether the test failed; tell what its servers
    wrote about errors meanwhile.
    """
    report = yield
    logs = item.session.stash.get(LOGS, {})
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
        for path, start in logs.items():
            for found in TRACEBACK.findall(path.read_text(errors="replace")[start:]):
                report.sections.append((f"error in {path.name}", found[-2000:]))
    if report.when == "teardown":
        logs.update((path, len(path.read_text(errors="replace"))) for path in logs)
    return report


@pytest.fixture
def reorganisation(demo):
    """The id of the demonstration's draft of next year."""
    [plan] = demo.client().call(
        "crm.territory.plan", "search", [("name", "=like", "Reorganisation%")]
    )
    return plan


# -- parts of the addons' scripts, without a screen

NOTATIONS = {
    "english": {"decimalPoint": ".", "thousandsSep": ",", "grouping": [3, 0]},
    "german": {"decimalPoint": ",", "thousandsSep": ".", "grouping": [3, 0]},
    "french": {"decimalPoint": ",", "thousandsSep": "\u00a0", "grouping": [3, 0]},
    "indian": {"decimalPoint": ".", "thousandsSep": ",", "grouping": [3, 2, 0]},
}
# calls an exported function, or a script that has the module as ``it``
CALL = """
([path, script, words]) => {
    const name = path.startsWith("@") ? path : `@crm_territory_forecast/${path}`;
    const it = odoo.loader.modules.get(name);
    return new Function("it", "words", script)(it, words);
}
"""
_SET_NOTATION = """
(notation) => Object.assign(
    odoo.loader.modules.get("@web/core/l10n/localization").localization, notation
)
"""


@pytest.fixture(scope="module")
def shared_page(demo, chromium, log_in):
    """A page whose scripts are there, for all tests: none of them shows anything."""
    page = chromium.new_page()
    log_in(page, demo, "claire")
    page.goto(f"{demo.url}/odoo/territory-targets")
    page.wait_for_selector(".o_crm_territory_grid")
    yield page
    page.close()


@pytest.fixture
def set_notation(shared_page):
    """A function that makes a notation that of the user, by its name."""

    def set_named(name):
        shared_page.evaluate(_SET_NOTATION, NOTATIONS[name])

    return set_named


@pytest.fixture
def run(shared_page, set_notation):
    """A function that runs a script on a module and words, and returns its result; in
    English notation, unless another one is set.
    """
    set_notation("english")

    def run_script(path, script, *words):
        return shared_page.evaluate(CALL, [path, script, list(words)])

    return run_script
