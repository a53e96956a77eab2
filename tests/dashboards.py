"""The dashboards in a page: where they are, and what they say."""

DASHBOARD = "action-crm_territory.crm_territory_dashboard_action?debug=1"
FORECAST = (
    "action-crm_territory_forecast.crm_territory_forecast_dashboard_action?debug=1"
)
# in the page: the dashboard that is open
MODEL = """
    odoo.__WOWL_DEBUG__.root.env.services.spreadsheet_dashboard_loader
        .getActiveDashboard().model
"""
CELLS = f"""
    (({{getters}}) => getters.getSheetIds().flatMap((sheetId) =>
        getters.getEvaluatedCellsPositions(sheetId).map((position) => {{
            const {{type, value}} = getters.getEvaluatedCell(position);
            const sheet = getters.getSheetName(sheetId);
            return {{...position, sheet, type, value}};
        }})
    ))({MODEL})
"""
LOADED = f"() => {CELLS}.every(({{value}}) => value !== 'Loading...')"
