from .history_common import HistoryCase

MARCH = [("date_start", "=", "2017-03-01")]
# {measure: aggregator} of the report, by the names of the board's figures
MEASURES = {
    "target": "target:sum",
    "achieved": "achieved:sum",
    "commit": "commit:sum",
    "best": "best:sum",
    "pipeline": "pipeline:sum",
    "open": "open_amount:sum",
    "weighted": "weighted_amount:sum",
    "landing": "landing:sum",
    "achieved_rate": "achieved_rate:avg",
    "shortage_rate": "shortage_rate:avg",
    "closing_gap": "closing_gap:sum",
    "uncovered_gap": "uncovered_gap:sum",
    "coverage": "coverage:avg",
}
# of these, the ones that need no target
OUTCOME = ("achieved", "commit", "best", "pipeline", "open", "weighted", "landing")
MEMBERS = ("member_target:sum", "member_achieved:sum", "member_achieved_rate:avg")


class AttainmentCase(HistoryCase):
    """The world of ``ForecastCase`` with the report on it."""

    def report(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["crm.territory.forecast.attainment"]
        return report.with_user(user or self.mona)

    def rows(self, user=None, domain=()):
        return self.report(user).search(
            [("forecast_id", "=", self.forecast.id), *domain]
        )

    def groups(self, *groupby, user=None, domain=(), aggregates=("target:sum",)):
        """{name of the group: its figure}; several figures or names as tuples."""
        found = self.report(user).formatted_read_group(
            [("forecast_id", "=", self.forecast.id), *domain], groupby, aggregates
        )

        def one(values):
            return values[0] if len(values) == 1 else tuple(values)

        return {
            one([group[spec] and group[spec][1] for spec in groupby] or [""]): one(
                [group[spec] for spec in aggregates]
            )
            for group in found
        }

    def total(self, user=None, domain=(), **options):
        return self.groups(user=user, domain=domain, **options).get("")

    def of_territory(self, territory, user=None, domain=()):
        """The figures of a territory with all below it, as the board calls them."""
        found = self.report(user).formatted_read_group(
            [
                ("forecast_id", "=", self.forecast.id),
                ("territory_id", "child_of", territory.id),
                *domain,
            ],
            [],
            list(MEASURES.values()),
        )
        return {name: found[0][spec] for name, spec in MEASURES.items()}

    def assertAsBoard(self, user=None, **options):
        """Each row of the board is what the report says of the territory, by
        period, and what came of it in total. Where the board has no target of its own,
        the report has those of the topmost territories below.
        """
        board = self.board(user, members=False, **options)
        self.assertTrue(board["rows"])
        all_periods = [
            ("date_start", ">=", "2017-03-01"),
            ("date_start", "<=", "2017-05-31"),
        ]
        for row in board["rows"]:
            territory = self.env["crm.territory"].browse(row["territory_id"])
            for period, cell in zip(board["periods"], row["cells"], strict=True):
                domain = [("date_start", "=", period["key"])]
                names = MEASURES if cell["is_target_set"] else OUTCOME
                self._assert_as_cell(territory, user, domain, cell, names)
            self._assert_as_cell(territory, user, all_periods, row["total"], OUTCOME)

    def _assert_as_cell(self, territory, user, domain, cell, names):
        found = self.of_territory(territory, user, domain)
        for name in names:
            where = (territory.name, domain, name)
            if cell[name] is None:
                self.assertIs(found[name], False, where)
            else:
                self.assertAlmostEqual(found[name] or 0, cell[name], msg=where)
