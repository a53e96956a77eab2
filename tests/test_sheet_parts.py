"""The parts of the sheet and the board that need no screen, called in a page of the
browser with cases: what is written, what is selected, what a key asks for, what a block
of the clipboard holds, what can be undone.
"""

import pytest

pytestmark = pytest.mark.browser

NOTATIONS = {
    "english": {"decimalPoint": ".", "thousandsSep": ",", "grouping": [3, 0]},
    "german": {"decimalPoint": ",", "thousandsSep": ".", "grouping": [3, 0]},
    "french": {"decimalPoint": ",", "thousandsSep": "\u00a0", "grouping": [3, 0]},
    "indian": {"decimalPoint": ".", "thousandsSep": ",", "grouping": [3, 2, 0]},
}
# calls an exported function, or a script that has the module as ``it``
CALL = """
([path, script, words]) => {
    const name = `@crm_territory_forecast/${path}`;
    const it = odoo.loader.modules.get(name);
    return new Function("it", "words", script)(it, words);
}
"""
NOTATION = """
(notation) => Object.assign(
    odoo.loader.modules.get("@web/core/l10n/localization").localization, notation
)
"""


@pytest.fixture(scope="module")
def shared_page(demo, chromium, log_in):
    """A page whose scripts are there, for all tests: none of them shows anything."""
    page = chromium.new_page()
    log_in(page, demo, "claire")
    page.goto(f"{demo.url}/odoo/territory-targets")
    page.wait_for_selector(".o_crm_territory_grid")
    yield page
    page.close()


@pytest.fixture
def page(shared_page):
    shared_page.evaluate(NOTATION, NOTATIONS["english"])
    return shared_page


@pytest.fixture
def run(page):
    """A function that runs a script on a module and words, and returns its result."""

    def run_script(path, script, *words):
        return page.evaluate(CALL, [path, script, list(words)])

    return run_script


READ = """
    return words.map((text) => {
        try {
            return it.parseAmount(text, "€");
        } catch (error) {
            return error.message;
        }
    });
"""


@pytest.mark.parametrize(
    "notation, amounts",
    [
        (
            "english",
            {
                "10k": 10000,
                "10 K": 10000,
                "1.5M": 1500000,
                "1.1M": 1100000,
                "2.35m": 2350000,
                "1.5 Mio.": 1500000,
                "€ 1,250k": 1250000,
                "0.5bn": 500000000,
                "3G": 3000000000,
                "1,234.5": 1234.5,
                "=2*500": 1000,
                "": None,
                " € ": None,
            },
        ),
        (
            "german",
            {
                "1,5 Mio": 1500000,
                "1,5 Mio. €": 1500000,
                "12,5 Tsd.": 12500,
                "2 Mrd": 2000000000,
                "10k": 10000,
                "1.234,5": 1234.5,
            },
        ),
        ("french", {"1,5 M": 1500000, "1 250,5": 1250.5, "3 Md€": 3000000000}),
        ("indian", {"1,50,000": 150000, "1,50k": None}),
    ],
)
def test_amounts_are_read_in_the_notation(page, run, notation, amounts):
    page.evaluate(NOTATION, NOTATIONS[notation])
    refused = {"1,50k"}
    wanted = {text: value for text, value in amounts.items() if text not in refused}
    read = run("editing/amount_parser", READ, *wanted)
    assert dict(zip(wanted, read, strict=True)) == wanted


@pytest.mark.parametrize(
    "notation, texts",
    [
        (
            "english",
            "many 1.2.3 1,5 1,5M 10q 10kk k =1k 5€5k 1e3k Infinity --5".split(),
        ),
        ("german", "1.5 1234.5 1.5M 1.5k 10kM".split()),
        ("indian", "1,50k 1,5000".split()),
    ],
)
def test_what_is_no_amount_is_refused(page, run, notation, texts):
    page.evaluate(NOTATION, NOTATIONS[notation])
    read = run("editing/amount_parser", READ, *texts)
    assert [text for text, told in zip(texts, read, strict=True) if told != told] == []
    assert [
        text
        for text, told in zip(texts, read, strict=True)
        if not str(told).startswith(f"“{text}” is not a number")
    ] == []


def test_refusal_names_what_can_be_written(page, run):
    page.evaluate(NOTATION, NOTATIONS["german"])
    assert run("editing/amount_parser", READ, "viel", "-2k") == [
        "“viel” is not a number, such as 1.500.000 or 1,5M",
        "“-2k” is negative",
    ]


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


def command(name, **rest):
    return {"name": name, **rest}


def move(rows, columns, extending=False):
    return command("move", steps=[rows, columns], isExtending=extending)


@pytest.mark.parametrize(
    "keys, wanted",
    [
        ("Control z", command("undo")),
        ("Meta z", command("undo")),
        ("Control y", command("redo")),
        ("Control Shift Z", command("redo")),
        ("Meta Shift z", command("redo")),
        ("Control a", command("selectAll")),
        ("Control c", None),
        ("Control Alt z", None),
        ("F2", command("edit")),
        ("Delete", command("clear")),
        ("Backspace", command("clear")),
        ("Space", command("fold")),
        ("Escape", command("shrink")),
        ("ArrowUp", move(-1, 0)),
        ("Shift ArrowRight", move(0, 1, True)),
        ("Control ArrowDown", move("inf", 0)),
        ("Control ArrowLeft", move(0, "-inf")),
        ("Home", move(0, "-inf")),
        ("Control End", move("inf", "inf")),
        ("PageDown", move(12, 0)),
        ("Enter", move(1, 0)),
        ("Shift Enter", move(-1, 0)),
        ("Tab", command("along", steps=1)),
        ("Shift Tab", command("along", steps=-1)),
        ("Alt ArrowUp", None),
        ("7", command("type", text="7")),
        ("F5", None),
    ],
)
def test_what_keys_ask_for(run, keys, wanted):
    assert asked(run, keys) == wanted


