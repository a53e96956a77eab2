from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestHiddenAccounts(TerritoryCase):
    """Accounts by territory: nobody opens a hidden one by linking himself to it.

    Bob sees Sato, which is nobody's, and not Rivoire, which lies in France.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.set_param("crm_territory.account_visibility", "territory")
        cls.eve = cls.contact("Eve", cls.rivoire, email="eve@rivoire.test")
        cls.mine = cls.lead("Mine", user_id=cls.bob.id)
        cls.env.flush_all()
        cls.leads = cls.env["crm.lead"].with_user(cls.bob)

    def assertHidden(self):
        for partner in (self.rivoire, self.eve):
            self.assertFalse(partner.with_user(self.bob).has_access("read"))

    def test_the_premises(self):
        self.assertHidden()
        self.assertTrue(self.sato.with_user(self.bob).has_access("write"))

    def test_a_lead_on_it(self):
        for partner in (self.rivoire, self.eve):
            with self.assertRaises(AccessError):
                self.leads.create({"name": "Spy", "partner_id": partner.id})
            with self.assertRaises(AccessError):
                self.leads.with_context(default_partner_id=partner.id).create(
                    {"name": "Spy"}
                )
            with self.assertRaises(AccessError):
                self.mine.with_user(self.bob).partner_id = partner
        self.assertHidden()

    def test_what_a_form_computes_of_it(self):
        spec = {"partner_id": {}, "email_from": {}, "partner_name": {}, "street": {}}
        with self.assertRaises(AccessError):
            self.leads.onchange({"partner_id": self.eve.id}, ["partner_id"], spec)
        with self.assertRaises(AccessError):
            self.leads.with_context(default_partner_id=self.eve.id).onchange(
                {}, [], spec
            )
        mine = self.mine.with_user(self.bob)
        with self.assertRaises(AccessError):
            mine.onchange({"partner_id": self.eve.id}, ["partner_id"], spec)

    def test_a_contact_of_ones_own_below_it(self):
        partners = self.env["res.partner"].with_user(self.bob)
        with self.assertRaises(AccessError):
            partners.create({"name": "Spy", "parent_id": self.rivoire.id})
        spy = partners.create({"name": "Spy"})
        self.leads.create({"name": "Spy", "partner_id": spy.id})
        with self.assertRaises(AccessError):
            spy.parent_id = self.rivoire
        self.assertHidden()

    def test_conversion_to_it(self):
        lead = self.lead("Lead", kind="lead", user_id=self.bob.id).with_user(self.bob)
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.bob)
            .with_context(
                active_model="crm.lead", active_ids=lead.ids, active_id=lead.id
            )
        )
        with self.assertRaises(AccessError):
            wizard.create(
                {
                    "lead_id": lead.id,
                    "name": "convert",
                    "action": "exist",
                    "partner_id": self.rivoire.id,
                }
            ).action_apply()
        self.assertHidden()

    def test_what_one_sees_is_linked(self):
        lead = self.leads.create({"name": "Deal", "partner_id": self.sato.id})
        with Form(lead) as form:
            form.name = "Better deal"
        self.assertEqual(lead.partner_id, self.sato)

    def test_what_was_hidden_before_does_not_stand_in_the_way(self):
        """A lead that the territory shares, of a customer that it does not."""
        lead = self.lead("Deal", self.rivoire)
        self.override(lead, self.germany)
        lead.user_id = self.amy
        self.env.flush_all()
        hers = lead.with_user(self.amy)
        hers.write({"name": "Deal of Amy", "partner_id": self.rivoire.id})
        self.assertEqual(hers.name, "Deal of Amy")
