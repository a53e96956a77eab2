"""Records that leave whoever edits them, in a real browser, as the people of the
demonstration: every edit is saved, what showed the record lets it go, and says where it
went.

Rosa is a member of US West (Amy manages it) and not of US East, in which Boston lies;
Priya is for software wherever it is; Germany South gives what
comes to it to its members.
"""

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

pytestmark = pytest.mark.browser

PIPELINE = "action-crm.crm_lead_opportunities"
SAVED = ".o_notification:has-text('Saved.')"


@pytest.fixture
def admin(demo):
    return demo.client()


@pytest.fixture
def make_deal(admin):
    """A function that makes an opportunity for an account of the demonstration."""

    made = []

    def make(name, account, owner=None, **values):
        [account_id] = admin.call("res.partner", "search", [("name", "=", account)])
        owner_ids = admin.call("res.users", "search", [("login", "=", owner)])
        values = {
            "name": name,
            "type": "opportunity",
            "partner_id": account_id,
            "user_id": owner_ids[0] if owner else False,
            **values,
        }
        [deal_id] = admin.call("crm.lead", "create", [values])
        made.append(deal_id)
        return deal_id

    yield make
    admin.call("crm.lead", "unlink", made)


@pytest.fixture
def read_deal(admin):
    """A function that reads a field of a lead, of the one named if there is no id."""

    def read(deal, field):
        domain = [("id" if isinstance(deal, int) else "name", "=", deal)]
        [row] = admin.call("crm.lead", "search_read", domain, [field])
        value = row[field]
        return value[1] if field.endswith("_id") and value else value

    return read


def choose(page, field, name, within=".o_form_view"):
    """Choose a record in a many2one field."""
    page.fill(f"{within} .o_field_widget[name='{field}'] input", name)
    page.click(f".o-autocomplete--dropdown-item:has-text('{name}')")


def save(page):
    page.click(".o_form_button_save")


@pytest.fixture
def assert_left(assert_fits):
    """A function: the form is closed, the pipeline behind it there, and it is said
    where the record is now.
    """

    def check(page, place):
        page.wait_for_selector(f".o_notification:has-text('Saved. It is now {place}')")
        assert_fits(page, "told")
        page.wait_for_selector(".o_kanban_view .o_kanban_record")
        assert not page.locator(".modal, .o_form_view").count()
        assert_fits(page)

    return check


def test_customer_of_another_territory(open_as, make_deal, read_deal, assert_left):
    deal = make_deal("Leaving by customer", "Prairie Power Corp.", "amy")
    page = open_as("rosa", f"{PIPELINE}/{deal}", ".o_form_view")
    choose(page, "partner_id", "Vanguard Foods Inc.")
    save(page)
    assert_left(page, "in US East (Amy Tran).")
    assert read_deal(deal, "partner_id") == "Vanguard Foods Inc."


def test_product_line_removed(open_as, make_deal, read_deal, admin, assert_left):
    [line] = admin.call("crm.product.line", "search", [("name", "=", "Software")])
    deal = make_deal(
        "Leaving by product",
        "Prairie Power Corp.",
        "amy",
        product_line_ids=[(6, 0, [line])],
    )
    page = open_as("priya", f"{PIPELINE}/{deal}", ".o_form_view")
    page.click(".o_field_widget[name='product_line_ids'] .o_delete")
    save(page)
    assert_left(page, "in US West (Amy Tran).")
    assert not read_deal(deal, "product_line_ids")


def test_new_one_for_another_territory(open_as, read_deal, admin, assert_left):
    page = open_as("amy", f"{PIPELINE}/new", ".o_form_view")
    page.fill(".o_field_widget[name='name'] textarea", "From the fair")
    choose(page, "partner_id", "Hagedorn Handel AG")
    page.fill(".o_field_widget[name='user_id'] input", "")
    page.press(".o_field_widget[name='user_id'] input", "Tab")
    save(page)
    assert_left(page, "in Germany South (")
    assert read_deal("From the fair", "territory_id") == "Germany South"
    deals = admin.call("crm.lead", "search", [("name", "=", "From the fair")])
    admin.call("crm.lead", "unlink", deals)


