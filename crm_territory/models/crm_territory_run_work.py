import itertools
import logging
import random
import time

from psycopg2 import OperationalError, errors

from odoo import SUPERUSER_ID, api, models, modules
from odoo.exceptions import ConcurrencyError, LockError
from odoo.fields import Domain
from odoo.tools import SQL

from .. import handout_turns
from ..assignment import Assignment
from ..handout import Busy, HandOut
from ..matching import compiler
from .crm_territory_run import CANCELLED, DONE, DRAFT, FAILED, RUNNING
from .crm_territory_run_batch import OWNERS

_logger = logging.getLogger(__name__)

# What another transaction can cause: the batch is tried again, for as long as others
# write the same records; a database that gives up by itself is asked less often.
CONFLICTS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    ConcurrencyError,
    LockError,
)
_ATTEMPTS = ((CONFLICTS, 30), (OperationalError, 5), (Exception, 1))
_FIRST_PAUSE = 0.1  # seconds, doubled each time
_LONGEST_PAUSE = 3.0
# How often somebody who waits for the batches of other workers looks again, in seconds
_LOOK_AGAIN = 0.5
# So long a scheduled or queued job works, in seconds: other jobs want their turn, and
# Odoo kills those that never end.
TURN = 10.0
_CRON_CODE = "model._cron_continue()"
# Queued jobs of one run at most: as many work it as their channel lets.
_MOST_JOBS = 100
# So many records are changed in one transaction: who works on them waits for its end
_MOST_CHANGES = 20_000
# What came of looking for a batch
_WORKED, _TO_GIVE, _OF_OTHERS, _NOTHING = "worked", "to give", "of others", "nothing"


def _attempts_after(error):
    """How often a batch is tried that fails with such an error."""
    return next(count for kinds, count in _ATTEMPTS if isinstance(error, kinds))


