from odoo.tests import tagged

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

    def introduce(self):
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
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
            run._work_batch()
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

    def test_mails(self):
        """Managers are told of the plan whose figures they see."""
        self.germany.member_ids.is_manager = True
        self.new["Germany"].member_ids.user_id = self.bob
        run = self.introduce()
        managers = [m.territories for m in Manager.each_of(self.forecast.sudo())]
        self.assertIn(self.germany, managers)
        self.assertNotIn(self.new["Germany"], managers)
        while run.state == "running":
            run._work_batch()
        managers = [m.territories for m in Manager.each_of(self.forecast.sudo())]
        self.assertNotIn(self.germany, managers)

    def test_sheet(self):
        before = self.forecast.get_sheet({"year": "2017-01-01"})
        self.assertFalse(before["introduction"])
        run = self.introduce()
        run._work_batch()
        during = self.forecast.get_sheet({"year": "2017-01-01"})
        self.assertEqual(during["introduction"]["plan"], "Next year")
        keys = [row["key"] for row in before["rows"]]
        self.assertEqual([row["key"] for row in during["rows"]], keys)

    def test_what_was_won_in_the_year_before(self):
        """Also if the run takes closed opportunities along."""
        before = self.forecast.get_sheet({"year": "2018-01-01"})["rows"]
        won = {row["key"]: row["total"]["last_year_won"] for row in before}
        self.assertEqual(won[f"t{self.germany.id}"], 1000.0)
        run = self.introduce()
        # of a run that was started nobody changes it
        self.env.cr.execute(
            "UPDATE crm_territory_run SET include_closed = TRUE WHERE id = %s", [run.id]
        )
        run.invalidate_recordset()
        while run.state == "running":
            during = self.forecast.get_sheet({"year": "2018-01-01"})["rows"]
            self.assertEqual(during, before)
            run._work_batch()
            self.env.invalidate_all()
        self.assertEqual(self.won_adler.territory_id, self.south)

    def test_cancelled_it_is_told_still(self):
        before, _told = self.figures()
        run = self.introduce()
        run._work_batch()
        run.action_cancel()
        found, told = self.figures()
        self.assertEqual(found, before)
        self.assertTrue(told)
