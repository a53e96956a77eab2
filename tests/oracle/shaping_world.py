"""A world to shape: in the database, and the same in plain Python."""

from datetime import timedelta

from odoo import Command, fields

from .access import Lead, Member, Partner, Team, Territory, User, World
from .access_world import GROUPS
from .shaping import Ground

# {plan: {territory: (parent, permission, country of its area, object of its rule)}}
TREES = {
    "Main": {
        "World": (None, "read", None, None),
        "Europe": ("World", "write", "de fr", None),
        "Germany": ("Europe", "read", "de", None),
        "Berlin": ("Germany", "read", None, "account"),
        "France": ("Europe", "write", "fr", None),
        "Opened": ("World", "read", None, None),
        "Asia": ("Opened", "read", "jp", None),
        "Tokyo": ("Asia", "read", None, "lead"),
        "Shut": ("World", "read", None, None),
        "Brazil": ("Shut", "read", "br", None),
        "Rio": ("Brazil", "read", None, "opportunity"),
        "Deals": (None, "read", None, "opportunity"),
        "Named": ("Deals", "read", None, "account"),
    },
    "Next": {
        "Idea": (None, "write", "us", None),
        "Below idea": ("Idea", "read", None, "account"),
    },
    "Second": {
        "North": (None, "write", "no", None),
        "Oslo": ("North", "read", None, "account"),
    },
}
MANAGED = ("World", "Europe", "Germany", "Opened", "Tokyo", "Shut", "Brazil", "Deals")
JOINED = ("Europe", "Germany", "France", "Asia", "Named")
COUNTRIES = ("de", "fr", "jp", "br", "us")


