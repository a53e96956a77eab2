"""The assignment oracle: which territories a record is in, read slowly.

A second, independent reading of section 3 of the design and of
``docs/decisions/0001-how-a-record-is-judged.md``. It loops over territories in plain
Python, asks ``filtered_domain`` for the rules, and reads ZIP codes and cities
itself. It shares no code with the engine, and must not.
"""

import ast
from collections import defaultdict
from dataclasses import dataclass, field

from odoo import fields

ZIP_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
LAST = float("inf")


@dataclass(frozen=True)
class Verdict:
    """What the specification says of one record."""

    territories: frozenset = frozenset()
    credited: int = 0


@dataclass
class Node:
    """A territory, with what the oracle reads of it."""

    id: int
    parent: "Node | None"
    record: object
    is_archived: bool
    areas: object
    rules: dict  # {object: rules that count}

    @property
    def line(self):
        """The territory and those above it, the nearest first."""
        return [self] + (self.parent.line if self.parent else [])

    def is_below(self, other):
        return self is not other and other in self.line


@dataclass
class InPlan:
    """What one plan says of one record."""

    kept: set = field(default_factory=set)
    own_put_ins: set = field(default_factory=set)
    account_put_ins: set = field(default_factory=set)
    closed: set = field(default_factory=set)


def normalized_zip(text):
    return "".join(char for char in (text or "").upper() if char in ZIP_CHARACTERS)


def area_contains(area, record):
    """Whether the address of the record lies in the area."""
    if area.country_id != record.country_id:
        return False
    if area.state_id and area.state_id != record.state_id:
        return False
    if (area.city or "").strip() and _plain(area.city) != _plain(record.city):
        return False
    low = normalized_zip(area.zip_from)
    if not low:
        return True
    high = normalized_zip(area.zip_to) or low
    code = normalized_zip(record.zip)
    return len(code) >= len(low) and low <= code[: len(low)] <= high


def _plain(text):
    return (text or "").strip().lower()


