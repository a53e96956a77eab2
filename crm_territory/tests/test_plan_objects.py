import ast
from pathlib import Path

from odoo.tests import tagged
from odoo.tests.common import BaseCase

from odoo.addons import crm_territory

PLANS = Path(crm_territory.__file__).parent / "plans"
# each calls only what is before it
ORDER = (
    *("simulations", "gate", "introduction", "dates", "approval", "upkeep"),
    *("shared_draft", "giving_way", "state_change", "on_day", "missing"),
    *("copying", "outstanding", "start_steps"),
)
# what is below all of them
BELOW = {(2, "runs.shown"), (2, "transactions")}


@tagged("post_install", "-at_install")
class TestDirection(BaseCase):
    """The objects of plans call one way: see ``plans/__init__.py``."""

    def test_each_calls_only_what_is_before_it(self):
        self.assertEqual(
            {path.stem for path in PLANS.glob("*.py")} - {"__init__"}, set(ORDER)
        )
        for place, name in enumerate(ORDER):
            tree = ast.parse((PLANS / f"{name}.py").read_text())
            imported = {
                (node.level, node.module)
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.level
            }
            before = {(1, each) for each in ORDER[:place]}
            self.assertLessEqual(imported, before | BELOW, name)
