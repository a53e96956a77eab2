"""A world to judge access in: in the database, and the same in plain Python."""

from datetime import timedelta
from itertools import product

from odoo import Command, fields

from .access import Lead, Member, Partner, Team, Territory, User, World

# name: (parent, permission); an indented name would say the same, less exactly
TREES = {
    "First": {
        "EMEA": (None, "write"),
        "DACH": ("EMEA", "read"),
        "Germany": ("DACH", "write"),
        "Berlin": ("Germany", "read"),
        "Austria": ("DACH", "read"),
        "France": ("EMEA", "read"),
        "Paris": ("France", "write"),
        "APAC": (None, "read"),
        "Japan": ("APAC", "write"),
        "Named": (None, "write"),
        "Former": ("EMEA", "write"),
        "Below former": ("Former", "write"),
    },
    "Second": {
        "North": (None, "write"),
        "Oslo": ("North", "read"),
        "South": (None, "read"),
    },
    "Draft": {"Idea": (None, "write")},
    "Past": {"Gone": (None, "write")},
    # gives way to First, which has not judged all records yet
    "Giving": {
        "Before": (None, "write"),
        "Before west": ("Before", "read"),
        "Before closed": ("Before", "write"),
    },
}
STATES = {
    "First": "active",
    "Second": "active",
    "Draft": "draft",
    "Past": "archived",
    "Giving": "archived",
}

# the combinations of territories that records are in
COMBINATIONS = (
    "",
    "EMEA",
    "DACH",
    "Germany",
    "Berlin",
    "Austria",
    "Paris",
    "France Named",
    "Japan",
    "Berlin Japan",
    "Austria Paris",
    "APAC",
    "Former",
    "Below former",
    "Oslo",
    "South Germany",
    "Idea",
    "Gone",
    "Gone Berlin",
    "Before",
    "Before west",
    "Before closed",
)
# as won_status, active
STATUSES = (
    ("pending", True),
    ("won", True),
    ("lost", False),
    ("pending", False),
    ("won", False),
)
GROUPS = {
    "portal": "base.group_portal",
    "internal": "base.group_user",
    "own": "sales_team.group_sale_salesman",
    "all": "sales_team.group_sale_salesman_all_leads",
    "manager": "sales_team.group_sale_manager",
}


def make_world(env):
    """Make it, and return what the oracle is to know of it: a World."""
    return _Maker(env).make()


