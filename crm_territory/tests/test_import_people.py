import csv

from odoo.tests import new_test_user, tagged
from odoo.tools import file_open

from .import_case import ImportCase


@tagged("post_install", "-at_install")
class TestImportPeople(ImportCase):
    """Members and overrides from files."""

    # ------------------------------------------------------------------
    # Members
    # ------------------------------------------------------------------

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

    def test_members_imported_again_are_updated(self):
        """Known by territory, user and first day; what differs is written."""
        fields = ["territory_id", "user_id", "date_start", "date_end", "weight"]
        rows = [
            ["Germany", "import_claire", "2026-01-01", "2026-06-30", "1"],
            ["Germany", "import_claire", "2026-07-01", "", "1"],
            ["Asia", "import_claire", "", "", "1"],
        ]
        first = self._import("crm.territory.member", fields, *rows)
        self.assertImported(first, 3)
        rows[1][4] = "3"
        again = self._import("crm.territory.member", fields, *rows)
        self.assertImported(again, 3)
        self.assertEqual(again["ids"], first["ids"])
        members = self.env["crm.territory.member"].browse(first["ids"])
        self.assertEqual(members.mapped("weight"), [1, 3, 1])

    def test_members_by_their_address(self):
        self.claire.email = "Claire.Import@example.com"
        fields = ["territory_id", "user_id"]
        row = ["Germany", "claire.import@EXAMPLE.com"]
        result = self._import("crm.territory.member", fields, row)
        self.assertImported(result, 1)
        member = self.env["crm.territory.member"].browse(result["ids"])
        self.assertEqual(member.user_id, self.claire)

    def test_template_of_members_imports(self):
        """In a database that has the template's users and the template's tree."""
        for name in ("claire", "jonas"):
            new_test_user(
                self.env,
                login=f"template_{name}",
                email=f"{name}@example.com",
                groups="sales_team.group_sale_salesman",
            )
        plan = self.env["crm.territory.plan"].create({"name": "Worldwide"})
        europe = self.env["crm.territory"].create(
            {"name": "Europe", "plan_id": plan.id}
        )
        self.env["crm.territory"].create(
            {"name": "Germany", "plan_id": plan.id, "parent_id": europe.id}
        )
        with file_open("crm_territory/static/templates/member.csv") as stream:
            _titles, *rows = csv.reader(stream)
        fields = ["id", "imported_plan_id", *self.MEMBER, "date_end"]
        fields += ["weight", "capacity"]
        for _time in range(2):
            result = self._import("crm.territory.member", fields, *rows)
            self.assertImported(result, len(rows))
        members = self.env["crm.territory.member"].browse(result["ids"])
        self.assertEqual(members.territory_id.plan_id, plan)

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

    def test_overrides_imported_again_are_updated(self):
        row = ["Asia", "Importierte Werke", "Put In", "Bought for in Tokyo", ""]
        first = self._import("crm.territory.override", self.OVERRIDE, row)
        row[3:] = ["Bought for in Osaka", "2099-12-31"]
        again = self._import("crm.territory.override", self.OVERRIDE, row)
        self.assertImported(again, 1)
        self.assertEqual(again["ids"], first["ids"])
        override = self.env["crm.territory.override"].browse(first["ids"])
        self.assertEqual(override.reason, "Bought for in Osaka")
        self.assertEqual(str(override.date_end), "2099-12-31")

    def test_an_expired_override_is_not_updated_by_a_file(self):
        row = ["Asia", "Importierte Werke", "Put In", "Bought for in Tokyo", ""]
        first = self._import("crm.territory.override", self.OVERRIDE, row)
        expired = self.env["crm.territory.override"].browse(first["ids"])
        expired.sudo().is_expired = True
        self.env.flush_all()
        again = self._import("crm.territory.override", self.OVERRIDE, row)
        self.assertImported(again, 1)
        self.assertNotEqual(again["ids"], first["ids"])
        third = self._import("crm.territory.override", self.OVERRIDE, row)
        self.assertEqual(third["ids"], again["ids"])
        self.assertTrue(expired.is_expired)

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
