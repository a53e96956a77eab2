from odoo import api, models

from ..engine import periods as engine_periods
from ..engine.figures import SUMMED, WIDTH, added, rank
from ..options import checked_options

_WON = SUMMED.index("achieved")


class CrmTerritoryForecastStarsMixin(models.AbstractModel):
    """Star performers: members by what they achieved of their targets."""

    _name = "crm.territory.forecast.stars.mixin"
    _description = "Star Performers of a Forecast"
    _inherit = ["crm.territory.forecast.board.mixin"]

    @api.readonly
    def get_star_performers(self, options):
        """Members, ranked by the part of the target that they achieved.

        Who has no target has no rank, and comes last.

        :param options: date_from, date_to, tree, territory_id (with all below, or
            False), by: *territory* (a row for each territory of a member) or *user*
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        now = self._periods_of(options)
        before = self._periods_before(now)
        board = self._board(
            before + now,
            self._reading_of(options),
            territory_id=options.get("territory_id"),
            with_members=True,
        )
        members = [row for row in board.rows if row.user_id]
        by_user = options.get("by") == "user"
        groups = {}
        for row in members:
            groups.setdefault(row.user_id if by_user else row.key, []).append(row)
        nodes = {node.id: node for node in self._nodes_ever()}
        found = [
            self._performance(board, group, len(before), by_user, nodes)
            for group in groups.values()
        ]
        users = self.env["res.users"].sudo().browse({row["user_id"] for row in found})
        names = {user.id: user.name for user in users}
        for row in found:
            row["name"] = names[row["user_id"]]
        self._set_ranks(found)
        found.sort(
            key=lambda row: (
                not row["has_target"],
                row["rank"] or 0,
                -row["amount"],
                row["name"],
                row["territory"],
            )
        )
        return {"forecast": self._for_client(), "rows": found}

    def _periods_before(self, now):
        """As many periods, just before."""
        count = len(now)
        months = engine_periods.MONTHS[self.period] * count
        return self._periods_between(
            engine_periods.shift(now[0].start, -months),
            engine_periods.end_of(
                engine_periods.shift(now[-1].start, -months), self.period
            ),
        )

    def _performance(self, board, group, count_before, by_user, nodes):
        """What the rows of one member come to, over the periods and those before."""
        rows_now = rows_before = group
        if by_user:
            starts = [period.start for period in board.periods]
            rows_before = self._rows_that_count(
                board, group, starts[:count_before], nodes
            )
            rows_now = self._rows_that_count(board, group, starts[count_before:], nodes)
        target, achieved = self._outcome(board, rows_now, count_before, None)
        previous = self._outcome(board, rows_before, 0, count_before)
        rate, previous_rate = _rate(target, achieved), _rate(*previous)
        first = group[0]
        has_trend = rate is not None and previous_rate is not None
        return {
            "rank": None,
            "is_tied": False,
            "user_id": first.user_id,
            "name": "",
            "territory_id": False if by_user else first.territory_id,
            "territory_ids": [row.territory_id for row in rows_now],
            "territory": "" if by_user else nodes[first.territory_id].complete_name,
            "target": target,
            "achieved": achieved,
            "achieved_rate": rate,
            "amount": achieved,
            "previous_rate": previous_rate,
            "trend": rate - previous_rate if has_trend else None,
            "is_star": bool(target) and achieved >= target,
            "has_target": bool(target),
        }

    def _rows_that_count(self, board, group, starts, nodes):
        """Of a member's territories those that have targets, without those below
        another one: what is achieved there is in that one's figures already.
        """
        with_target = [
            row
            for row in group
            if any(
                (row.territory_id, row.user_id, start) in board.targets
                for start in starts
            )
        ]
        candidates = with_target or group
        ids = {row.territory_id for row in candidates}
        return [
            row
            for row in candidates
            if ids.isdisjoint(nodes[row.territory_id].path[:-1])
        ]

    def _outcome(self, board, group, first, last):
        """(target or None, achieved) of rows over some of the periods."""
        periods = board.periods[first:last]
        target = added(
            board.targets.get((row.territory_id, row.user_id, period.start))
            for row in group
            for period in periods
        )
        places = slice(first * WIDTH + _WON, last and last * WIDTH, WIDTH)
        achieved = sum(
            sum(board.sums.of((row.territory_id, row.user_id))[places]) for row in group
        )
        digits = self._digits()
        return (
            target if target is None else round(target, digits),
            round(achieved, digits),
        )

    def _set_ranks(self, found):
        ranked = [row for row in found if row["has_target"]]
        places = rank([row["achieved_rate"] for row in ranked])
        for row, place in zip(ranked, places, strict=True):
            row["rank"] = place
            row["is_tied"] = places.count(place) > 1


def _rate(target, achieved):
    """The part of the target that is achieved; None without a target."""
    return achieved / target if target else None
