from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.sql import table_columns

from .. import compat
from ..models.crm_territory_plan_judging import CrmTerritoryPlan as PlanJudging
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
                    (area.country_id.code, area.zip_from or "", area.city or "")
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

    def test_copy_takes_decisions_by_hand_along(self):
        """Those that hold; nothing moves by the copy."""
        kept = self.override(self.sato, self.france, date_end="2099-12-31")
        self.override(self.adler, self.germany, "out", reason="Asked for")
        lead = self.lead("Deal", self.adler)
        self.override(lead, self.berlin)
        gone = self.override(self.rivoire, self.germany)
        gone.sudo().write({"date_end": "2020-01-01", "is_expired": True})
        kept.sudo().user_id = self.claire
        copied = self.plan.copy()
        overrides = copied.territory_ids.override_ids
        self.assertEqual(
            sorted(
                (
                    (o.partner_id or o.lead_id).name,
                    o.territory_id.name,
                    o.decision,
                    o.reason,
                    str(o.date_end),
                    o.user_id.login,
                )
                for o in overrides
            ),
            [
                ("Adler", "Germany", "out", "Asked for", "False", "mona"),
                ("Deal", "Berlin", "in", "Asked for by the customer", "False", "mona"),
                (
                    "Sato",
                    "France",
                    "in",
                    "Asked for by the customer",
                    "2099-12-31",
                    "claire",
                ),
            ],
        )
        run = self.run_assignment(plan_id=copied.id, is_dry=True)
        twins = {t.lineage: t for t in copied.territory_ids}
        for move in run.move_ids:
            before = move.set_before_id.territory_ids.mapped("lineage")
            after = move.set_after_id.territory_ids.mapped("lineage")
            self.assertEqual(sorted(before), sorted(after), move.display_name)
        self.assertEqual(len(twins), len(self.plan.territory_ids))

    def test_lineage(self):
        """What a territory shares with its copies, whatever their name or place."""
        self.assertEqual(self.germany.lineage, self.germany.id)
        copied = self.plan.copy()
        twin = copied.territory_ids.filtered(lambda t: t.name == "Germany")
        self.assertEqual(twin.lineage, self.germany.lineage)
        twin.write({"name": "Deutschland", "parent_id": False})
        again = copied.copy().territory_ids
        self.assertEqual(
            again.filtered(lambda t: t.name == "Deutschland").lineage,
            self.germany.lineage,
        )
        duplicate = self.germany.copy()
        self.assertEqual(duplicate.lineage, duplicate.id)

    def test_duplicate_of_a_territory(self):
        copied = self.germany.copy()
        self.assertEqual(
            (copied.name, copied.parent_id, copied.code),
            ("Germany (copy)", self.europe, False),
        )
        self.assertEqual(copied.area_ids.country_id, self.de)
        self.assertEqual(copied.member_ids.user_id, self.amy)
        for record in (
            self.env.ref("crm_territory.type_named"),
            self.env.ref("crm_territory.role_specialist"),
            self.gtx_line,
        ):
            self.assertEqual(record.copy().name, f"{record.name} (copy)")

    def test_name_and_code_of_an_archived_territory_are_free(self):
        self.france.write({"code": "FR", "active": False})
        france = self.territory(
            "France", self.europe, code="FR", areas=[{"country_id": self.fr.id}]
        )
        self.assertEqual(france.code, "FR")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.france.active = True
                self.env.flush_all()

    def test_large_plan_is_copied_and_deleted(self):
        """More territories than Odoo deletes at a time, each with one below it."""
        plan = self.env["crm.territory.plan"].create({"name": "Large"})
        territories = self.env["crm.territory"]
        roots = territories.create(
            [{"name": f"R{n}", "plan_id": plan.id} for n in range(600)]
        )
        territories.create(
            [{"name": "B", "plan_id": plan.id, "parent_id": root.id} for root in roots]
        )
        with self.counting() as count:
            copied = plan.copy()
        self.assertLess(count[0], 600)
        self.assertEqual(len(copied.territory_ids), 1200)
        plan.unlink()
        self.assertEqual(copied.territory_count, 1200)

    def test_record_in_very_many_territories(self):
        """What a record is in is longer than an index row may be."""
        self.env["crm.territory"].create(
            [
                {
                    "name": f"T{number}",
                    "plan_id": self.plan.id,
                    "area_ids": [Command.create({"country_id": self.jp.id})],
                }
                for number in range(1500)
            ]
        )
        self.sato.zip = "100"
        self.assertEqual(len(self.stored_territories(self.sato)), 1500)
        lead = self.lead("Deal", self.sato)
        self.assertEqual(
            self.stored_territories(lead), self.stored_territories(self.sato)
        )

    def test_not_compiled_before_an_upgrade_has_added_what_is_read(self):
        """While modules load, a column of the new version is not there yet: changes of
        records wait for the run that follows, and nothing fails.
        """

        def without_zones(cr, table):
            columns = dict(table_columns(cr, table))
            columns.pop("tz", None)
            return columns

        path = f"{PlanJudging.__module__}.table_columns"
        self.addCleanup(setattr, self.registry, "ready", True)
        self.registry.ready = False
        compat.forget_memory_of_registry(self.registry, "_crm_territory_columns")
        with patch(path, without_zones):
            self.adler.country_id = self.fr
            self.assertTerritories(self.adler, self.germany)
        compat.forget_memory_of_registry(self.registry, "_crm_territory_columns")
        self.adler.country_id = self.jp
        self.assertNoTerritory(self.adler)

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
            lambda: self.france.area_ids.copy({"city": "Lyon"}),
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
