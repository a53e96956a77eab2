"""The specification's own examples, worked out by hand.

They judge the oracle, which nothing else does, and the engine.
"""

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_territory.tests.common import run_everything

from .assignment import Oracle
from .cast import make_cast
from .play import QUIET


@tagged("post_install", "-at_install")
class TestExamples(TransactionCase):
    """Sales (nothing of its own)
    World ▸ US  area US
      Big       account rule: 100 employees
        Bay     area ZIP 941
    Named       account rule, anywhere: ref A%; area FR
    Products    nothing of its own
      GTX       opportunity rule: expected 10,000
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **QUIET))
        cls.cast = make_cast(cls.env)
        cls.plan = cls.env["crm.territory.plan"].create(
            {"name": "Examples", "company_id": False}
        )
        cls.sales = cls._territory("Sales")
        cls.us = cls._territory("US", cls.sales, country="us")
        cls.big = cls._territory("Big", cls.us)
        cls._rule(cls.big, "account", [("employee_number", ">=", 100)])
        cls.bay = cls._territory("Bay", cls.big, country="us", zip_from="941")
        cls.named = cls._territory("Named", cls.sales, country="fr")
        cls._rule(cls.named, "account", [("ref", "=like", "A%")], is_anywhere=True)
        cls.products = cls._territory("Products", cls.sales)
        cls.gtx = cls._territory("GTX", cls.products)
        cls._rule(cls.gtx, "opportunity", [("expected_revenue", ">=", 10000)])
        cls.plan.write({"state": "active"})

    @classmethod
    def _territory(cls, name, parent=None, country=None, **area):
        values = {"name": name, "plan_id": cls.plan.id}
        values["parent_id"] = parent.id if parent else False
        if country:
            area["country_id"] = cls.cast.countries[country]
            values["area_ids"] = [(0, 0, area)]
        return cls.env["crm.territory"].create(values)

    @classmethod
    def _rule(cls, territory, applies_to, domain, **values):
        values |= {"territory_id": territory.id, "applies_to": applies_to}
        return cls.env["crm.territory.rule"].create(values | {"domain": repr(domain)})

    def account(self, country="us", **values):
        values |= {"country_id": self.cast.countries[country], "is_company": True}
        return self.env["res.partner"].create({"name": "Account"} | values)

    def lead(self, **values):
        values = {"name": "Lead", "type": "opportunity", "user_id": False} | values
        return self.env["crm.lead"].create(values)

    def override(self, record, territory, decision, **values):
        name = "partner_id" if record._name == "res.partner" else "lead_id"
        values |= {"territory_id": territory.id, "decision": decision}
        values |= {name: record.id, "reason": "Because"}
        return self.env["crm.territory.override"].create(values)

    def is_in(self, record, *territories, credited=None):
        """The record is in these territories, by the oracle and by the engine."""
        self.env.flush_all()
        self.env.invalidate_all()
        oracle = Oracle(self.env)
        judge = oracle.accounts if record._name == "res.partner" else oracle.leads
        verdict = judge(record)[record.id]
        expected = self.env["crm.territory"].union(*territories)
        self.assertEqual(verdict.territories, set(expected.ids), "the oracle errs")
        self.assertEqual(record.territory_set_id.territory_ids, expected)
        self.assertEqual(record.territory_id.id or 0, verdict.credited)
        if credited:
            self.assertEqual(record.territory_id, credited)

    def test_deepest_match_wins(self):
        self.is_in(self.account(zip="94105"), self.us)
        self.is_in(self.account(zip="94105", employee_number=100), self.bay)
        self.is_in(self.account(zip="10001", employee_number=100), self.big)

    def test_parent_gates(self):
        """In Bay's ZIP codes and too small for Big: not in Bay."""
        self.is_in(self.account(zip="94105", employee_number=99), self.us)

    def test_no_match(self):
        self.is_in(self.account("nl"))

    def test_anywhere_needs_no_area(self):
        self.is_in(self.account("nl", ref="A-1"), self.named)
        self.is_in(self.account("fr", ref="B-1"))
        self.is_in(self.account(ref="A-1"), self.us, self.named, credited=self.us)

    def test_contact_follows_account(self):
        account = self.account(zip="10001")
        contact = self.env["res.partner"].create(
            {
                "name": "Contact",
                "parent_id": account.id,
                "type": "other",
                "country_id": self.cast.countries["fr"],
            }
        )
        self.is_in(contact, self.us)

    def test_put_in_joins_and_keeps_out_what_is_above(self):
        account = self.account()
        self.override(account, self.bay, "in")
        self.is_in(account, self.bay, credited=self.bay)
        self.override(account, self.products, "in")
        self.is_in(account, self.bay, self.products)

    def test_put_in_above_the_match_stays(self):
        account = self.account(zip="94105", employee_number=100)
        self.override(account, self.us, "in")
        self.is_in(account, self.us, self.bay, credited=self.us)

    def test_keep_out_falls_back(self):
        account = self.account(zip="94105", employee_number=100)
        out = self.override(account, self.big, "out")
        self.is_in(account, self.us)
        self.override(account, self.bay, "in")
        self.is_in(account, self.bay)
        out.unlink()
        self.is_in(account, self.bay)

    def test_overlay_takes_opportunities_of_every_account(self):
        account = self.account("nl")
        self.is_in(self.lead(partner_id=account.id, expected_revenue=10000), self.gtx)
        self.is_in(self.lead(partner_id=account.id, expected_revenue=9999))
        self.is_in(
            self.lead(partner_id=account.id, expected_revenue=10000, type="lead")
        )

    def test_opportunity_is_in_its_account_territories(self):
        account = self.account()
        lead = self.lead(partner_id=account.id, expected_revenue=10000)
        self.is_in(lead, self.us, self.gtx, credited=self.gtx)
        account.country_id = self.cast.countries["nl"]
        self.is_in(lead, self.gtx)

    def test_keep_out_of_lead_falls_back(self):
        account = self.account(zip="94105", employee_number=100)
        lead = self.lead(partner_id=account.id)
        self.is_in(lead, self.bay)
        self.override(lead, self.bay, "out")
        self.is_in(lead, self.big)
        self.is_in(account, self.bay)
        self.override(lead, self.us, "out")
        self.is_in(lead)

    def test_put_in_of_account_and_keep_out_of_lead(self):
        """A put-in has no match above it to fall back to."""
        account = self.account("nl")
        self.override(account, self.bay, "in")
        lead = self.lead(partner_id=account.id)
        self.is_in(lead, self.bay, credited=self.bay)
        self.override(lead, self.big, "out")
        self.is_in(lead)

    def test_lead_alone_is_judged_by_its_own_address(self):
        """Big has no criteria for opportunities: it groups."""
        us = self.cast.countries["us"]
        self.is_in(self.lead(country_id=us), self.us)
        self.is_in(self.lead(country_id=us, zip="94105-12"), self.bay)
        self.is_in(
            self.lead(country_id=us, zip="9", expected_revenue=10000), self.us, self.gtx
        )

    def test_closed_keeps(self):
        account = self.account()
        lead = self.lead(partner_id=account.id)
        lead.write({"stage_id": self.cast.won_stage, "probability": 100})
        account.country_id = self.cast.countries["nl"]
        self.env.flush_all()
        self.assertEqual(lead.territory_id, self.us)
        lead.write({"stage_id": self.cast.stages[0], "probability": 10})
        self.is_in(lead)

    def test_broken_rule_takes_nothing(self):
        rule = self.big.rule_ids
        rule.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_territory_rule SET domain = %s WHERE id = %s",
            ["[('field_that_is_gone', '=', 1)]", rule.id],
        )
        rule.invalidate_recordset()
        self.env["crm.territory.rule"]._check_all()
        run_everything(self.plan)
        self.is_in(self.account(zip="94105", employee_number=100), self.us)

    def test_archived_territory_is_not_there(self):
        account = self.account(zip="94105", employee_number=100)
        self.big.active = False
        run_everything(self.plan)
        self.is_in(account, self.us)

    def test_owner_decides_the_credit(self):
        account = self.account(ref="A-1")
        user = self.cast.users[0]
        self.named.write({"member_ids": [(0, 0, {"user_id": user})]})
        account.user_id = user
        self.is_in(account, self.us, self.named, credited=self.named)
        account.user_id = self.cast.users[1]
        self.is_in(account, self.us, self.named, credited=self.us)
