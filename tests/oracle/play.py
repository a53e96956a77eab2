"""Makes records of a world, and changes them as it says."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    "active_test": False,
}


class Play:
    """The records of one world.

    ``refused`` counts the changes that Odoo did not allow (say, a customer of another
    company): such a change is rolled back and nothing happened.
    """

    def __init__(self, env, cast, world):
        self.env = env(context=dict(env.context, **QUIET))
        self.cast = cast
        self.world = world
        self.today = fields.Date.context_today(env["crm.lead"])
        self.accounts = self._with_quiet(cast.named)
        self.contacts = self.env["res.partner"]
        self.leads = self.env["crm.lead"]
        self.judged_anew = self.env["crm.lead"]
        self.refused = []

    def _with_quiet(self, records):
        return self.env[records._name].browse(records.ids)

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
            [{"name": f"Oracle {n}", "company_id": c} for n, c in enumerate(owners)]
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
            plan.run_all()

    def _make_territory(self, number, spec):
        plan = self.plans[number % len(self.plans)]
        candidates = [
            t for t in self.territories if t.plan_id == plan and _depth(t) < 4
        ]
        position = min(spec["parent"], len(candidates) - 1)
        parent = candidates[position].id if position >= 0 else False
        return self.env["crm.territory"].create(
            {
                "name": f"T{number}",
                "plan_id": plan.id,
                "parent_id": parent,
                "type_id": self.types[spec["type"]].id if spec["type"] >= 0 else False,
                "sequence": spec["sequence"],
                "area_ids": [(0, 0, self._area_values(a)) for a in spec["areas"]],
                "member_ids": [(0, 0, self._member_values(m)) for m in spec["members"]],
            }
        )

    @staticmethod
    def _area_values(spec):
        zip_from, zip_to = spec["zip"] or (None, None)
        return {
            "country_id": spec["country_id"],
            "state_id": spec.get("state_id", False),
            "city": spec.get("city"),
            "zip_from": zip_from,
            "zip_to": zip_to,
        }

    def _member_values(self, spec):
        day = timedelta(days=1)
        start, end = {
            "always": (False, False),
            "past": (False, self.today - day),
            "future": (self.today + day, False),
            "today": (self.today, self.today),
        }[spec["when"]]
        return {"user_id": spec["user_id"], "date_start": start, "date_end": end}

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
            rule.write({"error": "Broken by the oracle's test"})
        return rule

    # records

    def make_accounts(self):
        self.accounts |= self.env["res.partner"].create(
            [self._account_values(spec) for spec in self.world["accounts"]]
        )
        for spec in self.world["contacts"]:
            self.contacts |= self.env["res.partner"].create(
                {
                    "name": "contact",
                    "parent_id": _at(self.accounts, spec["account"]).id,
                    "city": spec["city"],
                    "active": spec["active"],
                }
            )

    def make_leads(self):
        self._add_leads(self.world["leads"])

    def make_overrides(self):
        for spec in self.world["overrides"]:
            self.change(("add_override", spec))

    def _add_leads(self, specs):
        made = self.env["crm.lead"].create([self._lead_values(spec) for spec in specs])
        self.leads |= made
        self.judged_anew |= made

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
        if spec is None:
            return self.env["res.partner"]
        kind, number = spec
        among = self.contacts if kind == "contact" and self.contacts else self.accounts
        return _at(among, number)

    # changes

    def change(self, change):
        """Apply a change; False when Odoo refuses it."""
        name, *arguments = change
        before = self.judged_anew
        try:
            with self.env.cr.savepoint():
                getattr(self, f"_{name}")(*arguments)
                self.env.flush_all()
        except (UserError, ValidationError) as error:
            self.judged_anew = before
            self.refused.append(f"{name}: {error}")
            return False
        return True

    def _write_account(self, number, values):
        _at(self.accounts, number).write(self._values(values))

    def _write_contact(self, number, city):
        if self.contacts:
            _at(self.contacts, number).city = city

    def _write_lead(self, number, values):
        _at(self.leads, number).write(self._values(values))

    def _write_category(self, number, _city):
        category = _at(self.env["res.partner.category"], number, self.cast.categories)
        category.write({"name": "Goldish" if category.name == "Gold" else "Gold"})

    def _write_country(self, number, _city):
        countries = list(self.cast.countries.values())
        country = _at(self.env["res.country"], number, countries)
        country.name = f"{country.name} land"

    def _move_category(self, number, other):
        category = _at(self.env["res.partner.category"], number, self.cast.categories)
        parent = _at(self.env["res.partner.category"], other, self.cast.categories)
        category.parent_id = parent if parent != category else False

    def _add_account(self, spec):
        self.accounts |= self.env["res.partner"].create(self._account_values(spec))

    def _add_lead(self, spec):
        self._add_leads([spec])

    def _move_contact(self, number, other):
        """To another account; every fifth becomes an account of its own."""
        if self.contacts:
            contact = _at(self.contacts, number)
            contact.parent_id = _at(self.accounts, other) if other % 5 else False

    def _account_below_account(self, number, other):
        account, above = _at(self.accounts, number), _at(self.accounts, other)
        if account != above:
            account.write({"parent_id": above.id, "is_company": other % 2 == 0})

    def _archive_account(self, number, _other):
        account = _at(self.accounts, number)
        account.active = not account.active

    def _account_company(self, number, other):
        company = self.cast.companies[other % 2] if other % 3 else False
        _at(self.accounts, number).company_id = company

    def _merge_accounts(self, number, other):
        kept, gone = _at(self.accounts, number), _at(self.accounts, other)
        if kept == gone or gone in self.cast.named:
            return
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [(6, 0, (kept | gone).ids)], "dst_partner_id": kept.id}
        )
        wizard.action_merge()
        self.accounts = self.accounts.exists()
        self.contacts = self.contacts.exists()

    def _lead_customer(self, number, other):
        customer = self._customer((("account", "contact")[other % 2], other))
        if other % 4 == 0:
            customer = self.env["res.partner"]
        _at(self.leads, number).partner_id = customer

    def _convert_lead(self, number, other):
        leads = self.leads.filtered(lambda lead: lead.type == "lead")
        if leads:
            customer = self._customer(("account", other)) if other % 2 else False
            _at(leads, number).convert_opportunity(customer)

    def _win_lead(self, number, _other):
        _at(self.leads, number).write(
            {"active": True, "stage_id": self.cast.won_stage, "probability": 100}
        )

    def _lose_lead(self, number, _other):
        lead = _at(self.leads, number)
        if lead.stage_id.id != self.cast.won_stage:
            lead.action_set_lost()

    def _reopen_lead(self, number, _other):
        closed = self.leads.filtered(lambda lead: lead.won_status != "pending")
        if closed:
            lead = _at(closed, number)
            stage = self.cast.stages[0]
            lead.write({"active": True, "stage_id": stage, "probability": 50})

    def _win_and_move_lead(self, number, other):
        """Won with the write that changes what rules read: it keeps where it was."""
        country = list(self.cast.countries.values())[other % 5]
        _at(self.leads, number).write(
            {
                "active": True,
                "stage_id": self.cast.won_stage,
                "probability": 100,
                "country_id": country,
                "user_id": self.cast.users[other % 4],
            }
        )

    def _archive_lead(self, number, _other):
        lead = _at(self.leads, number)
        lead.active = not lead.active

    def _lead_company(self, number, other):
        company = self.cast.companies[other % 2] if other % 3 else False
        _at(self.leads, number).company_id = company

    def _merge_leads(self, number, other):
        pending = self.leads.filtered(
            lambda lead: lead.won_status == "pending" and lead.active
        )
        if len(pending) > 1:
            (_at(pending, number) | _at(pending, other)).merge_opportunity()
            self.leads = self.leads.exists()
            self.judged_anew = self.judged_anew.exists()

    # overrides

    def _add_override(self, spec):
        if spec["on"] == "lead":
            record, name = _at(self.leads, spec["record"]), "lead_id"
            self.judged_anew |= record
        else:
            accounts = self.accounts.commercial_partner_id
            record, name = _at(accounts, spec["record"]), "partner_id"
        territory = _at(self.territories, spec["territory"])
        same = self.overrides.filtered(
            lambda o: o.territory_id == territory and o[name] == record
        )
        if not same:
            self.env["crm.territory.override"].create(
                {
                    "territory_id": territory.id,
                    name: record.id,
                    "decision": spec["decision"],
                    "date_end": self._end(spec["when"]),
                    "reason": "The oracle said so",
                }
            )

    def _end(self, when):
        days = {"always": None, "today": 0, "past": -1}[when]
        return False if days is None else self.today + timedelta(days=days)

    def _an_override(self, number):
        overrides = self.overrides
        override = _at(overrides, number) if overrides else overrides
        self.judged_anew |= override.lead_id
        return override

    def _delete_override(self, number, _other):
        self._an_override(number).unlink()

    def _expire_override(self, number, _other):
        self._an_override(number).write({"date_end": self._end("past")})

    def _renew_override(self, number, _other):
        self._an_override(number).write({"date_end": False})

    def _turn_override(self, number, _other):
        override = self._an_override(number)
        if override:
            override.decision = "out" if override.decision == "in" else "in"

    # edits of the criteria

    def _add_rule(self, number, spec):
        self._make_rule(_at(self.territories, number), spec)

    def _replace_rule(self, number, spec):
        rules = self.territories.rule_ids
        if rules:
            rule = _at(rules, number)
            values = {"domain": repr(spec["domain"]), "applies_to": spec["applies_to"]}
            rule.write(values | {"is_anywhere": spec["is_anywhere"]})

    def _add_area(self, number, spec):
        territory = _at(self.territories, number)
        territory.write({"area_ids": [(0, 0, self._area_values(spec))]})

    def _add_member(self, number, spec):
        territory = _at(self.territories, number)
        if spec["user_id"] not in territory.member_ids.user_id.ids:
            territory.write({"member_ids": [(0, 0, self._member_values(spec))]})

    def _archive_rule(self, number, _other):
        rules = self.territories.rule_ids
        if rules:
            rule = _at(rules, number)
            rule.active = not rule.active

    def _remove_rule(self, number, _other):
        rules = self.territories.rule_ids
        if rules:
            _at(rules, number).unlink()

    def _remove_area(self, number, _other):
        areas = self.territories.area_ids
        if areas:
            _at(areas, number).unlink()

    def _remove_members(self, number, _other):
        _at(self.territories, number).member_ids.unlink()

    def _archive_territory(self, number, _other):
        territory = _at(self.territories, number)
        territory.active = not territory.active

    def _move_territory(self, number, other):
        territory, above = _at(self.territories, number), _at(self.territories, other)
        if territory.plan_id == above.plan_id and territory not in _line(above):
            territory.parent_id = above

    def _resequence_territory(self, number, other):
        _at(self.territories, number).sequence = other

    def _retype_territory(self, number, other):
        _at(self.territories, number).type_id = _at(self.types, other)

    def _reprioritise_type(self, number, other):
        _at(self.types, number).priority = other % 8


def _at(records, number, ids=None):
    """The record at the number, counted round; of the ids, if given."""
    if ids is not None:
        return records.browse(ids[number % len(ids)])
    return records[number % len(records)]


def _line(territory):
    line = territory
    while territory.parent_id:
        territory = territory.parent_id
        line |= territory
    return line


def _depth(territory):
    return len(_line(territory)) - 1
