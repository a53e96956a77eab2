"""The screens of a forecast of 1,000 territories over 12 months, beside hand-written
SQL for the same result: the board in each reading, attainment, a page of the sheet, a
paste into it, and the strip above the pipeline.
"""

from unittest.mock import patch

import pytest

from odoo.tools import SQL

from . import client
from .forecast_by_hand import PAGE, ByHand
from .forecast_sql import ATTAINMENTS, FIGURES
from .forecast_world import NEXT_YEAR, TODAY, YEAR, World
from .statements import print_statements

LIMIT = 1.3


@pytest.fixture(scope="module")
def world(env, scale):
    # clients tell their language
    made = World(env(context={"lang": "en_US"}), scale)
    with patch.object(type(made.forecast), "_today", lambda self: TODAY):
        yield made


@pytest.fixture(scope="module")
def by_hand(world):
    return ByHand(world)


@pytest.fixture
def compared(world, ratio, seconds):
    """A function that measures ours and the reference, and prints our queries."""

    def compare(name, ours, reference):
        name = f"{name}, {world.count:,} opportunities"
        count = print_statements(name, ours)
        ratio(f"{name} ({count} queries)", *seconds(ours, reference), LIMIT)

    return compare


def afresh(world):
    """Forget what a transaction remembers."""
    world.env.invalidate_all()
    world.env.cr.precommit.clear()


# -- the board


@pytest.mark.parametrize("tree", ["credited", "then", "today"])
def test_board(world, by_hand, compared, tree):
    forecast = world.forecast.with_user(world.manager)
    options = {"date_from": f"{YEAR}-01-01", "date_to": f"{YEAR}-12-31", "tree": tree}

    def ours():
        afresh(world)
        return forecast.get_board(options)

    board = ours()
    found = {}
    months = [period["key"] for period in board["periods"]]
    for row in board["rows"]:
        for month, cell in _zipped(months, row):
            found[row["territory_id"], month] = [
                *(cell[name] for name in FIGURES),
                cell.get("undated"),
            ]
    expected = {
        (row[0], row[1] and row[1].isoformat()): list(row[2:])
        for row in by_hand.board(tree)
    }
    assert_same(found, expected)
    compared(f"board, {tree}", ours, lambda: by_hand.board(tree))


def _zipped(months, row):
    """The cells of a row by their month, and its total by None."""
    return zip([*months, None], [*row["cells"], row["total"]], strict=True)


def assert_same(found, expected):
    """Both are {key: list of amounts or None}."""
    assert found.keys() == expected.keys()
    for key, amounts in expected.items():
        assert found[key] == pytest.approx(amounts, rel=1e-12, abs=1e-9), key


# -- the strip above the pipeline


def test_own_targets(world, by_hand, compared):
    seller = world.seller_of(7)
    forecasts = world.env["crm.territory.forecast"].with_user(seller)

    def ours():
        afresh(world)
        return forecasts.get_own_targets()

    found = {
        (row["territory_id"], row["name"]): [row[name] for name in FIGURES]
        for row in ours()["rows"]
    }
    expected = {tuple(row[:2]): list(row[2:]) for row in by_hand.own_targets(seller)}
    assert len(expected) > 5
    assert_same(found, expected)
    compared("strip of own targets", ours, lambda: by_hand.own_targets(seller))


# -- the sheet


def test_sheet(world, by_hand, compared):
    forecast = world.forecast.with_user(world.manager)

    def ours():
        afresh(world)
        return forecast.get_sheet({"year": f"{NEXT_YEAR}-01-01", "limit": PAGE})

    sheet = ours()
    months = [period["key"] for period in sheet["periods"]]
    names = ("amount", "parts", "mismatch", "last_year_won")
    found = {
        (None, None, None, None, month): [cell["amount"], None, None, None]
        for month, cell in zip(months, sheet["total"]["cells"], strict=True)
    }
    for place, row in enumerate(sheet["rows"], 1):
        key = (place, sheet["count"], row["territory_id"], row["user_id"] or None)
        for month, cell in _zipped(months, row):
            found[(*key, month)] = [cell[name] for name in names]
    expected = {
        (*row[:4], row[4] and row[4].isoformat()): list(row[5:])
        for row in by_hand.sheet()
    }
    assert_same(found, expected)
    compared("page of the sheet", ours, by_hand.sheet)


