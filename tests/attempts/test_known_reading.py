"""Attempts to read what one may not, and smaller ones, that once succeeded: each as the
user who made it.
"""

import pytest

from tests.attempts import cast

# -- accounts by territory


def test_lead_opens_its_account(world, ask, made_by, by_territory):
    account = world.customers["Monaco"]
    assert ask("reader", "res.partner", "read", [account], ["name"]).is_refused
    made_by("reader", "crm.lead", name="Spy", partner_id=account)
    assert ask("reader", "res.partner", "read", [account], ["name"]).is_refused


def test_own_lead_opens_an_account(world, ask, by_territory):
    account, lead = world.customers["Monaco"], world.lead_of("Tokyo", "reader")
    found = ask("reader", "crm.lead", "write", [lead], {"partner_id": account})
    seen = ask("reader", "res.partner", "read", [account], ["name"])
    if not found.is_refused:
        world.write("crm.lead", lead, partner_id=world.customers["Tokyo"])
    assert seen.is_refused


def test_onchange_tells_of_an_account(world, ask, by_territory):
    names = ("partner_id", "partner_name", "email_from", "phone", "street", "zip")
    specification = {name: {} for name in names}
    values = {"partner_id": world.customers["Monaco"]}
    found = ask(
        "reader", "crm.lead", "onchange", [], values, ["partner_id"], specification
    )
    assert not found.is_fault, found
    assert "AQ" not in str(found.value).upper()


def test_import_opens_an_account(world, ask, by_territory):
    account = world.customers["Monaco"]
    rows = [["Spy", str(account)]]
    found = ask("reader", "crm.lead", "load", ["name", "partner_id/.id"], rows)
    seen = ask("reader", "res.partner", "read", [account], ["name"])
    if not found.is_refused and found.value["ids"]:
        world.call("crm.lead", "unlink", found.value["ids"])
    assert seen.is_refused


# -- two companies


@pytest.mark.parametrize("name", ["writer", "large", "everything", "manager", "other"])
def test_account_of_two_plans_opens(world, ask, name):
    specification = {
        "name": {},
        "territory_ids": {"fields": {"display_name": {}}},
        "territory_why": {},
    }
    ids = [world.customers["Nice"]]
    found = ask(name, "res.partner", "web_read", ids, specification)
    assert not found.is_refused, found
    assert found.value[0]["territory_ids"]
    exported = ask(name, "res.partner", "export_data", ids, ["territory_ids/name"])
    assert not exported.is_refused, exported


@pytest.mark.parametrize("name", ["writer", "manager"])
def test_names_of_the_other_company(world, ask, name):
    account = world.customers["Nice"]
    found = ask(name, "res.partner", "read", [account], ["territory_why"])
    assert "pair_france" not in str(found.value)
    domain = [("partner_id", "=", account)]
    shown = ["display_name", "set_before_id", "set_after_id", "why"]
    found = ask(name, "crm.territory.move", "search_read", domain, shown)
    assert "pair_france" not in str(found.value)


def test_judgements_of_the_other_company(world, ask):
    domain = [("plan_id", "=", world.ids["plan"]["one"])]
    assert not ask("other", "crm.territory.judgement", "search", domain).value


def test_activation_names_the_plan_of_the_other_company(world, ask):
    """Who may not see a plan is not told its name by one that may not be active."""
    plans = world.ids["plan"]
    found = ask("other", "crm.territory.plan", "action_activate", [plans["next"]])
    assert found.is_refused and "Plan one" not in found.message
    found = ask("reader", "crm.territory.plan", "action_activate", [plans["next"]])
    assert found.is_refused and "Plan one" not in found.message


# -- drafts


@pytest.mark.parametrize(
    "model",
    [
        "crm.territory.plan",
        "crm.territory",
        "crm.territory.member",
        "crm.territory.area",
        "crm.territory.rule",
    ],
)
def test_draft_is_read(world, ask, model):
    name = "id" if model == "crm.territory.plan" else "plan_id"
    domain = [(name, "=", world.ids["plan"]["next"])]
    for insider in ("reader", "large", "everything"):
        assert not ask(insider, model, "search", domain).value, insider


def test_simulation_is_read(world, ask):
    for insider in ("reader", "large", "everything"):
        domain = [("is_dry", "=", True)]
        assert not ask(insider, "crm.territory.move", "search", domain).value, insider


# -- smaller ones


def test_who_sees_this_tells_a_name(world, ask, made_by):
    own, hidden = world.lead_of("Tokyo", "reader"), world.lead_of("Monaco", "olga")
    wizard = made_by("reader", "crm.territory.access", lead_id=own)
    assert wizard
    ask("reader", "crm.territory.access", "write", [wizard], {"lead_id": hidden})
    found = ask("reader", "crm.territory.access", "read", [wizard], ["lead_id"])
    assert world.lead_tokens()[hidden] not in str(found.value)


