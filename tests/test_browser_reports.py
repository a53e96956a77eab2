"""Reports, dashboard and map in a real browser: for each kind of user, on each size."""

import pytest

from tests.dashboards import DASHBOARD, FORECAST, LOADED
from tests.screens import LOOKS, walk

pytestmark = pytest.mark.browser

REPORTS = {
    "revenue": "crm_territory_revenue_report_action",
    "performer": "crm_territory_performer_action",
    "duration": "crm_territory_duration_report_action",
    "stage": "crm_territory_stage_report_action",
    "coverage": "crm_territory_coverage_report_action",
    "unassigned": "crm_territory_coverage_report_action_unassigned",
    "inactive": "crm_territory_coverage_report_action_inactive",
    "load": "crm_territory_load_report_action",
    "change": "crm_territory_change_report_action",
}
ROWS = ".o_pivot tbody tr, .o_graph_canvas_container canvas, .o_data_row"
MAP = "territory-map"
CANVAS = ".o_crm_territory_map canvas"
LEGEND = ".o_crm_territory_map_legend tbody tr"
SCREENS = {
    "dashboard": (DASHBOARD, ".o-scorecard"),
    "forecast-dashboard": (FORECAST, ".o-scorecard"),
    "map": (MAP, CANVAS),
}


@pytest.mark.parametrize("look", LOOKS)
def test_screens_fit(open_as, assert_fits, look):
    login, size = LOOKS[look]
    page = open_as(login, "crm?debug=1", ".o_kanban_view", size)
    for screen in walk(page, SCREENS):
        if "dashboard" in screen:
            page.wait_for_selector(".o-figure canvas")
            page.wait_for_function(LOADED)
            page.wait_for_timeout(1000)  # until the figures are painted
        assert_fits(page, screen)


def test_map_asks_for_groups_in_no_order_of_names(open_as, browser_page):
    """In such an order, one process of the database would make them: too slowly."""
    asked = []
    browser_page.on("request", lambda request: asked.append(request))
    open_as("helena", MAP, CANVAS)
    [groups] = [each for each in asked if "formatted_read_group" in each.url]
    assert groups.post_data_json["params"]["kwargs"]["order"] == "is_gap"


@pytest.mark.parametrize("login", ["helena", "amy"])
def test_reports_fit(open_as, assert_fits, login):
    """With figures: no first screen is empty, nor shows a sample."""
    page = open_as(login, "crm?debug=1", ".o_kanban_view")
    for name, action in REPORTS.items():
        page.evaluate(
            "(id) => odoo.__WOWL_DEBUG__.root.env.services.action.doAction(id)",
            f"crm_territory.{action}",
        )
        page.wait_for_selector(ROWS)
        assert not page.locator(".o_view_nocontent, .o_view_sample_data").count(), name
        assert_fits(page, name)


# -- the map


def legend(page):
    """{name: figure}"""
    page.wait_for_selector(LEGEND)
    rows = [row.locator("td").all_inner_texts() for row in page.locator(LEGEND).all()]
    return {name.strip(): figure.strip() for name, figure in rows}


def choose_region(page, name):
    page.click(".o_crm_territory_map_region")
    page.click(f".o_menu_item:has-text('{name}')")
    page.wait_for_selector(f".o_crm_territory_map_region:has-text('{name}')")


def choose_measure(page, name):
    page.click("button:has-text('Measures')")
    page.click(f".o_menu_item:has-text('{name}')")
    page.keyboard.press("Escape")
    page.wait_for_selector(f".o_crm_territory_map_legend th:has-text('{name}')")


def test_map_tells_what_lies_where(demo, open_as):
    page = open_as("helena", MAP, CANVAS)
    client = demo.client("helena", "helena")
    countries = client.call("res.country", "search", [("code", "in", ["DE", "FR"])])
    groups = client.call(
        "crm.territory.map.report",
        "formatted_read_group",
        [("country_id", "in", countries), ("kind", "!=", "won")],
        ["territory_level_2_id"],
        ["account_count:sum", "open_count:sum"],
    )
    choose_region(page, "Europe")
    shown = legend(page)
    found = {group["territory_level_2_id"][1]: group for group in groups}
    europe = found["Europe"]
    assert shown["Europe"] == str(europe["account_count:sum"])
    # in Montenegro is an account of Odoo's own demonstration
    assert shown["In no territory"] == "1"
    assert "North America" not in shown
    choose_measure(page, "Open Deals")
    assert legend(page)["Europe"] == str(europe["open_count:sum"])


