"""What one types in sheet and board, called in a page of the browser with cases:
amounts, what a key asks for, what can be undone.
"""

import pytest

pytestmark = pytest.mark.browser


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
def test_amounts_are_read_in_the_notation(set_notation, run, notation, amounts):
    set_notation(notation)
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
def test_what_is_no_amount_is_refused(set_notation, run, notation, texts):
    set_notation(notation)
    read = run("editing/amount_parser", READ, *texts)
    assert [text for text, told in zip(texts, read, strict=True) if told != told] == []
    assert [
        text
        for text, told in zip(texts, read, strict=True)
        if not str(told).startswith(f"“{text}” is not a number")
    ] == []


def test_refusal_names_what_can_be_written(set_notation, run):
    set_notation("german")
    assert run("editing/amount_parser", READ, "viel", "-2k") == [
        "“viel” is not a number, such as 1.500.000 or 1,5M",
        "“-2k” is negative",
    ]


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
    assert run("@crm_territory/editing/change_history", script) == [
        *(None, None),
        *("two", "one", None, "one"),
        *(None, "three"),
        *(None, "one", None),
    ]
