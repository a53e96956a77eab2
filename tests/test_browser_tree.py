"""The tree of a plan as one screen: by keyboard, mouse and touch, by who may."""

import pytest

from tests.screens import LAPTOP, PHONE

pytestmark = pytest.mark.browser

ROWS = ".o_crm_territory_tree_table tbody tr"
NAMES = f"{ROWS} .o_crm_territory_name"


@pytest.fixture
def admin(demo):
    return demo.client()


@pytest.fixture
def draft(admin):
    """A draft of its own: {name: id} of its territories, West above North and South."""
    plan = admin.call("crm.territory.plan", "create", {"name": "Tree of a test"})
    ids = {"plan": plan}
    for name, parent in (("West", None), ("North", "West"), ("South", "West")):
        values = {"name": name, "plan_id": plan, "parent_id": ids.get(parent, False)}
        ids[name] = admin.call("crm.territory", "create", values)
    yield ids
    admin.call("crm.territory.plan", "unlink", [plan])


@pytest.fixture
def open_tree(open_as):
    """A function that opens the tree of the active plan, or of another one."""

    def open_named(login, plan=None, size=LAPTOP):
        page = open_as(login, "territory-tree", ROWS, size)
        if plan:
            page.select_option(".o_crm_territory_plans", str(plan))
            page.wait_for_selector(f"{ROWS}:has-text('West')")
        return page

    return open_named


def row(page, name):
    return page.locator(
        ROWS, has=page.locator(f".o_crm_territory_name :text-is('{name}')")
    )


def wait_until_saved(page):
    page.wait_for_timeout(100)
    page.wait_for_selector(".o_crm_territory_tree_state[data-saved='1']")


def outline(page):
    """What shows: the names, each behind as many dots as its level."""
    wait_until_saved(page)
    return [
        "." * (int(each.get_attribute("aria-level")) - 1)
        + each.locator(".o_crm_territory_name").inner_text().strip()
        for each in page.locator(ROWS).all()
    ]


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
        wait_until_saved(page)


def test_administrator_works_by_keyboard(open_tree, draft, assert_fits):
    page = open_tree("helena", draft["plan"])
    assert outline(page) == ["West", ".North", ".South"]
    row(page, "North").click()
    press(page, "Enter")
    page.keyboard.type("Centre")
    press(page, "Enter")
    assert outline(page) == ["West", ".Centre", ".North", ".South"]
    press(page, "Shift+Enter")
    page.keyboard.type("Old Town")
    press(page, "Enter")
    assert outline(page) == ["West", ".Centre", "..Old Town", ".North", ".South"]
    press(page, "Alt+ArrowLeft", "F2")
    page.keyboard.press("Control+a")
    page.keyboard.type("Harbour")
    press(page, "Enter")
    moved = ["West", ".Centre", ".Harbour", ".North", ".South"]
    assert outline(page) == moved
    press(page, "Alt+ArrowUp")
    assert outline(page) == ["West", ".Harbour", ".Centre", ".North", ".South"]
    assert_fits(page)
    press(page, "Control+z")
    assert outline(page) == moved
    press(page, "Control+z", "Control+z", "Control+z", "Control+z")
    assert outline(page) == ["West", ".North", ".South"]
    press(page, "Control+y", "Control+y", "Control+y", "Control+y", "Control+Shift+z")
    assert outline(page) == ["West", ".Harbour", ".Centre", ".North", ".South"]


def test_type_code_and_member_are_written_in_the_row(open_tree, draft, admin):
    page = open_tree("helena", draft["plan"])
    row(page, "South").click()
    press(page, "F2", "Tab")
    page.select_option("select[aria-label='Type']", label="Geography")
    press(page, "Tab")
    page.keyboard.type("S-1")
    press(page, "Tab")
    page.keyboard.type("Amy")
    page.click(".o-autocomplete--dropdown-item:has-text('Amy')")
    wait_until_saved(page)
    page.wait_for_selector(f"{ROWS}:has-text('Amy Tran')")
    [south] = admin.call("crm.territory", "read", [draft["South"]], ["code", "type_id"])
    assert (south["code"], south["type_id"][1]) == ("S-1", "Geography")
    page.locator(".o_crm_territory_tree_grid").focus()
    press(page, "Control+z")
    assert "Amy" not in row(page, "South").inner_text()


