"""Who is told what of the conflicts and gaps of a plan."""

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw

from ..conflicts import Conflicts
from ..conflicts.finding import AT_ONCE, GAP, OVERLAP
from .conflicts_case import ConflictsCase


class TestWhoIsTold(ConflictsCase):
    def test_salespeople_are_told_nothing(self):
        for user in (self.amy, self.bob):
            plan = self.plan.with_user(user)
            self.assertFalse(plan.user_sees_findings)
            with self.assertRaises(AccessError):
                plan.action_find_conflicts()
            with self.assertRaises(AccessError):
                self.env["crm.territory.finding"].with_user(user).find_rest(plan.id)

    def test_managers_are_told_of_their_branch(self):
        plan = self.plan.with_user(self.claire)
        self.assertTrue(plan.user_sees_findings)
        self.look(self.claire)
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
        self.look()
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
        self.look(self.claire)
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
        self.look()
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

    def test_at_once_and_the_rest(self):
        """What asks no record is there first; what was found before is not."""
        findings = self.env["crm.territory.finding"]
        self.look()
        self.plan.action_find_conflicts()
        kinds = set(findings.search([]).mapped("kind"))
        self.assertTrue(kinds)
        self.assertLessEqual(kinds, set(AT_ONCE))
        findings.find_rest(self.plan.id)
        self.assertEqual(
            sorted(findings.search([]).mapped("key")),
            sorted(repr(finding.key) for finding in self.findings()),
        )
        for plan_id in (None, [self.plan.id], "1", self.plan.id + 1000):
            with self.assertRaises(UserError):
                findings.find_rest(plan_id)

    def test_look_again(self):
        self.look()
        findings = self.env["crm.territory.finding"]
        gaps = [("kind", "=", "2_gap")]
        self.assertEqual(len(findings.search(gaps)), 1)
        self.sato.unlink()
        # as a client calls it: with what is ticked
        context = {"default_plan_id": self.plan.id}
        call_kw(findings, "action_look_again", [[]], {"context": context})
        self.assertFalse(findings.search(gaps))
