"""A proposal of the fewest areas to move between 985 siblings in 15 countries that
bring accounts and open leads within their tolerances: how long it takes, and how near
it is to the bound.
"""

import pytest

from odoo.addons.crm_territory.balancing.items import AREAS
from odoo.addons.crm_territory.balancing.measures import ACCOUNTS, WORKLOAD

from .postal_codes import POSTAL
from .postal_world import RANGES, TERRITORIES, World

TOLERANCES = {ACCOUNTS: 15, WORKLOAD: 15}  # percent
SEARCHED = 20  # seconds
# where it is only looked whether it works
FEW_RANGES, SHORT = 4_000, 3


class Neighbours(World):
    """Countries, and territories below them that have ranges next to each other: some
    three times as many as others.
    """

    def _make_plan(self):
        self.plan = self.env["crm.territory.plan"].create(
            {"name": "Benchmark", "company_id": False}
        )
        roots = self._territories(self.plan, [None] * len(POSTAL))
        self.roots = dict(zip((each.code for each in POSTAL), roots, strict=True))
        count = TERRITORIES - len(POSTAL)
        parents = [roots[number % len(POSTAL)] for number in range(count)]
        self._make_areas(self._territories(self.plan, parents))
        self.plan.action_activate()

    def _owners(self, territory_ids, count):
        weights = [self.generator.uniform(1, 3) for _id in territory_ids]
        return sorted(self.generator.choices(territory_ids, weights, k=count))


@pytest.fixture(scope="module")
def world(env, scale, is_smoke):
    return Neighbours(env, scale, ranges=FEW_RANGES if is_smoke else RANGES, rules=0)


def test_proposal(world, seconds, ratio, is_smoke):
    balance = world.env["crm.territory.balance"].create(
        {
            "plan_id": world.plan.id,
            "unit": AREAS,
            "keep_open": False,
            "seconds": SHORT if is_smoke else SEARCHED,
            "measure_ids": [
                (0, 0, {"measure": measure, "tolerance": tolerance})
                for measure, tolerance in TOLERANCES.items()
            ],
        }
    )
    [taken] = seconds(balance.action_propose, rounds=1)
    areas = world.range_count
    name = f"propose moves of {areas:,} areas between {TERRITORIES:,} territories"
    ratio(f"{name}, to 60 s", taken, 60, limit=1, unit="s")
    assert balance.state == "proposed"
    moved = sum(len(move.area_ids) or 1 for move in balance.move_ids)
    assert moved
    if not balance.beyond:
        assert moved >= balance.bound
        ratio("areas moved, to the bound of the fewest", moved, balance.bound)
    else:
        ratio("beyond tolerances, to the least", balance.beyond, balance.beyond_bound)
