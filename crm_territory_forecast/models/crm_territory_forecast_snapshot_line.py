from odoo import api, fields, models
from odoo.fields import Domain

from .crm_stage import CATEGORIES


class CrmTerritoryForecastSnapshotLine(models.Model):
    """One opportunity as it stood from a day on, until it changed.

    Without a snapshot of its own it is part of the weekly history.
    """

    _name = "crm.territory.forecast.snapshot.line"
    _description = "Opportunity in a Forecast Snapshot"
    _inherit = ["crm.territory.forecast.opportunity.mixin"]
    _order = "date, name, id"
    _log_access = False

    snapshot_id = fields.Many2one(
        "crm.territory.forecast.snapshot",
        string="Frozen Period",
        ondelete="cascade",
        index="btree_not_null",
    )
    forecast_id = fields.Many2one(ondelete="cascade")
    company_id = fields.Many2one(ondelete="cascade")
    currency_id = fields.Many2one(ondelete="restrict")
    lead_id = fields.Many2one(ondelete="set null", index="btree_not_null")
    territory_id = fields.Many2one(ondelete="restrict", required=True, index=True)
    user_id = fields.Many2one(ondelete="restrict")
    date = fields.Date("Closing", help="When it was won, or was expected to be closed.")
    category = fields.Selection([*CATEGORIES, ("lost", "Lost")], required=True)
    amount = fields.Monetary()
    probability = fields.Float(aggregator="avg")
    valid_from = fields.Date("From", required=True)
    valid_to = fields.Date("Until", help="Empty: it still stands so.")

    # one statement ends a line and begins its successor: judged at the end of it
    _one_last_state = models.Constraint(
        "EXCLUDE USING btree (forecast_id WITH =, lead_key WITH =)"
        " WHERE (snapshot_id IS NULL AND valid_to IS NULL) DEFERRABLE",
        "A snapshot is being taken already.",
    )
    _history_idx = models.Index(
        "(forecast_id, valid_from, valid_to) WHERE snapshot_id IS NULL"
    )

    @api.model
    def _domain_of_line(self):
        """Of frozen periods also what counts for one's own target and for those of
        people below, wherever it was: freezing hides nothing.
        """
        owner_ids = [self.env.uid, *self.env.user._territory_scope().owner_ids]
        is_frozen = Domain("snapshot_id", "!=", False)
        return super()._domain_of_line() | is_frozen & Domain(
            "user_id", "in", owner_ids
        )
