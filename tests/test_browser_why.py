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


@pytest.fixture
def locked(admin, find):
    """An account that is unlocked when the test is over."""
    account = find("res.partner", "Prairie Power Corp.")
    yield account
    admin.call("res.partner", "write", [account], {"territory_is_locked": False})


def test_account_is_locked(open_territories, admin, locked, assert_fits):
    page = open_territories("helena", "Prairie Power Corp.")
    page.click(".o_field_widget[name='territory_is_locked'] input")
    page.click(".o_form_button_save")
    page.wait_for_selector(".o_territory_why .alert:has-text('It is locked')")
    page.locator(".o_territory_why").scroll_into_view_if_needed()
    assert_fits(page)
    [row] = admin.call("res.partner", "read", [locked], ["territory_is_locked"])
    assert row["territory_is_locked"]


def test_salesperson_cannot_lock(open_territories):
    page = open_territories("nina", "Prairie Power Corp.")
    lock = page.locator(".o_field_widget[name='territory_is_locked'] input")
    assert lock.is_disabled()


def test_who_had_it_when(open_territories, assert_fits):
    page = open_territories("helena", "Prairie Power Corp.")
    page.click("button:has-text('Who Had It When')")
    page.wait_for_selector(".o_list_view .o_data_row:has-text('US West')")
    assert_fits(page)


def test_what_a_territory_had_on_a_day(open_as, find, assert_fits):
    territory = find("crm.territory", "US West")
    page = open_as("helena", f"crm.territory/{territory}", ".o_form_view")
    page.click(".oe_stat_button:has-text('History')")
    page.wait_for_selector(".o_list_view .o_data_row")
    page.fill(".o_searchview_input", "12/31/2026")
    page.wait_for_selector(".o_searchview_autocomplete :text('As Of')")
    page.press(".o_searchview_input", "Enter")
    page.wait_for_selector(".o_searchview_facet:has-text('12/31/2026')")
    page.wait_for_selector(".o_list_view .o_data_row")
    assert_fits(page)


def test_undone_run_says_what_it_left(open_as, admin, assert_fits):
    plans = admin.call("crm.territory.plan", "search", [("state", "=", "active")])
    [korea] = admin.call("res.country", "search", [("code", "=", "KR")])
    accounts = [
        admin.call(
            "res.partner",
            "create",
            {"name": name, "is_company": True, "country_id": korea},
        )
        for name in ("Seoul Trading", "Busan Harbour")
    ]
    values = {"name": "Korea", "plan_id": plans[0]}
    values["area_ids"] = [(0, 0, {"country_id": korea})]
    territory = admin.call("crm.territory", "create", values)
    run = admin.call("crm.territory.run", "create", {"plan_id": plans[0]})
    admin.call("crm.territory.run", "run_to_end", [run])
    admin.call("res.partner", "write", accounts[:1], {"territory_is_locked": True})
    page = open_as("helena", f"crm.territory.run/{run}", ".o_form_view")
    page.click("button[name='action_undo']")
    page.click(".modal footer .btn-primary")
    page.wait_for_selector(".alert:has-text('This run was undone')")
    assert_fits(page, "run")
    page.click("button[name='action_view_left']")
    page.wait_for_selector(".o_data_row:has-text('it is locked')")
    assert_fits(page, "left")
    admin.call("res.partner", "unlink", accounts)
    admin.call("crm.territory", "unlink", [territory])
