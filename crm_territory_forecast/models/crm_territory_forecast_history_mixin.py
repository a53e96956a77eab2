from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date
from odoo.tools.safe_eval import safe_eval

from ..engine import history, periods


class CrmTerritoryForecastHistoryMixin(models.AbstractModel):
    """Snapshots of a forecast: weekly, and of periods that are frozen."""

    _name = "crm.territory.forecast.history.mixin"
    _description = "History of a Forecast"

    snapshot_ids = fields.One2many(
        "crm.territory.forecast.snapshot", "forecast_id", string="Snapshots"
    )
    snapshot_count = fields.Integer(compute="_compute_snapshot_count")

    def _compute_snapshot_count(self):
        counts = dict(
            self.env["crm.territory.forecast.snapshot"]._read_group(
                [("forecast_id", "in", self.ids)], ["forecast_id"], ["__count"]
            )
        )
        for forecast in self:
            forecast.snapshot_count = counts.get(forecast, 0)

    # -- states

    def _live_state(self):
        """The state of now, of all opportunities that a territory is credited with.

        Those that are lost are told if they were open in a snapshot, with what they
        were worth then.
        """
        self.ensure_one()
        digits = self.currency_id.decimal_places if self.is_monetary else 6
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
            opportunities=self.sudo()._opportunities_sql(),
            forecast_id=self.id,
        )

    def _state_at(self, day):
        """The state of a day (see the engine): the live one of today, else as kept."""
        if day >= self._today():
            return self._live_state()
        return history.state_at(self.id, day)

    def _counted_sql(self, periods=None, today_ids=None, frozen=None):
        """The opportunities of periods as ``_opportunities_sql`` gives them; of frozen
        ones, those that were frozen. Also the columns record_id, of the opportunity or
        of the frozen line, and is_frozen.

        :param periods: in order, without a gap; None: whenever
        """
        bounds = {}
        if periods:
            bounds = {"date_from": periods[0].start, "date_to": periods[-1].end}
        live = SQL(
            "SELECT %s, lead_key AS record_id, FALSE AS is_frozen FROM (%s) AS live",
            history.columns(history.STATE, "live"),
            self._opportunities_sql(today_ids=today_ids, **bounds),
        )
        if frozen is None:
            frozen = self._frozen_periods()
        if periods:
            asked = {period.start for period in periods}
            frozen = {start: frozen[start] for start in asked & frozen.keys()}
        if not frozen:
            return live
        return SQL(
            """
            %(live)s WHERE %(period)s <> ALL(%(starts)s::date[])
             UNION ALL
            %(frozen)s
            """,
            live=live,
            period=history.period_start(
                SQL("live.date"), self.period, int(self.fiscal_month)
            ),
            starts=list(frozen),
            frozen=self._frozen_sql(
                [snapshot.id for snapshot in frozen.values()], today_ids
            ),
        )

    def _frozen_sql(self, snapshot_ids, today_ids):
        """The frozen opportunities that the user may read, as ``_counted_sql``."""
        lines = self.env["crm.territory.forecast.snapshot.line"]
        query = lines._search(
            Domain("snapshot_id", "in", snapshot_ids)
            & Domain("user_id", "not in", self._excluded_user_ids())
        )
        columns = {
            name: SQL.identifier(lines._table, name) for name in (*history.STATE, "id")
        }
        # as the live ones: a union of other types is slow
        columns["amount"] = SQL("%s::float8", columns["amount"])
        if today_ids is not None:
            lead = query.left_join(lines._table, "lead_id", "crm_lead", "id", "lead")
            contact = query.left_join(
                lead, "partner_id", "res_partner", "id", "partner"
            )
            of_account = SQL.identifier(contact, "territory_id")
            columns["territory_id"] = SQL(
                "CASE WHEN %(category)s = 'won' AND %(of_account)s = ANY(%(ids)s)"
                " AND (%(own)s IN %(kept)s) IS NOT TRUE"
                " THEN %(of_account)s ELSE %(own)s END",
                category=columns["category"],
                of_account=of_account,
                ids=list(today_ids),
                kept=self.env["crm.territory"]
                ._by_own_criteria(today_ids)
                .subselect("territory_id"),
                own=columns["territory_id"],
            )
        return query.select(*columns.values(), SQL("TRUE AS is_frozen"))

    def _frozen_domain(self, snapshots, territory_ids, categories, user_id, is_today):
        """The frozen opportunities of a figure: a domain of lines of snapshots."""
        in_tree = Domain("territory_id", "in", territory_ids)
        if is_today:
            in_tree = (
                Domain("lead_id.territory_today_id", "in", territory_ids)
                & Domain("category", "=", "won")
            ) | in_tree & (
                Domain("category", "!=", "won") | Domain("lead_id", "=", False)
            )
        domain = in_tree & Domain("snapshot_id", "in", [s.id for s in snapshots])
        domain &= Domain("category", "in", categories)
        domain &= Domain("user_id", "not in", self._excluded_user_ids())
        if user_id:
            domain &= Domain("user_id", "=", user_id)
        return domain

    def _final_state(self):
        """The live state, but for frozen periods, which are as they were frozen."""
        frozen = self._frozen_periods()
        if not frozen:
            return self._live_state()
        snapshot_ids = [snapshot.id for snapshot in frozen.values()]
        return SQL(
            """
            SELECT %(live_columns)s FROM (%(live)s) AS live
             WHERE live.date IS NULL OR %(period)s <> ALL(%(starts)s::date[])
             UNION ALL
            SELECT %(columns)s FROM crm_territory_forecast_snapshot_line
             WHERE snapshot_id = ANY(%(snapshot_ids)s)
            """,
            live_columns=history.columns(history.STATE, "live"),
            columns=history.columns(history.STATE),
            live=self._live_state(),
            period=history.period_start(
                SQL("live.date"), self.period, int(self.fiscal_month)
            ),
            starts=list(frozen),
            snapshot_ids=snapshot_ids,
        )

    # -- weekly

    def _take_snapshot(self, day=None):
        """Keep the state of now: what differs from the last one. 3 queries.

        :param day: the day that it is told of, after that of the last snapshot, if not
            today: for demonstration
        """
        self.ensure_one()
        today = day or self._today()
        self.env["crm.territory.forecast.snapshot.line"].flush_model()
        written = self.env.execute_query(
            history.keep(
                self.id,
                self.currency_id.id if self.is_monetary else None,
                self._live_state(),
                today,
            )
        )
        self.env["crm.territory.forecast.snapshot.line"].invalidate_model()
        snapshots = self.env["crm.territory.forecast.snapshot"]
        snapshot = snapshots.search(
            [
                ("forecast_id", "=", self.id),
                ("kind", "=", "weekly"),
                ("date", "=", today),
            ]
        ) or snapshots.create({"forecast_id": self.id, "kind": "weekly", "date": today})
        snapshot.line_count = len(written)
        return snapshot

    def action_take_snapshot(self):
        """A snapshot between the weekly ones."""
        self._check_may_take_snapshots()
        for forecast in self.sudo():
            forecast._take_snapshot()

    def _check_may_take_snapshots(self):
        self.check_access("write")

    # -- frozen periods

    def _frozen_periods(self):
        """{first day: snapshot} of the periods that are frozen. 1 query."""
        self.ensure_one()
        snapshots = self.env["crm.territory.forecast.snapshot"].search_fetch(
            [("forecast_id", "=", self.id), ("kind", "=", "frozen")], ["date_start"]
        )
        return {snapshot.date_start: snapshot for snapshot in snapshots}

    def _periods_to_freeze(self):
        """The closed periods with something in them that are not frozen: list of
        first days, the latest first. 2 queries.
        """
        self.ensure_one()
        today = self._today()
        month = int(self.fiscal_month)
        frozen = self.sudo()._frozen_periods()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT %(period)s FROM (%(live)s) AS live
                 WHERE live.category = 'won'
                 UNION
                SELECT date_start FROM crm_territory_forecast_target
                 WHERE forecast_id = %(forecast_id)s
                """,
                period=history.period_start(SQL("live.date"), self.period, month),
                live=self.sudo()._live_state(),
                forecast_id=self.id,
            )
        )
        return sorted(
            (
                start
                for (start,) in rows
                if start
                and start not in frozen
                and periods.end_of(start, self.period) < today
            ),
            reverse=True,
        )

    def _freeze(self, date_start):
        """Keep the opportunities and targets of a closed period as they are now."""
        self.ensure_one()
        self._check_may_take_snapshots()
        self._check_period_start(date_start)
        date_end = periods.end_of(date_start, self.period)
        if date_end >= self._today():
            raise UserError(
                self.env._(
                    "%(period)s of the forecast “%(forecast)s” ends on %(day)s only:"
                    " freeze it when it is over.",
                    period=self._period_label(date_start),
                    forecast=self.name,
                    day=format_date(self.env, date_end),
                )
            )
        forecast = self.sudo()
        if date_start in forecast._frozen_periods():
            raise UserError(
                self.env._(
                    "%(period)s of the forecast “%(forecast)s” is frozen already.",
                    period=self._period_label(date_start),
                    forecast=self.name,
                )
            )
        snapshot = (
            self.env["crm.territory.forecast.snapshot"]
            .sudo()
            .create(
                {
                    "forecast_id": self.id,
                    "kind": "frozen",
                    "date": self._today(),
                    "date_start": date_start,
                }
            )
        )
        snapshot.line_count = forecast._keep_lines(snapshot, date_end)
        forecast._keep_targets(snapshot)
        return snapshot

    def _keep_lines(self, snapshot, date_end):
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
                live=self._live_state(),
                snapshot_id=snapshot.id,
                forecast_id=self.id,
                currency_id=self.currency_id.id if self.is_monetary else None,
                today=snapshot.date,
                date_start=snapshot.date_start,
                date_end=date_end,
            )
        )
        self.env["crm.territory.forecast.snapshot.line"].invalidate_model()
        return len(rows)

    def _keep_targets(self, snapshot):
        targets = self.env["crm.territory.forecast.target"].search(
            [("forecast_id", "=", self.id), ("date_start", "=", snapshot.date_start)]
        )
        self.env["crm.territory.forecast.snapshot.target"].create(
            [
                {
                    "snapshot_id": snapshot.id,
                    "forecast_id": self.id,
                    "territory_id": target.territory_id.id,
                    "user_id": target.user_id.id,
                    "date_start": target.date_start,
                    "amount": target.amount,
                }
                for target in targets
            ]
        )

    def action_freeze(self):
        """Choose a closed period and freeze it."""
        self.ensure_one()
        self._check_may_take_snapshots()
        return self.env["crm.territory.forecast.freeze"]._open(self)

    # -- what to look at

    def _action_of_forecast(self, xml_id):
        """A report on this forecast, or on the one that opens."""
        forecast = self[:1] or self._default_forecast()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        context = safe_eval(action["context"])
        return dict(
            action, context=dict(context, search_default_forecast_id=forecast.id)
        )

    @api.model
    @api.readonly
    def action_open_movement(self):
        return self._action_of_forecast(
            "crm_territory_forecast.crm_territory_forecast_movement_action"
        )

    @api.model
    @api.readonly
    def action_open_accuracy(self):
        return self._action_of_forecast(
            "crm_territory_forecast.crm_territory_forecast_accuracy_action"
        )

    @api.model
    @api.readonly
    def action_open_attainment(self):
        return self._action_of_forecast(
            "crm_territory_forecast.crm_territory_forecast_attainment_action"
        )

    @api.readonly
    def action_view_snapshots(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory_forecast.crm_territory_forecast_snapshot_action"
        )
        return dict(action, domain=[("forecast_id", "=", self.id)])

    # -- scheduled

    @api.model
    def _cron_snapshot(self):
        """Keep the state of every forecast."""
        for forecast in self.search([])._with_fields():
            forecast._take_snapshot()
