"""The board in a real browser: by keyboard only, on the phone, as a manager and as a
member.
"""

import pytest

from tests.screens import LAPTOP, PHONE
from tests.test_browser_sheet import tab_to

pytestmark = pytest.mark.browser

TABLE = ".o_crm_territory_board_table"
# {row, figure, column, period} of what has the focus
FOCUS = """
() => {
    const element = document.activeElement;
    const cell = element.closest("td");
    const cells = [...(element.closest("tr")?.querySelectorAll("td") || [])];
    return {
        row: element.closest("tbody")?.dataset.key,
        figure: cell?.dataset.figure,
        column: cells.indexOf(cell),
        period: cell?.dataset.period,
    };
}
"""
TAB_STOPS = """
(table) => [...document.querySelectorAll(`${table} *`)].filter((one) =>
    one.tabIndex >= 0).length
"""


@pytest.fixture
def open_board(open_as):
    """A function that opens the board, perhaps with the calls."""

    def open_it(login, size=LAPTOP, with_calls=False):
        page = open_as(login, "forecast-board", f"{TABLE} tbody", size)
        if with_calls:
            page.click(".o_crm_territory_figures")
            page.click(".o_crm_territory_figure_call")
            page.keyboard.press("Escape")
            page.wait_for_selector(f"{TABLE} td[data-figure='call']")
        return page

    return open_it


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
    return page.evaluate(FOCUS)


def row_key(page, name):
    body = page.locator(f"{TABLE} tbody:has(th:has-text('{name}'))").first
    return body.get_attribute("data-key")


def call_cell(page, name, period=".o_crm_territory_current"):
    key = row_key(page, name)
    return page.locator(f"tbody[data-key='{key}'] td[data-figure='call']{period}")


def test_one_tab_stop_and_arrow_keys(open_board, assert_fits):
    page = open_board("helena")
    assert page.evaluate(TAB_STOPS, TABLE) == 1
    tab_to(page, ".o_crm_territory_fold")
    top = page.evaluate(FOCUS)
    assert top["column"] == -1
    first = press(page, "ArrowRight")
    assert (first["row"], first["figure"], first["column"]) == (
        *(top["row"], "target"),
        0,
    )
    assert press(page, "ArrowDown")["figure"] == "achieved"
    assert press(page, "End")["period"] == "total"
    below = press(page, "PageDown")
    assert (below["figure"], below["row"] != top["row"]) == ("achieved", True)
    assert press(page, "ArrowUp")["figure"] == "target"
    above = press(page, "ArrowUp")
    assert (above["row"], above["figure"]) == (top["row"], "landing")
    assert press(page, "Control+Home") == top
    assert page.evaluate(TAB_STOPS, TABLE) == 1
    press(page, "ArrowRight", "ArrowDown", "Control+ArrowRight")
    note = page.locator(".o_crm_territory_board_note").inner_text()
    assert "Achieved" in note
    assert_fits(page)
    press(page, "Tab")
    assert not page.evaluate("document.activeElement.closest('table')")
    press(page, "Shift+Tab")
    assert page.evaluate(FOCUS)["period"] == "total"
    page.keyboard.press("Enter")
    page.wait_for_selector(".o_data_row, .o_view_nocontent")
    page.click(".breadcrumb-item a:has-text('Forecast by Territory')")
    page.wait_for_selector(f"{TABLE} tbody")


def test_fold_by_keyboard(open_board):
    page = open_board("helena")
    rows = page.locator(f"{TABLE} tbody")
    tab_to(page, ".o_crm_territory_fold")
    shown = rows.count()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "([rows, shown]) => document.querySelectorAll(rows).length < shown",
        arg=[f"{TABLE} tbody", shown],
    )
    page.keyboard.press("Space")
    page.wait_for_function(
        "([rows, shown]) => document.querySelectorAll(rows).length === shown",
        arg=[f"{TABLE} tbody", shown],
    )
    assert page.evaluate("document.activeElement.matches('.o_crm_territory_fold')")


def test_calls_by_keyboard_are_undone_and_done_again(open_board, assert_fits):
    page = open_board("claire", with_calls=True)
    cell = call_cell(page, "Europe")
    before = cell.inner_text()
    cell.locator("button").focus()
    page.keyboard.type("450k")
    page.wait_for_selector(".o_crm_territory_call_popover")
    assert page.input_value(".o_crm_territory_call_popover input") == "450k"
    assert_fits(page, "popover")
    page.keyboard.press("Enter")
    page.wait_for_selector(".o_crm_territory_call_popover", state="detached")
    page.wait_for_selector("td[data-figure='call']:has-text('450k')")
    assert page.evaluate(FOCUS)["figure"] == "call"
    page.keyboard.press("Control+z")
    page.wait_for_selector("td:has-text('450k')", state="detached")
    assert cell.inner_text() == before
    page.keyboard.press("Control+Shift+z")
    page.wait_for_selector("td[data-figure='call']:has-text('450k')")
    assert_fits(page)
    page.click(".o_crm_territory_undo")
    page.wait_for_selector("td:has-text('450k')", state="detached")


def test_what_is_no_call_is_told_in_the_popover(open_board):
    page = open_board("claire", with_calls=True)
    call_cell(page, "Europe").locator("button").click()
    page.fill(".o_crm_territory_call_popover input", "many")
    page.keyboard.press("Enter")
    page.wait_for_selector(".invalid-feedback:has-text('“many” is not a number')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".o_crm_territory_call_popover", state="detached")
    assert page.evaluate(FOCUS)["figure"] == "call"


def test_closed_and_frozen_periods_take_no_call(open_board, freeze_january):
    freeze_january()
    page = open_board("claire", with_calls=True)
    page.click(".o_crm_territory_range_previous")
    page.wait_for_selector(f"{TABLE} thead:not(:has(.o_crm_territory_current))")
    assert not page.locator(".o_crm_territory_edit_call").count()
    call_cell(page, "Europe", "[data-period$='-03-01']").focus()
    page.keyboard.type("450")
    page.wait_for_selector(".o_notification:has-text('is closed: a call is of what')")
    assert page.locator(".o_notification").count() == 1
    call_cell(page, "Europe", "[data-period$='-01-01']").focus()
    page.keyboard.type("450")
    page.wait_for_selector(".o_notification:has-text('is frozen: its calls stay')")
    assert page.locator(".o_notification").count() == 2


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_member_writes_no_call(open_board, assert_fits, size):
    page = open_board("lena", size, with_calls=True)
    assert not page.locator(".o_crm_territory_edit_call").count()
    call_cell(page, "Germany").focus()
    page.keyboard.type("12")
    page.wait_for_selector(".o_notification:has-text('Germany is written by another')")
    assert page.locator(".o_notification").count() == 1
    assert_fits(page)


def test_phone_moves_by_arrow_keys_too(open_board, assert_fits):
    page = open_board("claire", PHONE)
    assert page.evaluate(TAB_STOPS, TABLE) == 1
    tab_to(page, ".o_crm_territory_fold")
    assert press(page, "ArrowRight", "ArrowDown")["figure"] == "achieved"
    assert_fits(page)


@pytest.mark.parametrize("login", ["helena", "amy"])
def test_star_performers_name_their_figures_on_the_phone(open_as, assert_fits, login):
    page = open_as(login, "star-performers", ".o_crm_territory_stars_table", PHONE)
    heads = page.locator("thead th").all_text_contents()
    labels = page.locator(".o_crm_territory_stars_table tbody tr td").evaluate_all(
        "(cells, count) => cells.slice(0, count).map((one) => one.dataset.label)",
        len(heads),
    )
    assert labels == heads
    assert_fits(page)
