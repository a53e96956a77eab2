from odoo import fields

from ..engine import periods as engine_periods
from ..engine import rows as engine_rows
from ..engine.figures import added
from .board import Board, periods_for_client
from .period_sums import PeriodSums

_PAGE = 300


class Sheet:
    """The targets of a whole tree and fiscal year, as one user sees and sets them.

    Reads the rows of a board, and of a page the targets and what was won in the year
    before, by at most fifteen queries. Answers a page of it as the client gets it.

    :param day: of the fiscal year
    :param territory_id: the one to show with all below it; None: all
    """

    def __init__(self, forecast, day, territory_id=None):
        self.forecast = forecast
        self.year = engine_periods.fiscal_year(day, int(forecast.fiscal_month))
        self.periods = forecast._periods_between(self.year.start, self.year.end)
        self.board = Board(
            forecast,
            self.periods,
            territory_id=territory_id,
            with_members=True,
            with_calls=False,
            with_targets=False,
        )

    def _set_targets_of(self, page):
        """Read the targets of the rows of the page, of their parts and of the topmost
        territories. At most 4 queries.
        """
        shown = {row.territory_id for row in page}
        below = (
            node.id
            for node, parent in engine_rows.depth_first(self.board.nodes)
            if parent and parent.id in shown
        )
        topmost = (row.territory_id for row in self._roots())
        ids = shown.union(below, topmost)
        self.targets, _lost = self.board.target_reader.of(self.periods, ids)
        self.parts = self.board.parts_of(self.targets)

    def _won_last_year(self, page):
        """Sums by row, of the periods one year before: only what was won in the rows of
        the page and below. At most 4 queries.
        """
        opportunities = self.board.opportunities
        shown = {row.territory_id for row in page}
        below = [n.id for n in self.board.nodes if not shown.isdisjoint(n.path)]
        people = {}
        for row in page:
            if row.user_id:
                people.setdefault(row.territory_id, []).append(row.user_id)
        summed = PeriodSums(
            opportunities,
            engine_periods.year_before(self.periods, self.forecast.period),
            people,
            domain=opportunities.counting.of_categories(["won"])
            & opportunities.at_most(below),
        )
        return self.board.rolled_up(summed.sums)

    def page(self, offset=0, limit=None):
        """A page of the sheet as the client gets it:

        - forecast: see ``crm.territory.forecast._for_client``
        - year: date_start, date_end, label
        - periods: see ``periods_for_client``
        - rows: of ``engine.rows.Row.for_client``, with *cells* (amount or None, parts,
          mismatch, can_edit, last_year_won) and *total* (the same without can_edit)
        - total: cells with the amount of the topmost territories
        - count: of rows, also of those not in the page
        - introduction: see ``Plans.introduction_for_client``
        """
        rows = self.board.rows
        page = rows[offset : offset + (limit or _PAGE)]
        self._set_targets_of(page)
        won = self._won_last_year(page)
        frozen = self.board.opportunities.frozen
        return {
            "forecast": self.forecast._for_client(),
            "year": {
                "date_start": fields.Date.to_string(self.year.start),
                "date_end": fields.Date.to_string(self.year.end),
                "label": engine_periods.label_of_year(self.year.start),
            },
            "periods": periods_for_client(self.forecast, self.periods, frozen),
            "rows": [dict(row.for_client(), **self._of_row(row, won)) for row in page],
            "total": {"cells": self._totals()},
            "count": len(rows),
            "introduction": self.board.trees.plans.introduction_for_client(),
        }

    def _roots(self):
        return [row for row in self.board.rows if not row.parent and not row.user_id]

    def _totals(self):
        ids = [row.territory_id for row in self._roots()]
        return [
            {
                "amount": added(
                    self.targets.get((id_, None, period.start)) for id_ in ids
                )
            }
            for period in self.periods
        ]

    def _of_row(self, row, won_last_year):
        cells = [
            self._cell(row, number, period, won_last_year)
            for number, period in enumerate(self.periods)
        ]
        total = {
            name: added(cell[name] for cell in cells)
            for name in ("amount", "parts", "mismatch")
        }
        won = won_last_year.total((row.territory_id, row.user_id))[0]
        total["last_year_won"] = round(won, self.board.digits)
        return {"cells": cells, "total": total}

    def _cell(self, row, number, period, won_last_year):
        key = (row.territory_id, row.user_id)
        amount = self.targets.get((*key, period.start))
        parts = None
        if not row.user_id:
            parts = self.parts.get((row.territory_id, period.start))
        differs = amount is not None and parts is not None
        won = won_last_year.of_period(key, number)[0]
        return {
            "amount": amount,
            "parts": parts if parts is None else round(parts, 2),
            "mismatch": round(amount - parts, 2) if differs else None,
            "can_edit": row.can_edit
            and period.start not in self.board.opportunities.frozen,
            "last_year_won": round(won, self.board.digits),
        }
