"""Attempts that once succeeded, each as the user who made it."""

import pytest

from tests.attempts import cast

SECRET = "[('message_ids.mail_server_id.smtp_pass', '=like', 'h%')]"
TODAY = cast.TODAY.isoformat()


@pytest.fixture
def ask(world):
    """A function that asks as somebody, and gives the Answer."""

    def answer(name, model, method, *args, **kwargs):
        return world.callers[name].ask(model, method, *args, **kwargs)

    return answer


@pytest.fixture
def made_by(world, ask):
    """A function that makes a record as somebody: its id, or None when refused. What
    was made is gone after the test.
    """
    made = []

    def make(name, model, /, **values):
        found = ask(name, model, "create", values)
        if found.is_refused:
            assert not found.is_fault, found.traceback
            return None
        id_ = found.value[0] if isinstance(found.value, list) else found.value
        made.append((model, id_))
        return id_

    yield make
    for model, id_ in reversed(made):
        world.admin.ask(model, "unlink", [id_])


@pytest.fixture
def by_territory(world):
    """Accounts are seen by their territories' line."""
    world.show_accounts_to("territory")
    yield
    world.show_accounts_to("everyone")


def lead_of(world, customer, owner):
    [id_] = [
        id_
        for id_, deal in world.leads.items()
        if (deal.customer, deal.owner) == (customer, owner) and not deal.is_won
        if not deal.by_hand
    ]
    return id_


# -- criteria as an oracle


def rules_in_force(world, domain):
    search = [("domain", "=", domain), ("error", "=", False)]
    return world.call("crm.territory.rule", "search", search)


@pytest.mark.parametrize("name", ["small", "large"])
def test_rule_that_is_in_error_and_then_is_not(world, ask, made_by, name):
    place = world.territories["smallest" if name == "small" else "germany"]
    rule = made_by(
        name,
        "crm.territory.rule",
        territory_id=place,
        domain=SECRET,
        is_anywhere=True,
        error="x",
    )
    if rule:
        ask(name, "crm.territory.rule", "write", [rule], {"error": False})
    assert not rules_in_force(world, SECRET)


@pytest.mark.parametrize(
    "change",
    [{"domain": SECRET}, {"active": True}, {"territory_id": "france"}],
    ids=["domain", "unarchive", "move"],
)
def test_rule_that_becomes_effective(world, ask, change):
    """Whoever puts criteria into force answers for what they read."""
    rule = world.create(
        "crm.territory.rule",
        territory_id=world.territories["germany"],
        domain="[('name', '=', 'nobody')]" if "domain" in change else SECRET,
        active="active" not in change,
    )
    change = {key: world.territories.get(value, value) for key, value in change.items()}
    found = ask("large", "crm.territory.rule", "write", [rule], change)
    world.call("crm.territory.rule", "unlink", [rule])
    assert found.is_refused and not found.is_fault


@pytest.mark.parametrize(
    "domain",
    [
        "[('opportunity_ids.expected_revenue', '>', 1000)]",
        "[('opportunity_ids.message_ids.body', 'ilike', 'note')]",
        "[('opportunity_ids', 'any', [('expected_revenue', '>', 1000)])]",
        "[('child_ids.email', 'ilike', 'a')]",
        "[('user_ids.login', 'ilike', 'a')]",
    ],
)
def test_rule_on_hidden_records(world, made_by, domain):
    place = world.territories["germany"]
    assert not made_by("large", "crm.territory.rule", territory_id=place, domain=domain)


@pytest.mark.parametrize("name", ["large", "manager"])
@pytest.mark.parametrize("field", ["message_is_follower", "activity_user_id"])
def test_rule_that_depends_on_its_reader(world, made_by, name, field):
    place, domain = world.territories["germany"], f"[('{field}', '=', 2)]"
    assert not made_by(name, "crm.territory.rule", territory_id=place, domain=domain)


@pytest.mark.parametrize(
    "domain", [r"[('name', '=like', 'Zorro\\')]", "[" + "-" * 90_000 + "1]"]
)
def test_rule_that_stops_saving(world, ask, made_by, domain):
    place = world.territories["germany"]
    found = ask(
        "manager",
        "crm.territory.rule",
        "create",
        {"territory_id": place, "domain": domain},
    )
    assert not found.is_fault, found.traceback
    account = ask("manager", "res.partner", "create", {"name": "Zorro of Berlin"})
    assert not account.is_refused
    world.call("res.partner", "unlink", [account.value])
    if not found.is_refused:
        world.call("crm.territory.rule", "unlink", [found.value])


# -- borders


def test_any_account_is_put_in(world, ask, made_by):
    """Neither the account nor the leads that come with it."""
    lead = lead_of(world, "Lyon", "olga")
    made_by(
        "small",
        "crm.territory.override",
        territory_id=world.territories["smallest"],
        partner_id=world.customers["Lyon"],
        decision="in",
        reason="Ours",
    )
    assert ask("small", "crm.lead", "read", [lead], ["name"]).is_refused


