"""A plan that takes the place of another, in a real browser: the dialog, what is seen
meanwhile, its approval by another administrator.
"""

import pytest

from tests.screens import LAPTOP, PHONE
from tests.test_browser_keyboard import press

pytestmark = pytest.mark.browser

PLANS = "action-crm_territory.crm_territory_plan_action"
BOARD = ("forecast-board", ".o_crm_territory_board_table tbody")
SHEET = ("territory-targets", ".o_crm_territory_sheet_table tbody tr")
SIZES = {"laptop": LAPTOP, "phone": PHONE}
ACTIVATE = "button[name=action_introduce]:visible"


@pytest.fixture
def demo(make_demo):
    """A server of its own: which plan is active changes there."""
    server = make_demo()
    yield server
    server.stop()


@pytest.fixture
def drafted(reorganisation):
    """The id of the draft plan of next year."""
    return reorganisation


def read(server, plan, *names):
    return server.client().call("crm.territory.plan", "read", [plan], names)[0]


def test_activated_by_two_buttons(demo, no_mouse, open_as, drafted, assert_fits):
    """By keyboard only."""
    page = no_mouse("helena", f"{PLANS}/{drafted}", ".o_form_view")
    assert_fits(page, "draft")
    press(page, "button[name=action_introduce]")
    button = page.locator(".modal footer button[name=action_activate]")
    button.wait_for()
    assert button.inner_text().startswith("Activate and Archive “Worldwide")
    page.locator(".modal [name=gain_ids] .o_data_row").first.wait_for()
    assert_fits(page, "dialog")
    press(page, ".modal footer button[name=action_activate]")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".o_arrow_button_current:has-text('Done')", timeout=120_000)
    assert_fits(page, "run")
    assert read(demo, drafted, "state")["state"] == "active"
    page = open_as("helena", f"{PLANS}/{drafted}", ".o_form_view")
    assert_fits(page, "active")
    assert not page.locator(".o_crm_territory_introduction:visible").count()


def test_meanwhile(demo, open_as, drafted, assert_fits):
    """While records are judged, plan and boards say so."""
    demo.client().call("crm.territory.plan", "introduce", [drafted])
    for name, size in SIZES.items():
        page = open_as("helena", f"{PLANS}/{drafted}", ".o_form_view", size)
        mark = page.locator(".o_crm_territory_introduction:visible")
        mark.wait_for()
        assert "what the plan before gives" in mark.inner_text()
        assert_fits(page, f"plan {name}")
        for screen, (path, selector) in {"board": BOARD, "sheet": SHEET}.items():
            page = open_as("helena", path, selector, size)
            mark = page.locator(".o_crm_territory_introduction")
            mark.wait_for()
            assert "Reorganisation" in mark.inner_text()
            assert "these are the figures of “Worldwide" in mark.inner_text()
            assert_fits(page, f"{screen} {name}")
    [run] = read(demo, drafted, "introduction_run_id")["introduction_run_id"][:1]
    demo.client().call("crm.territory.run", "run_to_end", [run])
    page = open_as("helena", *BOARD)
    assert not page.locator(".o_crm_territory_introduction").count()


def test_approved_by_somebody_else(demo, open_as, drafted, assert_fits):
    admin = demo.client()
    page = open_as("admin", "action-crm.crm_config_settings_action", ".o_setting_box")
    page.locator("#territory_plan_approval").scroll_into_view_if_needed()
    page.locator("#territory_plan_approval input").check()
    assert_fits(page, "setting")
    page.click(".o_form_button_save")
    # the client loads itself anew
    page.wait_for_selector(".o_field_widget:has-text('Unsaved')", state="detached")
    page.wait_for_timeout(3000)
    needed = admin.call(
        "ir.config_parameter", "get_param", "crm_territory.plan_approval"
    )
    assert needed == "True"

    page = open_as("helena", f"{PLANS}/{drafted}", ".o_form_view")
    page.click(ACTIVATE)
    page.locator(".modal footer button[name=action_ask]").wait_for()
    assert not page.locator(".modal button[name=action_activate]:visible").count()
    assert_fits(page, "ask")
    page.click(".modal footer button[name=action_ask]")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".alert:visible:has-text('Waits for approval')")
    assert_fits(page, "asked")

    page = open_as("admin", f"{PLANS}/{drafted}", ".o_form_view")
    page.click(ACTIVATE)
    page.locator(".modal footer button[name=action_approve]").wait_for()
    assert_fits(page, "approve")
    page.click(".modal footer button[name=action_approve]")
    page.wait_for_selector(".o_arrow_button_current:has-text('Done')", timeout=120_000)
    assert read(demo, drafted, "state")["state"] == "active"
