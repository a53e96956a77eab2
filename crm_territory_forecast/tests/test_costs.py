import ast
from pathlib import Path

from odoo.tests import tagged
from odoo.tests.common import BaseCase

from odoo.addons import crm_territory_forecast

from .common import ForecastCase

BOARD = Path(crm_territory_forecast.__file__).parent / "board"
# each reads only what is before it
ORDER = (
    *("rights", "plans", "trees", "amounts", "counting", "opportunities", "targets"),
    *("period_sums", "opened", "snapshots", "target_writer", "board", "sheet", "stars"),
    *("running", "messages"),
)


@tagged("post_install", "-at_install")
class TestCosts(ForecastCase):
    """Queries do not grow with what is set and shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parts = cls.env["crm.territory"].create(
            [
                {"name": f"Part {n:04}", "parent_id": cls.france.id, "sequence": n}
                for n in range(1000)
            ]
        )
        # a page of the sheet
        cls.page = cls.parts[:300]
        cls.env.flush_all()

    def cells(self, year, add=0, territories=None):
        return [
            {
                "territory_id": territory.id,
                "user_id": False,
                "date_start": f"{year}-{month:02}-01",
                "amount": 100 * n + month + add,
            }
            for n, territory in enumerate(territories or self.page)
            for month in range(1, 13)
        ]

    def cost(self, what, known=None):
        """The queries of something, once records are known that were read before: and
        with them rules and the compiled plan.
        """
        self.env.flush_all()
        self.env.invalidate_all()
        if known:
            known.read(["forecast_id"])
        with self.counting() as count:
            what()
        return count[0]

    def test_pasting_a_page(self):
        for user in (self.mona, self.claire):
            forecast = self.forecast.with_user(user)
            forecast.set_targets(self.cells(2016, territories=self.parts[:1]))
            with self.subTest(user.login):
                for add in (0, 7):  # new ones, and others in their place
                    cells = self.cells(2018 + user.id, add)
                    cost = self.cost(lambda c=cells, f=forecast: f.set_targets(c))
                    self.assertLessEqual(cost, 20)
                unset = [dict(cell, amount=None) for cell in cells]
                cost = self.cost(lambda c=unset, f=forecast: f.set_targets(c))
                self.assertLessEqual(cost, 20)

    def test_what_was_pasted_is_there_and_noted(self):
        self.forecast.set_targets(self.cells(2018)[:3], origin="pasted")
        targets = self.env["crm.territory.forecast.target"].search(
            [("date_start", ">=", "2018-01-01")], order="date_start"
        )
        self.assertRecordValues(
            targets[0],
            [
                {
                    "forecast_id": self.forecast.id,
                    "company_id": self.forecast.company_id.id,
                    "currency_id": self.forecast.currency_id.id,
                    "plan_id": self.plan.id,
                    "user_id": False,
                    "amount": 1,
                    "create_uid": self.env.uid,
                }
            ],
        )
        changes = self.env["crm.territory.forecast.target.change"].search(
            [("territory_id", "=", self.parts[0].id)]
        )
        self.assertEqual(sorted(changes.mapped("difference")), [1, 2, 3])
        self.assertEqual(set(changes.mapped("origin")), {"pasted"})
        self.assertEqual(changes.company_id, self.forecast.company_id)

    def test_copying_last_year(self):
        self.forecast.set_targets(self.cells(2018, territories=self.parts))
        values = {
            "forecast_id": self.forecast.id,
            "date_start": "2019-01-01",
            "change_rate": 0.05,
            "replace": True,
        }
        wizards = self.env["crm.territory.forecast.copy"]
        one = wizards.create(dict(values, territory_id=self.parts[0].id))
        one.action_apply()  # the worker knows rules and criteria
        wizard = wizards.create(values)
        self.assertLessEqual(self.cost(wizard.action_apply, wizard), 30)
        targets = self.env["crm.territory.forecast.target"]
        found = targets.search([("date_start", ">=", "2019-01-01")])
        self.assertEqual(len(found), 12_000)

    def test_the_strip_reads_only_ones_own(self):
        """However many others there are, with targets and deals."""
        with self.env.cr.savepoint():
            running = self.forecast._today().replace(day=1)
            self.target(self.germany, 100, running, user=self.amy)
            own = self.env["crm.territory.forecast"].with_user(self.amy)
            own.get_own_targets()
            few = self.cost(own.get_own_targets)
            self.target(self.germany, 100, running, user=self.bob)
            self.opened(self.adler, 5, running, user_id=self.bob.id)
            self.assertEqual(self.cost(own.get_own_targets), few)
            self.assertLessEqual(few, 18)


@tagged("post_install", "-at_install")
class TestDirection(BaseCase):
    """The objects of a board read one way: see ``board/__init__.py``."""

    def test_each_reads_only_what_is_before_it(self):
        self.assertEqual(
            {path.stem for path in BOARD.glob("*.py")} - {"__init__"}, set(ORDER)
        )
        for place, name in enumerate(ORDER):
            tree = ast.parse((BOARD / f"{name}.py").read_text())
            read = {
                node.module
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.level == 1
            }
            self.assertLessEqual(read, set(ORDER[:place]), name)
