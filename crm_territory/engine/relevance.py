"""Which of the codes of a record can matter: those of territories that it can be in, as
far as criteria go. Records that differ in the others are resolved once.
"""

from .codes import AREA, BASE, KEEP_OUT, KINDS, PUT_IN, RULE, encode

# what a territory asks for
_WHERE, _WHICH, _OWN = 1, 2, 4


class Relevance:
    """What matters of the codes of records of one kind.

    >>> from .tree import Node, Tree
    >>> tree = Tree({
    ...     1: Node(1, has_areas=True),
    ...     2: Node(2, parent_id=1, rules={"account": frozenset({7})}),
    ... })
    >>> area, rule, put_in = encode(1, AREA), encode(7, RULE), encode(2, PUT_IN)
    >>> relevant = Relevance(tree, "account")
    >>> relevant({area, rule}) == {area, rule}
    True
    >>> relevant({rule, put_in}) == {put_in}  # it is not where the parent is
    True
    >>> tree = Tree({
    ...     1: Node(1, has_areas=True),
    ...     2: Node(2, parent_id=1, rules={"lead": frozenset({7})}),
    ... })
    >>> relevant = Relevance(tree, "lead", has_account=True)
    >>> relevant({rule}, {1}) == {rule, encode(1, BASE)}, relevant({rule})
    (True, frozenset())

    :param Tree tree: the territories
    :param kind: "account", "lead" or "opportunity"
    :param has_account: of a lead: whether the territories of its account are what it
        begins with (see resolution.territories_of_lead)
    """

    def __init__(self, tree, kind, has_account=False):
        which = "account" if has_account else kind
        self.says = {}  # code -> (territory id, what it says of the territory)
        # territory id -> (id, what is asked always, and where the account is not in
        # it), of the territory and of all above it
        self.lines = {}
        # code -> code of the area without which it does not matter: most are left out
        # by this look
        self.gates = {}
        for node in tree.nodes.values():
            self.says[encode(node.id, AREA)] = (node.id, _WHERE)
            for of_kind, asks in ((kind, _OWN), (which, _WHICH)):
                for rule_id in node.rules.get(of_kind, ()):
                    where = _WHERE if rule_id in tree.anywhere else 0
                    self.says[encode(rule_id, RULE)] = (node.id, asks | where)
            self.lines[node.id] = [
                (
                    above.id,
                    _OWN if has_account and above.rules.get(kind) else 0,
                    (_WHERE if above.has_areas else 0)
                    | (_WHICH if above.rules.get(which) else 0),
                )
                for above in map(tree.nodes.__getitem__, tree.line(node.id))
            ]
        if not has_account:
            self._close_gates(tree)

    def _close_gates(self, tree):
        with_anywhere = {
            node_id
            for node_id, bits in self.says.values()
            if bits > _WHERE and bits & 1
        }
        for code, (node_id, _bits) in self.says.items():
            for above in map(tree.nodes.__getitem__, tree.line(node_id)):
                area = encode(above.id, AREA)
                if above.has_areas and above.id not in with_anywhere and area != code:
                    self.gates[code] = area
                    break

    def __call__(self, codes, base=frozenset()):
        """Those of the codes that matter: frozenset. O(codes × depth)

        :param codes: set of int
        :param base: ids of the territories of the account
        """
        gates = self.gates
        if gates:
            codes = [code for code in codes if gates.get(code, code) in codes]
        met = {}
        known = []
        kept = [encode(node_id, BASE) for node_id in base]
        for code in codes:
            if said := self.says.get(code):
                node_id, bits = said
                met[node_id] = met.get(node_id, 0) | bits
                known.append((code, node_id))
            elif code % KINDS >= PUT_IN:
                kept.append(code)
                if code % KINDS == KEEP_OUT:
                    # a territory above may stand in for the one that it is kept out of
                    base |= {above[0] for id_ in base for above in self.lines[id_]}
        for code, node_id in known:
            for above_id, always, without_account in self.lines[node_id]:
                bits = met.get(above_id, 0)
                if bits & always != always:
                    break
                if above_id in base:
                    kept.append(code)
                    break
                if bits & without_account != without_account:
                    break
            else:
                kept.append(code)
        return frozenset(kept)


def gates_of(tree):
    """Of each rule, what has to hold so that it can matter: {code: (code of an area or
    None, ids of the territories of its line up to there)}. The rule of a lead matters,
    too, where its account is in one of these territories.

    >>> from .tree import Node, Tree
    >>> tree = Tree({
    ...     1: Node(1, has_areas=True),
    ...     2: Node(2, parent_id=1, rules={"account": frozenset({7})}),
    ...     3: Node(3, rules={"lead": frozenset({8})}),
    ... })
    >>> found = gates_of(tree)
    >>> found[encode(7, RULE)] == (encode(1, AREA), [2, 1]), found[encode(8, RULE)]
    (True, (None, [3]))
    """
    found = {}
    for node in tree.nodes.values():
        for kind, rule_ids in node.rules.items():
            way_in = _way_in(tree, node, kind)
            found.update((encode(rule_id, RULE), way_in) for rule_id in rule_ids)
    return found


def _way_in(tree, node, kind):
    line = []
    for above in map(tree.nodes.__getitem__, tree.line(node.id)):
        line.append(above.id)
        rules = above.rules.get("account", frozenset()) | above.rules.get(
            kind, frozenset()
        )
        if above.has_areas and tree.anywhere.isdisjoint(rules):
            return encode(above.id, AREA), line
    return None, line
