from odoo.tests import tagged

from odoo.addons.crm_territory.tests.figure_checks import FigureChecks

from .history_common import HistoryCase


@tagged("post_install", "-at_install")
class TestFiguresOpen(FigureChecks, HistoryCase):
    """A click on a figure that counts records shows that very number of them."""

    def test_snapshots_of_a_forecast(self):
        self.snapshot("2017-03-20")
        self.snapshot("2017-03-27")
        buttons = self.counted_buttons("crm.territory.forecast")
        self.assertEqual([field for field, *_button in buttons], ["snapshot_count"])
        users = self.mona | self.claire | self.amy
        self.assertFiguresOpen(self.forecast, users, buttons)

    def test_territories_with_forecasts(self):
        buttons = self.counted_buttons("crm.territory")
        fields = {field for field, *_button in buttons}
        self.assertLessEqual({"account_count", "opportunity_count"}, fields)
        buttons = [each for each in buttons if each[0] == "opportunity_count"]
        users = self.mona | self.claire | self.amy
        self.assertFiguresOpen(self.plan.territory_ids, users, buttons)
