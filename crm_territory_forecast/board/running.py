from ..engine import periods
from .board import Board


class RunningPeriod:
    """What CRM's own views show of a forecast: how its running period stands.

    Reads a board of that period. Answers the figures of territories, and of the user's
    own targets. Used by the cards of territories, the strip above the pipeline, the
    weekly mail and the alerts.
    """

    def __init__(self, forecast):
        self.forecast = forecast
        self.env = forecast.env
        start = periods.start_of(
            forecast._today(), forecast.period, int(forecast.fiscal_month)
        )
        self.period = periods.Period(start, periods.end_of(start, forecast.period))

    @property
    def label(self):
        return self.forecast._period_label(self.period.start)

    def territories(self):
        """[(Row, figures as of ``engine.figures.figures``)] of the territories that the
        user sees, depth first.
        """
        board = Board(self.forecast, [self.period], with_calls=False)
        return [(row, board.cells(row)[0][0]) for row in board.rows]

    def own_targets(self):
        """What the user is to achieve, and has, by territory.

        :return: {label, currency_id, is_monetary, rows: [figures, with territory_id and
            name]}; without a target {rows: []}
        """
        board = Board(
            self.forecast, [self.period], with_calls=False, only_user_id=self.env.uid
        )
        if not board.targets:
            return {"rows": []}
        found = [(row, board.cells(row)[0][0]) for row in board.rows]
        found = [(row, cell) for row, cell in found if cell["is_target_set"]]
        territories = self.env["crm.territory"].browse(
            r.territory_id for r, _c in found
        )
        return {
            "label": self.label,
            "is_monetary": self.forecast.is_monetary,
            "currency_id": self.forecast.currency_id.id,
            "rows": [
                dict(cell, territory_id=territory.id, name=territory.name)
                for (_row, cell), territory in zip(
                    found, territories.sudo(), strict=True
                )
            ],
        }
