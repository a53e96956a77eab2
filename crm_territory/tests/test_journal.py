from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestJournal(TerritoryCase):
    """Why a record moved: kept as facts, told in the language of who reads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        admin = cls.env(user=cls.env.ref("base.user_root"))
        admin["res.lang"]._activate_lang("de_DE")
        cls.de.sudo().with_context(lang="de_DE").name = "Deutschland"

    def _last(self, record):
        column = "lead_id" if record._name == "crm.lead" else "partner_id"
        self.env.flush_all()
        return self.env["crm.territory.move"].search(
            [(column, "=", record.id)], limit=1
        )

    def test_area_is_named_with_its_value(self):
        self.sato.write({"country_id": self.de.id, "zip": "10117"})
        self.assertEqual(self._last(self.sato).why, "Berlin: Germany 10115–14199")

    def test_area_of_a_city_and_a_state(self):
        state = self.env.ref("base.state_us_5")
        self.territory(
            "Coast",
            areas=[
                {
                    "country_id": self.us.id,
                    "state_id": state.id,
                    "city": "Los Angeles",
                    "zip_from": "9",
                }
            ],
        )
        self.sato.write(
            {
                "country_id": self.us.id,
                "state_id": state.id,
                "city": "los angeles",
                "zip": "90001",
            }
        )
        self.assertEqual(
            self._last(self.sato).why,
            f"Coast: United States {state.name} Los Angeles 9",
        )

    def test_in_the_language_of_the_reader(self):
        self.sato.with_context(lang="de_DE").country_id = self.de
        move = self._last(self.sato)
        self.assertEqual(move.why, "Germany: Germany")
        self.assertEqual(move.with_context(lang="de_DE").why, "Germany: Deutschland")

    def test_what_was_deleted_since_is_still_told(self):
        self.sato.write({"country_id": self.de.id, "zip": "10117"})
        self.sato.industry_id = self.health_industry
        move = self._last(self.sato)
        why = move.why
        self.assertIn("Accounts of Health", why)
        self.health.rule_ids.unlink()
        self.berlin.area_ids.zip_to = "19999"
        self.berlin.name = "East"
        self.env.invalidate_all()
        self.assertEqual(move.why, why)
        self.berlin.area_ids.unlink()
        self.env.invalidate_all()
        self.assertEqual(move.why, why)

    def test_like_its_account_and_why_that_is_there(self):
        lead = self.lead("Deal", self.sato, product_line_ids=self.gtx_line.ids)
        self.env.flush_all()
        self.sato.write({"country_id": self.de.id, "zip": "10117"})
        self.assertEqual(
            self._last(lead).why,
            "Berlin: like its account (Germany 10115–14199)\nGTX: Opportunities of GTX",
        )
        # what the account matched then, not what it matches now
        self.sato.zip = False
        self.env.flush_all()
        moves = self.env["crm.territory.move"].search([("lead_id", "=", lead.id)])
        self.assertEqual(
            moves.sorted("id").mapped("why")[-2:],
            [
                "Berlin: like its account (Germany 10115–14199)\n"
                "GTX: Opportunities of GTX",
                "Germany: like its account (Germany)\nGTX: Opportunities of GTX",
            ],
        )

    def test_by_hand(self):
        self.override(self.sato, self.france)
        self.assertEqual(
            self._last(self.sato).why,
            "France: put in by hand (Asked for by the customer)",
        )
        self.sato.territory_override_ids.unlink()
        self.assertEqual(self._last(self.sato).why, "No territory matches.")

    def test_undone_run(self):
        self.territory("Japan", areas=[{"country_id": self.jp.id}])
        run = self.run_assignment()
        run.action_undo()
        move = self._last(self.sato)
        self.assertEqual(move.why, f"{run.name} was undone.")
        run.unlink()
        move.invalidate_recordset()
        self.assertEqual(move.why, "A run was undone.")

    def test_what_older_versions_wrote(self):
        self.sato.country_id = self.de
        move = self._last(self.sato).sudo()
        move.reasons = {"text": "Germany: geography"}
        self.assertEqual(move.why, "Germany: geography")

    def test_why_of_today(self):
        """On the form of a record, by the criteria of today."""
        lead = self.lead("Deal", self.bruno)
        self.assertEqual(
            lead.territory_why,
            "Berlin: like its account (Germany 10115–14199)\n"
            "Health: like its account (Accounts of Health)",
        )
        eva = self.account("Eva")
        lead = self.lead("Form", eva, country_id=self.de.id)
        self.assertEqual(lead.territory_why, "Germany: Germany")

    def test_old_simulations_are_deleted(self):
        self.territory("Japan", areas=[{"country_id": self.jp.id}])
        dry = self.run_assignment(is_dry=True).move_ids
        real = self.run_assignment().move_ids
        moves = self.env["crm.territory.move"].sudo()
        moves._gc_simulations()
        self.assertEqual(dry.exists(), dry)
        old = fields.Datetime.now() - timedelta(days=31)
        (dry | real).sudo().date = old
        self.env.flush_all()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("crm_territory.simulation_days", "0")
        moves._gc_simulations()
        self.assertEqual(dry.exists(), dry)
        parameters.set_param("crm_territory.simulation_days", "30")
        moves._gc_simulations()
        self.assertFalse(dry.exists())
        self.assertEqual(real.exists(), real)