def test_kept_out_by_the_manager(open_as, make_deal, admin, assert_fits, assert_left):
    deal = make_deal("Leaving by hand", "Prairie Power Corp.", "jonas")
    page = open_as("amy", f"{PIPELINE}/{deal}", ".o_form_view")
    page.click(".o_cp_action_menus .dropdown-toggle")
    page.click(".o-dropdown--menu .o_menu_item:has-text('Assign to Territory')")
    page.check(".modal .o_radio_input[data-value='out']")
    page.fill(".modal .o_field_widget[name='territory_ids'] input", "US West")
    page.click(".o-autocomplete--dropdown-item:has-text('US West')")
    page.fill(".modal .o_field_widget[name='reason'] input", "Theirs")
    assert_fits(page, "wizard")
    page.click(".modal footer button:has-text('Keep Out'):visible")
    assert_left(page, "in Energy and Water (Jonas Keller).")
    kept_out = [("lead_id", "=", deal), ("decision", "=", "out")]
    assert admin.call("crm.territory.override", "search_count", kept_out) == 1


@pytest.fixture
def editable_list(admin):
    """The list of opportunities is edited in place, as a customer may have it."""
    [parent] = admin.call(
        "ir.ui.view",
        "search",
        [("model", "=", "crm.lead"), ("name", "=", "crm.lead.list.opportunity")],
        order="id",
        limit=1,
    )
    arch = """
        <xpath expr="/list" position="attributes">
            <attribute name="editable">bottom</attribute>
        </xpath>
    """
    values = {"name": "editable", "model": "crm.lead", "arch": arch}
    view = admin.call("ir.ui.view", "create", [{**values, "inherit_id": parent}])
    yield
    admin.call("ir.ui.view", "unlink", view)


def test_row_of_a_list(open_as, make_deal, read_deal, editable_list, assert_fits):
    """Its salesperson gives one away in the list, and goes on with the next row."""
    first = make_deal("Leaving row one", "Hagedorn Handel AG", "owen")
    second = make_deal("Leaving row two", "Hagedorn Handel AG", "owen")
    page = open_as("owen", PIPELINE, ".o_kanban_view")
    find(page, "Leaving row")
    page.click("button.o_switch_view.o_list")
    row = page.locator(".o_data_row", has_text="Leaving row one")
    row.locator("td[name='user_id']").click()
    page.fill(".o_selected_row [name='user_id'] input", "Daniel")
    page.click(".o-autocomplete--dropdown-item:has-text('Daniel Brooks')")
    page.locator(".o_data_row", has_text="Leaving row two").locator(
        "td[name='expected_revenue']"
    ).click()
    page.wait_for_selector(SAVED)
    row.wait_for(state="detached")
    assert_fits(page)
    assert page.locator(".o_selected_row").count() == 1
    page.keyboard.press("Escape")
    assert read_deal(first, "user_id") == "Daniel Brooks"
    assert read_deal(second, "user_id") == "Owen Price"


def test_several_rows_of_a_list(open_as, make_deal, read_deal, assert_fits):
    deals = [make_deal(f"Leaving rows {n}", "Hagedorn Handel AG", "owen") for n in "ab"]
    page = open_as("owen", PIPELINE, ".o_kanban_view")
    find(page, "Leaving rows")
    page.click("button.o_switch_view.o_list")
    page.wait_for_selector(".o_data_row")
    page.click("thead .o_list_record_selector input")
    row = page.locator(".o_data_row").first
    row.locator("td[name='user_id']").click()
    page.fill(".o_selected_row [name='user_id'] input", "Daniel")
    page.click(".o-autocomplete--dropdown-item:has-text('Daniel Brooks')")
    page.click(".modal footer .btn-primary")
    page.wait_for_selector(".o_notification:has-text('2 of them are now')")
    row.wait_for(state="detached")
    assert_fits(page)
    for deal in deals:
        assert read_deal(deal, "user_id") == "Daniel Brooks"


def find(page, words):
    """Search the pipeline."""
    page.fill(".o_searchview_input", words)
    page.press(".o_searchview_input", "Enter")
    page.wait_for_selector(f".o_searchview_facet:has-text('{words}')")


