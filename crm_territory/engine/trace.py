"""What each territory asks of a record, and whether that holds: the walk of
``resolution``, step by step. For one record that somebody asks about; the engine itself
never needs it.
"""

from dataclasses import dataclass
from functools import cached_property

from .codes import ACCOUNT_KEEP_OUT, ACCOUNT_PUT_IN, AREA, BASE, KEEP_OUT, PUT_IN, RULE
from .resolution import Walk, open_base, territories_of, territories_of_lead

# what can be asked
OPEN, WHERE, WHICH, LIKE_ACCOUNT = "open", "where", "which", "like_account"
# how a territory stands to a record
HELD, ABOVE, GROUPS, REFUSED = "in", "above", "groups", "out"


@dataclass(frozen=True)
class Check:
    """One thing that a territory asks of a record.

    :param node_id: the territory that asks
    :param asked: OPEN (nobody keeps the record out), WHERE (its areas), WHICH (its
        rules) or LIKE_ACCOUNT (that the account of the lead is in it)
    :param kind: the object whose rules are asked: "account", "lead" or "opportunity"
    :param by: ids of the rules that make it hold: those that match; of WHERE, those
        that need no area
    """

    node_id: int
    asked: str
    holds: bool
    kind: str
    by: frozenset[int] = frozenset()


class Trace:
    """A record walked down the tree, each step kept.

    >>> from .codes import encode
    >>> from .tree import Node, Tree
    >>> tree = Tree({
    ...     1: Node(1, has_areas=True),
    ...     2: Node(2, parent_id=1, rules={"account": frozenset({7})}),
    ... })
    >>> trace = Trace(tree, [encode(1, AREA)], "account")
    >>> [(check.node_id, check.asked, check.holds) for check in trace.checks(2)]
    [(1, 'where', True), (2, 'which', False)]
    >>> trace.standing(1), trace.standing(2)
    ('in', 'out')
    >>> trace = Trace(tree, [encode(1, AREA), encode(7, RULE)], "account")
    >>> trace.standing(1), trace.standing(2)
    ('above', 'in')

    :param codes: the matches of the record
    :param kind: "account", "lead" or "opportunity"
    :param plan_ids: the plans that judge the record; None: all of the tree
    :param bool has_account: it is a lead or opportunity with an account
    """

    def __init__(self, tree, codes, kind, plan_ids=None, has_account=False):
        self.tree = tree
        self.kind = kind
        self.has_account = has_account
        self._walk = Walk(tree, codes, kind, plan_ids)
        self.matches = self._walk.matches
        judge = territories_of_lead if has_account else territories_of
        self.territories = judge(tree, codes, kind, plan_ids)

    @cached_property
    def _base(self):
        return open_base(self._walk)

    def judged(self, node_ids):
        """Of the territories, those that judge the record: set of ids."""
        return self._walk.judged(node_ids)

    def is_put_in(self, node_id):
        """Whether a person put the record, or its account, into the territory."""
        return (
            node_id in self.matches[PUT_IN] or node_id in self.matches[ACCOUNT_PUT_IN]
        )

    def standing(self, node_id):
        """HELD: the record is in the territory; ABOVE: it would be, but is in one
        below; GROUPS: the territory takes none of its kind by itself; REFUSED: a check
        fails.
        """
        if node_id in self.territories:
            return HELD
        if not self.tree.nodes[node_id].has_any_criteria:
            return GROUPS
        if not all(check.holds for check in self.checks(node_id)):
            return REFUSED
        node = self.tree.nodes[node_id]
        if node.has_criteria(self.kind) or node_id in self._base:
            return ABOVE
        return GROUPS

    def checks(self, node_id):
        """What the territory and those above it ask, from the root down: the record is
        taken by the criteria if all of it holds, and there is any of its own.

        :return: list of Check
        """
        if self.has_account:
            return self._checks_of_lead(node_id)
        return self._checks_alone(node_id)

    def _checks_alone(self, node_id):
        found = []
        for id_ in self._from_the_root(node_id):
            node = self.tree.nodes[id_]
            if id_ in self.matches[KEEP_OUT]:
                found.append(Check(id_, OPEN, False, self.kind))
            found += self._where(node, (self.kind,))
            found += self._which(node, self.kind)
        return found

    def _checks_of_lead(self, node_id):
        """Where the account is, nothing more is asked; below that, what refines it."""
        node = self.tree.nodes[node_id]
        line = self._from_the_root(node_id)
        is_base = node_id in self._base or node_id in self.matches[BASE]
        closed = self.matches[KEEP_OUT]
        if not is_base:
            closed = closed | self.matches[ACCOUNT_KEEP_OUT]
        found = [Check(id_, OPEN, False, self.kind) for id_ in line if id_ in closed]
        if is_base or not node.rules.get(self.kind):
            return [*found, Check(node_id, LIKE_ACCOUNT, is_base, self.kind)]
        based = [number for number, id_ in enumerate(line) if id_ in self._base]
        for id_ in line[based[-1] if based else 0 :]:
            node = self.tree.nodes[id_]
            if id_ in self._base:
                found.append(Check(id_, LIKE_ACCOUNT, True, self.kind))
            else:
                found += self._where(node, ("account", self.kind))
                found += self._which(node, "account")
            found += self._which(node, self.kind)
        return found

    def _from_the_root(self, node_id):
        return [*self.tree.line(node_id)][::-1]

    def _where(self, node, kinds):
        if node.has_areas:
            anywhere = frozenset(
                rule_id
                for kind in kinds
                for rule_id in node.rules.get(kind, ())
                if rule_id in self.matches[RULE] and rule_id in self.tree.anywhere
            )
            holds = self._walk.where_holds(node, kinds)
            yield Check(node.id, WHERE, holds, self.kind, anywhere)

    def _which(self, node, kind):
        if rules := node.rules.get(kind):
            holds = self._walk.which_holds(node, kind)
            yield Check(node.id, WHICH, holds, kind, rules & self.matches[RULE])

    def lies_in_area(self, node_id):
        return node_id in self.matches[AREA]

    def nearly(self, count):
        """The territories that came nearest to having the record: what speaks for them
        is not enough, or they lie right below those that have it. At most so many.

        :return: list of ids, the nearest first
        """
        ranked = []
        for node_id in self.judged(self.tree.nodes):
            if self.standing(node_id) != REFUSED:
                continue
            checks = self.checks(node_id)
            own = [check for check in checks if check.node_id == node_id]
            failed = sum(not check.holds for check in checks)
            speaks = any(check.holds for check in own)
            is_below = self.tree.nodes[node_id].parent_id in self.territories
            if speaks or (is_below and failed == 1) or self._is_kept_out(own):
                depth = self.tree.nodes[node_id].depth
                ranked.append((not speaks, failed, -depth, node_id))
        return [node_id for *_rank, node_id in sorted(ranked)[:count]]

    @staticmethod
    def _is_kept_out(checks):
        return any(check.asked == OPEN for check in checks)
