"""The forecast's screens in a real browser: for each kind of user, on each size.

A picture of every screen is kept beside those of failed tests.
"""

import pytest

from ground import paths

pytestmark = pytest.mark.browser

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 400, "height": 800}
SCREENS = {
    "board": ("forecast-board", ".o_crm_territory_board_table tbody"),
    "sheet": ("territory-targets", ".o_crm_territory_sheet_table tbody tr"),
    "star-performers": ("star-performers", ".o_crm_territory_stars_table tbody"),
}


@pytest.fixture(scope="module")
def demo(make_server):
    server = make_server(demo=True)
    client = server.client()
    # its chat would open over the screens of who comes for the first time
    users = client.call("res.users", "search", [("share", "=", False)])
    client.call("res.users", "write", users, {"odoobot_state": "disabled"})
    return server


@pytest.fixture
def open_as(demo, browser_page):
    """A function that logs in and opens a screen, and fails on errors of the page."""
    errors = []
    browser_page.on("pageerror", lambda error: errors.append(str(error)))

    def open_screen(login, screen, size=LAPTOP):
        path, selector = SCREENS[screen]
        browser_page.set_viewport_size(size)
        browser_page.goto(f"{demo.url}/web/login")
        browser_page.fill("input[name=login]", login)
        browser_page.fill("input[name=password]", login)
        browser_page.click("button[type=submit]")
        browser_page.wait_for_selector(".o_main_navbar")
        browser_page.goto(f"{demo.url}/odoo/{path}")
        browser_page.wait_for_selector(selector)
        return browser_page

    yield open_screen
    assert not errors


def cell(page, name, column):
    """A cell of the sheet; of the first row with the name."""
    rows = page.locator(
        f".o_crm_territory_sheet_table tbody tr:has(th:has-text('{name}'))"
    )
    return rows.first.locator(f"td[data-column='{column}']")


def wait_until_saved(page):
    page.wait_for_selector(".o_crm_territory_sheet_state[data-saved='1']")


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("login", ["helena", "claire", "amy"])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen_fits(open_as, screen, login, size):
    """Only the table scrolls sideways, never the page."""
    page = open_as(login, screen, size)
    paths.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    picture = f"forecast-{screen}-{login}-{size['width']}.png"
    page.screenshot(path=paths.SCREENSHOTS / picture)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"]


@pytest.mark.parametrize("login", ["marcus", "nina", "victor", "daniel", "owen"])
def test_demonstration_has_targets_for(open_as, login):
    page = open_as(login, "board")
    assert page.locator("td[data-figure=target] .o_crm_territory_amount").count()


def test_territory_manager_types_copies_and_pastes(open_as):
    page = open_as("claire", "sheet")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell(page, "Germany South", 0).click()
    page.keyboard.type("15000")
    page.keyboard.press("Tab")
    page.keyboard.type("16000")
    page.keyboard.press("Enter")
    wait_until_saved(page)
    cell(page, "Germany South", 0).click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == "15,000\t16,000"
    cell(page, "Germany North", 0).click()
    page.keyboard.press("Control+v")
    wait_until_saved(page)
    page.reload()
    page.wait_for_selector(SCREENS["sheet"][1])
    shown = [
        cell(page, name, column).inner_text()
        for name in ("Germany South", "Germany North")
        for column in (0, 1)
    ]
    assert shown == ["15,000", "16,000"] * 2
    assert cell(page, "Germany North", 0).locator(".o_crm_territory_mismatch").count()


def test_edits_are_kept_when_the_sheet_is_left(open_as):
    page = open_as("marcus", "sheet")
    cell(page, "Texas", 3).click()
    page.keyboard.type("12345")
    page.click(".o_crm_territory_range_next")
    page.wait_for_selector(".o_crm_territory_range_label")
    page.click(".o_crm_territory_range_previous")
    page.wait_for_selector("td[data-column='3']:has-text('12,345')")


def test_member_changes_nothing(open_as):
    page = open_as("amy", "sheet")
    row = cell(page, "New York City", 0)
    row.click()
    page.keyboard.type("5")
    page.wait_for_selector(".o_notification:has-text('New York City')")
    assert not page.locator(".o_crm_territory_input").count()


def test_figures_open_their_opportunities_and_back(open_as):
    page = open_as("helena", "board")
    page.locator(".o_crm_territory_fold").nth(1).click()
    count = page.locator(".o_crm_territory_board_table tbody").count()
    page.locator("td.o_crm_territory_total[data-figure=open] button").first.click()
    page.wait_for_selector(".o_data_row")
    page.click(".breadcrumb-item a:has-text('Forecast Board')")
    page.wait_for_selector(SCREENS["board"][1])
    assert page.locator(".o_crm_territory_board_table tbody").count() == count


def test_phone_edits_with_a_second_touch(open_as):
    page = open_as("victor", "sheet", PHONE)
    target = cell(page, "Key Accounts Europe", 0)
    target.click()
    target.click()
    page.fill(".o_crm_territory_input", "50000")
    page.keyboard.press("Enter")
    wait_until_saved(page)
    assert target.inner_text().endswith("50,000")
