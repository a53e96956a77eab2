import logging
from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_territory.report.reading_day import day_sql

from ..engine import rates
from ..engine.figures import Sums

_logger = logging.getLogger(__name__)


class CrmTerritoryForecastFiguresMixin(models.AbstractModel):
    """The opportunities of a forecast, and what they sum up to.

    Everything is asked as the user: no sum holds an opportunity that one may not open.
    """

    _name = "crm.territory.forecast.figures.mixin"
    _description = "Figures of a Forecast"

    # -- which opportunities

    def _opportunity_domain(self, date_from=None, date_to=None):
        """The opportunities that count, in whatever territory.

        :param date_from, date_to: the days, both included, on which they are won or
            expected to be; None: whenever
        """
        self.ensure_one()
        domain = (
            Domain("type", "=", "opportunity")
            & Domain("active", "=", True)
            & Domain("forecast_category", "!=", "omitted")
            & (
                Domain("won_status", "=", "won")
                & self._day_domain(self.closed_date_field_name, date_from, date_to)
                | Domain("won_status", "=", "pending")
                & self._day_domain(self.date_field_name, date_from, date_to)
            )
        )
        excluded_user_ids = self._excluded_user_ids()
        if excluded_user_ids:
            domain &= Domain("user_id", "not in", excluded_user_ids)
        return domain

    def _day_domain(self, name, date_from, date_to):
        field = self._lead_field(name)
        domain = Domain(name, "!=", False)
        if date_from:
            domain &= Domain(name, ">=", self._as_value(field, date_from))
        if date_to:
            after = self._as_value(field, date_to + timedelta(days=1))
            domain &= Domain(name, "<", after)
        return domain

    def _as_value(self, field, day):
        """The beginning of a day, as the field has it: a text that a client can send
        back, for dates with a time in UTC.
        """
        if field.type == "date":
            return fields.Date.to_string(day)
        midnight = pytz.timezone(self.tz).localize(datetime.combine(day, time.min))
        return fields.Datetime.to_string(
            midnight.astimezone(pytz.utc).replace(tzinfo=None)
        )

    def _lead_field(self, name):
        """The field of opportunities; a UserError if it is gone, an AccessError if it
        is not for the user.
        """
        leads = self.env["crm.lead"]
        field = leads._fields.get(name)
        if field is None or not field.store:
            raise UserError(
                self.env._(
                    "The forecast “%(forecast)s” reads the field “%(field)s” of"
                    " opportunities, which is gone. Ask a sales administrator to choose"
                    " another one.",
                    forecast=self.name,
                    field=name,
                )
            )
        if not leads._has_field_access(field, "read"):
            raise AccessError(
                self.env._(
                    "The forecast “%(forecast)s” reads “%(field)s” of opportunities,"
                    " which is not open to you.",
                    forecast=self.name,
                    field=field._description_string(self.env),
                )
            )
        return field

    def _with_fields(self):
        """The forecasts whose fields are there, and open to the user: one that reads a
        field that is gone is told where it is looked at, and is in nobody's way.
        """
        return self.filtered(lambda forecast: forecast._has_fields())

    def _has_fields(self):
        self.ensure_one()
        names = [self.date_field_name, self.closed_date_field_name]
        if self.metric == "amount":
            names.append(self.metric_field_name)
        try:
            for name in names:
                self._lead_field(name)
        except UserError as error:  # also of access
            if self.env.su:
                _logger.warning("%s", error)
            return False
        return True

    def _excluded_ids(self):
        """The territories left out, with all below them, also archived ones."""
        topmost_ids = self._topmost_excluded_ids()
        if not topmost_ids:
            return frozenset()
        territories = self.env["crm.territory"].sudo().with_context(active_test=False)
        found = territories._search([("id", "child_of", topmost_ids)])
        return frozenset(found.get_result_ids())

    def _topmost_excluded_ids(self):
        """The territories that are chosen to be left out, in whatever plan they are
        found again.
        """
        self.ensure_one()
        territories = self.env["crm.territory"].sudo().with_context(active_test=False)
        chosen = self.sudo().with_context(active_test=False).excluded_territory_ids
        if not chosen:
            return []
        lineages = [lineage for lineage in chosen.mapped("lineage") if lineage]
        found = territories._search([("lineage", "in", lineages)])
        return list({*chosen.ids, *found.get_result_ids()})

    def _excluded_user_ids(self):
        """The salespeople left out, also archived ones."""
        everyone = self.sudo().with_context(active_test=False)
        return everyone.excluded_user_ids.ids

    # -- as SQL

    def _opportunities_sql(
        self, domain=None, date_from=None, date_to=None, today_ids=None
    ):
        """The opportunities, one in a row, as the user may read them.

        Columns: those of ``history.STATE``, with date (the day in the time zone of the
        forecast), category (*won* for the won ones), amount (in the currency of the
        forecast, not rounded).

        :param domain: more conditions
        :param date_from, date_to: as of ``_opportunity_domain``
        :param today_ids: the territories of today's tree: won ones are in the one that
            their account has today (see ``crm.lead.territory_today_id``); None: in the
            one that they closed in
        """
        leads = self.env["crm.lead"]
        wanted = self._opportunity_domain(date_from, date_to) & Domain(
            domain or Domain.TRUE
        )
        query = leads._search(wanted, active_test=False)

        def column(name):
            return leads._field_to_sql(leads._table, name, query)

        is_won = SQL("%s = 'won'", column("won_status"))
        day = SQL(
            "CASE WHEN %s THEN %s ELSE %s END",
            is_won,
            self._day_sql(column, self.closed_date_field_name),
            self._day_sql(column, self.date_field_name),
        )
        territory = column("territory_id")
        if today_ids is not None:
            self.env["res.partner"].flush_model(["territory_id"])
            # chosen before it is joined: looked up once for each account
            query.add_join(
                "LEFT JOIN",
                "account",
                SQL(
                    "(SELECT id, territory_id FROM res_partner"
                    " WHERE territory_id = ANY(%s))",
                    list(today_ids),
                ),
                SQL("account.id = %s", column("partner_id")),
            )
            territory = SQL(
                "COALESCE(CASE WHEN %(is_won)s AND (%(own)s IN %(kept)s) IS NOT TRUE"
                " THEN account.territory_id END, %(own)s)",
                is_won=is_won,
                own=territory,
                kept=self.env["crm.territory"]
                ._by_own_criteria(today_ids)
                .subselect("territory_id"),
            )
        amount = self._amount_sql(query, column, day, date_from, date_to)
        columns = {
            "lead_key": column("id"),
            "lead_id": column("id"),
            "name": column("name"),
            "company_id": column("company_id"),
            "territory_id": territory,
            "user_id": column("user_id"),
            "date": day,
            "category": SQL(
                "CASE WHEN %s THEN 'won' ELSE %s END",
                is_won,
                column("forecast_category"),
            ),
            "amount": amount,
            "probability": column("probability"),
        }
        return query.select(
            *(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in columns.items()
            )
        )

    def _day_sql(self, column, name):
        """The day of a date of opportunities, in the time zone of the forecast."""
        field = self._lead_field(name)
        expression = column(name)
        if field.type == "date":
            return expression
        return day_sql(expression, self.tz)

    def _amount_sql(self, query, column, day, date_from, date_to):
        """What an opportunity counts, in the currency of the forecast."""
        if self.metric == "count":
            return SQL("1::float8")
        field = self._lead_field(self.metric_field_name)
        amount = SQL("COALESCE(%s, 0)::float8", column(self.metric_field_name))
        if field.type != "monetary":
            return amount
        name = field.get_currency_field(self.env["crm.lead"])
        currency_field = self.env["crm.lead"]._fields.get(name)
        if currency_field is not None and currency_field.store:
            key = column(name)
            keys = SQL("SELECT id AS key, id AS currency_id FROM res_currency")
        else:
            key = SQL("COALESCE(%s, %s)", column("company_id"), self.company_id.id)
            keys = SQL("SELECT id AS key, currency_id FROM res_company")
        factors = self._factors(keys, date_from, date_to)
        if not factors:
            return amount
        keys, days, values = zip(*factors, strict=True)
        query.add_join(
            "LEFT JOIN",
            "rate",
            SQL(
                "(SELECT * FROM unnest(%s::int[], %s::date[], %s::float8[])"
                " AS known(key, day, factor))",
                list(keys),
                list(days),
                list(values),
            ),
            SQL(
                "rate.key = %s AND rate.day = LEAST(GREATEST(%s, %s), %s)",
                key,
                day,
                min(days),
                max(days),
            ),
        )
        return SQL("%s * COALESCE(rate.factor, 1)", amount)

    def _factors(self, keys, date_from, date_to):
        """What amounts are multiplied with to get the currency of the forecast.

        :param keys: SQL of rows (key, currency_id)
        :return: [(key, day, factor)] of the keys of foreign currencies. 1 query.
        """
        currencies, known = self._rates(keys)
        ours = self.currency_id.id

        def rate_on(currency_id, day):
            own = known.get((currency_id, True), ())
            return rates.rate_on(own, known.get((currency_id, False), ()), day)

        begins = [day for found in known.values() for day, _rate in found]
        days = rates.days_that_matter(begins, date_from, date_to) if currencies else ()
        return [
            (key, day, rate_on(ours, day) / rate_on(currency_id, day))
            for day in days
            for key, currency_id in currencies.items()
        ]

    def _rates(self, keys):
        """The rates that Odoo would use for the company of the forecast. 1 query.

        :return: {key: currency id} of foreign currencies, and {(currency id, whether
            of the company alone): [(day, rate)]} by day
        """
        self.env["res.company"].flush_model(["currency_id", "parent_path"])
        self.env["res.currency.rate"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT used.key, used.currency_id, rate.company_id IS NOT NULL,
                       rate.name, rate.rate
                  FROM (SELECT key, currency_id FROM (%(keys)s) AS of_key
                         WHERE currency_id <> %(ours)s
                         UNION ALL SELECT NULL, %(ours)s) AS used
                  LEFT JOIN res_currency_rate AS rate
                    ON rate.currency_id = used.currency_id
                   AND (rate.company_id IS NULL OR rate.company_id = (
                            SELECT split_part(parent_path, '/', 1)::int
                              FROM res_company WHERE id = %(company_id)s))
                 ORDER BY rate.name
                """,
                keys=keys,
                ours=self.currency_id.id,
                company_id=self.company_id.id,
            )
        )
        currencies, known = {}, {}
        for key, currency_id, is_own, day, rate in rows:
            if key:
                currencies[key] = currency_id
            if day:
                known.setdefault((currency_id, is_own), {})[day] = rate
        return currencies, {key: list(found.items()) for key, found in known.items()}

    # -- what they sum up to

    def _sums(self, periods, user_ids=(), today_ids=None, frozen=None):
        """Sum opportunities up. 1 query, and 1 for rates of currencies.

        :param periods: in order, without a gap
        :param user_ids: those whose opportunities are summed up for themselves
        :param frozen: what ``_frozen_periods`` finds, if it is known
        :return: Sums by (territory id, user id or None for all others), and {territory
            id: number of opportunities}
        """
        opportunities = self._counted_sql(periods, today_ids, frozen)
        person = SQL("NULL::int")
        if user_ids:
            person = SQL("CASE WHEN user_id = ANY(%s) THEN user_id END", list(user_ids))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT territory_id, %s, width_bucket(date, %s::date[]) - 1, category,
                       sum(amount), sum(amount * probability) / 100, count(*)
                  FROM (%s) AS opportunity
                 GROUP BY 1, 2, 3, 4
                """,
                person,
                [period.start for period in periods],
                opportunities,
            )
        )
        sums = Sums(len(periods))
        counts = {}
        for territory_id, user_id, period, category, amount, weighted, count in rows:
            if territory_id:
                sums.add((territory_id, user_id), period, category, amount, weighted)
                counts[territory_id] = counts.get(territory_id, 0) + count
        return sums, counts

    def _count_by_territory(self, periods, today_ids=None):
        """{territory id: number of opportunities}. 1 query."""
        opportunities = self._counted_sql(periods, today_ids)
        rows = self.env.execute_query(
            SQL(
                "SELECT territory_id, count(*) FROM (%s) AS opportunity"
                " WHERE territory_id IS NOT NULL GROUP BY 1",
                opportunities,
            )
        )
        return dict(rows)
