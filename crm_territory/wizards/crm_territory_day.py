from odoo import api, fields, models
from odoo.fields import Domain

from ..plans.on_day import OnDay


class CrmTerritoryDay(models.TransientModel):
    """A plan as of a day: who is a member then, which decisions by hand hold, and which
    territories nobody works.
    """

    _name = "crm.territory.day"
    _description = "A Plan as of a Day"

    plan_id = fields.Many2one("crm.territory.plan", required=True, ondelete="cascade")
    date = fields.Date(
        "Day",
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
        help="Of the plan, in its time zone.",
    )
    member_ids = fields.Many2many(
        "crm.territory.member", string="Members", compute="_compute_day"
    )
    override_ids = fields.Many2many(
        "crm.territory.override", string="By Hand", compute="_compute_day"
    )
    unmanned_ids = fields.Many2many(
        "crm.territory", string="Without Members", compute="_compute_day"
    )
    joining_ids = fields.Many2many(
        "crm.territory.member",
        string="Members Who Are None Today",
        compute="_compute_day",
    )
    leaving_ids = fields.Many2many(
        "crm.territory.member",
        string="Members of Today Who Are None Then",
        compute="_compute_day",
    )

    @api.depends("plan_id")
    def _compute_date(self):
        """A draft is looked at as of its first day, others as of today."""
        for day in self:
            plan = day.plan_id
            if not day.date:
                day.date = (
                    OnDay.first(plan).day if plan else fields.Date.context_today(self)
                )

    @api.depends("plan_id", "date")
    def _compute_day(self):
        """As whoever asks may read them."""
        for day in self:
            plan, date = day.plan_id, day.date
            if not plan or not date:
                day.update(dict.fromkeys(_SHOWN, False))
                continue
            plan.check_access("read")
            then, today = OnDay(plan, date), OnDay(plan, plan._today())
            day.member_ids = then.members
            day.joining_ids = then.members - today.members
            day.leaving_ids = today.members - then.members
            day.unmanned_ids = then.unmanned
            day.override_ids = self.env["crm.territory.override"].search(
                Domain("plan_id", "=", plan.id)
                & Domain("is_expired", "=", False)
                & (Domain("date_end", "=", False) | Domain("date_end", ">=", date))
            )


_SHOWN = ("member_ids", "override_ids", "unmanned_ids", "joining_ids", "leaving_ids")
