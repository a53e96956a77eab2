from odoo import api, fields, models

from ..engine import periods


class CrmTerritoryReviewReport(models.AbstractModel):
    """The page for the review meeting tells the target and what is missing to it."""

    _inherit = "report.crm_territory.report_review"

    @api.model
    def _review(self, territory, start, end):
        values = super()._review(territory, start, end)
        forecast = self.env["crm.territory.forecast"]._default_forecast()._with_fields()
        values["forecast"] = forecast
        values["forecast_rows"] = self._forecast_rows(forecast, territory)
        return values

    @api.model
    def _forecast_rows(self, forecast, territory):
        """The running period, then the fiscal year that it is in, as the board has
        them: list of (label, figures); empty where the board has no such row.
        """
        if not forecast or territory.plan_state != "active":
            return []
        today = forecast._today()
        year = periods.start_of(today, "year", int(forecast.fiscal_month))
        board = forecast.get_board(
            {
                "date_from": fields.Date.to_string(year),
                "date_to": fields.Date.to_string(periods.end_of(year, "year")),
                "territory_id": territory.id,
                "members": False,
            }
        )
        found = [row for row in board["rows"] if row["territory_id"] == territory.id]
        return [
            line
            for row in found
            for line in (
                *(
                    (period["label"], cell)
                    for period, cell in zip(board["periods"], row["cells"], strict=True)
                    if period["is_current"]
                ),
                (self.env._("Fiscal year"), row["total"]),
            )
        ]
