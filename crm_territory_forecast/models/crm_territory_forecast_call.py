from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import date_utils

from ..engine import periods


class CrmTerritoryForecastCall(models.Model):
    """A manager's own judgement of a period, beside the computed figures.

    One for each week: what was said in earlier weeks is kept.
    """

    _name = "crm.territory.forecast.call"
    _description = "Call"
    _inherit = ["crm.territory.forecast.mixin"]
    _order = "week desc, date_start desc, territory_id, user_id, id"

    week = fields.Date(
        required=True,
        default=lambda self: self._this_week(),
        help="The Monday of the week in which it was said.",
    )
    amount = fields.Float(required=True, digits=(16, 2))
    note = fields.Char()
    author_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )

    _one_row = models.UniqueIndex(
        "(forecast_id, territory_id, COALESCE(user_id, 0), date_start, week)",
        "There is a call of this week already: change it instead.",
    )
    _forecast_period_idx = models.Index("(forecast_id, date_start)")
    _amount_range = models.Constraint(
        "CHECK (amount >= 0 AND amount < 1e14)",
        "A call is an amount of 0 or more, below 100,000,000,000,000.",
    )

    @api.model
    def _this_week(self):
        return date_utils.start_of(fields.Date.context_today(self), "week")

    @api.constrains("forecast_id", "date_start")
    def _check_date_start(self):
        for call in self:
            call.forecast_id._check_period_start(call.date_start)

    @api.constrains("week")
    def _check_week(self):
        for call in self:
            if call.week.weekday():
                raise ValidationError(
                    self.env._("The week of a call is told by its Monday.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Nobody speaks in the name of somebody else."""
        speaking = self
        if not self.env.su:
            self._check_engine_fields(set().union(*vals_list))
            vals_list = [dict(vals, author_id=self.env.uid) for vals in vals_list]
            speaking = self._as_engine("author_id")
        calls = super(CrmTerritoryForecastCall, speaking).create(vals_list)
        calls = calls.with_env(self.env)
        calls._check_is_of_now()
        return calls

    def write(self, vals):
        self._check_is_of_now()
        if not self.env.su:
            self._check_engine_fields(vals)
            vals = dict(vals, author_id=self.env.uid)
            self = self._as_engine("author_id")
        result = super().write(vals)
        self._check_is_of_now()
        return result

    @api.ondelete(at_uninstall=False)
    def _check_is_of_now(self):
        """What was said in earlier weeks, or of what is over, stays said; sales
        managers correct it. Of a frozen period nobody does.
        """
        if self.env.su:
            return
        self._check_not_frozen()
        if self.env.user.has_group("sales_team.group_sale_manager"):
            return
        for forecast, calls in self.grouped("forecast_id").items():
            today = forecast._today()
            for call in calls:
                if periods.end_of(call.date_start, forecast.period) < today:
                    raise UserError(
                        self.env._(
                            "%s is closed: a call is of what is still to come.",
                            forecast._period_label(call.date_start),
                        )
                    )
        week = self._this_week()
        if self.filtered(lambda call: call.week != week):
            raise UserError(
                self.env._(
                    "A call is of the week in which it is made: those of other weeks"
                    " stay as they are."
                )
            )

    @api.model
    def _set(self, key, amount, note):
        """Write the call of a row, period and week, or take it back.

        :param key: {forecast_id, territory_id, user_id, date_start, week}
        :param amount: None: take it back
        :return: what the client is told of it, or False
        """
        found = self.search([(name, "=", value) for name, value in key.items()])
        if amount is None:
            found.unlink()
            return False
        written = {"amount": amount, "note": note}
        if found:
            found.write(written)
        else:
            found = self.create({**key, **written})
        return found._for_client()

    def _for_client(self):
        self.ensure_one()
        return {
            "amount": self.amount,
            "note": self.note or "",
            "week": fields.Date.to_string(self.week),
            "author": self.author_id.name,
        }
