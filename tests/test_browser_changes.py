"""Changes of territories, and access explained, in a real browser."""

import pytest

pytestmark = pytest.mark.browser

OPEN = "(id) => odoo.__WOWL_DEBUG__.root.env.services.action.doAction(id)"


@pytest.fixture
def changed(demo):
    """Rosa, who manages US Central, has changed Texas below it; put back after."""
    client = demo.client("rosa")
    [territory_id] = client.call("crm.territory", "search", [("name", "=", "Texas")])
    [country_id] = client.call("res.country", "search", [("code", "=", "NL")])
    [user_id] = client.call("res.users", "search", [("login", "=", "jonas")])
    client.call(
        "crm.territory",
        "write",
        [territory_id],
        {
            "area_ids": [(0, 0, {"country_id": country_id, "zip_from": "10"})],
            "member_ids": [
                (0, 0, {"user_id": user_id, "date_start": "2027-03-01"}),
            ],
        },
    )
    yield territory_id
    for model, domain in (
        ("crm.territory.area", [("country_id", "=", country_id)]),
        ("crm.territory.member", [("user_id", "=", user_id)]),
    ):
        domain = [("territory_id", "=", territory_id), *domain]
        client.call(model, "unlink", client.call(model, "search", domain))


def test_manager_sees_the_change_and_that_it_waits(open_as, assert_fits, changed):
    page = open_as("rosa", f"crm.territory/{changed}", ".o_form_view")
    page.wait_for_selector(".alert-warning:has-text('criteria of the plan')")
    page.wait_for_selector(".o-mail-Message:has-text('Area added: Netherlands 10')")
    page.wait_for_selector(".o-mail-Message:has-text('from March 1, 2027')")
    assert_fits(page)
    page.locator(
        ".o-mail-Message:has-text('Area added')"
    ).first.scroll_into_view_if_needed()
    assert_fits(page, "chatter")
    page.click("button:has-text('Ask for It')")
    page.wait_for_selector(".o_notification:has-text('has been asked')")
    page.click(".oe_stat_button:has-text('Changes')")
    page.wait_for_selector(".o_data_row:has-text('Netherlands 10')")
    assert_fits(page, "list")


def test_sales_manager_reads_all_changes(open_as, assert_fits, changed):
    page = open_as("helena", "crm?debug=1", ".o_kanban_view")
    page.evaluate(OPEN, "crm_territory.crm_territory_change_action")
    page.wait_for_selector(".o_data_row:has-text('Netherlands 10')")
    assert not page.locator(".o_data_row:has-text('OdooBot')").count()
    assert page.locator(".o_list_button_add").count() == 0
    assert_fits(page, "list")
    page.click("button.o_switch_view.o_pivot")
    page.wait_for_selector(".o_pivot tbody tr")
    assert_fits(page, "pivot")


def choose(page, field, text):
    page.click(f".modal [name={field}] input")
    page.fill(f".modal [name={field}] input", text)
    page.click(f".o-autocomplete--dropdown-item:has-text('{text}') >> nth=0")


def choose_compared(page, label):
    page.click(".modal [name=compare] input, .modal [name=compare] select")
    if page.locator(".modal [name=compare] select").count():
        page.select_option(".modal [name=compare] select", label=label)
    else:
        page.click(f".o_select_menu_item:has-text('{label}')")


def test_sales_manager_asks_why(demo, open_as, assert_fits):
    [lead_id, *_more] = demo.client("helena").call(
        "crm.lead",
        "search",
        [("territory_id.name", "=", "US West"), ("user_id.login", "=", "amy")],
    )
    page = open_as("helena", f"crm.lead/{lead_id}", ".o_form_view")
    page.click(".o_cp_action_menus button:has(.fa-cog)")
    page.click(".o-dropdown--menu :text('Who Sees This')")
    page.wait_for_selector(".modal .o_data_row:has-text('Helena')")
    assert_fits(page, "viewers")
    page.click(".modal button:has-text('Explain for a User')")
    page.wait_for_selector(".modal [name=operation]")
    choose(page, "user_id", "Rosa")
    page.click(".modal footer button:has-text('Explain')")
    page.wait_for_selector(".modal .o_data_row:has-text('Salesperson')")
    assert_fits(page, "layers")
    choose_compared(page, "Another user")
    choose(page, "other_id", "Daniel")
    page.click(".modal footer button:has-text('Explain')")
    page.wait_for_selector(".modal .alert:has-text('Daniel Brooks')")
    assert page.locator(".modal td[name=other_verdict]:has-text('Passed')").count()
    assert_fits(page, "compared")


def test_sales_manager_supposes(open_as, assert_fits):
    page = open_as("helena", "crm?debug=1", ".o_kanban_view")
    page.evaluate(OPEN, "crm_territory.crm_territory_explanation_action")
    page.wait_for_selector(".modal [name=compare]")
    choose(page, "user_id", "Jonas")
    choose_compared(page, "What if the user were a member of")
    choose(page, "territory_id", "US West")
    page.click(".modal footer button:has-text('Explain')")
    page.wait_for_selector(".modal .o_data_row")
    assert_fits(page)
