"""The screens of a forecast by hand: one statement of ``forecast_sql`` for each."""

from odoo.tools import SQL

from . import forecast_sql as sql
from .forecast_world import NEXT_YEAR, TODAY, YEAR

PAGE = 300


class ByHand:
    """The figures of a world, by one statement each.

    :param world: forecast_world.World
    """

    def __init__(self, world):
        self.world = world
        self.env = world.env

    def _counted(self, first_day, next_day, undated=False, tree="credited", user=None):
        territory, join = SQL("lead.territory_id"), SQL()
        if tree == "today":
            territory = SQL(
                "CASE WHEN won_status = 'won' AND account.territory_id IS NOT NULL"
                " THEN account.territory_id ELSE lead.territory_id END"
            )
            join = SQL(
                "LEFT JOIN (SELECT id, territory_id FROM res_partner) AS account"
                " ON account.id = lead.partner_id"
            )
        counted = SQL(
            sql.COUNTED,
            territory=territory,
            join=join,
            undated=SQL("date_deadline IS NULL") if undated else SQL("FALSE"),
            first_day=first_day,
            next_day=next_day,
            company_id=self.env.company.id,
        )
        if user:
            of_user = "(won_user_id = %s OR won_user_id IS NULL AND user_id = %s)"
            counted = SQL("%s AND %s", counted, SQL(of_user, user.id, user.id))
        return counted

    def _ask(self, query, **parts):
        forecast = self.world.forecast
        return self.env.execute_query(
            SQL(
                query,
                sums=sql.SUMS,
                added_up=sql.ADDED_UP,
                path=sql.PATH,
                figures=sql.ALL_FIGURES,
                forecast_id=forecast.id,
                company_id=forecast.company_id.id,
                **parts,
            )
        )

    def board(self, tree="credited"):
        """Rows (territory id, month or None, FIGURES, undated or None)."""
        days = {"first_day": f"{YEAR}-01-01", "next_day": f"{NEXT_YEAR}-01-01"}
        counted = self._counted(**days, undated=True, tree=tree)
        return self._ask(sql.BOARD, counted=counted, **days)

    def own_targets(self, user):
        """Rows (territory id, its name, FIGURES)."""
        days = {
            "first_day": TODAY.replace(day=1),
            "next_day": TODAY.replace(month=TODAY.month + 1, day=1),
        }
        counted = self._counted(**days, user=user)
        return self._ask(sql.OWN_TARGETS, counted=counted, user_id=user.id, **days)

    def sheet(self):
        """Rows (place, count of rows, territory id, user id or None, month or None,
        amount, parts, mismatch, won last year): of a page; and one without a place for
        each month, with the amount of the topmost territories.
        """
        return self._ask(
            sql.SHEET,
            page=PAGE,
            first_day=f"{NEXT_YEAR}-01-01",
            next_day=f"{NEXT_YEAR + 1}-01-01",
        )

    def paste(self, cells):
        return self._ask(
            sql.PASTE,
            territory_ids=[cell["territory_id"] for cell in cells],
            user_ids=[cell["user_id"] or 0 for cell in cells],
            starts=[cell["date_start"] for cell in cells],
            amounts=[cell["amount"] for cell in cells],
            currency_id=self.world.forecast.currency_id.id,
            uid=self.world.manager.id,
        )

    def attainment(self, name):
        """Rows (which of the two are added up: 0 to 3, first level, second dimension,
        count, target, achieved, achieved rate, closing gap, weighted amount, uncovered
        gap).
        """
        days = {"first_day": f"{YEAR}-01-01", "next_day": f"{NEXT_YEAR}-01-01"}
        _spec, second, sets, target = sql.ATTAINMENTS[name]
        return self._ask(
            sql.ATTAINMENT,
            counted=self._counted(**days),
            second=SQL.identifier(second),
            sets=SQL(sets),
            target=SQL(target, forecast_id=self.world.forecast.id, **days)
            if "%(" in target
            else SQL(target),
            **days,
        )