def group_by_salesperson(page):
    page.click(".o_searchview_dropdown_toggler")
    page.click(".o_group_by_menu .o_menu_item:has-text('Salesperson')")
    page.keyboard.press("Escape")


def grab(page, card):
    """Take a card by the mouse. Odoo follows it frame by frame: where the page is slow,
    or has just been drawn, one has to try again.
    """
    for _attempt in range(5):
        card.hover()
        page.mouse.down()
        box = card.bounding_box()
        page.mouse.move(box["x"] + 30, box["y"] + 30, steps=15)
        try:
            page.wait_for_selector(".o_kanban_record.o_dragged", timeout=5_000)
            return
        except PlaywrightTimeoutError:
            page.mouse.move(0, 0)  # let go on the card, it would be opened
            page.mouse.up()
    pytest.fail("the card is not dragged")


def test_card_dragged(open_as, make_deal, read_deal, assert_fits):
    """From one's own column to that of a colleague."""
    given = make_deal("Leaving card one", "Hagedorn Handel AG", "amy")
    make_deal("Leaving card two", "Ironwood Financial Inc.", "daniel")
    page = open_as("amy", PIPELINE, ".o_kanban_view")
    find(page, "Leaving card")
    group_by_salesperson(page)
    column = page.locator(".o_kanban_group", has_text="Leaving card two")
    column.wait_for()
    grab(page, page.locator(".o_kanban_record", has_text="Leaving card one"))
    box = column.locator(".o_kanban_record").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 30, steps=15)
    column.and_(page.locator(".o_kanban_hover")).wait_for()
    page.mouse.up()
    page.wait_for_selector(SAVED)
    page.wait_for_selector(
        ".o_kanban_record:has-text('Leaving card one')", state="detached"
    )
    page.wait_for_selector(".o_kanban_record:has-text('Leaving card two')")
    assert_fits(page)
    assert read_deal(given, "user_id") == "Daniel Brooks"


def test_card_made_in_the_column_of_nobody(open_as, make_deal, read_deal, assert_fits):
    waiting = make_deal("Leaving cards", "Ironwood Financial Inc.")
    page = open_as("amy", PIPELINE, ".o_kanban_view")
    find(page, "Leaving cards")
    group_by_salesperson(page)
    page.click(".o_kanban_group.o_column_folded")
    column = page.locator(".o_kanban_group", has_text="Leaving cards")
    column.locator(".o_kanban_quick_add").click()
    form = ".o_kanban_quick_create"
    choose(page, "partner_id", "Hagedorn Handel AG", form)
    name = f"{form} .o_field_widget[name='name'] input"
    # Odoo names it after the customer: else that would come after what is typed
    page.wait_for_function("(input) => document.querySelector(input).value", arg=name)
    page.fill(name, "Leaving cards too")
    page.click(f"{form} .o_kanban_add")
    page.wait_for_selector(SAVED)
    assert_fits(page)
    assert read_deal("Leaving cards too", "territory_id") == "Germany South"
    assert not page.locator(".o_kanban_record", has_text="Leaving cards too").count()
    assert waiting


def test_reader_writes_a_note(open_as, make_deal, read_deal, assert_fits):
    """Jonas reads what Energy and Water holds, and may not change it."""
    deal = make_deal("Leaving a note", "Prairie Power Corp.", "amy")
    page = open_as("jonas", f"{PIPELINE}/{deal}", ".o_form_view")
    page.wait_for_selector(".alert:has-text('Read-only')")
    page.click(".o-mail-Chatter-logNote")
    page.fill(".o-mail-Composer-input", "Called them, they will decide in May")
    page.click(".o-mail-Composer-send")
    page.wait_for_selector(".o-mail-Message:has-text('Called them')")
    page.click(".o-mail-Chatter-activity")
    page.click(".modal footer button:has-text('Save'):visible")
    page.wait_for_selector(".o-mail-Activity:has-text('Jonas Keller')")
    assert_fits(page)
    assert read_deal(deal, "user_id") == "Amy Tran"
