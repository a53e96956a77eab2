from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.crm_territory.engine.codes import parse_signature
from odoo.addons.crm_territory.matching import narrowing
from odoo.addons.crm_territory.matching.matcher import Matcher

from .common import TerritoryCase

MANY = 150


@tagged("post_install", "-at_install")
class TestNarrowing(TerritoryCase):
    """Few records are asked only for the rules that they can meet: the same as if all
    were asked.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tag = cls.env["res.partner.category"].create({"name": "Key"})
        cls.adler.write({"ref": "A-1", "employee_number": 0, "category_id": tag.ids})
        cls.bruno.write({"city": "Berlin", "employee_number": 7})
        cls.nowhere = cls.account("Nowhere", ref="A-2")
        health = cls.health_industry.id
        of_accounts = [
            [("ref", "=", "A-1")],
            [("ref", "=", False)],
            [("ref", "!=", "A-1")],
            [("id", "in", [cls.bruno.id, cls.sato.id])],
            [("employee_number", "=", 0)],
            [("employee_number", "=", 7), ("industry_id", "=", health)],
            [("employee_number", ">", 5), ("industry_id", "=", health)],
            [("industry_id", "in", [False, health])],
            [("category_id", "in", tag.ids)],
            [("is_company", "=", False)],
            [("city", "ilike", "berl")],
            [("country_id.code", "=", "FR")],
        ]
        of_leads = [
            [("priority", "=", "3")],
            [("city", "=", "Paris")],
            [("team_id", "=", False)],
            [("expected_revenue", ">=", 10), ("priority", "=", "1")],
        ]
        cls.many = cls.territory(
            "Many",
            rules=[
                *(("account", domain) for domain in of_accounts),
                *(("opportunity", domain) for domain in of_leads),
                *(("account", [("ref", "=", f"B-{n}")]) for n in range(MANY)),
            ],
        )
        cls.leads = (
            cls.lead("With account", cls.adler, priority="3")
            + cls.lead("In Paris", cls.bruno, city="Paris")
            + cls.lead("Alone", priority="1", expected_revenue=10)
            + cls.lead("Lends its address", cls.nowhere, country_id=cls.fr.id)
        )
        cls.accounts = cls.adler | cls.bruno | cls.rivoire | cls.sato | cls.nowhere

    def _match(self, records, where):
        matcher = Matcher(self.env, self.env["crm.territory.plan"]._compiled())
        found = matcher.match(records._name, where)
        self.assertFalse(matcher.broken)
        return {row.id: (row[:-1], parse_signature(row.signature)) for row in found}

    def _assert_same(self, records):
        everything = self._match(records, SQL("r.id = ANY(%s)", records.ids))
        self.assertEqual(everything.keys(), set(records.ids))
        self.assertEqual(self._match(records, records.ids), everything)

    def test_same_answer(self):
        for records in (self.accounts, self.leads):
            self._assert_same(records)
            for record in records:
                # all rules for accounts count only for leads that lend their address
                self._assert_same(record)

    def test_few_rules_are_asked(self):
        narrowed = []

        def remembering(*args):
            narrowed.append(narrow(*args))
            return narrowed[-1]

        narrow = narrowing.narrowed
        path = "odoo.addons.crm_territory.matching.matcher.narrowed"
        with patch(path, remembering):
            for records in (self.adler, self.leads[0], self.leads[2]):
                self._match(records, records.ids)
        of_account, of_lead, of_lead_alone = narrowed
        self.assertLess(of_account.accounts.row_count, 15)
        self.assertLess(of_lead.accounts.row_count, 15)
        self.assertFalse(of_lead_alone.accounts.rule_ids)
        self.assertTrue(of_lead_alone.leads.rule_ids)

    def test_judged_alone(self):
        self.sato.ref = "B-77"
        self.assertTerritories(self.sato, self.many)
