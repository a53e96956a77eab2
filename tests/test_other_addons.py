"""Beside other addons: what they expect of a change of territory, and what an addon
that extends ours can do. Real servers, real users.
"""

import re

import pytest
import requests

from ground import paths, python_env

OF_ODOO = ("base_automation", "hr", "website_crm")
OF_OTHERS = ("auditlog", "crm_territory_distance")
PASSWORD = "other-addons-1"


class World:
    """A plan with territories, and people, beside other addons."""

    def __init__(self, server):
        self.server = server
        self.admin = server.client()
        self.plan = self.create("crm.territory.plan", name="World")
        self.users = {name: self._user(name) for name in ("amy", "ben", "lea")}
        self.france, self.germany = (
            self.create(
                "crm.territory",
                name=code,
                plan_id=self.plan,
                area_ids=[(0, 0, {"country_id": self.ref(f"base.{code}")})],
            )
            for code in ("fr", "de")
        )
        self.call("crm.territory.plan", "action_activate", [self.plan])
        self.run()

    def call(self, model, method, *arguments, **options):
        return self.admin.call(model, method, *arguments, **options)

    def create(self, model, **values):
        return self.call(model, "create", values)

    def write(self, model, id_, **values):
        return self.call(model, "write", [id_], values)

    def read(self, model, id_, *names):
        [found] = self.call(model, "read", [id_], list(names))
        values = [found[name] for name in names]
        return values[0] if len(names) == 1 else values

    def ref(self, xml_id):
        module, name = xml_id.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        [row] = self.call("ir.model.data", "search_read", domain, ["res_id"])
        return row["res_id"]

    def model_id(self, model):
        return self.call("ir.model", "search", [("model", "=", model)])[0]

    def field_id(self, model, name):
        domain = [("model", "=", model), ("name", "=", name)]
        return self.call("ir.model.fields", "search", domain)[0]

    def _user(self, name):
        return self.create(
            "res.users",
            name=name.title(),
            login=name,
            password=PASSWORD,
            email=f"{name}@example.com",
            group_ids=[(4, self.ref("sales_team.group_sale_salesman"))],
        )

    def account(self, country, **values):
        country = self.ref(f"base.{country}")
        return self.create(
            "res.partner", name="Account", is_company=True, country_id=country, **values
        )

    def lead(self, account=False, **values):
        values = {"user_id": False, "team_id": False} | values
        return self.create(
            "crm.lead", name="Deal", type="opportunity", partner_id=account, **values
        )

    def delete_waiting(self):
        """Nobody has had a turn by what other tests left."""
        waiting = self.call("crm.lead", "search", [("user_id", "=", False)])
        self.call("crm.lead", "unlink", waiting)

    def run(self, **values):
        run = self.create("crm.territory.run", plan_id=self.plan, **values)
        figures = self.call("crm.territory.run", "run_to_end", [run])
        assert figures["state"] == "done"
        return run


@pytest.fixture(scope="module")
def world(make_server):
    folders = [paths.ROOT, paths.ROOT / "tests" / "addons", python_env.peer_addons()]
    path = ["--addons-path", ",".join(map(str, folders))]
    server = make_server(
        extra=OF_ODOO, options=[*path, "-i", ",".join(OF_OTHERS), "--without-demo=all"]
    )
    yield World(server)
    server.stop()


# -- what listens to changes


def test_automation_rule_sees_moves(world):
    """Of a lead that follows its account, of one put in by hand, and of a run."""
    seen = world.create("crm.tag", name="Moved to France")
    rule = world.create(
        "base.automation",
        name="Into France",
        model_id=world.model_id("crm.lead"),
        trigger="on_create_or_write",
        trigger_field_ids=[(6, 0, [world.field_id("crm.lead", "territory_id")])],
        filter_pre_domain=f"[('territory_id', '!=', {world.france})]",
        filter_domain=f"[('territory_id', '=', {world.france})]",
    )
    world.create(
        "ir.actions.server",
        name="Tag",
        base_automation_id=rule,
        model_id=world.model_id("crm.lead"),
        state="code",
        code=f"records.write({{'tag_ids': [(4, {seen})]}})",
    )
    japan = world.ref("base.jp")
    follows, by_hand, by_run = (world.lead(world.account("jp")) for _number in range(3))
    [account] = world.read("crm.lead", follows, "partner_id")[:1]
    world.write("res.partner", account, country_id=world.ref("base.fr"))
    assert world.read("crm.lead", follows, "tag_ids") == [seen]
    world.create(
        "crm.territory.override",
        lead_id=by_hand,
        territory_id=world.france,
        reason="Asked for",
    )
    assert world.read("crm.lead", by_hand, "tag_ids") == [seen]
    area = world.create(
        "crm.territory.area", territory_id=world.france, country_id=japan
    )
    assert world.read("crm.lead", by_run, "tag_ids") == []
    world.run()
    assert world.read("crm.lead", by_run, "tag_ids") == [seen]
    world.call("crm.territory.area", "unlink", [area])
    world.call("base.automation", "unlink", [rule])
    world.run()


