"""From the criteria that a record meets to the territories that it is in (design 3.2
to 3.8, word for word in docs/decisions/0001): plain Python, without a query.
"""

from .codes import (
    ACCOUNT_KEEP_OUT,
    ACCOUNT_PUT_IN,
    AREA,
    BASE,
    KEEP_OUT,
    KINDS,
    PUT_IN,
    RULE,
    Matches,
    encode,
)


class Walk:
    """One record walked down the tree. Its parts share what was found on the way."""

    def __init__(self, tree, codes, kind, plan_ids):
        self.tree = tree
        self.matches = Matches(codes)
        self.kind = kind
        self.plan_ids = plan_ids
        self.passed = {}

    def judged(self, node_ids):
        """Of the territories, those of the plans that judge the record."""
        nodes = self.tree.nodes
        return {
            node_id
            for node_id in node_ids
            if node_id in nodes
            and (self.plan_ids is None or nodes[node_id].plan_id in self.plan_ids)
        }

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
        return self.judged(
            node_of_rule[rule_id]
            for rule_id in self.matches[RULE]
            if rule_id in node_of_rule
        )


def territories_of(tree, codes, kind, plan_ids=None):
    """The territories of an account, or of a lead without account.

    >>> from .codes import encode
    >>> from .tree import Node, Tree
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
    :param plan_ids: the plans that judge the record; None: all of the tree
    :return: frozenset of territory ids
    """
    walk = Walk(tree, codes, kind, plan_ids)
    matches = walk.matches

    def holds(node):
        return (
            node.id not in matches[KEEP_OUT]
            and walk.where_holds(node, (kind,))
            and walk.which_holds(node, kind)
        )

    candidates = walk.judged(matches[AREA]) | walk.with_matching_rule(kind)
    matched = {node_id for node_id in candidates if walk.passes(node_id, holds)}
    put_in = walk.judged(matches[PUT_IN])
    return frozenset(tree.without_ancestors(matched | put_in) | put_in)


def territories_of_lead(tree, codes, kind, plan_ids=None):
    """The territories of a lead or opportunity that has an account.

    >>> from .codes import encode
    >>> from .tree import Node, Tree
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
    walk = Walk(tree, codes, kind, plan_ids)
    matches = walk.matches
    base = open_base(walk)

    def passes(node_id):
        if node_id not in walk.passed:
            node = tree.nodes[node_id]
            walk.passed[node_id] = walk.which_holds(node, kind) and (
                node_id in base
                or walk.where_holds(node, ("account", kind))
                and walk.which_holds(node, "account")
                and (not node.parent_id or passes(node.parent_id))
            )
        return walk.passed[node_id]

    closed = matches[KEEP_OUT] | matches[ACCOUNT_KEEP_OUT]
    hits = {
        node_id
        for node_id in walk.with_matching_rule(kind)
        if not walk.is_closed(node_id, closed) and passes(node_id)
    }
    put_in = walk.judged(matches[PUT_IN])
    found = base | hits | put_in
    put_in_by_account = tree.without_ancestors(
        base & matches[ACCOUNT_PUT_IN], below=hits | put_in
    )
    return frozenset(tree.without_ancestors(found) | put_in | put_in_by_account)


def open_base(walk):
    """The account's territories that the lead is not kept out of, or what stands in."""
    tree, matches = walk.tree, walk.matches
    base = walk.judged(matches[BASE])
    keep_out = matches[KEEP_OUT]
    closed = {node_id for node_id in base if walk.is_closed(node_id, keep_out)}
    for node_id in closed - matches[ACCOUNT_PUT_IN]:
        for ancestor in tree.ancestors(node_id):
            if (
                not walk.is_closed(ancestor, keep_out)
                and ancestor in tree.nodes
                and tree.nodes[ancestor].has_criteria("account")
            ):
                base.add(ancestor)
                break
    return base - closed


def with_lent_address(tree, codes, plan_ids=None):
    """The codes of a lead whose account has no country (design 3.7): the account is
    judged as if it lay where the lead lies, its other values count as they are.

    >>> from .codes import encode
    >>> from .tree import Node, Tree
    >>> tree = Tree({1: Node(1, has_areas=True), 2: Node(2, has_areas=True)})
    >>> found = with_lent_address(tree, [encode(1, AREA), encode(2, BASE)])
    >>> found == {encode(1, AREA), encode(1, BASE)}
    True

    :param codes: the areas are those of the lead's address; with all rules for accounts
    :return: frozenset of codes
    """
    base = territories_of(tree, codes_of_account(codes), "account", plan_ids)
    kept = {code for code in codes if code % KINDS != BASE}
    return frozenset(kept | {encode(id_, BASE) for id_ in base})


def codes_of_account(codes):
    """What the account of a lead meets, of the codes of the lead: complete if it is
    judged as if it lay where the lead does.
    """
    matches = Matches(codes)
    return [
        encode(id_, as_kind)
        for kind, as_kind in (
            (AREA, AREA),
            (RULE, RULE),
            (ACCOUNT_PUT_IN, PUT_IN),
            (ACCOUNT_KEEP_OUT, KEEP_OUT),
        )
        for id_ in matches[kind]
    ]
