"""Territories of one parent that take the same records: real ones, or none yet where
their areas meet.
"""

from collections import defaultdict
from itertools import chain, combinations, islice

from odoo.tools import format_list

from ..engine.codes import AREA, RULE, Matches, encode
from ..engine.resolution import territories_of
from .addresses import Addresses
from .finding import CHECK, KNOW, OVERLAP, Finding, Tally, sample_records

# of two territories whose areas meet, so many meetings are tried for one that counts:
# most often the first does
_TRIED = (1, 9, 190)
# of a meeting of two areas, so many narrower ones where those above them lie
_NARROWED = 20
# of what a territory takes a record by, so much is named
_NAMED = 3


def of_siblings(conflicts):
    """List of Finding."""
    found = _with_records(conflicts)
    records = sample_records(conflicts.env, [tally for tally, _j in found.values()])
    words = _Words(conflicts, records)
    findings = [
        _finding(conflicts, pair, words.of_records(pair, record, judged), tally)
        for (pair, (tally, judged)), record in zip(found.items(), records, strict=True)
    ]
    made_up = _without_records(conflicts, found)
    words.area_ids = [place.area_id for each in made_up.values() for place in each[:2]]
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
    alike = {}  # the territories of records: (Tally, Judged by kind and sample)
    for group, judged, amount in conflicts.population.of_credit():
        if len(judged.by_rule) > 1:
            tally, samples = alike.setdefault(judged.by_rule, (Tally(), {}))
            tally.add(group, amount)
            samples[group.kind != "account", group.sample_id] = judged
    found = {}
    for territories, (tally, samples) in alike.items():
        first = min(samples)
        pairs = {
            conflicts.siblings(one, other)
            for one, other in combinations(sorted(territories), 2)
        }
        for pair in pairs - {None}:
            known, of_sample = found.setdefault(pair, (Tally(), {}))
            known.merge(tally)
            if not of_sample or first < of_sample[0]:
                found[pair] = known, (first, samples[first])
    return {pair: (tally, of_sample[1]) for pair, (tally, of_sample) in found.items()}


def _without_records(conflicts, known):
    """{(sibling, sibling): (inner, outer, what is in both)}: places where no record is,
    but one would be in both territories.
    """
    found, left = {}, _meetings(conflicts, known)
    for count in _TRIED:
        meetings = [
            (pair, *each) for pair, some in left.items() for each in islice(some, count)
        ]
        found |= _confirmed(conflicts, meetings)
        left = {pair: some for pair, some in left.items() if pair not in found}
    return found


def _confirmed(conflicts, meetings):
    """Of meetings, the first of each siblings in which the engine puts a record that
    meets no rule into both. 1 query.
    """
    holding = conflicts.population.matcher.places(
        [(place.prefix, place.state_id, place.city_name) for *_m, place in meetings]
    )
    plans = frozenset({conflicts.plan.id})
    found = {}
    for number, (pair, inner, outer, place) in enumerate(meetings):
        codes = [encode(id_, AREA) for id_ in holding.get(number, ())]
        ids = territories_of(conflicts.tree, codes, "account", plans)
        if any(
            conflicts.siblings(*each) == pair for each in combinations(sorted(ids), 2)
        ):
            found.setdefault(pair, (inner, outer, place))
    return found


def _meetings(conflicts, known):
    """Where a place of one lies in a place of the other, within all that lies above
    them: {siblings: iterator of (inner, outer, what lies in both)}. Whether a state has
    ZIP codes of a range is not known here: of such two nothing is said.
    """
    found = defaultdict(list)
    for inner, outer in conflicts.overlaps.pairs:
        one, other = inner.territory_id, outer.territory_id
        pair = conflicts.siblings(one, other) if one != other else None
        if not pair or pair in known or len(found[pair]) >= sum(_TRIED):
            continue
        if outer.holds(inner) or (inner.prefix == outer.prefix and inner.holds(outer)):
            found[pair].append((inner, outer))
    return {pair: _narrowed(conflicts, met) for pair, met in found.items()}


def _narrowed(conflicts, met):
    """Yields (inner, outer, what lies in both and in all above)."""
    tree, overlaps = conflicts.tree, conflicts.overlaps
    for inner, outer in met:
        lines = tree.line(inner.territory_id), tree.line(outer.territory_id)
        asked = [
            id_ for id_ in dict.fromkeys(chain(*lines)) if tree.nodes[id_].has_areas
        ]
        for place in islice(overlaps.narrowed(inner.common(outer), asked), _NARROWED):
            yield inner, outer, place


class _Words:
    """What two territories share, in words."""

    area_ids = ()  # those that are told

    def __init__(self, conflicts, records):
        self._conflicts = conflicts
        self.env = conflicts.env
        self._addresses = Addresses(self.env)
        self._lines = {}
        self._rule_ids = [
            rule_id
            for node in conflicts.nodes.values()
            for ids in node.rules.values()
            for rule_id in ids
        ]
        for model in ("res.partner", "crm.lead"):
            ids = [record.id for record in records if record._name == model]
            if ids:
                matcher = conflicts.population.matcher
                self._lines[model] = matcher.lines(model, ids)
        self._line_ids = defaultdict(list)
        for of_model in self._lines.values():
            for of_record in of_model.values():
                for model, line_id in chain(*of_record.values()):
                    self._line_ids[model].append(line_id)

    def of_records(self, pair, record, judged):
        """(text, example)"""
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

    def of_areas(self, pair, inner, outer, place):
        places = inner, outer
        if not self._is_below(inner, pair):
            places = outer, inner
        known = self.env["crm.territory.area"].sudo()
        areas = [
            known.browse(place.area_id).with_prefetch(self.area_ids).display_name
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
        words = self._addresses.of_place(place.prefix, place.state_id, place.city_name)
        return text, self.env._("%s (made up)", words)

    def _line(self, model, line_id):
        line = self.env[model].sudo().browse(line_id)
        return line.with_prefetch(self._line_ids[model])

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
        deepest = max(
            (id_ for id_ in below if id_ in lines),
            key=lambda id_: (tree.nodes[id_].depth, id_),
            default=None,
        )
        words = [
            line._word_reason(line._reason_facts())
            for model, line_id in lines.get(deepest, ())
            for line in [self._line(model, line_id)]
        ]
        rule_ids = matches[RULE].intersection(
            rule_id
            for id_ in below
            for ids in tree.nodes[id_].rules.values()
            for rule_id in ids
        )
        rules = self.env["crm.territory.rule"].sudo().browse(sorted(rule_ids))
        rules = rules.with_prefetch(self._rule_ids)
        words += [self.env._("rule “%s”", rule.name) for rule in rules]
        return format_list(self.env, list(dict.fromkeys(words))[:_NAMED]) or "…"
