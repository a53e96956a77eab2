"""Conflicts and gaps of a plan: what is found, and what must not be."""

from ast import literal_eval

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..conflicts import Conflicts
from ..conflicts.finding import GAP, MEMBER, MISSING, NEVER, OVERLAP, UNCREDITED, WITHIN
from .common import TerritoryCase


@tagged("post_install", "-at_install")
class ConflictsCase(TerritoryCase):
    """The plan *World* is active; what is of another company or a colleague counts for
    nothing.
    """

    def findings(self, kind=None, plan=None, user=None):
        self.env.flush_all()
        plan = (plan or self.plan).with_user(user or self.mona)
        ids = self.env["crm.territory.finding"].with_user(user or self.mona)
        only = ids._territories_to_tell(plan)
        found = Conflicts(plan, only).findings()
        return [finding for finding in found if kind in (None, finding.kind)]

    def find(self, kind, *key, **options):
        """The finding of a key; None without one."""
        found = [f for f in self.findings(kind, **options) if f.key == (kind, *key)]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else None

    def pair(self, one, other):
        return sorted((one.id, other.id))


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
        self.env["crm.territory.plan"].browse(self.plan.id).action_find_conflicts()
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
        self.plan.action_find_conflicts()
        finding = self.env["crm.territory.finding"].search([("kind", "=", "2_gap")])
        finding.target_id = self.france
        finding.action_add()
        self.assertEqual(self.france.area_ids.country_id, self.fr | self.jp)
        self.assertFalse(self.findings(GAP))

    def test_a_territory_that_would_not_take_it_is_refused(self):
        self.plan.action_find_conflicts()
        finding = self.env["crm.territory.finding"].search([("kind", "=", "2_gap")])
        finding.target_id = self.berlin  # Germany lets nothing of Japan through
        with self.assertRaises(UserError) as refused:
            finding.action_add()
        self.assertIn("lets nothing from Japan through", str(refused.exception))
        finding.target_id = self.health
        with self.assertRaises(UserError) as refused:
            finding.action_add()
        self.assertIn("wherever they are", str(refused.exception))


class TestNever(ConflictsCase):
    def rule_of(self, domain, territory=None, applies_to="account", **values):
        return self.env["crm.territory.rule"].create(
            {
                "territory_id": (territory or self.germany).id,
                "applies_to": applies_to,
                "domain": repr(domain),
                **values,
            }
        )

    def assertNever(self, rule, words):
        found = self.find(NEVER, "rule", rule.id)
        self.assertTrue(found, "not found")
        self.assertIn(words, found.text)

    def assertLeftAlone(self, rule):
        self.assertIsNone(self.find(NEVER, "rule", rule.id))

    def test_conditions_that_exclude_each_other(self):
        for domain in (
            [("industry_id", "in", [])],
            ["&", ("id", "=", 1), ("id", "=", 2)],
            ["&", ("color", ">=", 5), ("color", "<", 5)],
            ["&", ("color", ">", 4), ("color", "<", 5)],
            ["&", ("industry_id", "=", False), ("industry_id", "=", 3)],
            ["|", ("id", "in", []), "&", ("color", ">", 5), ("color", "<", 5)],
            [("country_id.code", "=", "FR"), ("country_id.code", "=", "DE")],
        ):
            with self.subTest(domain):
                self.assertNever(self.rule_of(domain), "exclude each other")

    def test_conditions_that_something_meets(self):
        for domain in (
            [],
            ["&", ("color", ">=", 5), ("color", "<=", 5)],
            ["|", ("id", "in", []), ("color", "=", 5)],
            [("name", "ilike", "x"), ("name", "not ilike", "x")],  # left open
            ["&", ("category_id", "in", [1]), ("category_id", "in", [2])],
        ):
            with self.subTest(domain):
                rule = self.rule_of(domain, self.france)
                self.assertLeftAlone(rule)
                rule.unlink()

    def test_what_the_parent_never_lets_through(self):
        other = self.env["res.partner.industry"].sudo().create({"name": "Mining"})
        below = self.territory("Clinics", self.health)
        rule = self.rule_of([("industry_id", "=", other.id)], below)
        self.assertNever(rule, "“Health” above it")
        fits = self.rule_of(
            [("industry_id", "in", [other.id, self.health_industry.id])], below
        )
        self.assertLeftAlone(fits)
        lead = self.rule_of([("employee_number", "<", 5)], below, "lead")
        self.assertLeftAlone(lead)  # of an account in it, Health is not asked

    def test_what_lies_outside_of_the_geography(self):
        rule = self.rule_of([("country_id", "=", self.fr.id)], self.berlin)
        self.assertNever(rule, "exclude each other")
        rule.is_anywhere = True
        self.assertNever(rule, "“Germany” above it")
        self.rule_of([("color", "=", 1)], self.germany, is_anywhere=True)
        self.assertLeftAlone(rule)

    def test_what_an_earlier_rule_takes(self):
        big = self.rule_of([("color", "=", 3)], self.france, sequence=1)
        same = self.rule_of(
            [("color", "=", 3), ("industry_id", "=", 1)], self.france, sequence=2
        )
        other = self.rule_of([("industry_id", "=", 1)], self.france, sequence=3)
        self.assertNever(same, big.name)
        self.assertLeftAlone(big)
        self.assertLeftAlone(other)
        same.is_anywhere = True  # and so takes what the other does not
        self.assertLeftAlone(same)

    def test_areas_outside_of_the_parent(self):
        lyon = self.territory(
            "Lyon", self.germany, areas=[{"country_id": self.fr.id, "zip_from": "69"}]
        )
        found = self.find(NEVER, "area", lyon.id, self.germany.id)
        self.assertIn("France, 69", found.text)
        self.assertIsNone(self.find(NEVER, "area", self.berlin.id, self.germany.id))
        self.rule_of([("color", "=", 1)], self.germany, is_anywhere=True)
        self.assertIsNone(self.find(NEVER, "area", lyon.id, self.germany.id))

    def test_territories_that_take_and_group_nothing(self):
        empty = self.territory("Later", self.europe)
        self.assertTrue(self.find(NEVER, "territory", empty.id))
        self.assertIsNone(self.find(NEVER, "territory", self.europe.id))

    def test_disabled_rules(self):
        rule = self.rule_of([("color", "=", 1)], self.france)
        rule.sudo().error = "it reads a field that is gone"
        self.assertNever(rule, "a field that is gone")


