"""The dashboards in a real browser: what their cells say, against plain Python."""

from datetime import UTC, date, datetime, timedelta
from statistics import fmean, median

import pytest

from tests.boards import board_of_this_year
from tests.dashboards import CELLS, DASHBOARD, FORECAST, LOADED, MODEL
from tests.screens import LAPTOP, PHONE

pytestmark = pytest.mark.browser

FIELDS = (
    "type won_status active expected_revenue prorated_revenue date_closed"
    " date_deadline create_date date_open date_conversion territory_id user_id"
).split()
PERIOD = timedelta(days=90)
# in the page: whether a figure is hidden behind what pulses
IS_COVERED = """
    getComputedStyle(document.querySelector(".o-figure"), "::after").content !== "none"
"""


def shown_figures(page):
    """{label: (figure, what it is compared with)} of the sheet behind the dashboard."""
    page.wait_for_function(LOADED)
    cells = page.evaluate(CELLS)
    assert not [cell for cell in cells if cell["type"] == "error"]
    values = {
        (cell["col"], cell["row"]): cell["value"]
        for cell in cells
        if cell["sheet"] == "Data"
    }
    return {
        label: (values.get((1, row)), values.get((2, row)))
        for (col, row), label in values.items()
        if col == 0 and row
    }


class Leads:
    """The leads that a user may read, and what the dashboard is to say of them."""

    def __init__(self, leads):
        self.leads = leads
        self.today = datetime.now(UTC).date()

    def figures(self):
        last, before = self.today, self.today - PERIOD
        won, lost = self.closed("won", last), self.closed("lost", last)
        won_before, lost_before = (
            self.closed("won", before),
            self.closed("lost", before),
        )
        year_before = self.closed("won", self.today, years=1)
        pending = self.pending()
        deals = [lead for lead in pending if lead["type"] == "opportunity"]
        overdue = [lead for lead in deals if self.is_overdue(lead)]
        return {
            "Won": (amount(won), amount(year_before)),
            "Open Pipeline": (amount(deals), amount(deals, "prorated_revenue")),
            "Win Rate": (rate(won, lost), rate(won_before, lost_before)),
            "Average Deal": (average(won), average(won_before)),
            "Median Days to Win": (median_days(won), median_days(won_before)),
            "Overdue": (len(overdue), amount(overdue)),
            "No Salesperson": (sum(not lead["user_id"] for lead in pending), None),
        }

    def closed(self, status, last, years=0):
        """Those closed in the 90 days up to ``last``, so many years earlier."""

        def day(lead):
            closed = date.fromisoformat(lead["date_closed"][:10])
            return closed.replace(year=closed.year + years)

        return [
            lead
            for lead in self.leads
            if lead["type"] == "opportunity"
            and lead["won_status"] == status
            and last - PERIOD < day(lead) <= last
        ]

    def pending(self):
        return [
            lead
            for lead in self.leads
            if lead["won_status"] == "pending" and lead["active"]
        ]

    def is_overdue(self, lead):
        return (lead["date_deadline"] or "9999") < str(self.today)


def amount(leads, field="expected_revenue"):
    return sum(lead[field] for lead in leads)


def rate(won, lost):
    """In percent: what it is compared with differs by points."""
    return 100 * len(won) / len(won + lost) if won + lost else None


def average(leads):
    return fmean(lead["expected_revenue"] for lead in leads) if leads else None


def median_days(leads):
    def days(lead):
        starts = (lead["create_date"], lead["date_open"], lead["date_conversion"])
        start = min(datetime.fromisoformat(start) for start in starts if start)
        return (datetime.fromisoformat(lead["date_closed"]) - start).total_seconds()

    known = [days(lead) / 86400 for lead in leads]
    known = [number for number in known if number >= 0]
    return median(known) if known else None


def assert_figures(shown, expected):
    for label, figures in expected.items():
        for one, other in zip(shown[label], figures, strict=True):
            assert (one or 0) == pytest.approx(other or 0, abs=0.01), label


@pytest.mark.parametrize("login", ["claire", "amy"])
def test_dashboard_tells_of_what_one_may_read(demo, open_as, login):
    page = open_as(login, DASHBOARD, ".o-scorecard")
    client = demo.client(login, login)
    everything = [("active", "in", [True, False])]
    leads = client.call("crm.lead", "search_read", everything, FIELDS)
    expected = Leads(leads).figures()
    assert expected["Won"][0]
    assert_figures(shown_figures(page), expected)


