"""Accounts and leads against 40,000 ZIP ranges of 15 countries and 300 rules of six
shapes, of 1,000 territories; beside hand-written SQL for the same result.
"""

import pytest

from odoo.tools import SQL

from odoo.addons.crm_territory.assignment import Assignment
from odoo.addons.crm_territory.matching.matcher import Matcher

from .memory import peak_of
from .postal_by_hand import ByHand
from .postal_world import World


@pytest.fixture(scope="module")
def world(env, scale):
    return World(env, scale)


@pytest.fixture(scope="module")
def by_hand(world):
    return ByHand(world)


# so many accounts at a time: the answers for a million are more than a process may hold
SLICE = 50_000


def _slices(first, last):
    return [
        (start, min(last, start + SLICE - 1)) for start in range(first, last + 1, SLICE)
    ]


def _match(world, first, last):
    matcher = Matcher(world.env, world.env["crm.territory.plan"]._compiled())
    return matcher.match("res.partner", SQL("r.id BETWEEN %s AND %s", first, last))


def _codes(text):
    return frozenset(filter(None, text[1:-1].split(",")))


def test_matching(world, by_hand, ratio, seconds, scale):
    """In slices as a run has them; by hand the faster of the same slices and of all at
    once.
    """
    slices = _slices(*world.accounts)
    for ids in slices:
        expected = {id_: _codes(text) for id_, text in by_hand.accounts(ids)}
        found = {
            row.id: _codes(row.signature)
            for row in _match(world, *ids)
            if row.signature != "{}"
        }
        assert found == expected
    ours, sliced, at_once = seconds(
        lambda: [len(_match(world, *ids)) for ids in slices],
        lambda: [len(by_hand.accounts(ids)) for ids in slices],
        lambda: len(by_hand.accounts()),
        rounds=3,
    )
    ratio(f"match {scale:,} accounts", ours, min(sliced, at_once), limit=1.2)


def test_resolving(world, by_hand, ratio, seconds):
    """From codes to sets and credited territories, against the matching by hand."""
    ids = _slices(*world.accounts)[0]
    rows = _match(world, *ids)

    def resolve():
        Assignment(world.env["res.partner"])._resolve(rows, set())

    ratio(
        f"resolve {len(rows):,} accounts",
        *seconds(resolve, lambda: by_hand.accounts(ids)),
        limit=0.5,
    )


def _run(world):
    """Run over everything, forgetting after each batch what its commit would."""
    run = world.env["crm.territory.run"].create(
        {"plan_id": world.plan.id, "include_closed": True}
    )
    run._start()
    while run.state == "running":
        run._work_batch()
        world.env.flush_all()
        world.env.transaction.clear()


def test_run(world, by_hand, ratio, seconds, scale):
    """A run that changes nothing, over accounts and leads, and what it needs."""
    _run(world)
    ratio(
        f"run over {scale:,} accounts and as many leads, nothing changes",
        *seconds(
            lambda: _run(world),
            lambda: (by_hand.accounts(), by_hand.leads()),
            rounds=2,
        ),
        limit=2.5,
    )
    ratio(
        "MB of that run, to 300 MB",
        peak_of(lambda: _run(world)),
        300,
        limit=1,
    )


def test_one_account(world, ratio, seconds):
    """Milliseconds for an account that is judged alone, against what they may be."""
    partners = world.env["res.partner"]
    first, _last = world.accounts
    ids = range(first, first + 50)

    def judge():
        for id_ in ids:
            Assignment(partners).judge([id_])

    [taken] = seconds(judge)
    ratio("one account of 50, to 3 ms", taken / len(ids), 0.003, limit=1)


def test_edit(world, ratio, seconds):
    """One ZIP line is changed, and the plans are compiled anew: how much longer it
    takes with 40,000 lines than with ten, to 50 ms. The last test: it deletes lines.
    """
    areas = world.env["crm.territory.area"].search(
        [("country_id", "=", world.countries["DE"]), ("zip_from", "!=", False)],
        order="id",
        limit=10,
    )
    numbers = iter(range(100_000))

    def edit():
        areas[0].write({"zip_from": f"2{next(numbers):04}", "zip_to": False})
        world.env.flush_all()
        world.env["crm.territory.plan"]._compiled()

    [with_many] = seconds(edit)
    world.env.cr.execute(
        SQL("DELETE FROM crm_territory_area WHERE id <> ALL(%s)", areas.ids)
    )
    world.env.cr.execute("ANALYZE crm_territory_area, crm_territory_area_place")
    world.env.invalidate_all()
    [with_ten] = seconds(edit)
    ratio(
        "one of 40,000 ZIP lines more than of ten, to 50 ms",
        with_many - with_ten,
        0.05,
        limit=1,
    )
