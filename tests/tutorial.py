"""Reads the steps of a page of the documentation, and does them in a browser.

A step is a line that begins with a number. What is to be done is said by one of the
sentences of ``SENTENCES``; the rest of the line is for people.
"""

import re

from tests.screens import PHONE

# verbs of the pages: (sentence, name of the method of Reader that does it)
SENTENCES = [
    (r"Begin at `(?P<record>[^`]+)` in \*\*(?P<path>[^*]+)\*\*", "begin"),
    (r"Begin at \*\*(?P<path>[^*]+)\*\*", "begin"),
    (r"Open \*\*(?P<path>[^*]+)\*\*", "open_menu"),
    (r"Search for `(?P<text>[^`]+)`", "search"),
    (r"Press \*\*(?P<button>[^*]+)\*\* at \*\*(?P<card>[^*]+)\*\*", "press_at"),
    (r"Press \*\*(?P<path>[^*]+)\*\*", "press"),
    (
        r"Write `(?P<text>[^`]+)` in \*\*(?P<label>[^*]+)\*\*"
        r" and choose \*\*(?P<option>[^*]+)\*\*",
        "write_and_choose",
    ),
    (r"Write `(?P<text>[^`]+)` in \*\*(?P<label>[^*]+)\*\*", "write"),
    (r"Choose `(?P<text>[^`]+)` in \*\*(?P<label>[^*]+)\*\*", "choose"),
    (r"Type `(?P<text>[^`]+)` and choose \*\*(?P<option>[^*]+)\*\*", "type"),
    (r"Type `(?P<text>[^`]+)`", "type"),
    (r"Click \*\*(?P<text>[^*]+)\*\*", "click"),
    (r"Clear \*\*(?P<label>[^*]+)\*\*", "clear"),
    (r"Go to the tab \*\*(?P<name>[^*]+)\*\*", "go_to_tab"),
    (r"On a phone, log in as `(?P<login>[^`]+)`", "log_in_on_phone"),
    (r"Log in as `(?P<login>[^`]+)`", "log_in"),
    (r"You see (?P<seen>\*\*.+?\*\*)(?=[:.]|$)", "see"),
]
STEP = re.compile(r"^\d+\. (?P<text>.*)$")
PICTURE = re.compile(r"^!\[[^\]]*\]\(images/(?P<name>[^)]+)\)$")
ARROW = " ▸ "
ROWS = ".o_data_row, .o_kanban_record, .o_crm_territory_tree_table tbody tr"


def steps(page):
    """What the page says, in order: (kind, value) of steps and pictures.

    >>> steps("# Title\\n1. Press **New**.\\n![x](images/a.png)\\n")
    [('press', {'path': 'New'}), ('picture', {'name': 'a.png'})]
    """
    found = []
    for line in page.splitlines():
        picture = PICTURE.match(line)
        if picture:
            found.append(("picture", picture.groupdict()))
        step = STEP.match(line)
        if step:
            found.append(_sentence(step["text"]))
    return found


def _sentence(text):
    for pattern, name in SENTENCES:
        said = re.match(pattern, text)
        if said:
            return name, said.groupdict()
    raise ValueError(f"no sentence that a step can be: {text}")


# The input that a person means by a name; null while there is none.
FIND_INPUT = """label => {
    const scope = [...document.querySelectorAll(".modal:not(.o_inactive_modal)")].pop()
        || document;
    const seen = (selector) => [...scope.querySelectorAll(selector)].filter(
        (element) => element.offsetParent);
    const inputs = "input, textarea, [contenteditable=true]";
    const said = (element) => element.innerText.replace("?", "").trim() === label;
    for (const found of seen("label").filter(said)) {
        const named = found.htmlFor && document.getElementById(found.htmlFor);
        if (named && named.matches(inputs)) return named;
        const cell = found.closest(".o_cell, .o_wrap_label")?.nextElementSibling;
        const input = cell?.querySelector(inputs);
        if (input) return input;
    }
    for (const input of seen(inputs)) {
        if (input.placeholder === label) return input;
    }
    for (const header of seen("th[data-name]").filter(said)) {
        return scope.querySelector(`.o_data_row td[name="${header.dataset.name}"]`);
    }
    return null;
}"""


