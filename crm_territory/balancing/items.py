"""What can be moved between sibling territories, and where each piece may go."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from odoo.tools import SQL

from ..assignment import Assignment

AREAS, ACCOUNTS = "areas", "accounts"
# so many accounts are judged at a time
_AT_ONCE = 50_000
# a piece may go to so many territories, those that lie nearest
_NEAREST = 6
# how far to look for them
_STEPS = 60


@dataclass
class Item:
    """What is moved together.

    :param home_id: the territory that has it
    :param key: a place code of it: what lies near has a code near
    """

    home_id: int
    account_ids: list
    area_ids: list = field(default_factory=list)
    key: str = ""


class Holdings:
    """The accounts that are credited to the territories, each once, and which of them
    may go: none that is locked, that somebody decided about, that is in another of the
    territories, too, or one of ``kept_ids``.

    :param plan: judges; a draft as if it were active
    :param groups: list of lists of territory ids, siblings each
    """

    def __init__(self, plan, groups, unit, kept_ids=frozenset()):
        self.env = plan.env
        self.plan = plan
        self.unit = unit
        self.group_of = {
            id_: number for number, ids in enumerate(groups) for id_ in ids
        }
        self.kept_ids = kept_ids
        self.staying = defaultdict(list)  # territory id -> ids of accounts
        self._read()

    def _read(self):
        # not saved: it only says which plan judges
        run = self.env["crm.territory.run"].sudo().new({"is_dry": True})
        run.plan_id = self.plan
        self.assignment = Assignment(self.env["res.partner"], run=run)
        partners = self.env["res.partner"]
        domain = self.plan._cover_domain("res.partner")
        ids = partners.search(domain, order="id").ids
        overrides = self.env["crm.territory.override"].sudo()
        decided = overrides.search(
            [("plan_id", "=", self.plan.id), ("is_expired", "=", False)]
        )
        self._decided_ids = set(decided.partner_id.ids)
        self._decided_ids.update(decided.lead_id.partner_id.commercial_partner_id.ids)
        self.items = []
        clusters = _Clusters()
        for start in range(0, len(ids), _AT_ONCE):
            self._read_slice(ids[start : start + _AT_ONCE], clusters)
        if self.unit == AREAS:
            self._read_clusters(clusters)
        self._set_keys()

    def _read_slice(self, ids, clusters):
        held = {}
        for decision in self.assignment.judge(ids, include_locked=True):
            home_id, may_go = self._home(decision)
            if home_id in self.group_of:
                held[decision.record_id] = home_id, may_go
        if self.unit == ACCOUNTS:
            for account_id, (home_id, may_go) in held.items():
                if may_go:
                    self.items.append(Item(home_id, [account_id]))
                else:
                    self.staying[home_id].append(account_id)
            return
        lines = self.assignment.places_of(list(held)) if held else {}
        for account_id, (home_id, may_go) in held.items():
            found = lines.get(account_id, {}).get(home_id, ())
            area_ids = [id_ for name, id_ in found if name == "crm.territory.area"]
            whole = len(area_ids) == len(found)
            clusters.add(account_id, home_id, area_ids, may_go and whole)

    def _home(self, decision):
        """(the territory that is credited, whether the account may leave it)"""
        if decision.matched.is_locked:
            if self.plan.state != "active":
                return None, False
            return decision.before[1], False
        home_id = decision.after[1]
        others = [
            id_
            for id_ in decision.territories
            if id_ != home_id and self.group_of.get(id_) == self.group_of.get(home_id)
        ]
        id_ = decision.record_id
        is_kept = others or id_ in self._decided_ids or id_ in self.kept_ids
        return home_id, not is_kept

    def _read_clusters(self, clusters):
        """Areas that hold an account together are moved together. A territory that has
        rules of its own takes part with what it has: what an area brings there, its
        rules might refuse.
        """
        for home_id, account_ids, area_ids, may_go in clusters.found():
            if may_go and area_ids and home_id not in self._ruled_ids:
                self.items.append(Item(home_id, account_ids, area_ids))
            else:
                self.staying[home_id] += account_ids

    @cached_property
    def _ruled_ids(self):
        """Those of the territories that have rules."""
        rules = self.env["crm.territory.rule"].sudo()
        found = rules.search([("territory_id", "in", list(self.group_of))])
        return set(found.territory_id.ids)

    def _set_keys(self):
        if self.unit == ACCOUNTS:
            ids = [item.account_ids[0] for item in self.items]
            query = SQL(
                "SELECT id, place_code FROM res_partner WHERE id = ANY(%s)", ids
            )
        else:
            ids = [item.area_ids[0] for item in self.items]
            query = SQL(
                """
                SELECT area_id, MIN(prefix) FROM crm_territory_area_place
                 WHERE area_id = ANY(%s) GROUP BY area_id
                """,
                ids,
            )
        keys = dict(self.env.execute_query(query))
        for item, id_ in zip(self.items, ids, strict=True):
            item.key = keys.get(id_) or ""

    # -- where to

    def options(self):
        """For each item the territories where it may go, nearest first: list of lists
        of territory ids.
        """
        closed = self._ruled_ids if self.unit == AREAS else set()
        of_group = defaultdict(list)
        for number, item in enumerate(self.items):
            of_group[self.group_of[item.home_id]].append((item.key, number))
        siblings = defaultdict(list)
        for id_, group in self.group_of.items():
            if id_ not in closed:
                siblings[group].append(id_)
        found = [[] for _item in self.items]
        for group, keyed in of_group.items():
            keyed.sort()
            for position, (_key, number) in enumerate(keyed):
                near = self._near(keyed, position, closed)
                rest = [id_ for id_ in siblings[group] if id_ not in near]
                home_id = self.items[number].home_id
                found[number] = [id_ for id_ in [*near, *rest] if id_ != home_id]
                found[number] = found[number][:_NEAREST]
        return found

    def _near(self, keyed, position, closed):
        """The territories of what lies next to an item, nearest first."""
        near = []
        for step in range(1, _STEPS):
            for other in (position - step, position + step):
                if 0 <= other < len(keyed):
                    home_id = self.items[keyed[other][1]].home_id
                    if home_id not in near and home_id not in closed:
                        near.append(home_id)
            if len(near) > _NEAREST:
                break
        return near


class _Clusters:
    """Areas that have an account in common, by their territory."""

    def __init__(self):
        self._parent = {}
        self._accounts = defaultdict(list)  # (home, area or None) -> account ids
        self._fixed = set()

    def _root(self, key):
        while self._parent.setdefault(key, key) != key:
            self._parent[key] = self._parent[self._parent[key]]
            key = self._parent[key]
        return key

    def add(self, account_id, home_id, area_ids, may_go):
        keys = [(home_id, id_) for id_ in area_ids] or [(home_id, None)]
        for key in keys[1:]:
            self._parent[self._root(key)] = self._root(keys[0])
        self._accounts[keys[0]].append(account_id)
        if not may_go or not area_ids:
            self._fixed.add(keys[0])

    def found(self):
        """(home id, account ids, area ids, whether they may go), in a fixed order"""
        areas, accounts = defaultdict(set), defaultdict(list)
        for key in sorted(self._parent.keys() | self._accounts, key=str):
            root = self._root(key)
            if key[1]:
                areas[root].add(key[1])
            accounts[root] += self._accounts.get(key, ())
        fixed = {self._root(key) for key in self._fixed}
        return [
            (root[0], accounts[root], sorted(areas[root]), root not in fixed)
            for root in accounts
        ]
