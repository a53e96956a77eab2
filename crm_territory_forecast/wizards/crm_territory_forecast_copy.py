from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import periods as engine_periods


class CrmTerritoryForecastCopy(models.TransientModel):
    """Sets the targets of a year from those of the year before."""

    _name = "crm.territory.forecast.copy"
    _description = "Copy Targets of Last Year"
    _inherit = ["crm.territory.forecast.preview.mixin"]

    territory_id = fields.Many2one(help="With all below it. Empty: the whole tree.")
    change_rate = fields.Float("More or Less", help="In per cent of last year's.")
    with_members = fields.Boolean("Also Those of Members", default=True)

    _change_rate_range = models.Constraint(
        "CHECK (change_rate >= -1 AND change_rate <= 10)",
        "The change is between -100 % and 1,000 %.",
    )

    @api.depends("change_rate", "with_members")
    def _compute_preview(self):
        return super()._compute_preview()

    def _planned(self, reader):
        forecast = self.forecast_id
        nodes = reader.trees.today
        year = self._year()
        before = forecast._periods_between(
            engine_periods.shift(year.start, -12),
            engine_periods.end_of(engine_periods.shift(year.start, -12), "year"),
        )
        targets, _gone = reader.of(before)
        territory_id = self.territory_id.id
        places = {
            node.id: place
            for place, node in enumerate(nodes)
            if not territory_id or territory_id in node.path
        }
        planned = {
            (
                key[0],
                key[1],
                engine_periods.shift(key[2], 12),
            ): round(amount * (1 + self.change_rate), 2)
            for key, amount in sorted(
                targets.items(),
                key=lambda item: (places.get(item[0][0], 0), item[0][1] or 0),
            )
            if key[0] in places and (self.with_members or not key[1])
        }
        if not planned:
            raise UserError(self.env._("There are no targets in the year before."))
        return planned

    def _origin_of_changes(self):
        return "copied"
