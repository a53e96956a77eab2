"""Why a record is in its territories: kept as facts, worded when they are read.

Facts are JSON, the same for every language, and outlive what they tell of::

    {"territories": [[id, name, [reason, …]], …]}
    {"undone_run": id}
    {"text": "…"}            (what versions before this wrote)

A reason is ``["in", why]`` (put in by hand; ``["in"]`` in older facts), ``["place",
model, facts of the model]``, ``["rule", name]``, or ``["account"]`` (as its account),
which may hold the account's reasons.
"""

from itertools import chain

from .engine import codes
from .engine.reasons import reasons

_BY_HAND, _PLACE, _RULE, _ACCOUNT = "in", "place", "rule", "account"


def facts_of(assignment, decisions, places=None):
    """The facts that speak for what was decided. 3 queries, whatever the number, and 1
    if something was put in by hand.

    :param decisions: list of Decision that the criteria made
    :param places: as Matcher.lines finds them; None: they are looked up
    :return: list of facts
    """
    env, tree = assignment.env, assignment.compiled.tree
    if places is None:
        in_a_place = [d.record_id for d in decisions if d.territories]
        places = assignment.places_of(in_a_place) if in_a_place else {}
    found = [
        reasons(
            tree,
            decision.territories,
            assignment.codes_of(decision.matched),
            decision.matched.kind,
        )
        for decision in decisions
    ]
    names = _names_of(env, found)
    lines = _facts_of_lines(env, places)
    decided = _reasons_by_hand(assignment.model, decisions, found)
    return [
        {
            "territories": [
                [
                    territory_id,
                    names["crm.territory", territory_id],
                    [
                        reason
                        for kind, id_ in spoken
                        for reason in _reasons(
                            kind,
                            names.get(("crm.territory.rule", id_)),
                            places.get(decision.record_id, {}).get(territory_id, ()),
                            lines,
                            decided.get((decision.record_id, territory_id)),
                        )
                    ],
                ]
                for territory_id, spoken in by_territory.items()
            ]
        }
        for decision, by_territory in zip(decisions, found, strict=True)
    ]


def _reasons(kind, rule_name, places, lines, decided):
    if kind == codes.PUT_IN:
        yield [_BY_HAND, decided] if decided else [_BY_HAND]
    elif kind == codes.BASE:
        yield [_ACCOUNT]
    elif kind == codes.RULE:
        yield [_RULE, rule_name]
    else:
        for model_name, line_id in places:
            yield [_PLACE, model_name, lines[model_name, line_id]]


def _reasons_by_hand(model, decisions, found):
    """{(record id, territory id): why a person put the record in}."""
    ids = [
        decision.record_id
        for decision, by_territory in zip(decisions, found, strict=True)
        if any(kind == codes.PUT_IN for kind, _id in chain(*by_territory.values()))
    ]
    if not ids:
        return {}
    column = "lead_id" if model._name == "crm.lead" else "partner_id"
    overrides = model.env["crm.territory.override"].search(
        [(column, "in", ids), ("decision", "=", "in"), ("is_expired", "=", False)]
    )
    return {
        (override[column].id, override.territory_id.id): override.reason
        for override in overrides
    }


def _names_of(env, found):
    """{(model, id): name} of the territories and rules that speak."""
    territory_ids, rule_ids = set(), set()
    for by_territory in found:
        territory_ids.update(by_territory)
        for spoken in by_territory.values():
            rule_ids.update(id_ for kind, id_ in spoken if kind == codes.RULE)
    return {
        (model_name, record.id): record.name
        for model_name, ids in (
            ("crm.territory", territory_ids),
            ("crm.territory.rule", rule_ids),
        )
        for record in env[model_name].browse(sorted(ids))
    }


def _facts_of_lines(env, places):
    """{(model, line id): facts} of all lines in which records lie."""
    ids = {}
    for by_territory in places.values():
        for lines in by_territory.values():
            for model_name, line_id in lines:
                ids.setdefault(model_name, set()).add(line_id)
    return {
        (model_name, line.id): line._reason_facts()
        for model_name, line_ids in ids.items()
        for line in env[model_name].browse(sorted(line_ids))
    }


def with_reasons_of_accounts(facts, facts_of_account):
    """The same facts, where *as its account* tells why the account is there. (What a
    person said of the account is for those who see it.)

    :param facts_of_account: the facts of the account
    """
    known = {
        id_: [reason[:1] if reason[0] == _BY_HAND else reason for reason in spoken]
        for id_, _name, spoken in facts_of_account["territories"]
    }
    return {
        "territories": [
            [
                id_,
                name,
                [
                    [_ACCOUNT, known[id_]]
                    if reason == [_ACCOUNT] and id_ in known
                    else reason
                    for reason in spoken
                ],
            ]
            for id_, name, spoken in facts["territories"]
        ]
    }


def tells_of_account(facts):
    """Whether the record is in a territory because its account is."""
    return any(
        [_ACCOUNT] in spoken for _id, _name, spoken in facts.get("territories", ())
    )


def worded(env, facts):
    """The facts in the language of the reader: a line for each territory."""
    if not facts:
        return ""
    if "text" in facts:
        return facts["text"]
    if "undone_run" in facts:
        run = env["crm.territory.run"].browse(facts["undone_run"]).exists()
        if run:
            return env._("%s was undone.", run.name)
        return env._("A run was undone.")
    hidden = env["crm.territory"]._hidden_ids(row[0] for row in facts["territories"])
    lines = [
        env._("%(name)s: %(words)s", name=name, words=", ".join(words))
        if words
        else name
        for id_, name, spoken in facts["territories"]
        if id_ not in hidden
        for words in [[_word(env, reason) for reason in spoken]]
    ]
    return "\n".join(lines) or env._("No territory matches.")


def words_of(env, facts, territory_id):
    """What the facts say of one territory, in the language of the reader; empty if
    nothing.
    """
    for id_, _name, spoken in facts.get("territories", ()):
        if id_ == territory_id:
            return ", ".join(_word(env, reason) for reason in spoken)
    return ""


def _word(env, reason):
    kind, *rest = reason
    if kind == _BY_HAND:
        if rest:
            return env._("put in by hand (%s)", rest[0])
        return env._("put in by hand")
    if kind == _RULE:
        return rest[0]
    if kind == _PLACE:
        model_name, facts = rest
        # the addon that knew such places may be gone
        return (
            env[model_name]._word_reason(facts) if model_name in env else env._("place")
        )
    if rest and rest[0]:
        words = ", ".join(_word(env, each) for each in rest[0])
        return env._("like its account (%s)", words)
    return env._("like its account")
