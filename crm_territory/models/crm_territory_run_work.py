import time

from odoo import SUPERUSER_ID, api, models

from ..runs.states import DRAFT, RUNNING
from ..runs.work import Worker
from ..transactions import TURN

_CRON_CODE = "model._cron_continue()"
# Queued jobs of one run at most: as many work it as their channel lets.
_MOST_JOBS = 100


class CrmTerritoryRun(models.Model):
    """Who works runs: scheduled and queued jobs, open forms, and whoever waits for the
    end. How they do, see ``runs/work.py``.
    """

    _inherit = "crm.territory.run"

    # -- jobs

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
            run = self.with_env(self.env(cr=cr))
            is_left = Worker(run).work(time.monotonic() + TURN)
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
            is_left |= Worker(run).work(end)
        cron_id = self.env.context.get("cron_id")
        if is_left and cron_id:
            self.env["ir.cron"].browse(cron_id)._trigger()

    # -- clients

    def run_step(self):
        """Do one batch, unless other workers have all that are next.

        :return: dict with ``state``, ``progress`` (percent) and ``busy`` (others have
            what is next, or give out leads to the same people)
        """
        self.ensure_one()
        self.check_access("write")
        return Worker(self).step()

    def run_to_end(self):
        """Start the run if need be and work it to its end, committing every batch.

        :return: dict of the figures, see `_figures`
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == DRAFT:
            self._start()
        Worker(self).work_to_end()
        return self._figures()
