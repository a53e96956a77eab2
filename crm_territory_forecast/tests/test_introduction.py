from datetime import date

from odoo.tests import tagged

from odoo.addons.crm_territory.runs.work import Worker

from ..board.messages import Manager
from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestIntroduction(ForecastCase):
    """While a plan is being introduced, boards show the figures of the plan before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target(cls.germany, 700)
        cls.next_year = cls.plan.copy({"name": "Next year"})
        cls.new = {
            territory.name: territory for territory in cls.next_year.territory_ids
        }
        # what was in Germany is in a territory that the plan before does not know
        cls.new["Germany"].area_ids.unlink()
        cls.south = cls.territory(
            "South",
            cls.new["Europe"],
            areas=[{"country_id": cls.de.id}],
            plan=cls.next_year,
        )
        cls.env.flush_all()

    def introduce(self, include_closed=False):
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        if include_closed:  # of a run that was started nobody changes it
            self.env.cr.execute(
                "UPDATE crm_territory_run SET include_closed = TRUE WHERE id = %s",
                [run.id],
            )
            run.invalidate_recordset()
        run.sudo().batch_ids.unlink()
        run.batch_size = 2
        run.flush_recordset()
        self.env["crm.territory.run.batch"].sudo()._cut(run)
        return run

    def figures(self, **options):
        board = self.board(**options)
        told = board.pop("introduction")
        return board, told

    def test_board(self):
        before, told = self.figures()
        self.assertFalse(told)
        run = self.introduce()
        steps = 0
        while run.state == "running":
            found, told = self.figures()
            self.assertEqual(found, before)
            self.assertEqual(
                told,
                {
                    "plan": "Next year",
                    "before": "World",
                    "progress": int(run.progress),
                    "done": run.seen_count,
                    "total": run.total_count,
                },
            )
            Worker(run).do_batch()
            self.env.invalidate_all()
            steps += 1
        self.assertGreater(steps, 4)
        after, told = self.figures()
        self.assertFalse(told)
        self.assertIsNone(self.row(after, self.germany))
        row = self.row(after, self.south)
        self.assertFigures(row["cells"][1], commit=500.0)

    def test_how_many_records_there_are_is_for_planners(self):
        self.introduce()
        told = self.board(self.claire)["introduction"]
        self.assertEqual((told["progress"], told["done"], told["total"]), (0, 0, 0))

    def listed(self, tree="credited", date_to="2017-05-31"):
        """{(key of a row of the board, figure): the amounts that open behind what is
        open, and behind what it achieved}.
        """
        options = {
            "date_from": "2017-03-01",
            "date_to": date_to,
            "members": True,
            "tree": tree,
        }
        found = {}
        for row in self.forecast.get_board(options)["rows"]:
            for figure in ("open", "achieved"):
                action = self.forecast.get_opportunities_action(
                    {
                        **options,
                        "figure": figure,
                        "territory_id": row["territory_id"],
                        "user_id": row["user_id"],
                    }
                )
                opened = self.env[action["res_model"]].with_context(active_test=False)
                is_frozen = opened._name != "crm.lead"
                amounts = "amount" if is_frozen else "expected_revenue"
                amount = sum(opened.search(action["domain"]).mapped(amounts))
                self.assertEqual(amount, row["total"][figure], (row["name"], figure))
                found[row["key"], figure] = amount
        return found

    def test_a_click_opens_what_the_figure_holds(self):
        """Also if the run takes closed opportunities along; in each reading."""
        before = {tree: self.listed(tree) for tree in ("credited", "today", "then")}
        self.assertEqual(before["credited"][f"t{self.germany.id}", "open"], 700.0)
        del before["then"]
        run = self.introduce(include_closed=True)
        while run.state == "running":
            for tree, found in before.items():
                self.assertEqual(self.listed(tree), found, tree)
            self.listed("then")
            Worker(run).do_batch()
            self.env.invalidate_all()
        self.assertEqual(self.commit.territory_id, self.south)
        found = self.listed()
        self.assertEqual(found[f"t{self.south.id}", "open"], 500.0)

    def test_a_click_on_what_is_frozen(self):
        self.forecast._freeze(date(2017, 3, 1))
        march = {"date_to": "2017-03-31"}
        self.adler.zip = "10117"  # in another territory than where it closed
        before = {tree: self.listed(tree, **march) for tree in ("credited", "today")}
        self.assertEqual(before["credited"][f"t{self.germany.id}", "achieved"], 1000.0)
        self.assertEqual(before["today"][f"t{self.berlin.id}", "achieved"], 1000.0)
        all_of_it = {tree: self.listed(tree) for tree in before}
        run = self.introduce(include_closed=True)
        while run.state == "running":
            for tree, found in before.items():
                self.assertEqual(self.listed(tree, **march), found, tree)
                self.assertEqual(self.listed(tree), all_of_it[tree], tree)
            Worker(run).do_batch()
            self.env.invalidate_all()

    def test_what_comes_meanwhile_is_where_it_is_found_again(self):
        """Or nowhere, as France is in both plans and South is not."""
        run = self.introduce()
        while (
            self.adler.territory_id != self.south
            or self.rivoire.territory_id != self.new["France"]
        ):
            Worker(run).do_batch()
        self.opened(self.rivoire, 50, "2017-04-20")
        self.opened(self.adler, 40, "2017-04-20")
        found = self.listed()
        self.assertEqual(found[f"t{self.france.id}", "open"], 150.0)
        self.assertEqual(found[f"t{self.germany.id}", "open"], 700.0)
        self.assertEqual(self.board()["lost"]["open"], 40.0)
        while run.state == "running":
            Worker(run).do_batch()
        self.assertEqual(self.listed()[f"t{self.south.id}", "open"], 540.0)

    def test_the_report_on_revenue_tells_the_plan_before_too(self):
        def told():
            self.env.invalidate_all()
            return dict(
                self.env["crm.territory.revenue.report"]._read_group(
                    [("lead_id", "!=", False)], ["territory_id"], ["won_amount:sum"]
                )
            )

        before = told()
        self.assertEqual(before[self.germany], 1000.0)
        run = self.introduce(include_closed=True)
        while run.state == "running":
            self.assertEqual(told(), before)
            Worker(run).do_batch()
        self.assertEqual(told()[self.south], 1000.0)

    def test_mails(self):
        """Managers are told of the plan whose figures they see."""
        self.germany.member_ids.is_manager = True
        self.new["Germany"].member_ids.user_id = self.bob
        run = self.introduce()
        managers = [m.territories for m in Manager.each_of(self.forecast.sudo())]
        self.assertIn(self.germany, managers)
        self.assertNotIn(self.new["Germany"], managers)
        while run.state == "running":
            Worker(run).do_batch()
        managers = [m.territories for m in Manager.each_of(self.forecast.sudo())]
        self.assertNotIn(self.germany, managers)

    def test_sheet(self):
        before = self.forecast.get_sheet({"year": "2017-01-01"})
        self.assertFalse(before["introduction"])
        run = self.introduce()
        Worker(run).do_batch()
        during = self.forecast.get_sheet({"year": "2017-01-01"})
        self.assertEqual(during["introduction"]["plan"], "Next year")
        keys = [row["key"] for row in before["rows"]]
        self.assertEqual([row["key"] for row in during["rows"]], keys)

    def test_what_was_won_in_the_year_before(self):
        """Also if the run takes closed opportunities along."""
        before = self.forecast.get_sheet({"year": "2018-01-01"})["rows"]
        won = {row["key"]: row["total"]["last_year_won"] for row in before}
        self.assertEqual(won[f"t{self.germany.id}"], 1000.0)
        run = self.introduce(include_closed=True)
        while run.state == "running":
            during = self.forecast.get_sheet({"year": "2018-01-01"})["rows"]
            self.assertEqual(during, before)
            Worker(run).do_batch()
            self.env.invalidate_all()
        self.assertEqual(self.won_adler.territory_id, self.south)

    def test_cancelled_it_is_told_still(self):
        before, _told = self.figures()
        run = self.introduce()
        Worker(run).do_batch()
        run.action_cancel()
        found, told = self.figures()
        self.assertEqual(found, before)
        self.assertTrue(told)
