"""Random trees, deals and targets: every figure of the board, and of the report on
attainment, against plain Python.

``setup/test oracle --search 5000 -- -k forecast`` draws fresh ones.
"""

from collections import Counter
from datetime import date

import hypothesis

from odoo.tests import TransactionCase, new_test_user, tagged

from .attainment import AttainmentOracle
from .forecast import Oracle
from .forecast_draws import WORLDS
from .forecast_world import ForecastMaker
from .play import QUIET
from .searching import searches

SALESMAN = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"
FIRST, LAST = date(2016, 12, 1), date(2018, 3, 31)
# of an amount; what two ways to round may differ by
CENT = 0.011
RATE = 0.002
OF_FIGURE = {
    "achieved": ("achieved",),
    "commit": ("commit",),
    "best": ("best",),
    "pipeline": ("pipeline",),
    "open": ("commit", "best", "pipeline"),
    "landing": ("achieved", "commit", "best", "pipeline"),
}


# {figure: its aggregate in the report on attainment}
ATTAINED = {
    "target": "target:sum",
    "achieved": "achieved:sum",
    "open": "open_amount:sum",
    "weighted": "weighted_amount:sum",
    "member_target": "member_target:sum",
    "member_achieved": "member_achieved:sum",
}


@tagged("post_install", "-at_install")
class TestForecastOracle(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **QUIET))
        cls.env["crm.territory.plan"].search([]).write({"state": "archived"})
        crowns = cls.env["res.currency"].create(
            {"name": "KRO", "symbol": "kr", "rounding": 0.01}
        )
        north = cls.env["res.company"].create(
            {"name": "North", "currency_id": crowns.id}
        )
        cls.companies = [cls.env.company, north]
        cls.users = [
            new_test_user(cls.env, f"oracle_{n}", SALESMAN) for n in range(4)
        ] + [new_test_user(cls.env, f"oracle_{n}", MANAGER) for n in (4, 5)]
        for user in (*cls.users[:3], cls.users[4]):
            user.company_ids |= north
        stages = cls.env["crm.stage"]
        cls.stages = {
            name: stages.create({"name": name, "forecast_category": name})
            for name in ("pipeline", "best", "commit", "omitted")
        }
        cls.stages["won"] = stages.create({"name": "won", "is_won": True})
        cls.env.flush_all()

    def test_random_worlds(self):
        self.seen = Counter()

        # each is eighteen boards, of six users in three readings
        @searches(20)
        @hypothesis.given(WORLDS)
        def compare(drawn):
            savepoint = self.env.cr.savepoint()
            try:
                self._compare(drawn)
            finally:
                self.env.clear()
                savepoint.close(rollback=True)
                self.env.cr.precommit.clear()
                self.env.registry.clear_all_caches()

        compare()
        print("\nforecast oracle:", dict(self.seen))
        for name in (
            *("rows", "target", "achieved", "open", "partial", "lost", "unplaced"),
            *("undated", "frozen", "won by another"),
            *(f"attained {figure}" for figure in ATTAINED),
        ):
            self.assertGreater(self.seen[name], 5, f"too few examples of {name}")

    def _compare(self, drawn):
        env = self.env
        maker = ForecastMaker(env, self.companies, self.users, self.stages)
        world = maker.make(drawn)
        self.seen["frozen"] += sum(map(len, world.frozen.values()))
        self.seen["won by another"] += sum(
            deal.status == "won" and deal.won_by not in (None, deal.owner)
            for deal in world.deals
        )
        for user in self.users:
            for tree in ("credited", "today", "then"):
                forecast = (
                    maker.forecast.with_user(user)
                    .sudo(False)
                    .with_context(allowed_company_ids=user.company_ids.ids)
                )
                oracle = Oracle(world, user.id, tree)
                self._compare_board(forecast, oracle, tree)
                self._compare_opened(forecast, oracle, tree)
            self._compare_attainment(forecast, AttainmentOracle(world, user.id))

    def _compare_board(self, forecast, oracle, tree):
        board = forecast.get_board(
            {
                "date_from": FIRST.isoformat(),
                "date_to": LAST.isoformat(),
                "tree": tree,
                "members": True,
            }
        )
        starts = oracle.periods(FIRST, LAST)
        self.assertEqual(
            [period["key"] for period in board["periods"]],
            [start.isoformat() for start in starts],
        )
        shown = {(r["territory_id"], r["user_id"] or None): r for r in board["rows"]}
        self.assertEqual(set(shown), set(oracle.rows(starts)), tree)
        for (territory_id, user_id), row in shown.items():
            for start, cell in zip(starts, row["cells"], strict=True):
                expected = oracle.figures(territory_id, user_id, start)
                self._compare_cell(cell, expected, (tree, row["name"], start))
            expected = oracle.total(territory_id, user_id, starts)
            self._compare_cell(row["total"], expected, (tree, row["name"], "total"))
            self.seen["undated"] += bool(expected["undated"])
            if not user_id:
                is_partial = oracle.is_partial(territory_id, starts)
                self.assertEqual(row["is_partial"], is_partial, row["name"])
                self.seen["partial"] += is_partial
            self.seen["rows"] += 1
        for name, expected in (
            ("lost", oracle.lost(starts)),
            ("unplaced", oracle.unplaced(starts)),
        ):
            for figure, value in expected.items():
                self.assertAlmostEqual(board[name][figure], value, delta=CENT, msg=name)
                self.seen[name] += bool(value)

    def _compare_cell(self, cell, expected, where):
        for name, value in expected.items():
            self.seen[name] += bool(value)
            if value is None or isinstance(value, bool) or cell[name] is None:
                self.assertEqual(cell[name], value, (*where, name))
            elif name.endswith("_rate"):
                self.assertAlmostEqual(
                    cell[name], value, delta=RATE, msg=(*where, name)
                )
            elif name == "coverage":
                near = max(RATE, abs(value) * RATE)
                self.assertAlmostEqual(
                    cell[name], value, delta=near, msg=(*where, name)
                )
            else:
                self.assertAlmostEqual(
                    cell[name], value, delta=CENT, msg=(*where, name)
                )

    def _compare_opened(self, forecast, oracle, tree):
        """A click on a figure opens the opportunities that it is made of."""
        starts = oracle.periods(FIRST, LAST)
        for territory_id, user_id in list(oracle.rows(starts))[:1]:
            everything = oracle.entries(starts)
            entries = oracle.entries_in(territory_id, user_id, everything)
            deals = oracle.kept(entries, everything)
            for figure, categories in OF_FIGURE.items():
                action = forecast.get_opportunities_action(
                    {
                        "territory_id": territory_id,
                        "user_id": user_id or False,
                        "date_from": FIRST.isoformat(),
                        "date_to": LAST.isoformat(),
                        "figure": figure,
                        "tree": tree,
                    }
                )
                model = forecast.env[action["res_model"]]
                found = model.with_context(active_test=False).search(action["domain"])
                if model._name != "crm.lead":
                    # the lines of frozen periods, where all are
                    self.seen["opened frozen"] += len(found)
                    self.assertEqual(len(found), len(found.lead_id), (tree, figure))
                    found = found.lead_id
                wanted = {
                    deal.id
                    for _start, _is_frozen, deal in deals
                    if oracle.category_of(deal) in categories
                }
                self.assertEqual(set(found.ids), wanted, (tree, figure))
                self.seen["opened"] += bool(wanted)

    # -- the report on attainment

    def _compare_attainment(self, forecast, oracle):
        """Grouped by each level, credited territory and salesperson, and in total."""
        nodes = oracle.nodes()
        groupings = {
            "territory_id": (nodes, oracle.of_credited),
            "user_id": (list(oracle.world.users), oracle.of_user),
            None: ([None], lambda _id, start: oracle.of_all(start)),
        }
        for level in (1, 2, 3):
            whole = dict.fromkeys(oracle.at_level(level), oracle.of_territory)
            alone = dict.fromkeys(oracle.above_level(level), oracle.of_credited)
            told = {**whole, **alone}
            groupings[f"territory_{level}_id"] = (
                list(told),
                lambda id_, start, told=told: told[id_](id_, start),
            )
        for name, (ids, expected) in groupings.items():
            found = self._attained(forecast, name)
            for start in oracle.periods(FIRST, LAST):
                for id_ in ids:
                    self._compare_group(
                        found.pop((id_, start), {}),
                        expected(id_, start),
                        (name, id_, start),
                    )
            # what has no salesperson
            left = {key for key in found if FIRST <= key[1] <= LAST and key[0]}
            self.assertFalse(left, name)

    def _attained(self, forecast, name):
        """{(id of the group, first day of the period): figures}"""
        report = forecast.env["crm.territory.forecast.attainment"]
        groupby = [name, "date_start:day"] if name else ["date_start:day"]
        groups = report._read_group(
            [("forecast_id", "=", forecast.id)], groupby, list(ATTAINED.values())
        )
        found = {}
        for group in groups:
            figures = group[len(groupby) :]
            key = (group[0].id or None if name else None, group[len(groupby) - 1])
            found[key] = dict(zip(ATTAINED, figures, strict=True))
        return found

    def _compare_group(self, found, expected, where):
        for figure, value in expected.items():
            self.seen[f"attained {figure}"] += bool(value)
            told = found.get(figure, False)
            if figure not in ("target", "member_target") and not value and not told:
                continue  # nothing, or of nobody
            if value is None or told is False:
                self.assertIs(told, False, (*where, figure))
                self.assertIsNone(value, (*where, figure))
            else:
                self.assertAlmostEqual(told, value, delta=CENT, msg=(*where, figure))
