from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, Query

from odoo.addons.crm_territory.boolean_search import boolean_search

from ..board.opportunities import Opportunities
from ..board.rights import Rights
from ..board.running import RunningPeriod
from ..board.targets import Targets
from ..board.trees import Trees
from ..engine import asked, attainment
from ..engine import periods as engine_periods
from ..models.crm_stage import CATEGORIES
from ..models.crm_territory_forecast_report_mixin import once

# {measure: what it is of the sums of a group}: never an average of its groups' rates.
# Without a target, or with one that is all handed down, there is none.
OF_SUMS = {
    "achieved_rate": (
        "CASE WHEN round(%(target)s::numeric, 2) > 0 THEN"
        " %(achieved)s / %(target)s END",
        ("target", "achieved"),
    ),
    "shortage_rate": (
        "CASE WHEN round(%(target)s::numeric, 2) > 0 THEN"
        " GREATEST(0, %(target)s - %(achieved)s - %(open_amount)s) / %(target)s END",
        ("target", "achieved", "open_amount"),
    ),
    "coverage": (
        "CASE WHEN round((%(target)s - %(achieved)s)::numeric, 2) > 0 THEN"
        " %(open_amount)s / (%(target)s - %(achieved)s) END",
        ("target", "achieved", "open_amount"),
    ),
    "closing_gap": ("%(target)s - %(achieved)s", ("target", "achieved")),
    "uncovered_gap": (
        "%(target)s - %(achieved)s - %(weighted_amount)s",
        ("target", "achieved", "weighted_amount"),
    ),
    "member_achieved_rate": (
        "CASE WHEN round(%(member_target)s::numeric, 2) > 0 THEN"
        " %(member_achieved)s / %(member_target)s END",
        ("member_target", "member_achieved"),
    ),
}
# what counts once in a group, though it may be in a frozen period and in another one
_ONCE = (
    "achieved",
    "commit",
    "best",
    "pipeline",
    "open_amount",
    "weighted_amount",
    "landing",
    "member_achieved",
)
# what rows add up to
AMOUNTS = (*_ONCE, "target", "member_target")
# the context key of the domain that is searched
_ASKED = "attainment_asked"


