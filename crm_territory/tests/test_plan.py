from odoo.tests import tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestPlan(TerritoryCase):
    """A plan as a whole: copied, activated, archived, deleted."""

    def _lines(self, plan):
        """The tree of a plan, as plain values."""
        lines = {}
        for territory in plan.with_context(active_test=False).territory_ids:
            lines[territory.complete_name] = {
                "code": territory.code,
                "active": territory.active,
                "depth": territory.depth,
                "type": territory.type_id.name,
                "permission": territory.permission,
                "policy": territory.owner_policy,
                "members": sorted(
                    (
                        member.user_id.login,
                        member.is_manager,
                        str(member.date_end),
                        member.weight,
                        member.capacity,
                    )
                    for member in territory.member_ids
                ),
                "areas": sorted(
                    (area.country_id.code, area.zip_low or "", area.city or "")
                    for area in territory.area_ids
                ),
                "rules": sorted(
                    (
                        rule.applies_to,
                        rule.domain,
                        rule.is_anywhere,
                        rule.active,
                        rule.name,
                    )
                    for rule in territory.rule_ids
                ),
            }
        return lines

    def test_copy_is_the_whole_tree(self):
        self.germany.write(
            {"code": "DE", "permission": "read", "owner_policy": "manager"}
        )
        self.germany.member_ids.write(
            {"date_end": "2030-12-31", "weight": 3, "capacity": 7}
        )
        self.health.rule_ids[1].write({"active": False, "is_anywhere": True})
        self.health.rule_ids[0].name = "Clinics"
        self.france.active = False
        copied = self.plan.copy()
        self.assertEqual(copied.name, "World (copy)")
        self.assertEqual(copied.state, "draft")
        self.assertEqual(self._lines(copied), self._lines(self.plan))
        self.assertFalse(
            copied.with_context(active_test=False).territory_ids
            & self.plan.with_context(active_test=False).territory_ids
        )
        for territory in copied.territory_ids:
            self.assertIn(territory.parent_id.plan_id, (copied, copied.browse()))

    def test_copy_leaves_the_records_and_judges_like_the_first(self):
        self.env.flush_all()
        copied = self.plan.copy({"name": "Next year"})
        self.assertEqual(copied.name, "Next year")
        self.assertFalse(self.plan.is_to_be_run)
        self.assertTerritories(self.adler, self.germany)
        self.plan.action_archive_plan()
        copied.action_activate()
        self.run_assignment(plan_id=copied.id)
        in_copy = self.stored_territories(self.bruno)
        self.assertEqual(in_copy.plan_id, copied)
        self.assertEqual(sorted(in_copy.mapped("name")), ["Berlin", "Health"])

    def test_activated_plan_is_to_be_run_and_judges_what_changes(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        asia = self.territory("Asia", areas=[{"country_id": self.jp.id}], plan=draft)
        self.sato.zip = "100"
        self.assertNoTerritory(self.sato)
        self.plan.action_archive_plan()
        draft.action_activate()
        self.assertTrue(draft.is_to_be_run)
        self.assertNoTerritory(self.sato)
        self.sato.country_id = self.gb
        self.sato.country_id = self.jp
        self.assertTerritories(self.sato, asia)
        # what nobody touches keeps what it has until the run
        self.assertTerritories(self.adler, self.germany)
        self.run_assignment(plan_id=draft.id)
        self.assertNoTerritory(self.adler)

    def test_archived_plan_leaves_records_alone(self):
        self.plan.action_archive()
        self.assertFalse(self.plan.active)
        self.adler.country_id = self.fr
        lead = self.lead("Deal", self.rivoire)
        self.assertTerritories(self.adler, self.germany)
        self.assertNoTerritory(lead)
        self.plan.action_unarchive()
        self.assertEqual(self.plan.state, "draft")
        self.plan.action_activate()
        self.run_assignment()
        self.assertTerritories(self.adler, self.france)
        self.assertTerritories(lead, self.france)

    def test_version_goes_up_with_the_criteria(self):
        def version():
            self.plan.invalidate_recordset()
            return self.plan.version

        for change in (
            lambda: self.france.area_ids.write({"city": "Paris"}),
            lambda: self.france.area_ids.copy(),
            lambda: self.health.rule_ids[0].write({"is_anywhere": True}),
            lambda: self.health.rule_ids[0].write({"active": False}),
            lambda: self.territory("New"),
            lambda: self.france.write({"parent_id": False}),
            lambda: self.france.write({"type_id": False}),
            lambda: self.gtx.rule_ids.unlink(),
            lambda: self.gtx.unlink(),
        ):
            before = version()
            change()
            self.assertGreater(version(), before)

    def test_line_that_moves_marks_both_plans(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        target = self.territory("Target", plan=draft)
        before = (self.plan.version, draft.version)
        self.france.area_ids.territory_id = target
        self.assertGreater(self.plan.version, before[0])
        self.assertGreater(draft.version, before[1])
        before = (self.plan.version, draft.version)
        self.health.rule_ids[0].territory_id = target
        self.assertGreater(self.plan.version, before[0])
        self.assertGreater(draft.version, before[1])

    def test_draft_plan_is_deleted_with_its_tree(self):
        copied = self.plan.copy()
        territories = copied.territory_ids
        self.assertTrue(territories.child_ids)
        copied.unlink()
        self.assertFalse(territories.exists())
        self.assertGoesOn()

    def test_plan_that_judged_nothing_is_deleted_while_active(self):
        self.env.flush_all()
        self.plan.action_archive_plan()
        plan = self.env["crm.territory.plan"].create({"name": "Short"})
        self.territory("Nowhere", areas=[{"country_id": self.us.id}], plan=plan)
        plan.action_activate()
        self.account("New", self.jp)
        plan.unlink()
        self.account("New", self.us)
        self.env.flush_all()

    def assertGoesOn(self):
        self.assertTerritories(self.account("New", self.de), self.germany)

    def test_counts(self):
        self.assertEqual(self.plan.territory_count, 7)
        contact = self.contact("Uwe", self.adler)
        for account in (self.adler, contact, self.bruno):
            self.lead("Deal", account, expected_revenue=100)
        self.lead("Mail", kind="lead", country_id=self.de.id)
        self.lead("Won", self.adler).action_set_won()
        self.env.flush_all()
        self.env.invalidate_all()
        counts = {
            territory.name: (
                territory.account_count,
                territory.lead_count,
                territory.opportunity_count,
                territory.opportunity_amount,
            )
            for territory in self.plan.territory_ids
        }
        self.assertEqual(
            counts,
            {
                "Europe": (3, 1, 3, 300),
                "Germany": (2, 1, 3, 300),
                "Berlin": (1, 0, 1, 100),
                "France": (1, 0, 0, 0),
                "Health": (1, 0, 1, 100),
                "Products": (0, 0, 0, 0),
                "GTX": (0, 0, 0, 0),
            },
        )

    def test_search_of_records_by_territory(self):
        accounts = self.env["res.partner"]
        everybody = self.adler | self.bruno | self.rivoire | self.sato
        for condition, expected in (
            (("territory_ids", "in", self.germany.ids), self.adler),
            (("territory_ids", "child_of", self.europe.ids), everybody - self.sato),
            (("territory_ids", "child_of", "Germany"), self.adler | self.bruno),
            (("territory_ids", "=", "Berlin"), self.bruno),
            (("territory_ids.name", "=", "Health"), self.bruno),
            (("territory_ids", "=", False), self.sato),
            (("territory_ids", "!=", False), everybody - self.sato),
            (("territory_ids", "not in", self.germany.ids), everybody - self.adler),
            (("territory_ids", "any", [("code", "=", False)]), everybody - self.sato),
            (("territory_ids", "parent_of", self.berlin.ids), self.adler | self.bruno),
            (("territory_ids.user_is_manager", "=", True), accounts),
        ):
            with self.subTest(condition=condition):
                domain = [condition, ("id", "in", everybody.ids)]
                self.assertEqual(
                    accounts.search(domain).sorted("id"),
                    expected.sorted("id"),
                    condition,
                )
                self.assertEqual(
                    everybody.filtered_domain([condition]).sorted("id"),
                    expected.sorted("id"),
                    condition,
                )

    def test_search_by_name_looks_at_the_full_name(self):
        self.assertEqual(
            self.env["res.partner"].search([("territory_ids", "ilike", "/ germa")]),
            self.adler | self.bruno,
        )
