"""The forecast's screens in a real browser: for each kind of user, on each size."""

import pytest

from tests.boards import board_of_this_year
from tests.screens import LAPTOP, LOOKS

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


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("screen", SCREENS)
def test_forecast_fits(open_screen, assert_fits, screen, look):
    login, size = LOOKS[look]
    assert_fits(open_screen(login, screen, size))


@pytest.mark.parametrize("login", ["marcus", "nina", "victor", "daniel", "owen"])
def test_demonstration_has_targets_for(demo, login):
    board = board_of_this_year(demo.client(login, login))
    assert any(row["total"]["target"] for row in board["rows"])


def test_figures_open_their_opportunities_and_back(open_screen):
    page = open_screen("helena", "board")
    page.locator(".o_crm_territory_fold").nth(1).click()
    count = page.locator(".o_crm_territory_board_table tbody").count()
    page.locator("td.o_crm_territory_total[data-figure=open] button").first.click()
    page.wait_for_selector(".o_data_row")
    page.click(".breadcrumb-item a:has-text('Forecast by Territory')")
    page.wait_for_selector(SCREENS["board"][1])
    assert page.locator(".o_crm_territory_board_table tbody").count() == count
