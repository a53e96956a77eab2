"""The demonstration has what its screens show: a past, one forecast, work to do."""

from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture(scope="module")
def helena(demo):
    return demo.client("helena")


@pytest.fixture(scope="module")
def our_leads(demo):
    """The ids of the leads and opportunities that the demonstration brings."""
    found = demo.client().call(
        "ir.model.data",
        "search_read",
        [("module", "=", "crm_territory"), ("model", "=", "crm.lead")],
        ["res_id"],
    )
    return [line["res_id"] for line in found]


def test_leads_are_older_than_their_installation(helena, our_leads):
    yesterday = (datetime.now(UTC) - timedelta(hours=20)).strftime("%F %T")
    domain = [("id", "in", our_leads), ("active", "in", [True, False])]
    assert len(our_leads) > 200
    young = [*domain, ("create_date", ">", yesterday)]
    assert helena.call("crm.lead", "search_count", young) == 0
    backwards = helena.call(
        "crm.lead",
        "search_read",
        [*domain, ("date_closed", "!=", False)],
        ["create_date", "date_closed"],
    )
    assert backwards
    assert all(lead["create_date"] < lead["date_closed"] for lead in backwards)


def test_opportunities_went_through_stages(helena):
    groups = helena.call(
        "crm.territory.stage.report",
        "formatted_read_group",
        [("lead_id.won_status", "=", "won")],
        ["stage_id"],
        ["days:avg"],
    )
    assert len(groups) == 3
    assert all(group["days:avg"] > 1 for group in groups)


def test_some_accounts_sleep_and_most_do_not(helena):
    accounts, inactive = (
        helena.call("crm.territory.coverage.report", "search_count", domain)
        for domain in (
            [("kind", "=", "account")],
            [("kind", "=", "account"), ("is_inactive", "=", True)],
        )
    )
    assert 0 < inactive < accounts / 2


def test_one_forecast_of_a_name(helena):
    forecasts = helena.call("crm.territory.forecast", "search_read", [], ["name"])
    names = sorted(forecast["name"] for forecast in forecasts)
    assert names == ["Deals Won", "Revenue"]


def test_own_company_is_in_no_territory(helena):
    [company] = helena.call("res.company", "search_read", [], ["partner_id"], limit=1)
    own = [("id", "=", company["partner_id"][0])]
    assert helena.call("res.partner", "search_count", own) == 1
    inside = [*own, ("territory_ids", "!=", False)]
    assert helena.call("res.partner", "search_count", inside) == 0


def test_there_is_something_to_decide(helena):
    def count(model, *domain):
        return helena.call(model, "search_count", list(domain))

    assert count("crm.territory.request", ("state", "=", "open"))
    assert count("crm.territory.objection", ("state", "=", "new")) == 2
    assert count("crm.territory.run", ("is_dry", "=", True), ("state", "=", "done")) > 1
    assert count("crm.territory.plan", ("state", "=", "draft")) > 1
    waiting = ("user_id", "=", False), ("territory_id.owner_policy", "!=", "none")
    assert count("crm.lead", *waiting)
    tomorrow = datetime.now(UTC).strftime("%F")
    assert count("crm.territory.member", ("date_start", ">", tomorrow)) > 1


def test_salespeople_have_the_menu_of_leads(demo):
    amy = demo.client("amy")
    assert amy.call("res.users", "has_group", [amy.uid], "crm.group_use_lead")
