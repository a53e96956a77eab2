from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_territory.matching.lines import path_sql

from ..engine import measure, periods


class CrmTerritoryForecastNowMixin(models.AbstractModel):
    """What CRM's own views show of a forecast: targets, and the running period."""

    _name = "crm.territory.forecast.now.mixin"
    _description = "Running Period of a Forecast"

    def _targets_in(self, domain):
        """The targets of the forecast that the user may read, in a domain. 1 query.

        :return: list of measure.Target
        """
        self.ensure_one()
        targets = self.env["crm.territory.forecast.target"]
        targets.flush_model()
        self.env["crm.territory"].flush_model(["parent_path", "active"])
        self.env["crm.territory.plan"].flush_model(["state"])
        query = targets._search([("forecast_id", "=", self.id), *domain])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %s, target.user_id, target.date_start, target.amount,
                       territory.active AND plan.state = 'active'
                  FROM crm_territory_forecast_target AS target
                  JOIN crm_territory AS territory
                    ON territory.id = target.territory_id
                  JOIN crm_territory_plan AS plan ON plan.id = territory.plan_id
                 WHERE target.id IN %s
                """,
                path_sql("territory"),
                query.subselect(),
            )
        )
        excluded = set(self._excluded_ids())
        return [
            measure.Target(tuple(line), user_id, start, float(amount), in_use)
            for line, user_id, start, amount, in_use in rows
            if line[-1] not in excluded
        ]

    def _running_period(self):
        self.ensure_one()
        start = periods.start_of(self._today(), self.period, int(self.fiscal_month))
        return periods.Period(start, periods.end_of(start, self.period))

    def _board_now(self, **options):
        """The rows of the board of the running period, as the user sees them: dicts
        of a row with its figures and the period's label.
        """
        self.ensure_one()
        period = self._running_period()
        board = self.get_board(
            {
                "date_from": fields.Date.to_string(period.start),
                "date_to": fields.Date.to_string(period.end),
                "territory_id": False,
                "members": False,
                **options,
            }
        )
        label = self._period_label(period.start)
        return [
            dict(row, figures=row["cells"][0], label=label) for row in board["rows"]
        ]

    @api.model
    @api.readonly
    def get_own_targets(self):
        """What the user is to achieve in the running period, and has: by territory.

        :return: {label, currency_id, is_monetary, rows: [figures of the board, with
            territory_id and name]}
        """
        forecast = self._default_forecast()._with_fields()
        if not forecast or not self.env["crm.territory.forecast.target"].search_count(
            [
                ("forecast_id", "=", forecast.id),
                ("user_id", "=", self.env.uid),
                ("date_start", "=", forecast._running_period().start),
            ],
            limit=1,
        ):
            return {"rows": []}
        rows = [
            row
            for row in forecast._board_now(members=True)
            if row["user_id"] == self.env.uid and row["figures"]["is_target_set"]
        ]
        territories = self.env["crm.territory"].browse(r["territory_id"] for r in rows)
        return {
            "label": forecast._period_label(forecast._running_period().start),
            "is_monetary": forecast.is_monetary,
            "currency_id": forecast.currency_id.id,
            "rows": [
                dict(row["figures"], territory_id=territory.id, name=territory.name)
                for row, territory in zip(rows, territories.sudo(), strict=True)
            ],
        }
