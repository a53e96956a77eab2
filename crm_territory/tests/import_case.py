import csv
import io

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger

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


class ImportCase(TransactionCase):
    """Files through Odoo's own import.

    claire manages Europe (> Germany, France) of the plan "Import", and is a
    salesperson with her own documents only. Asia is not hers.
    """

    TREE = ["id", "name", "code", "plan_id", "parent_id", "type_id"]
    AREA = ["territory_id", "country_id", "state_id", "zip_from", "zip_to", "city"]
    MEMBER = ["territory_id", "user_id", "role_id", "is_manager", "date_start"]
    OVERRIDE = ["territory_id", "partner_id", "decision", "reason", "date_end"]

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
