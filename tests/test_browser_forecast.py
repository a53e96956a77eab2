"""The forecast's screens in a real browser: for each kind of user, on each size."""

import pytest

from tests.boards import board_of_this_year
from tests.screens import LAPTOP, LOOKS, PHONE

pytestmark = pytest.mark.browser

SCREENS = {
    "board": ("forecast-board", ".o_crm_territory_board_table tbody"),
    "sheet": ("territory-targets", ".o_crm_territory_sheet_table tbody tr"),
    "star-performers": ("star-performers", ".o_crm_territory_stars_table tbody"),
    "attainment": (
        "action-crm_territory_forecast.crm_territory_forecast_attainment_action_open",
        ".o_pivot table tbody",
    ),
}


@pytest.fixture
def open_screen(open_as):
    """A function that opens a screen of the forecast."""

    def open_named(login, screen, size=LAPTOP):
        return open_as(login, *SCREENS[screen], size)

    return open_named


def cell(page, name, column):
    """A cell of the sheet; of the first row with the name."""
    rows = page.locator(
        f".o_crm_territory_sheet_table tbody tr:has(th:has-text('{name}'))"
    )
    return rows.first.locator(f"td[data-column='{column}']")


def wait_until_saved(page):
    page.wait_for_selector(".o_crm_territory_sheet_state[data-saved='1']")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("screen", SCREENS)
def test_forecast_fits(open_screen, assert_fits, screen, look):
    login, size = LOOKS[look]
    assert_fits(open_screen(login, screen, size))


@pytest.mark.parametrize("login", ["marcus", "nina", "victor", "daniel", "owen"])
def test_demonstration_has_targets_for(demo, login):
    board = board_of_this_year(demo.client(login, login))
    assert any(row["total"]["target"] for row in board["rows"])


def test_territory_manager_types_copies_and_pastes(open_screen):
    page = open_screen("claire", "sheet")
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


def test_what_is_typed_while_a_save_ends_is_kept(open_screen):
    page = open_screen("claire", "sheet")
    cell(page, "Rhine-Ruhr", 4).click()
    page.keyboard.type("21000")
    with page.expect_response(lambda answer: "get_sheet" in answer.url):
        page.keyboard.press("Tab")
        page.keyboard.type("25")
    page.wait_for_timeout(500)  # drawn again
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    wait_until_saved(page)
    assert cell(page, "Rhine-Ruhr", 5).inner_text().endswith("25,123")


def test_edits_are_kept_when_the_sheet_is_left(open_screen):
    page = open_screen("marcus", "sheet")
    cell(page, "Texas", 3).click()
    page.keyboard.type("12345")
    page.click(".o_crm_territory_range_next")
    page.wait_for_selector(".o_crm_territory_range_label")
    page.click(".o_crm_territory_range_previous")
    page.wait_for_selector("td[data-column='3']:has-text('12,345')")


def test_member_changes_nothing(open_screen):
    page = open_screen("amy", "sheet")
    row = cell(page, "New York City", 0)
    row.click()
    page.keyboard.type("5")
    page.wait_for_selector(".o_notification:has-text('New York City')")
    assert not page.locator(".o_crm_territory_input").count()


def test_figures_open_their_opportunities_and_back(open_screen):
    page = open_screen("helena", "board")
    page.locator(".o_crm_territory_fold").nth(1).click()
    count = page.locator(".o_crm_territory_board_table tbody").count()
    page.locator("td.o_crm_territory_total[data-figure=open] button").first.click()
    page.wait_for_selector(".o_data_row")
    page.click(".breadcrumb-item a:has-text('Forecast Board')")
    page.wait_for_selector(SCREENS["board"][1])
    assert page.locator(".o_crm_territory_board_table tbody").count() == count


def test_phone_edits_with_a_second_touch(open_screen):
    page = open_screen("victor", "sheet", PHONE)
    target = cell(page, "Key Accounts Europe", 0)
    target.click()
    target.click()
    page.fill(".o_crm_territory_input", "50000")
    page.keyboard.press("Enter")
    wait_until_saved(page)
    assert target.inner_text().endswith("50,000")
