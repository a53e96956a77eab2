"""From the criteria that a record meets to the territories that it is in.

A match is a *code*: ``identifier * 8 + kind``. Codes are what the SQL of the matcher
returns; this module turns the codes of one record into territories, in plain Python
and without a query. The semantics are those of docs/decisions/0001.
"""

from dataclasses import dataclass, field
from functools import cached_property

AREA = 0  # one of the areas of the territory holds the address
RULE = 1  # the rule (not the territory) matches
PUT_IN = 2  # an override of the record puts it into the territory
KEEP_OUT = 3  # an override of the record keeps it out
ACCOUNT_PUT_IN = 4  # the same two, of the account of a lead
ACCOUNT_KEEP_OUT = 5
BASE = 6  # the account of a lead is in the territory

KINDS = 8


def encode(identifier, kind):
    """
    >>> encode(5, RULE)
    41
    """
    return identifier * KINDS + kind


def parse_signature(text):
    """The codes of an array as PostgreSQL writes it.

    >>> sorted(parse_signature("{8,17,8}"))
    [8, 17]
    >>> parse_signature("{}")
    frozenset()
    """
    inner = text[1:-1]
    return frozenset(map(int, inner.split(","))) if inner else frozenset()


@dataclass(frozen=True)
class Node:
    """A territory as the engine reads it."""

    id: int
    parent_id: int | None = None
    plan_id: int = 0
    company_id: int | None = None
    depth: int = 0
    priority: int | None = None  # of the type; None sorts last
    sequence: int = 10
    has_areas: bool = False
    # object ("account", "lead", "opportunity") -> ids of its rules
    rules: dict[str, frozenset[int]] = field(default_factory=dict)
    user_ids: frozenset[int] = frozenset()  # the members of today

    def has_criteria(self, kind):
        return self.has_areas or bool(self.rules.get(kind))


@dataclass(frozen=True)
class Tree:
    """The territories of the plans that judge, and which rules hold anywhere."""

    nodes: dict[int, Node]
    anywhere: frozenset[int] = frozenset()

    @cached_property
    def node_of_rule(self):
        """{kind: {rule id: territory id}}"""
        found = {}
        for node in self.nodes.values():
            for kind, rule_ids in node.rules.items():
                found.setdefault(kind, {}).update(dict.fromkeys(rule_ids, node.id))
        return found

    def ancestors(self, node_id):
        """The ids from the parent of the territory up to its root."""
        node = self.nodes.get(node_id)
        while node and node.parent_id:
            yield node.parent_id
            node = self.nodes.get(node.parent_id)

    def line(self, node_id):
        """The territory and its ancestors."""
        yield node_id
        yield from self.ancestors(node_id)

    def without_ancestors(self, node_ids, below=None):
        """Those that have none of ``below`` (default: of themselves) below them.

        >>> tree = Tree({1: Node(1), 2: Node(2, parent_id=1), 3: Node(3)})
        >>> sorted(tree.without_ancestors({1, 2, 3}))
        [2, 3]
        """
        covered = {
            ancestor
            for node_id in (node_ids if below is None else below)
            for ancestor in self.ancestors(node_id)
        }
        return node_ids - covered