class ShapingWorld:
    """``world`` and ``ground`` for the oracle; ids of users and territories by name."""

    def __init__(self, env):
        self.env = env
        self.world = World(today=fields.Date.today())
        self.ground = Ground()
        self.users, self.territories, self.plans = {}, {}, {}
        main = env.ref("base.main_company")
        self.companies = {"1": main, "2": env["res.company"].create({"name": "Two"})}
        self._make_users()
        self._make_tree()
        self._make_members()
        self._make_records()
        self.read_records()

    # -- users

    def _specs(self):
        """{name: (kind, companies)}"""
        specs = {f"manager of {name}": ("own", "1") for name in MANAGED}
        specs |= {f"member of {name}": ("own", "1") for name in JOINED}
        for when in ("past", "future", "first day", "last day"):
            specs[f"{when} manager of Europe"] = ("own", "1")
        specs["manager of Europe with all"] = ("all", "1")
        specs["manager of Europe without sales"] = ("internal", "1")
        specs["manager of North"] = ("own", "12")
        specs["manager of Idea"] = ("own", "1")
        specs["administrator 1"] = ("manager", "1")
        specs["administrator 2"] = ("manager", "2")
        specs["administrator 12"] = ("manager", "12")
        specs["all"] = ("all", "12")
        for name in ("leader", "seller", "other", "responsible", "planner", "named"):
            specs[name] = ("own", "1")
        specs["internal"] = ("internal", "1")
        return specs

    def _make_users(self):
        specs = self._specs()
        created = self.env["res.users"].create(
            [
                {
                    "name": name,
                    "login": f"shaping {name}",
                    "company_id": self.companies[companies[0]].id,
                    "company_ids": [
                        Command.set([self.companies[key].id for key in companies])
                    ],
                    "group_ids": [Command.set(self.env.ref(GROUPS[kind]).ids)],
                }
                for name, (kind, companies) in specs.items()
            ]
        )
        for user, (name, (kind, companies)) in zip(created, specs.items(), strict=True):
            self.users[name] = user
            self.world.users[user.id] = User(
                id=user.id,
                name=name,
                kind=kind,
                companies=frozenset(self.companies[key].id for key in companies),
                partner=user.partner_id.id,
                edits_contacts=kind == "manager",
            )
        team = self.env["crm.team"].create(
            {"name": "shaping", "user_id": self.users["leader"].id}
        )
        self.env["crm.team.member"].create(
            {"crm_team_id": team.id, "user_id": self.users["seller"].id}
        )
        self.world.teams.append(
            Team(self.users["leader"].id, True, frozenset([self.users["seller"].id]))
        )

    # -- plans

    def _make_tree(self):
        plans = self.env["crm.territory.plan"]
        plans.search([("state", "=", "active")]).state = "archived"
        for plan_name, tree in TREES.items():
            company = self.companies["2" if plan_name == "Second" else "1"]
            plan = plans.create({"name": plan_name, "company_id": company.id})
            self.plans[plan_name] = plan
            plan.user_id = self.users[self._responsible(plan_name)]
            for name, spec in tree.items():
                self._make_territory(plan, name, *spec)
            if plan_name != "Next":
                plan.state = "active"
        self.plans["Next"].shared_user_ids = self.users["named"]
        self.territories["Opened"].is_open_to_managers = True
        self.ground.opened.add(self.territories["Opened"].id)
        for plan_name, tree in TREES.items():
            for name in tree:
                self._know_territory(plan_name, self.territories[name])

    @staticmethod
    def _responsible(plan):
        return {"Main": "responsible", "Next": "planner"}.get(plan, "administrator 2")

    def _make_territory(self, plan, name, parent, permission, countries, applies_to):
        territory = self.env["crm.territory"].create(
            {
                "name": name,
                "plan_id": plan.id,
                "parent_id": self.territories[parent].id if parent else False,
                "permission": permission,
                "area_ids": [
                    Command.create({"country_id": self.env.ref(f"base.{key}").id})
                    for key in (countries or "").split()
                ],
                "rule_ids": [
                    Command.create(
                        {"applies_to": applies_to, "domain": "[('city', '=', 'X')]"}
                    )
                ]
                if applies_to
                else [],
            }
        )
        self.territories[name] = territory
        if countries or applies_to == "account":
            self.ground.bordered.add(territory.id)

    def _know_territory(self, plan_name, territory):
        self.world.territories[territory.id] = Territory(
            id=territory.id,
            name=territory.name,
            parent=territory.parent_id.id or None,
            permission=territory.permission,
            is_active=True,
            plan_state="draft" if plan_name == "Next" else "active",
            company=territory.company_id.id,
        )
        responsible = self.users[self._responsible(plan_name)].id
        named = {self.users["named"].id} if plan_name == "Next" else set()
        self.ground.responsible[territory.id] = responsible
        self.ground.planners[territory.id] = {responsible} | named

    def _make_members(self):
        day = timedelta(days=1)
        today = self.world.today
        spans = {
            "past": {"date_end": today - day},
            "future": {"date_start": today + day},
            "first day": {"date_start": today},
            "last day": {"date_end": today},
        }
        for name, user in self.users.items():
            role, _of, place = name.partition(" of ")
            if not place:
                continue
            span = spans.get(role.removesuffix(" manager"), {})
            values = {
                "user_id": user.id,
                "territory_id": self.territories[place.split()[0]].id,
                "is_manager": role != "member",
                **span,
            }
            self.env["crm.territory.member"].create(values)
            self.world.members.append(
                Member(
                    user=user.id,
                    territory=values["territory_id"],
                    is_manager=values["is_manager"],
                    start=span.get("date_start"),
                    end=span.get("date_end"),
                )
            )

    # -- records

    def _make_records(self):
        """Accounts and leads of each country; some owned, some with leads on them."""
        seller = self.users["seller"].id
        colleague = self.users["other"].id
        own = self.users["manager of Germany"].id
        self.accounts = self.env["res.partner"]
        self.leads = self.env["crm.lead"]
        for country in COUNTRIES:
            self._make_account(country, None)
            self._make_account(country, seller)
            lead_of = self._make_account(country, None)
            self._make_lead(country, seller, lead_of)
            self._make_lead(country, None, None)
            self._make_lead(country, own, None)
        mixed = self._make_account("us", own)
        self._make_lead("us", colleague, mixed)
        closed = self._make_account("us", own)
        self._make_lead("us", colleague, closed).action_set_lost()
        plain = self._make_account("us", own)
        self._make_lead("us", own, plain)
        self.env.flush_all()

    def _make_account(self, country, owner):
        account = self.env["res.partner"].create(
            {
                "name": f"{country} account {len(self.accounts)}",
                "is_company": True,
                "country_id": self.env.ref(f"base.{country}").id,
                "user_id": owner or False,
            }
        )
        self.accounts |= account
        return account

    def _make_lead(self, country, owner, account):
        lead = self.env["crm.lead"].create(
            {
                "name": f"{country} lead {len(self.leads)}",
                "type": "lead" if len(self.leads) % 2 else "opportunity",
                "user_id": owner or False,
                "team_id": False,
                "company_id": False,
                "partner_id": account.id if account else False,
                "country_id": self.env.ref(f"base.{country}").id,
            }
        )
        self.leads |= lead
        return lead

    def read_records(self):
        """What the oracle is to know of the records, as they are now."""
        self.env.flush_all()
        self.env.invalidate_all()
        for account in self.accounts:
            self.world.partners[account.id] = Partner(
                id=account.id,
                account=account.id,
                owner=account.user_id.id or None,
                territories=frozenset(account.territory_set_id.territory_ids.ids),
                company=account.company_id.id or None,
            )
        for lead in self.leads:
            self.world.leads[lead.id] = Lead(
                id=lead.id,
                owner=lead.user_id.id or None,
                territories=frozenset(lead.territory_set_id.territory_ids.ids),
                company=lead.company_id.id or None,
                account=lead.partner_id.id or None,
                active=lead.active,
                status=lead.won_status,
            )
