"""Why a record is in its territories, as codes: words are made when they are read."""

from .codes import AREA, BASE, PUT_IN, RULE, Matches


def reasons(tree, territory_ids, codes, kind):
    """Why the record is in each territory: the codes that speak for it.

    >>> from .codes import encode
    >>> from .tree import Node, Tree
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
