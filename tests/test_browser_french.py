"""The screens in French, in a real browser: they say nothing of ours in English."""

import pytest

from tests.words import SHOWN, english_terms

pytestmark = pytest.mark.browser

OURS = ("crm_territory", "crm_territory_forecast")
SCREEN = ".o_action_manager .o_view_controller, .o_action_manager .o_action, .modal"
ROW = ".o_data_row:not(.o_group_header), .o_kanban_record:not(.o_kanban_ghost)"
FORM = ".o_form_view .o_form_sheet, .o_form_view .o_form_renderer"
DO_ACTION = """async (id) => {
    const {action} = odoo.__WOWL_DEBUG__.root.env.services;
    await action.doAction(id, {clearBreadcrumbs: true});
}"""
# what a salesperson and a manager open on records: (model, action of the record)
DIALOGS = {
    "crm_territory_assign_action_lead": "crm.lead",
    "crm_territory_ask_action_lead": "crm.lead",
    "crm_territory_move_action_lead": "crm.lead",
    "crm_territory_assign_action_partner": "res.partner",
    "crm_territory_user_access_action": "res.users",
}


@pytest.fixture(scope="module")
def french(make_server):
    """A server of its own, whose users work in French."""
    server = make_server(demo=True)
    client = server.client()
    find = {"context": {"active_test": False}}
    [lang] = client.call("res.lang", "search", [("code", "=", "fr_FR")], **find)
    [wizard] = client.call("base.language.install", "create", [{"lang_ids": [lang]}])
    client.call("base.language.install", "lang_install", [wizard])
    users = client.call("res.users", "search", [("share", "=", False)])
    values = {"lang": "fr_FR", "odoobot_state": "disabled"}
    client.call("res.users", "write", users, values)
    return server


@pytest.fixture
def french_page(french, browser_page, log_in):
    """A function that logs in and opens a path of the server in French."""

    def open_path(login, path, selector):
        log_in(browser_page, french, login)
        browser_page.goto(f"{french.url}/odoo/{path}")
        browser_page.wait_for_selector(selector)
        return browser_page

    return open_path


@pytest.fixture(scope="module")
def english():
    return english_terms()


@pytest.fixture
def said(english, assert_fits):
    """A function that keeps a picture of a page; returns our terms in English there."""

    def told(page, name):
        page.wait_for_selector(".o_loading_indicator", state="detached")
        assert_fits(page, name)
        return {text for text in page.evaluate(SHOWN) if english.fullmatch(text)}

    return told


def menus(server):
    """{name in English: action} of our menus."""
    client = server.client()
    domain = [("module", "in", OURS), ("model", "=", "ir.ui.menu")]
    ids = client.call("ir.model.data", "search_read", domain, ["res_id", "name"])
    names = {each["res_id"]: each["name"] for each in ids}
    found = client.call("ir.ui.menu", "read", list(names), ["action"])
    return {
        names[menu["id"]]: int(menu["action"].split(",")[1])
        for menu in found
        if menu["action"]
    }


@pytest.mark.parametrize("login", ["helena", "amy"])
def test_menus_open_nothing_in_english(french, french_page, said, login):
    """Each menu, the first record there, what can be searched."""
    page = french_page(login, "crm?debug=1", ".o_kanban_view")
    english = {}
    for name, action in menus(french).items():
        page.evaluate(DO_ACTION, action)
        page.wait_for_selector(SCREEN)
        english[name] = said(page, f"{name}")
        toggler = page.locator(".o_searchview_dropdown_toggler")
        if toggler.count():
            toggler.first.click()
            page.wait_for_selector(".o_search_bar_menu")
            english[name] |= said(page, f"{name} search")
            page.keyboard.press("Escape")
        row = page.locator(ROW).first
        if page.locator(".o_list_view, .o_kanban_view").count() and row.count():
            row.click()
            page.wait_for_timeout(1000)
            english[name] |= said(page, f"{name} record")
    assert not {name: texts for name, texts in english.items() if texts}
