"""Accounts and leads against 40,000 ZIP ranges of 15 countries and 2,000 rules of
twelve shapes, of 1,000 territories; beside hand-written SQL for the same result, and
beside a query per rule.
"""

import pytest

from odoo.tools import SQL

from odoo.addons.crm_territory.assignment import Assignment
from odoo.addons.crm_territory.engine import codes
from odoo.addons.crm_territory.matching.alike import AlikeMatcher
from odoo.addons.crm_territory.matching.matcher import Matcher
from odoo.addons.crm_territory.runs.work import Worker

from .databases_beside import undone
from .memory import peak_of
from .postal_by_hand import ByHand
from .postal_rules import SHAPES
from .postal_world import RANGES, World

BY_HAND = "hand-written SQL"
MATCHING = "Accounts matched and resolved"
AGAIN = "A run over accounts and leads that changes nothing"
# so many accounts at a time: the answers for a million are more than a process may hold
SLICE = 50_000
# how many of the queries that would be one for each rule, or territory, are made
SAMPLE = 24
# as many as a run changes in one transaction
AT_ONCE = 20_000


@pytest.fixture(scope="module")
def world(env, scale, is_smoke):
    return World(env, scale, ranges=RANGES // 20 if is_smoke else RANGES)


@pytest.fixture(scope="module")
def by_hand(world):
    return ByHand(world)


def _slices(first, last, size=SLICE):
    return [
        (start, min(last, start + size - 1)) for start in range(first, last + 1, size)
    ]


def _match(world, first, last):
    matcher = Matcher(world.env, world.env["crm.territory.plan"]._compiled())
    return matcher.match("res.partner", SQL("r.id BETWEEN %s AND %s", first, last))


def _match_and_resolve(world, slices):
    """As a run does it."""
    for first, last in slices:
        where = SQL("r.id BETWEEN %s AND %s", first, last)
        Assignment(world.env["res.partner"]).judge_alike(where)


def _codes(text):
    return frozenset(filter(None, text[1:-1].split(",")))


def _match_alike(world, slices):
    """As a run does it."""
    matcher = AlikeMatcher(world.env, world.env["crm.territory.plan"]._compiled())
    for ids in slices:
        matcher.match("res.partner", SQL("r.id BETWEEN %s AND %s", *ids))


def test_matching(world, by_hand, ratio, seconds, scale):
    """In slices as a run has them; by hand the faster of the same slices and of all at
    once. By hand nothing is resolved. One by one, as people are told why, each record
    is asked for all rules, and told with what else decides.
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
    _match_and_resolve(world, slices)  # makes the sets
    one_by_one, alike, ours, sliced, at_once = seconds(
        lambda: [len(_match(world, *ids)) for ids in slices],
        lambda: _match_alike(world, slices),
        lambda: _match_and_resolve(world, slices),
        lambda: [len(by_hand.accounts(ids)) for ids in slices],
        lambda: len(by_hand.accounts()),
        rounds=3,
    )
    reference = min(sliced, at_once)
    ratio(f"match {scale:,} accounts", alike, reference, limit=1.2)
    ratio(f"match {scale:,} accounts one by one", one_by_one, reference, limit=1.5)
    ratio(
        f"match and resolve {scale:,} accounts, to matching by hand",
        ours,
        reference,
        limit=1.5,
        case=MATCHING,
        beside=f"{BY_HAND}, which only matches",
    )


def test_query_per_rule(world, ratio, seconds, scale):
    """A search for each rule for accounts, and one for each territory with all its
    ranges: of both a sample, times how many there are.
    """
    slices = _slices(*world.accounts)
    rules = [rule for rule in world.rules if SHAPES[rule[1]].applies_to == "account"]
    ranges = {}
    for territory_id, postal, *ends in world.ranges:
        ranges.setdefault((territory_id, postal.code), []).append(ends)
    # whose codes are in order as texts
    plain = [key for key in ranges if key[1] in ("DE", "FR", "IT", "ES", "US")]
    asked = {
        codes.encode(rule_id, codes.RULE): SHAPES[shape].domain(*values)
        for rule_id, shape, values in rules[:SAMPLE]
    }
    domain_of = {
        codes.encode(territory_id, codes.AREA): _domain_of_ranges(
            world.countries[country], ranges[territory_id, country]
        )
        for territory_id, country in plain[:SAMPLE]
    }
    expected = {code: set() for code in [*asked, *domain_of]}
    for ids in slices:
        for row in _match(world, *ids):
            for code in map(int, _codes(row.signature)):
                if code in expected:
                    expected[code].add(row.id)
    accounts = world.env["res.partner"]
    everybody = [("id", ">=", world.accounts[0]), ("id", "<=", world.accounts[1])]

    def search(domains):
        return {
            code: set(accounts.search([*everybody, *domain], order="id").ids)
            for code, domain in domains.items()
        }

    assert search(asked) | search(domain_of) == expected
    ours, of_rules, of_ranges = seconds(
        lambda: _match_and_resolve(world, slices),
        lambda: search(asked),
        lambda: search(domain_of),
        rounds=3,
    )
    ratio(
        f"match and resolve {scale:,} accounts, to a query per rule"
        f" ({2 * SAMPLE} of {len(rules) + len(ranges):,})",
        ours,
        of_rules / SAMPLE * len(rules) + of_ranges / len(domain_of) * len(ranges),
        limit=1 / 50,
        case=MATCHING,
        beside="a search for each rule, and for each territory with its ranges"
        " (of a sample)",
    )


def _domain_of_ranges(country_id, ends):
    found = ["|"] * (len(ends) - 1)
    for low, high in ends:
        found += ["&", ("zip", ">=", low), ("zip", "<=", high)]
    return [("country_id", "=", country_id), *found]


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
        Worker(run).do_batch()
        world.env.flush_all()
        world.env.transaction.clear()


def test_run(world, by_hand, ratio, seconds, scale):
    """A run that changes nothing, over accounts and leads, and what it needs."""
    megabytes = peak_of(lambda: _run(world))
    before = _rows_written(world.env)
    _run(world)
    assert _rows_written(world.env) == before
    ratio(
        f"run over {scale:,} accounts and as many leads, nothing changes",
        *seconds(
            lambda: _run(world),
            lambda: (by_hand.accounts(), by_hand.leads()),
            rounds=2,
        ),
        limit=2,
        case=AGAIN,
        beside=f"{BY_HAND} that matches both",
    )
    ratio(
        "MB of that run, to 300 MB",
        megabytes,
        300,
        limit=1,
        case="Memory of a run, above that of an idle worker",
        unit="MB",
    )


def _rows_written(env):
    """How many rows of accounts and leads this transaction has written."""
    return env.execute_query(
        SQL(
            "SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_xact_user_tables"
            " WHERE relname IN ('res_partner', 'crm_lead')"
        )
    )


def test_apply(world, ratio, seconds, scale):
    """A tenth of the accounts comes from elsewhere: written, and in the journal."""
    env = world.env
    with undone(env):
        _move_away(world)
        run = env["crm.territory.run"].create({"plan_id": world.plan.id})
        run._start()
        assignment = Assignment(env["res.partner"], run=run)
        changes = []
        for first, last in _slices(*world.accounts):
            judged = assignment.judge(SQL("r.id BETWEEN %s AND %s", first, last))
            changes += [decision for decision in judged if decision.differs]
        assert len(changes) > scale // 11
        chunks = [
            changes[start : start + AT_ONCE]
            for start in range(0, len(changes), AT_ONCE)
        ]
        found = {}

        def carry_out():
            with undone(env):
                for chunk in chunks:
                    assignment.carry_out(chunk)
                    env.flush_all()
                found["ours"] = _territories(world)
                moves = env["crm.territory.move"].search_count(
                    [("run_id", "=", run.id)]
                )
                assert moves == len(changes)

        def update():
            with undone(env):
                for chunk in chunks:
                    _update(env, chunk)
                found["bare"] = _territories(world)

        [checking] = seconds(lambda: _territories(world))
        ours, bare = seconds(carry_out, update)
        assert found["ours"] == found["bare"]
    ratio(
        f"{len(changes):,} changes, with the journal",
        ours - checking,
        bare - checking,
        limit=1.6,
        case="A tenth of the accounts changed, journal included",
        beside="a bare UPDATE … FROM of the same rows",
    )


def _move_away(world):
    """Let every tenth account be in one set, whatever the criteria say."""
    world.env.flush_all()
    world.env.cr.execute(
        SQL(
            """
            UPDATE res_partner AS account
               SET territory_set_id = other.set_id, territory_id = other.territory_id
              FROM (SELECT set_id, territory_id FROM crm_territory_set_rel
                     ORDER BY set_id DESC LIMIT 1) AS other
             WHERE account.id BETWEEN %s AND %s AND account.id %% 10 = 0
            """,
            *world.accounts,
        )
    )
    world.env.invalidate_all()


def _update(env, changes):
    rows = [(change.record_id, *change.after) for change in changes]
    env.cr.execute(
        SQL(
            """
            UPDATE res_partner AS account
               SET territory_set_id = decided.set_id,
                   territory_id = decided.territory_id,
                   write_date = now() at time zone 'UTC', write_uid = 1
              FROM unnest(%s::int4[], %s::int4[], %s::int4[])
                   AS decided(id, set_id, territory_id)
             WHERE account.id = decided.id
            """,
            *map(list, zip(*rows, strict=True)),
        )
    )


def _territories(world):
    """A digest of where all accounts are."""
    return world.env.execute_query(
        SQL(
            """
            SELECT md5(string_agg(
                       concat_ws(',', id, territory_set_id, territory_id), ' '
                       ORDER BY id))
              FROM res_partner WHERE id BETWEEN %s AND %s
            """,
            *world.accounts,
        )
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
