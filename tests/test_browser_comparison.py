"""A plan is simulated and compared in a real browser, as a sales manager."""

import pytest

from .screens import PHONE

pytestmark = pytest.mark.browser

DONE = ".o_crm_territory_outcomes"


@pytest.fixture
def admin(demo):
    return demo.client()


@pytest.fixture
def next_year(admin):
    """The draft for next year, and how many simulations it had."""
    domain = [("state", "=", "draft"), ("name", "like", "Worldwide")]
    [plan] = admin.call("crm.territory.plan", "search", domain)
    before = admin.call("crm.territory.run", "search", [("plan_id", "=", plan)])
    yield plan
    made = [("plan_id", "=", plan), ("id", "not in", before)]
    runs = admin.call("crm.territory.run", "search", made)
    admin.call("crm.territory.run", "unlink", runs)


def test_draft_is_simulated_by_one_click(open_as, next_year, assert_fits):
    page = open_as("helena", f"crm.territory.plan/{next_year}", ".o_form_view")
    page.click("button[name='action_simulate']:visible")
    page.wait_for_selector(f"{DONE}:visible")
    page.wait_for_selector("[name=comparison_territory_ids] .o_data_row")
    assert_fits(page, "territories")
    page.click(".o_notebook_headers a[name='by_salesperson']")
    page.wait_for_selector("[name=comparison_user_ids] .o_data_row")
    assert_fits(page, "people")
    page.click(".o_crm_territory_figure:has-text('Moved') button")
    page.wait_for_selector(".o_list_view .o_data_row")
    assert_fits(page, "moved")
    page.go_back()
    page.wait_for_selector(f"{DONE}:visible")
    page.click("button[name='action_view_comparison']")
    page.wait_for_selector(".o_pivot tbody tr")
    assert_fits(page, "pivot")
    page.go_back()
    page.wait_for_selector(f"{DONE}:visible")
    page.click("button[name='action_view_territories']")
    page.wait_for_selector(".o_list_view .o_data_row")
    assert_fits(page, "all territories")
    page.click("button.o_switch_view.o_graph")
    page.wait_for_selector(".o_graph_renderer canvas")
    assert_fits(page, "graph")


def test_draft_is_simulated_on_the_phone(open_as, next_year, assert_fits):
    path = f"crm.territory.plan/{next_year}"
    page = open_as("helena", path, ".o_form_view", size=PHONE)
    if not page.locator("button[name='action_simulate']:visible").count():
        page.click(".o_statusbar_buttons button[title='More']")
    page.click("button[name='action_simulate']:visible")
    page.wait_for_selector(f"{DONE}:visible")
    card = page.locator("[name=comparison_territory_ids] .o_kanban_record").first
    card.wait_for()
    assert_fits(page, "figures")
    card.scroll_into_view_if_needed()
    assert_fits(page, "territories")
    page.click(".o_notebook_headers a[name='by_salesperson']")
    person = page.locator("[name=comparison_user_ids] .o_kanban_record").first
    person.wait_for()
    person.scroll_into_view_if_needed()
    assert_fits(page, "people")


@pytest.fixture
def korea(admin):
    """A territory of the active plan that takes an account, not applied yet."""
    [plan] = admin.call("crm.territory.plan", "search", [("state", "=", "active")])
    [country] = admin.call("res.country", "search", [("code", "=", "KR")])
    account = admin.call(
        "res.partner",
        "create",
        {"name": "Seoul Trading", "is_company": True, "country_id": country},
    )
    values = {"name": "Korea", "plan_id": plan}
    values["area_ids"] = [(0, 0, {"country_id": country})]
    territory = admin.call("crm.territory", "create", values)
    before = admin.call("crm.territory.run", "search", [])
    yield plan, account, country
    made = admin.call("crm.territory.run", "search", [("id", "not in", before)])
    admin.call("crm.territory.run", "unlink", made)
    admin.call("res.partner", "unlink", [account])
    admin.call("crm.territory", "unlink", [territory])
    run = admin.call("crm.territory.run", "create", {"plan_id": plan})
    admin.call("crm.territory.run", "run_to_end", [run])
    admin.call("crm.territory.run", "unlink", [run])


def test_old_simulation_is_not_applied(open_as, admin, korea, assert_fits):
    plan, account, _country = korea
    page = open_as("helena", f"crm.territory.plan/{plan}", ".o_form_view")
    page.click(".o_statusbar_buttons button[name='action_simulate']")
    page.wait_for_selector(f"{DONE}:visible")
    page.wait_for_selector("[name=comparison_territory_ids] :text('Korea')")
    assert not page.locator(".alert:has-text('since')").is_visible()
    page.wait_for_timeout(1100)
    [france] = admin.call("res.country", "search", [("code", "=", "FR")])
    admin.call("res.partner", "write", [account], {"country_id": france})
    page.reload()
    page.wait_for_selector(".alert:has-text('Records changed since')")
    assert_fits(page, "old")
    page.click("button[name='action_apply']")
    page.click(".modal footer .btn-primary")
    page.wait_for_selector(".modal:has-text('such as “Seoul Trading”')")
    assert_fits(page, "refused")
    page.click(".modal button:has-text('Simulate Again')")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(f"{DONE}:visible")
    page.wait_for_selector(".alert:has-text('since')", state="hidden")
    assert_fits(page, "again")
    page.click("button[name='action_apply']")
    page.click(".modal footer .btn-primary")
    page.wait_for_selector(".o_form_view h1:has-text('Run of')")
    page.wait_for_selector(
        ".o_statusbar_status .o_arrow_button_current:has-text('Done')"
    )
