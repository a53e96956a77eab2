import logging

from odoo.fields import Domain
from odoo.tools.misc import format_amount, formatLang

from .plans import Plans
from .running import RunningPeriod
from .snapshots import Snapshots

_logger = logging.getLogger(__name__)

_CHANGES = 5
_KINDS = ("new", "grown", "shrunk", "slipped", "forward", "won", "lost")


def each_on_its_own(records, work):
    """Do some work for each record; what fails is logged, undone, and stops no other.

    :param work: function of one record
    """
    for record in records:
        try:
            with record.env.cr.savepoint():
                work(record)
        except Exception:
            _logger.exception("%s of %s failed", work.__qualname__, record)


class Manager:
    """A manager of territories, who is told how a forecast stands.

    Reads the running period as the manager sees it, in his language. Used by the weekly
    mail and the alerts.

    :param forecast: with the rights and the language of the manager
    :param territories: those of which he is the manager
    """

    def __init__(self, forecast, territories):
        self.forecast = forecast
        self.env = forecast.env
        self.territories = territories
        self.running = RunningPeriod(forecast)

    @classmethod
    def each_of(cls, forecast):
        """The managers of today in the plan in use who may read the forecast: each a
        Manager. 3 queries and what it reads.
        """
        members = forecast.env["crm.territory.member"].sudo()
        in_use = Plans(forecast).in_use()
        found = members.search(
            [
                ("is_manager", "=", True),
                ("is_current", "=", True),
                ("user_id.active", "=", True),
                ("user_id.company_ids", "in", forecast.company_id.ids),
                ("territory_id.active", "=", True),
                ("territory_id.plan_id", "in", in_use.ids),
                ("territory_id.company_id", "in", (False, forecast.company_id.id)),
            ]
        )
        for user, of_user in found.grouped("user_id").items():
            seen = forecast.with_user(user).with_context(
                lang=user.lang,
                tz=user.tz,
                allowed_company_ids=forecast.company_id.ids,
            )
            for readable in seen._filtered_access("read")._with_fields():
                yield cls(readable, of_user.territory_id)

    # -- the weekly mail

    def mail(self):
        """The values of the weekly mail of how his territories stand."""
        forecast, company = self.forecast, self.forecast.company_id
        body = self.env["ir.qweb"]._render(
            "crm_territory_forecast.crm_territory_forecast_digest",
            self._digest(),
            minimal_qcontext=True,
        )
        return {
            "auto_delete": True,
            "author_id": company.sudo().partner_id.id,
            "email_from": company.sudo().email_formatted,
            "email_to": self.env.user.email_formatted,
            "subject": self.env._(
                "%(forecast)s, %(period)s: how your territories stand",
                forecast=forecast.name,
                period=self.running.label,
            ),
            "body_html": self.env["mail.render.mixin"]._render_encapsulate(
                "mail.mail_notification_light",
                body,
                add_context={"company": company, "record_name": forecast.name},
                context_record=forecast,
            ),
        }

    def _digest(self):
        """What the mail tells: the territories, those directly below, and the biggest
        changes since the last weekly snapshot.
        """
        own_ids = self.territories.ids
        shown = {*own_ids, *self.territories.sudo().child_ids.ids}
        since = Snapshots(self.forecast).last_day(self.forecast._today())
        return {
            "forecast": self.forecast,
            "period": self.running.label,
            "rows": [
                {
                    "name": row.name,
                    "figures": figures,
                    "is_own": row.territory_id in own_ids,
                }
                for row, figures in self.running.territories()
                if row.territory_id in shown
            ],
            "amount_text": self._amount_text,
            "rate_text": self._rate_text,
            "since": since,
            "changes": self._biggest_changes(since) if since else (),
            "base_url": self.forecast.get_base_url(),
        }

    def _biggest_changes(self, since):
        """The rows of the movement that change most, each opportunity once."""
        movement = self.env["crm.territory.forecast.movement"].with_context(
            movement_from=since, movement_to=False
        )
        movement.invalidate_model()
        found = movement.search(
            Domain("forecast_id", "=", self.forecast.id)
            & Domain("territory_id", "child_of", self.territories.ids)
            & Domain("kind", "in", _KINDS)
        )
        biggest = {}
        for change in found.sorted(lambda change: -abs(change.amount)):
            biggest.setdefault(change.lead_key, change)
        return list(biggest.values())[:_CHANGES]

    def _amount_text(self, amount):
        """An amount of the forecast for people, “–” if there is none."""
        if amount is None:
            return "–"
        if self.forecast.is_monetary:
            return format_amount(
                self.env, amount, self.forecast.currency_id, trailing_zeroes=False
            )
        digits = 0 if self.forecast.metric == "count" else 2
        return formatLang(self.env, amount, digits=digits)

    def _rate_text(self, rate):
        """A part of 1 as a percentage for people, “–” if there is none."""
        if rate is None:
            return "–"
        return f"{formatLang(self.env, 100 * rate, digits=0)} %"

    # -- alerts

    def warn(self, warned_before):
        """An activity on each of his territories whose uncovered gap is more than the
        rate of its target.

        :param warned_before: the territories of which somebody was warned already
        :return: those of which he is warned
        """
        warned = warned_before.browse()
        for row, figures in self.running.territories():
            territory = warned_before.browse(row.territory_id)
            is_new = territory in self.territories - warned_before
            if is_new and self._is_alarming(figures):
                self._schedule(territory)
                warned |= territory
        return warned

    def _is_alarming(self, figures):
        rate, target = self.forecast.alert_gap_rate, figures["target"]
        return bool(target) and figures["uncovered_gap"] > rate * target

    def _schedule(self, territory):
        """It tells no figures: when it is done, the chatter keeps it, which is read by
        people who may not open the opportunities.
        """
        territory.with_env(self.forecast.sudo().env).with_context(
            mail_activity_quick_update=True
        ).activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._(
                "%(forecast)s, %(period)s: more than %(rate)s of the target uncovered",
                forecast=self.forecast.name,
                period=self.running.label,
                rate=self._rate_text(self.forecast.alert_gap_rate),
            ),
            note=self.env._(
                "What is achieved and what is to be expected of the pipeline do not"
                " cover the target. The forecast board has the figures."
            ),
            user_id=self.env.uid,
        )


def send_digest(forecast):
    """A mail to each manager of a territory, of what that manager sees."""

    def send(manager):
        if manager.env.user.email:
            forecast.env["mail.mail"].sudo().create(manager.mail())

    each_on_its_own(Manager.each_of(forecast), send)


def send_alerts(forecast):
    """An alert to each manager of a territory that goes wrong: once for a territory and
    period. A manager is told what he sees, by the queries of one board.
    """
    start = RunningPeriod(forecast).period.start
    alerts = forecast.env["crm.territory.forecast.alert"].sudo()
    warned_before = alerts.search(
        [("forecast_id", "=", forecast.id), ("date_start", "=", start)]
    ).territory_id
    warned = []

    def warn(manager):
        warned.extend(manager.warn(warned_before).ids)

    each_on_its_own(Manager.each_of(forecast), warn)
    alerts.create(
        [
            {
                "forecast_id": forecast.id,
                "territory_id": territory_id,
                "date_start": start,
            }
            for territory_id in dict.fromkeys(warned)
        ]
    )
