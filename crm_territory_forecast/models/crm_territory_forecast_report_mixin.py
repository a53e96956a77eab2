from contextvars import ContextVar

from odoo import api, fields, models
from odoo.tools import SQL

_LEVELS = 3
# {(model, Environment): the SQL of the report}, while its fields are described
_described = ContextVar("_described", default=None)


def once(query, read):
    """What a method without parameters answers, asked once for all figures of a query.

    :param query: odoo.tools.Query
    """
    known = vars(query).setdefault("_read_once", {})
    if read.__name__ not in known:
        known[read.__name__] = read()
    return known[read.__name__]


class CrmTerritoryForecastReportMixin(models.AbstractModel):
    """A report of opportunities as they stood: rows of SQL that are not stored.

    Its figures roll up by grouping by the territory of the first level, then by that
    of the second, and so on.
    """

    _name = "crm.territory.forecast.report.mixin"
    _description = "Report on Opportunities as They Stood"
    _inherit = [
        "crm.territory.forecast.opportunity.mixin",
        "crm.territory.line.filter.mixin",
        "crm.territory.group.order.mixin",
    ]
    _auto = False
    _depends = {
        "crm.lead": [
            "active",
            "type",
            "won_status",
            "forecast_category",
            "territory_id",
        ],
        "crm.territory": ["parent_path", "level_1_id", "level_2_id", "level_3_id"],
        "crm.territory.forecast": [],
        "crm.territory.forecast.snapshot": [],
        "crm.territory.forecast.snapshot.line": [],
    }

    territory_1_id = fields.Many2one("crm.territory", string="Territory, Level 1")
    territory_2_id = fields.Many2one("crm.territory", string="Territory, Level 2")
    territory_3_id = fields.Many2one("crm.territory", string="Territory, Level 3")
    date_start = fields.Date("Period")

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Odoo tries of each field that is no column whether it sorts, groups and adds
        up, each time in the SQL of the whole report: that is made once.
        """
        token = _described.set({})
        try:
            return super().fields_get(allfields, attributes)
        finally:
            _described.reset(token)

    @property
    def _table_sql(self):
        known = _described.get()
        if known is None:
            return super()._table_sql
        key = (self._name, self.env)
        if key not in known:
            known[key] = super()._table_sql
        return known[key]

    @property
    def _table_query(self):
        """The rows of all forecasts of the companies that the user works in."""
        forecasts = self.env["crm.territory.forecast"].search([])._with_fields()
        reports = [self._rows_of(forecast) for forecast in forecasts]
        reports = [report for report in reports if report]
        if not reports:
            return self._no_rows()
        return SQL(
            """
            SELECT %(row_id)s AS id, report.*, %(levels)s
              FROM (%(reports)s) AS report
              JOIN crm_territory ON crm_territory.id = report.territory_id
            """,
            row_id=self._row_id(),
            levels=SQL(", ").join(
                SQL(
                    "%s AS %s",
                    SQL.identifier("crm_territory", f"level_{level}_id"),
                    SQL.identifier(f"territory_{level}_id"),
                )
                for level in range(1, _LEVELS + 1)
            ),
            reports=self._summed_up(SQL(" UNION ALL ").join(reports)),
        )

    @api.model
    def _summed_up(self, rows):
        """The rows of SQL that are told, with their territory_id."""
        return rows

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
    def _row_id(self):
        """What tells a row from all others, and stays with it, as SQL."""
        raise NotImplementedError()

    @api.model
    def _id_of(self, key):
        """An id that is made of what tells a row from others of its forecast: of one of
        4,096 forecasts, so that it is exact in JavaScript.
        """
        return SQL("(%s) * 4096 + report.forecast_id %% 4096", key)

    @api.model
    def _rows_of(self, forecast):
        """The rows of a forecast as SQL, or None if there is nothing to tell."""
        raise NotImplementedError()

    # -- figures

    def _read_group_select(self, aggregate_spec, query):
        """The client asks for the currencies of each group and for amounts in that of
        the company, too, which takes as long as all the rest: not where it is the only
        one.
        """
        name, _colon, function = aggregate_spec.partition(":")
        if function == "sum_currency":
            if once(query, self._currencies) <= {self.env.company.currency_id.id, None}:
                return super()._read_group_select(f"{name}:sum", query)
        if aggregate_spec == "currency_id:array_agg_distinct":
            currencies = once(query, self._currencies)
            if len(currencies) == 1:
                return SQL("ARRAY[%s]::int4[]", *currencies)
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _currencies(self):
        """The ids of the currencies of what is told; None for what is no money."""
        forecasts = self.env["crm.territory.forecast"].search([])
        return {
            forecast.currency_id.id if forecast.is_monetary else None
            for forecast in forecasts
        }
