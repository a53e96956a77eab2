"""What axe finds in the screens that we draw, or draw into: nothing serious of ours.

Odoo's own findings (its menu bar, search bar and avatars) are not ours to mend.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.dashboards import DASHBOARD, FORECAST
from tests.screens import walk

pytestmark = pytest.mark.browser

SCREENS = {
    "tree": ("territory-tree", ".o_crm_territory_tree_table tbody tr"),
    "territories": (
        "action-crm_territory.crm_territory_action_open",
        ".o_kanban_record",
    ),
    "map": ("action-crm_territory.crm_territory_map_report_action", "canvas"),
    "run": ("action-crm_territory.crm_territory_run_action/1", ".o_form_view"),
    "pipeline": ("action-crm.crm_lead_opportunities", ".o_kanban_record"),
    "board": ("forecast-board", ".o_crm_territory_board .o_crm_territory_name"),
    "star performers": ("star-performers", ".o_crm_territory_stars"),
    "sheet": ("territory-targets", ".o_crm_territory_sheet_table tbody td"),
    "territory": (
        "action-crm_territory.crm_territory_action_open/3",
        ".o_form_view .o_field_widget",
    ),
    "plan": ("action-crm_territory.crm_territory_plan_action/1", ".o_form_view"),
    "rules": ("action-crm_territory.crm_territory_rule_action", ".o_data_row"),
    "rule": ("action-crm_territory.crm_territory_rule_action/1", ".o_form_view"),
    "members": ("action-crm_territory.crm_territory_member_action", ".o_data_row"),
    "opportunity": (
        "action-crm.crm_lead_opportunities/1",
        ".o_form_view .o_field_widget",
    ),
    "forecast": (
        "action-crm_territory_forecast.crm_territory_forecast_action/1",
        ".o_form_view .o_field_widget",
    ),
    "movement": (
        "action-crm_territory_forecast.crm_territory_forecast_movement_action",
        ".o_graph_renderer, .o_pivot, .o_view_nocontent",
    ),
    "attainment": (
        "action-crm_territory_forecast.crm_territory_forecast_attainment_action",
        ".o_pivot",
    ),
    "revenue": ("action-crm_territory.crm_territory_revenue_report_action", ".o_pivot"),
    "dashboard": (DASHBOARD, ".o-scorecard"),
    "forecast dashboard": (FORECAST, ".o-scorecard"),
}
# what a salesperson does not open
OF_MANAGERS = {"run", "opportunity"}
SERIOUS = {"serious", "critical"}
# whether what was found lies in something that we draw, and is no part of Odoo in it
IS_OURS = """selector => {
    const found = document.querySelector(selector);
    const ours = "[class*='o_crm_territory']";
    const odoos = ".o_searchview, .o_tag, .o_field_domain";
    return Boolean(found?.closest(ours) && !found.closest(odoos));
}"""
# of Odoo's widgets, wherever they are
ODOOS = {"image-alt"}


@pytest.mark.parametrize("login", ["helena", "marcus"])
def test_nothing_serious(open_as, login):
    is_manager = login == "helena"
    screens = {
        name: where
        for name, where in SCREENS.items()
        if (name in OF_MANAGERS) == is_manager
    }
    page = open_as(login, "crm", ".o_kanban_view")
    found = {name: serious(page) for name in walk(page, screens)}
    assert not {name: lines for name, lines in found.items() if lines}


def serious(page):
    """What axe finds of ours on the page."""
    page.wait_for_timeout(1000)  # what is drawn without asking the server
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in SERIOUS and violation["id"] not in ODOOS
        for node in violation["nodes"]
        if page.evaluate(IS_OURS, node["target"][0])
    ]
