"""Odoo's own import page, with files of ours."""

import pytest

pytestmark = pytest.mark.browser

AREAS = "action-crm_territory.crm_territory_area_action"


def load(page, *lines):
    """Open the import page and give it a file."""
    page.click(".o_cp_action_menus .fa-cog")
    page.click(".o-dropdown-item:has-text('Import records')")
    page.set_input_files(
        "input.o_input_file",
        {
            "name": "areas.csv",
            "mimeType": "text/csv",
            "buffer": "\n".join(lines).encode(),
        },
    )
    page.wait_for_selector(".o_import_data_content")


def test_name_of_several_plans_is_told_with_what_to_write(open_as, assert_fits):
    """Also where several rows have it: the page shows the value of errors then."""
    page = open_as("helena", AREAS, ".o_list_view")
    load(page, "Territory,Country,ZIP From", "Germany,DE,80", "Germany,DE,81")
    page.click("button:has-text('Test')")
    page.wait_for_selector(":text('Several territories are called')")
    page.wait_for_selector(":text('Write one of these instead')")
    assert_fits(page, "several_plans")


def test_plan_of_its_column_is_meant(open_as, demo):
    found = demo.client().call(
        "crm.territory",
        "search_read",
        [("name", "=", "Germany"), ("plan_id.state", "=", "draft")],
        ["complete_name", "plan_id"],
        limit=1,
    )
    plan, territory = found[0]["plan_id"][1], found[0]["complete_name"]
    page = open_as("helena", AREAS, ".o_list_view")
    load(
        page,
        "Plan,Territory,Country,ZIP From",
        f"{plan},{territory},Germany,80331",
    )
    page.click("button:has-text('Test')")
    page.wait_for_selector(":text('Everything seems valid')")
