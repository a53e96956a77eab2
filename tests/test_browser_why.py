"""Why a record is in its territories, in a real browser, as the people of the
demonstration.
"""

import pytest

from .screens import PHONE

pytestmark = pytest.mark.browser

CARD = ".o_territory_card[data-territory='{}']"


@pytest.fixture
def admin(demo):
    return demo.client()


@pytest.fixture
def find(admin):
    """A function that gives the id of a record by its name."""

    def id_of(model, name, **values):
        domain = [("name", "=", name), *((k, "=", v) for k, v in values.items())]
        return admin.call(model, "search", domain)[0]

    return id_of


@pytest.fixture
def open_territories(open_as, find):
    """A function that opens the territories of an account."""

    def open_page(login, account, **options):
        partner = find("res.partner", account)
        page = open_as(login, f"res.partner/{partner}", ".o_form_view", **options)
        page.click(".o_notebook_headers a[name='territories']")
        page.wait_for_selector(".o_territory_why")
        return page

    return open_page


def choose(page, selector, name):
    page.fill(f"{selector} input", name)
    page.click(f".o-autocomplete--dropdown-item:has-text('{name}')")


def test_manager_asks_why_and_why_not(open_territories, assert_fits):
    page = open_territories("helena", "Prairie Power Corp.")
    page.wait_for_selector(f"{CARD.format('US West')} .o_territory_step .fa-check")
    page.locator(".o_territory_why").scroll_into_view_if_needed()
    assert_fits(page, "why")
    choose(page, ".o_territory_why_not", "US East")
    card = page.locator(CARD.format("US East")).first
    card.locator(".fa-times").first.wait_for()
    page.locator(".o_territory_why").scroll_into_view_if_needed()
    assert_fits(page, "why not")


def test_salesperson_on_the_phone(open_territories, assert_fits):
    page = open_territories("amy", "Prairie Power Corp.", size=PHONE)
    page.wait_for_selector(CARD.format("US West"))
    page.locator(".o_territory_why").scroll_into_view_if_needed()
    assert_fits(page)


def test_nowhere_says_what_to_do(open_territories, admin, assert_fits):
    [spain] = admin.call("res.country", "search", [("code", "=", "ES")])
    values = {"name": "Nowhere S.A.", "is_company": True, "country_id": spain}
    account = admin.call("res.partner", "create", values)
    page = open_territories("helena", "Nowhere S.A.")
    page.wait_for_selector(".o_territory_advice:has-text('Spain')")
    page.locator(".o_territory_why").scroll_into_view_if_needed()
    assert_fits(page)
    admin.call("res.partner", "unlink", account)


def test_plan_is_tried(open_as, admin, assert_fits):
    [plan] = admin.call("crm.territory.plan", "search", [("state", "=", "active")])
    page = open_as("helena", f"crm.territory.plan/{plan}", ".o_form_view")
    page.click("button:has-text('Test'):visible")
    choose(page, ".modal .o_field_widget[name='partner_id']", "Prairie Power Corp.")
    page.wait_for_selector(f".modal {CARD.format('US West')}")
    assert_fits(page)


def test_rule_is_tried_before_it_is_saved(open_as, admin, assert_fits):
    [rule] = admin.call(
        "crm.territory.rule", "search", [("applies_to", "=", "account")], limit=1
    )
    page = open_as("helena", f"crm.territory.rule/{rule}", ".o_form_view")
    choose(page, ".o_field_widget[name='tried_partner_id']", "Prairie Power Corp.")
    page.wait_for_selector(".o_territory_checks .fa")
    assert_fits(page)
    page.click(".o_form_button_cancel")