def test_map_of_states_is_colored_by_territory(open_as):
    page = open_as("marcus", MAP, CANVAS)
    choose_region(page, "United States")
    page.wait_for_selector(f"{LEGEND}:has-text('Texas')")
    assert page.inner_text(".o_crm_territory_map_legend th") == "Credited Territory"


def test_map_opens_its_records(open_as):
    page = open_as("helena", MAP, CANVAS)
    count = legend(page)["In no territory"]
    page.click(f"{LEGEND} button:has-text('In no territory')")
    page.wait_for_selector(".o_data_row")
    page.click(".o_data_row >> nth=0")
    page.wait_for_selector(".o_form_view [name=country_id]")
    page.click(".o_breadcrumb a:has-text('Map') >> nth=0")
    assert legend(page)["In no territory"] == count


def test_map_keeps_its_region_and_color_in_favorites(open_as):
    page = open_as("helena", MAP, CANVAS)
    choose_region(page, "Europe")
    page.click(".o_searchview_dropdown_toggler")
    page.click(".o_group_by_menu .o_menu_item:has-text('Territory Type')")
    page.wait_for_selector(".o_crm_territory_map_legend th:has-text('Territory Type')")
    page.click(".o_favorite_menu .o_add_favorite")
    page.fill(".o_favorite_menu input[type=text]", "Types in Europe")
    page.click(".o_favorite_menu .o_save_favorite")
    page.keyboard.press("Escape")
    choose_region(page, "World")
    page.reload()
    page.wait_for_selector(CANVAS)
    page.click(".o_searchview_dropdown_toggler")
    page.click(".o_favorite_menu .o_menu_item:has-text('Types in Europe')")
    page.wait_for_selector(".o_crm_territory_map_region:has-text('Europe')")
    page.wait_for_selector(".o_crm_territory_map_legend th:has-text('Territory Type')")
    # another one is chosen over it
    page.keyboard.press("Escape")
    choose_region(page, "World")
    choose_measure(page, "Open Deals")
    assert page.locator(".o_crm_territory_map_region:has-text('World')").count()


@pytest.fixture
def account_of_the_root(demo):
    """Its name: one in Japan, in the territory that all others are below."""
    client = demo.client()
    [japan] = client.call("res.country", "search", [("code", "=", "JP")])
    root = [("parent_id", "=", False), ("plan_id.state", "=", "active")]
    [territory, *_others] = client.call("crm.territory", "search", root)
    values = {"name": "Root Account", "is_company": True, "country_id": japan}
    [account] = client.call("res.partner", "create", [values])
    override = {"partner_id": account, "territory_id": territory, "decision": "in"}
    override["reason"] = "Asked for"
    [override] = client.call("crm.territory.override", "create", [override])
    yield values["name"]
    client.call("crm.territory.override", "unlink", [override])
    client.call("res.partner", "unlink", [account])


def test_map_opens_what_lies_above_a_level(account_of_the_root, open_as):
    """In the territory itself: *None* is what is in no territory, told beside it."""
    page = open_as("helena", MAP, CANVAS)
    page.click(".o_searchview_dropdown_toggler")
    page.click(".o_group_by_menu .o_menu_item:has-text('Territory Level 3')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".o_crm_territory_map_legend th:has-text('Level 3')")
    shown = legend(page)
    assert "None" not in shown
    assert shown["Worldwide"] == "1"
    assert int(shown["In no territory"])
    page.click(f"{LEGEND} button:text-is('Worldwide')")
    page.wait_for_selector(f".o_data_row:has-text('{account_of_the_root}')")
    assert page.locator(".o_data_row").count() == 1