@pytest.mark.parametrize("year", [NEXT_YEAR, NEXT_YEAR + 1], ids=["changed", "new"])
def test_paste(world, by_hand, compared, year):
    forecast = world.forecast.with_user(world.manager)
    rows = [(id_, False) for id_ in world.territories.ids[:PAGE]]
    cells = world.cells(rows, year, add=5)

    def undone(paste):
        """What the paste leaves, which is undone."""
        env = world.env
        with env.cr.savepoint() as savepoint:
            paste()
            env.flush_all()
            left = pasted(world, year)
            savepoint.rollback()
        env.invalidate_all()
        return left

    def ours():
        afresh(world)
        forecast.set_targets(cells, "pasted")

    def reference():
        by_hand.paste(cells)

    targets, changes = undone(ours)
    assert len(changes) == 12 * PAGE
    assert undone(reference) == (targets, changes)

    def repeated(paste):
        with world.env.cr.savepoint() as savepoint:
            paste()
            savepoint.rollback()

    what = "changed" if year == NEXT_YEAR else "new"
    compared(
        f"paste of {PAGE} × 12, {what}",
        lambda: repeated(ours),
        lambda: repeated(reference),
    )


def pasted(world, year):
    """The targets of a year, and what is noted of them, without days and ids."""
    columns = "territory_id, plan_id, user_id, company_id, currency_id, date_start"
    found = []
    for table, others in (
        ("crm_territory_forecast_target", "amount, write_uid"),
        (
            "crm_territory_forecast_target_change",
            "is_set_before, amount_before, is_set_after, amount_after, difference,"
            " origin, create_uid",
        ),
    ):
        found.append(
            world.env.execute_query(
                SQL(
                    f"SELECT {columns}, {others} FROM {table}"
                    " WHERE forecast_id = %s AND date_start >= %s AND date_start < %s"
                    " AND create_uid = ANY(%s) ORDER BY 1, 2, 3, 4, 5, 6",
                    world.forecast.id,
                    f"{year}-01-01",
                    f"{year + 1}-01-01",
                    [world.manager.id, 1]
                    if "change" not in table
                    else [world.manager.id],
                )
            )
        )
    return tuple(found)


# -- attainment: the first screen, and the first level by quarter

# what the client asks for, in the order in which ``by_hand`` has it
MEASURES = (
    *("target", "achieved", "achieved_rate"),
    *("closing_gap", "weighted_amount", "uncovered_gap"),
)


def open_attainment(world, sets):
    """What the client asks for when it opens the pivot."""
    afresh(world)
    report = world.env["crm.territory.forecast.attainment"].with_user(world.manager)
    return report.formatted_read_grouping_sets(
        [("forecast_id", "=", world.forecast.id), ("is_this_year", "=", True)],
        sets,
        client.aggregates(report, MEASURES),
    )


@pytest.mark.parametrize("name", ATTAINMENTS)
def test_attainment(world, by_hand, compared, name):
    second = ATTAINMENTS[name][0]
    sets = [[], ["territory_1_id"], ["territory_1_id", second]]
    if ":" in second:
        sets.append([second])

    def ours():
        return open_attainment(world, sets)

    fields = world.env["crm.territory.forecast.attainment"]._fields
    specs = [f"{measure}:{fields[measure].aggregator}" for measure in MEASURES]
    found = {}
    for of_set, groups in zip(sets, ours(), strict=True):
        kind = 2 * ("territory_1_id" not in of_set) + (second not in of_set)
        for group in groups:
            values = (group.get("territory_1_id"), group.get(second))
            key = (kind, *(str(value[0]) if value else None for value in values))
            found[key] = [group[spec] or 0 for spec in ("__count", *specs)]
    expected = {
        (kind, *(str(value) if value else None for value in values)): [
            amount or 0 for amount in amounts
        ]
        for kind, *values, amounts in (
            (*row[:3], row[3:]) for row in by_hand.attainment(name)
        )
    }
    assert_same(found, expected)
    compared(f"attainment, {name}", ours, lambda: by_hand.attainment(name))
