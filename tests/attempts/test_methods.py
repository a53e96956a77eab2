"""Every public method of both addons, with ids that are hidden and words that make no
sense: no error without words, and no row more.

An error has words if its class is one of ``odoo.exceptions``, or if Odoo refused
the call before the method began. What Odoo's own methods, that we extend, make of
nonsense is Odoo's.

Of the calls with nonsense one in three is made, and all when somebody searches
(``setup/test system --search 1``).
"""

from collections import Counter, defaultdict

import pytest

from tests.attempts import methods, rows
from tests.attempts.reading import Reading
from tests.attempts.sweep import TOKEN, Sweep
from tests.attempts.test_models import models_of
from tests.oracle.searching import is_tried

# Odoo's models that have methods of ours.
EXTENDED = ("crm.lead", "res.partner", "crm.stage", "res.users", "res.config.settings")
AUTHORS = ("reader", "large", "manager", "portal")
NONSENSE = (
    None,
    False,
    True,
    "x",
    -1,
    2**40,
    1.5,
    float("nan"),
    [],
    ["x"],
    [[]],
    [None],
    {},
    {"x": 1},
    [{"x": 1}],
)
# Options that boards and sheets read, of types that they have not.
OPTIONS = (
    "date_from",
    "date_to",
    "tree",
    "territory_id",
    "territory_ids",
    "user_id",
    "members",
    "figure",
    "by",
    "year",
    "offset",
    "limit",
    "date_start",
    "amount",
    "note",
)
# What a context holds that nobody expects.
STRANGE = ("x", [1], {"x": 1}, 10**9, -1, True, None, 1.5)
# What lists read of it.
IN_LISTS = ("movement_from", "movement_to", "movement_weeks", "accuracy_weeks")
# Ids of nothing. (What is no number Odoo stumbles over itself, in all its models.)
IDS = ([], [2**31 - 1], [-1])
_ONE_IN = 3


@pytest.fixture(scope="module")
def calls(world):
    """Each call that was made: (author, model, method, args, kwargs, answer)."""
    found = []
    known = methods.of_models({*models_of(world), *EXTENDED})
    hidden, seen = _ids(world, known)
    for author in AUTHORS:
        for model, of_model in known.items():
            for method in of_model:
                for args, kwargs in _attempts(
                    method, hidden[author, model], seen[author, model], author
                ):
                    answer = world.callers[author].ask(
                        model, method.name, *args, **kwargs
                    )
                    found.append((author, model, method, args, kwargs, answer))
    print(f"\n{len(found)} calls of {sum(map(len, known.values()))} methods")
    return found + list(_lists_in_contexts(world, known))


def _lists_in_contexts(world, known):
    """Lists read the context, too: each key of it, of all types."""
    count = methods.Method("search_count", ("domain",), True)
    caller = world.callers["large"]
    for model in sorted(rows.NUMBERED):
        for key in IN_LISTS:
            for value in STRANGE:
                words = {"context": {key: value}}
                answer = caller.ask(model, "search_count", [], **words)
                yield "large", model, count, ([],), words, answer


def _ids(world, known):
    """Ids of each author and model: one that is hidden, one that is not."""
    reading = Reading(world, "everyone")
    hidden, seen = defaultdict(list), defaultdict(list)
    for model in known:
        if model not in rows.FACTS or model in rows.NUMBERED:
            continue
        facts = rows.facts(world, model)
        for author in AUTHORS:
            user = reading.user(author)
            for row in facts:
                may_see = rows.FACTS[model][0](reading, user, row)
                (seen if may_see else hidden)[author, model].append(row["id"])
    return hidden, seen


def _attempts(method, hidden, seen, author):
    """(arguments, options) of calls of a method; nonsense is tried by one author."""
    words = list(_words(method))
    if not method.is_of_model:
        yield from (((hidden[:1], *each), {}) for each in words[: 2 if hidden else 0])
    if author == "large" and method.name not in methods.OF_ODOO:
        for attempt in _nonsense(method, seen, words):
            if is_tried(f"{method.name} {attempt}", _ONE_IN):
                yield attempt


