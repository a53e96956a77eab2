from odoo.tests import HttpCase, tagged

from odoo.addons.crm_territory.tests.dashboard_checks import DashboardChecks


@tagged("post_install", "-at_install")
class TestForecastDashboard(DashboardChecks, HttpCase):
    dashboard_id = "crm_territory_forecast.spreadsheet_dashboard_forecast"
