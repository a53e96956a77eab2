from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestLocked(TerritoryCase):
    """What is locked stays where it is, and with whom, whatever the rules say."""

    def lock(self, record, is_locked=True):
        record.territory_is_locked = is_locked

    # -- the engine

    def test_change_and_run_leave_it_alone(self):
        self.lock(self.adler)
        self.adler.country_id = self.fr
        self.assertTerritories(self.adler, self.germany)
        self.germany.area_ids.unlink()
        run = self.run_assignment()
        self.assertTerritories(self.adler, self.germany)
        self.assertCredited(self.adler, self.germany)
        self.assertNotIn(self.adler, run.move_ids.partner_id)

    def test_unlocked_it_follows_at_once(self):
        self.lock(self.adler)
        self.adler.country_id = self.fr
        self.lock(self.adler, False)
        self.assertTerritories(self.adler, self.france)

    def test_what_was_written_before_counts(self):
        self.adler.country_id = self.fr
        self.lock(self.adler)
        self.adler.country_id = self.jp
        self.assertTerritories(self.adler, self.france)
        self.bruno.write({"territory_is_locked": True, "country_id": self.fr.id})
        self.assertTerritories(self.bruno, self.berlin | self.health)

    def test_simulation_leaves_it_alone(self):
        self.lock(self.adler)
        self.germany.area_ids.country_id = self.us
        run = self.run_assignment(is_dry=True)
        self.assertNotIn(self.adler, run.move_ids.partner_id)
        self.assertIn(self.bruno, run.move_ids.partner_id)

    def test_contacts_and_leads_of_a_locked_account(self):
        contact = self.contact("Eva", self.adler)
        self.lock(self.adler)
        self.adler.country_id = self.fr
        lead = self.lead("Deal", contact, product_line_ids=self.gtx_line.ids)
        self.assertTerritories(contact, self.germany)
        self.assertTerritories(lead, self.germany | self.gtx)
        new = self.contact("Ben", self.adler)
        self.assertTerritories(new, self.germany)

    def test_leads_of_a_locked_account_without_country(self):
        """It lies where it is: the address of its leads says nothing."""
        eva = self.account("Eva")
        self.override(eva, self.france)
        self.lock(eva)
        lead = self.lead("Deal", eva, country_id=self.de.id)
        self.assertTerritories(lead, self.france)

    def test_leads_of_an_account_without_country_that_is_locked(self):
        """At once, not with the next run."""
        eva = self.account("Eva")
        lead = self.lead("Deal", eva, country_id=self.de.id)
        self.assertTerritories(lead, self.germany)
        self.lock(eva)
        self.assertNoTerritory(lead)
        self.lock(eva, False)
        self.assertTerritories(lead, self.germany)

    def test_lead(self):
        lead = self.lead("Deal", self.adler)
        self.lock(lead)
        self.adler.country_id = self.fr
        self.assertTerritories(lead, self.germany)
        self.run_assignment(include_closed=True)
        self.assertTerritories(lead, self.germany)

    def test_made_locked_it_is_in_none(self):
        account = self.account("Locked", self.de, territory_is_locked=True)
        self.assertNoTerritory(account)
        self.run_assignment()
        self.assertNoTerritory(account)

    def test_no_salesperson_from_its_territory(self):
        lead = self.lead("Deal", self.adler)
        self.lock(lead)
        self.germany.owner_policy = "round_robin"
        self.run_assignment()
        self.assertFalse(lead.user_id)
        self.lock(lead, False)
        self.run_assignment()
        self.assertEqual(lead.user_id, self.amy)

    def test_override_that_ends_leaves_it(self):
        override = self.override(self.sato, self.france)
        self.lock(self.sato)
        override.sudo().is_expired = True
        self.assertTerritories(self.sato, self.france)

    def test_undo_leaves_it(self):
        self.territory("Japan", areas=[{"country_id": self.jp.id}])
        run = self.run_assignment()
        japan = self.sato.territory_id
        self.lock(self.sato)
        run.action_undo()
        self.assertTerritories(self.sato, japan)

    def test_what_is_outstanding_counts_it_not(self):
        self.germany.area_ids.zip_from = "9"
        before = self.plan.outdated_count
        self.lock(self.adler)
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.outdated_count, before - 1)

    # -- by hand

    def test_decisions_by_hand_wait_for_the_key(self):
        self.lock(self.adler)
        with self.assertRaises(UserError):
            self.override(self.adler, self.france)
        self.lock(self.adler, False)
        override = self.override(self.adler, self.france)
        self.lock(self.adler)
        with self.assertRaises(UserError):
            override.decision = "out"
        with self.assertRaises(UserError):
            override.unlink()
        override.reason = "Said again"

    # -- who may

    def test_who_decides_by_hand_locks(self):
        claire, amy = self.adler.with_user(self.claire), self.adler.with_user(self.amy)
        self.assertFalse(amy.territory_can_lock)
        with self.assertRaises(AccessError):
            amy.territory_is_locked = True
        with self.assertRaises(AccessError):
            amy.env["res.partner"].create(
                {"name": "Mine", "is_company": True, "territory_is_locked": True}
            )
        with self.assertRaises(AccessError):
            amy.with_context(default_territory_is_locked=True).create({"name": "Mine"})
        self.assertTrue(claire.territory_can_lock)
        claire.territory_is_locked = True
        with self.assertRaises(AccessError):
            amy.territory_is_locked = False
        amy.write({"territory_is_locked": True, "phone": "1"})  # as it is
        claire.territory_is_locked = False

    def test_not_of_another_line(self):
        """Of an account of Health alone, that somebody else has."""
        self.sato.industry_id = self.health_industry
        self.sato.user_id = self.mona
        lead = self.lead("Deal", self.sato, user_id=self.mona.id)
        with self.assertRaises(AccessError):
            lead.with_user(self.claire).territory_is_locked = True

    def test_contacts_have_no_lock(self):
        contact = self.contact("Eva", self.adler)
        with self.assertRaisesRegex(ValidationError, "follows its account"):
            self.lock(contact)

    # -- shown

    def test_form_search_and_chatter(self):
        self.env.cr.flush()
        account = self.adler.with_context(tracking_disable=False)
        with Form(account) as form:
            form.territory_is_locked = True
        self.env.cr.flush()
        account.invalidate_recordset(["message_ids"])
        locked = self.env["res.partner"].search([("territory_is_locked", "=", True)])
        self.assertEqual(locked, self.adler)
        tracked = account.message_ids.sudo().tracking_value_ids.field_id
        self.assertIn("territory_is_locked", tracked.mapped("name"))

    def test_import(self):
        found = self.env["res.partner"].load(
            ["id", "name", "is_company", "territory_is_locked"],
            [["__test__.locked", "Imported", "True", "True"]],
        )
        self.assertFalse(found["messages"])
        imported = self.env["res.partner"].browse(found["ids"])
        self.assertTrue(imported.territory_is_locked)

    def test_copy_is_free(self):
        self.lock(self.adler)
        self.assertFalse(self.adler.copy().territory_is_locked)

    def test_explained(self):
        self.lock(self.adler)
        self.adler.country_id = self.fr
        self.env.flush_all()
        found = self.adler.get_territory_explanation(self.france.id)
        self.assertIn("locked", found["notes"][0])
        self.assertEqual(found["territories"][0]["standing"], "kept")
        self.assertIn("By the criteria of today", found["asked"]["words"])
