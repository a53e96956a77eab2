"""A request in a real browser: who wants an account, who has it, and what each sees."""

import pytest

pytestmark = pytest.mark.browser

ACCOUNTS = "action-crm_territory.crm_territory_account_action"
REQUESTS = "action-crm_territory.crm_territory_request_action"


@pytest.fixture
def account(demo):
    """An account in Lyon or Marseille: (id, name)."""
    client = demo.client()
    [found] = client.call(
        "res.partner",
        "search_read",
        [("territory_id.code", "=", "FR-S"), ("is_company", "=", True)],
        ["name"],
        limit=1,
        order="id desc",
    )
    return found["id"], found["name"]


def test_request_is_made_and_accepted(open_as, account, assert_fits):
    account_id, name = account
    page = open_as("lena", f"{ACCOUNTS}/{account_id}", ".o_form_view")
    page.click(".o_cp_action_menus .fa-cog")
    page.click(".o-dropdown-item:has-text('Request…')")
    dialog = page.locator(".modal .o_form_view")
    dialog.locator(f"[name=record_name]:has-text('{name}')").wait_for()
    dialog.locator("[name=territory_id] input").fill("Germany")
    page.click(".o-autocomplete--dropdown-item a >> nth=0")
    dialog.locator("[name=reason] textarea").fill("Their head office is in Cologne")
    assert_fits(page, "wizard")
    page.click(".modal footer button:has-text('Request')")
    page.wait_for_selector(".o_notification:has-text('decides')")
    assert_fits(page, "requested")

    page = open_as("elodie", REQUESTS, ".o_data_row")
    page.click(".o-mail-ActivityMenu-container button, .o_menu_systray .fa-clock-o")
    page.wait_for_selector(".o-mail-ActivityMenu:has-text('Territory Request')")
    assert_fits(page, "activity")
    page.click(".o-mail-ActivityMenu :text('Territory Request')")
    page.click(f".o_data_row:has-text('{name}')")
    page.wait_for_selector(
        ".o_form_view .o_statusbar_buttons button:has-text('Accept')"
    )
    assert_fits(page, "form")
    page.click(".o_statusbar_buttons button:has-text('Accept')")
    page.click(".modal footer button:has-text('Accept')")
    page.wait_for_selector(".o_arrow_button_current:has-text('Accepted')")
    assert_fits(page, "accepted")
    page.click("button[name=action_open_record]")
    page.click(".o_notebook .nav-link:has-text('Territories')")
    page.wait_for_selector(".o_form_view [name=territory_ids]:has-text('Germany')")


def test_request_is_declined(open_as, demo, assert_fits):
    """The request of the demonstration, by the manager of US Central."""
    page = open_as("rosa", REQUESTS, ".o_data_row")
    assert_fits(page, "list")
    page.click(".o_data_row:has-text('US West')")
    page.click(".o_statusbar_buttons button:has-text('Decline')")
    page.locator(".modal [name=reason] textarea").fill("Dallas signs")
    assert_fits(page, "dialog")
    page.click(".modal footer button:has-text('Decline')")
    page.wait_for_selector(".o_arrow_button_current:has-text('Declined')")
    assert_fits(page, "declined")


def test_setting_of_addresses(open_as, assert_fits):
    page = open_as("admin", "action-crm.crm_config_settings_action", ".o_setting_box")
    setting = page.locator("#territory_addresses_by_line")
    setting.scroll_into_view_if_needed()
    setting.locator("text=Request").or_(setting).first.wait_for()
    assert_fits(page, "settings")
