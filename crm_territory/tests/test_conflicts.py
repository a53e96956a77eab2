"""Conflicts and gaps of a plan: what is found, and what must not be."""

from odoo.exceptions import UserError

from ..conflicts import Conflicts
from ..conflicts.finding import GAP, KINDS, MEMBER, MISSING, OVERLAP, UNCREDITED, WITHIN
from .conflicts_case import ConflictsCase


class TestOverlaps(ConflictsCase):
    def test_records_in_two_siblings(self):
        """Bruno is in Berlin by its address, and in Health by a rule."""
        self.lead("Beds", self.bruno, expected_revenue=500)
        found = self.find(OVERLAP, *self.pair(self.europe, self.health))
        self.assertEqual((found.tally.accounts, found.tally.leads), (1, 1))
        self.assertEqual(found.tally.amount, 500)
        self.assertIn("Bruno", found.example)
        for word in ("Europe", "Health", "10115", "Accounts of Health"):
            self.assertIn(word, found.text)

    def test_other_types_are_meant_so(self):
        found = self.find(OVERLAP, *self.pair(self.europe, self.health))
        self.assertEqual(found.severity, "2_check")  # Europe has no type
        self.europe.type_id = self.germany.type_id
        found = self.find(OVERLAP, *self.pair(self.europe, self.health))
        self.assertEqual(found.severity, "3_know")

    def test_none_where_no_record_is_in_both(self):
        self.bruno.industry_id = False
        self.assertIsNone(self.find(OVERLAP, *self.pair(self.europe, self.health)))
        self.assertIsNone(self.find(OVERLAP, *self.pair(self.germany, self.france)))

    def test_put_in_by_hand_is_no_conflict(self):
        self.override(self.rivoire, self.germany)
        self.assertIsNone(self.find(OVERLAP, *self.pair(self.germany, self.france)))

    def test_areas_that_meet_where_nothing_is(self):
        paris = self.territory(
            "Paris",
            self.europe,
            areas=[{"country_id": self.fr.id, "zip_from": "75"}],
        )
        found = self.find(OVERLAP, *self.pair(self.france, paris))
        self.assertEqual(found.tally.count, 0)
        self.assertIn("France 75000", found.example)
        paris.parent_id = self.france
        self.assertIsNone(self.find(OVERLAP, *self.pair(self.france, paris)))

    def test_areas_that_only_rules_fill_are_left_open(self):
        """What lies there is in both only if it meets the rules: who knows."""
        paris = self.territory(
            "Paris",
            self.europe,
            areas=[{"country_id": self.fr.id, "zip_from": "75"}],
            rules=[("account", [("industry_id", "=", self.health_industry.id)])],
        )
        self.assertIsNone(self.find(OVERLAP, *self.pair(self.france, paris)))
        self.account("Paris Clinic", self.fr, zip="75001")
        self.assertIsNone(self.find(OVERLAP, *self.pair(self.france, paris)))
        self.account(
            "Clinic", self.fr, zip="75001", industry_id=self.health_industry.id
        )
        found = self.find(OVERLAP, *self.pair(self.france, paris))
        self.assertEqual(found.tally.accounts, 1)

    def test_of_a_draft_as_if_it_were_active(self):
        draft = self.plan.copy()
        twins = {t.name: t for t in draft.territory_ids}
        pair = self.pair(twins["Europe"], twins["Health"])
        self.lead("Beds", self.bruno)
        found = self.find(OVERLAP, *pair, plan=draft)
        self.assertEqual((found.tally.accounts, found.tally.leads), (1, 1))

    def test_locked_and_closed_records_are_left_out(self):
        lead = self.lead("Beds", self.bruno)
        pair = self.pair(self.europe, self.health)
        lead.action_set_lost()
        self.assertEqual(self.find(OVERLAP, *pair).tally.leads, 0)
        self.lead("More beds", self.bruno)
        self.bruno.territory_is_locked = True
        self.assertIsNone(self.find(OVERLAP, *pair))


