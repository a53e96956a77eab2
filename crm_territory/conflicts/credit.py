"""Territories that have records, and are credited with none of them: something else
always comes first.
"""

from collections import Counter

from ..engine.codes import ACCOUNT_PUT_IN, KINDS, PUT_IN
from ..engine.credit import decided_by
from ..explanation.credit_words import deciding_words
from .addresses import Addresses
from .finding import KNOW, UNCREDITED, Finding, Tally, sample_records


def of_credit(conflicts):
    """List of Finding."""
    population = conflicts.population
    credited = [
        (group, judged, amount, population.credited(group, judged))
        for group, judged, amount in population.of_credit()
        if judged.territories
    ]
    others = set().union(*(judged.by_rule for _group, judged, *_rest in credited))
    never = others.difference(first for *_rest, first in credited)
    tallies, before = {}, {}
    for group, judged, amount, first in credited:
        for id_ in never & judged.by_rule:
            tallies.setdefault(id_, Tally()).add(group, amount)
            why = decided_by(
                conflicts.tree, first, id_, _by_hand(judged.codes), group.user_id
            )
            before.setdefault(id_, Counter())[first, why] += group.count
    records = sample_records(conflicts.env, tallies.values())
    return [
        _finding(conflicts, id_, tally, record, *before[id_].most_common(1)[0][0])
        for (id_, tally), record in zip(tallies.items(), records, strict=True)
    ]


def _by_hand(codes):
    return [code for code in codes if code % KINDS in (PUT_IN, ACCOUNT_PUT_IN)]


def _finding(conflicts, territory_id, tally, record, first_id, why):
    env = conflicts.env
    text = env._(
        "“%(territory)s” is credited with none of its records: “%(first)s” comes"
        " first with most of them, because %(why)s.",
        territory=conflicts.name(territory_id),
        first=conflicts.name(first_id),
        why=deciding_words(env, why),
    )
    return Finding(
        UNCREDITED,
        KNOW,
        (UNCREDITED, territory_id),
        text,
        (territory_id, first_id),
        Addresses(env).of_record(record),
        tally,
        ("crm.territory", territory_id),
    )