class TestRuleForm(ConflictsCase):
    """What is told while a rule is edited."""

    def setUp(self):
        super().setUp()
        self.rule = self.health.rule_ids.filtered(lambda r: r.applies_to == "account")

    def told(self, rule=None):
        return (rule or self.rule).with_user(self.mona).conflict or ""

    def test_a_rule_that_can_never_match(self):
        self.assertFalse(self.told())
        with Form(self.rule.with_user(self.mona)) as form:
            form.domain = '["&", ("color", ">", 5), ("color", "<", 5)]'
            self.assertIn("exclude each other", form.conflict)
            form.domain = "no domain"
            self.assertFalse(form.conflict)
            form.domain = '[("color", ">", 5)]'
            self.assertFalse(form.conflict)

    def test_a_new_rule_that_takes_no_more(self):
        rule = self.env["crm.territory.rule"].new(
            {
                "territory_id": self.health.id,
                "domain": repr([*literal_eval(self.rule.domain), ("color", "=", 1)]),
            }
        )
        self.assertIn("comes first", self.told(rule))
        rule.domain = '[("color", "=", 1)]'
        self.assertFalse(self.told(rule))

    def test_a_rule_that_the_parent_shuts_out(self):
        rule = self.env["crm.territory.rule"].new(
            {
                "territory_id": self.berlin.id,
                "domain": repr([("country_id", "=", self.fr.id)]),
                "is_anywhere": True,
            }
        )
        self.assertIn("“Germany” above it", self.told(rule))

    def test_records_that_others_of_the_type_have(self):
        self.health.type_id = self.berlin.type_id
        self.assertIn("1 of these records", self.told())
        self.bruno.industry_id = False
        self.env.invalidate_all()
        self.assertFalse(self.told())

    def test_who_does_not_edit_it_is_told_nothing(self):
        self.rule.domain = "[('id', 'in', [])]"
        self.assertTrue(self.told())
        self.assertFalse(self.rule.with_user(self.amy).conflict)


class TestOthers(ConflictsCase):
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


