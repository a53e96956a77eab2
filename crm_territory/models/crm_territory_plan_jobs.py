import logging
from datetime import datetime, time, timedelta

import pytz

from odoo import api, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class CrmTerritoryPlan(models.Model):
    """What scheduled jobs do for plans: what the days change, and catching up."""

    _inherit = "crm.territory.plan"

    @api.model
    def _check_rules_soon(self):
        self.env.ref("crm_territory.crm_territory_upkeep_cron")._trigger()

    @api.model
    def _cron_upkeep(self):
        """Every hour, and just after midnight in the zones of the plans: what is due
        since the last time.
        """
        rules = self.env["crm.territory.rule"]
        overrides = self.env["crm.territory.override"]
        requests = self.env["crm.territory.request"]
        self._do_apart([rules._check_all, self._follow_dates])
        parts = [overrides._judge_expired, requests._call_deciders_of_today]
        self._do_apart(parts + [plan._begin_day for plan in self._active_plans()])
        self._wake_at_midnight()

    def _do_apart(self, parts):
        """A part that fails stops no other."""
        for part in parts:
            try:
                with self.env.cr.savepoint():
                    part()
            except Exception:
                _logger.exception("upkeep of territories: %s failed", part)

    def _begin_day(self):
        """What changes with the days since the last turn: who is a member, and what
        rules that name relative days take.
        """
        self.ensure_one()
        today = self._today()
        last = self.upkeep_date or today - timedelta(days=1)
        if last >= today:
            return
        self.env["crm.territory.member"]._judge_started_and_ended(self, last, today)
        if self.id in self._compiled().relative_plan_ids:
            self._bump_version()
        self.upkeep_date = today

    @api.model
    def _wake_at_midnight(self):
        """Let the upkeep begin when the next day does, in each zone."""
        cron = self.env.ref("crm_territory.crm_territory_upkeep_cron").sudo()
        for tz in {plan.tz for plan in self._plans_with_days()}:
            zone = pytz.timezone(tz)
            tomorrow = datetime.now(zone).date() + timedelta(days=1)
            midnight = zone.localize(datetime.combine(tomorrow, time(0, 1)))
            at = midnight.astimezone(pytz.utc).replace(tzinfo=None)
            domain = Domain("cron_id", "=", cron.id) & Domain("call_at", "=", at)
            if not self.env["ir.cron.trigger"].sudo().search_count(domain, limit=1):
                cron._trigger(at=at)

    @api.model
    def _cron_catch_up(self):
        """Run what is outstanding, for plans whose admin wants so."""
        runs = self.env["crm.territory.run"]
        plans = self._active_plans().filtered(
            lambda plan: plan.catch_up and plan.is_to_be_run
        )
        for plan in plans:
            if not plan.run_ids.filtered(lambda run: run.state == "running"):
                run = runs.create({"plan_id": plan.id})
                run._start()
                run._work_soon()
                # the run itself outlives a first batch that fails
                run._commit()
        runs._cron_continue()
