from datetime import datetime, time, timedelta
from functools import cached_property

import pytz

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import history
from .amounts import Amounts

# the categories that open opportunities are stored with; one in a won stage that is
# not won (yet, or any more) is as sure as can be without being won
STORED = {
    "commit": ("commit", "won"),
    "best": ("best",),
    "pipeline": ("pipeline",),
}
OPEN = tuple(STORED)


class Opportunities:
    """The opportunities that a forecast counts, as its user may open them.

    Reads once: which periods are frozen. Answers queries of one row for each
    opportunity (columns: ``history.STATE``; amounts unrounded, in the currency of the
    forecast), and domains of them. They hold nothing that the user may not open. Used
    by ``PeriodSums``, ``Opened``, the snapshots and the report on attainment.

    :param trees: Trees
    :param reading: see ``options.reading_of``. *Today*, as is: won ones are in the
        territory of their account, and of who has them now; else where, and whose,
        they were when they closed
    """

    def __init__(self, trees, reading="credited"):
        self.trees = trees
        self.forecast = trees.forecast
        self.env = trees.env
        self.reading = reading
        self.amounts = Amounts(self.forecast)

    # -- which ones

    def domain(self, first_day=None, last_day=None, with_undated=False):
        """The opportunities that count, in whatever territory.

        :param first_day, last_day: both included, on which they are won or expected to
            be; None: whenever
        :param with_undated: also open ones that are not expected on any day
        """
        forecast = self.forecast
        when_open = self._on_days(forecast.date_field_name, first_day, last_day)
        if with_undated:
            when_open |= Domain(forecast.date_field_name, "=", False)
        when_won = self._on_days(forecast.closed_date_field_name, first_day, last_day)
        domain = (
            Domain("type", "=", "opportunity")
            & Domain("forecast_category", "!=", "omitted")
            & (
                Domain("won_status", "=", "won") & when_won
                | Domain("won_status", "=", "pending")
                & Domain("active", "=", True)
                & when_open
            )
        )
        if self.trees.left_out_user_ids:
            domain &= ~self.of_people(self.trees.left_out_user_ids)
        return domain

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
            found |= Domain("won_status", "=", "pending") & Domain(
                "forecast_category", "in", stored
            )
        return found

    def at_most(self, territory_ids):
        """A domain without those that count elsewhere than in these territories of the
        tree in use: what is left is summed up. It leaves none out where only SQL tells
        where an opportunity counts.
        """
        if self.reading == "today" or self.trees.giver:
            return Domain.TRUE
        return Domain("territory_id", "in", self.trees.with_former(territory_ids))

    def _on_days(self, name, first_day, last_day):
        field = self.amounts.field(name)
        domain = Domain(name, "!=", False)
        if first_day:
            domain &= Domain(name, ">=", self.as_value(field, first_day))
        if last_day:
            after = self.as_value(field, last_day + timedelta(days=1))
            domain &= Domain(name, "<", after)
        return domain

    def as_value(self, field, day):
        """The beginning of a day, as the field has it: a text that a client can send
        back, for dates with a time in UTC.
        """
        if field.type == "date":
            return fields.Date.to_string(day)
        zone = pytz.timezone(self.forecast.tz)
        midnight = zone.localize(datetime.combine(day, time.min))
        return fields.Datetime.to_string(
            midnight.astimezone(pytz.utc).replace(tzinfo=None)
        )

    # -- as rows

    def sql(self, first_day=None, last_day=None, with_undated=False, domain=None):
        """The opportunities, one in a row, as the user may read them.

        Columns: those of ``history.STATE``, with date (the day in the time zone of the
        forecast), category (*won* for the won ones), amount (in the currency of the
        forecast, not rounded).

        :param domain: more conditions; the others are those of ``domain``
        """
        forecast, leads = self.forecast, self.env["crm.lead"]
        wanted = self.domain(first_day, last_day, with_undated)
        query = leads._search(wanted & Domain(domain or Domain.TRUE), active_test=False)

        def column(name):
            return leads._field_to_sql(leads._table, name, query)

        is_won = SQL("%s = 'won'", column("won_status"))
        day = SQL(
            "CASE WHEN %s THEN %s ELSE %s END",
            is_won,
            self.amounts.day(column, forecast.closed_date_field_name),
            self.amounts.day(column, forecast.date_field_name),
        )
        columns = {
            "lead_key": column("id"),
            "lead_id": column("id"),
            "name": column("name"),
            "company_id": column("company_id"),
            "territory_id": self._territory(query, column, is_won),
            "user_id": self._owner(column),
            "date": day,
            "category": SQL(
                "CASE WHEN %(is_won)s THEN 'won' WHEN %(category)s = 'won'"
                " THEN 'commit' ELSE %(category)s END",
                is_won=is_won,
                category=column("forecast_category"),
            ),
            "amount": self.amounts.amount(query, column, day),
            "probability": column("probability"),
        }
        return query.select(*_named(columns))

    def _owner(self, column):
        if self.reading == "today":
            return column("user_id")
        return SQL("COALESCE(%s, %s)", column("won_user_id"), column("user_id"))

    def _territory(self, query, column, is_won):
        """Where it is credited; as is, a won one where its account is today, if that is
        in the tree in use, unless its territory has criteria for opportunities.
        """
        own = self._own_territory(query, column)
        if self.reading != "today":
            return own
        query.add_join(
            "LEFT JOIN",
            "account",
            SQL("(%s)", self._accounts()),
            SQL("account.id = %s", column("partner_id")),
        )
        return SQL(
            "COALESCE(CASE WHEN %(is_won)s AND (%(own)s IN %(kept)s) IS NOT TRUE"
            " THEN account.territory_id END, %(own)s)",
            is_won=is_won,
            own=own,
            kept=self._kept_ids(),
        )

    def _own_territory(self, query, column):
        """Where it is credited; while a plan is being introduced, where it was before
        the run of that moved it: figures are of the plan before.
        """
        own = column("territory_id")
        moved = self._before_introduction("lead_id")
        if not moved or self.reading == "then":
            return own
        query.add_join(
            "LEFT JOIN", "moved", SQL("(%s)", moved), SQL("moved.id = %s", column("id"))
        )
        return SQL(
            "CASE WHEN moved.id IS NULL THEN %s ELSE moved.territory_id END", own
        )

    def _before_introduction(self, name):
        return self.trees.giver.giving_way_to_id._before_introduction(name)

    def _accounts(self):
        """Where partners are in the tree in use, of those that are in it: a query of
        rows (id, territory_id). Chosen before it is joined: looked up once for each.
        """
        self.env["res.partner"].flush_model(["commercial_partner_id", "territory_id"])
        accounts = SQL("res_partner")
        if moved := self._before_introduction("partner_id"):
            accounts = SQL(
                """
                (SELECT partner.id, CASE WHEN moved.id IS NULL THEN partner.territory_id
                                         ELSE moved.territory_id END AS territory_id
                   FROM res_partner AS partner
                   LEFT JOIN (%s) AS moved
                          ON moved.id = partner.commercial_partner_id) AS account
                """,
                moved,
            )
        return SQL(
            "SELECT id, territory_id FROM %s WHERE territory_id = ANY(%s)",
            accounts,
            list(self.trees.today_ids),
        )

    def _kept_ids(self):
        """The territories with criteria for opportunities, as a query."""
        territories = self.env["crm.territory"]
        return territories._by_own_criteria(self.trees.today_ids).subselect(
            "territory_id"
        )

    # -- with frozen periods

    @cached_property
    def frozen(self):
        """{first day: snapshot} of the periods that are frozen. 1 query."""
        return self.forecast._frozen_periods()

    def snapshots_of(self, periods):
        """The snapshots of those of the periods that are frozen."""
        return [self.frozen[p.start] for p in periods if p.start in self.frozen]

    def counted_sql(self, periods=None, with_undated=False, domain=None):
        """The opportunities of periods; of frozen ones, those that were frozen.

        Columns: as of ``sql``, and record_id, of the opportunity or of the frozen line,
        and is_frozen.

        :param periods: in order, without a gap; None: whenever
        :param domain: more conditions of those that are not frozen
        """
        bounds = {}
        snapshots = list(self.frozen.values())
        if periods:
            bounds = {"first_day": periods[0].start, "last_day": periods[-1].end}
            snapshots = self.snapshots_of(periods)
        live = SQL(
            "SELECT %s, lead_key AS record_id, FALSE AS is_frozen FROM (%s) AS live",
            history.columns(history.STATE, "live"),
            self.sql(**bounds, with_undated=with_undated, domain=domain),
        )
        if not snapshots:
            return live
        return SQL(
            """
            %(live)s WHERE (%(period)s = ANY(%(starts)s::date[])) IS NOT TRUE
             UNION ALL
            %(frozen)s
            """,
            live=live,
            period=history.period_start(
                SQL("live.date"), self.forecast.period, int(self.forecast.fiscal_month)
            ),
            starts=[snapshot.date_start for snapshot in snapshots],
            frozen=self.frozen_sql(snapshots),
        )

    def frozen_domain(self, snapshots):
        """The lines of snapshots that count."""
        return Domain("snapshot_id", "in", [each.id for each in snapshots]) & Domain(
            "user_id", "not in", self.trees.left_out_user_ids
        )

    def frozen_sql(self, snapshots):
        """The frozen opportunities that the user may read, as ``counted_sql``."""
        lines = self.env["crm.territory.forecast.snapshot.line"]
        query = lines._search(self.frozen_domain(snapshots))
        columns = {
            name: SQL.identifier(lines._table, name) for name in (*history.STATE, "id")
        }
        # as the live ones: a union of other types is slow
        columns["amount"] = SQL("%s::float8", columns["amount"])
        if self.reading == "today":
            lead = query.left_join(lines._table, "lead_id", "crm_lead", "id", "lead")
            query.add_join(
                "LEFT JOIN",
                "account",
                SQL("(%s)", self._accounts()),
                SQL("account.id = %s", SQL.identifier(lead, "partner_id")),
            )
            columns["territory_id"] = SQL(
                "COALESCE(CASE WHEN %(category)s = 'won'"
                " AND (%(own)s IN %(kept)s) IS NOT TRUE"
                " THEN account.territory_id END, %(own)s)",
                category=columns["category"],
                kept=self._kept_ids(),
                own=columns["territory_id"],
            )
        columns["record_id"] = columns.pop("id")
        return query.select(*_named(columns), SQL("TRUE AS is_frozen"))

    @cached_property
    def repeated_keys(self):
        """The ids of opportunities that are counted more than once: frozen in one
        period, and there again in a later one. 1 query; none without frozen periods.
        """
        if not self.frozen:
            return []
        lines = self.env["crm.territory.forecast.snapshot.line"].sudo()
        frozen = lines._search(self.frozen_domain(self.frozen.values()))
        again = self.counted_sql(
            domain=Domain("id", "in", frozen.subselect("lead_key"))
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT lead_key FROM (%s) AS opportunity"
                " GROUP BY 1 HAVING count(*) > 1",
                again,
            )
        )
        return [lead_key for (lead_key,) in rows]

    def carried_sql(self, periods=None):
        """All that counts, in the territories of the tree in use in which those of
        former plans are found again.

        :param periods: see ``counted_sql``
        """
        opportunities = self.counted_sql(periods)
        new_of = self.trees.former
        if not new_of:
            return opportunities
        others = [name for name in history.STATE if name != "territory_id"]
        return SQL(
            """
            SELECT %(others)s, record_id, is_frozen,
                   COALESCE(carried.new_id, territory_id) AS territory_id
              FROM (%(opportunities)s) AS counted
              LEFT JOIN unnest(%(old_ids)s::int[], %(new_ids)s::int[])
                     AS carried(old_id, new_id) ON carried.old_id = territory_id
            """,
            others=history.columns(others, "counted"),
            opportunities=opportunities,
            old_ids=list(new_of),
            new_ids=list(new_of.values()),
        )


def _named(columns):
    """Columns of a query.

    :param columns: {name: its SQL}
    """
    return [
        SQL("%s AS %s", each, SQL.identifier(name)) for name, each in columns.items()
    ]
