"""Territories of one parent that take the same records: real ones, or none yet where
their areas meet.
"""

from itertools import combinations

from odoo.tools import format_list

from ..engine.codes import AREA, RULE, Matches, encode
from ..engine.resolution import territories_of
from .addresses import Addresses
from .finding import CHECK, KNOW, OVERLAP, Finding, Tally

# of two territories whose areas meet, so many meetings are tried for one that counts
_TRIED = 50
# of what a territory takes a record by, so much is named
_NAMED = 3


def of_siblings(conflicts):
    """List of Finding."""
    found = _with_records(conflicts)
    words = _Words(conflicts, [tally for tally, _judged in found.values()])
    findings = [
        _finding(conflicts, pair, words.of_records(pair, *each), each[0])
        for pair, each in found.items()
    ]
    made_up = _without_records(conflicts, found)
    findings += [
        _finding(conflicts, pair, words.of_areas(pair, *each), Tally())
        for pair, each in made_up.items()
    ]
    return findings


def _finding(conflicts, pair, words, tally):
    types = {conflicts.territories[id_].type_id.id for id_ in pair}
    meant = len(types) == 2 and False not in types
    text, example = words
    return Finding(
        OVERLAP,
        KNOW if meant else CHECK,
        (OVERLAP, *pair),
        text,
        pair,
        example,
        tally,
        ("crm.territory", pair[0]),
    )


def _with_records(conflicts):
    """{(sibling, sibling): (Tally, the Judged of its sample)}"""
    found = {}
    for group, judged, amount in conflicts.population.of_credit():
        pairs = {
            conflicts.siblings(one, other)
            for one, other in combinations(sorted(judged.by_rule), 2)
        }
        for pair in pairs - {None}:
            tally, of_sample = found.setdefault(pair, (Tally(), {}))
            tally.add(group, amount)
            of_sample[group.kind != "account", group.sample_id] = judged
    return {
        pair: (tally, of_sample[min(of_sample)])
        for pair, (tally, of_sample) in found.items()
    }


def _without_records(conflicts, known):
    """{(sibling, sibling): (inner, outer)}: places in both, where no record is, but one
    would be in both territories.
    """
    tried = {}
    for inner, outer in conflicts.overlaps.pairs:
        one, other = inner.territory_id, outer.territory_id
        if one == other:
            continue
        pair = conflicts.siblings(one, other)
        if pair and pair not in known and len(tried.get(pair, ())) < _TRIED:
            tried.setdefault(pair, []).append((inner, outer))
    meetings = [(pair, *each) for pair, found in tried.items() for each in found]
    holding = conflicts.population.matcher.places(
        [_address(inner, outer) for _pair, inner, outer in meetings]
    )
    plans = frozenset({conflicts.plan.id})
    found = {}
    for number, (pair, inner, outer) in enumerate(meetings):
        codes = [encode(id_, AREA) for id_ in holding.get(number, ())]
        ids = territories_of(conflicts.tree, codes, "account", plans)
        if any(
            conflicts.siblings(*each) == pair for each in combinations(sorted(ids), 2)
        ):
            found.setdefault(pair, (inner, outer))
    return found


def _address(inner, outer):
    """What lies in both places: (place code, state id, city)."""
    return (
        inner.prefix,
        inner.state_id or outer.state_id,
        inner.city_name or outer.city_name,
    )


class _Words:
    """What two territories share, in words."""

    def __init__(self, conflicts, tallies):
        self._conflicts = conflicts
        self.env = conflicts.env
        self._addresses = Addresses(self.env)
        self._lines = {}
        for model in ("res.partner", "crm.lead"):
            ids = [
                record.id
                for tally in tallies
                if (record := tally.record(self.env))._name == model
            ]
            if ids:
                matcher = conflicts.population.matcher
                self._lines[model] = matcher.lines(model, ids)

    def of_records(self, pair, tally, judged):
        """(text, example)"""
        record = tally.record(self.env)
        words = {
            name: value
            for number, id_ in enumerate(pair)
            for name, value in (
                (f"name_{number}", self._conflicts.name(id_)),
                (f"by_{number}", self._by(id_, record, judged)),
            )
        }
        text = self.env._(
            "“%(name_0)s” (%(by_0)s) and “%(name_1)s” (%(by_1)s) take the same"
            " records.",
            **words,
        )
        return text, self._addresses.of_record(record)

    def of_areas(self, pair, inner, outer):
        places = inner, outer
        if self._conflicts.siblings(*pair) != pair or not self._is_below(inner, pair):
            places = outer, inner
        areas = [
            self.env["crm.territory.area"].sudo().browse(place.area_id).display_name
            for place in places
        ]
        text = self.env._(
            "“%(name_0)s” (%(by_0)s) and “%(name_1)s” (%(by_1)s) both take what lies"
            " there. Nothing does yet.",
            name_0=self._conflicts.name(pair[0]),
            name_1=self._conflicts.name(pair[1]),
            by_0=areas[0],
            by_1=areas[1],
        )
        place = self._addresses.of_place(*_address(inner, outer))
        return text, self.env._("%s (made up)", place)

    def _is_below(self, place, pair):
        """Whether a place is of the first of two territories, or below it."""
        return pair[0] in self._conflicts.tree.line(place.territory_id)

    def _by(self, sibling_id, record, judged):
        """What a territory, or one below it, takes a record by."""
        tree, matches = self._conflicts.tree, Matches(judged.codes)
        below = {
            each
            for id_ in judged.by_rule
            for each in tree.line(id_)
            if sibling_id in tree.line(each)
        }
        lines = self._lines.get(record._name, {}).get(record.id, {})
        words = [
            line._word_reason(line._reason_facts())
            for id_ in sorted(below)
            for model, line_id in lines.get(id_, ())
            for line in self.env[model].sudo().browse(line_id)
        ]
        rule_ids = matches[RULE].intersection(
            rule_id
            for id_ in below
            for ids in tree.nodes[id_].rules.values()
            for rule_id in ids
        )
        rules = self.env["crm.territory.rule"].sudo().browse(sorted(rule_ids))
        words += [self.env._("rule “%s”", rule.name) for rule in rules]
        return format_list(self.env, list(dict.fromkeys(words))[:_NAMED]) or "…"
