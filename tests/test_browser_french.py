"""The screens in French, in a real browser: they say nothing of ours in English."""

import re

import pytest

from tests.dashboards import CELLS, DASHBOARD, FORECAST, LOADED
from tests.screens import LAPTOP, walk
from tests.words import SHOWN, english_terms, texts_of

pytestmark = pytest.mark.browser

OURS = ("crm_territory", "crm_territory_forecast")
# The names of these records, which are the same in all languages, are no terms.
NAMED = ("crm.territory", "crm.territory.forecast", "crm.territory.rule")
PHONE = {"width": 390, "height": 844}
TAB = ".o_form_view .o_notebook .nav-link"
FIELD = ".o_form_view .o_field_widget"
# forms, with all their tabs: (who opens it, path, what must be there)
FORMS = {
    "territory": ("helena", "action-crm_territory.crm_territory_action_open/3", FIELD),
    "plan": ("helena", "action-crm_territory.crm_territory_plan_action/1", FIELD),
    "draft": ("helena", "action-crm_territory.crm_territory_plan_action/2", FIELD),
    "rule": ("helena", "action-crm_territory.crm_territory_rule_action/1", FIELD),
    "member": ("helena", "action-crm_territory.crm_territory_member_action/1", FIELD),
    "request": ("helena", "action-crm_territory.crm_territory_request_action/1", FIELD),
    "run": ("helena", "action-crm_territory.crm_territory_run_action/1", FIELD),
    "opportunity": ("helena", "action-crm.crm_lead_opportunities/1", FIELD),
    "forecast": (
        "helena",
        "action-crm_territory_forecast.crm_territory_forecast_action/1",
        FIELD,
    ),
    "settings": ("admin", "action-crm.crm_config_settings_action", ".o_setting_box"),
}
# those that are opened on the way
ON_PHONES = ("territory", "request", "opportunity")
SCREEN = ".o_action_manager .o_action, .modal .modal-body"
SEARCH = ".o_view_controller .o_searchview_dropdown_toggler"
ROW = ".o_data_row:not(.o_group_header), .o_kanban_record:not(.o_kanban_ghost)"
DO_ACTION = """async (id) => {
    const {action} = odoo.__WOWL_DEBUG__.root.env.services;
    document.querySelector(".o_action").dataset.left = "";
    await action.doAction(id, {clearBreadcrumbs: true});
}"""
# over the former screen, or in its place
IS_OPEN = "() => document.querySelector('.modal, .o_action:not([data-left])')"
BOARD = "action-crm_territory_forecast.crm_territory_forecast_action_board"
SHEET = "action-crm_territory_forecast.crm_territory_forecast_action_sheet"


@pytest.fixture(scope="module")
def french(make_demo):
    """A server of its own, whose users work in French."""
    server = make_demo()
    client = server.client()
    find = {"context": {"active_test": False}}
    [lang] = client.call("res.lang", "search", [("code", "=", "fr_FR")], **find)
    [wizard] = client.call("base.language.install", "create", [{"lang_ids": [lang]}])
    client.call("base.language.install", "lang_install", [wizard])
    users = client.call("res.users", "search", [("share", "=", False)])
    client.call("res.users", "write", users, {"lang": "fr_FR"})
    return server


@pytest.fixture
def french_page(french, browser_page, log_in):
    """A function that logs in and opens a path of the server in French."""

    def open_path(login, path, selector, size=LAPTOP):
        browser_page.set_viewport_size(size)
        log_in(browser_page, french, login)
        browser_page.goto(f"{french.url}/odoo/{path}")
        browser_page.wait_for_selector(selector)
        return browser_page

    return open_path


@pytest.fixture(scope="module")
def is_english(french):
    """A function that tells whether a text is a term of ours, in English."""
    terms, client, names = english_terms(), french.client(), set()
    for model in NAMED:
        found = client.call(model, "search_read", [], ["display_name", "name"])
        names |= {each[field] for each in found for field in ("display_name", "name")}

    def check(text):
        return bool(text not in names and terms.fullmatch(text))

    return check


@pytest.fixture
def said(is_english, assert_fits):
    """A function that keeps a picture of a page; returns our terms in English there."""

    def told(page, name):
        page.wait_for_selector(".o_loading_indicator", state="detached")
        assert_fits(page, name)
        return set(filter(is_english, page.evaluate(SHOWN)))

    return told


def menus(server):
    """{name: action} of our menus."""
    client = server.client()
    domain = [("module", "in", OURS), ("model", "=", "ir.ui.menu")]
    found = client.call("ir.model.data", "search_read", domain, ["res_id", "name"])
    names = {each["res_id"]: each["name"] for each in found}
    return {
        names[menu["id"]]: int(menu["action"].split(",")[1])
        for menu in client.call("ir.ui.menu", "read", list(names), ["action"])
        if menu["action"]
    }


