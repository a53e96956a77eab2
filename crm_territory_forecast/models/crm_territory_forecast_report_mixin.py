from odoo import api, fields, models
from odoo.tools import SQL

_LEVELS = 3


class CrmTerritoryForecastReportMixin(models.AbstractModel):
    """A report of opportunities as they stood: rows of SQL that are not stored.

    Its figures roll up by grouping by the territory of the first level, then by that
    of the second, and so on.
    """

    _name = "crm.territory.forecast.report.mixin"
    _description = "Report on Opportunities as They Stood"
    _inherit = ["crm.territory.forecast.deal.mixin"]
    _auto = False
    _depends = {
        "crm.lead": [
            "active",
            "type",
            "won_status",
            "forecast_category",
            "territory_id",
        ],
        "crm.territory": ["parent_path"],
        "crm.territory.forecast": [],
        "crm.territory.forecast.snapshot": [],
        "crm.territory.forecast.snapshot.line": [],
    }

    territory_1_id = fields.Many2one("crm.territory", string="Territory, Level 1")
    territory_2_id = fields.Many2one("crm.territory", string="Territory, Level 2")
    territory_3_id = fields.Many2one("crm.territory", string="Territory, Level 3")
    date_start = fields.Date("Period")

    @property
    def _table_query(self):
        """The rows of all forecasts of the companies that the user works in."""
        forecasts = self.env["crm.territory.forecast"].search([])._with_fields()
        reports = [self._rows_of(forecast.sudo()) for forecast in forecasts]
        reports = [report for report in reports if report]
        if not reports:
            return self._no_rows()
        return SQL(
            """
            SELECT (row_number() OVER (ORDER BY %(key)s))::int AS id, report.*,
                   %(levels)s
              FROM (%(reports)s) AS report
              JOIN crm_territory ON crm_territory.id = report.territory_id
            """,
            key=SQL(", ").join(SQL.identifier("report", name) for name in self._key()),
            levels=SQL(", ").join(
                SQL(
                    "NULLIF(split_part(crm_territory.parent_path, '/', %s), '')::int4"
                    " AS %s",
                    level,
                    SQL.identifier(f"territory_{level}_id"),
                )
                for level in range(1, _LEVELS + 1)
            ),
            reports=SQL(" UNION ALL ").join(reports),
        )

    def _no_rows(self):
        """A query of all columns and no row."""
        return SQL(
            "SELECT %s WHERE FALSE",
            SQL(", ").join(
                SQL("NULL::%s AS %s", SQL(field.column_type[1]), SQL.identifier(name))
                for name, field in self._fields.items()
                if field.store and field.column_type
            ),
        )

    @api.model
    def _key(self):
        """The columns that tell a row from all others."""
        return ["forecast_id", "lead_key"]

    @api.model
    def _rows_of(self, forecast):
        """The rows of a forecast as SQL, or None if there is nothing to tell."""
        raise NotImplementedError()
