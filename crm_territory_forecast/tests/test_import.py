from .common import ForecastCase

COLUMNS = ["forecast_id", "territory_id", "user_id", "date_start", "amount"]


class TestImport(ForecastCase):
    def load(self, rows, user=None):
        targets = self.env["crm.territory.forecast.target"].with_user(user or self.mona)
        return targets.with_context(import_file=True).load(COLUMNS, rows)

    def test_targets_are_imported_by_names(self):
        result = self.load(
            [
                ["Revenue", "Germany", "", "2018-01-01", "100"],
                ["Revenue", "Europe / France", "amy", "2018-02-01", "60.5"],
            ]
        )
        self.assertFalse(result["messages"])
        found = self.env["crm.territory.forecast.target"].browse(result["ids"])
        self.assertEqual(found.territory_id, self.germany | self.france)
        self.assertEqual(found.user_id, self.amy)
        changes = self.env["crm.territory.forecast.target.change"].search([])
        self.assertEqual(set(changes.mapped("origin")), {"imported"})

    def test_what_is_wrong_is_told_and_nothing_is_imported(self):
        for row, message in (
            (["Revenue", "Germany", "", "2018-01-02", "1"], "no period begins on"),
            (["Revenue", "Atlantis", "", "2018-01-01", "1"], "Atlantis"),
            (["Revenue", "Germany", "", "2018-01-01", "-1"], "negative"),
        ):
            result = self.load([["Revenue", "France", "", "2018-01-01", "5"], row])
            self.assertFalse(result["ids"])
            self.assertIn(message, result["messages"][0]["message"])
        self.assertFalse(self.env["crm.territory.forecast.target"].search([]))

    def test_a_target_that_is_set_is_not_imported_twice(self):
        self.target(self.germany, 5, "2018-01-01")
        result = self.load([["Revenue", "Germany", "", "2018-01-01", "7"]])
        self.assertIn("set already", result["messages"][0]["message"])

    def test_managers_import_what_they_may_set(self):
        row = ["Revenue", "Germany", "", "2018-01-01", "7"]
        self.assertFalse(self.load([row], self.claire)["messages"])
        row[1] = "Health"
        self.assertTrue(self.load([row], self.claire)["messages"])
