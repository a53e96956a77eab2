import logging

from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.crm_territory.report.reading_day import day_sql

from ..engine import rates

_logger = logging.getLogger(__name__)


class Amounts:
    """What an opportunity counts, and on which day, in SQL.

    Reads the rates of those currencies in which opportunities are, on the days that
    occur. Answers expressions over a query of opportunities: amounts in the currency
    of the forecast, unrounded, and days in its time zone. Used by ``Opportunities``.
    """

    def __init__(self, forecast):
        self.forecast = forecast
        self.env = forecast.env

    # -- fields

    def field(self, name):
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
                    forecast=self.forecast.name,
                    field=name,
                )
            )
        if not leads._has_field_access(field, "read"):
            raise AccessError(
                self.env._(
                    "The forecast “%(forecast)s” reads “%(field)s” of opportunities,"
                    " which is not open to you.",
                    forecast=self.forecast.name,
                    field=field._description_string(self.env),
                )
            )
        return field

    def has_fields(self):
        """Whether the fields that the forecast reads are there, and for the user."""
        forecast = self.forecast
        names = [forecast.date_field_name, forecast.closed_date_field_name]
        if forecast.metric == "amount":
            names.append(forecast.metric_field_name)
        try:
            for name in names:
                self.field(name)
        except UserError as error:  # also of access
            if self.env.su:
                _logger.warning("%s", error)
            return False
        return True

    # -- expressions

    def day(self, column, name):
        """The day of a date of opportunities.

        :param column: function from the name of a field to its SQL
        """
        if self.field(name).type == "date":
            return column(name)
        return day_sql(column(name), self.forecast.tz)

    def amount(self, query, column, day):
        """What an opportunity counts.

        :param query: of opportunities, which is joined with rates if there are any
        :param day: on which it is converted, as SQL; without one, at today's rate
        """
        forecast = self.forecast
        if forecast.metric == "count":
            return SQL("1::float8")
        field = self.field(forecast.metric_field_name)
        amount = SQL("COALESCE(%s, 0)::float8", column(forecast.metric_field_name))
        if field.type != "monetary":
            return amount
        key, keys = self._currency(field, column)
        day = SQL("COALESCE(%s, %s)", day, forecast._today())
        factors = self._factors(query, key, keys, day)
        if not factors:
            return amount
        query.add_join(
            "LEFT JOIN",
            "rate",
            SQL(
                "(SELECT * FROM unnest(%s::int[], %s::date[], %s::float8[])"
                " AS known(key, day, factor))",
                *(list(column) for column in zip(*factors, strict=True)),
            ),
            SQL("rate.key = %s AND rate.day = %s", key, day),
        )
        return SQL("%s * COALESCE(rate.factor, 1)", amount)

    def _currency(self, field, column):
        """What tells the currency of an opportunity: its currency, or its company; as
        SQL, with the SQL of rows (key, currency_id).
        """
        name = field.get_currency_field(self.env["crm.lead"])
        currency_field = self.env["crm.lead"]._fields.get(name)
        if currency_field is not None and currency_field.store:
            keys = SQL("SELECT id AS key, id AS currency_id FROM res_currency")
            return column(name), keys
        key = SQL("COALESCE(%s, %s)", column("company_id"), self.forecast.company_id.id)
        return key, SQL("SELECT id AS key, currency_id FROM res_company")

    # -- rates

    def _factors(self, query, key, keys, day):
        """What amounts are multiplied with to get the currency of the forecast: of the
        foreign currencies and days that occur. 1 query; 2 more where some is in a
        foreign currency.

        :param key, day: of an opportunity, as SQL
        :param keys: SQL of rows (key, currency_id)
        :return: [(key, day, factor)]
        """
        currencies = self._foreign_currencies(keys)
        if not currencies:
            return []
        used = self.env.execute_query(
            SQL(
                "SELECT DISTINCT key, day FROM (%s) AS used WHERE key = ANY(%s)",
                query.select(SQL("%s AS key", key), SQL("%s AS day", day)),
                list(currencies),
            )
        )
        if not used:
            return []
        known = self._rates({currencies[key] for key, _day in used})
        ours = self.forecast.currency_id.id

        def rate_on(currency_id, day):
            own = known.get((currency_id, True), ())
            return rates.rate_on(own, known.get((currency_id, False), ()), day)

        return [
            (key, day, rate_on(ours, day) / rate_on(currencies[key], day))
            for key, day in used
        ]

    def _foreign_currencies(self, keys):
        """{key: currency id} of currencies that are not that of the forecast."""
        self.env["res.company"].flush_model(["currency_id"])
        ours = self.forecast.currency_id.id
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT key, currency_id FROM (%s) AS of_key"
                    " WHERE currency_id <> %s",
                    keys,
                    ours,
                )
            )
        )

    def _rates(self, currency_ids):
        """The rates that Odoo would use for the company of the forecast, of these
        currencies and its own. 1 query.

        :return: {(currency id, whether of the company alone): [(day, rate)]} by day
        """
        self.env["res.company"].flush_model(["parent_path"])
        self.env["res.currency.rate"].flush_model()
        found = self.env.execute_query(
            SQL(
                """
                SELECT currency_id, company_id IS NOT NULL, name, rate
                  FROM res_currency_rate
                 WHERE currency_id = ANY(%(currency_ids)s)
                   AND (company_id IS NULL OR company_id = (
                            SELECT split_part(parent_path, '/', 1)::int
                              FROM res_company WHERE id = %(company_id)s))
                 ORDER BY name
                """,
                currency_ids=[*currency_ids, self.forecast.currency_id.id],
                company_id=self.forecast.company_id.id,
            )
        )
        known = {}
        for currency_id, is_own, day, rate in found:
            known.setdefault((currency_id, is_own), []).append((day, rate))
        return known
