"""The sheet of targets in a real browser: by keyboard only, on the phone, as a manager
and as a member.
"""

import pytest

from tests.screens import LAPTOP, PHONE

pytestmark = pytest.mark.browser

ROWS = ".o_crm_territory_sheet_table tbody tr"


@pytest.fixture
def open_sheet(open_as):
    """A function that opens the sheet."""

    def open_named(login, size=LAPTOP):
        return open_as(login, "territory-targets", ROWS, size)

    return open_named


def cell(page, name, column):
    """A cell of the sheet; of the first row with the name."""
    rows = page.locator(
        f".o_crm_territory_sheet_table tbody tr:has(th:has-text('{name}'))"
    )
    return rows.first.locator(f"td[data-column='{column}']")


def wait_until_saved(page):
    page.wait_for_selector(".o_crm_territory_sheet_state[data-saved='1']")


def test_territory_manager_types_copies_and_pastes(open_sheet):
    page = open_sheet("claire")
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
    page.wait_for_selector(ROWS)
    shown = [
        cell(page, name, column).inner_text()
        for name in ("Germany South", "Germany North")
        for column in (0, 1)
    ]
    assert shown == ["15,000", "16,000"] * 2
    assert cell(page, "Germany North", 0).locator(".o_crm_territory_mismatch").count()


def test_what_is_typed_while_a_save_ends_is_kept(open_sheet):
    page = open_sheet("claire")
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


def test_edits_are_kept_when_the_sheet_is_left(open_sheet):
    page = open_sheet("marcus")
    cell(page, "Texas", 3).click()
    page.keyboard.type("12345")
    page.click(".o_crm_territory_range_next")
    page.wait_for_selector(".o_crm_territory_range_label")
    page.click(".o_crm_territory_range_previous")
    page.wait_for_selector("td[data-column='3']:has-text('12,345')")


def test_phone_edits_with_a_second_touch(open_sheet):
    page = open_sheet("victor", PHONE)
    target = cell(page, "Key Accounts Europe", 0)
    target.click()
    target.click()
    page.fill(".o_crm_territory_input", "50000")
    page.keyboard.press("Enter")
    wait_until_saved(page)
    assert target.inner_text().endswith("50,000")


