"""The tree of territories as the engine reads it, without a database."""

from collections.abc import Set
from dataclasses import dataclass, field
from functools import cached_property

from .cover import Cover
from .relevance import Relevance, gates_of


@dataclass(frozen=True)
class Node:
    """A territory as the engine reads it."""

    id: int
    parent_id: int | None = None
    plan_id: int = 0
    depth: int = 0
    priority: int | None = None  # of the type; None sorts last
    sequence: int = 10
    has_areas: bool = False
    # object ("account", "lead", "opportunity") -> ids of its rules
    rules: dict[str, frozenset[int]] = field(default_factory=dict)
    user_ids: Set[int] = frozenset()  # the members of today

    def has_criteria(self, kind):
        return self.has_areas or bool(self.rules.get(kind))

    @property
    def has_any_criteria(self):
        return self.has_areas or any(self.rules.values())


@dataclass(frozen=True)
class Tree:
    """The territories of the plans that judge, which rules hold anywhere, and whose
    records the plans cover.
    """

    nodes: dict[int, Node]
    anywhere: frozenset[int] = frozenset()
    cover: Cover = Cover()

    @cached_property
    def node_of_rule(self):
        """{kind: {rule id: territory id}}"""
        found = {}
        for node in self.nodes.values():
            for kind, rule_ids in node.rules.items():
                found.setdefault(kind, {}).update(dict.fromkeys(rule_ids, node.id))
        return found

    @cached_property
    def member_ids(self):
        """The users who are members of some territory."""
        return frozenset().union(*(node.user_ids for node in self.nodes.values()))

    @cached_property
    def gates(self):
        """What has to hold so that rules can matter, see `gates_of`."""
        return gates_of(self)

    @cached_property
    def _relevance(self):
        return {}

    def relevance(self, kind, has_account):
        """What matters of the codes of such records: made when it is asked for first.

        :return: Relevance
        """
        key = (kind, has_account)
        if key not in self._relevance:
            self._relevance[key] = Relevance(self, kind, has_account)
        return self._relevance[key]

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
