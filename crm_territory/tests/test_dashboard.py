from odoo.tests import HttpCase, tagged

from .dashboard_checks import DashboardChecks


@tagged("post_install", "-at_install")
class TestDashboard(DashboardChecks, HttpCase):
    dashboard_id = "crm_territory.spreadsheet_dashboard_territories"
