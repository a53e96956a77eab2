from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, RedirectWarning, UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date


class CrmTerritoryPlan(models.Model):
    """The dates of a plan, where somebody wants them to act: it is activated on its
    first day, archived after its last one. Days are those of its time zone; those that
    the scheduled job missed are made up for.
    """

    _inherit = "crm.territory.plan"

    scheduled_by_id = fields.Many2one(
        "res.users",
        string="Activated on Its Date By",
        readonly=True,
        copy=False,
        help="Whoever wants the plan to be activated on its start date: with the rights"
        " of this user it is.",
    )
    ends_on_date = fields.Boolean(
        "Archive After the End Date",
        copy=False,
        tracking=True,
        help="On the day after its end date, an active plan is archived, unless another"
        " one is about to take its place.",
    )

    def _schedule(self):
        """Let the plan be activated on its start date.

        :raise UserError: it has none, or is active
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "active":
            raise UserError(self.env._("“%s” is active already.", self.name))
        if not self.date_start:
            raise UserError(self.env._("“%s” has no start date: enter one.", self.name))
        self.sudo().scheduled_by_id = self.env.user
        self.message_post(
            body=self.env._(
                "Is going to be activated on its start date, %s.",
                format_date(self.env, self.date_start),
            )
        )
        self._wake_at_midnight()
        if self.date_start <= self._today():
            self.env.ref("crm_territory.crm_territory_upkeep_cron")._trigger()

    def action_unschedule(self):
        """Not on its date, after all."""
        self.check_access("write")
        for plan in self.filtered("scheduled_by_id"):
            plan.sudo().scheduled_by_id = False
            plan.message_post(
                body=self.env._("Is not going to be activated on its start date.")
            )

    # -- the scheduled job

    @api.model
    def _follow_dates(self):
        """Activate what is due, the earliest first; then archive what is over."""
        plans = self.sudo().with_context(active_test=False)
        waiting = plans.search(
            Domain("scheduled_by_id", "!=", False) & Domain("state", "!=", "active"),
            order="date_start, id",
        )
        due = waiting.filtered(
            lambda plan: plan.date_start and plan.date_start <= plan._today()
        )
        self._do_apart([plan._introduce_on_date for plan in due])
        late = due.filtered("scheduled_by_id")
        awaited = plans.browse().union(*(plan._excluded_plans() for plan in late))
        for plan in self._active_plans() - awaited:
            if plan.ends_on_date and plan.date_end and plan.date_end < plan._today():
                plan.state = "archived"
                plan.message_post(body=self.env._("Archived after its end date."))

    def _introduce_on_date(self):
        """Activate the plan with the rights of whoever wanted it. If it cannot be, it
        is told why, and tried again next time.
        """
        self.ensure_one()
        user = self.scheduled_by_id
        plan = self.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids, lang=user.lang
        )
        try:
            with self.env.cr.savepoint():
                if not user.active:
                    raise UserError(self.env._("%s is archived.", user.name))
                plan._introduce()
        except (AccessError, MissingError, RedirectWarning, UserError) as error:
            self.env.invalidate_all()
            self._tell_not_activated(error.args[0])

    def _tell_not_activated(self, reason):
        """Tell the responsible once that the plan was not activated on its date."""
        kind = "crm_territory.mail_activity_plan_not_activated"
        if not self.activity_search([kind]):
            self.activity_schedule(
                kind,
                user_id=(self.user_id or self.scheduled_by_id).id,
                note=self.env._("It was to be activated today: %s", reason),
            )

    @api.model
    def _plans_with_days(self):
        """The plans for which a job has to begin when a day does."""
        return self.sudo().search(
            Domain("state", "=", "active") | Domain("scheduled_by_id", "!=", False)
        )
