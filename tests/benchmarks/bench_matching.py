"""Matching 100,000 accounts against 500 rules of ten shapes."""

import os

import pytest

from odoo.tools import SQL

from odoo.addons.crm_territory.matching.matcher import Matcher
from odoo.addons.crm_territory.tests.common import run_everything

from . import cases

ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS", 100_000))

# what a careful person writes by hand: a parameter table for each shape, indexed and
# analysed, joined on its equalities
HAND_WRITTEN = {
    "country": (
        "country int",
        "r.country_id = p.country",
    ),
    "state": ("state int", "r.state_id = p.state"),
    "country_industry": (
        "country int, industry int",
        "r.country_id = p.country AND r.industry_id = p.industry",
    ),
    "industry_size": (
        "industry int, size int",
        "r.industry_id = p.industry AND r.employee_number >= p.size",
    ),
    "country_size": (
        "country int, low int, high int",
        "r.country_id = p.country AND r.employee_number >= p.low"
        " AND r.employee_number < p.high",
    ),
    "state_revenue": (
        "state int, revenue numeric",
        "r.state_id = p.state AND r.annual_revenue > p.revenue",
    ),
    "city": ("city varchar", "r.city = p.city"),
    "city_industry": (
        "city varchar, industry int",
        "r.city = p.city AND r.industry_id = p.industry",
    ),
    "countries_city": (
        "country int, city varchar",
        "r.country_id = p.country AND r.city = p.city",
    ),
    "named": ("account int", "r.id = p.account"),
}


@pytest.fixture(scope="module")
def accounts(env):
    return cases.make_accounts(env, ACCOUNTS)


@pytest.fixture(scope="module")
def plan(env, accounts):
    domains = cases.rule_domains(env, *accounts)
    made, rule_ids = cases.make_plan(env, domains)
    for shape, (columns, _condition) in HAND_WRITTEN.items():
        _make_parameters(env, shape, columns, domains, rule_ids)
    env.flush_all()
    return made


def _make_parameters(env, shape, columns, domains, rule_ids):
    table = SQL.identifier(f"by_hand_{shape}")
    env.cr.execute(
        SQL("CREATE TEMP TABLE %s (rule_id int, %s)", table, SQL(columns))  # pylint: disable=sql-injection
    )
    for rule_id, (of_shape, parameters, _domain) in zip(rule_ids, domains, strict=True):
        if of_shape != shape:
            continue
        first, *others = parameters
        for value in first if isinstance(first, list) else [first]:
            env.cr.execute(
                SQL("INSERT INTO %s VALUES %s", table, (rule_id, value, *others))
            )
    env.cr.execute(SQL("ANALYZE %s", table))


def by_hand(env, first, last):
    """{account id: ids of the rules that match it}, in one query."""
    joins = SQL(" UNION ALL ").join(
        SQL(
            "SELECT r.id, p.rule_id FROM res_partner AS r JOIN %s AS p ON %s"
            " WHERE r.commercial_partner_id = r.id AND r.id BETWEEN %s AND %s",
            SQL.identifier(f"by_hand_{shape}"),
            SQL(condition),  # pylint: disable=sql-injection
            first,
            last,
        )
        for shape, (_columns, condition) in HAND_WRITTEN.items()
    )
    env.cr.execute(
        SQL("SELECT id, array_agg(rule_id)::text FROM (%s) AS hit GROUP BY id", joins)
    )
    return env.cr.fetchall()


def by_engine(env, first, last):
    compiled = env["crm.territory.plan"]._compiled()
    matcher = Matcher(env, compiled)
    return matcher.match("res.partner", SQL("r.id BETWEEN %s AND %s", first, last))


def test_matching(env, accounts, plan, ratio, seconds):
    expected = {
        account_id: set(map(int, rules[1:-1].split(",")))
        for account_id, rules in by_hand(env, *accounts)
    }
    found = {
        row.id: {int(code) // 8 for code in row.signature[1:-1].split(",")}
        for row in by_engine(env, *accounts)
        if row.signature != "{}"
    }
    assert found == expected
    ratio(
        f"match {ACCOUNTS:,} accounts × 500 rules",
        *seconds(lambda: by_engine(env, *accounts), lambda: by_hand(env, *accounts)),
        limit=3,
    )


def test_run(env, accounts, plan, ratio, seconds):
    """A whole run that changes nothing, against the matching alone by hand."""
    run_everything(plan)
    ratio(
        f"run over {ACCOUNTS:,} accounts, nothing changes",
        *seconds(
            lambda: run_everything(plan), lambda: by_hand(env, *accounts), rounds=2
        ),
    )


def test_one_account(env, accounts, plan, ratio, seconds):
    """What a change of one account costs, against the same joins by hand."""
    first, _last = accounts
    ids = range(first, first + 20)
    ratio(
        "match one account × 500 rules, 20 times",
        *seconds(
            lambda: [by_engine(env, n, n) for n in ids],
            lambda: [by_hand(env, n, n) for n in ids],
        ),
    )
