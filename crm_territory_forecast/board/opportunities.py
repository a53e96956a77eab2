from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_territory.plans.giving_way import before_introduction

from ..engine import counted, history
from .amounts import Amounts
from .counting import Counting


class Opportunities:
    """The opportunities that a forecast counts, as its user may open them.

    Reads once: which periods are frozen. Answers queries of one row for each
    opportunity (columns: ``history.STATE``; amounts unrounded, in the currency of the
    forecast). They hold nothing that the user may not open. What counts is told by
    ``Counting`` and ``engine.counted``. Used by ``PeriodSums``, ``Opened``, the
    snapshots and the report on attainment.

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
        self.counting = Counting(
            self.forecast, self.amounts.field, reading, trees.left_out_user_ids
        )

    def at_most(self, territory_ids):
        """A domain without those that count elsewhere than in these territories of the
        tree in use: what is left is summed up. It leaves none out where only SQL tells
        where an opportunity counts.
        """
        if self.reading == "today" or self.trees.plans.giver:
            return Domain.TRUE
        return Domain("territory_id", "in", self.trees.with_former(territory_ids))

    # -- as rows

    def sql(self, first_day=None, last_day=None, with_undated=False, domain=None):
        """The opportunities, one in a row, as the user may read them.

        Columns: those of ``history.STATE``, with date (the day in the time zone of the
        forecast), category (*won* for the won ones), amount (in the currency of the
        forecast, not rounded).

        :param domain: more conditions; the others are those of ``Counting.domain``
        """
        forecast, leads = self.forecast, self.env["crm.lead"]
        wanted = self.counting.domain(first_day, last_day, with_undated)
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
            "category": counted.category(
                is_won,
                self.counting.stored_category(
                    column("forecast_category"), column("stage_id")
                ),
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
        """Where it is credited; as is, see ``counted.territory_as_is``."""
        own = self._own_territory(query, column)
        if self.reading != "today":
            return own
        of_account = self._join_account(query, column("partner_id"))
        return counted.territory_as_is(own, of_account, is_won, self._kept_ids())

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
        return counted.before("moved", own)

    def _before_introduction(self, name):
        return before_introduction(self.trees.plans.giver.giving_way_to_id, name)

    def _join_account(self, query, partner_id):
        """Where an account is in the tree in use, or NULL; as SQL. Chosen before it is
        joined, so that it is looked up once for each.
        """
        self.env["res.partner"].flush_model(["commercial_partner_id", "territory_id"])
        accounts, place = SQL("res_partner AS partner"), SQL("partner.territory_id")
        if moved := self._before_introduction("partner_id"):
            place = counted.before("moved", place)
            accounts = SQL(
                "%s LEFT JOIN (%s) AS moved"
                " ON moved.id = partner.commercial_partner_id",
                accounts,
                moved,
            )
        query.add_join(
            "LEFT JOIN",
            "account",
            SQL(
                "(SELECT partner.id, %(place)s AS territory_id FROM %(accounts)s"
                " WHERE %(place)s = ANY(%(ids)s))",
                place=place,
                accounts=accounts,
                ids=list(self.trees.today_ids),
            ),
            SQL("account.id = %s", partner_id),
        )
        return SQL("account.territory_id")

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
        return counted.with_frozen(
            self.sql(**bounds, with_undated=with_undated, domain=domain),
            self.frozen_sql(snapshots) if snapshots else None,
            [snapshot.date_start for snapshot in snapshots],
            self.forecast.period,
            int(self.forecast.fiscal_month),
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
            columns["territory_id"] = counted.territory_as_is(
                columns["territory_id"],
                self._join_account(query, SQL.identifier(lead, "partner_id")),
                SQL("%s = 'won'", columns["category"]),
                self._kept_ids(),
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
        rows = self.env.execute_query(counted.repeated(again))
        return [lead_key for (lead_key,) in rows]

    def carried_sql(self, periods=None):
        """All that counts, in the territories of the tree in use in which those of
        former plans are found again.

        :param periods: see ``counted_sql``
        """
        return history.placed(
            self.counted_sql(periods), counted.COUNTED, self.trees.former, ()
        )


def _named(columns):
    """Columns of a query.

    :param columns: {name: its SQL}
    """
    return [
        SQL("%s AS %s", each, SQL.identifier(name)) for name, each in columns.items()
    ]