class TestGaps(ConflictsCase):
    def test_country_without_territory(self):
        self.lead("Robots", self.sato, expected_revenue=70)
        found = self.find(GAP, "country", self.jp.id, "JP")
        self.assertEqual((found.tally.accounts, found.tally.leads), (1, 1))
        self.assertEqual(found.tally.amount, 70)
        self.assertEqual(found.place, {"country_id": self.jp.id})
        self.assertEqual(found.below_id, self.europe.id)
        self.assertIsNone(self.find(GAP, "country", self.de.id, "DE"))

    def test_part_of_a_country_that_is_covered_by_zip(self):
        self.germany.area_ids.unlink()
        self.germany.area_ids = [
            (0, 0, {"country_id": self.de.id, "zip_from": "10", "zip_to": "29"})
        ]
        found = self.find(GAP, "zip", self.de.id, "DE8")
        self.assertEqual(found.tally.accounts, 1)
        self.assertEqual(found.place["zip_from"], "8")
        self.account("Leipzig", self.de, zip="04109")
        self.account("Kassel", self.de, zip="30159")
        keys = {f.key[3] for f in self.findings(GAP)}
        self.assertEqual(keys, {"DE8", "DE0", "DE3", "JP"})

    def test_part_of_a_country_that_is_covered_by_states(self):
        bavaria, saxony = (
            self.env.ref(f"base.state_de_{code}") for code in ("by", "sn")
        )
        self.berlin.active = False
        self.germany.area_ids.state_id = bavaria
        self.adler.state_id = bavaria
        self.bruno.state_id = saxony
        self.bruno.industry_id = False
        found = self.findings(GAP)
        self.assertEqual(
            {f.key[1:] for f in found},
            {("state", self.de.id, saxony.id), ("country", self.jp.id, "JP")},
        )

    def test_what_rules_refuse(self):
        self.territory(
            "Japanese clinics",
            areas=[{"country_id": self.jp.id}],
            rules=[("account", [("industry_id", "=", self.health_industry.id)])],
        )
        found = self.find(GAP, "which", self.jp.id, None)
        self.assertEqual(found.tally.accounts, 1)
        self.assertIsNone(found.place)

    def test_colleagues_kept_out_and_elsewhere_are_no_gap(self):
        self.override(self.sato, self.germany, "out")
        self.assertFalse(self.findings(GAP))

    def test_one_click_closes_it(self):
        self.look()
        finding = self.env["crm.territory.finding"].search([("kind", "=", "2_gap")])
        self.assertEqual(finding.country_id, self.jp)
        self.assertEqual(finding.target_id, self.europe)
        finding.action_add()
        japan = self.env["crm.territory"].search([("name", "=", "Japan")])
        self.assertEqual(japan.parent_id, self.europe)
        self.assertEqual(japan.area_ids.country_id, self.jp)
        self.assertEqual(japan.type_id, self.germany.type_id)
        self.assertFalse(self.findings(GAP))
        self.run_assignment()
        self.assertTerritories(self.sato, japan)

    def test_it_is_added_to_the_territory_chosen(self):
        self.look()
        finding = self.env["crm.territory.finding"].search([("kind", "=", "2_gap")])
        finding.target_id = self.france
        finding.action_add()
        self.assertEqual(self.france.area_ids.country_id, self.fr | self.jp)
        self.assertFalse(self.findings(GAP))

    def test_a_territory_that_would_not_take_it_is_refused(self):
        self.look()
        finding = self.env["crm.territory.finding"].search([("kind", "=", "2_gap")])
        finding.target_id = self.berlin  # Germany lets nothing of Japan through
        with self.assertRaises(UserError) as refused:
            finding.action_add()
        self.assertIn("lets nothing from Japan through", str(refused.exception))
        finding.target_id = self.health
        with self.assertRaises(UserError) as refused:
            finding.action_add()
        self.assertIn("wherever they are", str(refused.exception))


class TestOthers(ConflictsCase):
    def test_kinds_that_are_asked_for(self):
        """The same as among all, and no others."""
        self.france.area_ids = [(0, 0, {"country_id": self.fr.id, "zip_from": "75"})]
        self.territory("Later", self.europe)
        of_all = self.findings()
        self.assertEqual({f.kind for f in of_all}, set(KINDS))
        for kind in KINDS:
            found = Conflicts(self.plan).findings([kind])
            self.assertEqual(found, [f for f in of_all if f.kind == kind])

    def test_never_credited(self):
        """Health comes first by its type: nothing of Bruno's is Berlin's."""
        found = self.find(UNCREDITED, self.berlin.id)
        self.assertEqual(found.tally.accounts, 1)
        self.assertIn("Health", found.text)
        self.assertIsNone(self.find(UNCREDITED, self.health.id))
        self.account("Spree", self.de, zip="10117")
        self.assertIsNone(self.find(UNCREDITED, self.berlin.id))

    def test_a_member_is_credited_with_what_he_owns(self):
        self.env["crm.territory.member"].create(
            {"territory_id": self.berlin.id, "user_id": self.amy.id}
        )
        self.bruno.user_id = self.amy
        self.assertIsNone(self.find(UNCREDITED, self.berlin.id))
        self.assertTrue(self.find(UNCREDITED, self.health.id))

    def test_areas_within_areas_of_the_same_territory(self):
        self.france.area_ids = [(0, 0, {"country_id": self.fr.id, "zip_from": "75"})]
        [found] = self.findings(WITHIN)
        self.assertEqual(found.territory_ids, (self.france.id,))
        self.assertIn("75", found.text)
        self.france.area_ids[0].unlink()
        self.assertFalse(self.findings(WITHIN))

    def test_without_member(self):
        """Berlin's are for Amy, of Germany above it; nobody is in or above Health."""
        self.assertEqual(self.find(MEMBER, self.berlin.id).severity, "3_know")
        self.assertEqual(self.find(MEMBER, self.health.id).severity, "2_check")
        self.assertIsNone(self.find(MEMBER, self.germany.id))
        self.assertIsNone(self.find(MEMBER, self.europe.id))  # groups only
        self.assertIsNone(self.find(MEMBER, self.products.id))

    def test_values_that_criteria_read(self):
        nowhere = self.account("Nowhere")
        found = self.find(MISSING, "res.partner", "country_id")
        self.assertGreaterEqual(found.tally.accounts, 1)
        before = found.tally.accounts
        nowhere.country_id = self.de
        after = self.find(MISSING, "res.partner", "country_id")
        self.assertEqual(after.tally.accounts if after else 0, before - 1)
        # ZIP codes tell in Germany only
        found = self.find(MISSING, "res.partner", "zip")
        self.assertEqual(found.tally.accounts, 1)
        self.assertTrue(self.find(MISSING, "res.partner", "industry_id"))
        self.assertIsNone(self.find(MISSING, "res.partner", "city"))