class Reader:
    """Somebody who does what the page says, and counts the clicks."""

    def __init__(self, page, server, keep_picture):
        self.page = page
        self.server = server
        self.keep_picture = keep_picture
        self.clicks = 0

    def do(self, sentence, /, **said):
        getattr(self, sentence)(**said)

    # -- the sentences

    def log_in(self, login):
        self.page.context.clear_cookies()
        self.page.goto(f"{self.server.url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_main_navbar")

    def log_in_on_phone(self, login):
        self.page.set_viewport_size(PHONE)
        self.log_in(login)

    def open_menu(self, path):
        app, *menus = path.split(ARROW)
        if self.page.viewport_size == PHONE:
            self._open_app_on_phone(app)
            return
        self.page.wait_for_selector(".o_main_navbar .o_menu_brand, .o_menu_toggle")
        brand = self.page.locator(".o_main_navbar .o_menu_brand")
        if not brand.count() or brand.inner_text().strip() != app:
            self._click(self.page.locator(".o_navbar_apps_menu button").first)
            self._click(self._named(".o_app", app))
            self.page.wait_for_selector(f".o_menu_brand:text-is('{app}')")
        if menus:
            first, *groups = menus
            self._click(self._named(".o_menu_sections > *", first))
            last = groups and groups.pop()
            for group in groups:
                self._named(".o-dropdown--menu .dropdown-menu_group", group).wait_for()
            if last:
                self._click(self._named(".o-dropdown--menu .o-dropdown-item", last))
        self.page.wait_for_selector(".o_action_manager .o_control_panel, .modal")

    def _open_app_on_phone(self, app):
        self._click(self.page.locator(".o_main_navbar .o_menu_toggle"))
        self._click(self._named(".o_app_menu_sidebar a", "All Apps"))
        self._click(self._named(".o_app_menu_sidebar .o_app", app))

    def begin(self, path, record=None):
        """What it takes to get there is not counted."""
        self.open_menu(path)
        if record:
            self.search(record)
            self.click(record)
        self.clicks = 0

    def click(self, text):
        """The text in a row, or on a card."""
        found = self.page.locator(ROWS, has_text=text).filter(visible=True)
        self._click(found.first.get_by_text(text).first)

    def type(self, text, option=None):
        """Where the cursor is."""
        self.page.keyboard.type(text)
        if option:
            self._click(self._named(".o-autocomplete--dropdown-item", option))
        else:
            self.page.keyboard.press("Enter")

    def search(self, text):
        self.page.fill(".o_searchview_input", text)
        self.page.keyboard.press("Enter")

    def press_at(self, button, card):
        record = self.page.locator(".o_kanban_record", has_text=card)
        self._click(record.get_by_role("button", name=button, exact=True))
        if button == "Activate":  # an addon: Odoo loads itself anew
            self.page.wait_for_selector(
                ".o_kanban_record", state="detached", timeout=300_000
            )
            self.page.wait_for_selector(".o_main_navbar", timeout=300_000)

    def press(self, path):
        *before, last = path.split(ARROW)
        for name in before:
            self._click(self._button(name))
        if before:
            self._click(self._named(".o-dropdown--menu .o-dropdown-item", last))
        else:
            self._click(self._button(last))

    def write(self, text, label):
        self._input(label).fill(text)

    def choose(self, text, label):
        field = self._input(label)
        if field.evaluate("input => Boolean(input.closest('.o_select_menu'))"):
            self._click(field)
            self._click(self._named(".o_select_menu_item", text))
            return
        field.fill(text)
        self._click(self._named(".o-autocomplete--dropdown-item", text))

    def write_and_choose(self, text, label, option):
        """An offer of the list that is none of its records."""
        self._input(label).fill(text)
        self._click(self._named(".o-autocomplete--dropdown-item", option))

    def clear(self, label):
        self._input(label).fill("")
        self.page.keyboard.press("Tab")

    def go_to_tab(self, name):
        self._click(self._named(".o_notebook .nav-link", name))

    def see(self, seen):
        for text in re.findall(r"\*\*([^*]+)\*\*", seen):
            self.page.locator(".o_action_manager", has_text=text).wait_for()
            shown = self.page.get_by_text(text).filter(visible=True)
            shown.first.wait_for()

    def picture(self, name):
        self.keep_picture(self.page, f"docs/images/{name}")

    # -- finding things

    def _click(self, target):
        target.click()
        self.clicks += 1
        # as a person waits for what a click shows
        self.page.wait_for_timeout(500)
        self.page.wait_for_selector(".o_loading_indicator", state="detached")

    def _scope(self):
        """The dialog, if one is open; else the page."""
        dialog = self.page.locator(".modal:not(.o_inactive_modal)")
        return dialog.last if dialog.count() else self.page

    def _named(self, selector, name):
        return (
            self.page.locator(selector)
            .get_by_text(name, exact=True)
            .or_(self.page.locator(f"{selector}:text-is('{name}')"))
            .filter(visible=True)
            .first
        )

    def _button(self, name):
        """The one called so; else one with that in its text, or first in its title."""
        scope = self._scope()
        exact = scope.get_by_role("button", name=name, exact=True).filter(visible=True)
        if exact.count():
            return exact.first
        by_title = scope.locator(
            f"[data-tooltip^='{name}'], [title^='{name}'], [aria-label^='{name}']"
        )
        by_text = scope.locator("button", has_text=name)
        return exact.or_(by_text).or_(by_title).filter(visible=True).first

    def _input(self, label):
        """The input of a label, or of a placeholder; or in the first row of the column
        of that name.
        """
        self.page.wait_for_function(
            f"label => ({FIND_INPUT})(label) !== null", arg=label
        )
        found = self.page.evaluate_handle(FIND_INPUT, label).as_element()
        if found.evaluate("element => element.matches('td')"):
            self._click(found)
            return found.wait_for_selector("input")
        return found
