"""The changes of records that a world makes, one method each."""

from .cast import SPANS
from .pick import at, line


class Changes:
    """Methods of ``Play``; their arguments are what ``worlds.py`` drew."""

    def _write_account(self, number, values):
        at(self.accounts, number).write(self._values(values))

    def _write_contact(self, number, city):
        if self.contacts:
            at(self.contacts, number).city = city

    def _write_lead(self, number, values):
        lead = at(self.leads, number)
        if "user_id" in values:
            self.owned_by_hand.add(lead.id)
        lead.write(self._values(values))

    def _write_category(self, number, _city):
        category = at(self.env["res.partner.category"], number, self.cast.categories)
        category.write({"name": "Goldish" if category.name == "Gold" else "Gold"})

    def _write_country(self, number, _city):
        countries = list(self.cast.countries.values())
        country = at(self.env["res.country"], number, countries)
        country.name = f"{country.name} land"

    def _move_category(self, number, other):
        category = at(self.env["res.partner.category"], number, self.cast.categories)
        parent = at(self.env["res.partner.category"], other, self.cast.categories)
        category.parent_id = parent if parent != category else False

    def _add_account(self, spec):
        self.accounts |= self.env["res.partner"].create(self._account_values(spec))

    def _add_lead(self, spec):
        self._add_leads([spec])

    def _move_contact(self, number, other):
        """To another account; every fifth becomes an account of its own."""
        if self.contacts:
            contact = at(self.contacts, number)
            contact.parent_id = at(self.accounts, other) if other % 5 else False

    def _account_below_account(self, number, other):
        account, above = at(self.accounts, number), at(self.accounts, other)
        if account != above:
            account.write({"parent_id": above.id, "is_company": other % 2 == 0})

    def _archive_account(self, number, _other):
        account = at(self.accounts, number)
        account.active = not account.active

    def _account_company(self, number, other):
        company = self.cast.companies[other % 2] if other % 3 else False
        at(self.accounts, number).company_id = company

    def _merge_accounts(self, number, other):
        kept, gone = at(self.accounts, number), at(self.accounts, other)
        if kept == gone or gone in self.cast.named:
            return
        wizard = (
            self.env["base.partner.merge.automatic.wizard"]
            .sudo()
            .create(
                {"partner_ids": [(6, 0, (kept | gone).ids)], "dst_partner_id": kept.id}
            )
        )
        wizard.action_merge()
        self.accounts = self.accounts.exists()
        self.contacts = self.contacts.exists()

    def _delete_account(self, number, _other):
        account = at(self.accounts, number)
        if account not in self.cast.named and len(self.accounts) > 1:
            account.unlink()
            self.accounts = self.accounts.exists()
            self.contacts = self.contacts.exists()

    def _delete_contact(self, number, _other):
        if self.contacts:
            at(self.contacts, number).unlink()
            self.contacts = self.contacts.exists()

    def _lead_customer(self, number, other):
        customer = self._customer((("account", "contact")[other % 2], other))
        if other % 4 == 0:
            customer = self.env["res.partner"]
        at(self.leads, number).partner_id = customer

    def _convert_lead(self, number, other):
        leads = self.leads.filtered(lambda lead: lead.type == "lead")
        if leads:
            customer = self._customer(("account", other)) if other % 2 else False
            at(leads, number).convert_opportunity(customer)

    def _win_lead(self, number, _other):
        at(self.leads, number).write(
            {"active": True, "stage_id": self.cast.won_stage, "probability": 100}
        )

    def _lose_lead(self, number, _other):
        lead = at(self.leads, number)
        if lead.stage_id.id != self.cast.won_stage:
            lead.action_set_lost()

    def _reopen_lead(self, number, other):
        """After a change that it did not follow while it was closed."""
        closed = self.leads.filtered(lambda lead: lead.won_status != "pending")
        if closed:
            lead = at(closed, number)
            countries = list(self.cast.countries.values())
            lead.write({"country_id": countries[other % 5], "partner_id": False})
            self.env.flush_all()
            stage = self.cast.stages[0]
            lead.write({"active": True, "stage_id": stage, "probability": 50})
            # also where the next change closes it again
            self.judged_anew |= lead

    def _win_and_move_lead(self, number, other):
        """Won with the write that changes what rules read: it keeps where it was."""
        country = list(self.cast.countries.values())[other % 5]
        lead = at(self.leads, number)
        self.owned_by_hand.add(lead.id)
        lead.write(
            {
                "active": True,
                "stage_id": self.cast.won_stage,
                "probability": 100,
                "country_id": country,
                "user_id": self.cast.users[other % 4],
            }
        )

    def _archive_lead(self, number, _other):
        lead = at(self.leads, number)
        lead.active = not lead.active

    def _lead_company(self, number, other):
        company = self.cast.companies[other % 2] if other % 3 else False
        at(self.leads, number).company_id = company

    def _merge_leads(self, number, other):
        pending = self.leads.filtered(
            lambda lead: lead.won_status == "pending" and lead.active
        )
        if len(pending) > 1:
            merged = (at(pending, number) | at(pending, other)).merge_opportunity()
            self.owned_by_hand.add(merged.id)
            self.leads = self.leads.exists()
            self.judged_anew = self.judged_anew.exists()

    def _hire_account(self, number, _other):
        """Who was an account is a colleague from then on."""
        account = at(self.accounts, number)
        if account not in self.cast.named:
            self.env["res.users"].create(
                {
                    "name": account.name,
                    "login": f"hired {account.id}",
                    "partner_id": account.id,
                    "group_ids": [(6, 0, self.env.ref("base.group_user").ids)],
                }
            )

    def _lock_account(self, number, _other):
        account = at(self.accounts, number)
        if account == account.commercial_partner_id:
            self._turn_lock(account)

    def _lock_lead(self, number, _other):
        self._turn_lock(at(self.leads, number))

    def _turn_lock(self, record):
        record.territory_is_locked = not record.territory_is_locked
        self.turned.add((record._name, record.id))

    # overrides

    def _add_override(self, spec):
        if spec["on"] == "lead":
            record, name = at(self.leads, spec["record"]), "lead_id"
        else:
            accounts = self.accounts.commercial_partner_id
            record, name = at(accounts, spec["record"]), "partner_id"
        territory = self._territory_near(record, spec["territory"])
        same = self.overrides.filtered(
            lambda o: o.territory_id == territory and o[name] == record
        )
        if not same:
            override = self.env["crm.territory.override"].create(
                {
                    "territory_id": territory.id,
                    name: record.id,
                    "decision": spec["decision"],
                    "date_end": self._end(spec["when"]),
                    "reason": "The oracle said so",
                }
            )
            self.judged_anew |= override.lead_id

    def _territory_near(self, record, number):
        """Two times of three in the line of a territory of the record, or just below:
        where a decision changes something."""
        near = record.territory_set_id.territory_ids
        for territory in near:
            near |= line(territory) | territory.child_ids
        return at(near if near and number % 3 else self.territories, number)

    def _end(self, when):
        return self._day(SPANS[when][1])

    def _an_override(self, number):
        overrides = self.overrides
        override = at(overrides, number) if overrides else overrides
        self.judged_anew |= override.lead_id
        return override

    def _delete_override(self, number, _other):
        self._an_override(number).unlink()

    def _expire_override(self, number, _other):
        self._end_override(number, self._end("past"))

    def _renew_override(self, number, _other):
        self._end_override(number, False)

    def _end_override(self, number, date_end):
        override = at(self.overrides, number) if self.overrides else self.overrides
        if override and override.date_end != date_end:
            self._an_override(number).date_end = date_end

    def _turn_override(self, number, _other):
        override = self._an_override(number)
        if override:
            override.decision = "out" if override.decision == "in" else "in"
