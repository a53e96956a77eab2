"""The assignment oracle: which territories a record is in, read slowly.

A second, independent reading of section 3 of ``docs/design.md`` and of
``docs/decisions/0001-how-a-record-is-judged.md``. It loops over territories in plain
Python, asks ``filtered_domain`` for the rules, and reads ZIP codes and cities
itself. It shares no code with the engine, and must not.
"""

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import pytz

from . import places

LAST = float("inf")


@dataclass(frozen=True)
class Verdict:
    """What the specification says of one record."""

    territories: frozenset = frozenset()
    credited: int = 0


@dataclass(frozen=True)
class Area:
    country_id: int
    state_id: int
    city: str
    zip_from: str
    zip_to: str


@dataclass(frozen=True)
class Rule:
    """One that counts; a broken one (no domain) matches nothing."""

    id: int
    domain: str | None
    is_anywhere: bool


@dataclass(frozen=True)
class Member:
    user_id: int
    date_start: object
    date_end: object

    def is_there(self, day):
        return (not self.date_start or self.date_start <= day) and (
            not self.date_end or day <= self.date_end
        )


@dataclass
class Plan:
    """A plan that is active, or was: with the nodes of its tree, parents first.

    :param companies: ids of those whose records it covers; None: of all
    """

    id: int
    is_active: bool
    company_id: int
    companies: frozenset | None
    today: object
    nodes: dict = field(default_factory=dict)

    def covers(self, company_id):
        return not company_id or self.companies is None or company_id in self.companies


@dataclass
class Node:
    """A territory, with what the oracle reads of it."""

    id: int
    parent: "Node | None"
    is_archived: bool
    priority: float
    sequence: int
    areas: list
    rules: dict  # {object: rules that count}
    members: list

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


def area_contains(area, record):
    """Whether the address of the record lies in the area."""
    country = record.country_id.code
    if area.country_id != record.country_id.id:
        return False
    if area.state_id and area.state_id != record.state_id.id:
        return False
    if (area.city or "").strip() and not places.same_city(area.city, record.city):
        return False
    code = places.units_of(country, record.zip)
    if not (area.zip_from or "").strip():
        return bool(area.state_id) or places.country_of(country, code) == country
    low = places.units_of(country, area.zip_from, is_area=True)
    high = places.units_of(country, area.zip_to or area.zip_from, is_area=True)
    return places.is_between(country, code, low, high)


