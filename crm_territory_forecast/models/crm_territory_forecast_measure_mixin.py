from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_territory.compat import DomainAnd, DomainCondition, DomainOr

from ..board.opportunities import Opportunities
from ..board.targets import Targets
from ..board.trees import Trees
from ..engine import measure, periods

_TARGET = {"forecast_target:sum", "forecast_target:sum_currency"}


class CrmTerritoryForecastMeasureMixin(models.AbstractModel):
    """The target as a measure of opportunities, beside their expected revenue.

    A target is not of an opportunity but of a territory, a member and a period: it is
    added to the groups of opportunities that are of such, and to totals.
    """

    _name = "crm.territory.forecast.measure.mixin"
    _description = "Target as a Measure of Opportunities"

    company_currency = fields.Many2one("res.currency")  # as opportunities have it
    forecast_target = fields.Monetary(
        "Target",
        compute="_compute_forecast_target",
        currency_field="company_currency",
        aggregator="sum",
        help="The target of the salesperson, territory and period that the figures are"
        " grouped and filtered by; of all, that of the topmost territories.",
    )

    def _compute_forecast_target(self):
        """One opportunity has no target."""
        self.forecast_target = False

    def _read_group_select(self, aggregate_spec, query):
        """Tell Odoo that there is such a measure, which has no column."""
        if aggregate_spec in _TARGET:
            return SQL("NULL::float8")  # of a type, to be ordered by
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    @api.readonly
    def formatted_read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        groups = super().formatted_read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )
        wanted = _TARGET.intersection(aggregates)
        if wanted:
            self._add_targets(domain, [groupby], [groups], wanted)
        return groups

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(
        self, domain, grouping_sets, aggregates=(), *, order=None
    ):
        groups_of_sets = super().formatted_read_grouping_sets(
            domain, grouping_sets, aggregates, order=order
        )
        wanted = _TARGET.intersection(aggregates)
        if wanted:
            self._add_targets(domain, grouping_sets, groups_of_sets, wanted)
        return groups_of_sets

    @api.model
    def _add_targets(self, domain, grouping_sets, groups_of_sets, specs):
        """Set the target of each group. 3 queries, for however many groups.

        :param specs: the aggregates that are to be set
        """
        forecast = self._forecast_of_measure()
        dates = (forecast.date_field_name, forecast.closed_date_field_name)
        keys = [measure.GroupKey.of(groupby, dates) for groupby in grouping_sets]
        targets, by_user = [], False
        if forecast and any(keys):
            scope = self._targets_of(forecast, Domain(domain).optimize(self))
            by_user = any(c.field_expr == "user_id" for c in scope.iter_conditions())
            targets = Targets(Opportunities(Trees(forecast))).within(scope)
        currency = forecast.currency_id
        rate = currency._get_conversion_rate(currency, self.env.company.currency_id)
        for key, groups in zip(keys, groups_of_sets, strict=True):
            sums = measure.sums(targets, key, forecast.period, by_user) if key else {}
            for group in groups:
                amount = sums.get(key.of_group(group), 0) * rate if key else 0
                for spec in specs:
                    group[spec] = amount or False

    @api.model
    def _forecast_of_measure(self):
        """The first forecast of the company that is about money."""
        forecasts = self.env["crm.territory.forecast"].search(
            [("company_id", "=", self.env.company.id)]
        )
        return forecasts.filtered("is_monetary")[:1]

    @api.model
    def _targets_of(self, forecast, domain):
        """The domain of the targets that belong to opportunities of a domain.

        Conditions on the salesperson, the territory and the time are those of the
        targets; all others tell nothing of targets.
        """
        if isinstance(domain, DomainAnd):
            return Domain.AND(self._targets_of(forecast, d) for d in domain.children)
        if isinstance(domain, DomainOr):
            return Domain.OR(self._targets_of(forecast, d) for d in domain.children)
        if domain.is_false():
            return domain
        if not isinstance(domain, DomainCondition):
            return Domain.TRUE
        name, _dot, path = domain.field_expr.partition(".")
        if name in ("territory_id", "territory_ids", "user_id"):
            name = "user_id" if name == "user_id" else "territory_id"
            expression = f"{name}.{path}" if path else name
            return Domain(expression, domain.operator, domain.value)
        if name in (forecast.date_field_name, forecast.closed_date_field_name):
            return self._targets_of_time(forecast, domain)
        return Domain.TRUE

    @api.model
    def _targets_of_time(self, forecast, condition):
        """The targets of the periods that a condition on a date touches."""
        value, operator = condition.value, condition.operator
        if operator == "in" and set(value) == {False}:
            return Domain.FALSE
        if operator in (">", ">=", "<", "<=") and value:
            try:
                day = fields.Date.to_date(value)
            except ValueError:
                return Domain.TRUE
            if operator in (">", ">="):
                month = int(forecast.fiscal_month)
                day = periods.start_of(day, forecast.period, month)
                operator = ">="
            return Domain("date_start", operator, day)
        return Domain.TRUE
