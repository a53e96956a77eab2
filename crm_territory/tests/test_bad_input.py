from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestBadInput(TerritoryCase):
    """What is wrong is refused with a message, or by the database at the latest."""

    def assertRefused(self, error, message, function, *args, **values):
        """In a savepoint: what the refused call did must not remain."""
        with mute_logger("odoo.sql_db"), self.assertRaises(error) as caught:
            with self.env.cr.savepoint():
                function(*args, **values)
                self.env.flush_all()
        self.env.invalidate_all()
        self.assertRegex(self._message_to_the_user(caught.exception), message)

    def _message_to_the_user(self, error):
        """What Odoo's server makes of an error, with the name of the constraint."""
        table = error.diag.table_name if isinstance(error, IntegrityError) else None
        if not table:
            return str(error)
        model_name = next(n for n, m in self.env.registry.items() if m._table == table)
        message = self.env[model_name]._sql_error_to_message(error)
        return f"{message} ({error.diag.constraint_name}: {error})"

    def assertDatabaseRefuses(self, constraint, query, *params):
        self.env.flush_all()
        self.assertRefused(
            IntegrityError, constraint, self.env.cr.execute, query, list(params)
        )

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

    # -- members

    def _member(self, **values):
        return self.env["crm.territory.member"].create(
            {"territory_id": self.france.id, "user_id": self.bob.id, **values}
        )

    def test_overlapping_memberships(self):
        self._member(date_start="2025-01-01", date_end="2025-12-31")
        for values in (
            {},
            {"date_start": "2025-12-31"},
            {"date_end": "2025-01-01"},
            {"date_start": "2025-06-01", "date_end": "2025-06-01"},
            {"date_start": "2024-01-01", "date_end": "2026-01-01"},
        ):
            with self.subTest(values=values):
                self.assertRefused(
                    IntegrityError,
                    "The user is a member of this territory already in that time",
                    self._member,
                    **values,
                )
        self._member(date_start="2026-01-01")
        self._member(date_end="2024-12-31")
        self._member(territory_id=self.germany.id)
        self._member(user_id=self.amy.id)

    def test_ended_and_followed_in_one_save(self):
        """What makes room for a new line counts before that is there."""
        first = self._member(date_start="2025-01-01")
        self.env.flush_all()
        self.france.with_user(self.claire).write(
            {
                "member_ids": [
                    Command.update(first.id, {"date_end": "2025-12-31"}),
                    Command.create(
                        {"user_id": self.bob.id, "date_start": "2026-01-01"}
                    ),
                ]
            }
        )
        self.europe.write(
            {
                "child_ids": [
                    Command.update(self.france.id, {"name": "France North"}),
                    Command.create({"name": "France", "plan_id": self.plan.id}),
                ]
            }
        )
        self.env.flush_all()
        self.assertEqual(len(self.france.member_ids), 2)
        names = set(self.europe.child_ids.mapped("name"))
        self.assertLessEqual({"France", "France North"}, names)

    def test_border_of_memberships_moved_in_one_save(self):
        """Only what comes of a save may not overlap, whichever line is saved first."""
        first = self._member(date_end="2025-12-31")
        second = self._member(date_start="2026-01-01")
        third = self._member(date_start="2024-01-01", user_id=self.amy.id)
        for last, then in (("2026-03-31", "2026-04-01"), ("2025-06-30", "2025-07-01")):
            lines = [
                Command.update(first.id, {"date_end": last}),
                Command.update(third.id, {"date_start": last}),
                Command.update(second.id, {"date_start": then}),
            ]
            for commands in (lines, lines[::-1]):
                with self.subTest(last=last, commands=commands):
                    self.france.with_user(self.claire).write({"member_ids": commands})
                    self.env.flush_all()
                    self.assertEqual(str(first.date_end), last)
        self.assertRefused(
            IntegrityError,
            "The user is a member of this territory already in that time",
            self.france.with_user(self.claire).write,
            {"member_ids": [Command.update(second.id, {"date_start": False})]},
        )
        self.assertEqual(str(second.date_start), "2025-07-01")

    def test_overlapping_memberships_by_sql(self):
        first = self._member(date_end="2025-12-31")
        second = self._member(date_start="2026-01-01")
        for query in (
            "UPDATE crm_territory_member SET date_end = NULL WHERE id = %s",
            "UPDATE crm_territory_member SET date_end = '2026-01-01' WHERE id = %s",
        ):
            self.assertDatabaseRefuses("one_row", query, first.id)
        self.assertDatabaseRefuses(
            "one_row",
            "UPDATE crm_territory_member SET date_start = NULL WHERE id = %s",
            second.id,
        )

    def test_membership_that_ends_before_it_starts(self):
        self.assertRefused(
            IntegrityError,
            "A membership cannot end before it starts",
            self._member,
            date_start="2025-02-01",
            date_end="2025-01-31",
        )

    def test_weight_and_capacity(self):
        for values, constraint in (
            ({"weight": 0}, "The weight of a member is at least 1"),
            ({"weight": -1}, "weight_positive"),
            ({"capacity": -1}, "capacity of a member cannot be negative"),
        ):
            self.assertRefused(IntegrityError, constraint, self._member, **values)

    # -- areas

    def _area(self, **values):
        return self.env["crm.territory.area"].create(
            {"territory_id": self.france.id, "country_id": self.fr.id, **values}
        )

    def test_reversed_or_crooked_zip_ranges(self):
        wrong_order = "The ZIP range .* is wrong: it goes from the lower"
        no_code = "is no ZIP code of France"
        for zip_from, zip_to, message in (
            ("75020", "75001", wrong_order),
            ("76", "75001", wrong_order),
            ("b1", "A9", no_code),
            ("A", "9", no_code),
            ("75001", "750011", no_code),
        ):
            with self.subTest(zip_from=zip_from):
                self.assertRefused(
                    ValidationError,
                    message,
                    self._area,
                    zip_from=zip_from,
                    zip_to=zip_to,
                )
        area = self._area(zip_from="75001", zip_to="75 020")
        self.assertRefused(
            ValidationError, wrong_order, area.write, {"zip_to": "10000"}
        )

    def test_what_is_no_zip_code(self):
        for value in ("--", "…", "?", "*", "Paris", "75,,xyz", "75-"):
            self.assertRefused(
                ValidationError, "is no ZIP code", self._area, zip_from=value
            )
        self.assertRefused(
            ValidationError,
            "Hong Kong has no ZIP codes",
            self._area,
            country_id=self.env.ref("base.hk").id,
            zip_from="1",
        )
        # nothing at all is an area of the whole country
        area = self._area(zip_from="  ", city="Lyon")
        self.assertEqual(area.place, "FR||lyon|")

    def test_half_a_range(self):
        self.assertRefused(
            ValidationError, "ZIP From is empty", self._area, zip_to="75"
        )

    def test_the_same_line_twice(self):
        self._area(zip_from="75", zip_to="76")
        other = self._area(zip_from="80")
        for values in (
            {"zip_from": "75000", "zip_to": "76999"},
            {"zip_from": "75-76"},
            {"zip_from": "750-76"},
        ):
            self.assertRefused(
                ValidationError, "has the area .* already", self._area, **values
            )
        self.assertRefused(
            ValidationError,
            "has the area .* already",
            other.write,
            {"zip_from": "75", "zip_to": "76"},
        )

    def test_area_in_a_country_and_a_group(self):
        group = self.env.ref("base.europe")
        self.assertRefused(
            IntegrityError, "one_place", self._area, country_group_id=group.id
        )
        self.assertRefused(
            ValidationError,
            "is a group of countries",
            self._area,
            country_id=False,
            country_group_id=group.id,
            city="Paris",
        )

    # -- what is pasted into one field

    def _pasted(self, country, text, zip_to=False):
        """The codes of the areas that a text makes."""
        before = self.france.area_ids
        area = self._area(country_id=country.id, zip_from=text, zip_to=zip_to)
        self.assertFalse(area.zip_from and "," in area.zip_from)
        self.france.invalidate_recordset()
        made = (self.france.area_ids - before).sorted("id")
        self.assertEqual(made[:1], area)
        codes = [(a.zip_from, a.zip_to or "") for a in made]
        made.unlink()
        return codes

    def test_pasted_codes(self):
        for text, codes in (
            ("10000-19999", [("10000", "19999")]),
            ("60 – 69", [("60", "69")]),
            ("1000, 1001", [("1000", ""), ("1001", "")]),
            ("75;77", [("75", ""), ("77", "")]),
            ("75*", [("75", "")]),
            ("75xxx", [("75", "")]),
            ("75 to 77, 92", [("75", "77"), ("92", "")]),
        ):
            with self.subTest(text):
                found = self._pasted(self.fr, text)
                self.assertEqual(found, codes)

    def test_pasted_into_a_stored_area(self):
        area = self._area(zip_from="75")
        area.write({"zip_from": "77, 78-79"})
        self.assertEqual(
            [(a.zip_from, a.zip_to) for a in self.france.area_ids if a.zip_from],
            [("77", False), ("78", "79")],
        )

    def test_state_of_another_country(self):
        texas = self.env.ref("base.state_us_44")
        self.assertRefused(
            ValidationError, "Texas is not in France", self._area, state_id=texas.id
        )

    def test_area_without_country(self):
        self.assertRefused(IntegrityError, "one_place", self._area, country_id=False)

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
