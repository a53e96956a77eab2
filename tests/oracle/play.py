"""Makes records of a world, and changes them as it says."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError

from odoo.addons.crm_territory.tests.common import run_everything

from .cast import SPANS
from .changes import Changes
from .edits import Edits
from .pick import at, line
from .plan_changes import PlanChanges

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    "active_test": False,
}


STORED = """
    SELECT record.id, COALESCE(record.territory_id, 0),
           ARRAY(SELECT territory_id
                   FROM crm_territory_set_rel AS rel
                  WHERE rel.set_id = record.territory_set_id)
      FROM {} AS record
     WHERE record.id = ANY(%s)
     ORDER BY record.id
"""


class Play(Changes, Edits, PlanChanges):
    """The records of one world.

    ``refused`` counts the changes that Odoo did not allow (say, a customer of another
    company): such a change is rolled back and nothing happened.
    """

    def __init__(self, env, cast, world):
        self.env = env
        self.cast = cast
        self.world = world
        self.today = fields.Date.context_today(env["crm.lead"])
        self.accounts = env["res.partner"].browse(cast.named.ids)
        self.contacts = self.env["res.partner"]
        self.leads = self.env["crm.lead"]
        self.judged_anew = self.env["crm.lead"]
        self.owned_by_hand = set()  # ids of leads whose owner a person chose
        self.turned = set()  # (model, id) of what was locked or unlocked
        self.refused = []

    @property
    def partners(self):
        return self.accounts | self.contacts

    @property
    def overrides(self):
        return self.env["crm.territory.override"].search(
            [("territory_id", "in", self.territories.ids)], order="id"
        )

    # plans

    def make_plans(self):
        companies, trees = self.world["plans"]
        self.types = self.env["crm.territory.type"].create(
            [{"name": f"Oracle type {n}", "priority": (1, 1, 7)[n]} for n in range(3)]
        )
        owners = {
            "shared": [False],
            "first": self.cast.companies[:1],
            "both": self.cast.companies,
        }[companies]
        self.plans = self.env["crm.territory.plan"].create(
            [
                {
                    "name": f"Oracle {n}",
                    "company_id": c,
                    "tz": self.world.get("zones", ("UTC", "UTC"))[n],
                }
                for n, c in enumerate(owners)
            ]
        )
        self.territories = self.env["crm.territory"]
        for number, spec in enumerate(trees):
            self.territories |= self._make_territory(number, spec)
        for territory, spec in zip(self.territories, trees, strict=True):
            for rule in spec["rules"]:
                self._make_rule(territory, rule)
            if not spec["active"]:
                territory.active = False
        for plan in self.plans:
            plan.write({"state": "active"})
        run_everything(self.plans)

    def _make_territory(self, number, spec):
        plan = self.plans[number % len(self.plans)]
        candidates = [
            t for t in self.territories if t.plan_id == plan and len(line(t)) < 5
        ]
        parent = False
        if spec["parent"] >= 0 and candidates:
            parent = at(candidates, spec["parent"]).id
        return self.env["crm.territory"].create(
            {
                "name": f"T{number}",
                "plan_id": plan.id,
                "parent_id": parent,
                "type_id": self.types[spec["type"]].id if spec["type"] >= 0 else False,
                "sequence": spec["sequence"],
                "owner_policy": spec.get("policy", "none"),
                "area_ids": [(0, 0, values) for values in self._areas(spec["areas"])],
                "member_ids": [
                    (0, 0, self._member_values(member))
                    for member in spec["members"]
                    if self._may_be_member(member["user_id"], plan)
                ],
            }
        )

    def _areas(self, specs, known=()):
        """The values of areas that differ: the same line twice is refused.

        :param known: the areas that are there
        """
        names = ("country_id", "state_id", "zip_from", "zip_to")
        seen = {
            (
                *(getattr(area[n], "id", area[n]) or False for n in names),
                _plain(area.city),
            )
            for area in known
        }
        for spec in specs:
            values = self._area_values(spec)
            key = (*(values[name] or False for name in names), _plain(values["city"]))
            if key not in seen:
                seen.add(key)
                yield values

    @staticmethod
    def _area_values(spec):
        zip_from, zip_to = spec.get("zip") or (None, None)
        return {
            "country_id": spec["country_id"],
            "state_id": spec.get("state_id", False),
            "city": spec.get("city"),
            "zip_from": zip_from,
            "zip_to": zip_to,
        }

    def _may_be_member(self, user_id, plan):
        user = self.env["res.users"].browse(user_id)
        return not plan.company_id or plan.company_id in user.company_ids

    def _member_values(self, spec):
        starts, ends = SPANS[spec["when"]]
        return {
            "user_id": spec["user_id"],
            "date_start": self._day(starts),
            "date_end": self._day(ends),
            "is_manager": spec.get("is_manager", False),
            "capacity": spec.get("capacity", 0),
        }

    def _day(self, number):
        """The day so many days after today; None: no day."""
        return False if number is None else self.today + timedelta(days=number)

    def _make_rule(self, territory, spec):
        rule = self.env["crm.territory.rule"].create(
            {
                "territory_id": territory.id,
                "applies_to": spec["applies_to"],
                "domain": repr(spec["domain"]),
                "is_anywhere": spec["is_anywhere"],
                "active": spec["active"],
            }
        )
        if spec["broken"]:
            self._break(rule)
        return rule

    def _break(self, rule):
        """As when a module that brought the field is uninstalled."""
        rule.sudo().error = "The field is gone"
        rule.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_territory_rule SET domain = %s WHERE id = %s",
            ["[('field_that_is_gone', '=', 1)]", rule.id],
        )
        rule.invalidate_recordset()

    # records

    def make_accounts(self):
        self.accounts |= self.env["res.partner"].create(
            [self._account_values(spec) for spec in self.world["accounts"]]
        )
        for spec in self.world["contacts"]:
            self.contacts |= self.env["res.partner"].create(
                {
                    "name": "contact",
                    "parent_id": at(self.accounts, spec["account"]).id,
                    "city": spec["city"],
                    "active": spec["active"],
                }
            )

    def make_leads(self):
        self._add_leads(self.world["leads"])

    def make_overrides(self):
        """Those of accounts first: a closed lead is judged by what stands when its own
        override is made.
        """
        for spec in sorted(self.world["overrides"], key=lambda spec: spec["on"]):
            self.change(("add_override", spec))

    def _add_leads(self, specs):
        made = self.env["crm.lead"].create([self._lead_values(spec) for spec in specs])
        self.leads |= made
        self.judged_anew |= made
        self.owned_by_hand.update(
            lead.id for lead, spec in zip(made, specs, strict=True) if spec["user_id"]
        )

    def _account_values(self, spec):
        values = self._values(spec, drop={"company"})
        values["company_id"] = self._company(spec["company"])
        return values

    def _lead_values(self, spec):
        values = self._values(spec, drop={"company", "customer", "outcome"})
        customer = self._customer(spec["customer"])
        values["company_id"] = customer.company_id.id or self._company(spec["company"])
        values["partner_id"] = customer.id
        if spec["outcome"] == "won":
            values |= {"stage_id": self.cast.won_stage, "probability": 100}
        elif spec["outcome"] == "lost":
            values |= {"active": False, "probability": 0}
        return values

    def _values(self, spec, drop=()):
        values = {name: spec[name] for name in spec if name not in drop}
        values |= values.pop("address", {})
        return {
            name: [(6, 0, value)] if isinstance(value, list) else value
            for name, value in values.items()
        }

    def _company(self, number):
        return False if number is None else self.cast.companies[number]

    def _customer(self, spec):
        kind, number = spec
        if kind is None:
            return self.env["res.partner"]
        among = self.contacts if kind == "contact" and self.contacts else self.accounts
        return at(among, number)

    # changes

    def change(self, change):
        """Apply a change; False when Odoo refuses it."""
        return bool(self.together([change]))

    def together(self, changes, between=lambda change: None):
        """Apply changes in one transaction, without those that Odoo refuses.

        :param between: is called with each change after it was applied
        :return: list of the changes that were applied
        """
        changes = list(changes)
        state = self.state()
        while changes:
            number = 0
            try:
                with self.env.cr.savepoint():
                    for number, (name, *arguments) in enumerate(changes):
                        getattr(self, f"_{name}")(*arguments)
                        between(changes[number])
                break
            except (UserError, ValidationError, IntegrityError) as error:
                self.put_back(state)
                self.env.registry.clear_all_caches()
                self.refused.append(f"{changes[number][0]}: {error}")
                del changes[number]
        return changes

    def state(self):
        """What a rollback has to put back."""
        names = "accounts contacts leads judged_anew plans territories".split()
        state = {name: getattr(self, name) for name in names}
        return state | {"owned_by_hand": set(self.owned_by_hand)}

    def put_back(self, state):
        self.__dict__.update(state)
        self.owned_by_hand = set(self.owned_by_hand)

    def stored(self):
        """{(model, id): (ids of the territories, id of the credited one or 0)}, as the
        next transaction reads it.
        """
        self.env.flush_all()
        stored = {}
        for records in (self.partners, self.leads):
            self.env.cr.execute(STORED.format(records._table), [records.ids])
            for record_id, credited, territories in self.env.cr.fetchall():
                stored[records._name, record_id] = (frozenset(territories), credited)
        return stored


def _plain(city):
    return (city or "").strip().lower()
