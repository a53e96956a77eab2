"""How a run is worked: in batches that each leave all in order, by whoever comes."""

import itertools
import logging
import random
import time

from psycopg2 import OperationalError

from odoo.tools import SQL

from .. import comparison, handout_turns
from ..handout import Busy
from ..transactions import CONFLICTS, commit, roll_back
from .giving import Giving
from .judging import Judging
from .scope import Scope
from .states import CANCELLED, DONE, FAILED, OWNERS, RUNNING

_logger = logging.getLogger(__name__)

# How often a batch is tried: against others, for as long as they write the same
# records; a database that gives up by itself is asked less often.
_ATTEMPTS = ((CONFLICTS, 30), (OperationalError, 5), (Exception, 1))
_FIRST_PAUSE = 0.1  # seconds, doubled each time
_LONGEST_PAUSE = 3.0
# How often somebody who waits for the batches of other workers looks again, in seconds
LOOK_AGAIN = 0.5
# What came of looking for a batch
_WORKED, _TO_GIVE, _OF_OTHERS, _NOTHING = "worked", "to give", "of others", "nothing"


def _attempts_after(error):
    """How often a batch is tried that fails with such an error."""
    return next(count for kinds, count in _ATTEMPTS if isinstance(error, kinds))


class Worker:
    """One of those who work a run.

    A worker takes a batch by a lock on its row, does it, and writes to that row how far
    it got: batch and record are committed together. One that is killed lets go of the
    lock, and the next worker takes the batch. The run itself is written by none of them
    but who ends it: its row is what a batch that was cancelled meanwhile stumbles over.

    It keeps nothing between two batches: others may have done what it would remember,
    or its own transaction may have been rolled back.

    :param run: that its user may write
    """

    def __init__(self, run):
        self.run = run
        self.env = run.env

    # -- one batch after the other

    def work(self, end=None):
        """Work the run until it ends, or others do the rest.

        :param end: when to leave off, by ``time.monotonic``; at least one batch is done
        :return: whether there is more to do
        """
        commit(self.env)
        gives = False
        while (found := self._do_and_commit(gives)) != _NOTHING:
            gives = gives or found == _TO_GIVE
            if found == _OF_OTHERS:
                # the next phase begins when they are done, or dead
                time.sleep(LOOK_AGAIN)
            if end and found != _TO_GIVE and time.monotonic() >= end:
                break
        self.run.invalidate_recordset()
        return found != _NOTHING

    def work_to_end(self):
        """Work the run until it ends, whoever does the rest."""
        self.work()
        while self.run.state == RUNNING:
            # another worker gives out its leads
            time.sleep(LOOK_AGAIN)
            self.work()

    def _do_and_commit(self, gives=False):
        """One batch and its commit. A batch that fails leaves nothing half done.

        :param bool gives: whether it may give out leads: that takes a turn, before
            anything else
        :return: as `do_batch`
        """
        for attempt in itertools.count(1):
            try:
                if gives:
                    handout_turns.take_turn(self.env)
                found = self.do_batch(gives, patiently=True)
                commit(self.env)
                return found
            except Exception as error:  # noqa: BLE001 - told to the user in the run
                roll_back(self.env)
                if attempt >= _attempts_after(error):
                    _logger.exception("territory run %s failed", self.run.id)
                    self._fail(error)
                    return _NOTHING
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
                time.sleep(random.uniform(0, pause))

    def _fail(self, error):
        """Keep the failure, by a transaction of its own: the one that failed may be
        good for nothing.
        """
        run_id = self.run.id

        def store(env):
            run = env["crm.territory.run"].browse(run_id).exists()
            if run.state == RUNNING:
                left = run.total_count - run.seen_count
                run._end(FAILED, error=str(error), failed_count=left)

        handout_turns.in_short_transaction(self.env.registry, store)
        self.env.invalidate_all(flush=False)

    # -- one batch

    def step(self):
        """Do one batch; see `crm.territory.run.run_step`."""
        try:
            busy = self.do_batch() != _WORKED
        except Busy:
            busy = True
        self.run.invalidate_recordset()
        busy = busy and self.run.state == RUNNING
        return {"state": self.run.state, "progress": self.run.progress, "busy": busy}

    def do_batch(self, gives=True, patiently=False):
        """Take the next batch that nobody has, and do it, within this transaction.

        :param bool gives: whether it may give out leads
        :param bool patiently: wait for others who give out leads
        :raise Busy: others do, and it does not wait
        :return: _WORKED; _TO_GIVE: it has to give out leads, and may not; _OF_OTHERS:
            they have all that are left of the phase; _NOTHING: they do all that is left
        """
        self.run.ensure_one()
        self.env.flush_all()  # what is judged already is no change of the run
        self.run.invalidate_recordset()
        batches = self.env["crm.territory.run.batch"].sudo()
        phase, batch = batches._claim(self.run)
        if batch and phase == OWNERS and not gives:
            return _TO_GIVE
        if batch:
            self._do(batch, patiently)
            return _WORKED
        return _OF_OTHERS if phase and phase != OWNERS else _NOTHING

    def _do(self, batch, patiently):
        """Do the next records of a batch, in the order of their ids."""
        run = self.run
        if not run.is_dry and run.plan_id.state != "active":
            message = self.env._("The plan is not active any more: the rest was left.")
            run._end(CANCELLED, error=message)
        elif batch.phase == OWNERS:
            Giving(run, batch).do(patiently)
            if batch.is_done:
                self._finish()
        else:
            Judging(run, batch).do()
        self.env.flush_all()
        self._hold()

    def _hold(self):
        """Let nobody end the run before this transaction does. That somebody ended it
        since it began is a serialization failure: the batch is as if never begun.
        """
        self.env.execute_query(
            SQL("SELECT FROM crm_territory_run WHERE id = %s FOR SHARE", self.run.id)
        )

    # -- the end

    def _finish(self):
        run = self.run
        if run.is_dry:
            self._compare()
        run._end(DONE)
        if Scope(run).is_complete and not run.is_dry:
            plan = run.plan_id.sudo()
            plan.run_version = max(plan.run_version, run.version)
            plan._end_introduction()
            self.env["crm.territory.judgement"].sudo().search(
                [("plan_id", "=", plan.id), ("version", "<=", run.version)]
            ).unlink()

    def _compare(self):
        """Keep the figures of the simulation, as they are when it ends."""
        run = self.run.sudo()
        company = run.company_id or run.user_id.company_id or self.env.company
        run._note(currency_id=company.currency_id.id)
        self.env.flush_all()
        comparison.compare(Scope(run))
        self.env.invalidate_all(flush=False)