def test_menus_open_nothing_in_english(french, french_page, said):
    """Each menu, what can be searched there, and the first record."""
    page = french_page("helena", "crm?debug=1", ".o_kanban_view")
    english = {"crm": said(page, "crm")}
    for name, action in menus(french).items():
        page.evaluate(DO_ACTION, action)
        page.wait_for_function(IS_OPEN)
        page.wait_for_selector(SCREEN)
        english[name] = said(page, name)
        if page.locator(".modal").count():
            page.click(".modal .btn-close")
            page.wait_for_selector(".modal", state="detached")
            continue
        if page.locator(SEARCH).count():
            page.click(SEARCH)
            page.wait_for_selector(".o_search_bar_menu")
            english[name] |= said(page, f"{name} search")
            page.keyboard.press("Escape")
        if page.locator(ROW).count():
            page.locator(ROW).first.click()
            page.wait_for_timeout(500)  # rows of reports open nothing
            english[name] |= said(page, f"{name} record")
    assert len(english) > 30
    assert not {name: texts for name, texts in english.items() if texts}


@pytest.mark.parametrize(
    "login, size", [("helena", LAPTOP), ("admin", LAPTOP), ("helena", PHONE)]
)
def test_forms_say_nothing_in_english(french_page, said, login, size):
    """With all their tabs."""
    names = FORMS if size is LAPTOP else ON_PHONES
    forms = {name: FORMS[name][1:] for name in names if FORMS[name][0] == login}
    page = french_page(login, "crm", ".o_kanban_view", size)
    english = {name: said_by_form(page, said, name) for name in walk(page, forms)}
    assert english
    assert not {name: texts for name, texts in english.items() if texts}


def said_by_form(page, said, name):
    english = said(page, name)
    tabs = page.locator(TAB).filter(visible=True)
    for number in range(1, tabs.count()):
        tabs.nth(number).click()
        page.wait_for_timeout(500)  # what the tab asks for
        english |= said(page, f"{name} {number}")
    return english


def test_mails_say_nothing_in_english(french, is_english):
    """The weekly mail, and the activities of alerts, to managers who read French."""
    client = french.client()
    forecasts = client.call("crm.territory.forecast", "search", [])
    values = {"digest": True, "alert_gap_rate": 0.01}
    client.call("crm.territory.forecast", "write", forecasts, values)
    known = client.call("mail.activity", "search", [])
    for name in ("digest", "alert"):
        domain = [("name", "=", f"crm_territory_forecast_{name}_cron")]
        [cron] = client.call("ir.model.data", "search_read", domain, ["res_id"])
        client.call("ir.cron", "method_direct_trigger", [cron["res_id"]])
    mails = client.call("mail.mail", "search_read", [], ["subject", "body_html"])
    weekly = [mail for mail in mails if mail["subject"].startswith("Revenue, ")]
    assert weekly
    new = [("id", "not in", known)]
    alerts = client.call("mail.activity", "search_read", new, ["summary", "note"])
    assert alerts
    told = [text for row in weekly + alerts for text in map(str, row.values())]
    assert not {text for each in told for text in texts_of(each) if is_english(text)}


def test_printed_review_says_nothing_in_english(french_page, said):
    page = french_page("helena", "crm", ".o_kanban_view")
    page.goto(f"{page.url.split('/odoo')[0]}/report/html/crm_territory.report_review/3")
    page.wait_for_selector(".page")
    assert not said(page, "review")


@pytest.mark.parametrize("path", [DASHBOARD, FORECAST])
def test_dashboards_say_nothing_in_english(french_page, is_english, said, path):
    page = french_page("helena", path, ".o-scorecard")
    page.wait_for_function(LOADED)
    cells = {str(cell["value"]) for cell in page.evaluate(CELLS)}
    assert not set(filter(is_english, cells))
    assert not said(page, path[-40:])


def test_numbers_and_days_are_french(french_page):
    page = french_page("helena", BOARD, "text=janv. 20")
    board = page.inner_text(".o_action_manager")
    hidden = "({scrollWidth, clientWidth}) => scrollWidth - clientWidth"
    assert (
        page.locator(".o_crm_territory_board_table").evaluate(
            f"table => ({hidden})(table.parentElement)"
        )
        == 0
    )
    assert re.search(r"\d,\d+\u00a0M\b", board)
    page = french_page("helena", SHEET, "text=janv. 20")
    sheet = page.inner_text(".o_action_manager")
    assert re.search(r"\b\d{1,3}[\u00a0\u202f]\d{3}\b", sheet)
    assert not re.search(r"\d,\d{3}\b", sheet)
