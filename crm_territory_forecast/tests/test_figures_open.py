from datetime import date

from odoo.tests import tagged

from odoo.addons.crm_territory.tests.common import run_everything
from odoo.addons.crm_territory.tests.figure_checks import FigureChecks

from .history_common import HistoryCase

# the figures that are sums: what they count is what opens
FIGURES = ("achieved", "commit", "best", "pipeline", "open", "overdue", "undated")


@tagged("post_install", "-at_install")
class TestFiguresOpen(FigureChecks, HistoryCase):
    """A click on a figure that counts records shows that very number of them."""

    def test_snapshots_of_a_forecast(self):
        self.snapshot("2017-03-20")
        self.snapshot("2017-03-27")
        buttons = self.counted_buttons("crm.territory.forecast")
        self.assertEqual([field for field, *_button in buttons], ["snapshot_count"])
        users = self.mona | self.claire | self.amy
        self.assertFiguresOpen(self.forecast, users, buttons)

    def test_territories_with_forecasts(self):
        buttons = self.counted_buttons("crm.territory")
        fields = {field for field, *_button in buttons}
        self.assertLessEqual({"account_count", "opportunity_count"}, fields)
        buttons = [each for each in buttons if each[0] == "opportunity_count"]
        users = self.mona | self.claire | self.amy
        self.assertFiguresOpen(self.plan.territory_ids, users, buttons)


@tagged("post_install", "-at_install")
class TestBoardOpens(HistoryCase):
    """Behind each figure of the board are as many opportunities as it counts, behind a
    target the targets that it is made of: for who manages one line, in two companies,
    with what is archived, frozen, handed over or of a former plan.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._open_north()
        cls.counted = cls.env["crm.territory.forecast"].create(
            {"name": "Deals", "tz": "UTC", "metric": "count"}
        )
        north = {"company_id": cls.north.id}
        in_north = cls.account("Nord", cls.de, zip="10119", **north)
        cls.won(in_north, 50, "2017-03-20", user_id=cls.amy.id, **north)
        cls.won(cls.pauli, 70, "2017-03-21", user_id=cls.amy.id).active = False
        cls.won(cls.adler, 80, "2017-04-03", user_id=cls.amy.id).user_id = cls.bob
        cls.opened(cls.rivoire, 90, False, user_id=cls.bob.id)
        cls.opened(cls.rivoire, 95, "2017-04-02").active = False
        cls.left = cls.territory(
            "Left", cls.france, areas=[{"country_id": cls.jp.id}], sequence=1
        )
        cls.won(cls.sato, 60, "2017-04-05", user_id=cls.amy.id)
        for user in (None, cls.amy):
            cls.target(cls.germany, 4, user=user, forecast=cls.counted)
        cls.target(cls.germany, 3, "2017-04-01", forecast=cls.counted)
        cls.env.flush_all()

    def assertOpens(self, user, companies, **options):
        """Each figure of each row, in each period and in total."""
        context = {"allowed_company_ids": companies.ids}
        forecast = self.counted.with_user(user).with_context(**context)
        options = {
            "date_from": "2017-03-01",
            "date_to": "2017-05-31",
            "members": True,
            **options,
        }
        board = forecast.get_board(options)
        shown = 0
        for row in board["rows"]:
            months = [(p["date_start"], p["date_end"]) for p in board["periods"]]
            whole = (options["date_from"], options["date_to"])
            for (first, last), cell in zip(
                [*months, whole], [*row["cells"], row["total"]], strict=True
            ):
                figure_options = {
                    **options,
                    "territory_id": row["territory_id"],
                    "user_id": row["user_id"],
                    "date_from": first,
                    "date_to": last,
                }
                for figure in FIGURES:
                    if figure in cell:
                        action = forecast.get_opportunities_action(
                            {**figure_options, "figure": figure}
                        )
                        opened = forecast.env[action["res_model"]]
                        opened = opened.with_context(active_test=False)
                        count = opened.search_count(action["domain"])
                        where = (row["name"], first, last, figure)
                        self.assertEqual(count, cell[figure], where)
                        shown += count
                action = forecast.get_targets_action(figure_options)
                targets = forecast.env[action["res_model"]].with_context(
                    **action["context"]
                )
                target = sum(targets.search(action["domain"]).mapped("amount"))
                self.assertEqual(target, cell["target"] or 0, (row["name"], first))
        return shown

    def test_each_figure(self):
        """Each user in each choice of companies; in each tree by turns."""
        companies = self.env.companies
        for turn, user in enumerate((self.mona, self.claire, self.amy)):
            for chosen in (companies[:1], companies[1:], companies):
                tree = ("credited", "today", "then")[turn % 3]
                turn += 1
                with self.subTest(user=user.login, chosen=chosen, tree=tree):
                    chosen &= user.sudo().company_ids
                    if chosen & self.counted.company_id:
                        shown = self.assertOpens(user, chosen, tree=tree)
                        self.assertGreater(shown, 10)

    def test_of_archived_territories_former_plans_and_frozen_periods(self):
        self.left.active = False
        with self.on("2017-05-01"):
            self.counted._freeze(date(2017, 3, 1))
        self.best.date_deadline = "2017-04-07"
        new = self.plan.copy()
        by_name = {territory.name: territory for territory in new.territory_ids}
        by_name["Germany"].write({"name": "DACH", "parent_id": by_name["France"].id})
        self.plan.action_archive_plan()
        new.action_activate()
        run_everything(new)
        companies = self.env.companies
        for user in (self.mona, self.claire, self.amy):
            for tree in ("credited", "today", "then"):
                with self.subTest(user=user.login, tree=tree):
                    chosen = companies & user.sudo().company_ids
                    self.assertGreater(self.assertOpens(user, chosen, tree=tree), 10)

    def test_where_all_periods_are_frozen(self):
        """One that slipped is in two of them; a total counts it in the later one."""
        with self.on("2017-05-01"):
            self.counted._freeze(date(2017, 3, 1))
        self.best.date_deadline = "2017-04-07"
        with self.on("2017-06-10"):
            for month in (4, 5):
                self.counted._freeze(date(2017, month, 1))
        chosen = self.env.companies & self.claire.sudo().company_ids
        for tree in ("credited", "today", "then"):
            with self.subTest(tree=tree):
                shown = self.assertOpens(self.claire, chosen, tree=tree)
                self.assertGreater(shown, 10)
