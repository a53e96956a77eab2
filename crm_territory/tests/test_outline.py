from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestOutline(TerritoryCase):
    """The tree of a plan as one screen: read in a few queries, changed as one may."""

    def rows(self, user=None, plan=None):
        """{name: row} of what a user sees."""
        self.env.flush_all()
        self.env.invalidate_all()
        tree = (plan or self.plan).with_user(user or self.mona).get_tree()
        return {row["name"]: row for row in tree["rows"]}

    def change(self, *changes, user=None):
        return self.plan.with_user(user or self.mona).change_tree(list(changes))

    def renaming(self, territory, name, before=None):
        return {
            "id": territory.id,
            "before": {"name": before or territory.name},
            "after": {"name": name},
        }

    # -- read

    def test_rows_are_depth_first_with_what_is_beside_them(self):
        rows = self.rows()
        self.assertEqual(
            [(row["name"], row["level"]) for row in rows.values()],
            [
                ("Europe", 0),
                ("France", 1),
                ("Germany", 1),
                ("Berlin", 2),
                ("Health", 0),
                ("Products", 0),
                ("GTX", 1),
            ],
        )
        berlin = rows["Berlin"]
        self.assertEqual(berlin["path"], "Europe / Germany / Berlin")
        self.assertEqual(berlin["parent_id"], self.germany.id)
        self.assertEqual(
            berlin["criteria"],
            [{"text": "Germany, 10115–14199", "is_broken": False}],
        )
        self.assertEqual(
            [each["text"] for each in rows["Health"]["criteria"]],
            [
                "Accounts: Industry is Hospital",
                "Leads: Number of Employees ≥ 10",
            ],
        )
        self.assertEqual(
            rows["Europe"]["members"],
            [{"user_id": self.claire.id, "name": self.claire.name, "is_manager": True}],
        )
        self.assertEqual(
            {name: rows[name]["accounts"] for name in ("Europe", "Germany", "Berlin")},
            {"Europe": 3, "Germany": 2, "Berlin": 1},
        )

    def test_conflicts_and_gaps_of_the_last_look(self):
        self.assertFalse(self.rows()["Health"]["conflicts"])
        tree = self.plan.look_for_conflicts()
        self.assertTrue(tree["plan"]["looked_at"])
        found = self.env["crm.territory.finding"].search([("kind", "=", "6_member")])
        [health] = [row for row in tree["rows"] if row["id"] == self.health.id]
        self.assertIn(self.health, found.territory_id)
        self.assertGreaterEqual(health["conflicts"], 1)
        # nobody else is told what Mona found
        self.assertFalse(self.rows(self.claire)["Health"]["conflicts"])
        with self.assertRaises(AccessError):
            self.plan.with_user(self.amy).look_for_conflicts()

    def _queries_of_tree(self):
        for _warming in range(2):  # what a worker keeps is kept
            self.env.invalidate_all()
            self.plan.get_tree()
        self.env.invalidate_all()
        with self.counting() as count:
            self.plan.get_tree()
        return count[0]

    def test_size_of_a_tree_costs_no_query(self):
        industries = (
            self.env["res.partner.industry"]
            .sudo()
            .create([{"name": f"Industry {number}"} for number in range(60)])
        )
        small = self._queries_of_tree()
        self.env["crm.territory"].create(
            [
                {
                    "name": f"Branch {number}",
                    "parent_id": self.europe.id,
                    "area_ids": [
                        Command.create({"country_id": self.de.id, "zip_from": code})
                        for code in (f"{number + 10}1", f"{number + 10}2")
                    ],
                    "rule_ids": [
                        Command.create(
                            {"domain": f"[('industry_id', '=', {industry.id})]"}
                        )
                    ],
                    "member_ids": [Command.create({"user_id": self.amy.id})],
                }
                for number, industry in enumerate(industries)
            ]
        )
        self.assertEqual(len(self.plan.get_tree()["rows"]), 67)
        large = self._queries_of_tree()
        self.assertLessEqual(large, small + 1)
        self.assertLessEqual(large, 22)

    def test_who_may_do_what(self):
        rows = self.rows(self.claire)
        tree = self.plan.with_user(self.claire).get_tree()
        self.assertFalse(tree["plan"]["can_edit"])
        self.assertTrue(self.plan.get_tree()["plan"]["can_edit"])
        self.assertEqual(
            {name for name, row in rows.items() if row["can_add_members"]},
            {"Europe", "Germany", "Berlin", "France"},
        )
        self.assertFalse(
            any(row["can_add_members"] for row in self.rows(self.amy).values())
        )

    def test_drafts_are_for_their_planners(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        self.territory("Secret", plan=draft)
        self.assertIn("Secret", self.rows(plan=draft))
        with self.assertRaises(AccessError):
            draft.with_user(self.bob).get_tree()
        with self.assertRaises(AccessError):
            draft.with_user(self.bob).change_tree([])
        self.assertNotIn(
            draft.id,
            [p["id"] for p in draft.with_user(self.bob).get_tree_plans()["plans"]],
        )

    def test_plans_of_other_companies_are_not_shown(self):
        other = self.env["res.company"].sudo().create({"name": "Other"})
        plan = (
            self.env["crm.territory.plan"]
            .sudo()
            .create({"name": "Theirs", "company_id": other.id})
        )
        with self.assertRaises(AccessError):
            plan.with_user(self.amy).get_tree()
        found = plan.with_user(self.amy).get_tree_plans()
        self.assertNotIn(plan.id, [each["id"] for each in found["plans"]])
        self.assertEqual(found["default_id"], self.plan.id)

    # -- changed

    def test_created_renamed_moved_and_typed(self):
        [spain] = self.change(
            {"after": {"name": "Spain", "parent_id": self.europe.id}}
        )["ids"]
        spain = self.env["crm.territory"].browse(spain)
        self.assertEqual(spain.plan_id, self.plan)
        industry = self.env.ref("crm_territory.type_industry")
        tree = self.change(
            self.renaming(spain, "Iberia"),
            {
                "id": spain.id,
                "before": {"parent_id": self.europe.id, "type_id": False},
                "after": {"parent_id": self.france.id, "type_id": industry.id},
            },
        )["tree"]
        self.assertEqual(spain.complete_name, "Europe / France / Iberia")
        self.assertEqual(spain.type_id, industry)
        self.assertIn("Iberia", [row["name"] for row in tree["rows"]])

    def test_what_changed_meanwhile_is_left_alone(self):
        stale = self.renaming(self.berlin, "Berlin City")
        self.berlin.name = "Capital"
        with self.assertRaisesRegex(UserError, "is now “Capital”"):
            self.change(self.renaming(self.france, "Gaul"), stale)
        self.env.invalidate_all()
        self.assertEqual(self.berlin.name, "Capital")
        self.berlin.active = False
        with self.assertRaisesRegex(UserError, "not there any more"):
            self.change(self.renaming(self.berlin, "Berlin"))
        with self.assertRaisesRegex(UserError, "not there any more"):
            self.change({"after": {"name": "Mitte", "parent_id": self.berlin.id}})

    def test_archived_with_all_below_and_brought_back(self):
        def setting(active):
            return [
                {
                    "id": territory.id,
                    "before": {"active": not active},
                    "after": {"active": active},
                }
                for territory in (self.berlin, self.germany)
            ]

        self.change(*setting(False))
        self.assertNotIn("Germany", self.rows())
        self.change(*setting(True))
        self.assertEqual(self.rows()["Berlin"]["parent_id"], self.germany.id)

    def test_only_what_is_empty_is_deleted(self):
        def deletion(territory):
            return {"id": territory.id, "before": {}, "after": None}

        for full in (self.products, self.france):
            with self.assertRaisesRegex(UserError, "archive it instead"):
                self.change(deletion(full))
        empty = self.territory("Spain", self.europe)
        self.override(self.sato, empty).unlink()
        self.assertFalse(self.stored_territories(self.sato))
        self.change(deletion(empty))
        self.assertFalse(empty.exists())

    def test_cycle_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "cannot lie below itself"):
            self.change(
                {
                    "id": self.europe.id,
                    "before": {"parent_id": False},
                    "after": {"parent_id": self.berlin.id},
                }
            )

    def test_archived_plan_stays_as_it_is(self):
        self.plan.action_archive_plan()
        self.assertFalse(self.plan.get_tree()["plan"]["can_edit"])
        with self.assertRaisesRegex(UserError, "is archived"):
            self.change(self.renaming(self.berlin, "Capital"))

    def test_managers_add_members_of_their_line_and_nothing_else(self):
        adding = {"before": {}, "after": {}, "added": [self.bob.id]}
        self.change({"id": self.berlin.id, **adding}, user=self.claire)
        self.assertEqual(self.rows()["Berlin"]["members"][0]["user_id"], self.bob.id)
        with self.assertRaises(AccessError):
            self.change({"id": self.health.id, **adding}, user=self.claire)
        with self.assertRaises(AccessError):
            self.change(self.renaming(self.berlin, "Capital"), user=self.claire)
        with self.assertRaises(AccessError):
            new = {"after": {"name": "Mitte", "parent_id": self.berlin.id}}
            self.change(new, user=self.claire)
        with self.assertRaises(AccessError):
            self.change({"id": self.berlin.id, **adding}, user=self.amy)

    def test_adding_a_member_is_taken_back_unless_more_was_said(self):
        removing = {
            "id": self.germany.id,
            "before": {},
            "after": {},
            "removed": [self.amy.id],
        }
        member = self.germany.member_ids
        member.is_manager = True
        with self.assertRaisesRegex(AccessError, "more than a plain member"):
            self.change(removing)
        member.is_manager = False
        self.change(removing)
        self.assertFalse(self.germany.member_ids)

    def test_territories_of_other_plans_are_not_changed(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        other = self.territory("Asia", plan=draft)
        with self.assertRaises(UserError):
            self.change(self.renaming(other, "Africa"))
        with self.assertRaises(UserError):
            self.change({"after": {"name": "Japan", "parent_id": other.id}})

    def test_what_is_no_change_is_refused(self):
        for changes in (
            None,
            "x",
            [1],
            [{}],
            [{"id": self.berlin.id, "before": {}, "after": {"plan_id": 1}}],
            [{"id": self.berlin.id, "before": {}, "after": {"lineage": 1}}],
            [{"after": {"name": 5}}],
            [{"id": self.berlin.id, "before": {}, "after": {}, "added": "x"}],
        ):
            with self.assertRaisesRegex(UserError, "no change of a tree"):
                self.plan.change_tree(changes)