def test_everything_anywhere_below_a_grouping_root(world, made_by):
    place = world.territories["smallest"]
    rule = made_by(
        "small",
        "crm.territory.rule",
        territory_id=place,
        domain="[]",
        is_anywhere=True,
    )
    assert not rule
    country = world.countries["fr"]
    assert not made_by(
        "small", "crm.territory.area", territory_id=place, country_id=country
    )


def test_sibling_is_annexed(world, made_by):
    """Who manages a territory with a border does not move it."""
    member = world.create(
        "crm.territory.member",
        territory_id=world.territories["germany"],
        user_id=world.users["former"],
        is_manager=True,
    )
    area = made_by(
        "former",
        "crm.territory.area",
        territory_id=world.territories["germany"],
        country_id=world.countries["fr"],
    )
    world.call("crm.territory.member", "unlink", [member])
    assert not area


def test_losing_line_is_told_of_an_address(world, ask):
    """A member changes a country, so that he sees the leads: its manager is told."""
    account = world.customers["Monaco"]
    before = _told(world, "small")
    ask("writer", "res.partner", "write", [account], {"country_id": _id(world, "fr")})
    moves = world.call(
        "crm.territory.move",
        "search_read",
        [("partner_id", "=", account)],
        ["user_id"],
        limit=1,
        load=None,
    )
    after = _told(world, "small")
    world.write("res.partner", account, country_id=_id(world, "mc"))
    assert moves[0]["user_id"] == world.users["writer"]
    assert after > before


def _id(world, country):
    return world.countries[country]


def _told(world, name):
    """How many messages and activities somebody has."""
    user = world.users[name]
    partner = world.partners[user]
    messages = [("res_partner_id", "=", partner)]
    return world.call("mail.notification", "search_count", messages) + world.call(
        "mail.activity", "search_count", [("user_id", "=", user)]
    )


# -- what assignment decides


def test_forged_set_brings_a_lead(world, ask):
    account, lead = world.customers["Berlin"], lead_of(world, "Berlin", None)
    paris = world.read("res.partner", world.customers["Paris"], "territory_set_id")
    values = {
        "territory_set_id": paris,
        "territory_id": world.territories["paris"],
    }
    found = ask("writer", "res.partner", "write", [account], values)
    seen = ask("writer", "crm.lead", "search", [("id", "=", lead)])
    kept = world.read("res.partner", account, "territory_set_id") != paris
    if not kept:
        world.write("res.partner", account, zip="10116")
        world.write("res.partner", account, zip="10115")
    assert found.is_refused or kept
    assert not seen.value


def test_lead_is_credited_elsewhere(world, ask):
    lead = lead_of(world, "Tokyo", "reader")
    values = {"territory_id": world.territories["smallest"]}
    ask("reader", "crm.lead", "write", [lead], values)
    found = world.read("crm.lead", lead, "territory_id")
    if found:
        world.write("crm.lead", lead, territory_id=False)
    assert not found


def test_member_of_another_company(world, ask, made_by):
    member = made_by(
        "small",
        "crm.territory.member",
        territory_id=world.territories["smallest"],
        user_id=world.users["otto"],
    )
    assert member
    values = {"company_id": world.ids["company"]["birch"]}
    ask("small", "crm.territory.member", "write", [member], values)
    assert ask("manager", "crm.territory.member", "search", [("id", "=", member)]).value


@pytest.mark.parametrize("model", ["crm.territory", "crm.territory.run"])
def test_other_company_enters_the_active_plan(world, ask, model):
    own = world.territories["iberia"]
    if model == "crm.territory.run":
        own = world.create(model, plan_id=world.ids["plan"]["two"])
    values = {"plan_id": world.ids["plan"]["one"], "parent_id": False}
    if model == "crm.territory.run":
        del values["parent_id"]
    found = ask("other", model, "write", [own], values)
    if not found.is_refused:
        back = {"plan_id": world.ids["plan"]["two"]}
        if model == "crm.territory":
            back["parent_id"] = world.territories["pair"]
        world.call(model, "write", [own], back)
    assert found.is_refused


def test_contradicting_overrides(world, made_by):
    made = [
        made_by(
            "large",
            "crm.territory.override",
            territory_id=world.territories["germany"],
            partner_id=world.customers["Clinic"],
            decision=decision,
            reason="x",
            is_expired=True,
        )
        for decision in ("in", "in", "out")
    ]
    assert len(list(filter(None, made))) <= 1


# -- accounts by territory


def test_lead_opens_its_account(world, ask, made_by, by_territory):
    account = world.customers["Monaco"]
    assert ask("reader", "res.partner", "read", [account], ["name"]).is_refused
    made_by("reader", "crm.lead", name="Spy", partner_id=account)
    assert ask("reader", "res.partner", "read", [account], ["name"]).is_refused


def test_own_lead_opens_an_account(world, ask, by_territory):
    account, lead = world.customers["Monaco"], lead_of(world, "Tokyo", "reader")
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
    own, hidden = lead_of(world, "Tokyo", "reader"), lead_of(world, "Monaco", "olga")
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
