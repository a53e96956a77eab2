from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..board.snapshots import Snapshots


class CrmTerritoryForecastFreeze(models.TransientModel):
    """Choose the closed periods that are to be frozen."""

    _name = "crm.territory.forecast.freeze"
    _description = "Freeze Periods"

    forecast_id = fields.Many2one("crm.territory.forecast", required=True)
    line_ids = fields.One2many(
        "crm.territory.forecast.freeze.line", "freeze_id", string="Periods"
    )

    @api.model
    def _open(self, forecast):
        """The dialog with the closed periods, of which the last one is chosen; a
        UserError if there is none to freeze.
        """
        starts = Snapshots(forecast).to_freeze()
        if not starts:
            raise UserError(
                self.env._(
                    "Every closed period of the forecast “%s” that has targets or won"
                    " opportunities is frozen already.",
                    forecast.name,
                )
            )
        dialog = self.create(
            {
                "forecast_id": forecast.id,
                "line_ids": [
                    Command.create(
                        {"date_start": start, "is_chosen": start == starts[0]}
                    )
                    for start in starts
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Freeze Periods"),
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_freeze(self):
        """Freeze what is chosen, and show the snapshots."""
        self.ensure_one()
        chosen = self.line_ids.filtered("is_chosen")
        if not chosen:
            raise UserError(self.env._("Choose a period to freeze."))
        for line in chosen:
            self.forecast_id._freeze(line.date_start)
        return self.forecast_id.action_view_snapshots()
