from odoo.exceptions import ValidationError

from .common import ForecastCase


class TestCategories(ForecastCase):
    def test_an_opportunity_follows_its_stage(self):
        self.assertEqual(self.early.forecast_category, "pipeline")
        self.early.forecast_category = "commit"
        self.early.name = "Renamed"
        self.assertEqual(self.early.forecast_category, "commit")
        self.early.stage_id = self.stages["best"]
        self.assertEqual(self.early.forecast_category, "best")

    def test_a_stage_takes_along_those_that_still_have_its_category(self):
        other = self.opened(self.rivoire, 10, "2017-05-01")
        other.forecast_category = "omitted"
        archived = self.opened(self.rivoire, 10, "2017-05-01", active=False)
        self.stages["pipeline"].forecast_category = "best"
        self.assertEqual(self.early.forecast_category, "best")
        self.assertEqual(archived.forecast_category, "best")
        self.assertEqual(other.forecast_category, "omitted")

    def test_won_is_the_category_of_won_stages_alone(self):
        stages = self.stages
        with self.assertRaises(ValidationError):
            stages["best"].forecast_category = "won"
        with self.assertRaises(ValidationError):
            stages["won"].forecast_category = "commit"
        with self.assertRaises(ValidationError):
            self.early.forecast_category = "won"
        stages["best"].is_won = True
        self.assertEqual(stages["best"].forecast_category, "won")
        self.assertEqual(self.best.forecast_category, "won")
        stages["best"].is_won = False
        self.assertEqual(stages["best"].forecast_category, "pipeline")

    def test_new_stages_are_pipeline(self):
        stages = self.env["crm.stage"].create([{"name": "A"}, {"name": "B"}])
        self.assertEqual(set(stages.mapped("forecast_category")), {"pipeline"})

    def test_the_stages_of_odoo(self):
        found = self.env["crm.stage"].search(
            [("id", "not in", [stage.id for stage in self.stages.values()])]
        )
        self.assertEqual(
            found.mapped("forecast_category"), ["pipeline", "best", "commit", "won"]
        )