def test_chatter_tells_of_moves(world):
    lead = world.lead(world.account("de"))

    def told():
        domain = [("mail_message_id.model", "=", "crm.lead")]
        domain += [("mail_message_id.res_id", "=", lead)]
        domain += [("field_id.name", "=", "territory_id")]
        found = world.call(
            "mail.tracking.value",
            "search_read",
            domain,
            ["old_value_char", "new_value_char"],
            order="id",
        )
        return [(row["old_value_char"], row["new_value_char"]) for row in found]

    [account] = world.read("crm.lead", lead, "partner_id")[:1]
    world.write("res.partner", account, country_id=world.ref("base.fr"))
    assert told() == []
    world.call("ir.config_parameter", "set_param", "crm_territory.track_moves", "True")
    world.write("res.partner", account, country_id=world.ref("base.de"))
    assert told() == [("fr", "de")]
    area = world.create(
        "crm.territory.area",
        territory_id=world.france,
        country_id=world.ref("base.de"),
    )
    world.run()
    world.call("crm.territory.area", "unlink", [area])
    world.run()
    assert len(told()) >= 1
    world.call("ir.config_parameter", "set_param", "crm_territory.track_moves", False)


def test_auditlog_sees_moves(world):
    """Each move once, whether somebody wrote the record, or it followed, or a run."""
    rules = [
        world.create("auditlog.rule", name=model, model_id=world.model_id(model))
        for model in ("res.partner", "crm.lead")
    ]
    world.call("auditlog.rule", "set_to_confirmed", rules)

    def logged(model, id_):
        domain = [("log_id.model_id.model", "=", model), ("log_id.res_id", "=", id_)]
        domain += [("log_id.method", "=", "write"), ("field_name", "=", "territory_id")]
        found = world.call(
            "auditlog.log.line",
            "search_read",
            domain,
            ["old_value_text", "new_value_text"],
            order="id",
        )
        names = re.compile(r"'(\w+)'")
        return [
            tuple(
                (names.findall(row[name] or "") or [None])[0]
                for name in ("old_value_text", "new_value_text")
            )
            for row in found
        ]

    account = world.account("jp")
    lead = world.lead(account)
    world.write("res.partner", account, country_id=world.ref("base.fr"))
    assert logged("res.partner", account) == [(None, "fr")]
    assert logged("crm.lead", lead) == [(None, "fr")]
    area = world.call(
        "crm.territory.area", "search", [("territory_id", "=", world.france)]
    )
    world.call(
        "crm.territory.area",
        "write",
        area,
        {"country_id": world.ref("base.uk")},
    )
    world.run()
    assert logged("res.partner", account) == [(None, "fr"), ("fr", None)]
    assert logged("crm.lead", lead) == [(None, "fr"), ("fr", None)]
    world.call(
        "crm.territory.area", "write", area, {"country_id": world.ref("base.fr")}
    )
    world.call("auditlog.rule", "set_to_draft", rules)
    world.run()


# -- leads of the web form


@pytest.fixture
def in_turn(world):
    """The leads of France go to its members in turn, and to its team."""
    world.delete_waiting()
    team = world.create("crm.team", name="Web", user_id=world.users["lea"])
    of_france = world.create("crm.team", name="Team of France")
    members = [
        world.create(
            "crm.territory.member", territory_id=world.france, user_id=world.users[name]
        )
        for name in ("amy", "ben")
    ]
    world.write(
        "crm.territory", world.france, owner_policy="round_robin", team_id=of_france
    )
    world.call("ir.config_parameter", "set_param", "crm.lead.auto.assignment", False)
    # the designer of the website lets visitors tell their country
    allowed = ["country_id"]
    world.call("ir.model.fields", "formbuilder_whitelist", "crm.lead", allowed)
    [website] = world.call("website", "search", [], limit=1)
    world.write("website", website, crm_default_team_id=team, crm_default_user_id=False)
    yield website
    world.write("crm.territory", world.france, owner_policy="none", team_id=False)
    world.call("crm.territory.member", "unlink", members)


def post_form(world, **values):
    """The contact form of the website, as a visitor sends it; the lead's id."""
    answer = requests.post(
        f"{world.server.url}/website/form/crm.lead",
        data={
            "contact_name": "Nina",
            "email_from": "nina@example.com",
            "name": "A question",
            **values,
        },
        timeout=60,
    )
    return answer.json()["id"]


def test_web_form(world, in_turn):
    france = world.ref("base.fr")
    owners = [
        world.read("crm.lead", post_form(world, country_id=france), "user_id")[0]
        for _number in range(4)
    ]
    amy, ben, lea = (world.users[name] for name in ("amy", "ben", "lea"))
    assert owners == [amy, ben, amy, ben]
    # elsewhere, Odoo's choice holds, until it is known where it comes from
    lead = post_form(world)
    assert world.read("crm.lead", lead, "user_id")[0] == lea
    world.write("crm.lead", lead, country_id=france)
    assert world.read("crm.lead", lead, "user_id")[0] == amy


