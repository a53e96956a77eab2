"""Sheet, spread and board in a real browser by the keyboard only, from one screen to
the next: as a territory manager and as a member.
"""

import pytest

from tests.screens import LAPTOP

pytestmark = pytest.mark.browser

PIPELINE = "action-crm.crm_lead_action_pipeline"
SHEET = ".o_crm_territory_sheet_table tbody tr"
CURSOR = ".o_crm_territory_cursor"
BOARD = ".o_crm_territory_board_table"
POPOVER = ".o_crm_territory_call_popover"
# what has the focus, whether it is in sight, and what shows that it has it
FOCUSED = """
() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const isOutlined = style.outlineStyle !== "none" || style.boxShadow !== "none";
    return {
        row: element.closest("tbody")?.dataset.key,
        figure: element.closest("td")?.dataset.figure,
        period: element.closest("td")?.dataset.period,
        isInSight: box.width > 0 && box.top >= 0 && box.bottom <= innerHeight,
        // the grid shows its cursor, a field of a form its line
        isMarked: isOutlined || element.matches(".o_crm_territory_grid, input"),
    };
}
"""
# a walk that would need the mouse fails
NO_MOUSE = "* { pointer-events: none !important }"


@pytest.fixture
def walk(open_as):
    """A function that opens the pipeline as somebody, without a mouse: a ``Walk``."""

    def begin(login):
        page = open_as(login, PIPELINE, ".o_content", LAPTOP)
        page.add_style_tag(content=NO_MOUSE)
        return Walk(page)

    return begin


class Walk:
    """What somebody does who has a keyboard only."""

    def __init__(self, page):
        self.page = page

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text):
        self.page.keyboard.type(text)

    def see(self, selector, **options):
        self.page.wait_for_selector(selector, **options)

    def focused(self):
        return self.page.evaluate(FOCUSED)

    def go_to(self, menu, selector):
        """Open a menu from Odoo's palette."""
        self.press("Control+k")
        self.see(".o_command_palette_search input")
        self.type("/")
        self.type(menu)
        self.see(f".o_command.focused:has-text('{menu}')")
        self.press("Enter")
        self.see(selector)

    def tab_to(self, selector, most=60):
        """Press Tab until what has the selector has the focus, which one sees."""
        for _press in range(most):
            self.press("Tab")
            matches = "(it) => document.activeElement.matches(it)"
            if self.page.evaluate(matches, selector):
                focused = self.focused()
                assert focused["isInSight"] and focused["isMarked"], selector
                return
        raise AssertionError(f"no tab stop: {selector}")

    def wait_until_saved(self):
        self.see(".o_crm_territory_sheet_state[data-saved='1']")

    # -- in the sheet

    def cursor_to(self, name, column):
        """Move the cursor of the sheet to the first row of a name, by arrow keys."""
        names = [
            text.strip() for text in self.page.locator(f"{SHEET} th").all_inner_texts()
        ]
        self.press("Control+Home", *["ArrowDown"] * names.index(name))
        self.press(*["ArrowRight"] * column)
        # it is drawn a moment later
        self.see(f"{SHEET}:nth-child({names.index(name) + 1}) td{CURSOR}")
        self.see(f"td{CURSOR}[data-column='{column}']")

    # -- in the board

    def figure_to(self, name, figure):
        """Move the focus to a figure in the total of the first row of a name."""
        body = self.page.locator(f"{BOARD} tbody:has(th:has-text('{name}'))").first
        key = body.get_attribute("data-key")
        self.press("Control+Home", "ArrowRight")
        for _press in range(40):
            if self.focused()["row"] == key:
                break
            self.press("PageDown")
        for _press in range(20):
            if self.focused()["figure"] == figure:
                break
            self.press("ArrowDown")
        focused = self.focused()
        assert (focused["row"], focused["figure"]) == (key, figure)

    def show_calls(self):
        self.tab_to(".o_crm_territory_figures")
        self.press("Enter")
        item = ".o_crm_territory_figure_call"
        self.see(item)
        for _press in range(30):
            self.press("ArrowDown")
            if self.page.locator(f"{item}.focus").count():
                break
        self.press("Enter", "Escape")
        self.see(f"{BOARD} td[data-figure='call']")
        self.tab_to(f"{BOARD} *")