def test_outdated_records_are_counted_for_all(world, ask):
    """What a plan has to catch up with is the planners' to know."""
    domain = [("id", "=", world.ids["plan"]["one"])]
    found = ask(
        "reader", "crm.territory.plan", "search_read", domain, ["outdated_count"]
    )
    assert found.is_refused or not found.value or not found.value[0]["outdated_count"]


def test_manager_keeps_himself(world, ask):
    """Nobody takes the end off his own membership."""
    domain = [("user_id", "=", world.users["small"])]
    [member] = world.call("crm.territory.member", "search", domain)
    end = (cast.TODAY + 9 * cast.DAY).isoformat()
    world.write("crm.territory.member", member, date_end=end)
    ask("small", "crm.territory.member", "write", [member], {"date_end": False})
    kept = world.read("crm.territory.member", member, "date_end") == end
    world.write("crm.territory.member", member, date_end=False)
    assert kept


def test_origin_of_a_target_is_chosen(world, ask):
    """How a target came about is not for who sets it to say."""
    domain = [("territory_id", "=", world.territories["smallest"])]
    target = world.call("crm.territory.forecast.target", "search", domain)[:1]
    for amount in (7999, 7003):
        ask(
            "small",
            "crm.territory.forecast.target",
            "write",
            target,
            {"amount": amount},
            context={"forecast_origin": "spread"},
        )
    log = world.call("crm.territory.forecast.target.change", "search_read", domain)
    assert {row["origin"] for row in log} <= {"typed"}


def test_user_with_a_target_is_deleted(world, made_by):
    user = world.create("res.users", name="Leaver", login="leaver")
    target = world.create(
        "crm.territory.forecast.target",
        forecast_id=world.forecasts["alder"],
        territory_id=world.territories["paris"],
        user_id=user,
        date_start=cast.MONTH.isoformat(),
        amount=1,
    )
    found = world.admin.ask("res.users", "unlink", [user])
    world.call("crm.territory.forecast.target", "unlink", [target])
    world.admin.ask("res.users", "unlink", [user])
    assert found.is_refused and not found.is_fault
    assert "violates" not in found.message, found.message


def test_type_in_use_is_deleted(world):
    kind = world.create("crm.territory.type", name="In use")
    place = world.territories["paris"]
    world.write("crm.territory", place, type_id=kind)
    found = world.admin.ask("crm.territory.type", "unlink", [kind])
    if found.is_refused:
        world.write("crm.territory", place, type_id=False)
        world.call("crm.territory.type", "unlink", [kind])
    assert found.is_refused and not found.is_fault
    assert "violates" not in found.message, found.message


def test_dragged_territory_keeps_its_plan(world, ask):
    """A drop on a territory of another plan moves nothing over in silence."""
    place, other = world.territories["paris"], world.territories["next_france"]
    found = ask("manager", "crm.territory", "write", [place], {"parent_id": other})
    plan = world.read("crm.territory", place, "plan_id")
    if plan != world.ids["plan"]["one"]:
        world.write("crm.territory", place, parent_id=world.territories["france"])
    assert found.is_refused and plan == world.ids["plan"]["one"]


@pytest.mark.parametrize("part", ["member", "rule", "area", "override"])
def test_part_of_nonsense(ask, part):
    for territory in ("x", [1], {"x": 1}, True, 1.5, -1, 2**40):
        values = {"territory_id": territory}
        found = ask("large", f"crm.territory.{part}", "create", values)
        assert found.is_refused and not found.is_fault, found.traceback


REPORTS = (
    "revenue.report",
    "duration.report",
    "stage.report",
    "load.report",
    "coverage.report",
    "map.report",
)


@pytest.fixture(scope="module")
def no_deals_of_a_team(world):
    """A customer's own rule: nobody sees the deals of a team, open or won."""
    leads = [
        id_
        for id_, deal in world.leads.items()
        if (deal.customer, deal.owner) in (("Berlin", "olga"), ("Lyon", "writer"))
    ]
    team = world.create("crm.team", name="Secret", company_id=False)
    world.call("crm.lead", "write", leads, {"team_id": team})
    [model] = world.call("ir.model", "search", [("model", "=", "crm.lead")])
    rule = world.create(
        "ir.rule",
        name="No deals of the team",
        model_id=model,
        domain_force=f"[('team_id', '!=', {team})]",
    )
    yield leads
    world.call("ir.rule", "unlink", [rule])
    world.call("crm.lead", "write", leads, {"team_id": False})


@pytest.mark.parametrize("report", REPORTS)
def test_reports_obey_a_rule_of_the_customer(world, ask, no_deals_of_a_team, report):
    domain = [("lead_id", "in", no_deals_of_a_team)]
    for name in ("reader", "writer", "everything", "manager"):
        assert not ask(name, "crm.lead", "search", [("id", *domain[0][1:])]).value
        found = ask(name, f"crm.territory.{report}", "search", domain)
        assert not found.value, name
