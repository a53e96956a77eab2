import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

from ..board.amounts import Amounts
from ..engine import periods

_METRIC_TYPES = ("monetary", "float", "integer")
_DATE_TYPES = ("date", "datetime")


class CrmTerritoryForecast(models.Model):
    """What is forecast: a metric of opportunities by period, in the tree."""

    _name = "crm.territory.forecast"
    _description = "Forecast"
    _inherit = ["crm.territory.guarded.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10, help="The first forecast of a company is the one that opens."
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Amounts are converted to it at the rate of the day on which a deal is"
        " closed, or expected to be.",
    )
    decimal_places = fields.Integer(related="currency_id.decimal_places", store=True)
    metric = fields.Selection(
        [("amount", "Sum of a field"), ("count", "Number of opportunities")],
        default="amount",
        required=True,
        string="Measure",
    )
    metric_field_name = fields.Selection(
        selection="_selection_metric_field_name",
        string="Field",
        default="expected_revenue",
    )
    is_monetary = fields.Boolean(compute="_compute_is_monetary")
    date_field_name = fields.Selection(
        selection="_selection_date_field_name",
        string="Date of Open Opportunities",
        default="date_deadline",
        required=True,
    )
    closed_date_field_name = fields.Selection(
        selection="_selection_date_field_name",
        string="Date of Won Opportunities",
        default="date_closed",
        required=True,
    )
    period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        default="month",
        required=True,
    )
    fiscal_month = fields.Selection(
        selection="_selection_fiscal_month",
        string="First Month of the Fiscal Year",
        default=lambda self: self._default_fiscal_month(),
        required=True,
    )
    tz = fields.Selection(
        selection="_selection_tz",
        string="Time Zone",
        default=lambda self: self._default_tz(),
        required=True,
        help="Where a day, and so a period, begins and ends.",
    )
    excluded_territory_ids = fields.Many2many(
        "crm.territory",
        "crm_territory_forecast_excluded_territory_rel",
        string="Excluded Territories",
        help="With all below them.",
    )
    excluded_user_ids = fields.Many2many(
        "res.users",
        "crm_territory_forecast_excluded_user_rel",
        string="Excluded Salespeople",
    )
    alert_gap_rate = fields.Float(
        "Alert When Uncovered Gap Exceeds",
        help="The part of the target that is neither achieved nor covered by the"
        " weighted pipeline. 0: no alerts.",
    )
    digest = fields.Boolean("Weekly Mail to Territory Managers")
    target_ids = fields.One2many(
        "crm.territory.forecast.target", "forecast_id", string="Targets"
    )
    snapshot_ids = fields.One2many(
        "crm.territory.forecast.snapshot", "forecast_id", string="Snapshots"
    )
    snapshot_count = fields.Integer(compute="_compute_snapshot_count")

    _alert_gap_rate_range = models.Constraint(
        "CHECK (alert_gap_rate >= 0 AND alert_gap_rate <= 1)",
        "The gap that alerts is between 0 % and 100 % of the target.",
    )

    # -- what can be chosen

    @api.model
    def _default_fiscal_month(self):
        last_month = getattr(self.env.company, "fiscalyear_last_month", "12")
        return str(int(last_month) % 12 + 1)

    @api.model
    def _default_tz(self):
        return self.env.company.partner_id.tz or self.env.user.tz or "UTC"

    @api.model
    def _selection_tz(self):
        return [(name, name) for name in pytz.common_timezones]

    @api.model
    def _selection_fiscal_month(self):
        return [
            (
                str(month),
                format_date(self.env, f"2001-{month:02}-01", date_format="MMMM"),
            )
            for month in range(1, 13)
        ]

    @api.model
    def _selection_metric_field_name(self):
        return self._selection_of_lead_fields(_METRIC_TYPES)

    @api.model
    def _selection_date_field_name(self):
        return self._selection_of_lead_fields(_DATE_TYPES)

    @api.model
    def _selection_of_lead_fields(self, types):
        """The stored fields of opportunities of these types: [(name, label)]."""
        lead_fields = self.env["crm.lead"]._fields
        found = [
            (name, field._description_string(self.env))
            for name, field in lead_fields.items()
            if field.type in types
            and field.store
            and field.column_type
            and not field.company_dependent
            and name != "id"
        ]
        return sorted(found, key=lambda choice: choice[1])

    # -- computes

    @api.depends("company_id")
    def _compute_currency_id(self):
        for forecast in self:
            forecast.currency_id = forecast.company_id.currency_id

    @api.depends("metric", "metric_field_name")
    def _compute_is_monetary(self):
        lead_fields = self.env["crm.lead"]._fields
        for forecast in self:
            field = lead_fields.get(forecast.metric_field_name)
            forecast.is_monetary = (
                forecast.metric == "amount" and field and field.type == "monetary"
            )

    def _compute_snapshot_count(self):
        counts = dict(
            self.env["crm.territory.forecast.snapshot"]._read_group(
                [("forecast_id", "in", self.ids)], ["forecast_id"], ["__count"]
            )
        )
        for forecast in self:
            forecast.snapshot_count = counts.get(forecast, 0)

    # -- constraints

    @api.constrains("metric", "metric_field_name")
    def _check_metric(self):
        for forecast in self:
            if forecast.metric == "amount" and not forecast.metric_field_name:
                raise ValidationError(
                    self.env._(
                        "Forecast “%s”: choose the field that is counted.",
                        forecast.name,
                    )
                )

    @api.constrains(
        "metric_field_name", "date_field_name", "closed_date_field_name", "tz"
    )
    def _check_choices(self):
        """Odoo checks no choices that are computed."""
        choices_of_fields = {
            "metric_field_name": self._selection_metric_field_name(),
            "date_field_name": self._selection_date_field_name(),
            "closed_date_field_name": self._selection_date_field_name(),
            "tz": self._selection_tz(),
        }
        for name, choices in choices_of_fields.items():
            known = {False, *(value for value, _label in choices)}
            for forecast in self:
                if forecast[name] not in known:
                    raise ValidationError(
                        self.env._(
                            "Forecast “%(forecast)s”: “%(value)s” cannot be chosen as"
                            " “%(field)s”.",
                            forecast=forecast.name,
                            value=forecast[name],
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    def write(self, vals):
        self._check_periods_may_change(vals)
        return super().write(vals)

    def _check_periods_may_change(self, vals):
        """Targets, calls and frozen snapshots would be of periods that are none any
        more, or of territories of another company.
        """
        for name in ("period", "fiscal_month", "company_id"):
            changed = self.filtered(
                lambda forecast, name=name: name in vals
                and forecast._fields[name].convert_to_write(forecast[name], forecast)
                != vals[name]
                and (name != "fiscal_month" or forecast.period != "month")
            )
            for forecast in changed.sudo():
                if forecast._has_periods():
                    raise UserError(
                        self.env._(
                            "Forecast “%s” has targets, calls or frozen periods: its"
                            " periods and its company cannot change. Make another"
                            " forecast.",
                            forecast.name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _check_without_history(self):
        for forecast in self.sudo():
            if forecast._has_periods():
                raise UserError(
                    self.env._(
                        "Forecast “%s” has targets, calls or frozen periods, which"
                        " would go with it. Archive it instead.",
                        forecast.name,
                    )
                )

    @api.model
    def _make_first(self, companies):
        """A first forecast of each company, so that nobody has to set up one."""
        for company in companies:
            self.with_company(company).create(
                {"name": self.env._("Revenue"), "company_id": company.id}
            )

    def _has_periods(self):
        """Whether something is kept by period."""
        self.ensure_one()
        calls = self.env["crm.territory.forecast.call"]
        return bool(
            self.target_ids
            or self._frozen_periods()
            or calls.search_count([("forecast_id", "=", self.id)], limit=1)
        )

    # -- periods

    def _today(self):
        """The day that it is in the time zone of the forecast."""
        return fields.Date.context_today(self.with_context(tz=self.tz))

    def _frozen_periods(self):
        """{first day: snapshot} of the periods that are frozen. 1 query."""
        self.ensure_one()
        snapshots = self.env["crm.territory.forecast.snapshot"].search_fetch(
            [("forecast_id", "=", self.id), ("kind", "=", "frozen")], ["date_start"]
        )
        return {snapshot.date_start: snapshot for snapshot in snapshots}

    def _periods_between(self, first_day, last_day):
        """The periods of the forecast that touch a range of days: list of Period."""
        self.ensure_one()
        month = int(self.fiscal_month)
        return periods.between(first_day, last_day, self.period, month)

    def _period_label(self, start):
        """How a period is called, in the language of the user."""
        self.ensure_one()
        if not start:
            return ""
        if self.period == "month":
            return format_date(self.env, start, date_format="LLL y")
        month = int(self.fiscal_month)
        year = periods.label_of_year(periods.fiscal_year(start, month).start)
        if self.period == "year":
            return year
        number = periods.quarter_number(start, month)
        return self.env._("Q%(number)s %(year)s", number=number, year=year)

    def _check_period_start(self, day):
        """Raise a ValidationError unless a period begins on the day."""
        self.ensure_one()
        start = periods.start_of(day, self.period, int(self.fiscal_month))
        if day != start:
            raise ValidationError(
                self.env._(
                    "In the forecast “%(forecast)s” no period begins on %(day)s; the"
                    " one of that day begins on %(start)s.",
                    forecast=self.name,
                    day=format_date(self.env, day),
                    start=format_date(self.env, start),
                )
            )

    def _digits(self):
        """Decimal places that amounts are rounded to."""
        return self.decimal_places if self.is_monetary else 2

    # -- which one

    def _with_fields(self):
        """The forecasts whose fields are there, and open to the user: one that reads a
        field that is gone is told where it is looked at, and is in nobody's way.
        """
        return self.filtered(lambda forecast: Amounts(forecast).has_fields())

    @api.model
    def _default_forecast(self, in_money=False):
        """The forecast that opens: the first of the company, or the first in money."""
        found = self.search([])
        if in_money:
            found = found.filtered("is_monetary")
        of_company = found.filtered(lambda each: each.company_id == self.env.company)
        return (of_company or found)[:1]
