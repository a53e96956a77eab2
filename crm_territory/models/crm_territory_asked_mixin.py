from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.misc import clean_context

_ACTIVITY = "mail.mail_activity_data_todo"


class CrmTerritoryAskedMixin(models.AbstractModel):
    """What one user asks and another one decides: who decides is called by an activity,
    and who asked takes it back for as long as nobody has decided.

    A model that inherits it has activities and ``user_id`` (who asks), and defines
    `_words_of_call` (summary and note of the activity), `_check_open` (raises a
    UserError once it is decided) and `_close` (which ends it in a state, *withdrawn*
    here).
    """

    _name = "crm.territory.asked.mixin"
    _description = "Asked by One, Decided by Another"

    user_is_author = fields.Boolean(compute="_compute_user_is_author")

    @api.depends_context("uid")
    def _compute_user_is_author(self):
        for asked in self:
            asked.user_is_author = asked.user_id == self.env.user

    def _without_defaults(self):
        """No value comes from the context, which clients choose."""
        return self.with_env(self.env(context=clean_context(self.env.context)))

    # -- who decides is called

    def _call(self, user):
        """Let it be an activity of a user: by nobody, as who makes one may give it
        away, or delete it.
        """
        asked = self.with_user(SUPERUSER_ID).with_context(lang=user.lang)
        summary, note = asked._words_of_call()
        asked.activity_schedule(
            _ACTIVITY,
            summary=summary,
            note=Markup("<p>%s</p>") % note,
            user_id=user.id,
        )

    def _calls(self):
        """The activities of those who are called."""
        return self.activity_search([_ACTIVITY])

    def _done_with(self):
        """Nobody has to decide any more."""
        self.activity_unlink([_ACTIVITY])

    # -- taken back

    def action_withdraw(self):
        """Take back what one asked oneself.

        :raise AccessError: somebody else asked
        :raise UserError: it is decided
        """
        for asked in self._without_defaults():
            asked.check_access("read")
            asked._check_open()
            if asked.user_id != self.env.user and not self.env.su:
                raise AccessError(
                    self.env._(
                        "Asked by %(user)s: only %(user)s withdraws it.",
                        user=asked.user_id.name,
                    )
                )
            asked._close("withdrawn")
        return True