class CrmTerritoryRun(models.Model):
    """How a run is worked: in batches that each leave all in order, by whoever comes.

    A worker takes a batch by a lock on its row, does it, and writes to that row how far
    it got: batch and record are committed together. One that is killed lets go of the
    lock, and the next worker takes the batch. The run itself is written by none of them
    but who ends it: its row is what a batch that was cancelled meanwhile stumbles over.
    """

    _inherit = "crm.territory.run"

    # -- who works

    def _work_soon(self):
        """Let others work the runs as soon as this is committed: the jobs of OCA's
        ``queue_job``, as many as their channel lets, where it is installed; else all
        scheduled jobs for runs, each in a process of Odoo's.
        """
        if hasattr(self, "with_delay"):
            batches = self.env["crm.territory.run.batch"].sudo()
            for run in self.with_user(SUPERUSER_ID):
                left = [("run_id", "=", run.id), ("is_done", "=", False)]
                run._enqueue(batches.search_count(left, limit=_MOST_JOBS))
        else:
            for cron in self._crons():
                cron._trigger()

    @api.model
    def _crons(self):
        """The scheduled jobs that work runs: ours and copies of them."""
        return (
            self.env["ir.cron"]
            .sudo()
            .search([("model_id.model", "=", self._name), ("code", "=", _CRON_CODE)])
        )

    def _enqueue(self, count):
        for _number in range(count):
            self.with_delay(description=self.name)._work_as_job()

    def _work_as_job(self):
        """A turn of a queued job. It must not commit its own transaction, which is what
        says that it lives.
        """
        with self.env.registry.cursor() as cr:
            is_left = self.with_env(self.env(cr=cr))._work(time.monotonic() + TURN)
        if is_left:
            self._enqueue(1)

    @api.model
    def _cron_continue(self):
        """A turn of a scheduled job: the runs that are started, and those whose worker
        died.
        """
        end = time.monotonic() + TURN
        is_left = False
        for run in self.search([("state", "=", RUNNING)]):
            is_left |= run._work(end)
        cron_id = self.env.context.get("cron_id")
        if is_left and cron_id:
            self.env["ir.cron"].browse(cron_id)._trigger()

    def run_step(self):
        """Do one batch, unless other workers have all that are next.

        :return: dict with ``state``, ``progress`` (percent) and ``busy`` (others have
            what is next, or give out leads to the same people)
        """
        self.ensure_one()
        self.check_access("write")
        try:
            busy = self._work_batch() != _WORKED
        except Busy:
            busy = True
        self.invalidate_recordset()
        busy = busy and self.state == RUNNING
        return {"state": self.state, "progress": self.progress, "busy": busy}

    def run_to_end(self):
        """Start the run if need be and work it to its end, committing every batch.

        :return: dict of the figures, see `_figures`
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == DRAFT:
            self._start()
        self._work()
        while self.state == RUNNING:
            # another worker gives out its leads
            time.sleep(_LOOK_AGAIN)
            self._work()
        return self._figures()

    def _work(self, end=None):
        """Work the run until it ends, or others do the rest.

        :param end: when to leave off, by ``time.monotonic``; at least one batch is done
        :return: whether there is more to do
        """
        self._commit()
        gives = False
        while (found := self._work_and_commit(gives)) != _NOTHING:
            gives = gives or found == _TO_GIVE
            if found == _OF_OTHERS:
                # the next phase begins when they are done, or dead
                time.sleep(_LOOK_AGAIN)
            if end and found != _TO_GIVE and time.monotonic() >= end:
                break
        self.invalidate_recordset()
        return found != _NOTHING

    def _work_and_commit(self, gives=False):
        """One batch and its commit. A batch that fails leaves nothing half done.

        :param bool gives: whether it may give out leads: that takes a turn, before
            anything else
        :return: as `_work_batch`
        """
        for attempt in itertools.count(1):
            try:
                if gives:
                    handout_turns.take_turn(self.env)
                found = self._work_batch(gives, patiently=True)
                self._commit()
                return found
            except Exception as error:  # noqa: BLE001 - told to the user in the run
                self._rollback()
                if attempt >= _attempts_after(error):
                    _logger.exception("territory run %s failed", self.id)
                    self._fail(error)
                    return _NOTHING
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
                time.sleep(random.uniform(0, pause))

    def _fail(self, error):
        """Keep the failure, by a transaction of its own: the one that failed may be
        good for nothing.
        """
        run_id = self.id

        def store(env):
            run = env["crm.territory.run"].browse(run_id).exists()
            if run.state == RUNNING:
                left = run.total_count - run.seen_count
                run._end(FAILED, error=str(error), failed_count=left)

        handout_turns.in_short_transaction(self.env.registry, store)
        self.env.invalidate_all(flush=False)

    def _commit(self):
        """Each batch is whole: a killed run resumes after it."""
        if modules.module.current_test:
            self.env.flush_all()
        else:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _rollback(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    # -- one batch

    def _work_batch(self, gives=True, patiently=False):
        """Take the next batch that nobody has, and do it.

        :param bool gives: whether it may give out leads
        :param bool patiently: wait for others who give out leads
        :raise Busy: others do, and it does not wait
        :return: _WORKED; _TO_GIVE: it has to give out leads, and may not; _OF_OTHERS:
            they have all that are left of the phase; _NOTHING: they do all that is left
        """
        self.ensure_one()
        self.env.flush_all()  # what is judged already is no change of the run
        self.invalidate_recordset()
        phase, batch = self.env["crm.territory.run.batch"].sudo()._claim(self)
        if batch and phase == OWNERS and not gives:
            return _TO_GIVE
        if batch:
            self._do(batch, patiently)
            return _WORKED
        return _OF_OTHERS if phase and phase != OWNERS else _NOTHING

    def _do(self, batch, patiently):
        """Do the next records of a batch, in the order of their ids."""
        if not self.is_dry and self.plan_id.state != "active":
            message = self.env._("The plan is not active any more: the rest was left.")
            self._end(CANCELLED, error=message)
        elif batch.phase == OWNERS:
            self._give_batch(batch, patiently)
        else:
            self._judge_batch(batch)
        self.env.flush_all()
        self._hold()

    def _hold(self):
        """Let nobody end the run before this transaction does. That somebody ended it
        since it began is a serialization failure: the batch is as if never begun.
        """
        self.env.execute_query(
            SQL("SELECT FROM crm_territory_run WHERE id = %s FOR SHARE", self.id)
        )

    def _judge_batch(self, batch):
        """Judge the records of a batch; where more of them change than may at once, up
        to there: the rest is left for the next who takes the batch.
        """
        model = self._model(batch.phase)
        domain = self._domain(batch.phase) & batch._range()
        most = self.batch_size
        if batch.seen_count:
            most = min(most, _MOST_CHANGES)
        seen, last_id = self._next_of(model, domain, most)
        is_left = False
        if seen:
            assignment = Assignment(model, run=self)
            # IS TRUE: PostgreSQL guesses too few of the records of the domain, and
            # would join places with loops
            where = SQL(
                "r.id > %s AND r.id <= %s AND (r.id IN %s) IS TRUE",
                batch.after_id,
                last_id,
                model._search(domain).subselect(),
            )
            found = self._in_scope(assignment.judge_alike(where))
            changing = sorted(id_ for d in found if d.differs for id_ in d.alike.ids)
            if len(changing) > _MOST_CHANGES:
                last_id = changing[_MOST_CHANGES - 1]
                found = [decision.up_to(last_id) for decision in found]
                seen, _last_id = self._next_of(model, domain, most, last_id)
            # more may have come into the range of the batch than it may have
            is_left = bool(model.search(domain & Domain("id", ">", last_id), limit=1))
            changed = assignment.carry_out_alike(found)
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
        batch.is_done = not is_left

    def _next_of(self, model, domain, most, last_id=None):
        """How many records are next, up to a number of them or an id, and which is the
        last of these. 1 query.
        """
        if last_id:
            domain &= Domain("id", "<=", last_id)
        query = model._search(domain, order="id", limit=most)
        if query.is_empty():
            return 0, None
        rows = self.env.execute_query(
            SQL("SELECT count(*), max(id) FROM %s AS next", query.subselect())
        )
        return rows[0]

    def _compiled(self):
        """The plans that judge, and {plan id: version} to note for each record."""
        plans = self.env["crm.territory.plan"]
        if not self.is_dry:
            compiled, pending = plans._compiled_now()
            # a run over everything marks the plan at its end, not each record
            return compiled, {} if self._is_complete() else pending
        judging = self._judging_plans()
        days = plans._days_of_all()
        days = {plan.id: days[plan.id] for plan in judging}
        return compiler.compile_plans(judging, days), {}

    def _in_scope(self, decisions):
        """Of a run over a territory: the records that are in its line, or would be."""
        if self.scope != "territory":
            return decisions
        territories = self.env["crm.territory"].with_context(active_test=False)
        line = territories.search([("id", "child_of", self.territory_id.ids)])
        set_ids = set(self.env["crm.territory.set"]._ids_with_any(line.ids))
        return [
            decision
            for decision in decisions
            if decision.before[0] in set_ids or decision.after[0] in set_ids
        ]

    def _give_batch(self, batch, patiently):
        """Give leads that lack them salespeople and teams: those that the run moved; a
        run over everything gives out whatever waits.
        """
        hand_out = HandOut(self.env, self)
        moved = SQL(
            "lead.id IN (SELECT lead_id FROM crm_territory_move WHERE run_id = %s)",
            self.id,
        )
        among = None if self._is_complete() else moved
        waiting = hand_out.waiting(among, batch.after_id, handout_turns.CHUNK)
        if not waiting:
            batch.is_done = True
            self._finish()
            return
        gift = hand_out.give(waiting, patiently)
        given = sum(map(len, gift.leads_of_user.values()))
        batch.after_id = waiting[-1].id
        # on the run, not the batch: who ends it tells those who got them
        self._note(owner_count=self.owner_count + given)

    def _is_complete(self):
        return self.scope == "all" and not self.only_missing

    def _finish(self):
        self._end(DONE)
        if self._is_complete() and not self.is_dry:
            plan = self.plan_id.sudo()
            plan.run_version = max(plan.run_version, self.version)
            plan._end_introduction()
            self.env["crm.territory.judgement"].sudo().search(
                [("plan_id", "=", plan.id), ("version", "<=", self.version)]
            ).unlink()

    def _tell_salespeople(self):
        """One message to each salesperson who got leads since the last messages."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lead.user_id, array_agg(lead.id ORDER BY lead.id)
                  FROM crm_territory_move AS move
                  JOIN crm_lead AS lead ON lead.id = move.lead_id
                 WHERE move.run_id = %s AND lead.id > %s
                   AND move.salesperson_after_id = lead.user_id
                   AND move.salesperson_before_id IS DISTINCT FROM lead.user_id
                 GROUP BY lead.user_id
                """,
                self.id,
                self.told_id,
            )
        )
        for _user_id, lead_ids in rows:
            self.env["crm.lead"].sudo().browse(lead_ids)._tell_salesperson()
        batches = self.env["crm.territory.run.batch"].sudo()
        given = batches.search([("run_id", "=", self.id), ("phase", "=", OWNERS)])
        self._note(told_id=given.after_id)