def test_manager(walk, assert_fits):
    """Claire types a target, spreads another one, calls a number and looks at deals."""
    walk = walk("claire")
    page = walk.page
    walk.go_to("Targets", SHEET)
    walk.tab_to(".o_crm_territory_grid")
    walk.cursor_to("Germany South", 10)
    cell = page.locator(f"#{page.locator(CURSOR).get_attribute('id')}")
    before = cell.inner_text()
    walk.type("12.5k")
    assert_fits(page, "typing")
    walk.press("Enter")
    walk.wait_until_saved()
    assert cell.inner_text().startswith("12,500")
    # the whole year of France, by the dialog
    walk.cursor_to("France", 0)
    walk.press("Alt+s")
    walk.see(".modal .o_form_view")
    walk.tab_to(".modal [name='amount'] input")
    walk.press("Control+a")
    walk.type("2.4M")
    walk.tab_to(".modal [name='replace'] input")
    walk.press("Space")
    walk.see(".o_crm_territory_preview_total:has-text('2,400,000')")
    assert_fits(page, "spread")
    walk.tab_to(".modal button[name='action_apply']")
    walk.press("Enter")
    walk.see(".modal", state="detached")
    walk.see("tr:has(th:has-text('France')) td:has-text('2,400,000')")
    walk.tab_to(".o_crm_territory_grid")
    walk.press("Control+z", "Control+z")
    walk.wait_until_saved()
    assert cell.inner_text() == before
    walk.see("td:has-text('2,400,000')", state="detached")
    # the board: a call, and what is behind a figure
    walk.go_to("Forecast by Territory", f"{BOARD} tbody")
    walk.show_calls()
    walk.figure_to("Germany", "call")
    for _press in range(15):
        if "o_crm_territory_current" in page.evaluate(
            "document.activeElement.closest('td').className"
        ):
            break
        walk.press("ArrowRight")
    walk.type("321k")
    walk.see(POPOVER)
    assert_fits(page, "call")
    walk.press("Enter")
    walk.see(POPOVER, state="detached")
    walk.see("td[data-figure='call']:has-text('321k')")
    assert walk.focused()["figure"] == "call"
    walk.press("Control+z")
    walk.see("td:has-text('321k')", state="detached")
    walk.figure_to("Germany", "open")
    walk.press("End")
    assert_fits(page, "board")
    walk.press("Enter")
    walk.see(".o_list_view .o_data_row")
    walk.press("Alt+b")  # Odoo's key for the screen before
    walk.see(f"{BOARD} tbody")


def test_member(walk, assert_fits):
    """Lena reads the sheet and the board; what she may not set, she is told once."""
    walk = walk("lena")
    page = walk.page
    walk.go_to("Targets", SHEET)
    walk.tab_to(".o_crm_territory_grid")
    walk.cursor_to("Germany", 10)
    walk.type("5")
    walk.see(".o_notification:has-text('Only a manager of Germany')")
    assert page.locator(".o_notification").count() == 1
    assert not page.locator(".o_crm_territory_input").count()
    walk.press("Alt+s")
    assert_fits(page, "sheet")
    assert not page.locator(".modal").count()
    # a block goes to the clipboard, and is not pasted over others' targets
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    walk.press("Shift+ArrowRight", "Control+c")
    assert page.evaluate("navigator.clipboard.readText()").count("\t") == 1
    walk.press("ArrowDown", "ArrowDown", "ArrowLeft", "Control+v")
    walk.see(".modal .o_crm_territory_edit_problems")
    walk.press("Escape")
    walk.see(".modal", state="detached")
    walk.go_to("Forecast by Territory", f"{BOARD} tbody")
    walk.show_calls()
    walk.figure_to("Germany", "call")
    walk.type("5")
    walk.see(".o_notification:has-text('Germany is written by another')")
    assert not page.locator(POPOVER).count()
    walk.figure_to("Germany", "open")
    walk.press("End")
    assert_fits(page, "board")
    note = page.locator(".o_crm_territory_board_note").inner_text()
    walk.press("Enter")
    walk.see(".o_list_view .o_data_row")
    total = page.locator(".o_list_footer .o_list_number").inner_text()
    assert total.replace(".00", "") in note
    assert_fits(page, "list")
