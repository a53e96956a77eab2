"""Ten times the rules, of the same shapes: how long matching and compiling takes."""

import pytest

from odoo.tools import SQL

from odoo.addons.crm_territory.matching import compiler
from odoo.addons.crm_territory.matching.alike import AlikeMatcher
from odoo.addons.crm_territory.matching.matcher import Matcher

from .postal_by_hand import ByHand
from .postal_world import World

MANY = 10_000
TIMES = 10  # as many as few ones
SLICE = 50_000


@pytest.fixture(scope="module")
def world(env, scale, is_smoke):
    return World(env, scale, ranges=150, rules=MANY // TIMES if is_smoke else MANY)


def _compiled(world):
    world.env.invalidate_all()
    plan = world.plan
    return compiler.compile_plans(plan, {plan.id: plan._today()})


def _compile_anew(world):
    compiler.forget_rules(world.env.registry)
    return _compiled(world)


def _match(world, compiled, kind=Matcher):
    first, last = world.accounts
    rows = []
    for start in range(first, last + 1, SLICE):
        where = SQL("r.id BETWEEN %s AND %s", start, min(last, start + SLICE - 1))
        rows += kind(world.env, compiled).match("res.partner", where)
    return rows


def test_compiling(world, ratio, seconds):
    """All of them as a worker does that starts; and as one does after a change."""
    [anew] = seconds(lambda: _compile_anew(world), rounds=3)
    ratio(
        f"compile {world.rule_count:,} rules, to 1 s",
        anew,
        1,
        limit=1,
        case=f"{MANY:,} rules compiled",
        unit="s",
    )
    rule = world.env["crm.territory.rule"].browse(world.rules[0][0])
    numbers = iter(range(100_000))

    def change():
        rule.domain = f"[('industry_id', '=', {next(numbers)})]"
        world.env.flush_all()

    def change_and_compile():
        change()
        assert len(_compiled(world).rules.accounts.rule_ids) > world.rule_count * 0.9

    changed, again = seconds(change, change_and_compile)
    rule.domain = str([("industry_id", "=", world.rules[0][2][0])])
    world.env.flush_all()
    ratio(
        f"compile {world.rule_count:,} rules again after one changed, to 20 ms",
        1000 * (again - changed),
        20,
        limit=1,
        case=f"{MANY:,} rules compiled, after one of them changed",
        unit="ms",
    )


def test_matching(world, ratio, seconds, scale):
    compiled = _compile_anew(world)
    by_hand = ByHand(world)
    expected = {id_: set(text[1:-1].split(",")) for id_, text in by_hand.accounts()}
    rows = _match(world, compiled)
    found = {
        row.id: set(row.signature[1:-1].split(","))
        for row in rows
        if row.signature != "{}"
    }
    assert found == expected
    # every tenth: as many of each shape
    kept = {rule_id for rule_id, _shape, _values in world.rules[::TIMES]}
    world.env.cr.execute(
        SQL(
            "UPDATE crm_territory_rule SET active = FALSE WHERE id <> ALL(%s)",
            list(kept),
        )
    )
    few = _compiled(world)
    assert len(few.rules.accounts.rule_ids) <= len(kept)
    name = f"match {scale:,} accounts × {world.rule_count:,} rules, to {len(kept):,}"
    of_run, few_of_run, one_by_one, few_one_by_one = seconds(
        lambda: _match(world, compiled, AlikeMatcher),
        lambda: _match(world, few, AlikeMatcher),
        lambda: _match(world, compiled),
        lambda: _match(world, few),
        rounds=3,
    )
    ratio(
        f"{name}, as a run does",
        of_run,
        few_of_run,
        limit=2,
        case=f"{MANY:,} rules matched",
        beside=f"{MANY // TIMES:,} rules of the same shapes",
    )
    # told of all territories that a record cannot be in: of ten times the rules, it
    # meets ten times as many
    ratio(f"{name}, one by one", one_by_one, few_one_by_one)
