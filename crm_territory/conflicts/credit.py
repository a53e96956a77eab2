"""Territories that have records, and are credited with none of them: something else
always comes first.
"""

from collections import Counter

from ..engine.codes import ACCOUNT_PUT_IN, KINDS, PUT_IN
from ..engine.credit import decided_by
from ..explanation.credit_words import deciding_words
from .addresses import Addresses
from .finding import KNOW, UNCREDITED, Finding, Tally


def of_credit(conflicts):
    """List of Finding."""
    has, counts, before = {}, set(), {}
    population = conflicts.population
    for group, judged, amount in population.of_credit():
        if not judged.territories:
            continue
        credited = population.credited(group, judged)
        counts.add(credited)
        for id_ in judged.by_rule - {credited}:
            has.setdefault(id_, Tally()).add(group, amount)
            why = decided_by(
                conflicts.tree,
                credited,
                id_,
                [
                    code
                    for code in judged.codes
                    if code % KINDS in (PUT_IN, ACCOUNT_PUT_IN)
                ],
                group.user_id,
            )
            before.setdefault(id_, Counter())[credited, why] += group.count
    return [
        _finding(conflicts, id_, tally, *before[id_].most_common(1)[0][0])
        for id_, tally in has.items()
        if id_ not in counts
    ]


def _finding(conflicts, territory_id, tally, first_id, why):
    env = conflicts.env
    text = env._(
        "“%(territory)s” is credited with none of its records: “%(first)s” comes"
        " first with most of them, because %(why)s.",
        territory=conflicts.name(territory_id),
        first=conflicts.name(first_id),
        why=deciding_words(env, why),
    )
    record = tally.record(env)
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
