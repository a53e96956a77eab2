"""What is in no territory, grouped so that one sees what to add."""

from collections import Counter, defaultdict
from functools import cached_property

from ..engine import places
from ..engine.codes import ACCOUNT_KEEP_OUT, AREA, KEEP_OUT, Matches
from ..engine.overlaps import Overlaps
from ..engine.resolution import Walk
from ..matching.grouped import PREFIX
from .addresses import Addresses, code_words
from .finding import CHECK, GAP, KNOW, Finding, Tally, sample_records


class Gaps:
    """Of one plan.

    :param Conflicts conflicts: of the plan
    """

    def __init__(self, conflicts):
        self._conflicts = conflicts
        self.env = conflicts.env
        self._tree = conflicts.tree
        self._plans = frozenset({conflicts.plan.id})
        self._overlaps = self._effective(conflicts)
        self._addresses = Addresses(self.env)

    @staticmethod
    def _effective(conflicts):
        """The places that can take something."""
        useless = set().union(*conflicts.areas_outside.values())
        if not useless:
            return conflicts.overlaps
        kept = [p for p in conflicts.overlaps.places if p.area_id not in useless]
        return Overlaps(kept)

    def findings(self):
        """List of Finding."""
        tallies, samples = {}, {}
        for group, judged, amount in self._conflicts.population.of_address():
            if judged.territories or group.is_elsewhere:
                continue
            key = self._key(group, judged.codes)
            if key:
                tallies.setdefault(key, Tally()).add(group, amount)
                samples.setdefault(key, (group, judged))
        records = sample_records(self.env, tallies.values())
        return [
            self._finding(key, tally, record, *samples[key])
            for (key, tally), record in zip(tallies.items(), records, strict=True)
        ]

    def _key(self, group, codes):
        """What the records of a group have in common that one could add: (how, country
        id, id or code); None: it is decided by hand, or what lacks is told elsewhere.
        """
        matches = Matches(codes)
        if matches[KEEP_OUT] or matches[ACCOUNT_KEEP_OUT]:
            return None
        is_held = self._is_held(group, codes, matches[AREA])
        if not self._overlaps.places or is_held:
            country_id = group.country_id if is_held else None
            return "which", country_id, group.industry_id
        if not group.country_id:
            return None  # it lacks a country
        code = (group.prefix or "")[:2]
        of_country = self._places_of.get(code, [])
        if not of_country:
            return "country", group.country_id, code
        return self._key_within(group, of_country)

    def _is_held(self, group, codes, area_ids):
        """Whether an area holds the records, and those above do: rules refuse them."""
        kind = self._kind(group)
        walk = Walk(self._tree, codes, kind, self._plans)
        return any(
            walk.passes(id_, lambda node: walk.where_holds(node, (kind,)))
            for id_ in area_ids
        )

    @staticmethod
    def _kind(group):
        """Whose rules decide where it is."""
        return "account" if group.has_account else group.kind

    def _key_within(self, group, of_country):
        """Of a country that is covered in parts."""
        states = {place.state_id for place in of_country} - {None}
        if states and group.state_id and group.state_id not in states:
            return "state", group.country_id, group.state_id
        prefix = group.prefix or ""
        for length in range(3, min(len(prefix), PREFIX) + 1):
            if not self._overlaps.begins(prefix[:length]):
                if self._is_code(prefix[:length]):
                    return "zip", group.country_id, prefix[:length]
        return "rest", group.country_id, prefix[:2]

    @staticmethod
    def _is_code(prefix):
        """Whether an area can say exactly that."""
        try:
            found = places.area_prefixes(
                prefix[:2], "", code_beginning(prefix[:2], prefix[2:])
            )
        except places.NotUnderstood:
            return False
        return found == [prefix]

    @cached_property
    def _places_of(self):
        """{country, or part of one: its places}"""
        found = defaultdict(list)
        for place in self._overlaps.places:
            found[place.prefix[:2]].append(place)
        return found

    # -- in words

    def _finding(self, key, tally, record, group, judged):
        how, country_id, detail = key
        country = self.env["res.country"].sudo().browse(country_id or ())
        finding = Finding(
            GAP,
            CHECK,
            (GAP, *key),
            "",
            example=self._addresses.of_record(record),
            tally=tally,
        )
        if how == "which":
            finding.text = self._which_words(country, detail)
            finding.severity = KNOW if country else CHECK
            return finding
        place, name = self._place(how, country, detail)
        if how == "rest":
            finding.text = self.env._(
                "%s: the territories cover some places only, and none of these.", name
            )
            return finding
        finding.text = self.env._("%s: no territory.", name)
        finding.place, finding.name = place, name
        finding.below_id = self._below(group, judged, country)
        return finding

    def _which_words(self, country, industry_id):
        env = self.env
        industry = env["res.partner.industry"].sudo().browse(industry_id or ())
        words = {
            "country": country.name or env._("Anywhere"),
            "industry": industry.name or env._("no industry"),
        }
        if country:
            return env._(
                "%(country)s, %(industry)s: an area holds them, and no rule takes"
                " them.",
                **words,
            )
        return env._("%(industry)s: no rule takes them.", **words)

    def _place(self, how, country, detail):
        """The values of an area, and what it is called."""
        if how == "state":
            state = self.env["res.country.state"].sudo().browse(detail)
            return {"country_id": country.id, "state_id": state.id}, state.name
        # a part of a country can be one with an ISO code of its own
        of_code = self._addresses.country(detail[:2]) or country
        values = {"country_id": of_code.id}
        if how == "zip":
            values["zip_from"] = code_beginning(detail[:2], detail[2:])
            return values, f"{of_code.name} {values['zip_from']}"
        return values, of_code.name

    # -- where a territory for it goes

    def _below(self, group, judged, country):
        """The territory below which one for the place takes the records: one that lets
        them through and takes nothing itself, and best one that has its like below.
        None: the top.
        """
        kind = self._kind(group)
        walk = Walk(self._tree, judged.codes, kind, self._plans)

        def lets_through(node):
            return walk.where_holds(node, (kind,)) and walk.which_holds(node, kind)

        open_ids = [
            id_
            for id_, node in self._conflicts.nodes.items()
            if not node.has_criteria(kind) and walk.passes(id_, lets_through)
        ]
        roots = [n.id for n in self._conflicts.nodes.values() if not n.parent_id]
        wanted = [id_ for id_ in open_ids if self._below_at_all[id_] or roots == [id_]]
        return max(
            wanted, key=lambda id_: (self._rank(id_, country), -id_), default=None
        )

    def _rank(self, id_, country):
        """How much of its like a territory has right below, and anywhere below."""
        codes = self._codes_below[id_]
        groups = set(country.country_group_ids.ids)
        alike = sum(
            count
            for code, count in codes.items()
            if not groups.isdisjoint(
                self._addresses.country(code).country_group_ids.ids
            )
        )
        depth = self._tree.nodes[id_].depth
        return codes[country.code], alike, self._below_at_all[id_], -depth

    @cached_property
    def _by_place_only(self):
        """The places of territories that take all that lies there."""
        nodes = self._tree.nodes
        return [
            place
            for place in self._overlaps.places
            if not nodes[place.territory_id].rules.get("account")
        ]

    @cached_property
    def _codes_below(self):
        """{territory id: the countries of the territories right below it, counted}"""
        found = defaultdict(Counter)
        for territory_id, code in {
            (place.territory_id, place.prefix[:2]) for place in self._by_place_only
        }:
            found[self._tree.nodes[territory_id].parent_id][code] += 1
        return found

    @cached_property
    def _below_at_all(self):
        """{territory id: how many below it have areas, and no rules}"""
        found = Counter()
        for territory_id in {place.territory_id for place in self._by_place_only}:
            found.update(self._tree.ancestors(territory_id))
        return found


def code_beginning(country, key):
    """What an area says whose place codes begin with a key, as people write it.

    >>> code_beginning("DE", "80"), code_beginning("GB", "M-01")
    ('80', 'M1')
    """
    if key.isdigit():
        return key
    return code_words(country, key)