def _nonsense(method, seen, words):
    contexts = [{"context": each} for each in _contexts()]
    if method.is_of_model:
        yield from ((each, {}) for each in words)
        yield from (((), each) for each in contexts)
        return
    yield from (((ids, *words[0]), {}) for ids in IDS)
    if seen and method.parameters:
        yield from (((seen[:1], *each), {}) for each in words)
    if seen and method.name.startswith(("get_", "action_view", "action_open")):
        yield from (((seen[:1], *words[0]), each) for each in contexts)


def _words(method):
    """Arguments: too few, too many, and of all types that JSON has."""
    if not method.parameters:
        yield ()
        yield ("x",)
        return
    yield ({},)
    yield ()
    yield from ((value,) for value in NONSENSE)
    yield tuple("x" for _name in range(9))
    if method.parameters[0] in ("options", "values"):
        for name in OPTIONS:
            for value in STRANGE:
                yield ({**_options(), name: value},)
        yield ([_options()],)
        for value in NONSENSE:
            yield ([{**_options(), "amount": value}],)


def _options():
    return {
        "date_from": "2026-01-01",
        "date_to": "2026-03-31",
        "date_start": "2026-01-01",
        "figure": "open_amount",
    }


def _contexts():
    """All keys that our code looks up, of types that it does not expect."""
    keys = methods.context_keys()
    yield from (dict.fromkeys(keys, value) for value in STRANGE)


def test_no_error_without_words(world, calls):
    faults = defaultdict(list)
    for author, model, method, args, kwargs, answer in calls:
        if answer.is_fault and _is_ours(method, answer):
            line = f"{author}: {model}.{method.name}{args} {kwargs or ''}"
            faults[_place(answer)].append(line)
    for place, lines in faults.items():
        print(f"\n{len(lines)} × {place}", *lines[:3], sep="\n   ")
    assert not faults


def _frames(answer):
    lines = answer.traceback.splitlines()
    return [line.strip() for line in lines if line.lstrip().startswith("File ")]


def _is_ours(method, answer):
    """Not: the call never began; or Odoo stumbled over what is handed to it."""
    frames = _frames(answer)
    if not frames or "service/model.py" in frames[-1] or "in call_kw" in frames[-1]:
        return False
    if answer.message.startswith("Expected singleton"):  # Odoo's way to say: one record
        return False
    return method.name not in methods.OF_ODOO


def _place(answer):
    """Where our code was when it happened."""
    ours = [line for line in _frames(answer) if "/crm_territory" in line]
    return f"{answer.error}: {answer.message[:90]} at {(ours or ['?'])[-1]}"


def test_no_row_more(world, calls):
    reading = Reading(world, "everyone")
    told = {name: Sweep(world, reading, name).told for name in AUTHORS}
    leaks = []
    for author, model, method, args, kwargs, answer in calls:
        text = f"{answer.value} {answer.message}"
        secrets = {token.upper() for token in TOKEN.findall(text)} - told[author]
        if secrets:
            line = f"{author}: {model}.{method.name}{args} {kwargs or ''}"
            leaks.append(f"{line}: {sorted(secrets)[:5]}")
    assert not leaks


def test_hidden_records_are_acted_on_by_nobody(calls):
    """A method that takes ids refuses those of hidden records, or opens a list that
    holds nothing.
    """
    acted = [
        f"{author}: {model}.{method.name}{args}: {answer}"
        for author, model, method, args, _kwargs, answer in calls
        if method.name in ("write", "unlink", "copy", "web_save")
        and args
        and args[0] not in IDS
        and not answer.is_refused
        and answer.value
    ]
    assert not acted


def test_methods_are_found(world, calls):
    """The list is read from the source: what is known to be public is in it."""
    names = Counter(method.name for _a, _m, method, *_rest in calls)
    assert names["get_board"] and names["run_to_end"] and names["action_assign"]
    assert {"movement_from", "accuracy_weeks"} <= set(methods.context_keys())
