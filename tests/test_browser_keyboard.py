"""By keyboard only: why a record is where it is, and a request is decided. (A plan
becomes active in test_browser_activation; the sheet and the board have theirs in
test_browser_sheet and _board.)
"""

import pytest

from tests.test_browser_sheet import tab_to

pytestmark = pytest.mark.browser

REQUESTS = "action-crm_territory.crm_territory_request_action"
REASON = "Their head office is in Cologne, and they buy there"
# by Tab, through menu, control panel and form
FAR = 150


def press(page, selector):
    """Go to a button by Tab, and press it."""
    page.locator(selector).filter(visible=True).first.wait_for()
    tab_to(page, selector, FAR)
    page.keyboard.press("Enter")


def test_why_and_why_not(no_mouse, demo):
    client = demo.client()
    domain = [("name", "=", "Prairie Power Corp.")]
    [account] = client.call("res.partner", "search", domain, limit=1)
    page = no_mouse("helena", f"res.partner/{account}", ".o_form_view")
    press(page, ".o_notebook_headers a[name='territories']")
    page.wait_for_selector(".o_territory_card[data-territory='US West'] .fa-check")
    tab_to(page, ".o_territory_why_not input", FAR)
    page.keyboard.type("US East")
    page.wait_for_selector(".o-autocomplete--dropdown-item:has-text('US East')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".o_territory_card[data-territory='US East'] .fa-times")


@pytest.fixture
def request_for_elodie(demo):
    """Lena asks for an account of France."""
    admin, lena = demo.client(), demo.client("lena", "lena")
    in_france = [("territory_id.code", "=", "FR-S"), ("is_company", "=", True)]
    [account] = admin.call("res.partner", "search", in_france, limit=1, order="id")
    in_germany = [("name", "=", "Germany South"), ("plan_id.state", "=", "active")]
    [territory] = admin.call("crm.territory", "search", in_germany)
    values = {
        "res_model": "res.partner",
        "res_id": account,
        "territory_id": territory,
        "reason": REASON,
    }
    [dialog] = lena.call("crm.territory.ask", "create", [values])
    lena.call("crm.territory.ask", "action_ask", [dialog])


@pytest.mark.usefixtures("request_for_elodie")
def test_request_is_decided(no_mouse):
    page = no_mouse("elodie", REQUESTS, ".o_data_row")
    row = page.locator(f".o_data_row:has-text('{REASON[:20]}')")
    row.wait_for()
    for _row in range(10):  # down from the search
        page.keyboard.press("ArrowDown")
        if row.evaluate("row => row.contains(document.activeElement)"):
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    press(page, ".o_statusbar_buttons button[name=action_decline]")
    page.locator(".modal [name=reason] textarea").wait_for()
    tab_to(page, ".modal [name=reason] textarea", FAR)
    page.keyboard.type("The contract is signed in Lyon")
    press(page, ".modal footer button.btn-primary")
    page.wait_for_selector(".o_arrow_button_current:has-text('Declined')")
