"""The demonstration in a real browser: what each kind of user finds."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(make_server):
    return make_server(demo=True)


@pytest.fixture
def open_as(demo, browser_page):
    """A function that logs in and opens an action, and fails on errors of the page."""
    errors = []
    browser_page.on("pageerror", lambda error: errors.append(str(error)))

    def open_action(login, xml_id, selector):
        browser_page.goto(f"{demo.url}/web/login")
        browser_page.fill("input[name=login]", login)
        browser_page.fill("input[name=password]", login)
        browser_page.click("button[type=submit]")
        browser_page.wait_for_selector(".o_main_navbar")
        browser_page.goto(f"{demo.url}/odoo/action-{xml_id}")
        browser_page.wait_for_selector(selector)
        return browser_page

    yield open_action
    assert not errors


def test_administrator_unfolds_the_tree(open_as):
    page = open_as("admin", "crm_territory.crm_territory_action", ".o_hierarchy_node")
    page.locator(".o_hierarchy_node_button", has_text="Unfold").first.click()
    page.wait_for_selector(".o_hierarchy_node:has-text('Europe')")


def test_sales_manager_runs_the_plan(open_as):
    page = open_as("helena", "crm_territory.crm_territory_plan_action", ".o_data_row")
    page.click(".o_data_row >> nth=0")
    page.click(".o_form_view .o_statusbar_buttons button:has-text('Run Assignment')")
    page.wait_for_selector(".modal .o_form_view [name=scope]")


def test_salesperson_filters_by_the_side_panel(open_as):
    page = open_as("claire", "crm.crm_lead_opportunities", ".o_kanban_record")
    page.click("button.o_switch_view.o_list")
    side = page.locator(".o_search_panel .o_search_panel_category_value header")
    side.filter(has_text="Worldwide").first.click()
    page.wait_for_selector(".o_search_panel .active:has-text('Worldwide')")
    page.wait_for_selector(".o_data_row")
