from unittest.mock import patch

from odoo.tests import tagged

from ..models import res_partner
from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestLeads(TerritoryCase):
    """Leads and opportunities: of an account, of none, converted, closed, reopened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.won_stage = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)

    def gtx_lead(self, account, **values):
        return self.lead("GTX", account, product_line_ids=self.gtx_line.ids, **values)

    # -- with an account

    def test_takes_the_territories_of_the_account(self):
        self.assertTerritories(self.lead("Deal", self.bruno), self.berlin | self.health)
        self.assertTerritories(
            self.lead("Lead", self.bruno, kind="lead"), self.berlin | self.health
        )

    def test_of_a_contact_takes_those_of_its_account(self):
        contact = self.contact("Uwe", self.adler)
        self.assertTerritories(self.lead("Deal", contact), self.germany)

    def test_own_address_does_not_count_beside_an_account(self):
        lead = self.lead("Deal", self.adler, country_id=self.fr.id)
        self.assertTerritories(lead, self.germany)

    def test_overlay_takes_opportunities_of_every_account(self):
        self.assertTerritories(self.gtx_lead(self.adler), self.germany | self.gtx)
        self.assertTerritories(self.gtx_lead(self.sato), self.gtx)

    def test_rules_of_opportunities_do_not_judge_leads(self):
        self.assertNoTerritory(self.gtx_lead(self.sato, kind="lead"))

    def test_rules_of_accounts_hold_for_the_account_not_for_the_lead(self):
        """Health is for accounts of the industry, and for leads by their size."""
        self.assertTerritories(
            self.lead("Big", self.sato, kind="lead", employee_number=10),
            self.env["crm.territory"],
        )
        clinic = self.account("Clinic", self.jp, industry_id=self.health_industry.id)
        self.assertTerritories(
            self.lead("Small", clinic, kind="lead", employee_number=1), self.health
        )

    def test_refined_below_the_territory_of_the_account(self):
        large = self.territory(
            "Large deals",
            self.germany,
            rules=[("opportunity", [("expected_revenue", ">=", 1000)])],
        )
        self.assertTerritories(self.lead("L", self.adler, expected_revenue=1000), large)
        self.assertTerritories(
            self.lead("S", self.adler, expected_revenue=999), self.germany
        )
        self.assertNoTerritory(self.lead("J", self.sato, expected_revenue=1000))
        # the account itself is not refined
        self.assertTerritories(self.adler, self.germany)

    def test_refinement_asks_the_account_for_the_areas_on_the_way(self):
        bavaria = self.territory(
            "Bavaria",
            self.germany,
            areas=[{"country_id": self.de.id, "zip_from": "8"}],
        )
        deals = self.territory(
            "Bavarian deals",
            bavaria,
            rules=[("opportunity", [("priority", "=", "3")])],
        )
        self.run_assignment()
        self.assertTerritories(self.lead("A", self.adler, priority="3"), deals)
        self.assertTerritories(
            self.lead("B", self.bruno, priority="3"), self.berlin | self.health
        )

    def test_refinement_beside_the_deepest_territory_of_the_account(self):
        """The account is in Berlin: that it lies in Germany opens what is beside."""
        deals = self.territory(
            "German deals",
            self.germany,
            rules=[("opportunity", [("priority", "=", "3")])],
        )
        self.run_assignment()
        self.assertTerritories(
            self.lead("A", self.bruno, priority="3"), self.berlin | self.health | deals
        )
        self.assertTerritories(self.lead("B", self.rivoire, priority="3"), self.france)

    def test_refinement_with_an_own_area_asks_the_account(self):
        mixed = self.territory(
            "GTX in Japan",
            areas=[{"country_id": self.jp.id}],
            rules=[("opportunity", [("product_line_ids", "in", self.gtx_line.ids)])],
        )
        self.run_assignment()
        self.assertTerritories(self.gtx_lead(self.sato), mixed | self.gtx)
        self.assertTerritories(self.gtx_lead(self.adler), self.germany | self.gtx)
        # the account is there by the area alone: rules are per object
        self.assertTerritories(self.sato, mixed)

    def test_changed_value_judges_again(self):
        lead = self.lead("Deal", self.adler)
        lead.product_line_ids = self.gtx_line
        self.assertTerritories(lead, self.germany | self.gtx)
        lead.product_line_ids = False
        self.assertTerritories(lead, self.germany)

    def test_changed_account_judges_again(self):
        lead = self.lead("Deal", self.adler)
        lead.partner_id = self.rivoire
        self.assertTerritories(lead, self.france)
        lead.partner_id = False
        lead.country_id = self.jp
        self.assertNoTerritory(lead)

    # -- without account

    def test_without_account_judged_by_its_own_address(self):
        lead = self.lead("Mail", country_id=self.de.id, zip="10 117", kind="lead")
        self.assertTerritories(lead, self.berlin)
        lead.country_id = self.fr
        self.assertTerritories(lead, self.france)

    def test_without_account_judged_by_its_own_fields(self):
        lead = self.lead("Mail", kind="lead", employee_number=10)
        self.assertTerritories(lead, self.health)
        lead.employee_number = 9
        self.assertNoTerritory(lead)

    def test_without_account_the_parent_gates(self):
        self.territory(
            "German leads",
            self.germany,
            rules=[("lead", [("priority", "=", "3")])],
        )
        self.assertNoTerritory(self.lead("Mail", kind="lead", priority="3"))

    def test_gets_an_account(self):
        lead = self.lead("Mail", country_id=self.fr.id, kind="lead")
        self.assertTerritories(lead, self.france)
        lead.partner_id = self.adler
        self.assertTerritories(lead, self.germany)

    def test_loses_its_account(self):
        gone = self.account("Gone", self.fr)
        lead = self.lead("Deal", gone)
        lead.country_id = self.de
        self.assertTerritories(lead, self.france)
        gone.unlink()
        self.assertFalse(lead.partner_id)
        self.assertTerritories(lead, self.germany)

    # -- conversion

    def test_converted_lead_is_judged_as_opportunity(self):
        lead = self.lead("Mail", kind="lead", product_line_ids=self.gtx_line.ids)
        self.assertNoTerritory(lead)
        lead.convert_opportunity(False)
        self.assertTerritories(lead, self.gtx)

    def test_converted_with_a_new_account(self):
        lead = self.lead(
            "Mail",
            kind="lead",
            partner_name="Newcomer",
            country_id=self.de.id,
            zip="14199",
            employee_number=50,
        )
        self.assertTerritories(lead, self.berlin | self.health)
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            )
            .create({"name": "convert", "action": "create"})
        )
        wizard.action_apply()
        self.assertEqual(lead.type, "opportunity")
        self.assertTerritories(lead.partner_id.commercial_partner_id, self.berlin)
        self.assertTerritories(lead, self.berlin)

    # -- an account without address

    def test_own_address_where_the_account_has_none(self):
        eva = self.account("Eva", is_company=False)
        lead = self.lead("Form", eva, country_id=self.de.id, zip="10117")
        self.assertTerritories(lead, self.berlin)
        lead.write({"country_id": self.fr.id, "zip": "75001"})
        self.assertTerritories(lead, self.france)
        eva.write({"country_id": self.de.id, "zip": "80331"})
        self.assertTerritories(lead, self.germany)  # now hers counts
        eva.write({"country_id": False, "zip": False})
        self.assertTerritories(lead, self.france)

    def test_other_values_of_an_account_without_address_count(self):
        clinic = self.account("Clinic", industry_id=self.health_industry.id)
        lead = self.lead("Form", clinic, country_id=self.de.id, zip="10117")
        self.assertTerritories(lead, self.berlin | self.health)
        small = self.territory(
            "Small in France",
            self.france,
            rules=[("account", [("employee_number", "<", 5)])],
        )
        lead.country_id = self.fr
        self.assertTerritories(lead, small | self.health)

    def test_overrides_of_an_account_without_address(self):
        eva = self.account("Eva")
        lead = self.lead("Form", eva, country_id=self.de.id)
        self.override(eva, self.germany, "out")
        self.assertNoTerritory(lead)
        self.override(eva, self.france)
        self.assertTerritories(lead, self.france)

    def test_address_of_a_lead_does_not_count_beside_that_of_its_account(self):
        lead = self.lead("Deal", self.adler, country_id=self.fr.id)
        lead.country_id = self.gb
        self.assertTerritories(lead, self.germany)

    def test_run_judges_by_the_lent_address(self):
        lead = self.lead("Form", self.account("Eva"), country_id=self.jp.id)
        japan = self.territory("Japan", areas=[{"country_id": self.jp.id}])
        self.run_assignment()
        self.assertTerritories(lead, japan)
        self.assertIn("Japan", lead.territory_why)

    # -- what it knows goes along

    def _known(self, **values):
        values = {
            "annual_revenue": 10e6,
            "annual_revenue_currency_id": self.env.ref("base.EUR").id,
            "employee_number": 800,
            "product_line_ids": self.gtx_line.ids,
            **values,
        }
        return values

    def assertKnown(self, record):
        self.assertEqual(
            (
                record.annual_revenue,
                record.annual_revenue_currency_id.name,
                record.employee_number,
                record.product_line_ids,
            ),
            (10e6, "EUR", 800, self.gtx_line),
        )

    def test_customer_knows_what_the_lead_knew(self):
        large = self.territory(
            "Large",
            rules=[
                (kind, [("employee_number", ">=", 500)])
                for kind in ("account", "lead", "opportunity")
            ],
        )
        for values in (
            {"partner_name": "Newcomer", "contact_name": "Nina"},
            {"partner_name": "Newcomer"},
            {"contact_name": "Nina"},
        ):
            with self.subTest(values=values):
                lead = self.lead(
                    "Mail", kind="lead", country_id=self.fr.id, **self._known(**values)
                )
                wizard = self.env["crm.lead2opportunity.partner"].with_context(
                    active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
                )
                wizard.create({"name": "convert", "action": "create"}).action_apply()
                account = lead.partner_id.commercial_partner_id
                self.assertKnown(account)
                self.assertTerritories(account, self.france | large)
                self.assertTerritories(lead, self.france | large | self.gtx)

    def test_suggested_recipient_knows_what_the_lead_knew(self):
        lead = self.lead(
            "Mail", email_from="nina@example.com", contact_name="Nina", **self._known()
        )
        [values] = lead._get_customer_information().values()
        self.assertKnown(self.env["res.partner"].create(values))

    def test_merged_leads_know_what_each_knew(self):
        first = self.lead("First", country_id=self.fr.id, probability=50)
        second = self.lead(
            "Second", country_id=self.fr.id, probability=10, **self._known()
        )
        merged = (first | second).merge_opportunity()
        self.assertEqual(merged, first)
        self.assertKnown(merged)
        self.assertTerritories(merged, self.france | self.gtx)

    def test_old_record_gets_a_currency_with_its_revenue(self):
        """The addon's installation writes no record."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET annual_revenue_currency_id = NULL;"
            "UPDATE res_partner SET annual_revenue_currency_id = NULL"
        )
        self.env.invalidate_all()
        for record in (self.adler, self.lead("Deal")):
            record.annual_revenue = 1000
            self.assertEqual(
                record.annual_revenue_currency_id, self.env.company.currency_id
            )

    # -- closed

    def test_won_keeps_its_territory(self):
        lead = self.lead("Deal", self.adler)
        lead.action_set_won()
        self.assertEqual(lead.won_status, "won")
        self.assertTerritories(lead, self.germany)
        self.adler.country_id = self.fr
        self.assertTerritories(self.adler, self.france)
        self.assertTerritories(lead, self.germany)
        lead.product_line_ids = self.gtx_line
        self.assertTerritories(lead, self.germany)

    def test_lost_keeps_its_territory(self):
        lead = self.lead("Deal", self.adler)
        lead.action_set_lost()
        self.assertEqual(lead.won_status, "lost")
        lead.partner_id = self.rivoire
        self.assertTerritories(lead, self.germany)

    def test_closing_write_that_changes_criteria_counts_as_closed(self):
        """Won by the drag that also moves the account: what it closed in stays."""
        lead = self.lead("Deal", self.adler)
        self.assertTerritories(lead, self.germany)
        lead.write({"stage_id": self.won_stage.id, "partner_id": self.rivoire.id})
        self.assertEqual(lead.won_status, "won")
        self.assertTerritories(lead, self.germany)

    def test_reopened_is_judged_again(self):
        won = self.lead("Deal", self.adler)
        lost = self.lead("Deal", self.adler)
        won.action_set_won()
        lost.action_set_lost()
        self.adler.country_id = self.fr
        self.assertTerritories(won | lost, self.germany)
        won.stage_id = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        lost.action_unarchive()
        self.assertEqual((won | lost).mapped("won_status"), ["pending", "pending"])
        self.assertTerritories(won, self.france)
        self.assertTerritories(lost, self.france)

    def test_created_closed_is_judged_once(self):
        lead = self.lead(
            "Old deal", self.adler, stage_id=self.won_stage.id, probability=100
        )
        self.assertEqual(lead.won_status, "won")
        self.assertTerritories(lead, self.germany)
        lead.partner_id = self.rivoire
        self.assertTerritories(lead, self.germany)

    def test_archived_open_lead_is_judged_like_others(self):
        lead = self.lead("Deal", self.adler)
        lead.write({"active": False, "probability": 50})
        self.assertEqual(lead.won_status, "pending")
        self.adler.country_id = self.fr
        self.assertTerritories(lead, self.france)

    def test_why_tells_what_speaks_for_each_territory(self):
        lead = self.gtx_lead(self.adler)
        self.override(lead, self.health)
        why = lead.territory_why
        self.assertIn("GTX: Opportunities of GTX", why)
        self.assertIn("Germany: like its account (Germany)", why)
        self.assertIn("Health: put in by hand", why)
        self.assertIn("Germany: Germany", self.adler.territory_why)
        self.assertEqual(self.sato.territory_why, "No territory matches.")

    def test_what_follows_the_commit_fails_nothing(self):
        """The leads that a transaction could not see are left for a run, and other
        workers are told what changed all the same.
        """
        with (
            patch.object(self.registry, "cursor", side_effect=OSError("no connection")),
            patch.object(self.registry, "signal_changes") as told,
            self.assertLogs(res_partner._logger, "ERROR") as logged,
        ):
            res_partner._judge_unseen(
                self.registry, {"account_ids": {self.adler.id}, "lead_ids": set()}
            )
        told.assert_called_once()
        self.assertIn("wait for the next run", logged.output[0])
