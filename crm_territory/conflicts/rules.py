"""Rules that can never take anything, or nothing that another does not: decided by what
the matcher compares. Where that does not tell for certain, nothing is said.
"""

from functools import cached_property

from ..engine.contradiction import (
    conjunctions,
    contradict,
    never_together,
    takes_no_more,
)
from ..engine.places import PARTS
from ..matching import reader
from ..matching.compiler import compile_rule
from .finding import CHECK, KNOW, NEVER, REPAIR, Finding


def of_rules(conflicts):
    """List of Finding."""
    rules = PlanRules(conflicts)
    found = []
    for rule in rules.all:
        severity, text = rules.verdict(rule)
        if text:
            found.append(
                Finding(
                    NEVER,
                    severity,
                    (NEVER, "rule", rule.id),
                    text,
                    (rule.territory_id,),
                    opens=("crm.territory.rule", rule.id),
                )
            )
    return found + _without_criteria(conflicts)


def _without_criteria(conflicts):
    """Territories that take nothing, and group nothing."""
    parents = {node.parent_id for node in conflicts.nodes.values()}
    return [
        Finding(
            NEVER,
            CHECK,
            (NEVER, "territory", node.id),
            conflicts.env._(
                "“%s” has neither areas nor rules, and nothing below it: it takes"
                " nothing.",
                conflicts.name(node.id),
            ),
            (node.id,),
            opens=("crm.territory", node.id),
        )
        for node in conflicts.nodes.values()
        if not node.has_any_criteria and node.id not in parents
    ]


class RuleOf:
    """One rule of the plan, compiled.

    :param alternatives: list of conjunctions; None: it cannot be decided
    """

    def __init__(self, row, alternatives, error):
        self.id, self.territory_id, _plan_id, self.applies_to, *_text = row
        self.is_anywhere = row[6]
        self.alternatives = alternatives
        self.error = error


