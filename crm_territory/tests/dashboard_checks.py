import json
from unittest.mock import patch

from odoo.tests import new_test_user
from odoo.tools import config, file_open

from .common import SALES_MANAGER, SALESMAN


class DashboardChecks:
    """What holds of each dashboard, for an ``HttpCase``."""

    dashboard_id = None

    def setUp(self):
        super().setUp()
        self.dashboard = self.env.ref(self.dashboard_id)
        self.content = json.loads(self.dashboard.spreadsheet_data)

    def sources(self):
        """All that asks Odoo for data: (model, its filters)"""
        for source in (
            *self.content["pivots"].values(),
            *self.content["lists"].values(),
        ):
            yield source["model"], source["fieldMatching"]
        for figure in self.content["sheets"][0]["figures"]:
            if "metaData" in figure["data"]:
                model = figure["data"]["metaData"]["resModel"]
                yield model, figure["data"]["fieldMatching"]

    def test_fields_and_menus_exist(self):
        with patch.dict(config.options, test_enable=True):
            self.dashboard._check_spreadsheet_data()

    def test_filters_ask_for_fields_of_their_type(self):
        filters = {each["id"]: each for each in self.content["globalFilters"]}
        used = set()
        for model, matching in self.sources():
            for filter_id, field in matching.items():
                used.add(filter_id)
                found = self.env[model]._fields[field["chain"]]
                self.assertEqual(found.type, field["type"], (model, field))
                if filters[filter_id]["type"] == "relation":
                    self.assertEqual(
                        found.comodel_name, filters[filter_id]["modelName"]
                    )
        self.assertEqual(used, set(filters))

    def test_tables_tell_each_territory_once(self):
        """Grouped by two levels, a root without children would be below itself."""
        for pivot in self.content["pivots"].values():
            fields = self.env[pivot["model"]]._fields
            dimensions = [*pivot["rows"], *pivot["columns"]]
            of_territories = [
                dimension["fieldName"]
                for dimension in dimensions
                if fields[dimension["fieldName"]].comodel_name == "crm.territory"
            ]
            self.assertLessEqual(len(of_territories), 1, pivot["name"])

    def test_sample_asks_for_nothing(self):
        with file_open(self.dashboard.sample_dashboard_file_path) as file:
            text = file.read()
        sample = json.loads(text)
        self.assertFalse(sample["pivots"] or sample["lists"])
        self.assertNotIn("PIVOT", text)
        self.assertNotIn("ODOO.LIST", text)
        titles = [
            figure["data"]["title"]["text"]
            for figure in self.content["sheets"][0]["figures"]
        ]
        self.assertEqual(
            titles,
            [
                figure["data"]["title"]["text"]
                for figure in sample["sheets"][0]["figures"]
            ],
        )

    def test_for_those_with_sales_rights(self):
        for login, groups in (
            ("salesperson", SALESMAN),
            ("sales_manager", SALES_MANAGER),
            ("internal", "base.group_user"),
        ):
            user = new_test_user(self.env, login, groups, password=login)
            is_let_in = login != "internal"
            self.assertEqual(
                self.dashboard.with_user(user).has_access("read"), is_let_in
            )
            self.authenticate(login, login)
            answer = self.url_open(f"/spreadsheet/dashboard/data/{self.dashboard.id}")
            self.assertEqual(answer.ok, is_let_in, login)
