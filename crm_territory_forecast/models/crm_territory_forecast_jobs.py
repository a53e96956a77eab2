from odoo import api, models
from odoo.tools.safe_eval import safe_eval

from ..board.messages import each_on_its_own, send_alerts, send_digest
from ..board.snapshots import Snapshots


class CrmTerritoryForecast(models.Model):
    """What is done with a forecast by jobs and buttons."""

    _inherit = "crm.territory.forecast"

    # -- jobs

    @api.model
    def _cron_snapshot(self):
        """Keep the state of every forecast."""
        each_on_its_own(
            self.search([])._with_fields(), lambda forecast: Snapshots(forecast).take()
        )

    @api.model
    def _cron_digest(self):
        each_on_its_own(
            self.search([("digest", "=", True)])._with_fields(), send_digest
        )

    @api.model
    def _cron_alert(self):
        each_on_its_own(
            self.search([("alert_gap_rate", ">", 0)])._with_fields(), send_alerts
        )

    # -- snapshots

    def _take_snapshot(self, day=None):
        """See ``Snapshots.take``: for demonstration, with its day."""
        return Snapshots(self).take(day)

    def action_take_snapshot(self):
        """A snapshot between the weekly ones; says what it kept."""
        self.check_access("write")
        return self.env["crm.territory.forecast.snapshot"]._tell_taken(
            [Snapshots(forecast).take() for forecast in self]
        )

    def action_freeze(self):
        """Choose a closed period and freeze it."""
        self.ensure_one()
        self.check_access("write")
        return self.env["crm.territory.forecast.freeze"]._open(self)

    def _freeze(self, date_start):
        """Keep a closed period as it is now: see ``Snapshots.freeze``."""
        self.ensure_one()
        self.check_access("write")
        return Snapshots(self).freeze(date_start).with_env(self.env)

    @api.readonly
    def action_view_snapshots(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory_forecast.crm_territory_forecast_snapshot_action"
        )
        return dict(action, domain=[("forecast_id", "=", self.id)])

    # -- reports

    def _action_of_forecast(self, xml_id):
        """A report on this forecast, or on the one that opens."""
        forecast = self[:1] or self._default_forecast()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        context = safe_eval(action["context"])
        return dict(
            action, context=dict(context, search_default_forecast_id=forecast.id)
        )

    @api.model
    @api.readonly
    def action_open_movement(self):
        return self._action_of_forecast(
            "crm_territory_forecast.crm_territory_forecast_movement_action"
        )

    @api.model
    @api.readonly
    def action_open_accuracy(self):
        return self._action_of_forecast(
            "crm_territory_forecast.crm_territory_forecast_accuracy_action"
        )

    @api.model
    @api.readonly
    def action_open_attainment(self):
        return self._action_of_forecast(
            "crm_territory_forecast.crm_territory_forecast_attainment_action"
        )
