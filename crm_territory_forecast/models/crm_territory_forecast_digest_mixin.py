from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

_CHANGES = 5
_KINDS = ("new", "grown", "shrunk", "slipped", "forward", "won", "lost")


class CrmTerritoryForecastDigestMixin(models.AbstractModel):
    """The weekly mail to the managers of territories."""

    _name = "crm.territory.forecast.digest.mixin"
    _description = "Weekly Mail of a Forecast"

    @api.model
    def _cron_digest(self):
        for forecast in self.search([("digest", "=", True)])._with_fields():
            forecast._send_digest()

    def _send_digest(self):
        """A mail to each manager of a territory, of what that manager sees."""
        self.ensure_one()
        mails = [
            forecast._digest_mail(territories)
            for manager, territories in self._managed_territories().items()
            if manager.email
            for forecast in self._as_seen_by(manager)
        ]
        self.env["mail.mail"].sudo().create(mails)

    def _as_seen_by(self, user):
        """The forecast with the rights, language and company of a user, if he may read
        it.
        """
        forecast = self.with_user(user).with_context(
            lang=user.lang, tz=user.tz, allowed_company_ids=self.company_id.ids
        )
        return forecast._filtered_access("read")._with_fields()

    def _digest_mail(self, territories):
        """The values of the mail to the user, manager of the territories."""
        user = self.env.user
        body = self.env["ir.qweb"]._render(
            "crm_territory_forecast.crm_territory_forecast_digest",
            self._digest_values(territories),
            minimal_qcontext=True,
        )
        return {
            "auto_delete": True,
            "author_id": self.company_id.sudo().partner_id.id,
            "email_from": self.company_id.sudo().email_formatted,
            "email_to": user.email_formatted,
            "subject": self.env._(
                "%(forecast)s, %(period)s: how your territories stand",
                forecast=self.name,
                period=self._period_label(self._running_period().start),
            ),
            "body_html": self.env["mail.render.mixin"]._render_encapsulate(
                "mail.mail_notification_light",
                body,
                add_context={"company": self.company_id, "record_name": self.name},
                context_record=self,
            ),
        }

    def _digest_values(self, territories):
        """What the mail tells: the territories, those directly below, and the biggest
        changes since the last weekly snapshot.
        """
        board = self._board_now()
        below = territories.sudo().child_ids
        shown = set((territories | below).ids)
        since = self._last_snapshot_day()
        return {
            "forecast": self,
            "period": self._period_label(self._running_period().start),
            "rows": [
                dict(row, is_own=row["territory_id"] in territories.ids)
                for row in board
                if row["territory_id"] in shown and not row["user_id"]
            ],
            "since": since,
            "changes": self._biggest_changes(territories, since) if since else (),
            "base_url": self.get_base_url(),
        }

    def _last_snapshot_day(self):
        """The day of the last weekly snapshot before today, or False."""
        snapshot = self.env["crm.territory.forecast.snapshot"].search(
            [
                ("forecast_id", "=", self.id),
                ("kind", "=", "weekly"),
                ("date", "<=", self._today() - timedelta(days=1)),
            ],
            limit=1,
        )
        return snapshot.date

    def _biggest_changes(self, territories, since):
        """The rows of the movement that change most, each opportunity once."""
        movement = self.env["crm.territory.forecast.movement"].with_context(
            movement_from=since, movement_to=False
        )
        movement.invalidate_model()
        found = movement.search(
            Domain("forecast_id", "=", self.id)
            & Domain("territory_id", "child_of", territories.ids)
            & Domain("kind", "in", _KINDS)
        )
        biggest = {}
        for change in found.sorted(lambda change: -abs(change.amount)):
            biggest.setdefault(change.lead_key, change)
        return list(biggest.values())[:_CHANGES]