@pytest.mark.parametrize(
    "keys, state, wanted",
    [
        ("Escape", {"isInField": True}, command("cancel")),
        ("7", {"isInField": False}, command("ahead", text="7")),
        ("7", {"isInField": True}, None),
        ("Control z", {"isInField": True}, None),
        ("ArrowLeft", {"isInField": True}, None),
        (
            "ArrowLeft",
            {"isInField": True, "isReplacing": True},
            command("take", then=move(0, -1)),
        ),
        ("Enter", {"isInField": True}, command("take", then=move(1, 0))),
        ("Tab", {"isInField": True}, command("take", then=command("along", steps=1))),
    ],
)
def test_what_keys_ask_for_in_an_edit(run, keys, state, wanted):
    assert asked(run, keys, isEditing=True, **state) == wanted


def asked(run, keys, **state):
    """The command of keys; infinite steps are told as inf."""
    script = """
        const infinite = (name, value) =>
            Math.abs(value) === Infinity ? (value > 0 ? "inf" : "-inf") : value;
        const command = it.commandOf(words[0], words[1]);
        return JSON.parse(JSON.stringify(command, infinite));
    """
    return run("editing/keyboard", script, event_of(keys), state)


MODIFIERS = ("Control", "Meta", "Alt", "Shift")


def event_of(keys):
    """What a browser tells of keys, as "Control Shift Z"."""
    *modifiers, key = keys.split()
    event = {f"{name.lower()}Key": name in modifiers for name in MODIFIERS}
    event["ctrlKey"] = event.pop("controlKey")
    return {**event, "key": " " if key == "Space" else key}


def test_undo_and_redo(run):
    """add 1, add 2, undo, undo, redo, add 3: 2 cannot be done again."""
    script = """
        const history = new it.ChangeHistory();
        const told = [history.undo(), history.redo()];
        history.add("one");
        history.add("two");
        told.push(history.undo(), history.undo(), history.undo(), history.redo());
        history.add("three");
        told.push(history.redo(), history.undo());
        history.drop("three");
        told.push(history.redo(), history.undo(), history.undo());
        return told.map((one) => one ?? null);
    """
    assert run("editing/change_history", script) == [
        *(None, None),
        *("two", "one", None, "one"),
        *(None, "three"),
        *(None, "one", None),
    ]


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


@pytest.mark.parametrize(
    "keys, start, end",
    [
        ("ArrowRight", (0, 0, -1), (0, 0, 0)),
        ("ArrowLeft", (1, 2, 0), (1, 2, -1)),
        ("ArrowLeft", (1, 0, -1), (1, 0, -1)),
        ("ArrowDown", (0, 4, 3), (1, 0, 3)),
        ("ArrowUp", (1, 0, 3), (0, 4, 3)),
        ("ArrowDown", (9, 4, 3), (9, 4, 3)),
        ("ArrowDown", (0, 2, -1), (1, 2, -1)),
        ("PageDown", (0, 2, 3), (1, 2, 3)),
        ("PageUp", (0, 2, 3), (0, 2, 3)),
        ("Home", (3, 2, 5), (3, 2, -1)),
        ("End", (3, 2, 5), (3, 2, 12)),
        ("Control End", (3, 2, 5), (9, 4, 12)),
        ("Control Home", (3, 2, 5), (0, 0, -1)),
        ("Control ArrowUp", (3, 2, 5), (0, 0, 5)),
        ("Enter", (3, 2, 5), None),
        ("Alt ArrowUp", (3, 2, 5), None),
    ],
)
def test_where_keys_lead_in_the_board(run, keys, start, end):
    script = """
        const [event, [row, line, column]] = words;
        const next = it.movedBy(
            event, {row, line, column}, {rows: 10, lines: 5, columns: 13}
        );
        return next && [next.row, next.line, next.column];
    """
    assert run("board/grid_moves", script, event_of(keys), list(start)) == (
        end and list(end)
    )


def test_board_without_figures_has_names_only(run):
    script = """
        return ["ArrowRight", "End", "ArrowDown"].map((key) =>
            it.movedBy({key}, {row: 0, line: 0, column: -1}, words[0])
        );
    """
    name = {"line": 0, "column": -1}
    told = run("board/grid_moves", script, {"rows": 3, "lines": 0, "columns": 0})
    assert told == [{"row": 0, **name}, {"row": 0, **name}, {"row": 1, **name}]


def test_amounts_of_the_board_have_three_digits(run):
    amounts = {
        0: "0",
        815.5: "815.5",
        9999: "9,999",
        10000: "10k",
        70000: "70k",
        12345: "12.3k",
        238600: "239k",
        999950: "1M",
        1553111: "1.55M",
        -1553111: "-1.55M",
        12500000: "12.5M",
        4588222000: "4.59G",
    }
    script = """
        const format = new it.AmountFormat({is_monetary: false, metric_label: "Deals"});
        return words.map((amount) => format.short(amount));
    """
    shown = run("figures/figures", script, *amounts)
    assert dict(zip(amounts, shown, strict=True)) == amounts


def test_fiscal_years_are_called_as_the_server_does(run):
    script = """
        return words.map((day) => it.yearLabel(luxon.DateTime.fromISO(day)));
    """
    days = ("2027-01-01", "2026-04-01", "1999-07-01")
    assert run("period_range/period_range", script, *days) == [
        *("2027", "2026/27", "1999/00"),
    ]
