from odoo import api, fields, models
from odoo.tools.misc import format_date


class CrmTerritoryForecastMovementBetween(models.TransientModel):
    """Choose the days between which the pipeline moved."""

    _name = "crm.territory.forecast.movement.between"
    _description = "Pipeline Movement Between Two Days"

    forecast_id = fields.Many2one(
        "crm.territory.forecast",
        required=True,
        default=lambda self: self._default_forecast_id(),
    )
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.subtract(fields.Date.today(), months=1),
        help="What stood on that day, or at the first snapshot if that is later.",
    )
    date_to = fields.Date(
        "To", required=True, default=lambda self: fields.Date.context_today(self)
    )

    _date_order = models.Constraint(
        "CHECK (date_from <= date_to)", "The first day is not before the last one."
    )

    @api.model
    def _default_forecast_id(self):
        return self.env["crm.territory.forecast"]._default_forecast()

    def action_open(self):
        self.ensure_one()
        action = self.forecast_id.action_open_movement()
        context = dict(
            action["context"],
            movement_from=fields.Date.to_string(self.date_from),
            movement_to=fields.Date.to_string(self.date_to),
        )
        context.pop("search_default_since_week")
        return dict(
            action,
            name=self.env._(
                "Pipeline Movement, %(start)s – %(end)s",
                start=format_date(self.env, self.date_from),
                end=format_date(self.env, self.date_to),
            ),
            context=context,
        )
