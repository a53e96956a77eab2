"""The parts of the sheet that need no screen, called in a page of the browser with
cases: what is selected, what a block of the clipboard holds, what a change comes to.
"""

import pytest

pytestmark = pytest.mark.browser


def test_blocks_of_the_clipboard(run):
    script = "return words.map((text) => it.parseBlock(text));"
    assert run(
        "sheet/clipboard",
        script,
        "1\t2\r\n3\t4\r\n",
        '"a\tb\nc ""d"""\t5',
        "\n",
        "7",
    ) == [
        [["1", "2"], ["3", "4"]],
        [['a\tb\nc "d"', "5"]],
        [[""]],
        [["7"]],
    ]
    assert run("sheet/clipboard", "return it.writeBlock(words);", ["1", ""], ["", "2"])
    assert run("sheet/clipboard", "return it.writeBlock(words);", [""]) == "\n"


def test_where_a_block_goes(run):
    selection = {"top": 2, "bottom": 4, "left": 1, "right": 3}
    script = "return words.slice(1).map((one) => it.pastedRectangle(one, words[0]));"
    assert run(
        "sheet/clipboard", script, selection, [["1"]], [["1", "2"]], [["1"], ["2", "3"]]
    ) == [
        selection,
        {"top": 2, "bottom": 2, "left": 1, "right": 2},
        {"top": 2, "bottom": 3, "left": 1, "right": 2},
    ]


def test_what_a_block_holds(run):
    script = """
        const {parseAmount} = odoo.loader.modules.get(
            "@crm_territory_forecast/editing/amount_parser"
        );
        return it.readBlock(words[0], words[1], parseAmount);
    """
    target = {"top": 5, "bottom": 6, "left": 0, "right": 1}
    told = run("sheet/clipboard", script, [["1k", "x"], ["", "4"]], target)
    assert told["amounts"] == [
        {"row": 5, "column": 0, "amount": 1000},
        {"row": 6, "column": 0, "amount": None},
        {"row": 6, "column": 1, "amount": 4},
    ]
    assert [(one["row"], one["column"]) for one in told["invalid"]] == [(5, 1)]
    filled = run("sheet/clipboard", script, [["2"]], target)
    assert [one["amount"] for one in filled["amounts"]] == [2] * 4


def test_rectangle_between_cursor_and_anchor(run):
    script = "return it.positionsIn(it.rectangle(words[0], words[1]));"
    assert run(
        "sheet/selection", script, {"row": 2, "column": 1}, {"row": 1, "column": 2}
    ) == [
        {"row": 1, "column": 1},
        {"row": 1, "column": 2},
        {"row": 2, "column": 1},
        {"row": 2, "column": 2},
    ]


@pytest.mark.parametrize(
    "start, steps, end",
    [
        ((1, 1), (1, 0), (2, 1)),
        ((0, 1), (-1, 0), (0, 1)),
        ((1, 11), (0, 1), (1, 11)),
        ((1, 5), (0, "-Infinity"), (1, 0)),
        ((1, 5), ("Infinity", "Infinity"), (9, 11)),
        ((1, 5), (12, 0), (9, 5)),
    ],
)
def test_moves_end_at_the_edge(run, start, steps, end):
    script = """
        const [row, column, steps] = words;
        const size = {rows: 10, columns: 12};
        const {row: r, column: c} = it.moved({row, column}, steps.map(Number), size);
        return [r, c];
    """
    assert run("sheet/selection", script, *start, list(steps)) == list(end)


@pytest.mark.parametrize(
    "start, steps, end",
    [
        ((0, 0), 1, (0, 1)),
        ((0, 11), 1, (1, 0)),
        ((1, 0), -1, (0, 11)),
        ((0, 0), -1, None),
        ((9, 11), 1, None),
    ],
)
def test_moves_along_the_rows(run, start, steps, end):
    script = """
        const [row, column, steps] = words;
        const next = it.movedAlong({row, column}, steps, {rows: 10, columns: 12});
        return next && [next.row, next.column];
    """
    assert run("sheet/selection", script, *start, steps) == (end and list(end))


def test_page_after_a_change(run):
    """World 100 has Here 60 and There, which is not set; There gets 50, Here none."""
    row = {"cells": [{"amount": 60, "parts": None, "mismatch": None}]}
    page = {
        "rows": [
            {
                "key": "t1",
                "parent": False,
                "cells": [{"amount": 100, "parts": 60, "mismatch": 40}],
            },
            {"key": "t2", "parent": "t1", **row},
            {
                "key": "t3",
                "parent": "t1",
                "cells": [{"amount": None, "parts": None, "mismatch": None}],
            },
        ],
        "total": {"cells": [{"amount": 100}]},
    }
    changes = [
        {"key": "t3", "column": 0, "before": None, "after": 50},
        {"key": "t2", "column": 0, "before": 60, "after": None},
        {"key": "t9", "column": 0, "before": 1, "after": 2},
        {"key": "t1", "column": 0, "before": 100, "after": 110},
    ]
    script = """
        const [page, set] = words;
        const changed = it.changedPage(page, it.indexOfRows(page), set);
        return [
            changed.rows.map(({cells}) => cells[0]),
            changed.total.cells[0].amount,
            page.rows[0].cells[0].amount,
        ];
    """
    cells, total, before = run("sheet/changed_page", script, page, changes)
    assert cells == [
        {"amount": 110, "parts": 50, "mismatch": 60},
        {"amount": None, "parts": None, "mismatch": None},
        {"amount": 50, "parts": None, "mismatch": None},
    ]
    assert (total, before) == (110, 100)


def test_refusals_are_told_once_for_each_reason(run):
    """Twelve cells of three rows: of a frozen period, of the own target, of others."""
    script = """
        const {user} = odoo.loader.modules.get("@web/core/user");
        const cells = [];
        const row = (values) => ({can_edit: false, user_id: false, ...values});
        for (const label of ["Jan 2026", "Feb 2026", "Mar 2026", "Apr 2026"]) {
            const period = {label};
            cells.push(
                {row: row({can_edit: true}), period, territory: "Iberia"},
                {row: row({user_id: user.userId}), period, territory: "Spain"},
                {row: row({user_id: -1}), period, territory: "Italy"},
            );
        }
        return it.refusalLines(cells);
    """
    assert run("sheet/refusals", script) == [
        "Jan 2026, Feb 2026, Mar 2026, and Apr 2026 are frozen: their targets stay as"
        " they are.",
        "Your own target in Spain is set by another manager of it, or of one above.",
        "Only a manager of Italy, or of a territory above, changes its targets.",
    ]


def test_problems_are_told_once_for_each_text(run):
    script = "return it.problemLines(words);"
    problems = [{"problem": "no number", "cell": f"cell {n}"} for n in range(10)]
    problems.append({"problem": "negative", "cell": "cell 10"})
    assert run("sheet/refusals", script, *problems) == [
        "; ".join(f"cell {n}" for n in range(8)) + "; 2 more: no number",
        "cell 10: negative",
    ]
