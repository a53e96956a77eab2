from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import roll_up
from ..engine.figures import OPEN, WIDTH, Sums
from .opportunities import Opportunities
from .trees import Trees


class PeriodSums:
    """What the opportunities of periods sum up to, by territory and salesperson.

    Reads once, when made: the sums, as the user may open the opportunities. Answers
    ``engine.figures.Sums`` (unrounded, in the currency of the forecast) by (territory
    id or None, user id or None for all others), in the tree of the reading; and of
    which territories something is hidden. Used by ``Board`` and ``Sheet``.

    :param periods: in order, without a gap
    :param people: {territory id: ids of users}, whose opportunities there and below are
        summed up for themselves
    :param only_user_id: those of this one only, summed up by territory
    :param with_undated: also open ones that are not expected on any day
    :param domain: more conditions
    """

    def __init__(
        self,
        opportunities,
        periods,
        people=None,
        only_user_id=None,
        with_undated=False,
        domain=None,
    ):
        self.opportunities = opportunities
        self.periods = periods
        self.people = people or {}
        self.only_user_id = only_user_id
        if only_user_id:
            domain = opportunities.counting.of_people([only_user_id])
        self.env = opportunities.env
        self.counts = {}
        self.sums = self._read(with_undated, domain)
        self._place()

    def _read(self, with_undated, domain):
        """1 query; 1 more where periods are frozen, and 1 with people."""
        sums = Sums(len(self.periods))
        opportunities = self.opportunities
        rows = self.env.execute_query(
            SQL(
                """
                SELECT opportunity.territory_id, %(person)s, %(place)s, count(*),
                       %(summed)s
                  FROM (%(opportunities)s) AS opportunity %(people)s
                 GROUP BY 1, 2, 3
                """,
                **self._parts,
                opportunities=opportunities.counted_sql(
                    self.periods, with_undated, domain
                ),
            )
        )
        for territory_id, user_id, place, count, *amounts in rows:
            sums.add((territory_id, user_id), place, amounts)
            if place is not None and territory_id:
                self.counts[territory_id] = self.counts.get(territory_id, 0) + count
        if opportunities.snapshots_of(self.periods):
            self._read_repeated(sums)
        return sums

    # -- as SQL

    @cached_property
    def _parts(self):
        """{name: SQL} of what is read of each opportunity, and summed up."""
        person, of_people = self._of_people()
        return {
            "person": person,
            "people": of_people,
            # the number of the period; NULL without a day
            "place": SQL(
                "width_bucket(date, %s::date[]) - 1", [p.start for p in self.periods]
            ),
            "summed": self._summed(),
        }

    def _summed(self):
        """The sums of ``SUMMED``: made here, as there are many opportunities."""
        is_open = SQL("category <> 'won'")
        today = self.opportunities.forecast._today()

        def of(condition, summed="amount"):
            return SQL("COALESCE(sum(%s) FILTER (WHERE %s), 0)", SQL(summed), condition)

        return SQL(", ").join(
            [
                *(of(SQL("category = %s", name)) for name in ("won", *OPEN)),
                SQL("%s / 100", of(is_open, "amount * probability")),
                of(SQL("%s AND date < %s", is_open, today)),
            ]
        )

    def _of_people(self):
        """Who an opportunity is summed up for, and a join that it needs: with the
        members of a territory, and of all above it. At most 1 query.
        """
        if self.only_user_id:
            # frozen ones are of others, too
            is_own = SQL("opportunity.user_id = %s", self.only_user_id)
            return SQL("CASE WHEN %s THEN opportunity.user_id END", is_own), SQL()
        rows = self._rows_of_people()
        if not rows:
            return SQL("NULL::int"), SQL()
        territory_ids, user_ids = zip(*rows, strict=True)
        join = SQL(
            """
            LEFT JOIN unnest(%s::int[], %s::int[]) AS person(territory_id, user_id)
                   ON person.territory_id = opportunity.territory_id
                  AND person.user_id = opportunity.user_id
            """,
            list(territory_ids),
            list(user_ids),
        )
        return SQL("person.user_id"), join

    def _rows_of_people(self):
        """{(territory id, user id)}, also of territories of former plans."""
        if not self.people:
            return set()
        trees, reading = self.opportunities.trees, self.opportunities.reading
        found = roll_up.people_below(trees.of(reading), self.people)
        if reading == "then":
            return found
        users = {}
        for territory_id, user_id in found:
            users.setdefault(territory_id, []).append(user_id)
        former = trees.former.items()
        return found.union((old, u) for old, new in former for u in users.get(new, ()))

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
                SELECT territory_id, person, place, next_place, %(summed)s
                  FROM (SELECT opportunity.*, %(person)s AS person, %(place)s AS place,
                               lead(%(place)s) OVER (
                                   PARTITION BY lead_key
                                       ORDER BY is_frozen DESC, date) AS next_place
                          FROM (%(opportunities)s) AS opportunity %(people)s
                       ) AS repeated
                 WHERE next_place IS NOT NULL
                 GROUP BY 1, 2, 3, 4
                """,
                **self._parts,
                opportunities=again,
            )
        )
        for territory_id, user_id, place, next_place, *amounts in rows:
            sums.add_repeated((territory_id, user_id), (place, next_place), amounts)

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
