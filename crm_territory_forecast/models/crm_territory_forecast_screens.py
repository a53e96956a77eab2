from odoo import api, fields, models
from odoo.exceptions import UserError

from ..board.board import Board
from ..board.opened import Opened
from ..board.opportunities import Opportunities
from ..board.rights import Rights
from ..board.running import RunningPeriod
from ..board.sheet import Sheet
from ..board.stars import StarPerformers
from ..board.target_writer import TargetWriter
from ..board.targets import Targets
from ..board.trees import Trees
from ..options import (
    checked_amount,
    checked_options,
    checked_start,
    known_day,
    periods_of,
    reading_of,
)

_ORIGINS = ("typed", "pasted", "imported", "copied", "spread")


class CrmTerritoryForecast(models.Model):
    """What clients ask a forecast for. Each builds an object of ``board/``."""

    _inherit = "crm.territory.forecast"

    @api.model
    @api.readonly
    def get_frame(self):
        """The forecasts that the user may choose from."""
        return {
            "forecasts": [forecast._for_client() for forecast in self.search([])],
            "default_id": self._default_forecast().id,
            "today": fields.Date.to_string(fields.Date.context_today(self)),
        }

    def _for_client(self):
        """id, name, period, fiscal_month, is_monetary, currency_id, company_id, digits
        (that amounts are rounded to), metric_label, can_manage (sets everything).
        """
        return {
            "id": self.id,
            "name": self.name,
            "period": self.period,
            "fiscal_month": int(self.fiscal_month),
            "is_monetary": self.is_monetary,
            "currency_id": self.currency_id.id,
            "company_id": self.company_id.id,
            "digits": self._digits(),
            "metric_label": self._metric_label(),
            "can_manage": Rights(self.env).sets_everything,
        }

    def _metric_label(self):
        if self.metric == "count":
            return self.env._("Opportunities")
        field = self.env["crm.lead"]._fields.get(self.metric_field_name)
        if field is None:
            return self.metric_field_name
        return field._description_string(self.env)

    # -- board

    @api.readonly
    def get_board(self, options):
        """The board's rows and figures: see ``Board.for_client``.

        :param options: date_from, date_to, tree (see ``options.reading_of``),
            territory_id (the one to show with all below, or False), members (whether to
            show them)
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        return Board(
            self,
            periods_of(self, options),
            reading_of(self.env, options),
            territory_id=options.get("territory_id"),
            with_members=options.get("members"),
        ).for_client()

    @api.readonly
    def get_opportunities_action(self, options):
        """An action whose domain gives exactly the opportunities of a figure.

        :param options: territory_id (or several: territory_ids), user_id, date_from,
            date_to, figure (see ``board.opened.CATEGORIES_OF``), tree
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        return Opened(
            Opportunities(Trees(self), reading_of(self.env, options)),
            options.get("figure"),
            periods_of(self, options),
            options.get("territory_ids") or [options.get("territory_id")],
            options.get("user_id"),
        ).action()

    @api.readonly
    def get_targets_action(self, options):
        """An action whose domain gives exactly the targets that one of the board is
        made of, also those of former plans.

        :param options: territory_id, user_id, date_from, date_to, tree
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        opportunities = Opportunities(Trees(self), reading_of(self.env, options))
        row = (options.get("territory_id"), options.get("user_id") or None)
        ids = Targets(opportunities).ids_of(row, periods_of(self, options))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory_forecast.crm_territory_forecast_target_action"
        )
        # those of archived territories show too
        context = {"active_test": False}
        return dict(action, domain=[("id", "in", ids)], context=context)

    @api.readonly
    def get_star_performers(self, options):
        """Members, ranked by the part of the target that they achieved: see
        ``StarPerformers.for_client``.

        :param options: date_from, date_to, tree, territory_id (with all below, or
            False), by: *territory* (a row for each territory of a member) or *user*
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        return StarPerformers(
            self,
            periods_of(self, options),
            reading_of(self.env, options),
            territory_id=options.get("territory_id"),
            by_user=options.get("by") == "user",
        ).for_client()

    @api.model
    @api.readonly
    def get_own_targets(self):
        """What the user is to achieve in the running period, and has: see
        ``RunningPeriod.own_targets``.
        """
        forecast = self._default_forecast()._with_fields()
        return RunningPeriod(forecast).own_targets() if forecast else {"rows": []}

    # -- targets and calls

    @api.readonly
    def get_sheet(self, options):
        """A page of the sheet, in today's tree: see ``Sheet.page``.

        :param options: year (a day of the fiscal year; False: today's), territory_id
            (the one to show with all below, or False), offset, limit
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        day = known_day(self.env, options.get("year")) or self._today()
        sheet = Sheet(self, day, options.get("territory_id"))
        return sheet.page(options.get("offset") or 0, options.get("limit"))

    def set_targets(self, values, origin="typed"):
        """Set targets, or unset those whose amount is None: all of them or none.

        :param values: list of territory_id, user_id, date_start, amount
        :param origin: how it was done, for the log
        :return: the number of targets that changed
        """
        self.ensure_one()
        if origin not in _ORIGINS:
            raise UserError(self.env._("“%s” is no way to set a target.", origin))
        self.check_access("read")
        return TargetWriter(self, origin).set(values)

    def set_call(self, values):
        """Write or take back the user's call of this week.

        :param values: territory_id, user_id, date_start, amount (None: take back), note
        """
        self.ensure_one()
        values = checked_options(self.env, values)
        calls = self.env["crm.territory.forecast.call"]
        territory_id = values.get("territory_id")
        user_id = values.get("user_id") or False
        TargetWriter(self, "typed").check_row(territory_id, user_id)
        key = {
            "forecast_id": self.id,
            "territory_id": territory_id,
            "user_id": user_id,
            "date_start": checked_start(self, values.get("date_start")),
            "week": calls._this_week(),
        }
        amount = values.get("amount")
        if amount is not None:
            amount = checked_amount(self.env, amount)
        return calls._set(key, amount, values.get("note") or False)
