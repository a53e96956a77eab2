"""Conflicts and gaps of a plan, beside the matching that they rest on."""

import pytest

from odoo.tools import SQL

from odoo.addons.crm_territory.conflicts import Conflicts
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
    """All kinds of findings, with their words."""
    found = Conflicts(world.plan).findings()
    assert sum(finding.tally.accounts for finding in found) > 0
    ratio(
        f"conflicts and gaps of {scale:,} accounts, to matching them",
        *seconds(
            lambda: Conflicts(world.plan).findings(), lambda: _match(world), rounds=3
        ),
        case=f"conflicts and gaps of {scale:,} accounts",
        beside="matching them",
    )
