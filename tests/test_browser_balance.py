"""Territories are balanced in a real browser, by the sales manager of the
demonstration.
"""

import pytest

from .screens import PHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def balance(demo):
    admin = demo.client()
    number = admin.call(
        "ir.model.data",
        "search_read",
        [("name", "=", "balance_reorganisation")],
        ["res_id"],
    )[0]["res_id"]
    yield number
    state = admin.call("crm.territory.balance", "read", [number], ["state"])[0]
    if state["state"] == "applied":
        admin.call("crm.territory.balance", "action_take_back", [number])


PATH = "action-crm_territory.crm_territory_balance_action/{}"


def test_proposed_looked_at_and_applied(open_as, balance, assert_fits):
    page = open_as("helena", PATH.format(balance), ".o_form_view")
    assert_fits(page, "balance measured")
    page.click("button[name='action_propose']:visible")
    page.wait_for_selector(".alert-success:visible", timeout=90_000)
    assert "every" in page.locator(".alert-success:visible").inner_text()
    page.click(".o_notebook_headers a[name='moves']")
    page.wait_for_selector(".o_field_widget[name='move_ids'] .o_data_row")
    assert_fits(page, "balance moves")
    page.click(".o_notebook_headers a[name='territories']")
    rows = page.locator(".o_field_widget[name='share_ids'] .o_data_row")
    rows.first.wait_for()
    assert rows.count() == 6  # three territories, two measures
    assert_fits(page, "balance territories")
    page.click(".o_notebook_headers a[name='people']")
    page.wait_for_selector(".o_field_widget[name='person_ids'] .o_data_row")
    assert_fits(page, "balance salespeople")
    page.click(".o_notebook_headers a[name='moves']")
    tick = ".o_field_widget[name='move_ids'] [name='is_taken'] .form-check >> nth=0"
    page.click(tick)
    page.click(".o_form_button_save")
    page.wait_for_selector(".alert-warning:visible:has-text('moves are ticked')")
    assert_fits(page, "balance chosen")
    page.click(tick)
    page.click(".o_form_button_save")
    page.wait_for_selector(".alert-success:visible:has-text('No proposal has fewer')")
    page.click("button[name='action_apply']:visible")
    page.click(".modal-footer .btn-primary")
    page.wait_for_selector("button[name='action_take_back']:visible")
    page.click("button[name='action_view_shares']:visible")
    page.wait_for_selector(".o_pivot")
    assert_fits(page, "balance before and after")


def test_on_a_phone(open_as, balance, assert_fits):
    page = open_as("helena", PATH.format(balance), ".o_form_view", size=PHONE)
    assert_fits(page, "balance phone")


def test_salespeople_have_no_balance(open_as, demo):
    with pytest.raises(Exception, match="not allowed|AccessError|access"):
        demo.client("amy").call("crm.territory.balance", "search", [])
