"""A batch of a run whose records are judged."""

from odoo.fields import Domain
from odoo.tools import SQL

from ..assignment import Assignment
from .scope import Scope

# So many records are changed in one transaction: who works on them waits for its end
_MOST_CHANGES = 20_000


class Judging:
    """One turn at a batch: its next records, in the order of their ids.

    :param run: that who works it may write
    :param batch: of accounts or leads, taken by a lock
    """

    def __init__(self, run, batch):
        self.run = run
        self.batch = batch
        self.env = run.env
        self.scope = Scope(run)
        self.model = self.scope.model(batch.phase)
        self.domain = self.scope.domain(batch.phase) & batch._range()
        # where more changed than may at once, the rest is left in smaller parts
        self.most = run.batch_size
        if batch.seen_count:
            self.most = min(self.most, _MOST_CHANGES)

    def do(self):
        """Judge the records; where more of them change than may at once, up to there:
        the rest is left for the next who takes the batch.
        """
        seen, last_id = self._next()
        is_left = False
        if seen:
            assignment = Assignment(self.model, run=self.run)
            where = self._up_to(last_id)
            found = self.scope.narrow(assignment.judge_alike(where))
            changing = sorted(id_ for d in found if d.differs for id_ in d.alike.ids)
            if len(changing) > _MOST_CHANGES:
                last_id = changing[_MOST_CHANGES - 1]
                found = [decision.up_to(last_id) for decision in found]
                seen, _last_id = self._next(last_id)
            # more may have come into the range of the batch than it may have
            rest = self.domain & Domain("id", ">", last_id)
            is_left = bool(self.model.search(rest, limit=1))
            changed = assignment.carry_out_alike(found)
            self._count(last_id, seen, found, changed)
        self.batch.is_done = not is_left

    def _next(self, last_id=None):
        """How many records are next, up to a number of them or an id, and which is the
        last of these. 1 query.
        """
        domain = self.domain
        if last_id:
            domain &= Domain("id", "<=", last_id)
        query = self.model._search(domain, order="id", limit=self.most)
        if query.is_empty():
            return 0, None
        rows = self.env.execute_query(
            SQL("SELECT count(*), max(id) FROM %s AS next", query.subselect())
        )
        return rows[0]

    def _up_to(self, last_id):
        """The records that are next: SQL on the alias r of the table."""
        # IS TRUE: PostgreSQL guesses too few of the records of the domain, and would
        # join places with loops
        return SQL(
            "r.id > %s AND r.id <= %s AND (r.id IN %s) IS TRUE",
            self.batch.after_id,
            last_id,
            self.model._search(self.domain).subselect(),
        )

    def _count(self, last_id, seen, found, changed):
        batch = self.batch
        judged, unassigned = (
            sum(decision.alike.count for decision in counted)
            for counted in (found, [d for d in found if not d.territories])
        )
        batch.write(
            {
                "after_id": last_id,
                "seen_count": batch.seen_count + seen,
                "judged_count": batch.judged_count + judged,
                "changed_count": batch.changed_count + len(changed),
                "unassigned_count": batch.unassigned_count + unassigned,
            }
        )
