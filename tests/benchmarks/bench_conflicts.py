"""Conflicts and gaps of a plan, beside the matching that they rest on."""

import pytest

from odoo.tools import SQL

from odoo.addons.crm_territory.conflicts import Conflicts
from odoo.addons.crm_territory.conflicts.finding import AT_ONCE, BY_RECORDS
from odoo.addons.crm_territory.matching import compiler
from odoo.addons.crm_territory.matching.matcher import Matcher

from .postal_world import World


@pytest.fixture(scope="module")
def world(env, scale):
    made = World(env, scale)
    env.cr.execute(
        SQL(
            "UPDATE res_partner SET partner_share = TRUE WHERE id BETWEEN %s AND %s",
            *made.accounts,
        )
    )
    env.invalidate_all()
    return made


def _match(world):
    plan = world.plan
    compiled = compiler.compile_plans(plan, {plan.id: plan._today()})
    where = SQL("r.id BETWEEN %s AND %s", *world.accounts)
    return Matcher(world.env, compiled).match("res.partner", where)


def test_finding(world, ratio, seconds, scale):
    """What the list shows at once, and what it asks for then, with their words."""

    def find(kinds):
        return Conflicts(world.plan).findings(kinds)

    assert sum(finding.tally.accounts for finding in find(BY_RECORDS)) > 0
    at_once, rest, matching = seconds(
        lambda: find(AT_ONCE),
        lambda: find(BY_RECORDS),
        lambda: _match(world),
        rounds=3,
    )
    for name, taken in (("at once", at_once), ("the rest", rest)):
        ratio(
            f"conflicts and gaps of {scale:,} accounts, {name}, to matching them",
            taken,
            matching,
            case=f"conflicts and gaps of {scale:,} accounts, {name}",
            beside="matching them",
        )
