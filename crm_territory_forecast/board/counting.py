from datetime import datetime, time, timedelta

import pytz

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

# the categories that open opportunities are stored with; see ``counted.category``
STORED = {
    "commit": ("commit", "won"),
    "best": ("best",),
    "pipeline": ("pipeline",),
}


class Counting:
    """Which opportunities a forecast counts, as domains of them.

    Reads nothing but what it is made with, and the categories of stages where SQL is
    asked for. Answers domains, whoever may open what is in them. Used by
    ``Opportunities`` and ``Opened``.

    :param forecast: whose dates, zone and time they are of
    :param field_of: function from the name of a field of opportunities to the field
    :param reading: see ``options.reading_of``
    :param left_out_user_ids: the salespeople whose opportunities do not count
    """

    def __init__(self, forecast, field_of, reading="credited", left_out_user_ids=()):
        self.forecast = forecast
        self.field_of = field_of
        self.reading = reading
        self.left_out_user_ids = left_out_user_ids

    def domain(self, first_day=None, last_day=None, with_undated=False):
        """The opportunities that count, in whatever territory.

        :param first_day, last_day: both included, on which they are won or expected to
            be; None: whenever
        :param with_undated: also open ones that are not expected on any day
        """
        forecast = self.forecast
        when_open = self._on_days(forecast.date_field_name, first_day, last_day)
        if with_undated:
            when_open |= self.undated()
        when_won = self._on_days(forecast.closed_date_field_name, first_day, last_day)
        domain = (
            Domain("type", "=", "opportunity")
            & ~_stored_in(["omitted"])
            & (
                Domain("won_status", "=", "won") & when_won
                | Domain("won_status", "=", "pending")
                & Domain("active", "=", True)
                & when_open
            )
        )
        if self.left_out_user_ids:
            domain &= ~self.of_people(self.left_out_user_ids)
        return domain

    def undated(self):
        """Those that are not expected on any day."""
        return Domain(self.forecast.date_field_name, "=", False)

    def overdue(self):
        """Those that are expected on a day that has passed."""
        name = self.forecast.date_field_name
        return Domain(name, "<", self._midnight(name, self.forecast._today()))

    def of_people(self, user_ids):
        """The opportunities of salespeople: won ones of who won them."""
        of_them = Domain("user_id", "in", list(user_ids))
        if self.reading == "today":
            return of_them
        won_by = Domain("won_user_id", "in", list(user_ids))
        nobody = Domain("won_user_id", "=", False)
        return won_by | nobody & of_them

    def of_categories(self, categories):
        """The opportunities of categories: *won*, and those of ``STORED``."""
        found = Domain.FALSE
        if "won" in categories:
            found |= Domain("won_status", "=", "won")
        stored = [name for each in categories for name in STORED.get(each, ())]
        if stored:
            found |= Domain("won_status", "=", "pending") & _stored_in(stored)
        return found

    def stored_category(self, category, stage_id):
        """What ``_stored_in`` asks for, as SQL. 1 query: joined with stages, each
        opportunity would be looked up.

        :param category, stage_id: SQL of an opportunity
        """
        stages = (
            self.forecast.env["crm.stage"]
            .sudo()
            .search_read([], ["forecast_category"], order="id")
        )
        return SQL(
            "COALESCE(%s, (%s::varchar[])[array_position(%s::int[], %s)], 'pipeline')",
            category,
            [stage["forecast_category"] for stage in stages],
            [stage["id"] for stage in stages],
            stage_id,
        )

    def _on_days(self, name, first_day, last_day):
        domain = Domain(name, "!=", False)
        if first_day:
            domain &= Domain(name, ">=", self._midnight(name, first_day))
        if last_day:
            after = self._midnight(name, last_day + timedelta(days=1))
            domain &= Domain(name, "<", after)
        return domain

    def _midnight(self, name, day):
        """The beginning of a day, as the field has it: a text that a client can send
        back, for dates with a time in UTC.
        """
        if self.field_of(name).type == "date":
            return fields.Date.to_string(day)
        zone = pytz.timezone(self.forecast.tz)
        midnight = zone.localize(datetime.combine(day, time.min))
        return fields.Datetime.to_string(
            midnight.astimezone(pytz.utc).replace(tzinfo=None)
        )


def _stored_in(categories):
    """Those that are stored with one of the categories. Those that are older than the
    addon have none until it is read: that of their stage.
    """
    of_stage = Domain("forecast_category", "=", False) & Domain(
        "stage_id.forecast_category", "in", categories
    )
    return Domain("forecast_category", "in", categories) | of_stage
