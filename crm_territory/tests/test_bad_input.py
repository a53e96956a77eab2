from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .bad_input_case import BadInputCase


@tagged("post_install", "-at_install")
class TestBadInput(BadInputCase):
    """Rules, trees, plans and all else; members and areas have files of their own."""

    def assertStillWorks(self):
        self.assertTerritories(self.account("New", self.de), self.germany)

    # -- rules

    def test_wrong_domains(self):
        for applies_to, domain, problem in (
            ("account", "[('name'", "this is no domain"),
            ("account", "True and False", "this is no domain"),
            ("account", "[('name', '=', uid)]", "this is no domain"),
            ("account", "[(1, 2)]", "this is no domain|."),
            ("account", "[('no_field', '=', 1)]", "no_field"),
            ("account", "[('expected_revenue', '>', 1)]", "expected_revenue"),
            ("opportunity", "[('industry_id', '=', 1)]", "industry_id"),
            ("lead", "[('partner_id.no_field', '=', 1)]", "no_field"),
            ("account", "[('country_id', 'any', [('no_field', '=', 1)])]", "no_field"),
            ("account", "[('name', 'sounds like', 'x')]", "sounds like"),
            ("account", "[('country_id', '<', 'x')]", "."),
            ("account", "[('create_date', '>', 'one day')]", "."),
            ("account", "['|', ('name', '=', 'x')]", "."),
        ):
            with self.subTest(domain=domain):
                self.assertRefused(
                    ValidationError,
                    f"The criteria of the rule “.*” of “France” are wrong: .*{problem}",
                    self.france.write,
                    {
                        "rule_ids": [
                            Command.create({"applies_to": applies_to, "domain": domain})
                        ]
                    },
                )
        self.assertStillWorks()

    def test_values_that_no_column_holds(self):
        """They match nothing, or are refused; they must not stop every write."""
        for condition in (
            ("employee_number", "=", 10**12),
            ("employee_number", ">", 10**12),
            ("employee_number", "in", [1, 10**12]),
            ("employee_number", "!=", 10**12),
            ("annual_revenue", ">", 1e300),
            ("partner_latitude", "<", -1e308 * 10),
            ("country_id", "=", 10**12),
            ("category_id", "in", [10**12]),
            ("id", "=", 10**12),
            ("ref", "=", "x" * 100000),
            ("ref", "=", "a{b},\"c\\d'%s%%"),
            ("ref", "ilike", "a\\"),
            ("ref", "=", "\x00"),
            ("create_date", ">", "9999-12-31 23:59:59"),
        ):
            with self.subTest(condition=condition):
                with self.env.cr.savepoint() as savepoint:
                    try:
                        self.territory("Odd", rules=[("account", [condition])])
                    except ValidationError:
                        savepoint.rollback()
                        self.env.invalidate_all()
                    self.env["crm.territory.plan"]._forget_compiled()
                    account = self.account("New", self.de, employee_number=1)
                    self.assertIn(self.germany, self.stored_territories(account))
                    savepoint.rollback()
                self.env.invalidate_all()
                self.env["crm.territory.plan"]._forget_compiled()

    def test_changed_object_of_a_rule_checks_its_domain(self):
        self.assertRefused(
            ValidationError,
            "industry_id",
            self.health.rule_ids[0].write,
            {"applies_to": "opportunity"},
        )

    # -- the tree

    def test_cycles(self):
        message = "cannot lie below itself"
        for territory, parent in (
            (self.europe, self.berlin),
            (self.germany, self.berlin),
            (self.germany, self.germany),
        ):
            self.assertRefused(
                UserError, message, territory.write, {"parent_id": parent.id}
            )
        self.assertRefused(
            UserError,
            message,
            self.germany.write,
            {"child_ids": [Command.link(self.europe.id)]},
        )
        self.assertEqual(self.germany.parent_id, self.europe)
        self.assertStillWorks()

    def test_cycles_by_sql(self):
        query = "UPDATE crm_territory SET parent_id = %s WHERE id = %s"
        for parent, territory in (
            (self.berlin, self.europe),
            (self.berlin, self.germany),
            (self.germany, self.germany),
        ):
            self.assertDatabaseRefuses(
                "cycle|itself|not_own_parent", query, parent.id, territory.id
            )

    def test_parent_of_another_plan(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        other = self.territory("Other", plan=draft)
        self.assertRefused(
            ValidationError,
            "“Other” is of the plan “Next year”, its parent “France” of another one",
            other.write,
            {"parent_id": self.france.id, "plan_id": draft.id},
        )
        # nothing moves there without a word about the plan, as where it is dragged
        below = self.territory("Below", other, plan=draft)
        self.assertRefused(
            ValidationError,
            "To move it, change its plan, too",
            other.write,
            {"parent_id": self.france.id},
        )
        other.write({"parent_id": self.france.id, "plan_id": self.plan.id})
        self.assertEqual((other | below).plan_id, self.plan)

    def test_same_name_at_the_same_place(self):
        self.assertRefused(
            IntegrityError,
            "of this name exists already at this place",
            self.territory,
            "France",
            self.europe,
        )
        self.territory("France", self.germany)

    def test_same_code(self):
        self.france.code = "FR"
        self.assertRefused(
            IntegrityError,
            "Another territory of the plan has this code",
            self.germany.write,
            {"code": "FR"},
        )
        self.germany.code = self.berlin.code = False

    def test_deleting_a_territory_that_has_accounts(self):
        message = "“Europe / Germany / Berlin” cannot be deleted: “.*” and maybe others"
        self.assertRefused(UserError, message, self.berlin.unlink)
        self.assertRefused(UserError, "cannot be deleted", self.health.unlink)
        self.assertTerritories(self.bruno, self.berlin | self.health)

    def test_deleting_a_territory_that_has_archived_or_closed_records(self):
        lead = self.lead("GTX", self.sato, product_line_ids=self.gtx_line.ids)
        lead.action_set_lost()
        self.env.flush_all()
        self.assertRefused(UserError, "“GTX” and maybe", self.gtx.unlink)
        self.rivoire.active = False
        self.france.active = False
        self.assertRefused(UserError, "“Rivoire” and maybe", self.france.unlink)

    def test_deleting_a_territory_that_is_not_credited(self):
        """It is one of several that the record is in: as much in use."""
        self.assertCredited(self.bruno, self.health)
        self.assertRefused(UserError, "“Bruno” and maybe", self.berlin.unlink)

    def test_deleting_a_plan_that_has_accounts(self):
        self.plan.action_archive_plan()
        self.assertRefused(UserError, "cannot be deleted", self.plan.unlink)
        self.plan.territory_ids.action_archive()
        self.assertRefused(UserError, "cannot be deleted", self.plan.unlink)

    def test_deleting_a_territory_after_its_records_left(self):
        self.bruno.write({"zip": False, "industry_id": False})
        self.env.flush_all()
        self.berlin.unlink()
        self.assertFalse(self.berlin.exists())
        self.assertTerritories(self.bruno, self.germany)
        self.assertTerritories(
            self.account("Spree", self.de, zip="10115"), self.germany
        )

    # -- plans

    def test_second_active_plan(self):
        second = self.env["crm.territory.plan"].create({"name": "Second"})
        self.assertRefused(
            ValidationError,
            "The plan “World” is active for the same company.*activate “Second”",
            second.action_activate,
        )
        self.assertRefused(
            IntegrityError,
            "Another plan is active for this company: archive it first",
            second.write,
            {"state": "active"},
        )
        self.assertRefused(
            IntegrityError,
            "Another plan is active for this company",
            second.create,
            {"name": "Third", "state": "active"},
        )
        self.plan.action_archive_plan()
        second.action_activate()

    def test_second_active_plan_by_sql(self):
        second = self.env["crm.territory.plan"].create({"name": "Second"})
        shared = self.env["crm.territory.plan"].create(
            {"name": "Shared", "company_id": False}
        )
        for plan in (second, shared):
            self.assertDatabaseRefuses(
                "one_active",
                "UPDATE crm_territory_plan SET state = 'active' WHERE id = %s",
                plan.id,
            )

    def test_plan_that_ends_before_it_starts(self):
        self.assertRefused(
            IntegrityError,
            "A plan cannot end before it starts",
            self.plan.write,
            {"date_start": "2025-02-01", "date_end": "2025-01-31"},
        )

    # -- others

    def test_same_combination_twice(self):
        self.assertDatabaseRefuses(
            "key_uniq",
            "INSERT INTO crm_territory_set (key) SELECT key FROM crm_territory_set",
        )

    def test_names_of_types_roles_and_product_lines_are_unique(self):
        for model_name in (
            "crm.territory.type",
            "crm.territory.role",
            "crm.product.line",
        ):
            model = self.env[model_name]
            model.create({"name": "Twice"})
            self.assertRefused(
                IntegrityError,
                "of this name exists already",
                model.create,
                {"name": "Twice"},
            )

    def test_type_in_use_is_not_deleted(self):
        self.assertRefused(IntegrityError, "type_id", self.germany.type_id.unlink)

    def test_parts_of_what_is_no_territory(self):
        """What a program sends that no form would."""
        for name in ("member", "rule", "area", "override"):
            model = self.env[f"crm.territory.{name}"].with_user(self.claire)
            for territory in ("x", [1], {"x": 1}, 1.5, True):
                self.assertRefused(
                    ValidationError,
                    "is no territory",
                    model.create,
                    {"territory_id": territory},
                )

    def test_context_keys_of_reports(self):
        """What reports tell themselves in the context, no client tells them."""
        for name in ("revenue", "load"):
            report = self.env[f"crm.territory.{name}.report"].with_user(self.claire)
            count = report.search_count([])
            for value in ("x", 1, True, 1.5, ["won_amount_year_before"], [1]):
                keys = ("crm_territory_compared", "crm_territory_summed")
                asked = report.with_context(**dict.fromkeys(keys, value))
                self.assertEqual(asked.search_count([]), count)
                groups = asked.formatted_read_group([], ["user_id"], ["__count"])
                self.assertEqual(sum(group["__count"] for group in groups), count)

    def test_user_without_rights(self):
        """Bob is a salesperson in no territory: he reads."""
        bob = self.env(user=self.bob)
        lead = self.lead("Bob's", self.adler, user_id=self.bob.id)
        run = self.env["crm.territory.run"].create({"plan_id": self.plan.id})
        rule, area = self.health.rule_ids[0], self.germany.area_ids
        member, override = self.germany.member_ids, self.override(lead, self.health)
        values = {
            "crm.territory.plan": {"name": "X"},
            "crm.territory": {"name": "X", "plan_id": self.plan.id},
            "crm.territory.type": {"name": "X"},
            "crm.territory.role": {"name": "X"},
            "crm.product.line": {"name": "X"},
            "crm.territory.run": {"plan_id": self.plan.id},
            "crm.territory.set": {"key": "1"},
            "crm.territory.move": {"lead_id": lead.id},
            "crm.territory.judgement": {"res_model": "x", "res_id": 1, "version": 1},
            "crm.territory.rule": {"territory_id": self.germany.id},
            "crm.territory.area": {
                "territory_id": self.germany.id,
                "country_id": self.de.id,
            },
            "crm.territory.member": {
                "territory_id": self.germany.id,
                "user_id": self.bob.id,
            },
            "crm.territory.override": {
                "territory_id": self.germany.id,
                "lead_id": lead.id,
                "reason": "Mine",
            },
        }
        for model_name, row in values.items():
            with self.subTest(create=model_name):
                self.assertRefused(AccessError, ".", bob[model_name].create, row)
        for record, row in (
            (self.plan, {"name": "X"}),
            (self.germany, {"sequence": 1}),
            (self.germany.type_id, {"priority": 1}),
            (run, {"batch_size": 1}),
            (rule, {"domain": "[]"}),
            (area, {"zip_from": "1"}),
            (member, {"is_manager": True}),
            (override, {"decision": "out"}),
            (self.env["crm.territory.set"].search([], limit=1), {"key": "1"}),
        ):
            with self.subTest(write=record):
                self.assertRefused(AccessError, ".", record.with_env(bob).write, row)
                self.assertRefused(AccessError, ".", record.with_env(bob).unlink)
        for method in ("action_start", "run_step", "run_to_end", "action_undo"):
            with self.subTest(method=method):
                self.assertRefused(AccessError, ".", getattr(run.with_env(bob), method))
        for method in ("action_activate", "action_archive_plan", "copy"):
            with self.subTest(method=method):
                self.assertRefused(
                    AccessError, ".", getattr(self.plan.with_env(bob), method)
                )
