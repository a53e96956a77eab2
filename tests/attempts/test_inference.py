"""Worlds that differ only in one hidden lead look the same to who may not see it.

Everything that counts, sums, matches or simulates is asked before and after the lead
changes, as the manager of another territory and as members of others.
"""

import json

import pytest

from tests.attempts import cast, rows
from tests.attempts.reading import Reading
from tests.attempts.test_models import models_of

ASKERS = ("small", "reader")
CHANGES = ("amount", "territory", "won", "owner", "gone")
YEAR = cast.MONTH.year
PERIODS = {"date_from": f"{YEAR}-01-01", "date_to": f"{YEAR}-12-31"}
# What changes as time passes, and what others wrote.
PASSING = ("days", "duration_tracking", "message_")
FIGURES = ("achieved", "open_amount", "weighted_amount", "commit", "best", "pipeline")
# Criteria that would tell of leads, on the form of a rule.
CRITERIA = {
    "account": (
        "[]",
        "[('country_id.code', '=', 'FR')]",
        "[('opportunity_ids.expected_revenue', '>', 1)]",
        "[('opportunity_ids.won_status', '=', 'won')]",
        "[('opportunity_ids', 'any', [('expected_revenue', '>', 5000000)])]",
        "[('opportunity_count', '>', 1)]",
    ),
    "opportunity": (
        "[]",
        "[('expected_revenue', '>', 5000000)]",
        "[('partner_id.zip', '=like', '75%')]",
        "[('won_status', '=', 'won')]",
        "[('message_ids.body', 'ilike', 'note')]",
    ),
}


@pytest.fixture(scope="module")
def hidden(world):
    """A lead that none of those who ask may see: Olga's in Lyon."""
    [found] = [
        id_
        for id_, deal in world.leads.items()
        if (deal.customer, deal.owner, deal.is_won) == ("Lyon", "olga", False)
    ]
    reading = Reading(world, "everyone")
    for name in ASKERS:
        assert not reading.sees_lead(reading.user(name), found)
    return found


@pytest.fixture(scope="module")
def questions(world):
    """All that is asked: {what is asked: (model, method, arguments, options)}."""
    found = {}
    # wizards are one's own, and tell how often one has asked
    wizards = world.call(
        "ir.model", "search_read", [("transient", "=", True)], ["model"]
    )
    kept = set(models_of(world)) - {row["model"] for row in wizards}
    for model in [*sorted(kept), "crm.lead", "res.partner", "crm.activity.report"]:
        fields = world.call(model, "fields_get", [], ["type", "store", "aggregator"])
        found |= dict(_of_model(model, fields))
    found |= dict(_of_forecast(world))
    found |= dict(_of_rules(world))
    found |= dict(_of_wizards(world))
    return found


def _of_model(model, fields):
    """Lists, counts and sums."""
    fields = {
        name: each for name, each in fields.items() if not name.startswith(PASSING)
    }
    names = sorted(fields)
    context = {"active_test": False}
    order = {} if model in rows.NUMBERED else {"order": "id"}
    yield f"{model} list", (model, "search_read", ([], names), order)
    yield f"{model} count", (model, "search_count", ([],), {"context": context})
    yield f"{model} names", (model, "name_search", ("",), {})
    sums = [
        f"{name}:{each['aggregator']}"
        for name, each in fields.items()
        if each.get("aggregator") and each["type"] in ("integer", "float", "monetary")
    ]
    links = [
        name
        for name in ("territory_id", "territory_level_1_id", "user_id", "stage_id")
        if name in fields
    ]
    for groups in ([], links[:1]):
        words = ([], groups, ["__count", *sums])
        yield f"{model} by {groups}", (model, "formatted_read_group", words, {})


def _of_forecast(world):
    model, forecast = "crm.territory.forecast", [world.forecasts["alder"]]
    yield "frame", (model, "get_frame", (), {})
    yield "own targets", (model, "get_own_targets", (), {})
    for tree in ("today", "then"):
        for members in (False, True):
            options = {**PERIODS, "tree": tree, "members": members}
            yield f"board {options}", (model, "get_board", (forecast, options), {})
        for by in ("territory", "user"):
            options = {**PERIODS, "tree": tree, "by": by}
            words = (forecast, options)
            yield f"stars {options}", (model, "get_star_performers", words, {})
        for figure in FIGURES:
            options = {**PERIODS, "tree": tree, "figure": figure}
            options["territory_id"] = world.territories["world"]
            words = (forecast, options)
            key = f"opportunities {options}"
            yield key, (model, "get_opportunities_action", words, {})
    yield "sheet", (model, "get_sheet", (forecast, {"year": f"{YEAR}-01-01"}), {})
    yield (
        "sheet after",
        (
            model,
            "get_sheet",
            (forecast, {"year": f"{YEAR + 1}-01-01"}),
            {},
        ),
    )
    for place in ("country_id", "state_id"):
        words = ("crm.territory.map.report", "get_geography", (place,), {})
        yield f"map {place}", words
    for weeks in (1, 4, 52):
        context = {"movement_weeks": weeks, "accuracy_weeks": weeks}
        for report in ("movement", "accuracy"):
            words = ([], [], ["__count"])
            yield (
                f"{report} {weeks}",
                (
                    f"{model}.{report}",
                    "formatted_read_group",
                    words,
                    {"context": context},
                ),
            )


