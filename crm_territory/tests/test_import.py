import csv

from odoo.tests import tagged
from odoo.tools import file_open

from .import_case import OPTIONS, ImportCase


@tagged("post_install", "-at_install")
class TestImport(ImportCase):
    """Trees of territories, names that several plans have, and the templates."""

    # ------------------------------------------------------------------
    # Trees
    # ------------------------------------------------------------------

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
