"""Which one of its territories counts a record in its figures (design 3.8)."""

from .codes import ACCOUNT_PUT_IN, PUT_IN, Matches


def credited(tree, territory_ids, codes, user_id=None):
    """The one territory that counts the record, None for a record in none.

    >>> from .codes import encode
    >>> from .tree import Node, Tree
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
    rank = _ranking(tree, Matches(codes), user_id)
    return min(territory_ids, key=rank, default=None)


# what decides between two territories, in the order in which it is looked at
DECIDING = (
    "put_in",
    "account_put_in",
    "member",
    "priority",
    "priority",
    "depth",
    "sequence",
    "id",
)


def decided_by(tree, first, second, codes, user_id=None):
    """What makes the first of two territories, and not the second, be credited.

    >>> from .codes import encode
    >>> from .tree import Node, Tree
    >>> tree = Tree({1: Node(1, priority=20), 2: Node(2, priority=10)})
    >>> decided_by(tree, 2, 1, []), decided_by(tree, 1, 2, [encode(1, PUT_IN)])
    ('priority', 'put_in')

    :return: one of DECIDING; None: the second would be
    """
    rank = _ranking(tree, Matches(codes), user_id)
    for name, of_first, of_second in zip(
        DECIDING, rank(first), rank(second), strict=True
    ):
        if of_first != of_second:
            return name if of_first < of_second else None
    return None


def _ranking(tree, matches, user_id):
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

    return rank
