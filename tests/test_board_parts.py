"""The parts of the board that need no screen, called in a page of the browser with
cases: where keys lead, and how amounts and years are told.
"""

import pytest

from tests.test_editing_parts import event_of

pytestmark = pytest.mark.browser


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
