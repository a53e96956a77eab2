"""The parts of the tree that need no screen, called in a page of the browser with
cases: where rows are moved, what is written then and how that is taken back, what a key
asks for, what others changed.
"""

import pytest

pytestmark = pytest.mark.browser

ROWS = 'const rows = odoo.loader.modules.get("@crm_territory/tree/tree_rows");'
# West above North (which is above Quay) and South; East. All have the same number.
TREE = [
    ("West", None),
    ("North", "West"),
    ("Quay", "North"),
    ("South", "West"),
    ("East", None),
]
IDS = {name: number for number, (name, _parent) in enumerate(TREE, start=1)}


def tree(**sequences):
    """Rows as the server tells them, with other numbers by name."""
    levels = {None: -1}
    rows = []
    for name, parent in TREE:
        levels[name] = levels[parent] + 1
        row = {"id": IDS[name], "name": name, "parent_id": IDS.get(parent, False)}
        row |= {"level": levels[name], "sequence": sequences.get(name, 10)}
        rows.append(row | {"code": "", "type_id": False, "criteria": []})
    return rows


@pytest.fixture
def run(run):
    """The same for a module of the tree; what tells rows is there as ``rows``."""

    def run_script(path, script, *words):
        return run(f"@crm_territory/tree/{path}", ROWS + script, *words)

    return run_script


def change(name, before, after):
    return {"id": IDS[name], "before": before, "after": after}


@pytest.mark.parametrize(
    "call, numbers, wanted",
    [
        # below: only the parent is written
        ("movedBelow(rows, 4, 2)", {}, [change("South", 1, 2)]),
        ("movedBelow(rows, 5, 1)", {}, [change("East", False, 1)]),
        ("movedBelow(rows, 4, 1)", {}, []),
        # not below itself
        ("movedBelow(rows, 1, 3)", {}, None),
        ("movedBelow(rows, 1, 1)", {}, None),
        ("indented(rows, 4)", {}, [change("South", 1, 2)]),
        ("indented(rows, 2)", {}, None),
        ("outdented(rows, 3)", {}, [change("Quay", 2, 1)]),
        ("outdented(rows, 1)", {}, None),
        ("movedBy(rows, 2, -1)", {}, None),
        ("movedBy(rows, 4, 1)", {}, None),
    ],
)
def test_places(run, call, numbers, wanted):
    script = f"""
        const found = ((rows) => it.{call})(words[0]);
        return found && found.map(({{id, before, after}}) => ({{
            id, before: before.parent_id, after: after.parent_id,
        }}));
    """
    assert run("tree_changes", script, tree(**numbers)) == wanted


@pytest.mark.parametrize(
    "call, numbers, wanted",
    [
        # all have the same number: they get one each, which makes the order
        ("movedBy(rows, 4, -1)", {}, {"North": 20}),
        # only what asks for it gets another number
        ("movedBy(rows, 4, -1)", {"North": 1, "South": 2}, {"South": 10, "North": 20}),
        ("movedBeside(rows, 4, 2, true)", {}, {}),
        ("movedBeside(rows, 4, 2, true)", {"North": 1, "South": 2}, {}),
    ],
)
def test_order(run, call, numbers, wanted):
    script = f"""
        const found = ((rows) => it.{call})(words[0]);
        const name = (id) => words[0].find((row) => row.id === id).name;
        return Object.fromEntries(
            found.map(({{id, after}}) => [name(id), after.sequence])
        );
    """
    assert run("tree_changes", script, tree(**numbers)) == wanted


def test_changes_are_taken_back_in_turn(run):
    script = """
        const made = [
            {id: 7, before: null, after: {name: "New", parent_id: 1}},
            {id: 4, before: {name: "South"}, after: {name: "Sud"}},
            {id: 4, before: {}, after: {}, added: [6]},
        ];
        const back = it.inverse(made);
        return [back, it.inverse(back), it.renumbered(back, 7, 9)[2].id];
    """
    back, again, number = run("tree_changes", script)
    nobody = {"added": [], "removed": []}
    assert back == [
        {"id": 4, "before": {}, "after": {}, "added": [], "removed": [6]},
        {"id": 4, "before": {"name": "Sud"}, "after": {"name": "South"}, **nobody},
        {"id": 7, "before": {"name": "New", "parent_id": 1}, "after": None, **nobody},
    ]
    assert [each["id"] for each in again] == [7, 4, 4]
    assert again[0]["before"] is None
    assert number == 9


def test_what_lies_below_is_archived_first(run):
    script = "return it.archived(words[0], 1).map(({id}) => id);"
    assert run("tree_changes", script, tree()) == [4, 3, 2, 1]


def test_branch_and_what_is_inherited(run):
    rows = tree()
    rows[0]["criteria"] = [{"text": "Europe"}]
    rows[2]["criteria"] = [{"text": "Harbour"}]
    script = """
        return [
            it.branchOf(words[0], 1).map(({name}) => name),
            [...it.inheritedCriteria(words[0])].map(([id, {from}]) => [id, from]),
        ];
    """
    branch, inherited = run("tree_rows", script, rows)
    assert branch == ["West", "North", "Quay", "South"]
    assert inherited == [[2, "West"], [3, "West"], [4, "West"]]


def test_what_others_changed(run):
    before, after = tree(), tree()
    after[1]["name"] = "Far North"
    after[3]["code"] = "S"
    gone = after.pop()
    script = "return it.changedByOthers(words[0], words[1], new Set(words[2]));"
    found = run("tree_rows", script, before, after, [IDS["South"]])
    assert sorted(found) == sorted([gone["name"], "Far North"])


def test_many_rows_are_folded_at_first(run):
    rows = tree()
    script = """
        const many = [...words[0], ...Array.from({length: 100}, (_, index) => ({
            ...words[0][4], id: 100 + index,
        }))];
        return [it.firstFolds(it.asTree(words[0])), it.firstFolds(it.asTree(many))];
    """
    few, many = run("tree_rows", script, rows)
    assert (few, many) == ({}, {str(IDS["North"]): True})


@pytest.mark.parametrize(
    "keys, is_editing, wanted",
    [
        ("ArrowDown", False, {"name": "step", "steps": 1}),
        ("ArrowLeft", False, {"name": "fold"}),
        ("Alt ArrowLeft", False, {"name": "outdent"}),
        ("Alt ArrowDown", False, {"name": "moveBy", "steps": 1}),
        ("Alt d", False, None),
        ("Enter", False, {"name": "add", "isBelow": False}),
        ("Shift Enter", False, {"name": "add", "isBelow": True}),
        ("Control Enter", False, {"name": "open"}),
        ("Control z", False, {"name": "undo"}),
        ("Control Shift Z", False, {"name": "redo"}),
        ("Control y", False, {"name": "redo"}),
        ("Delete", False, {"name": "remove"}),
        ("Tab", False, None),
        ("Tab", True, {"name": "along", "steps": 1}),
        ("Shift Tab", True, {"name": "along", "steps": -1}),
        ("Enter", True, {"name": "take"}),
        ("Control z", True, None),
        ("ArrowLeft", True, None),
    ],
)
def test_keys(run, keys, is_editing, wanted):
    *modifiers, key = keys.split()
    names = {"Control": "ctrlKey", "Shift": "shiftKey", "Alt": "altKey"}
    event = {"key": key, **{names[each]: True for each in modifiers}}
    script = "return it.commandOf(words[0], words[1]);"
    assert run("tree_keyboard", script, event, is_editing) == wanted