def _of_rules(world):
    """Matches on the form of a rule, and of those that are there."""
    model, names = "crm.territory.rule", ["domain", "applies_to", "territory_id"]
    for place in ("smallest", "france"):
        for applies_to, domains in CRITERIA.items():
            for domain in domains:
                values = {
                    "territory_id": world.territories[place],
                    "applies_to": applies_to,
                    "domain": domain,
                    "is_anywhere": True,
                }
                specification = {"match_count": {}, "error": {}, "name": {}}
                words = ([], values, names, specification)
                yield f"rule {place} {domain}", (model, "onchange", words, {})


def _of_wizards(world):
    for name, customer in world.customers.items():
        if cast.CUSTOMERS[name].company != "birch":
            values = {"partner_id": customer}
            key = f"who sees {name}"
            yield key, ("crm.territory.access", "create", (values,), {})
    model = "crm.territory.start"
    yield "start", (model, "default_get", (["name", "source", "country_ids"],), {})


@pytest.fixture(scope="module")
def before(world, hidden, questions):
    return {name: answers(world, name, questions) for name in ASKERS}


def answers(world, name, questions):
    """What somebody is told: {what is asked: the answer as text}."""
    caller = world.callers[name]
    found = {}
    for what, (model, method, args, kwargs) in questions.items():
        answer = caller.ask(model, method, *args, **kwargs)
        assert "positional argument" not in answer.message, answer
        value = answer.value
        if method == "create" and not answer.is_refused:
            # its own number says how often somebody asked
            value = _lines(caller, value)
        text = json.dumps(value, sort_keys=True, default=str)
        found[what] = f"{answer.error} {answer.message} {text}"
    return found


def _lines(caller, wizard):
    ids = wizard if isinstance(wizard, list) else [wizard]
    lines = caller.call(
        "crm.territory.access.line",
        "search_read",
        [("access_id", "in", ids)],
        ["user_id", "can_write", "reason"],
    )
    return [{**line, "id": 0} for line in lines]


class Change:
    """What happens to the hidden lead, and back."""

    def __init__(self, world, lead):
        self.world = world
        self.lead = lead

    def amount(self):
        self._write(expected_revenue=9_999_999)

    def undo_amount(self):
        number = list(self.world.leads).index(self.lead)
        self._write(expected_revenue=1_000_003 + 1009 * number)

    def territory(self):
        self._write(partner_id=self.world.customers["Paris"])

    def undo_territory(self):
        self._write(partner_id=self.world.customers["Lyon"])

    def won(self):
        self.world.call("crm.lead", "action_set_won", [self.lead])

    def undo_won(self):
        stage = self.world.call("crm.stage", "search", [("is_won", "=", False)])[0]
        self._write(stage_id=stage, probability=10)

    def owner(self):
        self._write(user_id=self.world.users["former"])

    def undo_owner(self):
        self._write(user_id=self.world.users["olga"])

    def gone(self):
        self._write(active=False)

    def undo_gone(self):
        self._write(active=True)

    def _write(self, **values):
        self.world.write("crm.lead", self.lead, **values)


@pytest.mark.parametrize("what", CHANGES)
def test_worlds_look_the_same(world, hidden, questions, before, what):
    change = Change(world, hidden)
    getattr(change, what)()
    try:
        after = {name: answers(world, name, questions) for name in ASKERS}
    finally:
        getattr(change, f"undo_{what}")()
    differing = [
        f"{name}: {key}: {_difference(before[name][key], after[name][key])}"
        for name in ASKERS
        for key in questions
        if before[name][key] != after[name][key]
    ]
    print(f"\n{what}: {len(questions) * len(ASKERS)} answers, {len(differing)} differ")
    print(*differing, sep="\n   ")
    assert not differing


def _difference(one, other):
    """Where two texts begin to differ."""
    first = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    start = max(0, first - 60)
    return f"…{one[start : first + 60]}… became …{other[start : first + 60]}…"


def test_the_owner_would_notice(world, hidden, questions):
    """The questions are not blind: who sees the lead is told of each change."""
    everything = {
        key: words
        for key, words in questions.items()
        if words[0] in ("crm.lead", "crm.territory.revenue.report", "crm.territory")
    }
    change = Change(world, hidden)
    seen = answers(world, "large", everything)
    change.amount()
    try:
        assert answers(world, "large", everything) != seen
    finally:
        change.undo_amount()