class PlanRules:
    """The rules of a plan, as far as they say what they take."""

    def __init__(self, conflicts):
        self._conflicts = conflicts
        self.env = conflicts.env
        self._nodes = conflicts.nodes
        population = conflicts.population
        self._errors = {
            **population.compiled.errors,
            **population.compiled.broken,
            **population.matcher.broken,
        }

    @cached_property
    def all(self):
        """List of RuleOf, those of a territory in their order."""
        plan = self._conflicts.plan.sudo()
        rows = [
            row
            for row in reader.read_rules(plan.env, plan.ids)
            if row[1] in self._nodes
        ]
        records = plan.env["crm.territory.rule"].browse(row[0] for row in rows)
        self._order = {rule.id: (rule.sequence, rule.id) for rule in records}
        self._names = {rule.id: rule.name for rule in records.with_env(self.env).sudo()}
        return [
            self._of(row) for row in sorted(rows, key=lambda row: self._order[row[0]])
        ]

    def _of(self, row):
        rule_id, _territory, _plan, applies_to, text, lang, _anywhere, error = row
        error = error or self._errors.get(rule_id)
        if error:
            return RuleOf(row, [], error)
        plan = self._conflicts.plan.sudo()
        reading = plan._reading()._replace(lang=lang)
        rows = compile_rule(plan.env, applies_to, text, reading).rows
        return RuleOf(row, conjunctions(rows), "")

    @cached_property
    def _of_territory(self):
        """{(territory id, object): its rules}"""
        found = {}
        for rule in self.all:
            found.setdefault((rule.territory_id, rule.applies_to), []).append(rule)
        return found

    @cached_property
    def _places(self):
        """{territory id: its places}"""
        return self._conflicts.overlaps.of_territory

    def verdict_of_edited(self, rule):
        """The same of a rule as it is on the screen, instead of what is stored.

        :param rule: the record, which need not be saved
        """
        id_ = rule._origin.id or 0
        applies_to, text, lang = rule.applies_to, rule.domain, rule.lang
        territory_id = rule.territory_id._origin.id
        anywhere, plan_id = rule.is_anywhere, self._conflicts.plan.id
        row = (id_, territory_id, plan_id, applies_to, text, lang, anywhere, None)
        edited = self._of(row)
        kept = [other for other in self.all if other.id != id_ or not id_]
        earlier = [
            other
            for other in kept
            if not id_ or self._order[other.id] < self._order.get(id_, (0, 0))
        ]
        self.all = [*earlier, edited, *(o for o in kept if o not in earlier)]
        self._places = self._conflicts.places_of(
            self._conflicts.tree.line(territory_id)
        )
        return self.verdict(edited)

    def verdict(self, rule):
        """(severity, words); no words where nothing is wrong."""
        env = self.env
        words = {
            "rule": self._names.get(rule.id, "…"),
            "territory": self._conflicts.name(rule.territory_id),
        }
        if rule.error:
            return REPAIR, env._(
                "The rule “%(rule)s” of “%(territory)s” is disabled by an error:"
                " %(error)s",
                error=rule.error,
                **words,
            )
        if rule.alternatives is None:
            return None, ""
        if all(map(contradict, rule.alternatives)):
            return REPAIR, env._(
                "The rule “%(rule)s” of “%(territory)s” can never match: its conditions"
                " exclude each other, or name nothing.",
                **words,
            )
        for id_ in self._conflicts.tree.line(rule.territory_id):
            if self._is_shut_out(rule, id_):
                return REPAIR, self._shut_out_words(id_, words)
        if earlier := self._earlier(rule):
            return KNOW, env._(
                "The rule “%(rule)s” of “%(territory)s” takes only what its rule"
                " “%(earlier)s”, which comes first, takes.",
                earlier=self._names[earlier.id],
                **words,
            )
        return None, ""

    def _shut_out_words(self, id_, words):
        if self._conflicts.name(id_) == words["territory"]:
            return self.env._(
                "The rule “%(rule)s” of “%(territory)s” can never match: its conditions"
                " and the geography of the territory exclude each other.",
                **words,
            )
        return self.env._(
            "The rule “%(rule)s” of “%(territory)s” takes no account: what it asks for"
            " is not in “%(above)s” above it.",
            above=self._conflicts.name(id_),
            **words,
        )

    def _is_shut_out(self, rule, id_):
        """Whether a territory, its own or one above it, lets nothing through that the
        rule takes. Leads begin where their account is: of these it is not known.
        """
        if rule.applies_to != "account":
            return False
        others = self._of_territory.get((id_, "account"), [])
        if id_ != rule.territory_id and others:
            decided = [other.alternatives for other in others]
            if None not in decided and never_together(
                rule.alternatives, [each for found in decided for each in found]
            ):
                return True
        places = self._places.get(id_)
        if not places or any(other.is_anywhere for other in others):
            return False
        return all(self._lies_nowhere(each, places) for each in rule.alternatives)

    def _lies_nowhere(self, conditions, places):
        """Whether what meets the conditions has an address in none of the places."""
        for term, value in conditions:
            if term.field == "country_id" and term.operator == "unset":
                return True
            if term.field == "country_id" and term.operator == "=":
                known = self._codes(value)
                if not any(place.prefix[:2] in known for place in places):
                    return True
            if term.field == "state_id" and term.operator == "=":
                if all(place.state_id not in (None, value) for place in places):
                    return True
        return False

    def _codes(self, country_id):
        """How the place codes of addresses in a country can begin."""
        code = self._code_of_country.get(country_id, "")
        return {code, *(part for _key, part in PARTS.get(code, ()))}

    @cached_property
    def _code_of_country(self):
        return {
            country.id: country.code or ""
            for country in self.env["res.country"].sudo().search([])
        }

    def _earlier(self, rule):
        """A rule of the same territory that takes all that this one takes."""
        for other in self._of_territory[rule.territory_id, rule.applies_to]:
            if other is rule:
                return None
            if (
                other.alternatives
                and (other.is_anywhere or not rule.is_anywhere)
                and takes_no_more(rule.alternatives, other.alternatives)
            ):
                return other
        return None