def tab_to(page, selector, most=60):
    """Press Tab until what has the selector has the focus."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(one) => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"no tab stop: {selector}")


def test_keyboard_only(open_sheet, assert_fits):
    """Type, undo, do again (both ways), and what is undone is not done again later."""
    page = open_sheet("claire")
    tab_to(page, ".o_crm_territory_grid")
    page.keyboard.press("ArrowRight")
    target = page.locator(".o_crm_territory_cursor")
    while "o_crm_territory_readonly" in target.get_attribute("class"):
        page.keyboard.press("ArrowDown")
    name = target.get_attribute("id")
    typed = page.locator(f"#{name}")
    before = typed.inner_text()
    page.keyboard.type("10k")
    page.keyboard.press("Tab")
    page.keyboard.type("1.5M")
    page.keyboard.press("Tab")
    page.wait_for_selector(f"#{name}:has-text('10,000')")
    page.wait_for_selector("td:has-text('1,500,000')")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    wait_until_saved(page)
    assert typed.inner_text() == before
    page.keyboard.press("Control+Shift+z")
    page.wait_for_selector(f"#{name}:has-text('10,000')")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    wait_until_saved(page)
    assert typed.inner_text().endswith("10,000")
    assert_fits(page)
    page.keyboard.press("Delete")
    page.keyboard.press("Control+y")
    page.wait_for_selector(".o_notification:has-text('nothing to do again')")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    wait_until_saved(page)
    assert typed.inner_text() == before


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize(
    "row, why",
    [
        ("Germany", "Only a manager of Germany"),
        ("Lena Vogt", "Your own target in Germany is set by another manager"),
    ],
)
def test_member_is_told_once_why(open_sheet, assert_fits, row, why, size):
    page = open_sheet("lena", size)
    if size is PHONE:
        page.click(".o_crm_territory_commands")
        page.wait_for_selector("[data-command='foldAll']")
    assert not page.locator("[data-command='spread']").count()
    page.keyboard.press("Escape")
    current = page.locator(f"{ROWS}:has(th:has-text('{row}'))").first
    current.locator(".o_crm_territory_current").click()
    page.keyboard.type("5000")
    told = page.locator(".o_notification")
    told.first.wait_for()
    assert told.count() == 1
    assert why in told.inner_text()
    assert why in page.locator(".o_crm_territory_sheet_notes").inner_text()
    assert not page.locator(".o_crm_territory_input").count()
    assert_fits(page, row)


def paste(page, text):
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_frozen_periods_are_marked_and_named(open_sheet, freeze_january, assert_fits):
    freeze_january()
    page = open_sheet("marcus")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".o_crm_territory_range_previous")
    page.wait_for_selector("thead .o_crm_territory_frozen .fa-snowflake-o")
    frozen = cell(page, "US West", 0)
    assert "is frozen" in frozen.get_attribute("title")
    frozen.click()
    page.keyboard.type("77")
    page.wait_for_selector(".o_notification:has-text('is frozen: its targets stay')")
    assert page.locator(".o_notification").count() == 1
    paste(page, "1\t2\n3\t4\nmany\t5")
    page.wait_for_selector(".modal")
    lines = page.locator(".o_crm_territory_edit_problems").inner_text()
    assert lines.count("is frozen") == 1
    assert lines.count("“many” is not a number") == 1
    assert_fits(page)
    page.keyboard.press("Escape")


def test_what_the_server_refuses_is_not_undone(open_sheet, freeze_january):
    """A period is frozen while its targets show: the number that was typed goes."""
    page = open_sheet("marcus")
    page.click(".o_crm_territory_range_previous")
    page.wait_for_selector("thead:not(:has(.o_crm_territory_current))")
    freeze_january()
    cell(page, "US West", 0).click()
    page.keyboard.type("77")
    page.keyboard.press("Enter")
    page.wait_for_selector(".modal:has-text('is frozen')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".modal", state="detached")
    wait_until_saved(page)
    page.wait_for_selector("thead .o_crm_territory_frozen")
    assert cell(page, "US West", 0).locator(".o_crm_territory_not_set").count() == 1
    assert page.is_disabled(".o_crm_territory_undo")
    assert page.is_disabled(".o_crm_territory_redo")


def command(page, name, size=LAPTOP):
    """Press a button of the sheet; on the phone they are in a menu."""
    if size is PHONE:
        page.click(".o_crm_territory_commands")
    page.click(f"[data-command='{name}']")


def assert_in_one_row(buttons):
    boxes = [button.bounding_box() for button in buttons.all() if button.is_visible()]
    assert len({box["y"] for box in boxes}) == 1, boxes


def preview_cells(page):
    return page.locator(".o_crm_territory_preview tbody td[data-label]")


def assert_all_in_sight(page):
    """No column of the preview lies beside the dialog, or below the total."""
    preview = page.locator(".o_crm_territory_preview")
    assert preview.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    box = preview.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_a_year_is_spread_and_undone(open_sheet, assert_fits, size):
    page = open_sheet("marcus", size)
    year = int(page.locator(".o_crm_territory_range_label").inner_text())
    page.click(".o_crm_territory_range_next")
    page.wait_for_selector(f".o_crm_territory_range_label:has-text('{year + 1}')")
    cell(page, "San Francisco Bay Area", 10).click()
    page.keyboard.type("10000")
    page.keyboard.press("Enter")
    wait_until_saved(page)
    cell(page, "San Francisco Bay Area", 0).click()
    assert_in_one_row(page.locator(".o_control_panel_navigation button"))
    command(page, "spread", size)
    chosen = page.locator(".modal [name='date_start'] select option:checked")
    assert chosen.inner_text() == str(year + 1)
    page.fill(".modal [name='amount'] input", "1200000")
    page.press(".modal [name='amount'] input", "Tab")
    page.wait_for_selector(".o_crm_territory_preview_total:has-text('1,200,000')")
    texts = preview_cells(page).all_inner_texts()
    assert len(texts) == 13
    assert "is kept" in texts[10]
    page.locator(".o_crm_territory_preview").scroll_into_view_if_needed()
    assert_fits(page, "preview")
    assert_all_in_sight(page)
    page.click(".modal footer button:has-text('Set Targets'):visible")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(f"td[data-column='0']:has-text('{texts[0].split()[-1]}')")
    page.click(".o_crm_territory_undo")
    wait_until_saved(page)
    first, kept = (cell(page, "San Francisco Bay Area", n) for n in (0, 10))
    assert first.locator(".o_crm_territory_not_set").count() == 1
    assert kept.inner_text().endswith("10,000")
    page.click(".o_crm_territory_undo")
    wait_until_saved(page)
    assert kept.locator(".o_crm_territory_not_set").count() == 1


def test_spreads_over_the_parts_are_added_up(open_sheet, assert_fits):
    page = open_sheet("claire")
    cell(page, "Germany", 0).click()
    command(page, "spread")
    page.check(".modal .o_radio_input[data-value='parts']")
    page.wait_for_selector(".o_crm_territory_preview tfoot:has-text('Together')")
    page.locator(".o_crm_territory_preview").scroll_into_view_if_needed()
    assert_fits(page)
    page.keyboard.press("Escape")


def test_spread_by_keyboard_only(open_sheet):
    """Next year 120k for New York City, and taken back."""
    page = open_sheet("marcus")
    cell(page, "New York City", 0).click()
    page.keyboard.press("Alt+s")
    page.wait_for_selector(".modal .o_form_view")
    tab_to(page, "[name='date_start'] select")
    page.keyboard.press("ArrowDown")
    tab_to(page, "[name='amount'] input")
    page.keyboard.press("Control+a")
    page.keyboard.type("120k")
    page.keyboard.press("Tab")
    page.wait_for_selector(".o_crm_territory_preview_total:has-text('120,000')")
    tab_to(page, "button[name='action_apply']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".modal", state="detached")
    tab_to(page, ".o_crm_territory_grid")
    page.keyboard.press("Control+z")
    page.wait_for_selector(".o_notification:has-text('do not show here')")
    page.keyboard.press("Control+y")
    wait_until_saved(page)
    page.click(".o_crm_territory_range_next")
    page.wait_for_selector("td[data-column='0']:has-text('10,000')")


def test_copies_of_last_year_are_undone(open_sheet, assert_fits):
    page = open_sheet("claire")
    page.click(".o_crm_territory_range_next")
    page.wait_for_selector("thead:not(:has(.o_crm_territory_current))")
    first = cell(page, "France", 0)
    assert first.locator(".o_crm_territory_not_set").count() == 1
    command(page, "copyLastYear")
    page.wait_for_selector(".o_crm_territory_preview_total")
    assert_fits(page)
    assert_all_in_sight(page)
    page.click(".modal footer button:has-text('Set Targets'):visible")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector("td[data-column='0']:has-text('000')")
    assert not first.locator(".o_crm_territory_not_set").count()
    page.click(".o_crm_territory_undo")
    wait_until_saved(page)
    assert first.locator(".o_crm_territory_not_set").count() == 1
