from odoo import api, models
from odoo.tools.misc import format_amount, formatLang


class CrmTerritoryForecastAlertMixin(models.AbstractModel):
    """Tells the managers of a territory when its running period goes wrong."""

    _name = "crm.territory.forecast.alert.mixin"
    _description = "Alerts of a Forecast"

    @api.model
    def _cron_alert(self):
        for forecast in self.search([("alert_gap_rate", ">", 0)])._with_fields():
            forecast._alert()

    def _alert(self):
        """An activity for each manager of a territory whose uncovered gap is more than
        the rate of its target: once for a territory and period. A manager is told what
        he sees, by the queries of one board.
        """
        self.ensure_one()
        start = self._running_period().start
        alerts = self.env["crm.territory.forecast.alert"].sudo()
        told = alerts.search(
            [("forecast_id", "=", self.id), ("date_start", "=", start)]
        ).territory_id
        warned = told.browse()
        for manager, territories in self._managed_territories().items():
            for forecast in self._as_seen_by(manager):
                for row in forecast._board_now():
                    territory = told.browse(row["territory_id"])
                    if territory in territories - told and self._is_alarming(row):
                        forecast._warn(territory, row)
                        warned |= territory
        alerts.create(
            [
                {
                    "forecast_id": self.id,
                    "territory_id": territory.id,
                    "date_start": start,
                }
                for territory in warned
            ]
        )

    def _managed_territories(self):
        """{manager of today: territories} of the plan in use. 1 query and what it
        reads.
        """
        self.ensure_one()
        members = (
            self.env["crm.territory.member"]
            .sudo()
            .search(
                [
                    ("is_manager", "=", True),
                    ("is_current", "=", True),
                    ("user_id.active", "=", True),
                    ("user_id.company_ids", "in", self.company_id.ids),
                    ("territory_id.active", "=", True),
                    ("territory_id.plan_id.state", "=", "active"),
                    ("territory_id.company_id", "in", (False, self.company_id.id)),
                ]
            )
        )
        grouped = members.grouped("user_id")
        return {user: lines.territory_id for user, lines in grouped.items()}

    def _is_alarming(self, row):
        self.ensure_one()
        figures = row["figures"]
        return (
            bool(figures["target"])
            and figures["uncovered_gap"] > self.alert_gap_rate * figures["target"]
        )

    def _warn(self, territory, row):
        """An activity for the user on the territory.

        It tells no figures: when it is done, the chatter keeps it, which is read by
        people who may not open the opportunities.
        """
        territory.with_env(self.sudo().env).with_context(
            mail_activity_quick_update=True
        ).activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._(
                "%(forecast)s, %(period)s: more than %(rate)s of the target uncovered",
                forecast=self.name,
                period=row["label"],
                rate=self._rate_text(self.alert_gap_rate),
            ),
            note=self.env._(
                "What is achieved and what is to be expected of the pipeline do not"
                " cover the target. The forecast board has the figures."
            ),
            user_id=self.env.uid,
        )

    def _amount_text(self, amount):
        """An amount of the forecast for people, “–” if there is none."""
        self.ensure_one()
        if amount is None:
            return "–"
        if self.is_monetary:
            return format_amount(
                self.env, amount, self.currency_id, trailing_zeroes=False
            )
        digits = 0 if self.metric == "count" else 2
        return formatLang(self.env, amount, digits=digits)

    def _rate_text(self, rate):
        """A part of 1 as a percentage for people, “–” if there is none."""
        if rate is None:
            return "–"
        return f"{formatLang(self.env, 100 * rate, digits=0)} %"