def europe_of(client):
    [europe] = client.call(
        "crm.territory",
        "search",
        [("code", "=", "EU"), ("plan_id.state", "=", "active")],
    )
    return europe


def choose_territory(page, territory_id, name):
    page.wait_for_function(LOADED)
    page.evaluate(
        f"(value) => {MODEL}.dispatch('SET_GLOBAL_FILTER_VALUE', value)",
        {"id": "territory", "value": {"operator": "in", "ids": [territory_id]}},
    )
    page.wait_for_selector(f".o_searchview_facet:has-text('{name}')")


def test_dashboard_filters_by_territory_and_what_is_below(demo, open_as):
    page = open_as("helena", DASHBOARD, ".o-scorecard")
    client = demo.client("helena", "helena")
    europe = europe_of(client)
    leads = client.call(
        "crm.lead",
        "search_read",
        [("active", "in", [True, False]), ("territory_id", "child_of", europe)],
        FIELDS,
    )
    choose_territory(page, europe, "Europe")
    assert_figures(shown_figures(page), Leads(leads).figures())


def test_dashboard_opens_what_it_tells(open_as):
    page = open_as("claire", DASHBOARD, ".o-scorecard")
    page.wait_for_function(LOADED)
    page.click(".o-scorecard >> nth=7")  # inactive accounts
    page.wait_for_selector(".o_breadcrumb:has-text('Accounts Without Activity')")


# -- the forecast's


def board_figures(client, territory_id=False):
    """What the board says of this year: its topmost territories, added up."""
    board = board_of_this_year(client, territory_id)
    top = [
        row["total"]
        for row in board["rows"]
        if row["territory_id"] and not row["user_id"] and not row["parent"]
    ]
    target, achieved, pipeline, weighted = (
        sum(total[name] or 0 for total in top)
        for name in ("target", "achieved", "open", "weighted")
    )
    return {
        "Target": (target, None),
        "Achieved": (achieved, target),
        "Open Pipeline": (pipeline, weighted),
        "Achieved %": (achieved / target, None),
        "Shortage %": (max(0, target - achieved - pipeline) / target, None),
        "Closing Gap": (target - achieved, None),
        "Uncovered Gap": (target - achieved - weighted, None),
        "Coverage": (pipeline / (target - achieved), None),
        "Expected Landing": (achieved + weighted, None),
    }


@pytest.mark.parametrize("login", ["claire", "amy"])
def test_forecast_dashboard_tells_what_the_board_does(demo, open_as, login):
    page = open_as(login, FORECAST, ".o-scorecard")
    expected = board_figures(demo.client(login, login))
    assert expected["Achieved"][0]
    assert_figures(shown_figures(page), expected)


def test_forecast_dashboard_filters_by_territory_and_what_is_below(demo, open_as):
    page = open_as("helena", FORECAST, ".o-scorecard")
    client = demo.client("helena", "helena")
    europe = europe_of(client)
    choose_territory(page, europe, "Europe")
    assert_figures(shown_figures(page), board_figures(client, europe))


# -- without data


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("dashboard", [DASHBOARD, FORECAST])
def test_figures_pulse_until_they_are_there(open_as, browser_page, dashboard, size):
    held = []
    let_go = []

    def hold(route):
        if let_go:
            route.continue_()
        else:
            held.append(route)

    browser_page.route("**/call_kw/crm.*/**", hold)
    page = open_as("amy", dashboard, ".o_territory_waiting[aria-busy] .o-figure", size)
    assert page.evaluate(IS_COVERED)
    assert held
    let_go.append(True)
    for route in held:
        route.continue_()
    page.wait_for_selector(".o_content:not(.o_territory_waiting) .o-figure")
    assert not page.evaluate(IS_COVERED)
    page.wait_for_function(LOADED)


def test_dashboards_of_an_empty_database_are_samples(make_server, browser_page, log_in):
    server = make_server()
    client = server.client()
    everything = [("active", "in", [True, False])]
    client.call("crm.lead", "unlink", client.call("crm.lead", "search", everything))
    log_in(browser_page, server, "admin")
    for dashboard, label in ((DASHBOARD, "Won"), (FORECAST, "Target")):
        browser_page.goto(f"{server.url}/odoo/{dashboard}")
        browser_page.wait_for_selector(".o-scorecard")
        assert shown_figures(browser_page)[label][0]