class _Maker:
    def __init__(self, env):
        self.env = env
        self.world = World(today=fields.Date.today())
        self.users = {}  # by name
        self.territories = {}  # by name
        self.territory_of_set = {}
        main = env.ref("base.main_company")
        second = env["res.company"].create({"name": "Second"})
        self.companies = {"1": main, "2": second}

    def make(self):
        self._make_tree()
        self._make_users()
        self._make_members()
        self._make_teams()
        self._make_chains()
        self._know_users()
        self._make_partners()
        self._make_leads()
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        return self.world

    # -- the plans

    def _make_tree(self):
        today = self.world.today
        plans = self.env["crm.territory.plan"]
        plans.search([("state", "=", "active")]).state = "archived"
        for plan_name, tree in TREES.items():
            company = self.companies["2" if plan_name == "Second" else "1"]
            plan = plans.create({"name": plan_name, "company_id": company.id})
            for name, (parent, permission) in tree.items():
                self.territories[name] = self.env["crm.territory"].create(
                    {
                        "name": name,
                        "plan_id": plan.id,
                        "parent_id": self.territories[parent].id if parent else False,
                        "permission": permission,
                    }
                )
            plan.state = STATES[plan_name]
        self.territories["Before closed"].active = False
        first = self.territories["EMEA"].plan_id
        giving = self.territories["Before"].plan_id
        giving.giving_way_to_id = first
        self.territories["Former"].active = False
        # active again below an archived one
        self.territories["Below former"].active = True
        self.env.flush_all()
        for name, territory in self.territories.items():
            self.world.territories[territory.id] = Territory(
                id=territory.id,
                name=name,
                parent=territory.parent_id.id or None,
                permission=territory.permission,
                is_active=territory.active,
                plan_state=territory.plan_id.state,
                company=territory.company_id.id,
                gives_way=territory.plan_id == giving,
            )
        self.past = {"date_end": today - timedelta(days=1)}
        self.future = {"date_start": today + timedelta(days=1)}
        self.first_day = {"date_start": today}
        self.last_day = {"date_end": today}

    # -- users

    def _user_specs(self):
        """{name: (kind, companies)}"""
        specs = {}
        for name in self.territories:
            specs[f"member of {name}"] = ("own", "12")
        for name in (
            "EMEA",
            "DACH",
            "Berlin",
            "France",
            "APAC",
            "Named",
            "Oslo",
            "Before",
        ):
            specs[f"manager of {name}"] = ("own", "12")
        for name in ("EMEA", "Austria", "France"):
            for when in ("past", "future", "first day", "last day"):
                specs[f"{when} of {name}"] = ("own", "1")
        for name in ("two", "three", "read and write", "other company", "managed read"):
            specs[f"in several: {name}"] = ("own", "12")
        for number in range(1, 4):
            specs[f"seller {number}"] = ("own", "1")
        specs["seller of 2"] = ("own", "2")
        specs["seller of both"] = ("own", "12")
        for name in ("team", "other team", "archived team", "left team", "team of 2"):
            specs[f"leader of {name}"] = ("own", "12")
        specs["chief of leader"] = ("own", "12")
        for name in ("junior", "senior", "head", "director"):
            specs[name] = ("own", "1")
        specs["leader with all"] = ("all", "1")
        for number, companies in enumerate(("1", "2", "12")):
            specs[f"all {number}"] = ("all", companies)
            specs[f"administrator {number}"] = ("manager", companies)
        specs["member with all"] = ("all", "1")
        for number in range(3):
            specs[f"portal {number}"] = ("portal", "1")
            specs[f"internal {number}"] = ("internal", "12"[: 1 + number % 2])
        specs["internal member"] = ("internal", "1")
        specs["gone"] = ("own", "1")
        return specs

    def _make_users(self):
        specs = self._user_specs()
        self.deleters = self.env["res.groups"].create({"name": "Delete leads"})
        self.env["ir.model.access"].create(
            {
                "name": "leads: deleters",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "group_id": self.deleters.id,
                "perm_read": True,
                "perm_write": True,
                "perm_create": True,
                "perm_unlink": True,
            }
        )
        groups = {kind: self.env.ref(name) for kind, name in GROUPS.items()}
        contacts = self.env.ref("base.group_partner_manager")
        export = self.env.ref("base.group_allow_export")
        created = self.env["res.users"].create(
            [
                {
                    "name": name,
                    "login": f"access {name}",
                    "company_id": self.companies[companies[0]].id,
                    "company_ids": [
                        Command.set([self.companies[c].id for c in companies])
                    ],
                    "group_ids": [
                        Command.set(
                            groups[kind].ids
                            + (export.ids if kind in ("own", "all", "manager") else [])
                            + (contacts.ids if self._edits_contacts(n, kind) else [])
                            + (self.deleters.ids if kind == "own" and n % 2 else [])
                        )
                    ],
                }
                for n, (name, (kind, companies)) in enumerate(specs.items())
            ]
        )
        self.users = dict(zip(specs, created, strict=True))
        self.specs = specs

    @staticmethod
    def _edits_contacts(number, kind):
        # Odoo gives sales administrators that right
        return kind == "manager" or (kind != "portal" and number % 3 == 0)

    def _know_users(self):
        self.users["gone"].active = False
        for user in self.env["res.users"].with_context(active_test=False).search([]):
            self.world.users[user.id] = User(
                id=user.id,
                name=user.name,
                kind="",
                companies=frozenset(user.company_ids.ids),
                partner=user.partner_id.id,
                reports_to=user.reports_to_id.id or None,
            )
        for number, (name, (kind, companies)) in enumerate(self.specs.items()):
            user = self.users[name]
            self.world.users[user.id] = User(
                id=user.id,
                name=name,
                kind=kind,
                companies=frozenset(self.companies[c].id for c in companies),
                partner=user.partner_id.id,
                reports_to=user.reports_to_id.id or None,
                edits_contacts=self._edits_contacts(number, kind),
                deletes_leads=kind == "own" and number % 2 == 1,
            )

    def _make_members(self):
        rows = [(f"member of {name}", name, {}) for name in self.territories]
        for user_name in self.users:
            kind, _of, name = user_name.partition(" of ")
            values = {
                "manager": {"is_manager": True},
                "past": self.past,
                "future": {**self.future, "is_manager": True},
                "first day": self.first_day,
                "last day": {**self.last_day, "is_manager": True},
            }.get(kind)
            if values:
                rows.append((user_name, name, values))
        several = "in several: "
        rows += [
            (several + "two", "Berlin", {}),
            (several + "two", "Japan", {}),
            (several + "three", "Austria", {}),
            (several + "three", "Paris", self.past),
            (several + "three", "APAC", {}),
            (several + "read and write", "DACH", {}),
            (several + "read and write", "Germany", {}),
            (several + "other company", "South", {}),
            (several + "other company", "Named", {}),
            (several + "managed read", "France", {"is_manager": True, **self.past}),
            (several + "managed read", "France", self.first_day),
            ("member with all", "France", {}),
            ("internal member", "EMEA", {}),
            ("chief of leader", "Oslo", self.future),
            ("gone", "EMEA", {"is_manager": True}),
        ]
        for user_name, name, values in rows:
            user, territory = self.users[user_name], self.territories[name]
            self.env["crm.territory.member"].create(
                {"user_id": user.id, "territory_id": territory.id, **values}
            )
            self.world.members.append(
                Member(
                    user=user.id,
                    territory=territory.id,
                    is_manager=values.get("is_manager", False),
                    start=values.get("date_start"),
                    end=values.get("date_end"),
                )
            )

    def _make_teams(self):
        self.env["ir.config_parameter"].set_param("sales_team.membership_multi", True)
        for name, leader, members in (
            ("team", "leader of team", ("seller 1", "seller 2", "seller of both")),
            # its leader is a member of another team: that one's leader is not above
            ("other team", "leader of other team", ("leader of team", "seller 3")),
            ("archived team", "leader of archived team", ("seller 1", "seller 2")),
            ("left team", "leader of left team", ("seller 3", "seller of 2")),
            ("team of 2", "leader of team of 2", ("seller of 2", "seller of both")),
            ("all", "leader with all", ("junior",)),
            ("nobody's", None, ("senior",)),
        ):
            team = self.env["crm.team"].create(
                {
                    "name": f"access {name}",
                    "user_id": self.users[leader].id if leader else False,
                    "company_id": self.companies["2"].id if name[-1] == "2" else False,
                }
            )
            memberships = self.env["crm.team.member"].create(
                [
                    {"crm_team_id": team.id, "user_id": self.users[member].id}
                    for member in members
                ]
            )
            if name == "left team":
                memberships[0].active = False
            team.active = name != "archived team"
            self.env.flush_all()
            self.world.teams.append(
                Team(
                    leader=team.user_id.id or None,
                    is_active=team.active,
                    members=frozenset(
                        self.users[member].id
                        for member, row in zip(members, memberships, strict=True)
                        if row.active
                    ),
                )
            )

    def _make_chains(self):
        for name, above in (
            ("junior", "senior"),
            ("senior", "head"),
            ("head", "director"),
            ("leader of team", "chief of leader"),
            ("seller of 2", "gone"),
            ("gone", "director"),
            ("internal 0", "director"),
        ):
            self.users[name].reports_to_id = self.users[above]

    # -- records

    def _owners(self):
        """Owners of every kind, and nobody."""
        return (
            None,
            "seller 1",
            "seller 3",
            "seller of 2",
            "junior",
            "head",
            "leader of team",
            "member of Berlin",
            "manager of EMEA",
            "all 0",
            "internal 0",
            "gone",
        )

    def _combinations(self):
        combinations = {
            text: frozenset(self.territories[name].id for name in _names(text))
            for text in COMBINATIONS
        }
        ids = self.env["crm.territory.set"]._intern(
            {combination for combination in combinations.values() if combination}
        )
        return [(ids.get(found), found) for found in combinations.values()]

    def _owner_id(self, name):
        return self.users[name].id if name else None

    def _company_ids(self):
        return [None, *(company.id for company in self.companies.values())]

    def _make_partners(self):
        owners = self._owners()[::2]
        rows = list(
            product(owners, self._combinations(), self._company_ids(), (True, False))
        )
        accounts = self._insert_partners(rows, [None] * len(rows))
        for account_id, (owner, (_set_id, found), company, active) in zip(
            accounts, rows, strict=True
        ):
            self.world.partners[account_id] = Partner(
                id=account_id,
                account=account_id,
                owner=self._owner_id(owner),
                territories=found,
                company=company,
                active=active,
            )
        # contacts: some with a salesperson of their own, that does not count
        parents = accounts[::3]
        rows = [
            ("member of Berlin" if number % 2 else None, set_of, company, True)
            for number, (_owner, set_of, company, _active) in enumerate(rows[::3])
        ]
        contacts = self._insert_partners(rows, parents)
        for contact_id, parent, (owner, (_set, found), company, active) in zip(
            contacts, parents, rows, strict=True
        ):
            self.world.partners[contact_id] = Partner(
                id=contact_id,
                account=parent,
                owner=self._owner_id(owner),
                territories=found,
                company=company,
                active=active,
            )
        self.accounts = accounts
        self.contacts = contacts
        self._know_special_partners()

    def _insert_partners(self, rows, parents):
        found = self.env.cr.execute_values(
            """
            INSERT INTO res_partner (name, complete_name, active, is_company, type,
                user_id, company_id, territory_set_id, parent_id, partner_share,
                create_uid, write_uid, create_date, write_date)
            VALUES %s RETURNING id
            """,
            [
                (
                    f"access {number:04}",
                    f"access {number:04}",
                    active,
                    parent is None,
                    "contact",
                    self._owner_id(owner),
                    company,
                    set_id,
                    parent,
                    True,
                )
                for number, ((owner, (set_id, _found), company, active), parent) in (
                    enumerate(zip(rows, parents, strict=True))
                )
            ],
            template="(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,1,1,now(),now())",
            page_size=10_000,
            fetch=True,
        )
        ids = [id_ for (id_,) in found]
        self.env.cr.execute(
            """
            UPDATE res_partner AS partner
               SET commercial_partner_id = account.id,
                   account_user_id = account.user_id
              FROM res_partner AS account
             WHERE account.id = COALESCE(partner.parent_id, partner.id)
               AND partner.id = ANY(%s)
            """,
            [ids],
        )
        return ids

    def _know_special_partners(self):
        """Colleagues and own companies: put in a territory that few see, with an owner
        that few are above.
        """
        set_id, found = self._combinations()[COMBINATIONS.index("Japan")]
        hidden = self.env["res.partner"]
        for user in self.users.values():
            hidden |= user.partner_id
        for company in self.companies.values():
            hidden |= company.partner_id
        self.env.flush_all()
        owner = self.users["all 0"].id
        self.env.cr.execute(
            "UPDATE res_partner SET user_id = %s, account_user_id = %s,"
            " territory_set_id = %s WHERE id = ANY(%s)",
            [owner, owner, set_id, hidden.ids],
        )
        self.env.invalidate_all()
        house = self.env["res.company"].search([]).partner_id
        house |= self.users["gone"].partner_id
        for partner in hidden:
            self.world.partners[partner.id] = Partner(
                id=partner.id,
                account=partner.id,
                owner=owner,
                territories=found,
                company=partner.company_id.id or None,
                active=partner.active,
                is_colleague=not partner.partner_share,
                is_of_the_house=partner in house,
            )

    def _make_leads(self):
        rows = list(
            product(self._owners(), self._combinations(), self._company_ids(), STATUSES)
        )
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1).id
        open_stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1).id
        probabilities = {"won": 100, "lost": 0, "pending": 10}
        # every fifth has an account, every tenth a contact
        partners = [None] * len(rows)
        for number in range(0, len(rows), 5):
            pool = self.contacts if number % 2 else self.accounts
            partners[number] = pool[number * 7 % len(pool)]
        found = self.env.cr.execute_values(
            """
            INSERT INTO crm_lead (name, type, user_id, territory_set_id, territory_id,
                company_id, won_status, active, partner_id, stage_id, probability,
                date_closed, create_uid, write_uid, create_date, write_date)
            VALUES %s RETURNING id
            """,
            [
                (
                    f"access {number:04}",
                    "lead" if number % 4 == 0 else "opportunity",
                    self._owner_id(owner),
                    set_id,
                    min(territories, default=None),
                    company,
                    status,
                    active,
                    partner,
                    won if status == "won" else open_stage,
                    probabilities[status],
                    None if status == "pending" else self.world.today,
                )
                for number, (
                    (owner, (set_id, territories), company, (status, active)),
                    partner,
                ) in enumerate(zip(rows, partners, strict=True))
            ],
            template="(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,1,1,'2020-01-01',now())",
            page_size=10_000,
            fetch=True,
        )
        for (lead_id,), partner, (owner, (_set, territories), company, status) in zip(
            found, partners, rows, strict=True
        ):
            self.world.leads[lead_id] = Lead(
                id=lead_id,
                owner=self._owner_id(owner),
                territories=territories,
                company=company,
                account=partner,
                status=status[0],
                active=status[1],
            )


def _names(text):
    """The names in a text of COMBINATIONS; two words may be one name."""
    return [text] if text in _OF_TWO_WORDS else text.split()


_OF_TWO_WORDS = ("Below former", "Before west", "Before closed")
