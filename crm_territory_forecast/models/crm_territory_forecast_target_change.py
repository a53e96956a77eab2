from odoo import api, fields, models


class CrmTerritoryForecastTargetChange(models.Model):
    """Who changed which target, when and how: the log, that nobody edits."""

    _name = "crm.territory.forecast.target.change"
    _description = "Target Change"
    _inherit = ["crm.territory.forecast.mixin"]
    _order = "id desc"

    create_date = fields.Datetime("Changed On", readonly=True, index=True)
    create_uid = fields.Many2one("res.users", "Changed By", readonly=True)
    is_set_before = fields.Boolean("Was Set", readonly=True)
    amount_before = fields.Float("Before", digits=(16, 2), readonly=True)
    is_set_after = fields.Boolean("Is Set", readonly=True)
    amount_after = fields.Float("After", digits=(16, 2), readonly=True)
    difference = fields.Float(compute="_compute_difference", store=True, digits=(16, 2))
    origin = fields.Selection(
        [
            ("typed", "Typed"),
            ("pasted", "Pasted"),
            ("imported", "Imported"),
            ("copied", "Copied"),
            ("spread", "Spread"),
        ],
        string="How",
        required=True,
        readonly=True,
    )

    @api.depends("amount_before", "amount_after")
    def _compute_difference(self):
        for change in self:
            change.difference = change.amount_after - change.amount_before
