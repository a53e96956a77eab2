"""Conflicts and gaps of a plan, as its administrator looks at them."""

import pytest

from tests.screens import LAPTOP, PHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def open_findings(open_as, find):
    """A function that opens what is found of a plan, from its form."""

    def open_page(login, name, size=LAPTOP):
        [plan] = find(name)
        page = open_as(login, f"crm.territory.plan/{plan}", ".o_form_view", size=size)
        more = page.locator(".o_button_more")
        if more.is_visible():
            more.click()
        page.click("button[name='action_find_conflicts']:visible")
        page.wait_for_selector(".o_group_header, .o_kanban_group")
        page.wait_for_selector(".o_crm_territory_looking", state="detached")
        return page

    return open_page


@pytest.fixture
def find(admin):
    """A function that gives the ids of plans of a name, that are no copies."""

    def ids(name):
        domain = [("name", "=like", f"{name}%"), ("state", "!=", "archived")]
        return admin.call(
            "crm.territory.plan", "search", domain, order="state, id", limit=1
        )

    return ids


@pytest.fixture
def admin(demo):
    return demo.client()


def test_administrator_looks_at_the_active_plan(open_findings, assert_fits):
    page = open_findings("helena", "Worldwide")
    page.wait_for_selector(".o_group_header")
    assert_fits(page, "kinds")
    for header in page.locator(".o_group_header").all()[::-1]:
        header.click()
        page.wait_for_timeout(300)
    page.wait_for_selector(".o_data_row")
    page.set_viewport_size({"width": 1366, "height": 1500})
    assert_fits(page, "all")


def test_administrator_looks_at_next_year(open_findings, assert_fits):
    page = open_findings("helena", "Reorganisation")
    for header in page.locator(".o_group_header").all()[::-1]:
        header.click()
        page.wait_for_timeout(300)
    page.wait_for_selector(".o_data_row")
    page.set_viewport_size({"width": 1366, "height": 1500})
    assert_fits(page, "all")


def test_what_takes_long_comes_later(open_findings, open_as, find):
    """The list is there before the records are matched, and says so; what was found is
    there while it is looked for anew.
    """
    page = open_findings("helena", "Worldwide")
    page.route("**/find_rest", lambda route: held.append(route))
    held = []
    page.go_back()
    page.wait_for_selector(".o_form_view")
    page.click("button[name='action_find_conflicts']:visible")
    page.wait_for_selector(".o_crm_territory_looking")
    page.wait_for_selector(".o_group_header:has-text('Values that Criteria Need')")
    gap = page.locator(".o_group_header:has-text('Several Territories Take the Same')")
    assert not gap.count()
    [route] = held
    route.continue_()
    page.wait_for_selector(".o_crm_territory_looking", state="detached")
    gap.wait_for()
    page.reload()
    page.wait_for_selector(".o_crm_territory_looking")
    gap.wait_for()


def test_on_the_phone(open_findings, assert_fits):
    page = open_findings("helena", "Worldwide", size=PHONE)
    page.wait_for_selector(".o_kanban_view")
    assert_fits(page)


def test_one_click_closes_a_gap(open_findings, admin, find, assert_fits):
    [spain] = admin.call("res.country", "search", [("code", "=", "ES")])
    values = {"name": "Nowhere S.A.", "is_company": True, "country_id": spain}
    account = admin.call("res.partner", "create", values)
    page = open_findings("helena", "Worldwide")
    page.click(".o_group_header:has-text('No Territory Takes It')")
    row = page.locator(".o_data_row:has-text('Spain')")
    row.locator("button[name='action_view_accounts']").click()
    page.wait_for_selector(".o_data_row:has-text('Nowhere S.A.')")
    page.click(".o_breadcrumb a:has-text('Conflicts and Gaps')")
    page.wait_for_selector(".o_group_header:has-text('No Territory Takes It')")
    page.wait_for_timeout(2000)  # it comes back as it was left, or folded
    if not row.is_visible():
        page.click(".o_group_header:has-text('No Territory Takes It')")
    row.locator("button[name='action_add']").click()
    page.wait_for_selector(".o_notification:has-text('Added to')")
    row.wait_for(state="detached")
    assert_fits(page)
    [territory] = admin.call("crm.territory", "search", [("name", "=", "Spain")])
    admin.call("res.partner", "unlink", account)
    admin.call("crm.territory", "unlink", [territory])
