from functools import cached_property

from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..engine import history, periods
from .opportunities import Opportunities
from .trees import Trees

_LINE = "crm.territory.forecast.snapshot.line"
_SNAPSHOT = "crm.territory.forecast.snapshot"


class Snapshots:
    """How the opportunities of a forecast stand, stood, and are kept.

    Reads all opportunities, whoever may open them: what a user is told of a state, the
    record rules of lines and reports decide. Answers states (``engine.history``): of
    now and of any day, in the territories of the tree in use, without those that the
    forecast leaves out or that are of other companies' plans. Keeps them, weekly or of
    a period that is frozen. Used by the reports on movement and accuracy, and by jobs.
    """

    def __init__(self, forecast):
        self.forecast = forecast.sudo()
        self.env = self.forecast.env
        self.trees = Trees(self.forecast)
        self.opportunities = Opportunities(self.trees)

    # -- states

    def state_at(self, day):
        """The state of a day: the live one of today, else as kept."""
        if day >= self.forecast._today():
            return self._placed(self._live(), history.STATE)
        return history.state_at(self.lines, day)

    @cached_property
    def lines(self):
        """The lines of the weekly snapshots, with the columns of ``history.LINE``."""
        return self._placed(history.lines_of(self.forecast.id), history.LINE)

    @cached_property
    def final(self):
        """The live state, but for frozen periods, which are as they were frozen."""
        state = self._live()
        frozen = self.opportunities.frozen
        if frozen:
            state = SQL(
                """
                SELECT %(live_columns)s FROM (%(live)s) AS live
                 WHERE live.date IS NULL OR %(period)s <> ALL(%(starts)s::date[])
                 UNION ALL
                SELECT %(columns)s FROM crm_territory_forecast_snapshot_line
                 WHERE snapshot_id = ANY(%(snapshot_ids)s)
                """,
                live_columns=history.columns(history.STATE, "live"),
                columns=history.columns(history.STATE),
                live=state,
                period=self._period("live.date"),
                starts=list(frozen),
                snapshot_ids=[snapshot.id for snapshot in frozen.values()],
            )
        return self._placed(state, history.STATE)

    def _placed(self, state, names):
        return history.placed(state, names, self.trees.former, self.trees.uncounted_ids)

    def _period(self, day):
        month = int(self.forecast.fiscal_month)
        return history.period_start(SQL(day), self.forecast.period, month)

    def _live(self):
        """The state of now, of all opportunities that a territory is credited with,
        where they are credited.

        Those that are lost are told if they were open in a snapshot, with what they
        were worth then.
        """
        forecast = self.forecast
        digits = forecast.currency_id.decimal_places if forecast.is_monetary else 6
        return SQL(
            """
            SELECT lead_key, lead_id, name, company_id, territory_id, user_id, date,
                   category,
                   round(amount::numeric, %(digits)s) AS amount, probability
              FROM (%(opportunities)s) AS opportunity
             WHERE territory_id IS NOT NULL
             UNION ALL
            SELECT line.lead_key, lead.id, lead.name, line.company_id,
                   line.territory_id, line.user_id, line.date, 'lost', line.amount, 0
              FROM crm_territory_forecast_snapshot_line AS line
              JOIN crm_lead AS lead ON lead.id = line.lead_key
             WHERE line.forecast_id = %(forecast_id)s AND line.snapshot_id IS NULL
               AND line.valid_to IS NULL
               AND lead.won_status = 'lost' AND lead.type = 'opportunity'
            """,
            digits=digits,
            opportunities=self.opportunities.sql(),
            forecast_id=forecast.id,
        )

    def _counted(self):
        """The live state as it is kept: where it is credited, without what the
        forecast leaves out.
        """
        return history.placed(self._live(), history.STATE, {}, self.trees.uncounted_ids)

    # -- weekly

    def take(self, day=None):
        """Keep the state of now: what differs from the last one. 4 queries.

        :param day: the day that it is told of, after that of the last snapshot, if not
            today: for demonstration
        :return: the snapshot, whose line_count is the number of differences
        """
        forecast = self.forecast
        day = day or forecast._today()
        self.env[_LINE].flush_model()
        written = self.env.execute_query(
            history.keep(forecast.id, self._currency_id, self._counted(), day)
        )
        self.env[_LINE].invalidate_model()
        values = {"forecast_id": forecast.id, "kind": "weekly", "date": day}
        snapshots = self.env[_SNAPSHOT]
        snapshot = snapshots.search(
            [(name, "=", value) for name, value in values.items()]
        ) or snapshots.create(values)
        snapshot.line_count = len(written)
        return snapshot

    @property
    def _currency_id(self):
        return self.forecast.currency_id.id if self.forecast.is_monetary else None

    def last_day(self, before):
        """The day of the last weekly snapshot before a day, or False."""
        snapshot = self.env[_SNAPSHOT].search(
            [
                ("forecast_id", "=", self.forecast.id),
                ("kind", "=", "weekly"),
                ("date", "<", before),
            ],
            limit=1,
        )
        return snapshot.date

    # -- frozen periods

    def to_freeze(self):
        """The closed periods with something in them that are not frozen: list of
        first days, the latest first. 3 queries.
        """
        today = self.forecast._today()
        frozen = self.opportunities.frozen
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT %(period)s FROM (%(live)s) AS live
                 WHERE live.category = 'won'
                 UNION
                SELECT date_start FROM crm_territory_forecast_target
                 WHERE forecast_id = %(forecast_id)s
                """,
                period=self._period("live.date"),
                live=self._counted(),
                forecast_id=self.forecast.id,
            )
        )
        return sorted(
            (
                start
                for (start,) in rows
                if start
                and start not in frozen
                and periods.end_of(start, self.forecast.period) < today
            ),
            reverse=True,
        )

    def freeze(self, date_start):
        """Keep the opportunities and targets of a closed period as they are now."""
        self.forecast._check_period_start(date_start)
        self._check_may_freeze(date_start)
        snapshot = self.env[_SNAPSHOT].create(
            {
                "forecast_id": self.forecast.id,
                "kind": "frozen",
                "date": self.forecast._today(),
                "date_start": date_start,
            }
        )
        snapshot.line_count = self._keep_lines(snapshot)
        self._keep_targets(snapshot)
        return snapshot

    def _check_may_freeze(self, date_start):
        forecast = self.forecast
        date_end = periods.end_of(date_start, forecast.period)
        if date_end >= forecast._today():
            raise UserError(
                self.env._(
                    "%(period)s of the forecast “%(forecast)s” ends on %(day)s only:"
                    " freeze it when it is over.",
                    period=forecast._period_label(date_start),
                    forecast=forecast.name,
                    day=format_date(self.env, date_end),
                )
            )
        if date_start in self.opportunities.frozen:
            raise UserError(
                self.env._(
                    "%(period)s of the forecast “%(forecast)s” is frozen already.",
                    period=forecast._period_label(date_start),
                    forecast=forecast.name,
                )
            )

    def _keep_lines(self, snapshot):
        """1 statement; returns the number of lines."""
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_territory_forecast_snapshot_line
                       (snapshot_id, forecast_id, currency_id, valid_from, %(state)s)
                SELECT %(snapshot_id)s, %(forecast_id)s, %(currency_id)s, %(today)s,
                       %(state)s
                  FROM (%(live)s) AS live
                 WHERE date BETWEEN %(date_start)s AND %(date_end)s
                   AND category <> 'lost'
                RETURNING id
                """,
                state=history.columns(history.STATE),
                live=self._counted(),
                snapshot_id=snapshot.id,
                forecast_id=self.forecast.id,
                currency_id=self._currency_id,
                today=snapshot.date,
                date_start=snapshot.date_start,
                date_end=periods.end_of(snapshot.date_start, self.forecast.period),
            )
        )
        self.env[_LINE].invalidate_model()
        return len(rows)

    def _keep_targets(self, snapshot):
        targets = self.env["crm.territory.forecast.target"].search(
            [
                ("forecast_id", "=", self.forecast.id),
                ("date_start", "=", snapshot.date_start),
            ]
        )
        self.env["crm.territory.forecast.snapshot.target"].create(
            [
                {
                    "snapshot_id": snapshot.id,
                    "forecast_id": self.forecast.id,
                    "territory_id": target.territory_id.id,
                    "user_id": target.user_id.id,
                    "date_start": target.date_start,
                    "amount": target.amount,
                }
                for target in targets
            ]
        )
