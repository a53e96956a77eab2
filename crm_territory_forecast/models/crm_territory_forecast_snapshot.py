from odoo import api, fields, models
from odoo.tools.misc import format_date


class CrmTerritoryForecastSnapshot(models.Model):
    """A day whose opportunities are kept as they stood.

    The weekly ones share one history, of which each writes what has changed; a frozen
    period has all its opportunities and targets.
    """

    _name = "crm.territory.forecast.snapshot"
    _description = "Forecast Snapshot"
    _order = "date desc, id desc"

    forecast_id = fields.Many2one(
        "crm.territory.forecast", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="forecast_id.company_id", store=True)
    date = fields.Date(required=True, readonly=True)
    kind = fields.Selection(
        [("weekly", "Weekly"), ("frozen", "Frozen Period")],
        required=True,
        readonly=True,
    )
    date_start = fields.Date(
        "Period", readonly=True, help="The first day of the frozen period."
    )
    period_label = fields.Char("Frozen Period", compute="_compute_period_label")
    line_count = fields.Integer(
        "Lines",
        readonly=True,
        help="Opportunities that are new or have changed since the snapshot before; of"
        " a frozen period, all.",
    )
    line_ids = fields.One2many(
        "crm.territory.forecast.snapshot.line", "snapshot_id", readonly=True
    )
    target_ids = fields.One2many(
        "crm.territory.forecast.snapshot.target", "snapshot_id", readonly=True
    )

    _one_each = models.UniqueIndex(
        "(forecast_id, kind, COALESCE(date_start, date))",
        "There is a snapshot of this already.",
    )
    _period_of_frozen = models.Constraint(
        "CHECK ((kind = 'frozen') = (date_start IS NOT NULL))",
        "A frozen period has a first day.",
    )

    @api.depends("forecast_id", "date", "date_start")
    def _compute_display_name(self):
        for snapshot in self:
            forecast = snapshot.forecast_id
            snapshot.display_name = self.env._(
                "%(forecast)s: %(what)s",
                forecast=forecast.name,
                what=snapshot.period_label or format_date(self.env, snapshot.date),
            )

    @api.depends("forecast_id", "date_start")
    def _compute_period_label(self):
        for snapshot in self:
            snapshot.period_label = snapshot.forecast_id._period_label(
                snapshot.date_start
            )

    @api.model
    def _tell_taken(self, snapshots):
        """A notification of what snapshots have kept."""
        messages = [
            self.env._(
                "%(forecast)s: %(count)s opportunities are new or have changed.",
                forecast=snapshot.forecast_id.name,
                count=snapshot.line_count,
            )
            if snapshot.line_count
            else self.env._(
                "%(forecast)s: nothing has changed since the last snapshot.",
                forecast=snapshot.forecast_id.name,
            )
            for snapshot in snapshots
        ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Snapshot taken"),
                "message": "\n".join(messages),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.readonly
    def action_view_lines(self):
        """The opportunities as they stood on that day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory_forecast.crm_territory_forecast_snapshot_line_action"
        )
        if self.kind == "frozen":
            domain = [("snapshot_id", "=", self.id)]
        else:
            domain = [
                ("forecast_id", "=", self.forecast_id.id),
                ("snapshot_id", "=", False),
                ("valid_from", "<=", self.date),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">", self.date),
            ]
        return dict(action, name=self.display_name, domain=domain)
