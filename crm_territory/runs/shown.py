"""Whether a simulation still says what a run would do."""

from datetime import timedelta

from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ..assignment import Assignment
from .scope import Scope
from .states import ACCOUNTS, DONE, LEADS

# A transaction that began so long before the simulation may have been committed after
# it: what it wrote, nobody has seen
_LONGEST_REQUEST = timedelta(minutes=5)
# Times of the start are in seconds, those of records more exact
_SECOND = timedelta(seconds=1)
# so many records are judged at a time
_AT_ONCE = 20_000


class Shown:
    """What a simulation showed, beside what a run would do now.

    That criteria or records have changed since costs little to know, and may not
    matter. Before the simulation is applied, the records that have changed are judged
    again: if all of them would still get what was shown, it holds.

    :param run: in the environment of who asks
    """

    def __init__(self, run):
        self.run = run
        self.env = run.env
        self.scope = Scope(run)

    # -- what has changed

    @property
    def _is_done(self):
        return self.run.is_dry and self.run.state == DONE

    def criteria_have_changed(self):
        """Whether it is by other criteria, or about other records, than it would be."""
        run = self.run
        return self._is_done and (
            run.version != run.plan_id.version or self._filter_has_changed()
        )

    def members_have_changed(self):
        """Whether members have, or what else the plan's figures depend on, and criteria
        have not.
        """
        run = self.run
        return (
            self._is_done
            and not self.criteria_have_changed()
            and bool(run.revision)
            and run.revision != run.plan_id.revision
        )

    def count_changed_records(self):
        """How many records were made or written since, whatever was written.
        2 queries.
        """
        run = self.run
        # by a filter that has changed, it would be about other records
        if not self._is_done or not run.date_start or self._filter_has_changed():
            return 0
        scope = Scope(run.sudo())
        since = Domain("write_date", ">", run.date_start + _SECOND)
        return sum(
            scope.model(name).search_count(scope.domain(name) & since)
            for name in (ACCOUNTS, LEADS)
        )

    def _filter_has_changed(self):
        saved_filter = self.run.sudo().filter_id
        return bool(saved_filter) and (
            saved_filter.write_date > self.run.date_start + _SECOND
        )

    # -- whether it holds

    def why_it_does_not_hold(self):
        """In words; empty if a run would do what the simulation showed. The queries are
        those of a run over what was written since.
        """
        if self.criteria_have_changed() or self.members_have_changed():
            return self.env._(
                "Criteria or members of “%(plan)s” have changed since this"
                " simulation: what it shows is not what the plan would do now."
                " Simulate again, and decide by that.",
                plan=self.run.plan_id.name,
            )
        differing = self.differing()
        count = sum(map(len, differing))
        if not count:
            return ""
        first = next(records[0] for records in differing if records)
        return self.env._(
            "Records that have changed since this simulation would get other"
            " territories than it shows: %(count)s, such as “%(name)s”."
            " Simulate again, and decide by that.",
            count=count,
            name=first.sudo(False).display_name
            if first.sudo(False).has_access("read")
            else first.id,
        )

    def differing(self):
        """The records that would get something else than the simulation showed:
        accounts, leads. The queries are those of a run over what was written since.
        """
        return [self._differing_of(self.scope.model(n)) for n in (ACCOUNTS, LEADS)]

    def _differing_of(self, model):
        differing = []
        self.env.flush_all()
        for ids in split_every(_AT_ONCE, self._written_since(model)):
            domain = self.scope.domain(model._name) & Domain("id", "in", ids)
            here = model.search(domain)
            assignment = Assignment(model, run=self.run.sudo())
            decisions = self.scope.narrow(
                assignment.judge(here.ids, include_closed=True)
            )
            fresh = {decision.record_id: decision.after for decision in decisions}
            differing += [
                id_
                for id_, shown, present in self._shown(model, ids)
                if fresh.get(id_, present) != shown
            ]
        return model.browse(differing)

    def _written_since(self, model):
        """The records that were made, written or decided by hand since, and a while
        before: ids, of those that the run looks at or has moved. 1 query.
        """
        column = SQL.identifier("lead_id" if model._name == LEADS else "partner_id")
        query = self.scope.query(model._name)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT record.id
                  FROM %(table)s AS record
                 WHERE (record.write_date >= %(since)s
                        OR record.id IN (SELECT %(column)s FROM crm_territory_override
                                          WHERE write_date >= %(since)s))
                   AND (record.id IN %(covered)s
                        OR record.id IN (SELECT %(column)s FROM crm_territory_move
                                          WHERE run_id = %(run_id)s))
                 ORDER BY record.id
                """,
                table=SQL.identifier(model._table),
                column=column,
                since=self.run.date_start - _LONGEST_REQUEST,
                covered=query.subselect(),
                run_id=self.run.id,
            )
        )
        return [id_ for (id_,) in rows]

    def _shown(self, model, ids):
        """What records would have by the simulation, and have: rows (id, (set,
        credited territory), the same now). 1 query.

        What it did not move stays as it was; what was made since, as it was made.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT record.id,
                       CASE WHEN move.id IS NOT NULL THEN move.set_after_id
                            WHEN earlier.id IS NOT NULL THEN earlier.set_before_id
                            ELSE record.territory_set_id END,
                       CASE WHEN move.id IS NOT NULL THEN move.territory_after_id
                            WHEN earlier.id IS NOT NULL THEN earlier.territory_before_id
                            ELSE record.territory_id END,
                       record.territory_set_id, record.territory_id
                  FROM %(table)s AS record
                  LEFT JOIN crm_territory_move AS move
                         ON move.%(column)s = record.id AND move.run_id = %(run_id)s
                  LEFT JOIN LATERAL (
                       SELECT * FROM crm_territory_move AS done
                        WHERE done.%(column)s = record.id AND NOT done.is_dry
                          AND done.date > %(since)s
                          AND record.create_date <= %(since)s
                        ORDER BY done.id LIMIT 1) AS earlier ON TRUE
                 WHERE record.id = ANY(%(ids)s)
                """,
                table=SQL.identifier(model._table),
                column=SQL.identifier(
                    "lead_id" if model._name == LEADS else "partner_id"
                ),
                run_id=self.run.id,
                since=self.run.date_start,
                ids=list(ids),
            )
        )
        return [(id_, tuple(row[:2]), tuple(row[2:])) for id_, *row in rows]