def test_web_form_whose_salesperson_was_chosen(world, in_turn):
    lea = world.users["lea"]
    world.write("website", in_turn, crm_default_user_id=lea)
    lead = post_form(world, country_id=world.ref("base.fr"))
    assert world.read("crm.lead", lead, "user_id")[0] == lea


def test_web_form_where_the_plan_lets_leaders_have_them(world, in_turn):
    world.write("crm.territory.plan", world.plan, replaces_leader=False)
    lead = post_form(world, country_id=world.ref("base.fr"))
    assert world.read("crm.lead", lead, "user_id")[0] == world.users["lea"]
    world.write("crm.territory.plan", world.plan, replaces_leader=True)


# -- Employees


def test_reports_to_the_manager_of_the_employee(world):
    amy, ben, lea = (world.users[name] for name in ("amy", "ben", "lea"))
    boss = world.create("hr.employee", name="Ben", user_id=ben)
    employee = world.create("hr.employee", name="Amy", user_id=amy, parent_id=boss)
    assert world.read("res.users", amy, "reports_to_id")[0] == ben
    world.write("hr.employee", employee, parent_id=False)
    assert world.read("res.users", amy, "reports_to_id") is False
    # whom somebody chose holds where Employees says nothing
    world.write("res.users", amy, reports_to_id=lea)
    world.write("hr.employee", employee, parent_id=boss)
    assert world.read("res.users", amy, "reports_to_id")[0] == ben
    world.write("hr.employee", employee, parent_id=False)
    assert world.read("res.users", amy, "reports_to_id")[0] == lea


def test_circle_of_employees_of_two_companies(world):
    """Employees may be above each other in two companies: hr's own write goes on."""
    amy, ben = (world.users[name] for name in ("amy", "ben"))
    company = world.create("res.company", name="Second")
    for user in (amy, ben):
        world.write("res.users", user, company_ids=[(4, company)])
    world.call(
        "hr.employee",
        "unlink",
        world.call("hr.employee", "search", [("user_id", "in", [amy, ben])]),
    )
    first = {u: world.create("hr.employee", name="One", user_id=u) for u in (amy, ben)}
    second = {
        u: world.create("hr.employee", name="Two", user_id=u, company_id=company)
        for u in (amy, ben)
    }
    world.write("hr.employee", first[amy], parent_id=first[ben])
    world.write("hr.employee", second[ben], parent_id=second[amy])
    leads = world.server.client("amy", PASSWORD).call("crm.lead", "search", [])
    assert isinstance(leads, list)


# -- addons that extend ours


def test_place_of_another_kind(world):
    """What lies within a distance, of accounts and of leads, with its reason."""
    lyon = world.create("crm.territory", name="Around Lyon", parent_id=world.france)
    world.create(
        "crm.territory.circle",
        territory_id=lyon,
        name="Lyon",
        latitude=45.764,
        longitude=4.8357,
        radius=100,
    )
    near = {"partner_latitude": 45.4397, "partner_longitude": 4.3872}  # Saint-Étienne
    far = {"partner_latitude": 48.8566, "partner_longitude": 2.3522}  # Paris
    account = world.account("fr", **near)
    lead = world.lead(account)
    assert world.read("res.partner", account, "territory_ids") == [lyon]
    assert world.read("crm.lead", lead, "territory_ids") == [lyon]
    assert (
        world.read("res.partner", account, "territory_why")
        == "Around Lyon: within 100 km of Lyon"
    )
    world.write("res.partner", account, **far)
    assert world.read("res.partner", account, "territory_ids") == [world.france]
    alone = world.lead(
        country_id=world.ref("base.fr"), latitude=45.4397, longitude=4.3872
    )
    assert world.read("crm.lead", alone, "territory_ids") == [lyon]
    world.write("crm.lead", alone, latitude=48.8566)
    assert world.read("crm.lead", alone, "territory_ids") == [world.france]
    world.write("res.partner", account, **near)
    world.run()
    assert world.read("crm.lead", lead, "territory_ids") == [lyon]


def test_owner_policy_of_another_kind(world):
    members = [
        world.create(
            "crm.territory.member",
            territory_id=world.germany,
            user_id=world.users[name],
            capacity=2,
        )
        for name in ("ben", "amy")
    ]
    world.delete_waiting()
    world.write("crm.territory", world.germany, owner_policy="seniority")
    account = world.account("de")
    owners = [
        world.read("crm.lead", world.lead(account), "user_id") for _number in range(5)
    ]
    ben, amy = world.users["ben"], world.users["amy"]
    assert [owner and owner[0] for owner in owners] == [ben, ben, amy, amy, False]
    world.write("crm.territory", world.germany, owner_policy="none")
    world.call("crm.territory.member", "unlink", members)


def test_plan_that_covers_more(world):
    company = world.create("res.company", name="Daughter")
    theirs = world.account("fr", company_id=company)
    assert world.read("res.partner", theirs, "territory_ids") == []
    world.write("crm.territory.plan", world.plan, also_company_ids=[(4, company)])
    world.run()
    assert world.read("res.partner", theirs, "territory_id")[0] == world.france
