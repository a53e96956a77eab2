from odoo import api, fields, models
from odoo.tools import SQL

from ..board.snapshots import Snapshots
from ..engine import history
from ..options import weeks_of

_DEFAULT_WEEKS = 4
_RATE = "accuracy:avg"


class CrmTerritoryForecastAccuracy(models.Model):
    """What was foreseen some weeks before the end of a period, and what came of it.

    How many weeks is told by the context: ``accuracy_weeks``.
    """

    _name = "crm.territory.forecast.accuracy"
    _description = "Forecast Accuracy"
    _inherit = ["crm.territory.forecast.report.mixin"]
    _auto = False
    _order = "date_start desc, forecast_id, territory_id, id"

    date_snapshot = fields.Date("Foreseen On")
    commit_amount = fields.Monetary(
        "Foreseen: Commit", help="What was achieved by then, and the commit."
    )
    landing = fields.Monetary(
        "Foreseen: Landing",
        help="What was achieved by then, and the weighted pipeline.",
    )
    open_amount = fields.Monetary(
        "Foreseen: At Best", help="What was achieved by then, and all the pipeline."
    )
    outcome = fields.Monetary(help="What was achieved in the end.")
    difference = fields.Monetary(help="Outcome less expected landing.")
    accuracy = fields.Float(
        aggregator="avg",
        help="100 % less the part of the outcome by which the expected landing was off."
        " Of a group: that of its sums.",
    )

    @api.model
    def _row_id(self):
        month = "extract(year FROM date_start) * 12 + extract(month FROM date_start)"
        month = f"({month})::int8 %% 4096"
        return self._id_of(SQL(f"report.lead_key * 4096::int8 + {month}"))

    @api.model
    def _rows_of(self, forecast):
        weeks = weeks_of(self.env, "accuracy_weeks", _DEFAULT_WEEKS)
        snapshots = Snapshots(forecast)
        return SQL(
            """
            SELECT accuracy.*, outcome - landing AS difference,
                   GREATEST(0, 1 - abs(outcome - landing) / NULLIF(outcome, 0))
                       AS accuracy,
                   %(forecast_id)s AS forecast_id, %(currency_id)s::int4 AS currency_id
              FROM (%(accuracy)s) AS accuracy
            """,
            forecast_id=forecast.id,
            currency_id=forecast.currency_id.id if forecast.is_monetary else None,
            accuracy=history.accuracy(
                forecast.id,
                snapshots.lines,
                snapshots.final,
                forecast.period,
                int(forecast.fiscal_month),
                weeks,
                forecast._today(),
            ),
        )

    def _read_group_select(self, aggregate_spec, query):
        """The accuracy of a group is that of its sums: misses of opposite sign make up
        for each other in a territory.
        """
        if aggregate_spec != _RATE:
            return super()._read_group_select(aggregate_spec, query)
        outcome, landing = (
            SQL("SUM(%s)", self._field_to_sql(self._table, name, query))
            for name in ("outcome", "landing")
        )
        return SQL(
            "GREATEST(0, 1 - abs(%(outcome)s - %(landing)s) / NULLIF(%(outcome)s, 0))",
            outcome=outcome,
            landing=landing,
        )
