"""The demonstration in a real browser: what each kind of user finds."""

import pytest

pytestmark = pytest.mark.browser


def test_sales_manager_runs_the_plan(open_as):
    page = open_as(
        "helena", "action-crm_territory.crm_territory_plan_action", ".o_data_row"
    )
    page.click(".o_data_row >> nth=0")
    page.click(".o_form_view .o_statusbar_buttons button:has-text('Run Assignment')")
    page.wait_for_selector(".modal .o_form_view [name=scope]")


def test_salesperson_filters_by_the_side_panel(open_as):
    page = open_as("claire", "action-crm.crm_lead_opportunities", ".o_kanban_record")
    page.click("button.o_switch_view.o_list")
    side = page.locator(".o_search_panel .o_search_panel_category_value header")
    side.filter(has_text="Worldwide").first.click()
    page.wait_for_selector(".o_search_panel .active:has-text('Worldwide')")
    page.wait_for_selector(".o_data_row")


def test_user_lists_the_territories_of_the_user(open_as, demo, assert_fits):
    [amy] = demo.client().call("res.users", "search", [("login", "=", "amy")])
    page = open_as("admin", f"action-base.action_res_users/{amy}", ".o_form_view")
    page.click(".o_notebook .nav-link:has-text('Preferences')")
    members = page.locator(".o_field_widget[name=territory_member_ids]")
    members.locator(".o_data_row:has-text('US West')").first.wait_for()
    members.scroll_into_view_if_needed()
    assert_fits(page)
    page.click("button:has-text('Change Territories')")
    page.wait_for_selector(".o_searchview_facet:has-text('Amy Tran')")


def test_reasons_of_the_record_before_are_not_of_a_new_one(open_as, demo):
    domain = [("type", "=", "opportunity"), ("territory_id", "!=", False)]
    [lead] = demo.client("amy").call("crm.lead", "search", domain, limit=1)
    page = open_as("amy", f"action-crm.crm_lead_opportunities/{lead}", ".o_form_view")
    page.click(".o_notebook .nav-link:has-text('Territories')")
    page.wait_for_selector(".o_territory_why")
    page.click(".o_control_panel button.o_form_button_create:visible")
    page.wait_for_selector(".o_form_editable:has-text('New')")
    page.click(".o_notebook .nav-link:has-text('Territories')")
    page.wait_for_selector(".o_territory_why", state="detached")