class TestWhoIsTold(ConflictsCase):
    def test_salespeople_are_told_nothing(self):
        for user in (self.amy, self.bob):
            plan = self.plan.with_user(user)
            self.assertFalse(plan.user_sees_findings)
            with self.assertRaises(AccessError):
                plan.action_find_conflicts()

    def test_managers_are_told_of_their_branch(self):
        plan = self.plan.with_user(self.claire)
        self.assertTrue(plan.user_sees_findings)
        plan.action_find_conflicts()
        found = self.env["crm.territory.finding"].with_user(self.claire).search([])
        self.assertTrue(found)
        branch = self.europe | self.germany | self.berlin | self.france
        for finding in found:
            told = finding.sudo().territory_id | finding.sudo().other_id
            self.assertTrue(told & branch, finding.text)

    def test_counts_are_those_of_what_one_sees(self):
        """Claire sees what is in Europe; the opportunity of another is not."""
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        pair = self.pair(self.europe, self.health)
        self.lead("Beds", self.bruno, expected_revenue=5)
        self.assertEqual(self.find(OVERLAP, *pair, user=self.claire).tally.leads, 1)
        draft = self.plan.copy({"shared_user_ids": self.bob.ids})
        twins = {t.name: t for t in draft.territory_ids}
        pair = self.pair(twins["Europe"], twins["Health"])
        self.assertEqual(self.find(OVERLAP, *pair, plan=draft).tally.leads, 1)
        # Bob plans it, too, and sees neither Bruno nor its opportunity
        found = self.find(OVERLAP, *pair, plan=draft, user=self.bob)
        self.assertFalse(found and found.tally.count)

    def test_a_clever_insider(self):
        self.plan.action_find_conflicts()
        findings = self.env["crm.territory.finding"]
        gap = findings.search([("kind", "=", "2_gap")])
        theirs = findings.with_user(self.claire)
        self.assertFalse(theirs.search([("id", "=", gap.id)]))
        with self.assertRaises(AccessError):
            gap.with_user(self.claire).read(["text"])
        with self.assertRaises(AccessError):
            gap.with_user(self.claire).action_view_accounts()
        with self.assertRaises(AccessError):
            gap.with_user(self.claire).action_add()
        with self.assertRaises(AccessError):
            theirs.create({"plan_id": self.plan.id, "key": "x"})
        with self.assertRaises(AccessError):
            gap.key = "('1_overlap', 1, 2)"
        with self.assertRaises(AccessError):
            theirs.with_context(default_plan_id=self.plan.id).with_user(
                self.bob
            ).action_look_again()
        self.plan.with_user(self.claire).action_find_conflicts()
        own = theirs.search([("kind", "=", "1_overlap")], limit=1)
        with self.assertRaises(AccessError):
            own.criterion = f"crm.territory,{self.health.id}"
        hidden = self.territory("Secret", plan=self.plan.copy({"name": "Next"}))
        with self.assertRaises(AccessError):
            own.target_id = hidden.id

    def test_two_companies(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        mona = self.mona.sudo()
        mona.company_ids |= other
        theirs = self.account("Theirs", self.jp)
        theirs.sudo().company_id = other
        found = self.find(GAP, "country", self.jp.id, "JP")
        self.assertEqual(found.tally.accounts, 1)  # Sato, of no company
        plan = self.env["crm.territory.plan"].create(
            {"name": "Shared", "company_id": False}
        )
        self.territory("Germany", plan=plan, areas=[{"country_id": self.de.id}])
        for companies, count in ((self.env.company | other, 2), (self.env.company, 1)):
            shown = plan.with_context(allowed_company_ids=companies.ids)
            [found] = [
                f
                for f in Conflicts(shown.with_user(self.mona)).findings()
                if f.key == (GAP, "country", self.jp.id, "JP")
            ]
            self.assertEqual(found.tally.accounts, count)

    def test_what_is_at_home_in_another_plan_is_no_gap(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self.mona.sudo().company_ids |= other
        plan = self.env["crm.territory.plan"].create(
            {"name": "Asia", "company_id": other.id}
        )
        japan = self.territory("Japan", plan=plan, areas=[{"country_id": self.jp.id}])
        plan.action_activate()
        self.sato.sudo()._judge_now()
        self.assertTerritories(self.sato, japan)
        self.assertIsNone(self.find(GAP, "country", self.jp.id, "JP"))

    def test_records_behind_a_number(self):
        self.lead("Beds", self.bruno)
        self.plan.action_find_conflicts()
        pair = self.europe | self.health
        found = self.env["crm.territory.finding"].search(
            [
                ("kind", "=", "1_overlap"),
                ("territory_id", "in", pair.ids),
                ("other_id", "in", pair.ids),
            ]
        )
        self.assertEqual((found.account_count, found.lead_count), (1, 1))
        domain = found.action_view_accounts()["domain"]
        self.assertEqual(self.env["res.partner"].search(domain), self.bruno)
        domain = found.action_view_leads()["domain"]
        self.assertEqual(self.env["crm.lead"].search(domain).name, "Beds")

    def test_look_again(self):
        self.plan.action_find_conflicts()
        findings = self.env["crm.territory.finding"]
        gaps = [("kind", "=", "2_gap")]
        self.assertEqual(len(findings.search(gaps)), 1)
        self.sato.unlink()
        findings.with_context(default_plan_id=self.plan.id).action_look_again()
        self.assertFalse(findings.search(gaps))
