"""A batch of a run whose records are judged."""

from odoo.fields import Domain
from odoo.tools import SQL

from ..assignment import Assignment
from .scope import Scope

# So many records are changed in one transaction: who works on them waits for its end
_MOST_CHANGES = 20_000
# No record has a greater id
_LAST_ID = 2**31 - 1


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
        assignment = Assignment(self.model, run=self.run)
        found, seen = assignment.judge_alike(self._next())
        found = self.scope.narrow(found)
        # more may have come into the range of the batch than it may have
        last_id = self._last_id() if seen == self.most else None
        changing = sorted(id_ for d in found if d.differs for id_ in d.alike.ids)
        if len(changing) > _MOST_CHANGES:
            last_id = changing[_MOST_CHANGES - 1]
            found = [decision.up_to(last_id) for decision in found]
            seen = self.model.search_count(self.domain & Domain("id", "<=", last_id))
        changed = assignment.carry_out_alike(found)
        self._count(seen, found, changed)
        self._go_on_after(last_id)

    def _next(self):
        """The records that are next: SQL on the alias r of the table."""
        # IS TRUE: PostgreSQL guesses too few of the records of the domain, and would
        # join places with loops
        return SQL(
            "r.id > %s AND r.id <= %s AND (r.id IN %s) IS TRUE",
            self.batch.after_id,
            self.batch.last_id or _LAST_ID,
            self._ids(),
        )

    def _last_id(self):
        """Which of the records that are next is the last one. 1 query."""
        [[last_id]] = self.env.execute_query(
            SQL("SELECT max(id) FROM %s AS next", self._ids())
        )
        return last_id

    def _ids(self):
        """Of as many of the batch as may be judged at once: SQL, in brackets."""
        return self.model._search(self.domain, order="id", limit=self.most).subselect()

    def _go_on_after(self, last_id):
        """
        :param last_id: of what was judged; None: that was all
        """
        if last_id:
            self.batch.after_id = last_id
            rest = self.domain & Domain("id", ">", last_id)
            last_id = self.model.search_count(rest, limit=1)
        self.batch.is_done = not last_id

    def _count(self, seen, found, changed):
        batch = self.batch
        judged, unassigned = (
            sum(decision.alike.count for decision in counted)
            for counted in (found, [d for d in found if not d.territories])
        )
        batch.write(
            {
                "seen_count": batch.seen_count + seen,
                "judged_count": batch.judged_count + judged,
                "changed_count": batch.changed_count + len(changed),
                "unassigned_count": batch.unassigned_count + unassigned,
            }
        )
