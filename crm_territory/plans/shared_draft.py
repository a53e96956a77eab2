"""A draft that is shared for comment: its future members see what is theirs in it
(`crm.territory.preview`) and object (`crm.territory.objection`).
"""

from markupsafe import Markup

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tools import SQL

from .simulations import Simulations

_PREVIEWS = "/odoo/action-crm_territory.crm_territory_preview_action"


class SharedDraft:
    """Of one plan, as long as it is a draft.

    :param plan: in the environment of who shares it
    """

    def __init__(self, plan):
        self.plan = plan.ensure_one()
        self.env = plan.env

    def share(self):
        """Show the draft to its future members, and tell them.

        :raise AccessError: the user may not write the plan
        :raise UserError: it is no draft, or no simulation says who would have what
        """
        self._check_may_share()
        self.plan.sudo().comment_by_id = self.env.user
        members = self.plan.sudo().territory_ids.member_ids.user_id - self.env.user
        for user in members.filtered("active"):
            self._tell(user)

    def _check_may_share(self):
        self.plan.check_access("write")
        if self.plan.state != "draft":
            raise UserError(
                self.env._("“%s” is no draft: only drafts are shared.", self.plan.name)
            )
        if not Simulations(self.plan).current():
            raise UserError(
                self.env._(
                    "Simulate “%s” first: its members see their accounts as the last"
                    " simulation says, and there is none of the plan as it is.",
                    self.plan.name,
                )
            )

    def _tell(self, user):
        """A message, in the user's language, to who has something in the draft."""
        theirs = (
            self.env["crm.territory.preview"]
            .with_user(user)
            .with_context(lang=user.lang, allowed_company_ids=user.company_ids.ids)
        )
        if not theirs.search_count([("plan_id", "=", self.plan.id)], limit=1):
            return
        env = theirs.env
        words = env._(
            "%(user)s shares the plan “%(plan)s” before it is active: look at your"
            " territories, and object where something is wrong.",
            user=self.env.user.name,
            plan=self.plan.name,
        )
        self.env["mail.thread"].with_user(SUPERUSER_ID).message_notify(
            partner_ids=user.partner_id.ids,
            subject=env._("A plan is shared for comment"),
            body=Markup('<p>%s</p><p><a href="%s">%s</a></p>')
            % (words, _PREVIEWS, env._("Shared Drafts")),
        )


def shown_simulations_sql():
    """The ids of the simulations that future members are shown, SQL: the last that is
    done over everything, of each draft that is shared.
    """
    return SQL(
        """
        SELECT DISTINCT ON (run.plan_id) run.id
          FROM crm_territory_run AS run
          JOIN crm_territory_plan AS plan ON plan.id = run.plan_id
         WHERE plan.comment_by_id IS NOT NULL
           AND run.is_dry AND run.state = 'done' AND run.scope = 'all'
           AND run.only_missing IS NOT TRUE
         ORDER BY run.plan_id, run.id DESC
        """
    )


def shown_simulations(env):
    """{plan id: the simulation that its future members are shown}. 1 query."""
    runs = env["crm.territory.run"].sudo()
    runs.flush_model(["is_dry", "only_missing", "plan_id", "scope", "state"])
    env["crm.territory.plan"].flush_model(["comment_by_id"])
    rows = env.execute_query(shown_simulations_sql())
    return {run.plan_id.id: run for run in runs.browse(id_ for (id_,) in rows)}
