from ..engine import periods as engine_periods
from ..engine.figures import SUMMED, added, rank
from .board import Board

_WON = SUMMED.index("achieved")


class StarPerformers:
    """Members, ranked by the part of the target that they achieved.

    Reads a board with members over the periods asked for and as many before them.
    Answers rows as the client gets them. Who has no target has no rank, and comes
    last. Used by the client.

    :param periods: in order, without a gap
    :param by_user: a row for each user over all territories; else for each territory
        of a member
    """

    def __init__(
        self, forecast, periods, reading="credited", territory_id=None, by_user=False
    ):
        self.forecast = forecast
        self.env = forecast.env
        self.by_user = by_user
        before = self._periods_before(periods)
        self._count_before = len(before)
        self.board = Board(
            forecast,
            before + periods,
            reading,
            territory_id=territory_id,
            with_members=True,
            with_calls=False,
        )
        self._nodes = {node.id: node for node in self.board.trees.ever}

    def _periods_before(self, periods):
        """As many periods, just before."""
        kind = self.forecast.period
        months = engine_periods.MONTHS[kind] * len(periods)
        last = engine_periods.shift(periods[-1].start, -months)
        return self.forecast._periods_between(
            engine_periods.shift(periods[0].start, -months),
            engine_periods.end_of(last, kind),
        )

    def for_client(self):
        """What the client gets: forecast (see ``crm.territory.forecast._for_client``)
        and rows (see ``_performance``), ranked.
        """
        groups = {}
        for row in self.board.rows:
            if row.user_id:
                group = row.user_id if self.by_user else row.key
                groups.setdefault(group, []).append(row)
        found = [self._performance(group) for group in groups.values()]
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
        return {"forecast": self.forecast._for_client(), "rows": found}

    def _performance(self, group):
        """What the rows of one member come to, over the periods and those before.

        :return: rank (None without a target), is_tied, user_id, name, territory_id and
            territory (none over all), territory_ids (what counts), target and achieved
            (amounts), achieved_rate and previous_rate (parts of 1, or None), trend (the
            difference of these), amount (achieved), is_star (met the target),
            has_target
        """
        periods = self.board.periods
        rows = rows_before = group
        if self.by_user:
            rows_before = self._rows_that_count(group, periods[: self._count_before])
            rows = self._rows_that_count(group, periods[self._count_before :])
        target, achieved = self._outcome(rows, self._count_before, len(periods))
        previous = self._outcome(rows_before, 0, self._count_before)
        rate, previous_rate = _rate(target, achieved), _rate(*previous)
        first = group[0]
        has_trend = rate is not None and previous_rate is not None
        return {
            "rank": None,
            "is_tied": False,
            "user_id": first.user_id,
            "name": "",
            "territory_id": False if self.by_user else first.territory_id,
            "territory_ids": [row.territory_id for row in rows],
            "territory": ""
            if self.by_user
            else self._nodes[first.territory_id].complete_name,
            "target": target,
            "achieved": achieved,
            "achieved_rate": rate,
            "amount": achieved,
            "previous_rate": previous_rate,
            "trend": rate - previous_rate if has_trend else None,
            "is_star": bool(target) and achieved >= target,
            "has_target": bool(target),
        }

    def _rows_that_count(self, group, periods):
        """Of a member's territories those that have targets, without those below
        another one: what is achieved there is in that one's figures already.
        """
        with_target = [
            row
            for row in group
            if any(
                (row.territory_id, row.user_id, period.start) in self.board.targets
                for period in periods
            )
        ]
        candidates = with_target or group
        ids = {row.territory_id for row in candidates}
        return [
            row
            for row in candidates
            if ids.isdisjoint(self._nodes[row.territory_id].path[:-1])
        ]

    def _outcome(self, group, first, last):
        """(target or None, achieved) of rows over the periods from one number to before
        another one.
        """
        target = added(
            self.board.targets.get((row.territory_id, row.user_id, period.start))
            for row in group
            for period in self.board.periods[first:last]
        )
        achieved = sum(
            self.board.sums.total((row.territory_id, row.user_id), first, last)[_WON]
            for row in group
        )
        digits = self.forecast._digits()
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