class Oracle:
    """Judges records by the plans and criteria as they are when it is made.

    Records, and the decisions on them, are read when they are judged, with all rights.
    """

    def __init__(self, env):
        self.env = env(su=True, context=dict(env.context, active_test=False))
        self.plans = [
            self._plan(plan) for plan in self.env["crm.territory.plan"].search([])
        ]
        self.nodes = {
            id_: node for plan in self.plans for id_, node in plan.nodes.items()
        }
        self._forget_records()

    def _forget_records(self):
        self._population = {}
        self._matching = {}
        self._area_matches = {}
        self._accounts = {}

    # what a record must be

    def accounts(self, partners, before=None):
        """{partner id: Verdict}. A contact has the verdict of its account.

        :param before: {partner id: Verdict} of what they were; absent: in none
        """
        self._read(partners)
        before = before or {}
        accounts = {
            account.id: self._verdict(
                account, self._account(account), before.get(account.id)
            )
            for account in self._population["res.partner"]
        }
        return {
            partner.id: accounts[partner.commercial_partner_id.id]
            for partner in self.env["res.partner"].browse(partners.ids)
        }

    def leads(self, leads, before=None):
        """{lead id: Verdict}, closed or not."""
        self._read(leads)
        before = before or {}
        return {
            lead.id: self._verdict(lead, self._lead(lead), before.get(lead.id))
            for lead in self._population["crm.lead"]
        }

    def _read(self, records):
        self._forget_records()
        records = self.env[records._name].browse(records.ids)
        if records._name == "crm.lead":
            accounts = records.partner_id.commercial_partner_id
            self._population = {"crm.lead": records, "res.partner": accounts}
        else:
            self._population = {"res.partner": records.commercial_partner_id}

    # the trees

    def _plan(self, plan):
        branches = self.env["res.company"].search(
            [("id", "child_of", plan.company_id.id)]
        )
        found = Plan(
            plan.id,
            plan.state == "active",
            plan.company_id.id,
            frozenset(branches.ids) if plan.company_id else None,
            datetime.now(pytz.timezone(plan.tz)).date(),
        )
        territories = self.env["crm.territory"].search([("plan_id", "=", plan.id)])
        for territory in territories.sorted(self._depth):
            parent = found.nodes.get(territory.parent_id.id)
            found.nodes[territory.id] = Node(
                id=territory.id,
                parent=parent,
                is_archived=not territory.active or bool(parent and parent.is_archived),
                priority=territory.type_id.priority if territory.type_id else LAST,
                sequence=territory.sequence,
                areas=[
                    Area(a.country_id.id, a.state_id.id, a.city, a.zip_from, a.zip_to)
                    for a in territory.area_ids
                ],
                rules=self._rules(territory),
                members=[
                    Member(m.user_id.id, m.date_start, m.date_end)
                    for m in territory.member_ids
                ],
            )
        return found

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
                domain = None if rule.error else rule.domain
                rules[rule.applies_to].append(Rule(rule.id, domain, rule.is_anywhere))
        return rules

    # single criteria

    def _rule_matches(self, rule, record):
        if rule not in self._matching:
            population = self._population[record._name]
            self._matching[rule] = self._matching_ids(rule, population)
        return record.id in self._matching[rule]

    @staticmethod
    def _matching_ids(rule, population):
        if rule.domain is None:
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

    def _judged_alone(self, plan, kind, record, place=None):
        """What a plan says of a record by its own values: accounts, leads alone."""
        place = place or record
        nodes = plan.nodes
        put_ins, closed = self._decisions(plan, record.territory_override_ids)
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

    @staticmethod
    def _decisions(plan, overrides):
        """The territories of the plan that hold the record, and those closed to it."""
        put_ins, closed = set(), set()
        for override in overrides:
            node = plan.nodes.get(override.territory_id.id)
            expired = override.date_end and override.date_end < plan.today
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

    def _judged_with_account(self, plan, lead, account, of_account, place):
        """The account's territories, refined by the rules for the lead's object."""
        nodes = plan.nodes
        put_ins, closed_by_lead = self._decisions(plan, lead.territory_override_ids)
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
        """{plan id: InPlan}, of the plans that judge the account."""
        if account.territory_is_locked:
            return {
                plan.id: self._left_alone(plan, account)
                for plan in self.judging(account)
            }
        if account.id not in self._accounts:
            judge = self._of_ours if self.is_ours(account) else self._judged_alone
            self._accounts[account.id] = {
                plan.id: judge(plan, "account", account)
                for plan in self.judging(account)
            }
        return self._accounts[account.id]

    def is_ours(self, account):
        """A colleague, or a company of ours: no account."""
        companies = self.env["res.company"].with_context(active_test=False).search([])
        users = self.env["res.users"].with_context(active_test=False)
        colleagues = users.search([("share", "=", False)])
        return account in companies.partner_id | colleagues.partner_id

    def _of_ours(self, plan, _kind, account):
        """It is nowhere; where it is kept out, its leads are."""
        _put_ins, closed = self._decisions(plan, account.territory_override_ids)
        return InPlan(closed=closed)

    def _left_alone(self, plan, account):
        """What leads have of an account that rules leave alone: where it is."""
        put_ins, closed = self._decisions(plan, account.territory_override_ids)
        kept = {
            territory.id
            for territory in account.territory_set_id.territory_ids
            if territory.id in plan.nodes and not plan.nodes[territory.id].is_archived
        }
        return InPlan(kept, put_ins, set(), closed)

    def _lead(self, lead):
        account = lead.partner_id.commercial_partner_id
        if not account:
            return {
                plan.id: self._judged_alone(plan, lead.type, lead)
                for plan in self.judging(lead)
            }
        place = account if account.country_id else lead
        found = {}
        for plan in self.judging(lead):
            of_account = self._account(account).get(plan.id, InPlan())
            is_lent = place == lead and not account.territory_is_locked
            if is_lent and lead.country_id:
                # the account, as if it lay where the lead does
                of_account = self._judged_alone(plan, "account", account, lead)
            found[plan.id] = self._judged_with_account(
                plan, lead, account, of_account, place
            )
        return found

    def judging(self, record):
        """The active plans that judge the record."""
        return [
            plan
            for plan in self.plans
            if plan.is_active and plan.covers(record.company_id.id)
        ]

    def _verdict(self, record, in_plans, before):
        """What the plans that judge it say, and what it has of plans that left nobody
        in their place; what no plan judges stays as it was.
        """
        before = before or Verdict()
        if not in_plans or record.territory_is_locked:
            return before
        found_of = {
            territory: found for found in in_plans.values() for territory in found.kept
        }
        for plan in self.left_of(record):
            for territory in before.territories & plan.nodes.keys():
                found_of[territory] = InPlan()
        credited = min(
            found_of,
            key=lambda territory: self._rank(record, territory, found_of[territory]),
            default=0,
        )
        return Verdict(frozenset(found_of), credited)

    def left_of(self, record):
        """The plans whose territories the record keeps if it has some."""
        return [
            plan
            for plan in self.plans
            if self._is_left(plan) and plan.covers(record.company_id.id)
        ]

    def _is_left(self, plan):
        """Whether the plan judges no more, and no other does for its company."""
        if plan.is_active:
            return False
        judging = [other for other in self.plans if other.is_active]
        if not plan.company_id:
            return not judging
        return not any(other.covers(plan.company_id) for other in judging)

    def _rank(self, record, territory, found):
        """The first by this key is credited."""
        node = self.nodes[territory]
        return (
            territory not in found.own_put_ins,
            territory not in found.account_put_ins,
            not self._is_member(record.user_id.id, territory),
            node.priority,
            -len(node.line),
            node.sequence,
            territory,
        )

    def _is_member(self, user_id, territory):
        [today] = [plan.today for plan in self.plans if territory in plan.nodes]
        return any(
            member.user_id == user_id and member.is_there(today)
            for member in self.nodes[territory].members
        )
