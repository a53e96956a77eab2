from contextlib import contextmanager

from freezegun import freeze_time

from .common import ForecastCase


class HistoryCase(ForecastCase):
    """The world of ``ForecastCase``, looked at on several days of 2017."""

    @contextmanager
    def on(self, day):
        """Everything happens at noon of a day; nothing is remembered of another one."""
        self.env.flush_all()
        self.env.invalidate_all()
        with freeze_time(f"{day} 12:00:00"):
            yield
            self.env.flush_all()
        self.env.invalidate_all()

    def snapshot(self, day):
        with self.on(day):
            return self.forecast.sudo()._take_snapshot()

    def lines(self, user=None, **values):
        """The lines of the history that a user reads."""
        lines = self.env["crm.territory.forecast.snapshot.line"]
        return lines.with_user(user or self.mona).search(
            [
                ("forecast_id", "=", self.forecast.id),
                *((name, "=", value) for name, value in values.items()),
            ]
        )

    def lose(self, lead):
        """Lost, as the button of Odoo does it."""
        lead.action_set_lost()