class Matches:
    """The codes of one record, by kind."""

    __slots__ = ("by_kind",)

    def __init__(self, codes):
        self.by_kind = {}
        for code in codes:
            self.by_kind.setdefault(code % KINDS, set()).add(code // KINDS)

    def __getitem__(self, kind):
        return self.by_kind.get(kind, frozenset())


class _Judgement:
    """One record walked down the tree. Its parts share what was found on the way."""

    def __init__(self, tree, matches, kind, company_id):
        self.tree = tree
        self.matches = matches
        self.kind = kind
        self.company_id = company_id
        self.passed = {}

    def in_scope(self, node_id):
        node = self.tree.nodes.get(node_id)
        return node is not None and (
            node.company_id is None
            or not self.company_id
            or node.company_id == self.company_id
        )

    def scope(self, matched):
        return {node_id for node_id in matched if self.in_scope(node_id)}

    def is_closed(self, node_id, keep_out):
        return bool(keep_out) and not keep_out.isdisjoint(self.tree.line(node_id))

    def where_holds(self, node, kinds):
        """No areas, or one matches, or a rule of the objects does that needs none."""
        return (
            not node.has_areas
            or node.id in self.matches[AREA]
            or any(
                not self.tree.anywhere.isdisjoint(
                    node.rules.get(kind, frozenset()) & self.matches[RULE]
                )
                for kind in kinds
            )
        )

    def which_holds(self, node, kind):
        """No rules for the object, or one matches."""
        rules = node.rules.get(kind)
        return not rules or not rules.isdisjoint(self.matches[RULE])

    def passes(self, node_id, test):
        """Whether ``test`` holds for the territory and all above it."""
        if node_id not in self.passed:
            node = self.tree.nodes.get(node_id)
            self.passed[node_id] = (
                node is not None
                and test(node)
                and (not node.parent_id or self.passes(node.parent_id, test))
            )
        return self.passed[node_id]

    def with_matching_rule(self, kind):
        """The territories in which a rule for the object matches."""
        node_of_rule = self.tree.node_of_rule.get(kind, {})
        return self.scope(
            node_of_rule[rule_id]
            for rule_id in self.matches[RULE]
            if rule_id in node_of_rule
        )


def territories_of(tree, codes, kind, company_id=None):
    """The territories of an account, or of a lead without account.

    >>> tree = Tree({
    ...     1: Node(1, has_areas=True),
    ...     2: Node(2, parent_id=1, rules={"account": frozenset({7})}),
    ...     3: Node(3, rules={"account": frozenset({8})}),
    ... })
    >>> area, rule = encode(1, AREA), encode(7, RULE)
    >>> sorted(territories_of(tree, [area], "account"))
    [1]
    >>> sorted(territories_of(tree, [area, rule], "account"))
    [2]
    >>> sorted(territories_of(tree, [rule], "account"))  # the parent gates the child
    []
    >>> sorted(territories_of(tree, [area, rule, encode(2, KEEP_OUT)], "account"))
    [1]
    >>> sorted(territories_of(tree, [area, encode(3, PUT_IN)], "account"))
    [1, 3]

    :param codes: the matches of the record
    :param kind: "account", "lead" or "opportunity"
    :return: frozenset of territory ids
    """
    judgement = _Judgement(tree, Matches(codes), kind, company_id)
    matches = judgement.matches

    def holds(node):
        return (
            node.id not in matches[KEEP_OUT]
            and judgement.where_holds(node, (kind,))
            and judgement.which_holds(node, kind)
        )

    candidates = judgement.scope(matches[AREA]) | judgement.with_matching_rule(kind)
    matched = {node_id for node_id in candidates if judgement.passes(node_id, holds)}
    put_in = judgement.scope(matches[PUT_IN])
    return frozenset(tree.without_ancestors(matched | put_in) | put_in)


def territories_of_lead(tree, codes, kind, company_id=None):
    """The territories of a lead or opportunity that has an account.

    >>> tree = Tree({
    ...     1: Node(1, has_areas=True),
    ...     2: Node(2, parent_id=1, rules={"opportunity": frozenset({7})}),
    ...     3: Node(3),
    ...     4: Node(4, parent_id=3, rules={"opportunity": frozenset({8})}),
    ... })
    >>> base, area = encode(1, BASE), encode(1, AREA)
    >>> sorted(territories_of_lead(tree, [base, area], "opportunity"))
    [1]
    >>> codes = [base, area, encode(7, RULE), encode(8, RULE)]
    >>> sorted(territories_of_lead(tree, codes, "opportunity"))
    [2, 4]
    >>> codes = [base, area, encode(1, KEEP_OUT)]
    >>> sorted(territories_of_lead(tree, codes, "opportunity"))
    []

    :return: frozenset of territory ids
    """
    judgement = _Judgement(tree, Matches(codes), kind, company_id)
    matches = judgement.matches
    base = _open_base(judgement)

    def passes(node_id):
        if node_id not in judgement.passed:
            node = tree.nodes[node_id]
            judgement.passed[node_id] = judgement.which_holds(node, kind) and (
                node_id in base
                or judgement.where_holds(node, ("account", kind))
                and judgement.which_holds(node, "account")
                and (not node.parent_id or passes(node.parent_id))
            )
        return judgement.passed[node_id]

    closed = matches[KEEP_OUT] | matches[ACCOUNT_KEEP_OUT]
    hits = {
        node_id
        for node_id in judgement.with_matching_rule(kind)
        if not judgement.is_closed(node_id, closed) and passes(node_id)
    }
    put_in = judgement.scope(matches[PUT_IN])
    found = base | hits | put_in
    put_in_by_account = tree.without_ancestors(
        base & matches[ACCOUNT_PUT_IN], below=hits | put_in
    )
    return frozenset(tree.without_ancestors(found) | put_in | put_in_by_account)


def _open_base(judgement):
    """The account's territories that the lead is not kept out of, or what stands in."""
    tree, matches = judgement.tree, judgement.matches
    base = judgement.scope(matches[BASE])
    keep_out = matches[KEEP_OUT]
    closed = {node_id for node_id in base if judgement.is_closed(node_id, keep_out)}
    for node_id in closed - matches[ACCOUNT_PUT_IN]:
        for ancestor in tree.ancestors(node_id):
            if (
                not judgement.is_closed(ancestor, keep_out)
                and ancestor in tree.nodes
                and tree.nodes[ancestor].has_criteria("account")
            ):
                base.add(ancestor)
                break
    return base - closed


def credited(tree, territory_ids, codes, user_id=None):
    """The one territory that counts the record, None for a record in none.

    >>> tree = Tree({
    ...     1: Node(1, priority=20, user_ids=frozenset({4})),
    ...     2: Node(2, priority=10),
    ... })
    >>> credited(tree, {1, 2}, [])
    2
    >>> credited(tree, {1, 2}, [], user_id=4)
    1
    >>> credited(tree, {1, 2}, [encode(2, PUT_IN)], user_id=4)
    2
    >>> credited(tree, set(), [])
    """
    matches = Matches(codes)

    def rank(node_id):
        node = tree.nodes[node_id]
        return (
            node_id not in matches[PUT_IN],
            node_id not in matches[ACCOUNT_PUT_IN],
            user_id not in node.user_ids,
            node.priority is None,
            node.priority or 0,
            -node.depth,
            node.sequence,
            node_id,
        )

    return min(territory_ids, key=rank, default=None)


def reasons(tree, territory_ids, codes, kind):
    """Why the record is in each territory: the codes that speak for it.

    >>> tree = Tree({1: Node(1, has_areas=True)})
    >>> reasons(tree, {1}, [encode(1, AREA)], "account")
    {1: [(0, 1)]}

    :return: {territory id: [(kind of code, identifier)]}
    """
    matches = Matches(codes)
    found = {}
    for node_id in sorted(territory_ids):
        node = tree.nodes[node_id]
        rules = node.rules.get(kind, frozenset()) & matches[RULE]
        found[node_id] = [
            (code_kind, node_id)
            for code_kind in (PUT_IN, AREA, BASE)
            if node_id in matches[code_kind]
        ] + [(RULE, rule_id) for rule_id in sorted(rules)]
    return found
