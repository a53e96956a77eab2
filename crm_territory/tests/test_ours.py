from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestOurs(TerritoryCase):
    """Own companies and colleagues are accounts of no territory."""

    def become_colleague(self, account):
        return new_test_user(self.root, "otto", SALESMAN, partner_id=account.id)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls.env(su=True)
        cls.none = cls.env["crm.territory"]

    def test_colleague_leaves_and_comes_back(self):
        self.assertTerritories(self.adler, self.germany)
        user = self.become_colleague(self.adler)
        self.assertTerritories(self.adler, self.none)
        self.adler.sudo().country_id = self.fr
        self.run_assignment()
        self.assertTerritories(self.adler, self.none)
        user.sudo().write({"group_ids": [fields.Command.set(self.portal.ids)]})
        self.assertTerritories(self.adler, self.france)

    @property
    def portal(self):
        return self.root.ref("base.group_portal")

    def test_company_made_of_an_account(self):
        self.root["res.company"].create(
            {"name": "Adler Holding", "partner_id": self.adler.id}
        )
        self.assertTerritories(self.adler, self.none)
        company = self.root["res.company"].create(
            {"name": "New", "country_id": self.de.id}
        )
        self.assertTerritories(company.partner_id, self.none)

    def test_nobody_puts_them_in(self):
        self.become_colleague(self.adler)
        with self.assertRaisesRegex(ValidationError, "colleague"):
            self.override(self.adler, self.france)

    def test_counts_leave_them_out(self):
        area = self.germany.area_ids[:1]
        before = area.account_count
        self.become_colleague(self.adler)
        self.env.flush_all()
        area.invalidate_recordset(["account_count"])
        self.assertEqual(area.account_count, before - 1)

    def test_explained(self):
        self.become_colleague(self.adler)
        found = self.adler.get_territory_explanation()
        self.assertIn("own companies", " ".join(found["notes"]))
        self.assertFalse(found["advice"] or found["others"])

    def test_conflicts_count_neither(self):
        """Deals of a colleague are in no territory, for the report on the plan, too."""
        deal = self.lead("Desk", self.adler)
        self.assertTerritories(deal, self.germany)
        self.become_colleague(self.adler)
        self.assertTerritories(deal, self.none)
