from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..board.snapshots import Snapshots
from ..engine import history
from ..models.crm_stage import CATEGORIES
from ..options import day_of, weeks_of

_CATEGORIES = [*CATEGORIES, ("lost", "Lost")]
_DEFAULT_WEEKS = 4
# the columns of ``history.movement`` that are told
_MOVED = (
    "lead_key",
    "lead_id",
    "name",
    "company_id",
    "territory_id",
    "user_id",
    "date_start",
    "number",
    "kind",
    "amount",
    "category_before",
    "category_after",
    "date_before",
    "date_after",
    "amount_before",
    "amount_after",
)


class CrmTerritoryForecastMovement(models.Model):
    """What happened to the open pipeline since a day, up to another one or today.

    The days are told by the context: ``movement_from`` and ``movement_to``, or
    ``movement_weeks`` before today. So is whether there are rows of what was open at
    the start, ``movement_with_before``: with them the rows add up to what is open in
    the end.
    """

    _name = "crm.territory.forecast.movement"
    _description = "Pipeline Movement"
    _inherit = ["crm.territory.forecast.report.mixin"]
    _auto = False
    _order = "size desc, id"

    kind = fields.Selection(
        [
            ("before", "Open at the Start"),
            ("new", "New"),
            ("grown", "Grown"),
            ("shrunk", "Shrunk"),
            ("slipped", "Slipped"),
            ("forward", "Brought Forward"),
            ("reassigned", "Changed Salesperson"),
            ("moved", "Changed Territory"),
            ("won", "Won"),
            ("lost", "Lost"),
            ("removed", "Left the Forecast"),
        ],
        string="What Happened",
        help="Slipped or brought forward: out of one period, and into a later or an"
        " earlier one. Changed salesperson or territory: from one to another. Where"
        " both sides are looked at, these make up for each other.",
    )
    amount = fields.Monetary(
        "Change",
        help="What it adds to the open pipeline of the territory and period, or takes"
        " from it.",
    )
    size = fields.Monetary(
        "Size of the Change", aggregator=None, help="The change without its sign."
    )
    category_before = fields.Selection(_CATEGORIES)
    category_after = fields.Selection(_CATEGORIES)
    date_before = fields.Date()
    date_after = fields.Date()
    amount_before = fields.Monetary(aggregator=None)
    amount_after = fields.Monetary(aggregator=None)

    @api.model
    def _row_id(self):
        return self._id_of(SQL("report.lead_key * 8::int8 + report.number"))

    @api.model
    def _rows_of(self, forecast):
        first_day, last_day = self._days(forecast)
        if not first_day:
            return None
        snapshots = Snapshots(forecast)
        before = history.state_at(snapshots.lines, first_day)
        periods = forecast.period, int(forecast.fiscal_month)
        movement = history.movement(before, snapshots.state_at(last_day), *periods)
        columns = history.columns(_MOVED)
        told = SQL("SELECT %s FROM (%s) AS moved", columns, movement)
        if self.env.context.get("movement_with_before"):
            standing = history.open_before(before, *periods)
            told = SQL(
                "%s UNION ALL SELECT %s FROM (%s) AS standing", told, columns, standing
            )
        return SQL(
            """
            SELECT lead_key, lead_id, name, company_id, territory_id, user_id,
                   date_start, number, kind, amount, abs(amount) AS size,
                   category_before, category_after,
                   date_before, date_after, amount_before, amount_after,
                   %(forecast_id)s AS forecast_id, %(currency_id)s::int4 AS currency_id
              FROM (%(movement)s) AS movement
            """,
            forecast_id=forecast.id,
            currency_id=forecast.currency_id.id if forecast.is_monetary else None,
            movement=told,
        )

    @api.model
    def _days(self, forecast):
        """From which day to which one; None for the first if nothing was kept yet.

        Before the first snapshot nothing is known: that is the earliest day.
        """
        today = forecast._today()
        last_day = day_of(self.env, "movement_to") or today
        first_day = day_of(self.env, "movement_from")
        if not first_day:
            weeks = weeks_of(self.env, "movement_weeks", _DEFAULT_WEEKS)
            first_day = today - timedelta(weeks=weeks)
        [[first_kept]] = self.env.execute_query(
            SQL(
                """
                SELECT min(date) FROM crm_territory_forecast_snapshot
                 WHERE forecast_id = %s AND kind = 'weekly'
                """,
                forecast.id,
            )
        )
        return first_kept and max(first_day, first_kept), last_day
