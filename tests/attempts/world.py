"""The world of the attempts, made through the server as its administrator would.

Every lead and account carries a token of its own (``LQ017``, ``AQ003``) in all that
it says, and in what is noted and attached: an answer with a token tells of its record.
"""

from copy import copy

from ground import databases
from tests.attempts import cast
from tests.attempts.caller import Caller

PASSWORD = "admin"
# To hash one for each takes longer than all else of them.
ALL_HAVE_IT = """
    UPDATE res_users SET password = admin.password
      FROM res_users AS admin
     WHERE admin.login = 'admin' AND res_users.id = ANY(%s)
 RETURNING res_users.id
"""
PARAMETER = "crm_territory.account_visibility"


class Callers(dict):
    """A Caller for each insider, who logs in when first asked for: it takes a while."""

    def __init__(self, server):
        self.server = server

    def __missing__(self, name):
        self[name] = Caller(self.server, name, PASSWORD)
        return self[name]


class World:
    """``ids`` of everything by kind and name; ``leads`` and ``accounts`` by id."""

    def __init__(self, server):
        self.database = server.db
        self.admin = Caller(server, "admin", "admin")
        self.ids = {
            "company": self._companies(),
            "user": {},
            "plan": {},
            "territory": {},
        }
        self._people()
        self.partners = self._rows("res.users", self.users.values(), "partner_id")
        self._plans()
        self._members()
        self._territories_are_in_force()
        self.accounts, self.contacts = self._customers()
        self.leads = self._deals()
        self._decisions_by_hand()
        self._chatter()
        self._forecast()
        self._simulation()

    def lead_of(self, customer, owner):
        [id_] = [
            id_
            for id_, deal in self.leads.items()
            if (deal.customer, deal.owner) == (customer, owner) and not deal.is_won
            if not deal.by_hand
        ]
        return id_

    def on(self, server):
        """The world as it is on a server on a copy of its database, with a Caller for
        each insider.
        """
        found = copy(self)
        found.database = server.db
        found.admin = Caller(server, "admin", "admin")
        found.callers = Callers(server)
        return found

    @property
    def users(self):
        return self.ids["user"]

    @property
    def territories(self):
        return self.ids["territory"]

    # -- asking as the administrator

    def call(self, model, method, *args, **kwargs):
        return self.admin.call(model, method, *args, **kwargs)

    def create(self, model, **values):
        return self.call(model, "create", values)

    def write(self, model, id_, **values):
        return self.call(model, "write", [id_], values)

    def read(self, model, id_, name):
        [row] = self.call(model, "read", [id_], [name], load=None)
        return row[name]

    def ref(self, xml_id):
        module, name = xml_id.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        [row] = self.call("ir.model.data", "search_read", domain, ["res_id"])
        return row["res_id"]

    def _rows(self, model, ids, name):
        rows = self.call(model, "read", list(ids), [name], load=None)
        return {row["id"]: row[name] for row in rows}

    def show_accounts_to(self, whom):
        """Set whether "everyone" or the "territory" sees accounts."""
        self.call("ir.config_parameter", "set_param", PARAMETER, whom)

    # -- companies and people

    def _companies(self):
        ids = {}
        [ids["alder"]] = self.call("res.company", "search", [], limit=1)
        self.write("res.company", ids["alder"], name="Alder")
        for name, parent in cast.COMPANIES.items():
            if name not in ids:
                ids[name] = self.create(
                    "res.company",
                    name=name.title(),
                    parent_id=ids.get(parent, False),
                )
        self.call(
            "res.users",
            "write",
            [self.admin.uid],
            {"company_ids": [(6, 0, list(ids.values()))]},
        )
        return ids

    def _people(self):
        groups = {group for each in cast.PEOPLE.values() for group in each.groups}
        groups = {xml_id: self.ref(xml_id) for xml_id in groups}
        values = []
        for name, person in cast.PEOPLE.items():
            companies = [self.ids["company"][company] for company in person.companies]
            values.append(
                {
                    "name": f"{name.title()} Person",
                    "login": name,
                    "email": f"{name}@example.com",
                    "company_id": companies[0],
                    "company_ids": [(6, 0, companies)],
                    "group_ids": [(6, 0, [groups[xml_id] for xml_id in person.groups])],
                }
            )
        ids = self.call("res.users", "create", values)
        self.users.update(zip(cast.PEOPLE, ids, strict=True))
        databases.query(self.database, ALL_HAVE_IT, ids)
        for name, person in cast.PEOPLE.items():
            if person.reports_to:
                above = self.users[person.reports_to]
                self.write("res.users", self.users[name], reports_to_id=above)
        self.create(
            "crm.team",
            name="Team of Olga",
            company_id=self.ids["company"]["alder"],
            user_id=self.users["leader"],
            member_ids=[(6, 0, [self.users["olga"]])],
        )

    # -- plans

    def _plans(self):
        self.industry = self.create("res.partner.industry", name="Hospitals")
        self.countries = {
            code: self.ref(f"base.{code}") for code in ("fr", "de", "mc", "es", "jp")
        }
        ids = self.call(
            "crm.territory.plan",
            "create",
            [
                {
                    "name": f"Plan {name}",
                    "company_id": self.ids["company"][company],
                    "tz": "UTC",
                }
                for name, (company, _is_active) in cast.PLANS.items()
            ],
        )
        self.ids["plan"].update(zip(cast.PLANS, ids, strict=True))
        waiting = dict(cast.PLACES)
        while waiting:
            level = [
                name for name, place in waiting.items() if place.parent not in waiting
            ]
            values = [self._territory_values(name, waiting.pop(name)) for name in level]
            ids = self.call("crm.territory", "create", values)
            self.territories.update(zip(level, ids, strict=True))

    def _territory_values(self, name, place):
        return {
            "name": name,
            "plan_id": self.ids["plan"][place.plan],
            "parent_id": self.territories.get(place.parent, False),
            "permission": place.permission,
            "area_ids": self._areas(place),
            "rule_ids": self._rules(place),
        }

    def _areas(self, place):
        if not place.area:
            return []
        country, zip_from = place.area
        country_id = self.countries[country]
        return [(0, 0, {"country_id": country_id, "zip_from": zip_from})]

    def _rules(self, place):
        if not place.rule:
            return []
        domain = f"[('industry_id', '=', {self.industry})]"
        return [(0, 0, {"domain": domain, "is_anywhere": True})]

    def _members(self):
        self.call(
            "crm.territory.member",
            "create",
            [
                {
                    "user_id": member.user,
                    "territory_id": member.territory,
                    "is_manager": member.is_manager,
                    "date_start": member.start and member.start.isoformat(),
                    "date_end": member.end and member.end.isoformat(),
                }
                for member in cast.members(self.users, self.territories)
            ],
        )

    def _territories_are_in_force(self):
        for name, (_company, is_active) in cast.PLANS.items():
            if is_active:
                self.call(
                    "crm.territory.plan", "action_activate", [self.ids["plan"][name]]
                )

    # -- records

    def _customers(self):
        company = {None: False, **self.ids["company"]}
        values = [
            {
                "name": f"AQ{number:03} {name}",
                "is_company": True,
                "company_id": company[customer.company],
                "country_id": self.countries[customer.country],
                "zip": customer.zip,
                "industry_id": self.industry if customer.industry else False,
                "user_id": self.users.get(customer.owner, False),
                "email": f"aq{number:03}@example.com",
                "street": f"AQ{number:03} street",
                "phone": f"AQ{number:03}",
                "comment": f"AQ{number:03} comment",
            }
            for number, (name, customer) in enumerate(cast.CUSTOMERS.items())
        ]
        ids = self.call("res.partner", "create", values)
        self.customers = dict(zip(cast.CUSTOMERS, ids, strict=True))
        contacts = self.call(
            "res.partner",
            "create",
            [
                {
                    "name": f"{row['name'][:5]} person",
                    "parent_id": id_,
                    "company_id": row["company_id"],
                }
                for id_, row in zip(ids, values, strict=True)
            ],
        )
        return (
            dict(zip(ids, cast.CUSTOMERS.values(), strict=True)),
            dict(zip(contacts, ids, strict=True)),
        )

    def _deals(self):
        deals = cast.deals()
        ids = self.call(
            "crm.lead",
            "create",
            [self._deal_values(number, deal) for number, deal in enumerate(deals)],
        )
        won = [id_ for id_, deal in zip(ids, deals, strict=True) if deal.is_won]
        self.call("crm.lead", "action_set_won", won)
        return dict(zip(ids, deals, strict=True))

    def _deal_values(self, number, deal):
        customer = cast.CUSTOMERS.get(deal.customer)
        owner = cast.PEOPLE.get(deal.owner)
        company = owner.companies[0] if owner else customer and customer.company
        return {
            "name": f"LQ{number:03} deal",
            "type": deal.type,
            "partner_id": self.customers.get(deal.customer, False),
            "user_id": self.users.get(deal.owner, False),
            "team_id": False,
            "company_id": self.ids["company"].get(company, False),
            "expected_revenue": 1_000_003 + 1009 * number,
            "description": f"LQ{number:03} description",
            "referred": f"LQ{number:03} referred",
            "date_deadline": (cast.MONTH + 20 * cast.DAY).isoformat(),
        }

    def _decisions_by_hand(self):
        name, place = cast.BY_HAND
        self.create(
            "crm.territory.override",
            partner_id=self.customers[name],
            territory_id=self.territories[place],
            reason=f"{self.account_tokens()[self.customers[name]]} by hand",
        )
        for id_, deal in self.leads.items():
            if deal.by_hand:
                self.create(
                    "crm.territory.override",
                    lead_id=id_,
                    territory_id=self.territories[deal.by_hand],
                    reason=f"{self.lead_tokens()[id_]} by hand",
                )

    def _chatter(self):
        """A note, an activity and a file on each lead."""
        tokens = self.lead_tokens()
        note = self.ref("mail.mt_note")
        self.call(
            "mail.message",
            "create",
            [
                {
                    "model": "crm.lead",
                    "res_id": id_,
                    "body": f"{token} note",
                    "message_type": "comment",
                    "subtype_id": note,
                }
                for id_, token in tokens.items()
            ],
        )
        todo = self.ref("mail.mail_activity_data_todo")
        model_id = self.call("ir.model", "search", [("model", "=", "crm.lead")])[0]
        self.call(
            "mail.activity",
            "create",
            [
                {
                    "res_model_id": model_id,
                    "res_id": id_,
                    "activity_type_id": todo,
                    "summary": f"{token} activity",
                    "user_id": self.admin.uid,
                }
                for id_, token in tokens.items()
            ],
        )
        self.call(
            "ir.attachment",
            "create",
            [
                {
                    "name": f"{token} file",
                    "res_model": "crm.lead",
                    "res_id": id_,
                    "raw": token,
                }
                for id_, token in tokens.items()
            ],
        )

    def lead_tokens(self):
        return {id_: f"LQ{number:03}" for number, id_ in enumerate(self.leads)}

    def account_tokens(self):
        return {id_: f"AQ{number:03}" for number, id_ in enumerate(self.accounts)}

    # -- targets, calls, snapshots; and what a draft would do

    def _forecast(self):
        self.forecasts = {}
        for name, company in (("alder", "alder"), ("birch", "birch")):
            domain = [("company_id", "=", self.ids["company"][company])]
            self.forecasts[name] = self.call(
                "crm.territory.forecast", "search", domain, limit=1
            )[0]
        rows = [
            ("alder", "germany", None),
            ("alder", "france", None),
            ("alder", "france", "writer"),
            ("alder", "smallest", None),
            ("alder", "europe", None),
            ("alder", "germany", "reader"),
            ("birch", "iberia", "bea"),
        ]
        for model, first in (("target", 7000), ("call", 9000)):
            self.call(
                f"crm.territory.forecast.{model}",
                "create",
                [
                    {
                        "amount": first + number,
                        "forecast_id": self.forecasts[forecast],
                        "territory_id": self.territories[place],
                        "user_id": self.users.get(user, False),
                        "date_start": cast.MONTH.isoformat(),
                    }
                    for number, (forecast, place, user) in enumerate(rows)
                ],
            )
        for forecast in self.forecasts.values():
            self.call("crm.territory.forecast", "action_take_snapshot", [forecast])

    def _simulation(self):
        """What next year's draft would do: a secret of its planners."""
        self.run = self.create(
            "crm.territory.run", plan_id=self.ids["plan"]["next"], is_dry=True
        )
        assert self.call("crm.territory.run", "run_to_end", [self.run])