class Oracle:
    """Judges records by the criteria as they are when it is made.

    Make a new one after each change. Records are read with all rights.
    """

    def __init__(self, env, today=None):
        self.env = env(su=True, context=dict(env.context, active_test=False))
        self.today = today or fields.Date.context_today(self.env["crm.lead"])
        plans = self.env["crm.territory.plan"].search([("state", "=", "active")])
        self.trees = {plan: self._tree(plan) for plan in plans}
        self._population = {}
        self._matching = {}
        self._area_matches = {}
        self._accounts = {}

    # what a record must be

    def accounts(self, partners):
        """{partner id: Verdict}. A contact has the verdict of its account."""
        return {
            partner.id: self._account(partner.commercial_partner_id)
            for partner in self._readable(partners)
        }

    def leads(self, leads):
        """{lead id: Verdict}, closed or not."""
        return {lead.id: self._lead(lead) for lead in self._readable(leads)}

    def _readable(self, records):
        records = self.env[records._name].browse(records.ids)
        if records._name == "crm.lead":
            accounts = records.partner_id.commercial_partner_id
            self._population = {"crm.lead": records, "res.partner": accounts}
        else:
            self._population = {"res.partner": records.commercial_partner_id}
        self._matching = {}
        return records

    # the tree

    def _tree(self, plan):
        """The nodes of the plan, parents first."""
        nodes = {}
        territories = self.env["crm.territory"].search([("plan_id", "=", plan.id)])
        for territory in territories.sorted(self._depth):
            parent = nodes.get(territory.parent_id.id)
            nodes[territory.id] = Node(
                id=territory.id,
                parent=parent,
                record=territory,
                is_archived=not territory.active or bool(parent and parent.is_archived),
                areas=territory.area_ids,
                rules=self._rules(territory),
            )
        return nodes

    def _depth(self, territory):
        depth = 0
        while territory.parent_id:
            territory = territory.parent_id
            depth += 1
        return depth

    def _rules(self, territory):
        """{object: rules}. Broken ones count, but match nothing."""
        rules = defaultdict(list)
        for rule in territory.rule_ids:
            if rule.active:
                rules[rule.applies_to].append(rule)
        return rules

    # single criteria

    def _rule_matches(self, rule, record):
        if rule not in self._matching:
            population = self._population[record._name]
            self._matching[rule] = self._matching_ids(rule, population)
        return record.id in self._matching[rule]

    @staticmethod
    def _matching_ids(rule, population):
        if rule.error:
            return set()
        return set(population.filtered_domain(ast.literal_eval(rule.domain)).ids)

    def _in_an_area(self, node, record):
        key = (node.id, record._name, record.id)
        if key not in self._area_matches:
            self._area_matches[key] = any(
                area_contains(area, record) for area in node.areas
            )
        return self._area_matches[key]

    def _own_criteria_hold(self, node, rules, record, place):
        """ "(no areas, or one matches, or an anywhere rule matches) and
        (no rules, or one matches)". ``place``: whose address counts."""
        matching = [rule for rule in rules if self._rule_matches(rule, record)]
        in_place = (
            not node.areas
            or self._in_an_area(node, place)
            or any(rule.is_anywhere for rule in matching)
        )
        return in_place and (not rules or bool(matching))

    # records without account above them

    def _judged_alone(self, nodes, kind, record, place=None):
        """What a plan says of a record by its own values: accounts, leads alone."""
        place = place or record
        overrides = record.territory_override_ids
        put_ins, closed = self._decisions(nodes, overrides)
        passing, matches = set(), set()
        for node in nodes.values():
            rules = node.rules[kind]
            if (
                not self._is_closed(node, closed)
                and (node.parent is None or node.parent.id in passing)
                and self._own_criteria_hold(node, rules, record, place)
            ):
                passing.add(node.id)
                if node.areas or rules:
                    matches.add(node.id)
        candidates = matches | put_ins
        kept = put_ins | self._deepest(nodes, matches, candidates)
        return InPlan(kept, put_ins, set(), closed)

    def _decisions(self, nodes, overrides):
        """The territories of the plan that hold the record, and those closed to it."""
        put_ins, closed = set(), set()
        for override in overrides:
            node = nodes.get(override.territory_id.id)
            expired = override.date_end and override.date_end < self.today
            if node is None or expired:
                continue
            if override.decision == "out":
                closed.add(node.id)
            elif not node.is_archived:
                put_ins.add(node.id)
        return put_ins, closed

    @staticmethod
    def _is_closed(node, closed):
        return node.is_archived or any(above.id in closed for above in node.line)

    @staticmethod
    def _deepest(nodes, territories, others):
        """Those of ``territories`` that have none of ``others`` below them."""
        return {
            territory
            for territory in territories
            if not any(nodes[o].is_below(nodes[territory]) for o in others)
        }

    # leads with an account

    def _judged_with_account(self, nodes, lead, account, of_account, place):
        """The account's territories, refined by the rules for the lead's object."""
        put_ins, closed_by_lead = self._decisions(nodes, lead.territory_override_ids)
        closed = of_account.closed | closed_by_lead
        base = self._base(nodes, of_account, closed_by_lead, closed)
        passing, hits = set(), set()
        for node in nodes.values():
            if self._is_closed(node, closed):
                continue
            above = node.parent is None or node.parent.id in passing
            rules = node.rules[lead.type]
            matching = [rule for rule in rules if self._rule_matches(rule, lead)]
            if (
                node.id in base
                or (above and self._account_fits(node, account, matching, place))
            ) and (not rules or matching):
                passing.add(node.id)
                if rules:
                    hits.add(node.id)
        account_put_ins = of_account.own_put_ins & base
        everything = base | hits | put_ins
        kept = put_ins | self._deepest(nodes, everything - account_put_ins, everything)
        kept |= self._deepest(nodes, account_put_ins, hits | put_ins)
        return InPlan(kept, put_ins, account_put_ins, closed)

    def _account_fits(self, node, account, matching_of_lead, place):
        """The areas (or an anywhere rule of either) and the account rules hold."""
        rules = node.rules["account"]
        matching = [rule for rule in rules if self._rule_matches(rule, account)]
        in_place = (
            not node.areas
            or self._in_an_area(node, place)
            or any(rule.is_anywhere for rule in matching + matching_of_lead)
        )
        return in_place and (not rules or bool(matching))

    def _base(self, nodes, of_account, closed_by_lead, closed):
        """The account's territories; what the lead is kept out of falls back."""
        base = set()
        for territory in of_account.kept:
            node = nodes[territory]
            if not self._is_closed(node, closed_by_lead):
                base.add(territory)
            elif territory not in of_account.own_put_ins:
                base |= self._fallback(node, closed)
        return base

    def _fallback(self, node, closed):
        """The nearest territory above that is open and has criteria of accounts."""
        for above in node.line[1:]:
            if self._is_closed(above, closed):
                continue
            if above.areas or above.rules["account"]:
                return {above.id}
        return set()

    # all plans together

    def _account(self, account):
        if account not in self._accounts:
            self._accounts[account] = {
                plan: self._judged_alone(nodes, "account", account)
                for plan, nodes in self._plans_of(account)
            }
        return self._verdict(account, self._accounts[account])

    def _lead(self, lead):
        account = lead.partner_id.commercial_partner_id
        place = lead if account and not account.country_id else account
        if account:
            self._account(account)
        in_plans = {}
        for plan, nodes in self._plans_of(lead):
            if account:
                of_account = self._accounts[account].get(plan, InPlan())
                if place == lead and lead.country_id:
                    # the account, as if it lay where the lead does
                    of_account = self._judged_alone(nodes, "account", account, lead)
                in_plans[plan] = self._judged_with_account(
                    nodes, lead, account, of_account, place
                )
            else:
                in_plans[plan] = self._judged_alone(nodes, lead.type, lead)
        return self._verdict(lead, in_plans)

    def _plans_of(self, record):
        """The active plans that judge the record: of its company, or shared."""
        for plan, nodes in self.trees.items():
            companies = {plan.company_id, record.company_id}
            if len(companies - {self.env["res.company"]}) < 2:
                yield plan, nodes

    def _verdict(self, record, in_plans):
        kept = {}
        for plan, found in in_plans.items():
            for territory in found.kept:
                kept[territory] = (self.trees[plan][territory], found)
        credited = min(
            kept,
            key=lambda territory: self._rank(record, *kept[territory]),
            default=0,
        )
        return Verdict(frozenset(kept), credited)

    def _rank(self, record, node, found):
        """The first by this key is credited."""
        territory = node.record
        return (
            node.id not in found.own_put_ins,
            node.id not in found.account_put_ins,
            not self._is_member(record.user_id, territory),
            territory.type_id.priority if territory.type_id else LAST,
            -len(node.line),
            territory.sequence,
            node.id,
        )

    def _is_member(self, user, territory):
        return bool(user) and any(
            member.user_id == user
            and (not member.date_start or member.date_start <= self.today)
            and (not member.date_end or self.today <= member.date_end)
            for member in territory.member_ids
        )
