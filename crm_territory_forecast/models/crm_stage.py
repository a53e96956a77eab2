from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

CATEGORIES = [
    ("pipeline", "Pipeline"),
    ("best", "Best Case"),
    ("commit", "Commit"),
    ("won", "Won"),
    ("omitted", "Omitted"),
]


class CrmStage(models.Model):
    _inherit = "crm.stage"

    forecast_category = fields.Selection(
        CATEGORIES,
        compute="_compute_forecast_category",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="How sure an opportunity of this stage is in forecasts. It can be changed"
        " on an opportunity, until its stage changes.",
    )

    @api.depends("is_won")
    def _compute_forecast_category(self):
        for stage in self:
            if stage.is_won:
                stage.forecast_category = "won"
            elif stage.forecast_category in (False, "won"):
                stage.forecast_category = "pipeline"

    @api.constrains("forecast_category", "is_won")
    def _check_forecast_category(self):
        for stage in self:
            if (stage.forecast_category == "won") != bool(stage.is_won):
                raise ValidationError(
                    self.env._(
                        "Stage “%s”: the forecast category Won is that of the won"
                        " stages, and of no other.",
                        stage.name,
                    )
                )

    def write(self, vals):
        before = {stage: stage.forecast_category for stage in self}
        result = super().write(vals)
        for stage, category in before.items():
            if stage.forecast_category != category:
                stage._move_opportunities(category)
        return result

    def _move_opportunities(self, category):
        """Opportunities that still have the category that the stage had follow it."""
        self.ensure_one()
        leads = self.env["crm.lead"].sudo()
        leads.flush_model(["stage_id", "forecast_category"])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE crm_lead SET forecast_category = %s
                 WHERE stage_id = %s
                   AND (forecast_category = %s OR forecast_category IS NULL)
                RETURNING id
                """,
                self.forecast_category,
                self.id,
                category,
            )
        )
        leads.invalidate_model(["forecast_category"], flush=False)
        leads.browse([lead_id for (lead_id,) in rows]).modified(["forecast_category"])
