from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestOverrides(TerritoryCase):
    """What a person decides beats the rules, until the day that it expires."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()

    def _upkeep(self, days=1):
        """The daily job, so many days from now."""
        self.env.flush_all()
        with freeze_time(fields.Datetime.now() + timedelta(days=days)):
            self.env["crm.territory.plan"].sudo()._cron_upkeep()
            self.env.flush_all()

    # -- put in

    def test_put_in_adds_to_what_the_rules_say(self):
        self.override(self.adler, self.france)
        self.assertTerritories(self.adler, self.germany | self.france)
        self.assertCredited(self.adler, self.france)

    def test_put_in_without_any_match(self):
        override = self.override(self.sato, self.europe)
        self.assertTerritories(self.sato, self.europe)
        override.unlink()
        self.assertNoTerritory(self.sato)

    def test_put_in_above_the_match_stays(self):
        self.override(self.bruno, self.germany)
        self.assertTerritories(self.bruno, self.berlin | self.germany | self.health)

    def test_put_in_takes_the_contacts_and_leads_along(self):
        contact = self.contact("Ken", self.sato)
        lead = self.lead("Deal", contact)
        self.override(self.sato, self.france)
        self.assertTerritories(contact, self.france)
        self.assertTerritories(lead, self.france)

    def test_put_in_of_a_lead_leaves_the_account_alone(self):
        lead = self.lead("Deal", self.adler)
        self.override(lead, self.health)
        self.assertTerritories(lead, self.germany | self.health)
        self.assertCredited(lead, self.health)
        self.assertTerritories(self.adler, self.germany)

    # -- keep out

    def test_keep_out_falls_back_to_the_next_above(self):
        self.override(self.bruno, self.berlin, "out")
        self.assertTerritories(self.bruno, self.germany | self.health)

    def test_keep_out_closes_all_below(self):
        self.override(self.bruno, self.germany, "out")
        self.assertTerritories(self.bruno, self.health)

    def test_put_in_below_a_keep_out_holds(self):
        self.override(self.bruno, self.germany, "out")
        self.override(self.bruno, self.berlin, "in")
        self.assertTerritories(self.bruno, self.berlin | self.health)

    def test_keep_out_of_the_account_closes_for_its_leads(self):
        lead = self.lead("Deal", self.adler, product_line_ids=self.gtx_line.ids)
        self.assertTerritories(lead, self.germany | self.gtx)
        self.override(self.adler, self.gtx, "out")
        self.assertTerritories(lead, self.germany)

    def test_keep_out_of_a_lead_closes_what_the_account_is_in(self):
        lead = self.lead("Deal", self.bruno)
        self.override(lead, self.health, "out")
        self.assertTerritories(lead, self.berlin)
        self.override(lead, self.berlin, "out")
        self.assertTerritories(lead, self.germany)
        self.assertTerritories(self.bruno, self.berlin | self.health)

    def test_changed_decision_and_territory(self):
        override = self.override(self.adler, self.france)
        override.territory_id = self.health
        self.assertTerritories(self.adler, self.germany | self.health)
        override.write({"decision": "out", "territory_id": self.germany.id})
        self.assertNoTerritory(self.adler)

    def test_override_moved_to_another_record(self):
        override = self.override(self.adler, self.health)
        override.partner_id = self.sato
        self.assertTerritories(self.adler, self.germany)
        self.assertTerritories(self.sato, self.health)

    # -- survive

    def test_survive_runs_and_changes(self):
        self.override(self.adler, self.health)
        self.override(self.bruno, self.berlin, "out")
        self.run_assignment()
        self.adler.country_id = self.fr
        self.bruno.zip = "10119"
        self.assertTerritories(self.adler, self.france | self.health)
        self.assertTerritories(self.bruno, self.germany | self.health)

    def test_survive_a_change_of_the_criteria(self):
        self.override(self.adler, self.france)
        self.france.area_ids.unlink()
        self.germany.area_ids.unlink()
        self.run_assignment()
        self.assertTerritories(self.adler, self.france)

    # -- closed opportunities

    def test_closed_opportunity_moves_by_hand(self):
        lead = self.lead("Deal", self.adler)
        lead.action_set_won()
        override = self.override(lead, self.france)
        self.assertTerritories(lead, self.germany | self.france)
        override.unlink()
        self.assertTerritories(lead, self.germany)

    def test_closed_opportunity_does_not_follow_an_override_of_its_account(self):
        lead = self.lead("Deal", self.adler)
        lead.action_set_won()
        self.override(self.adler, self.france)
        self.assertTerritories(lead, self.germany)

    # -- expiry

    def test_holds_on_its_last_day(self):
        self.override(self.adler, self.france, date_end=self.today)
        self.assertTerritories(self.adler, self.germany | self.france)

    def test_expires_by_the_daily_job(self):
        lead = self.lead("Deal", self.adler)
        for record in (self.adler, lead):
            self.override(record, self.health, date_end=self.today)
        self._upkeep(days=0)
        self.assertTerritories(self.adler, self.germany | self.health)
        self._upkeep(days=1)
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self.assertTerritories(self.adler, self.germany)
            self.assertTerritories(lead, self.germany)
        self.assertTrue(self.adler.territory_override_ids.is_expired)

    def test_of_yesterday_never_holds(self):
        self.override(self.adler, self.france, date_end=self.today - timedelta(days=1))
        self.assertTerritories(self.adler, self.germany)

    def test_keep_out_expires_too(self):
        self.override(self.adler, self.germany, "out", date_end=self.today)
        self.assertNoTerritory(self.adler)
        self._upkeep(days=1)
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self.assertTerritories(self.adler, self.germany)

    def test_expired_one_can_be_extended_or_followed_by_another(self):
        yesterday = self.today - timedelta(days=1)
        old = self.override(self.adler, self.france, date_end=yesterday)
        self._upkeep(days=0)
        self.assertTrue(old.is_expired)
        new = self.override(self.adler, self.france)
        self.assertTerritories(self.adler, self.germany | self.france)
        new.unlink()
        old.date_end = self.today
        self.assertFalse(old.is_expired)
        self.assertTerritories(self.adler, self.germany | self.france)

    # -- what an override must be

    def test_one_for_each_record_and_territory(self):
        self.override(self.adler, self.france)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.override(self.adler, self.france, "out")
        lead = self.lead("Deal", self.adler)
        self.override(lead, self.france)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.override(lead, self.france)

    def test_needs_a_reason(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.override(self.adler, self.france, reason=False)

    def test_is_of_one_record(self):
        lead = self.lead("Deal", self.adler)
        for values in ({"lead_id": lead.id}, {"partner_id": False}):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                with self.env.cr.savepoint():
                    self.override(self.adler, self.france, **values)

    def test_is_of_an_account_not_of_a_contact(self):
        contact = self.contact("Uwe", self.adler)
        with self.assertRaisesRegex(ValidationError, "Uwe.*follows its account.*Adler"):
            self.override(contact, self.france)

    def test_carries_its_author(self):
        self.assertEqual(self.override(self.adler, self.france).user_id, self.mona)

    def test_record_that_one_may_not_see_cannot_be_pulled(self):
        """Claire manages Europe, and sees her own leads only."""
        hidden = self.lead("Deal", self.sato, user_id=self.mona.id)
        with self.assertRaises(AccessError):
            self.env["crm.territory.override"].with_user(self.claire).create(
                {"lead_id": hidden.id, "territory_id": self.france.id, "reason": "Mine"}
            )

    # -- history

    def test_expired_decision_is_history(self):
        """It keeps its reason and author; a new one is made beside it."""
        old = self.override(self.sato, self.france, reason="Long ago")
        old.sudo().write({"date_end": "2020-01-01", "user_id": self.claire.id})
        self.env.cr.execute(
            "UPDATE crm_territory_override SET is_expired = TRUE WHERE id = %s",
            [old.id],
        )
        self.env.invalidate_all()
        for decision in ("in", "out"):
            self.env["crm.territory.assign"].create(
                {
                    "partner_ids": self.sato.ids,
                    "territory_ids": self.france.ids,
                    "decision": decision,
                    "reason": f"Now {decision}",
                }
            ).action_assign()
        live = self.sato.territory_override_ids - old
        self.assertEqual((live.decision, live.reason), ("out", "Now out"))
        self.env["crm.territory.assign"].create(
            {"partner_ids": self.sato.ids, "decision": "reset"}
        ).action_assign()
        self.assertEqual(self.sato.territory_override_ids, old)
        self.assertEqual((old.reason, old.user_id), ("Long ago", self.claire))
