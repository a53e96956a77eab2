import itertools
import logging
import random
import time

from psycopg2 import OperationalError, errors

from odoo import api, models, modules
from odoo.exceptions import ConcurrencyError, LockError
from odoo.fields import Domain
from odoo.tools import SQL

from .. import handout_turns
from ..assignment import Assignment
from ..handout import Busy, HandOut
from ..matching import compiler
from .crm_territory_run import CANCELLED, DONE, DRAFT, FAILED, RUNNING

_logger = logging.getLogger(__name__)

# What another transaction can cause: the batch is tried again, for as long as others
# write the same records; a database that gives up by itself is asked less often.
_CONFLICTS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    ConcurrencyError,
    LockError,
)
_ATTEMPTS = ((_CONFLICTS, 30), (OperationalError, 5), (Exception, 1))
_FIRST_PAUSE = 0.1  # seconds, doubled each time
_LONGEST_PAUSE = 3.0
# how often somebody who waits for a run that another worker has looks again, in seconds
_LOOK_AGAIN = 0.5
# accounts first: leads take over the territories of their accounts, and salespeople
# those of the leads
_NEXT_PHASE = {"res.partner": "crm.lead", "crm.lead": "owner"}


def _attempts_after(error):
    """How often a batch is tried that fails with such an error."""
    return next(count for kinds, count in _ATTEMPTS if isinstance(error, kinds))


class CrmTerritoryRun(models.Model):
    """How a run is worked: in batches that each leave all in order."""

    _inherit = "crm.territory.run"

    # -- who works

    @api.model
    def _work_soon(self):
        self.env.ref("crm_territory.crm_territory_run_cron").sudo()._trigger()

    def run_step(self):
        """Do one batch, unless another worker is at it.

        :return: dict with ``state``, ``progress`` (percent) and ``busy`` (another
            worker has the run, or gives out leads to the same people)
        """
        self.ensure_one()
        self.check_access("write")
        busy = not self._take()
        if not busy:
            try:
                self._work_batch()
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
            # another worker has it
            time.sleep(_LOOK_AGAIN)
            self._work()
        return self._figures()

    @api.model
    def _cron_continue(self):
        """Work the runs that are started, and those whose worker died."""
        for run in self.search([("state", "=", RUNNING)]):
            run._work()

    def _work(self):
        """Work the run until it ends, or another worker has it."""
        phase = self.phase
        self._commit()
        while phase:
            phase = self._work_and_commit(gives=phase == "owner")
        self.invalidate_recordset()

    def _take(self):
        """Take the run for a batch: it is going on, and no other worker has it. What
        another worker did since this transaction began is a serialization failure.
        """
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "SELECT FROM crm_territory_run WHERE id = %s AND state = %s"
                " FOR NO KEY UPDATE SKIP LOCKED",
                self.id,
                RUNNING,
            )
        )
        self.invalidate_recordset()
        return bool(rows)

    def _work_and_commit(self, gives=False):
        """One batch and its commit. A batch that fails leaves nothing half done.

        :param bool gives: whether the batch gives out leads
        :return: the phase of the next batch; None: there is none for this worker
        """
        for attempt in itertools.count(1):
            try:
                if gives:
                    handout_turns.take_turn(self.env)
                if not self._take():
                    self._commit()
                    return None
                self._work_batch(patiently=True)
                phase = self.phase if self.state == RUNNING else None
                self._commit()
                return phase
            except Exception as error:  # noqa: BLE001 - told to the user in the run
                self._rollback()
                if attempt >= _attempts_after(error):
                    _logger.exception("territory run %s failed", self.id)
                    self._fail(error)
                    return None
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

    def _work_batch(self, patiently=False):
        """Do the next records of the phase, in the order of their ids.

        :param bool patiently: wait for others who give out leads
        :raise Busy: others do, and it does not wait
        """
        self.ensure_one()
        self.env.flush_all()  # what is judged already is no change of the run
        if not self.is_dry and self.plan_id.state != "active":
            message = self.env._("The plan is not active any more: the rest was left.")
            self._end(CANCELLED, error=message)
        elif self.phase == "owner":
            self._give_batch(patiently)
        else:
            self._judge_batch()
        self.flush_recordset()

    def _judge_batch(self):
        model = self._model(self.phase)
        ids = model.search(
            self._domain(self.phase) & Domain("id", ">", self.last_id),
            order="id",
            limit=self.batch_size,
        ).ids
        if ids:
            assignment = Assignment(model, run=self)
            decisions = self._in_scope(assignment.judge(ids, include_closed=True))
            changed = assignment.carry_out(decisions)
            unassigned = sum(not decision.territories for decision in decisions)
            self._note(
                last_id=ids[-1],
                seen_count=self.seen_count + len(ids),
                judged_count=self.judged_count + len(decisions),
                changed_count=self.changed_count + len(changed),
                unchanged_count=self.unchanged_count + len(decisions) - len(changed),
                unassigned_count=self.unassigned_count + unassigned,
            )
        if len(ids) < self.batch_size:
            self._note(phase=_NEXT_PHASE[self.phase], last_id=0)

    def _compiled(self):
        """The plans that judge, and {plan id: version} to note for each record."""
        plans = self.env["crm.territory.plan"]
        if not self.is_dry:
            compiled, pending = plans._compiled_now()
            # a run over everything marks the plan at its end, not each record
            return compiled, {} if self._is_complete() else pending
        others = plans._active_plans().filtered(
            lambda plan: plan.company_id
            and self.plan_id.company_id
            and plan.company_id != self.plan_id.company_id
        )
        judging = self.plan_id | others
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

    def _give_batch(self, patiently):
        """Give leads that lack them salespeople and teams: those that the run moved; a
        run over everything gives out whatever waits.
        """
        hand_out = HandOut(self.env, self)
        moved = SQL(
            "lead.id IN (SELECT lead_id FROM crm_territory_move WHERE run_id = %s)",
            self.id,
        )
        among = None if self._is_complete() else moved
        waiting = hand_out.waiting(among, self.last_id, handout_turns.CHUNK)
        if not waiting:
            self._finish()
            return
        gift = hand_out.give(waiting, patiently)
        given = sum(map(len, gift.leads_of_user.values()))
        self._note(last_id=waiting[-1].id, owner_count=self.owner_count + given)

    def _is_complete(self):
        return self.scope == "all" and not self.only_missing

    def _finish(self):
        self._end(DONE)
        if self._is_complete() and not self.is_dry:
            plan = self.plan_id.sudo()
            plan.run_version = max(plan.run_version, self.version)
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
        self._note(told_id=self.last_id)
