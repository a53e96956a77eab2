import csv
import io
import time

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import file_open, mute_logger

OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "encoding": "utf-8",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
    "date_format": "%Y-%m-%d",
    "datetime_format": "",
    "advanced": False,
    "keep_matches": False,
}


@tagged("post_install", "-at_install")
class TestImport(TransactionCase):
    """Trees, members, areas and overrides through Odoo's own import.

    claire manages Europe (> Germany, France) of the plan "Import", and is a
    salesperson with her own documents only. Asia is not hers.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales_manager = new_test_user(
            cls.env, "import_manager", "sales_team.group_sale_manager"
        )
        cls.claire = new_test_user(
            cls.env, "import_claire", "sales_team.group_sale_salesman"
        )
        cls.env["crm.territory.plan"].search([("state", "=", "active")]).write(
            {"state": "archived"}
        )
        cls.plan = cls.env["crm.territory.plan"].create({"name": "Import"})
        cls.europe = cls._create_territory(
            "Europe",
            code="EU",
            member_ids=[Command.create({"user_id": cls.claire.id, "is_manager": True})],
        )
        cls.germany = cls._create_territory(
            "Germany", code="DE", parent_id=cls.europe.id
        )
        cls.france = cls._create_territory("France", code="FR", parent_id=cls.europe.id)
        cls.asia = cls._create_territory("Asia", code="AS")
        cls.account = cls.env["res.partner"].create(
            {
                "name": "Importierte Werke",
                "is_company": True,
                "country_id": cls.env.ref("base.de").id,
            }
        )
        cls.plan.action_activate()

    @classmethod
    def _create_territory(cls, name, **values):
        return cls.env["crm.territory"].create(
            {"name": name, "plan_id": cls.plan.id, **values}
        )

    def _file(self, rows):
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        return stream.getvalue().encode()

    def _import(self, model_name, fields, *rows, user=None, dryrun=False, limit=2000):
        """What the import page does: messages are empty when all went well.

        :param limit: the page asks for so many rows at once
        """
        wizard = (
            self.env["base_import.import"]
            .with_user(user or self.sales_manager)
            .create(
                {
                    "res_model": model_name,
                    "file": self._file([fields, *rows]),
                    "file_type": "text/csv",
                    "file_name": "import.csv",
                }
            )
        )
        with mute_logger("odoo.sql_db"):
            result = wizard.execute_import(
                fields, fields, dict(OPTIONS, limit=limit), dryrun
            )
        self.env.invalidate_all()
        return result

    def assertImported(self, result, count):
        self.assertFalse(result["messages"])
        self.assertEqual(len(result["ids"]), count)

    def assertRefused(self, result, row, *words):
        """Nothing is imported, and a message names the row (0 is the first) and why."""
        self.assertFalse(result["ids"])
        errors = [m for m in result["messages"] if m["type"] == "error"]
        self.assertTrue(errors)
        in_row = [m for m in errors if m["rows"] == {"from": row, "to": row}]
        self.assertTrue(in_row, f"no message of row {row}: {errors}")
        text = " ".join(m["message"] for m in in_row)
        for word in words:
            self.assertIn(word, text)

    # ------------------------------------------------------------------
    # Trees
    # ------------------------------------------------------------------

    TREE = ["id", "name", "code", "plan_id", "parent_id", "type_id"]

    def _territories(self):
        return self.env["crm.territory"].search([("plan_id", "=", self.plan.id)])

    def test_tree_by_names(self):
        territory_type = self.env["crm.territory.type"].create({"name": "Import type"})
        result = self._import(
            "crm.territory",
            self.TREE,
            ["t_af", "Africa", "AF", "Import", "", "Import type"],
            ["t_ma", "Morocco", "MA", "Import", "Africa", "Import type"],
            # a parent by its code, and by its full name
            ["t_ra", "Rabat", "MA-R", "Import", "MA", "Import type"],
            ["t_ca", "Casablanca", "MA-C", "Import", "Africa / Morocco", "Import type"],
        )
        self.assertImported(result, 4)
        imported = self.env["crm.territory"].browse(result["ids"])
        self.assertEqual(
            imported.mapped("complete_name"),
            [
                "Africa",
                "Africa / Morocco",
                "Africa / Morocco / Rabat",
                "Africa / Morocco / Casablanca",
            ],
        )
        self.assertEqual(imported.plan_id, self.plan)
        self.assertEqual(imported.type_id, territory_type)

    def test_tree_by_external_ids(self):
        result = self._import(
            "crm.territory",
            ["id", "name", "plan_id", "parent_id/id"],
            ["t_af", "Africa", "Import", ""],
            ["t_ma", "Morocco", "Import", "t_af"],
        )
        self.assertImported(result, 2)
        morocco = self.env["crm.territory"].browse(result["ids"][1])
        self.assertEqual(morocco.complete_name, "Africa / Morocco")

    def test_tree_imported_again_is_updated(self):
        row = ["t_af", "Africa", "AF", "Import", "", ""]
        first = self._import("crm.territory", self.TREE, row)
        row[1] = "Afrique"
        again = self._import("crm.territory", self.TREE, row)
        self.assertImported(again, 1)
        self.assertEqual(first["ids"], again["ids"])
        imported = self.env["crm.territory"].browse(first["ids"])
        self.assertEqual(imported.name, "Afrique")

    def test_parent_in_another_plan(self):
        other = self.env["crm.territory.plan"].create({"name": "Other plan"})
        self.env["crm.territory"].create({"name": "Oceania", "plan_id": other.id})
        before = self._territories()
        result = self._import(
            "crm.territory",
            self.TREE,
            ["t_af", "Africa", "AF", "Import", "", ""],
            ["t_fj", "Fiji", "FJ", "Import", "Oceania", ""],
        )
        self.assertRefused(result, 1, "Fiji", "Oceania")
        self.assertEqual(self._territories(), before)

    def test_unknown_parent(self):
        before = self._territories()
        result = self._import(
            "crm.territory",
            self.TREE,
            ["t_af", "Africa", "AF", "Import", "", ""],
            ["t_ma", "Morocco", "MA", "Import", "Atlantis", ""],
        )
        self.assertRefused(result, 1, "Atlantis")
        self.assertEqual(self._territories(), before)

    def test_cycle(self):
        """Europe below its own sub-territory."""
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "t_eu",
                "model": "crm.territory",
                "res_id": self.europe.id,
            }
        )
        result = self._import(
            "crm.territory",
            self.TREE,
            ["t_af", "Africa", "AF", "Import", "", ""],
            ["t_eu", "Europe", "EU", "Import", "Europe / Germany", ""],
        )
        self.assertRefused(result, 1)
        self.assertFalse(self.europe.parent_id)
        self.assertFalse(self._territories().filtered(lambda t: t.name == "Africa"))

    def test_same_name_at_the_same_place(self):
        result = self._import(
            "crm.territory",
            self.TREE,
            ["t_af", "Africa", "AF", "Import", "", ""],
            ["t_ge", "Germany", "DE2", "Import", "Europe", ""],
        )
        self.assertRefused(result, 1, "this name")

    def test_same_code(self):
        result = self._import(
            "crm.territory", self.TREE, ["t_af", "Africa", "DE", "Import", "", ""]
        )
        self.assertRefused(result, 0, "code")

    def test_tree_is_not_for_territory_managers(self):
        result = self._import(
            "crm.territory",
            self.TREE,
            ["t_be", "Belgium", "BE", "Import", "Europe", ""],
            user=self.claire,
        )
        self.assertRefused(result, 0)

    # ------------------------------------------------------------------
    # A name that two plans share
    # ------------------------------------------------------------------

    def test_ambiguous_territory_is_refused(self):
        self.plan.copy({"name": "Import next"})
        result = self._import(
            "crm.territory.area",
            ["territory_id", "country_id"],
            ["Europe / Germany", "Germany"],
        )
        self.assertRefused(result, 0, "Europe / Germany", "Import next")

    def test_ambiguous_territory_is_refused_without_a_file(self):
        self.plan.copy({"name": "Import next"})
        areas = self.env["crm.territory.area"].with_user(self.sales_manager)
        result = areas.load(
            ["territory_id", "country_id"], [["Europe / Germany", "Germany"]] * 2
        )
        self.assertFalse(result["ids"])
        errors = [m for m in result["messages"] if m["type"] == "error"]
        self.assertIn("Import next", errors[0]["message"])
        self.assertIn("Import next", errors[0]["value"])

    def test_the_plan_of_a_column_tells_the_territory(self):
        copied = self.plan.copy({"name": "Import next"})
        areas = self.env["crm.territory.area"].with_user(self.sales_manager)
        fields = ["plan_id", "territory_id", "country_id"]
        for plan in (copied, self.plan):
            result = areas.load(fields, [[plan.name, "Europe / Germany", "Germany"]])
            self.assertFalse(result["messages"])
            self.assertEqual(areas.browse(result["ids"]).plan_id, plan)

    def test_state_is_one_of_the_country_of_its_row(self):
        rows = [
            ["Asia", country, state]
            for country, state in (
                ("Spain", "CA"),
                ("Italy", "CA"),
                ("United States", "CA"),
                ("Brazil", "PA"),
                ("Brazil", "SC"),
                ("Spain", "Córdoba"),
                ("Colombia", "Córdoba"),
                ("BE", "Limburg"),
            )
            if self.env["res.country.state"].search_count(
                [("country_id.name", "=", country)]
            )
        ]
        result = self._import(
            "crm.territory.area", ["territory_id", "country_id", "state_id"], *rows
        )
        self.assertImported(result, len(rows))
        for area, (_territory, country, state) in zip(
            self.env["crm.territory.area"].browse(result["ids"]), rows, strict=True
        ):
            self.assertEqual(area.state_id.country_id, area.country_id)
            self.assertEqual(area.country_id.name, country)
            self.assertIn(state, (area.state_id.code, area.state_id.name))

    def test_every_state_of_three_countries_by_its_code(self):
        for code in ("br", "es", "it"):
            country = self.env.ref(f"base.{code}")
            rows = [["Asia", country.name, s.code] for s in country.state_ids]
            result = self._import(
                "crm.territory.area", ["territory_id", "country_id", "state_id"], *rows
            )
            self.assertImported(result, len(country.state_ids))

    def test_territory_of_a_named_plan(self):
        copied = self.plan.copy({"name": "Import next"})
        result = self._import(
            "crm.territory.area",
            ["territory_id", "country_id"],
            ["Import next: Europe / Germany", "Germany"],
            ["Import: DE", "Germany"],
        )
        self.assertImported(result, 2)
        areas = self.env["crm.territory.area"].browse(result["ids"])
        self.assertEqual(areas.territory_id.mapped("name"), ["Germany", "Germany"])
        self.assertEqual(areas[0].plan_id, copied)
        self.assertEqual(areas[1].territory_id, self.germany)

    # ------------------------------------------------------------------
    # Areas
    # ------------------------------------------------------------------

    AREA = ["territory_id", "country_id", "state_id", "zip_from", "zip_to", "city"]

    def _areas(self):
        return self.env["crm.territory.area"].search([("plan_id", "=", self.plan.id)])

    def test_areas(self):
        result = self._import(
            "crm.territory.area",
            self.AREA,
            ["Europe / Germany", "Germany", "", "01", "09", ""],
            ["DE", "Germany", "Bayern", "", "", ""],
            ["France", "France", "", "75001", "75020", ""],
            ["France", "France", "", "", "", "Lyon"],
        )
        self.assertImported(result, 4)
        areas = self.env["crm.territory.area"].browse(result["ids"])
        self.assertEqual(
            areas.mapped("territory_id"),
            self.germany | self.france,
        )
        self.assertEqual(areas[0].zip_from, "01")
        self.assertEqual(areas[1].state_id, self.env.ref("base.state_de_by"))
        self.assertEqual(areas[3].city, "Lyon")

    def test_imported_areas_assign(self):
        self.account.zip = "04109"
        self._import(
            "crm.territory.area",
            self.AREA,
            ["Europe / Germany", "Germany", "", "01", "09", ""],
        )
        newcomer = self.env["res.partner"].create(
            {
                "name": "Newcomer",
                "is_company": True,
                "country_id": self.env.ref("base.de").id,
                "zip": "04109",
            }
        )
        self.assertEqual(newcomer.territory_ids, self.germany)

    def test_reversed_zip_range(self):
        result = self._import(
            "crm.territory.area",
            self.AREA,
            ["France", "France", "", "75001", "75020", ""],
            ["Germany", "Germany", "", "80000", "70000", ""],
            ["France", "France", "", "13", "", ""],
        )
        self.assertRefused(result, 1, "ZIP")
        self.assertFalse(self._areas())

    def test_unknown_territory(self):
        result = self._import(
            "crm.territory.area",
            self.AREA,
            ["France", "France", "", "75001", "75020", ""],
            ["Atlantis", "France", "", "13", "", ""],
        )
        self.assertRefused(result, 1, "Atlantis", "Territory")
        self.assertFalse(self._areas())

    def test_state_of_another_country(self):
        result = self._import(
            "crm.territory.area", self.AREA, ["France", "France", "Bayern", "", "", ""]
        )
        self.assertRefused(result, 0, "Bayern")

    def test_areas_by_a_territory_manager(self):
        self.europe.is_open_to_managers = True
        mine = ["Europe / Germany", "Germany", "", "", "", ""]
        foreign = ["Asia", "Japan", "", "", "", ""]
        result = self._import(
            "crm.territory.area", self.AREA, mine, foreign, user=self.claire
        )
        self.assertRefused(result, 1)
        self.assertFalse(self._areas())
        self.assertImported(
            self._import("crm.territory.area", self.AREA, mine, user=self.claire), 1
        )

    def test_dry_run_leaves_nothing(self):
        result = self._import(
            "crm.territory.area",
            self.AREA,
            ["France", "France", "", "75", "", ""],
            dryrun=True,
        )
        self.assertImported(result, 1)
        self.assertFalse(self._areas())

    def test_a_file_that_is_imported_again_doubles_nothing(self):
        rows = [
            ["France", "France", "", "75001", "75020", ""],
            ["France", "France", "", "13, 83", "", ""],
            ["Europe / Germany", "Germany", "Bayern", "", "", "München"],
        ]
        first = self._import("crm.territory.area", self.AREA, *rows)
        self.assertImported(first, 3)
        before = self._areas()
        self.assertEqual(len(before), 4)
        rows[0][3:5] = ["75001-75020", ""]
        again = self._import("crm.territory.area", self.AREA, *rows)
        self.assertImported(again, 3)
        self.assertEqual(again["ids"], first["ids"])
        self.assertEqual(self._areas(), before)

    def test_areas_by_external_ids_are_updated(self):
        fields = ["id", *self.AREA]
        row = ["area_paris", "France", "France", "", "75", "", ""]
        first = self._import("crm.territory.area", fields, row)
        row[4] = "75-78"
        again = self._import("crm.territory.area", fields, row)
        self.assertImported(again, 1)
        self.assertEqual(first["ids"], again["ids"])
        area = self.env["crm.territory.area"].browse(first["ids"])
        self.assertEqual((area.zip_from, area.zip_to), ("75", "78"))

    def test_many_rows_are_imported_as_a_whole(self):
        """An error late in the file leaves nothing of what comes before it."""
        rows = [["France", "France", "", f"{n:02}", "", ""] for n in range(1, 9)]
        result = self._import("crm.territory.area", self.AREA, *rows, limit=2)
        self.assertImported(result, 8)
        self.assertFalse(result["nextrow"])
        before = self._areas()
        wrong = ["Atlantis", "France", "", "99", "", ""]
        result = self._import("crm.territory.area", self.AREA, *rows, wrong, limit=2)
        self.assertRefused(result, 8, "Atlantis")
        self.assertEqual(self._areas(), before)

    def test_a_name_is_looked_up_once(self):
        """The queries do not grow with the rows that name the same territory."""
        counts = []
        for count in (10, 60):
            rows = [["France", "France", "", f"{n:05}", "", ""] for n in range(count)]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            result = self._import("crm.territory.area", self.AREA, *rows)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertImported(result, count)
        self.assertLess(counts[1] - counts[0], 20)

    def test_thousands_of_areas(self):
        """4,000 rows: a tenth of a country's ZIP codes, in at most 40 seconds."""
        rows = [
            ["Europe / Germany", "Germany", "Bayern", f"{n:05}", f"{n:05}", ""]
            for n in range(4000)
        ]
        start = time.monotonic()
        result = self._import("crm.territory.area", self.AREA, *rows)
        self.assertImported(result, 4000)
        self.assertLess(time.monotonic() - start, 40)

    # ------------------------------------------------------------------
    # Members
    # ------------------------------------------------------------------

    MEMBER = ["territory_id", "user_id", "role_id", "is_manager", "date_start"]

    def test_members(self):
        role = self.env["crm.territory.role"].create({"name": "Import role"})
        result = self._import(
            "crm.territory.member",
            [*self.MEMBER, "date_end", "weight", "capacity"],
            [
                "Europe / Germany",
                "import_claire",
                "Import role",
                "TRUE",
                "2026-01-01",
                "2026-06-30",
                "3",
                "40",
            ],
        )
        self.assertImported(result, 1)
        member = self.env["crm.territory.member"].browse(result["ids"])
        self.assertEqual(member.territory_id, self.germany)
        self.assertEqual(member.user_id, self.claire)
        self.assertEqual(member.role_id, role)
        self.assertTrue(member.is_manager)
        self.assertEqual(str(member.date_end), "2026-06-30")
        self.assertEqual((member.weight, member.capacity), (3, 40))

    def test_overlapping_memberships(self):
        before = self.env["crm.territory.member"].search_count([])
        fields = ["territory_id", "user_id", "date_start", "date_end"]
        result = self._import(
            "crm.territory.member",
            fields,
            ["Asia", "import_claire", "", ""],
            ["Germany", "import_claire", "2026-01-01", "2026-06-30"],
            ["Germany", "import_claire", "2026-06-30", ""],
        )
        self.assertRefused(result, 2)
        self.assertEqual(self.env["crm.territory.member"].search_count([]), before)

    def test_consecutive_memberships(self):
        fields = ["territory_id", "user_id", "date_start", "date_end"]
        result = self._import(
            "crm.territory.member",
            fields,
            ["Germany", "import_claire", "2026-01-01", "2026-06-30"],
            ["Germany", "import_claire", "2026-07-01", ""],
        )
        self.assertImported(result, 2)

    def test_members_elsewhere_by_a_territory_manager(self):
        before = self.asia.member_ids
        result = self._import(
            "crm.territory.member",
            self.MEMBER,
            ["Germany", "import_manager", "", "", ""],
            ["Asia", "import_claire", "", "TRUE", ""],
            user=self.claire,
        )
        self.assertRefused(result, 1)
        self.assertEqual(self.asia.member_ids, before)
        self.assertFalse(self.germany.member_ids)

    # ------------------------------------------------------------------
    # Overrides
    # ------------------------------------------------------------------

    OVERRIDE = ["territory_id", "partner_id", "decision", "reason", "date_end"]

    def test_overrides(self):
        result = self._import(
            "crm.territory.override",
            self.OVERRIDE,
            ["Asia", "Importierte Werke", "Put In", "Bought for in Tokyo", ""],
        )
        self.assertImported(result, 1)
        override = self.env["crm.territory.override"].browse(result["ids"])
        self.assertEqual(override.partner_id, self.account)
        self.assertEqual(override.user_id, self.sales_manager)
        self.assertIn(self.asia, self.account.territory_ids)

    def test_override_without_reason(self):
        result = self._import(
            "crm.territory.override",
            self.OVERRIDE,
            ["Asia", "Importierte Werke", "Put In", "Bought for in Tokyo", ""],
            ["France", "Importierte Werke", "Keep Out", "", ""],
        )
        self.assertRefused(result, 1, "Reason")
        self.assertFalse(self.account.territory_override_ids)
        self.assertFalse(self.account.territory_ids)

    def test_override_elsewhere_by_a_territory_manager(self):
        result = self._import(
            "crm.territory.override",
            self.OVERRIDE,
            ["Germany", "Importierte Werke", "Put In", "Mine", ""],
            ["Asia", "Importierte Werke", "Keep Out", "Not theirs", ""],
            user=self.claire,
        )
        self.assertRefused(result, 1)
        self.assertFalse(self.account.territory_override_ids)

    # ------------------------------------------------------------------
    # Templates
    # ------------------------------------------------------------------

    def test_templates_are_understood(self):
        """Each column of each template is matched with a field by its title."""
        for model_name in (
            "crm.territory",
            "crm.territory.member",
            "crm.territory.area",
            "crm.territory.override",
        ):
            for template in self.env[model_name].get_import_templates():
                with self.subTest(template=template["template"]):
                    self._check_template(model_name, template)

    def _check_template(self, model_name, template):
        self.assertTrue(template["label"])
        with file_open(template["template"].lstrip("/"), "rb") as stream:
            content = stream.read()
        preview = (
            self.env["base_import.import"]
            .with_user(self.sales_manager)
            .create(
                {
                    "res_model": model_name,
                    "file": content,
                    "file_type": "text/csv",
                    "file_name": "template.csv",
                }
            )
            .parse_preview(dict(OPTIONS))
        )
        self.assertNotIn("error", preview)
        headers = preview["headers"]
        unmatched = [
            header
            for index, header in enumerate(headers)
            if index not in preview["matches"]
        ]
        self.assertFalse(unmatched)

    def test_template_of_the_tree_imports(self):
        self.env["crm.territory.plan"].create({"name": "Worldwide"})
        self.env["crm.territory.type"].search([("name", "=", "Geography")]).unlink()
        self.env["crm.territory.type"].create({"name": "Geography"})
        with file_open("crm_territory/static/templates/territory.csv") as stream:
            _titles, *rows = csv.reader(stream)
        # the names of the template are those of one plan in use
        self.plan.state = "archived"
        result = self._import("crm.territory", [*self.TREE, "sequence"], *rows)
        self.assertImported(result, len(rows))