class CrmTerritoryForecastAttainment(models.Model):
    """Targets and what came of them: a row for each opportunity that the forecast
    counts, in the territory that it is credited to, and one for each target; those of
    former plans where the tree in use has their territory.

    The rows add up: those of a territory and of all below it hold its own target, once,
    as the target of each row is without those below it. They are what the user may
    read, asked as the user; also in superuser mode, in which Odoo checks the access to
    single rows, and where what it reads would stay in the cache.
    """

    _name = "crm.territory.forecast.attainment"
    _description = "Attainment by Territory"
    _inherit = ["crm.territory.forecast.report.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.territory.forecast.target": ["amount"],
        "crm.territory.forecast.snapshot.target": ["amount"],
    }

    kind = fields.Selection(
        [
            ("opportunity", "Opportunity"),
            ("target", "Target"),
            ("member_target", "Member Target"),
        ],
        string="Row",
    )
    date = fields.Date(
        help="When it was won, or is expected to be closed; of a target, the first day"
        " of its period.",
    )
    category = fields.Selection(CATEGORIES)
    target = fields.Monetary(
        help="Of a territory with all below it, as grouped by level: its own target;"
        " if it has none, those of the topmost territories below it. Grouped by the"
        " credited territory, and in a list: what of the target is not handed down to"
        " territories below; negative if more is.",
    )
    achieved = fields.Monetary(help="The won opportunities.")
    commit = fields.Monetary()
    best = fields.Monetary("Best Case")
    pipeline = fields.Monetary()
    open_amount = fields.Monetary("Open", help="Commit, best case and pipeline.")
    weighted_amount = fields.Monetary(
        "Weighted", help="The open opportunities, by their probability."
    )
    landing = fields.Monetary(
        "Expected Landing", help="What is achieved, and the weighted pipeline."
    )
    closing_gap = fields.Monetary(help="What is missing to the target.")
    uncovered_gap = fields.Monetary(
        help="What is missing to the target even with the weighted pipeline."
    )
    achieved_rate = fields.Float(
        "Achieved %", aggregator="avg", help="The part of the target that is achieved."
    )
    shortage_rate = fields.Float(
        "Shortage %",
        aggregator="avg",
        help="The part of the target that is neither achieved nor open.",
    )
    coverage = fields.Float(
        aggregator="avg", help="What is open, as a multiple of the closing gap."
    )
    member_target = fields.Monetary(
        help="The targets of members. Of nested territories in which one has targets,"
        " that of the outermost one includes the others.",
    )
    member_achieved = fields.Monetary(
        "Achieved by Members",
        help="What members won where they have a target of the period, in the territory"
        " or in one above it.",
    )
    member_achieved_rate = fields.Float(
        "Achieved % of Members",
        aggregator="avg",
        help="The part of the targets of members that these achieved.",
    )
    is_default = fields.Boolean(
        "Default Forecast",
        compute="_compute_is_default",
        search="_search_is_default",
    )
    is_default_in_money = fields.Boolean(
        "Default Forecast in Money",
        compute="_compute_is_default",
        search="_search_is_default_in_money",
        help="The first of the company that counts money: that of the dashboard.",
    )
    is_over = fields.Boolean(
        "Closed", compute="_compute_time", search="_search_is_over"
    )
    is_running = fields.Boolean(
        "Running Period", compute="_compute_time", search="_search_is_running"
    )
    is_this_year = fields.Boolean(
        "This Fiscal Year", compute="_compute_time", search="_search_is_this_year"
    )

    # -- rows

    @property
    def _table_query(self):
        as_user = self.sudo(False)
        return super(CrmTerritoryForecastAttainment, as_user)._table_query

    @api.model
    def _row_id(self):
        return attainment.row_id()

    @api.model
    def _readable_domain(self):
        """There are no other rows than those that the user may read."""
        return Domain.TRUE

    @api.model
    def _rows_of(self, forecast):
        days = self._days_asked(forecast)
        if not days:
            return None
        periods = forecast._periods_between(*days) if asked.ALWAYS != days else None
        opportunities = Opportunities(Trees(forecast))
        reader = Targets(opportunities)
        targets = reader.sql(periods)
        return SQL(
            """
            SELECT attained.*, achieved + weighted_amount AS landing, %(of_sums)s,
                   %(currency_id)s::int4 AS currency_id
              FROM (SELECT opportunity.*, %(forecast_id)s AS forecast_id
                      FROM (%(opportunities)s) AS opportunity
                     UNION ALL
                    SELECT target.*, %(forecast_id)s AS forecast_id
                      FROM (%(targets)s) AS target) AS attained
            """,
            # in each part, where PostgreSQL sees that it is the one asked for
            of_sums=SQL(", ").join(
                SQL("NULL::float8 AS %s", SQL.identifier(name)) for name in OF_SUMS
            ),
            forecast_id=forecast.id,
            currency_id=forecast.currency_id.id if forecast.is_monetary else None,
            opportunities=attainment.of_opportunities(
                opportunities.carried_sql(periods),
                targets,
                opportunities.trees.uncounted_ids,
                Rights(self.env).line_ids,
                forecast.period,
                int(forecast.fiscal_month),
                opportunities.repeated_keys,
            ),
            targets=attainment.of_targets(
                targets, reader.handed_down(targets), forecast.company_id.id
            ),
        )

    def _no_rows(self):
        # what rows are looked up by
        none = super()._no_rows()
        return SQL(
            "SELECT none.*, NULL::int4 AS record_id, NULL::int4 AS source,"
            " FALSE AS is_repeated FROM (%s) AS none",
            none,
        )

    def _search(self, domain, *args, **options):
        """Look up rows by what their ids are made of, for which there are indexes; read
        the forecasts and the time that are asked for.
        """
        domain = Domain(domain).map_conditions(_with_records).optimize_full(self)
        told = self.with_context(**{_ASKED: domain})
        return told._search_left(told._not_known(domain), *args, **options)

    def _search_left(self, domain, *args, **options):
        """Search what is left to be asked of the rows that are read."""
        return super()._search(domain, *args, **options)

    @api.model
    def _not_known(self, domain):
        """What of a domain that is asked is left to be asked of the rows that are read
        for it: PostgreSQL would look at each.
        """
        left = []
        for forecast in self.env["crm.territory.forecast"].search([]):
            if days := self._days_asked(forecast):
                if days != asked.ALWAYS:
                    periods = forecast._periods_between(*days)
                    days = periods[0].start, periods[-1].end
                left.append(asked.not_known(domain, forecast.id, days))
        is_alike = left and all(each == left[0] for each in left)
        return left[0] if is_alike else domain

    @api.model
    def _days_asked(self, forecast):
        """The days that are asked for: (first, last), ``asked.ALWAYS`` if that is not
        known of both; None if the forecast is not asked for.
        """
        domain = self.env.context.get(_ASKED)
        if not isinstance(domain, Domain):  # no client sends one
            return asked.ALWAYS
        days = asked.days_of(domain, forecast.id)
        is_open = days and not set(days).isdisjoint(asked.ALWAYS)
        return asked.ALWAYS if is_open else days

    # -- figures

    def _read_group_select(self, aggregate_spec, query):
        name, _colon, function = aggregate_spec.partition(":")
        if name not in OF_SUMS:
            return self._select_sum(aggregate_spec, query)
        formula, summed = OF_SUMS[name]
        # a rate is of amounts in one currency, a gap in the one that is asked for
        how = "sum" if function == "sum" else "sum_currency"
        sums = {
            each: self._read_group_select(f"{each}:{how}", query) for each in summed
        }
        return SQL(formula, **sums)

    def _select_sum(self, aggregate_spec, query):
        """An amount of opportunities counts once in a group, though it may be in a
        frozen period and in a later one. (In groups of several currencies it is in
        both.)
        """
        name, _colon, function = aggregate_spec.partition(":")
        summed = super()._read_group_select(aggregate_spec, query)
        if name not in _ONCE or function not in ("sum", "sum_currency"):
            return summed
        if not once(query, self._has_frozen) or len(once(query, self._currencies)) > 1:
            return summed
        return SQL(
            "CASE WHEN count(%s) > 0 THEN %s END",
            SQL.identifier(self._table, name),
            attainment.without_repeated(name, self._table),
        )

    @api.model
    def _has_frozen(self):
        snapshots = self.env["crm.territory.forecast.snapshot"]
        return bool(snapshots.search_count([("kind", "=", "frozen")], limit=1))

    # -- which forecast, and when

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("forecast_id")
    def _compute_is_default(self):
        forecasts = self.env["crm.territory.forecast"]
        default = forecasts._default_forecast()
        in_money = forecasts._default_forecast(in_money=True)
        for row in self:
            row.is_default = row.forecast_id == default
            row.is_default_in_money = row.forecast_id == in_money

    def _search_is_default(self, operator, value, **options):
        forecast = self.env["crm.territory.forecast"]._default_forecast(**options)
        domain = Domain("forecast_id", "=", forecast.id)
        return boolean_search(operator, value, domain)

    def _search_is_default_in_money(self, operator, value):
        return self._search_is_default(operator, value, in_money=True)

    @api.depends("forecast_id", "date")
    def _compute_time(self):
        for name in ("is_over", "is_running", "is_this_year"):
            found = self.filtered_domain(self._time_domain(name))
            for row in self:
                row[name] = row in found

    def _search_is_over(self, operator, value):
        return boolean_search(operator, value, self._time_domain("is_over"))

    def _search_is_running(self, operator, value):
        return boolean_search(operator, value, self._time_domain("is_running"))

    def _search_is_this_year(self, operator, value):
        return boolean_search(operator, value, self._time_domain("is_this_year"))

    @api.model
    def _time_domain(self, name):
        """The rows of a time, which each forecast has in its own time zone and year.

        By the day, which costs less than the first day of its period.
        """
        found = []
        for forecast in self.env["crm.territory.forecast"].search([]):
            running = RunningPeriod(forecast).period
            year = engine_periods.fiscal_year(
                forecast._today(), int(forecast.fiscal_month)
            )
            times = {
                "is_over": Domain("date", "<", running.start),
                "is_running": Domain("date", ">=", running.start)
                & Domain("date", "<=", running.end),
                "is_this_year": Domain("date", ">=", year.start)
                & Domain("date", "<=", year.end),
            }
            found.append(Domain("forecast_id", "=", forecast.id) & times[name])
        return Domain.OR(found)

    # -- actions

    @api.readonly
    def action_open(self):
        """Open the opportunity; the territory, if the row is a target, or if the
        opportunity is deleted.
        """
        self.ensure_one()
        if self.lead_id:
            return self.action_open_opportunity()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.territory",
            "res_id": self.territory_id.id,
            "views": [(False, "form")],
        }


def _with_records(condition):
    """The condition; if it is on known ids, with the records that they are made of."""
    ids = condition.value
    if condition.field_expr != "id" or condition.operator != "in":
        return condition
    if isinstance(ids, Query | SQL):
        return condition
    return condition & Domain.custom(
        to_sql=lambda _model, alias, _query: attainment.of_ids(alias, list(ids))
    )
