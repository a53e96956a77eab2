"""The rows of the board and of the sheet: territories as a tree, with their members."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A territory, as rows need it.

    :param path: the ids from the root down to it
    :param lineage: what it shares with its copies in other plans
    :param is_left_out: the forecast leaves it out, or one above it
    """

    id: int
    name: str
    path: tuple[int, ...]
    complete_name: str
    lineage: int
    plan_id: int
    active: bool
    is_left_out: bool = False


@dataclass
class Row:
    """A territory (``user_id`` None), or a member in it."""

    key: str
    parent: str | bool
    level: int
    name: str
    territory_id: int
    user_id: int | None = None
    has_children: bool = False
    is_active: bool = True
    can_edit: bool = False
    is_partial: bool = False

    def for_client(self):
        return {
            "key": self.key,
            "parent": self.parent,
            "level": self.level,
            "name": self.name,
            "kind": "member" if self.user_id else "territory",
            "territory_id": self.territory_id,
            "user_id": self.user_id or False,
            "has_children": self.has_children,
            "is_active": self.is_active,
            "can_edit": self.can_edit,
            "is_partial": self.is_partial,
        }


def key_of(territory_id, user_id=None):
    """What a row is called between client and server.

    >>> key_of(12), key_of(12, 5)
    ('t12', 't12u5')
    """
    return f"t{territory_id}u{user_id}" if user_id else f"t{territory_id}"


def with_ancestors(nodes, ids):
    """The nodes of these ids and all above them."""
    wanted = {above for node in nodes if node.id in ids for above in node.path}
    return [node for node in nodes if node.id in wanted]


def depth_first(nodes):
    """The nodes with their parents, each parent before its children and children in
    the order given: [(node, parent node or None)].

    A node whose parent is not among them is a root.

    >>> a, c = (Node(i, n, (i,), n, i, 1, True) for i, n in ((1, "A"), (3, "C")))
    >>> b = Node(2, "B", (1, 2), "A / B", 2, 1, True)
    >>> [(n.name, p and p.name) for n, p in depth_first([b, c, a])]
    [('C', None), ('A', None), ('B', 'A')]
    """
    by_id = {node.id: node for node in nodes}
    children = {}
    for node in nodes:
        parents = (above for above in reversed(node.path[:-1]) if above in by_id)
        children.setdefault(next(parents, None), []).append(node)
    found = []
    waiting = [(node, None) for node in reversed(children.get(None, ()))]
    while waiting:
        node, parent = waiting.pop()
        found.append((node, parent))
        waiting += [(child, node) for child in reversed(children.get(node.id, ()))]
    return found


def successors(olds, nodes):
    """Where territories of other plans are found again in a tree: in the one of their
    lineage, however it is called there and wherever it lies.

    :return: {id of the old one: id in the tree}, without those that have none

    >>> old = [Node(8, "France", (8,), "France", 5, 2, True),
    ...        Node(9, "Spain", (9,), "Spain", 6, 2, True)]
    >>> new = [Node(1, "Europe", (1,), "Europe", 4, 1, True),
    ...        Node(2, "La France", (1, 2), "Europe / La France", 5, 1, True)]
    >>> successors(old, new)
    {8: 2}
    """
    by_lineage = {node.lineage: node.id for node in nodes if node.lineage}
    return {
        old.id: by_lineage[old.lineage] for old in olds if old.lineage in by_lineage
    }
