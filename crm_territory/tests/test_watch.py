from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestWatch(TerritoryCase):
    """What makes a record judged again: the values that criteria read, and no other."""

    def setUp(self):
        super().setUp()
        # what the first judgement of a transaction costs is not of the write
        self.adler.zip = "80333"
        self.env.flush_all()

    def takes(self, domain, kind="account", **values):
        """A territory of one rule, known to the judgement of what follows."""
        territory = self.territory(
            values.pop("name", "Taker"), rules=[(kind, domain)], **values
        )
        self.run_assignment()
        return territory

    # -- unwatched fields

    def _write_cost(self, record, values):
        self.env.invalidate_all()
        record.mapped("display_name")
        with self.counting() as count:
            record.write(values)
        return count[0]

    def assertNoDearer(self, record, first, second):
        """Writing the values costs the same with and without an active plan."""
        for values in (first, second):  # both warmed up
            self._write_cost(record, values)
        with_plan = self._write_cost(record, first)
        self.plan.action_archive_plan()
        self._write_cost(record, second)
        without_plan = self._write_cost(record, first)
        self.plan.action_reset_draft()
        self.plan.action_activate()
        self._write_cost(record, second)
        again = self._write_cost(record, first)
        self.assertEqual((with_plan, again), (without_plan, without_plan))

    def test_unwatched_field_of_an_account_costs_nothing(self):
        self.contact("Uwe", self.adler)
        self.lead("Deal", self.adler)
        self.assertNoDearer(self.adler, {"ref": "A"}, {"ref": "B"})
        self.assertNoDearer(self.adler, {"phone": "1"}, {"phone": "2"})
        self.assertNoDearer(self.adler, {"comment": "A"}, {"comment": "B"})
        self.assertNoDearer(self.adler, {"color": 1}, {"color": 2})

    def test_unwatched_field_of_a_lead_costs_nothing(self):
        lead = self.lead("Deal", self.adler)
        stages = self.env["crm.stage"].search([("is_won", "=", False)], limit=2)
        self.assertNoDearer(lead, {"priority": "1"}, {"priority": "2"})
        self.assertNoDearer(lead, {"expected_revenue": 1}, {"expected_revenue": 2})
        self.assertNoDearer(lead, {"probability": 10}, {"probability": 20})
        self.assertNoDearer(lead, {"active": False}, {"active": True})
        self.assertNoDearer(
            lead, {"stage_id": stages[0].id}, {"stage_id": stages[1].id}
        )

    def test_unwatched_field_of_another_model_costs_nothing(self):
        country = self.de.sudo()
        self.assertNoDearer(country, {"phone_code": 49}, {"phone_code": 50})

    def test_field_of_an_archived_rule_is_unwatched(self):
        taker = self.takes([("ref", "=", "X")])
        taker.rule_ids.active = False
        self.assertNotIn(
            "ref", self.env["crm.territory.plan"]._watched()["res.partner"]
        )

    def test_field_of_a_draft_plan_is_unwatched(self):
        draft = self.env["crm.territory.plan"].create({"name": "Draft"})
        self.territory("Draft", rules=[("account", [("ref", "=", "X")])], plan=draft)
        self.assertNotIn(
            "ref", self.env["crm.territory.plan"]._watched()["res.partner"]
        )

    # -- watched fields

    def test_watched_field_judges_the_account_its_contacts_and_leads(self):
        contact = self.contact("Uwe", self.adler)
        lead, of_contact = self.lead("Deal", self.adler), self.lead("Deal", contact)
        self.adler.country_id = self.fr
        for record in (self.adler, contact, lead, of_contact):
            self.assertTerritories(record, self.france)
            self.assertCredited(record, self.france)

    def test_new_territories_are_seen_before_the_flush(self):
        self.adler.country_id = self.fr
        self.assertEqual(self.adler.territory_ids, self.france)
        self.assertEqual(
            self.env["res.partner"].search([("territory_ids", "in", self.france.ids)]),
            self.adler | self.rivoire,
        )

    def test_value_that_a_lead_rule_reads_of_its_account(self):
        taker = self.takes([("partner_id.ref", "=", "GOLD")], "opportunity")
        contact = self.contact("Uwe", self.adler)
        lead, of_contact = self.lead("Deal", self.adler), self.lead("Deal", contact)
        self.adler.ref = "GOLD"
        self.assertTerritories(lead, self.germany | taker)
        self.assertTerritories(of_contact, self.germany)
        contact.ref = "GOLD"
        self.assertTerritories(of_contact, self.germany | taker)

    def test_value_of_the_account_that_its_leads_are_gated_by(self):
        """GTX in Germany: the lead's territory depends on the account's country."""
        deals = self.territory(
            "German GTX",
            areas=[{"country_id": self.de.id}],
            rules=[("opportunity", [("product_line_ids", "in", self.gtx_line.ids)])],
        )
        self.run_assignment()
        lead = self.lead("Deal", self.rivoire, product_line_ids=self.gtx_line.ids)
        self.assertTerritories(lead, self.france | self.gtx)
        self.rivoire.country_id = self.de
        self.assertTerritories(lead, self.germany | self.gtx | deals)

    def test_many2many(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        taker = self.takes([("category_id", "in", tag.ids)])
        self.sato.category_id = [Command.link(tag.id)]
        self.assertTerritories(self.sato, taker)
        self.sato.category_id = [Command.unlink(tag.id)]
        self.assertNoTerritory(self.sato)

    def test_many2many_written_from_the_other_side(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        taker = self.takes([("category_id", "in", tag.ids)])
        tag.partner_ids = self.sato
        self.assertTerritories(self.sato, taker)
        tag.unlink()
        self.assertNoTerritory(self.sato)

    def test_computed_field(self):
        """The normalised e-mail is computed from the e-mail."""
        taker = self.takes([("email_normalized", "ilike", "@adler.de")])
        self.sato.email = "Ken <ken@ADLER.de>"
        self.assertTerritories(self.sato, taker)

    def test_computed_and_not_stored_field(self):
        taker = self.takes([("display_name", "ilike", "Tokyo")])
        self.sato.name = "Tokyo Ltd"
        self.assertTerritories(self.sato, taker)

    def test_one2many_of_accounts(self):
        taker = self.takes([("child_ids", "!=", False)])
        contact = self.contact("Ken", self.sato)
        self.assertTerritories(self.sato, taker)
        contact.parent_id = self.adler
        self.assertNoTerritory(self.sato)
        self.assertTerritories(self.adler, self.germany | taker)
        contact.unlink()
        self.assertTerritories(self.adler, self.germany)

    def test_fields_at_the_end_of_a_one2many(self):
        taker = self.takes([("child_ids.function", "=", "CEO")])
        ceo = self.contact("Ken", self.sato, function="CEO")
        self.assertTerritories(self.sato, taker)
        ceo.function = "CTO"
        self.assertNoTerritory(self.sato)
        ceo.function = "CEO"
        ceo.parent_id = self.adler
        self.assertNoTerritory(self.sato)
        self.assertTerritories(self.adler, self.germany | taker)

    # -- names and trees of what records point at

    def test_renamed_country(self):
        by_name = [
            ("country_id", "=", "Nippon"),
            ("country_id.name", "=", "Nippon"),
            ("country_id", "ilike", "nippo"),
            ("country_id", "in", ["Nippon", "Nihon"]),
            ("country_id", "any", [("name", "=", "Nippon")]),
            ("country_id.code", "=", "NX"),
        ]
        for condition in by_name:
            with self.subTest(condition=condition):
                taker = self.takes([condition])
                self.assertNoTerritory(self.sato)
                self.jp.sudo().write({"name": "Nippon", "code": "NX"})
                self.assertTerritories(self.sato, taker)
                self.jp.sudo().write({"name": "Japan", "code": "JP"})
                self.assertNoTerritory(self.sato)
                taker.unlink()

    def test_renamed_country_of_an_area_changes_nothing(self):
        self.de.sudo().name = "Deutschland"
        self.assertTerritories(self.adler, self.germany)

    def test_renamed_state_two_steps_away(self):
        texas = self.env.ref("base.state_us_44").sudo()
        account = self.account("Oil", self.us, state_id=texas.id)
        contact = self.contact("Jo", account)
        lead = self.lead("Deal", contact)
        taker = self.takes(
            [("partner_id.commercial_partner_id.state_id.name", "=", "Lone Star")],
            "opportunity",
        )
        texas.name = "Lone Star"
        self.assertTerritories(lead, taker)
        self.assertNoTerritory(account)

    def test_tag_that_moves_in_its_tree(self):
        top, tag = self.env["res.partner.category"].create(
            [{"name": "Top"}, {"name": "Tag"}]
        )
        self.sato.category_id = tag
        taker = self.takes([("category_id", "child_of", top.ids)])
        self.assertNoTerritory(self.sato)
        tag.parent_id = top
        self.assertTerritories(self.sato, taker)
        tag.parent_id = False
        self.assertNoTerritory(self.sato)

    def test_more_records_than_can_be_judged_at_once_mark_the_plan(self):
        taker = self.takes([("country_id.name", "=", "Nippon")])
        self.assertFalse(self.plan.is_to_be_run)
        path = "odoo.addons.crm_territory.models.base._JUDGE_AT_ONCE"
        self.account("Ono", self.jp)
        with patch(path, 1):
            self.jp.sudo().name = "Nippon"
        self.assertNoTerritory(self.sato)
        self.assertTrue(self.plan.is_to_be_run)
        self.run_assignment()
        self.assertTerritories(self.sato, taker)

    def test_criteria_that_read_what_they_decide_are_refused(self):
        """They would chase their own tail."""
        for kind, condition in (
            ("account", ("territory_ids", "in", self.france.ids)),
            ("account", ("territory_id", "=", self.france.id)),
            ("account", ("territory_set_id", "!=", False)),
            ("account", ("child_ids.territory_id", "=", self.france.id)),
            ("opportunity", ("territory_id.name", "=", "France")),
        ):
            with self.subTest(condition=condition):
                with self.assertRaisesRegex(ValidationError, "territor"):
                    self.territory(repr(condition), rules=[(kind, [condition])])

    def test_lead_rules_may_read_the_territory_of_the_account(self):
        taker = self.takes(
            [("partner_id.territory_id", "=", self.france.id)], "opportunity"
        )
        lead = self.lead("Deal", self.adler)
        self.assertTerritories(lead, self.germany)
        self.adler.country_id = self.fr
        self.assertTerritories(lead, self.france | taker)

    # -- contacts and accounts

    def test_contact_that_changes_company(self):
        contact = self.contact("Uwe", self.adler)
        lead = self.lead("Deal", contact)
        contact.parent_id = self.rivoire
        for record in (contact, lead):
            self.assertTerritories(record, self.france)
        self.assertTerritories(self.adler, self.germany)

    def test_contact_that_becomes_an_account_and_back(self):
        contact = self.contact("Uwe", self.adler, type="other", country_id=self.fr.id)
        lead = self.lead("Deal", contact)
        self.assertTerritories(contact, self.germany)
        contact.is_company = True
        for record in (contact, lead):
            self.assertTerritories(record, self.france)
        contact.is_company = False
        for record in (contact, lead):
            self.assertTerritories(record, self.germany)

    def test_account_that_becomes_a_contact_takes_its_contacts_along(self):
        boss = self.account("Boss", self.fr, is_company=False)
        below = self.contact("Below", boss)
        self.assertTerritories(below, self.france)
        boss.parent_id = self.adler
        self.assertTerritories(boss, self.germany)
        self.assertTerritories(below, self.germany)

    def test_subsidiary_is_an_account_of_its_own(self):
        daughter = self.account(
            "Daughter", self.fr, parent_id=self.adler.id, type="other"
        )
        self.assertTerritories(daughter, self.france)

    def test_contacts_created_with_their_account(self):
        account = self.account(
            "Whole", self.de, child_ids=[Command.create({"name": "Jo"})]
        )
        self.assertTerritories(account.child_ids, self.germany)

    def test_deleted_account_leaves_its_contacts(self):
        gone = self.account("Gone", self.de)
        contact = self.contact("Jo", gone, type="other", country_id=self.fr.id)
        self.assertTerritories(contact, self.germany)
        gone.unlink()
        self.assertTerritories(contact, self.france)

    def test_deleted_account_whose_value_rules_of_leads_read(self):
        """Nothing is computed between what Odoo marks and the deletion: a contact
        would lose its account, and get none.
        """
        path = "partner_id.commercial_partner_id.ref"
        self.takes([(path, "=", "A-1")], "opportunity")
        gone = self.account("Gone", self.de, ref="A-1")
        contact = self.contact("Jo", gone, type="other", country_id=self.fr.id)
        lead = self.lead("Deal", contact)
        self.env.flush_all()
        self.env.invalidate_all()
        gone.unlink()
        self.assertTerritories(contact, self.france)
        self.assertEqual(contact.commercial_partner_id, contact)
        self.assertTerritories(lead, self.france)

    def test_archived_records_are_judged(self):
        lead = self.lead("Deal", self.adler)
        self.adler.active = False
        lead.write({"active": False, "probability": 20})
        self.adler.country_id = self.fr
        self.assertTerritories(self.adler, self.france)
        self.assertTerritories(lead, self.france)
        self.adler.active = True
        self.assertTerritories(self.adler, self.france)

    def test_rule_that_reads_active(self):
        taker = self.takes([("active", "=", False)])
        self.sato.active = False
        self.assertTerritories(self.sato, taker)
        self.sato.active = True
        self.assertNoTerritory(self.sato)

    # -- merging

    def _merge(self, kept, *merged):
        accounts = kept.browse([kept.id, *(account.id for account in merged)])
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo()
        self.env.flush_all()
        wizard._merge(accounts.ids, kept)
        self.env.flush_all()
        self.env.invalidate_all()

    def test_merged_accounts_bring_their_leads_and_contacts(self):
        contact = self.contact("Jo", self.rivoire)
        lead, of_contact = self.lead("Deal", self.rivoire), self.lead("Deal", contact)
        won = self.lead("Won", self.rivoire)
        won.action_set_won()
        self._merge(self.adler, self.rivoire)
        self.assertFalse(self.rivoire.exists())
        self.assertEqual(lead.partner_id, self.adler)
        self.assertEqual(contact.commercial_partner_id, self.adler)
        for record in (self.adler, contact, lead, of_contact):
            self.assertTerritories(record, self.germany)
            self.assertCredited(record, self.germany)
        self.assertTerritories(won, self.france)

    def test_merged_account_takes_over_values(self):
        """What the kept account lacks comes from the other, and counts."""
        self.sato.country_id = False
        lead = self.lead("Deal", self.sato)
        self._merge(self.sato, self.rivoire)
        self.assertEqual(self.sato.country_id, self.fr)
        self.assertTerritories(self.sato, self.france)
        self.assertTerritories(lead, self.france)

    def test_merged_accounts_bring_their_overrides(self):
        self.override(self.adler, self.france)
        self.override(self.rivoire, self.france, "out")
        self.override(self.rivoire, self.health)
        lead = self.lead("Deal", self.adler)
        self._merge(self.adler, self.rivoire)
        overrides = self.adler.territory_override_ids
        self.assertEqual(overrides.territory_id, self.france | self.health)
        self.assertEqual(overrides.mapped("decision"), ["in", "in"])
        everything = self.germany | self.france | self.health
        self.assertTerritories(self.adler, everything)
        self.assertTerritories(lead, everything)

    def test_merged_accounts_of_which_no_value_changes(self):
        """All that moves is moved by SQL."""
        kept, merged = (self.account(n, is_company=False) for n in ("Kept", "Merged"))
        contact = self.contact("Jo", merged)
        lead = self.lead("Deal", merged)
        self.override(merged, self.health)
        self.assertTerritories(lead, self.health)
        self.assertNoTerritory(kept)
        self._merge(kept, merged)
        for record in (kept, contact, lead):
            self.assertTerritories(record, self.health)

    def test_merged_contact_of_another_account(self):
        mine, theirs = self.contact("Jo", self.adler), self.contact("Jo", self.rivoire)
        lead = self.lead("Deal", theirs)
        self._merge(mine, theirs)
        self.assertEqual(lead.partner_id, mine)
        self.assertTerritories(lead, mine.territory_ids)
        self.assertTerritories(mine, mine.commercial_partner_id.territory_ids)

    def test_merged_leads(self):
        kept = self.lead("Kept", self.adler, expected_revenue=10)
        other = self.lead("Other", self.adler, product_line_ids=self.gtx_line.ids)
        self.override(kept, self.france, "out")
        self.override(other, self.france, "in")
        self.override(other, self.health, "in")
        result = (kept | other).merge_opportunity()
        self.assertEqual(
            sorted(result.territory_override_ids.territory_id.mapped("name")),
            ["France", "Health"],
        )
        self.assertIn(self.health, self.stored_territories(result))
        self.assertIn(self.germany, self.stored_territories(result))

    def test_merged_leads_prefer_a_live_override_to_an_expired_one(self):
        kept = self.lead("Kept", self.adler, probability=90)
        other = self.lead("Other", self.adler, probability=10)
        for record in (kept, other):
            self.override(record, self.health)
        result_id = (kept | other)._sort_by_confidence_level(reverse=True)[0]
        result_id.territory_override_ids.date_end = "2020-01-01"
        self.env["crm.territory.plan"].sudo()._cron_upkeep()
        self.assertTerritories(result_id, self.germany)
        result = (kept | other).merge_opportunity()
        self.assertEqual(result, result_id)
        self.assertTerritories(result, self.germany | self.health)
