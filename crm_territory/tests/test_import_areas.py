import time

from odoo.tests import tagged

from .import_case import ImportCase


@tagged("post_install", "-at_install")
class TestImportAreas(ImportCase):
    """Areas from files."""

    # ------------------------------------------------------------------
    # Areas
    # ------------------------------------------------------------------

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
