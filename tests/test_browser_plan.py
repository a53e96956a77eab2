"""The form of a draft plan, in a real browser: what it opens that changes nothing."""

import pytest

from tests.screens import LAPTOP, PHONE

pytestmark = pytest.mark.browser

PLANS = "action-crm_territory.crm_territory_plan_action"
SIZES = {"laptop": LAPTOP, "phone": PHONE}


def test_dialog_of_activation_on_a_phone(open_as, reorganisation, assert_fits):
    page = open_as("helena", f"{PLANS}/{reorganisation}", ".o_form_view", PHONE)
    page.click("button[name=action_introduce]:visible")
    page.locator(".modal footer button[name=action_activate]").wait_for()
    assert_fits(page, "dialog")
    page.locator(
        ".modal [name=when] .form-check:has-text('On the start date') input"
    ).check()
    page.locator(".modal .o_field_widget[name=date_start]").wait_for()
    page.wait_for_selector(".modal footer :text('Activate on the Start Date')")
    assert_fits(page, "on a date")


@pytest.mark.parametrize("size", SIZES)
def test_as_of_a_day(open_as, reorganisation, assert_fits, size):
    page = open_as("helena", f"{PLANS}/{reorganisation}", ".o_form_view", SIZES[size])
    if size == "phone":
        page.click(".o_statusbar_buttons button[title=More]")
    page.click("button:has-text('As of a Day'):visible")
    page.locator(".modal [name=member_ids] .o_data_row").first.wait_for()
    assert_fits(page, "members")
    page.locator(".modal .o_notebook .nav-link:has-text('By Hand')").click()
    assert_fits(page, "by hand")
