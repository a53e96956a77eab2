"""A draft shared for comment in a real browser: what a future member sees and says, and
what the planner answers.
"""

import pytest

from tests.screens import LAPTOP, PHONE

pytestmark = pytest.mark.browser

PLANS = "action-crm_territory.crm_territory_plan_action"
DRAFTS = "action-crm_territory.crm_territory_preview_action"
OBJECTIONS = "action-crm_territory.crm_territory_objection_action"
SIZES = {"laptop": LAPTOP, "phone": PHONE}


@pytest.fixture(scope="module")
def demo(make_demo):
    """A server of its own: a draft changes there."""
    server = make_demo()
    yield server
    server.stop()


@pytest.fixture
def plan(reorganisation):
    """The id of the draft that is shared."""
    return reorganisation


def fill_dialog(page, wished, reason):
    dialog = page.locator(".modal .o_form_view")
    dialog.wait_for()
    if wished:
        dialog.locator("[name=wished_id] input").fill(wished)
        page.click(".o-autocomplete--dropdown-item a >> nth=0")
    dialog.locator("[name=reason] textarea").fill(reason)


def test_member_objects_and_planner_accepts(demo, open_as, plan, assert_fits):
    page = open_as("amy", DRAFTS, ".o_data_row")
    assert page.locator(".o_data_row").count() == 1
    assert_fits(page, "territories")
    page.click(".o_data_row")
    page.wait_for_selector(".o_data_row:has-text('Stays with me')")
    assert_fits(page, "lines")
    page = open_as("amy", DRAFTS, ".o_data_row")
    page.click("button[name=action_view_leaving]")
    page.wait_for_selector(".o_data_row:has-text('Would leave me')")
    row = page.locator(".o_data_row:has-text('Zephyr')")
    assert_fits(page, "leaving")
    row.locator("button[name=action_object]").click()
    fill_dialog(page, "Pacific", "They buy in San Francisco")
    assert_fits(page, "dialog")
    page.click(".modal footer button:has-text('Object')")
    page.wait_for_selector(".o_notification:has-text('is told')")
    page = open_as("amy", OBJECTIONS, ".o_data_row")
    assert page.locator(".o_data_row").count() == 2
    assert_fits(page, "my objections")

    page = open_as("helena", f"{PLANS}/{plan}", ".o_form_view")
    assert_fits(page, "plan")
    page.click("button[name=action_view_objections]")
    page.wait_for_selector(".o_data_row:has-text('Zephyr')")
    assert_fits(page, "objections")
    page.click(".o_data_row:has-text('Zephyr')")
    page.wait_for_selector("button[name=action_accept]:visible")
    assert_fits(page, "objection")
    page.locator("[name=answer] textarea").fill("You keep them")
    page.click("button[name=action_accept]")
    page.wait_for_selector(".o_arrow_button_current:has-text('Accepted')")
    assert_fits(page, "accepted")
    made = demo.client().call(
        "crm.territory.override",
        "search_read",
        [("plan_id", "=", plan), ("partner_id.name", "like", "Zephyr")],
        ["decision"],
    )
    assert {override["decision"] for override in made} == {"in", "out"}


def test_planner_shares_and_declines(demo, open_as, plan, assert_fits):
    page = open_as("helena", f"{PLANS}/{plan}", ".o_form_view")
    page.click("button[name=action_stop_sharing]")
    page.click("button[name=action_share_for_comment]")
    page.click(".modal footer button:has-text('Share')")
    page.wait_for_selector("button[name=action_stop_sharing]:visible")
    page = open_as("helena", OBJECTIONS, ".o_data_row")
    page.click(".o_data_row:has-text('Switzerland')")
    page.locator("[name=answer] textarea").fill("Zurich is larger")
    page.click("button[name=action_decline]")
    page.wait_for_selector(".o_arrow_button_current:has-text('Declined')")
    page = open_as("claire", OBJECTIONS, ".o_data_row")
    page.wait_for_selector(".o_data_row:has-text('Zurich is larger')")
    assert_fits(page, "answered")


def test_on_a_phone(open_as, plan, assert_fits):
    page = open_as("claire", DRAFTS, ".o_kanban_record", PHONE)
    assert_fits(page, "territories")
    page.click(".o_kanban_record:has-text('Germany, Austria')")
    page.wait_for_selector(".o_kanban_record button[name=action_object]")
    assert_fits(page, "lines")
    record = page.locator(".o_kanban_record:has-text('Austria')").first
    record.locator("button[name=action_object]").click()
    fill_dialog(page, None, "Vienna is near")
    assert_fits(page, "dialog")
    page.click(".modal footer button:has-text('Object')")
    page.wait_for_selector(".o_notification:has-text('is told')")
    page = open_as("claire", OBJECTIONS, ".o_kanban_record", PHONE)
    assert_fits(page, "objections")
    page.click(".o_kanban_record:has-text('Vienna is near')")
    page.click("button[name=action_withdraw]:visible")
    # the phone shows the state as a menu
    page.wait_for_selector(".o_statusbar_status :text-is('Withdrawn'):visible")
    assert_fits(page, "withdrawn")
    page = open_as("helena", f"{PLANS}/{plan}", ".o_form_view", PHONE)
    assert_fits(page, "plan")
