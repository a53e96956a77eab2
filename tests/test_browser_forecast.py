"""The forecast's screens in a real browser: for each kind of user, on each size."""

import pytest

from tests.boards import board_of_this_year
from tests.screens import LAPTOP, LOOKS, walk

pytestmark = pytest.mark.browser

SCREENS = {
    "board": ("forecast-board", ".o_crm_territory_board_table tbody"),
    "sheet": ("territory-targets", ".o_crm_territory_sheet_table tbody tr"),
    "star-performers": ("star-performers", ".o_crm_territory_stars_table tbody"),
    "attainment": (
        "action-crm_territory_forecast.crm_territory_forecast_attainment_action_open",
        ".o_pivot table tbody",
    ),
    "movement": (
        "action-crm_territory_forecast.crm_territory_forecast_movement_action_open",
        ".o_crm_territory_changes tbody tr",
    ),
}
FLOATED = """
(points) => odoo.loader.modules
    .get("@crm_territory_forecast/movement/waterfall").floated(points)
"""
PAIRED = FLOATED.replace("floated", "paired")


@pytest.fixture
def open_screen(open_as):
    """A function that opens a screen of the forecast."""

    def open_named(login, screen, size=LAPTOP):
        return open_as(login, *SCREENS[screen], size)

    return open_named


@pytest.mark.parametrize("look", LOOKS)
def test_forecast_fits(open_screen, assert_fits, look):
    login, size = LOOKS[look]
    page = open_screen(login, "board", size)
    for screen in walk(page, SCREENS):
        assert_fits(page, screen)


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


# -- movement


def test_movement_begins_with_the_largest_changes(demo, open_screen):
    page = open_screen("marcus", "movement")
    [largest, *_others] = demo.client("marcus", "marcus").call(
        "crm.territory.forecast.movement",
        "search_read",
        [],
        ["name", "kind", "territory_id"],
        limit=1,
        context={"movement_weeks": 1},
    )
    first = page.locator(SCREENS["movement"][1]).first
    assert largest["name"] in first.inner_text()
    assert largest["territory_id"][1] in first.inner_text()
    assert page.locator(SCREENS["movement"][1]).count() <= 10
    first.locator("button").click()
    page.wait_for_selector(f".o_form_view:has-text('{largest['name']}')")


def test_bars_begin_where_the_one_before_ended(open_screen):
    page = open_screen("marcus", "movement")
    points = [("before", 100), ("new", 30), ("won", -50), ("after", 80)]
    points = [{"kind": kind, "value": value} for kind, value in points]
    bars = [[0, 100], [100, 130], [130, 80], [0, 80]]
    assert page.evaluate(FLOATED, points) == bars
    # where nothing was open before
    assert page.evaluate(FLOATED, points[1:3]) == [[0, 30], [30, -20]]


def test_both_sides_of_a_change_are_told_once(open_screen):
    page = open_screen("marcus", "movement")
    changes = [(1, "slipped", -58), (1, "slipped", 58), (2, "won", -9), (1, "grown", 4)]
    names = ("lead_key", "kind", "amount")
    changes = [dict(zip(names, change, strict=True)) for change in changes]
    found = page.evaluate(PAIRED, changes)
    assert [
        (each["lead_key"], each["kind"], each["amount"], each["arrival"] is not None)
        for each in found
    ] == [(1, "slipped", -58, True), (2, "won", -9, False), (1, "grown", 4, False)]
    assert found[0]["arrival"]["amount"] == 58
