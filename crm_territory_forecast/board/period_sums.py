from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.figures import WIDTH, Sums
from .opportunities import Opportunities
from .trees import Trees


class PeriodSums:
    """What the opportunities of periods sum up to, by territory and salesperson.

    Reads once, when made: the sums, as the user may open the opportunities. Answers
    ``engine.figures.Sums`` (unrounded, in the currency of the forecast) by (territory
    id or None, user id or None for all others), in the tree of the reading; and of
    which territories something is hidden. Used by ``Board`` and ``Sheet``.

    :param periods: in order, without a gap
    :param user_ids: those whose opportunities are summed up for themselves
    :param with_undated: also open ones that are not expected on any day
    :param domain: more conditions
    """

    def __init__(
        self, opportunities, periods, user_ids=(), with_undated=False, domain=None
    ):
        self.opportunities = opportunities
        self.periods = periods
        self.user_ids = list(user_ids)
        self.env = opportunities.env
        self.counts = {}
        self.sums = self._read(with_undated, domain)
        self._place()

    def _read(self, with_undated, domain):
        """1 query; 1 more where periods are frozen."""
        sums = Sums(len(self.periods))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT territory_id, %(person)s, %(place)s, category, sum(amount),
                       sum(amount * probability) / 100, count(*),
                       sum(amount) FILTER (WHERE date < %(today)s)
                  FROM (%(opportunities)s) AS opportunity
                 GROUP BY 1, 2, 3, 4
                """,
                person=self._person,
                place=self._period,
                today=self.opportunities.forecast._today(),
                opportunities=self.opportunities.counted_sql(
                    self.periods, with_undated, domain
                ),
            )
        )
        for territory_id, user_id, place, category, *figures in rows:
            amount, weighted, count, overdue = figures
            key = (territory_id, user_id)
            sums.add(key, place, category, amount, weighted or 0, overdue or 0)
            if place is not None and territory_id:
                self.counts[territory_id] = self.counts.get(territory_id, 0) + count
        if self.opportunities.snapshots_of(self.periods):
            self._read_repeated(sums)
        return sums

    @property
    def _person(self):
        if not self.user_ids:
            return SQL("NULL::int")
        return SQL("CASE WHEN user_id = ANY(%s) THEN user_id END", self.user_ids)

    @property
    def _period(self):
        """The number of the period; NULL without a day."""
        starts = [period.start for period in self.periods]
        return SQL("width_bucket(date, %s::date[]) - 1", starts)

    def _read_repeated(self, sums):
        """Tell the sums which frozen opportunities are there again: in a later frozen
        period, or in one that is not frozen. 1 query.
        """
        opportunities = self.opportunities
        lines = self.env["crm.territory.forecast.snapshot.line"].sudo()
        snapshots = opportunities.snapshots_of(self.periods)
        of_lines = lines._search(opportunities.frozen_domain(snapshots))
        again = opportunities.counted_sql(
            self.periods, domain=Domain("id", "in", of_lines.subselect("lead_key"))
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT territory_id, person, place, next_place, category, sum(amount),
                       sum(amount * probability) / 100,
                       sum(amount) FILTER (WHERE date < %(today)s)
                  FROM (SELECT territory_id, category, amount, probability, date,
                               %(person)s AS person, %(place)s AS place,
                               lead(%(place)s) OVER (
                                   PARTITION BY lead_key
                                       ORDER BY is_frozen DESC, date) AS next_place
                          FROM (%(again)s) AS opportunity) AS repeated
                 WHERE next_place IS NOT NULL
                 GROUP BY 1, 2, 3, 4, 5
                """,
                person=self._person,
                place=self._period,
                today=self.opportunities.forecast._today(),
                again=again,
            )
        )
        for territory_id, user_id, place, next_place, category, *figures in rows:
            amount, weighted, overdue = figures
            key, periods = (territory_id, user_id), (place, next_place)
            sums.add_repeated(key, periods, category, amount, weighted, overdue or 0)

    def _place(self):
        """Carry what is of territories of former plans into the tree in use."""
        self._new_of, self.gone_ids = {}, frozenset()
        if self.opportunities.reading != "then":
            ids = {territory_id for territory_id, _user_id in self.sums}
            self._new_of, gone = self.opportunities.trees.found_again(ids)
            self.gone_ids = frozenset(node.id for node in gone)
            self.sums = self.sums.carried(self._new_of)

    # -- what is not in them

    @cached_property
    def hidden_ids(self):
        """The territories with opportunities that the user may not open. At most 2
        queries.
        """
        everything = self._all_counts()
        hidden = {
            territory_id
            for territory_id, count in everything.items()
            if count > self.counts.get(territory_id, 0)
        }
        new_of = dict(self._new_of)
        if self.opportunities.reading != "then":
            new_of.update(
                self.opportunities.trees.found_again(hidden - new_of.keys())[0]
            )
        return frozenset(new_of.get(id_, id_) for id_ in hidden)

    def _all_counts(self):
        """{territory id: number of opportunities}, whoever may open them. 1 query."""
        trees = Trees(self.opportunities.forecast.sudo())
        everything = Opportunities(trees, self.opportunities.reading)
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT territory_id, count(*) FROM (%s) AS opportunity"
                    " WHERE territory_id IS NOT NULL GROUP BY 1",
                    everything.counted_sql(self.periods),
                )
            )
        )

    def in_territories(self, ids):
        """The total of all that is in these territories (None: in none): sums as of
        ``SUMMED``.
        """
        totals = [self.sums.total(key) for key in self.sums if key[0] in ids]
        return [sum(amounts) for amounts in zip(*totals, strict=True)] or [0.0] * WIDTH
