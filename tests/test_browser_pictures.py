"""The pictures of the documentation, taken of the demonstration."""

import pytest

from tests.screens import LAPTOP

pytestmark = pytest.mark.browser

# where it is kept: (who looks, path, what must be there)
PICTURES = {
    "docs/images/tree.png": (
        "helena",
        "territory-tree",
        ".o_crm_territory_tree_table tbody tr",
    ),
    "crm_territory/static/description/dashboard.png": (
        "helena",
        "action-crm_territory.crm_territory_dashboard_action",
        ".o-figure",
    ),
    "crm_territory/static/description/map.png": (
        "helena",
        "action-crm_territory.crm_territory_map_report_action",
        "canvas",
    ),
    "crm_territory_forecast/static/description/board.png": (
        "marcus",
        "forecast-board",
        ".o_crm_territory_board .o_crm_territory_name",
    ),
}


@pytest.mark.parametrize("path_of_picture", PICTURES)
def test_picture(open_as, keep_picture, path_of_picture):
    login, path, selector = PICTURES[path_of_picture]
    page = open_as(login, path, selector, LAPTOP)
    # charts are drawn on canvases, which tell nothing
    keep_picture(page, path_of_picture, milliseconds=5000)