def test_rows_are_dragged(open_tree, draft):
    page = open_tree("helena", draft["plan"])
    row(page, "South").drag_to(row(page, "North"))
    assert outline(page) == ["West", ".North", "..South"]
    target = row(page, "West")
    row(page, "South").drag_to(target, target_position={"x": 200, "y": 2})
    assert outline(page) == ["South", "West", ".North"]


def test_folds_are_remembered(open_tree, draft):
    page = open_tree("helena", draft["plan"])
    row(page, "West").click()
    press(page, "ArrowLeft")
    assert outline(page) == ["West"]
    page.reload()
    page.wait_for_selector(ROWS)
    page.select_option(".o_crm_territory_plans", str(draft["plan"]))
    page.wait_for_selector(f"{ROWS}:has-text('West')")
    assert outline(page) == ["West"]


def test_what_is_refused_is_told_and_shown_as_it_is(open_tree, draft, admin):
    """Somebody else has renamed North, and archived South."""
    page = open_tree("helena", draft["plan"])
    admin.call("crm.territory", "write", [draft["North"]], {"name": "Far North"})
    row(page, "North").click()
    press(page, "F2")
    page.keyboard.type("Near")
    page.keyboard.press("Enter")
    page.wait_for_selector(".modal:has-text('Far North')")
    page.wait_for_selector(".o_notification:has-text('Far North')")
    page.click(".modal .btn-primary")
    assert outline(page) == ["West", ".Far North", ".South"]
    admin.call("crm.territory", "write", [draft["South"]], {"active": False})
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_selector(f"{ROWS}:has-text('South')", state="detached")


def test_what_leaves_is_told(open_tree, draft, admin, assert_fits):
    values = {"territory_id": draft["North"], "country_id": 1}
    admin.call("crm.territory.area", "create", values)
    page = open_tree("helena", draft["plan"])
    row(page, "West").click()
    page.keyboard.press("Delete")
    page.wait_for_selector(".modal:has-text('the 2 territories below')")
    assert_fits(page)
    page.click(".modal .btn-primary")
    page.wait_for_selector(f"{ROWS}", state="detached")
    page.click("button[aria-label='Undo']:not(div)")
    assert outline(page) == ["West", ".North", ".South"]
    row(page, "South").click()
    page.keyboard.press("Delete")
    page.click(".modal .btn-primary:has-text('Delete')")
    assert outline(page) == ["West", ".North"]
    page.locator(".o_crm_territory_tree_grid").focus()
    press(page, "Control+z")
    assert outline(page) == ["West", ".North", ".South"]


def test_manager_adds_members_only(open_tree, assert_fits):
    page = open_tree("claire")
    assert not page.locator("button:text-is('New')").count()
    row(page, "Europe").click()
    assert page.locator("button:text-is('Add Member')").is_visible()
    page.keyboard.press("F2")
    page.keyboard.press("Delete")
    assert not page.locator(".o_crm_territory_input, .modal").count()
    assert_fits(page)


def test_conflicts_and_gaps_are_counted(open_tree, assert_fits):
    page = open_tree("helena")
    page.click("button:has-text('Look for Conflicts')")
    page.wait_for_selector(".o_crm_territory_conflicts")
    assert_fits(page)
    page.locator(".o_crm_territory_conflicts").first.click()
    page.wait_for_selector(".o_group_header")


def test_in_the_form_of_the_plan(open_as, draft, assert_fits):
    page = open_as("helena", f"crm.territory.plan/{draft['plan']}", ROWS)
    assert outline(page) == ["West", ".North", ".South"]
    assert_fits(page)


def test_phone_reads_and_opens(open_tree, assert_fits):
    page = open_tree("claire", size=PHONE)
    assert_fits(page)
    row(page, "Europe").click()
    page.click("button:text-is('Open')")
    page.wait_for_selector(".o_form_view [name='name']:has-text('Europe')")


def test_one_tab_stop(open_tree):
    page = open_tree("helena")
    page.wait_for_timeout(1000)
    grid = page.locator(".o_crm_territory_tree_grid")
    stops = grid.evaluate(
        "el => [...el.querySelectorAll('button, input, select, a')]"
        ".filter((each) => each.tabIndex >= 0).length"
    )
    assert stops == 0
    grid.focus()
    press(page, "ArrowDown", "ArrowDown")
    active = grid.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
