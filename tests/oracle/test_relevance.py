"""What does not matter of the codes of a record changes nothing: of any tree."""

import random

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_territory.engine.codes import AREA, BASE, KINDS, RULE, encode
from odoo.addons.crm_territory.engine.reasons import reasons
from odoo.addons.crm_territory.engine.resolution import (
    territories_of,
    territories_of_lead,
)
from odoo.addons.crm_territory.engine.tree import Node, Tree

from .searching import searches

OBJECTS = ("account", "lead", "opportunity")
OF_ONE_SEED = 400


def draw_tree(pick):
    """Up to seven territories, each a root or below one with a lower id, with or
    without areas, with up to two rules for each object, some of which hold anywhere.
    """
    nodes = {}
    rule_id = 0
    for node_id in range(1, pick.randint(1, 7) + 1):
        rules = {}
        for kind in OBJECTS:
            count = pick.randint(0, 2)
            rules[kind] = frozenset(range(rule_id + 1, rule_id + count + 1))
            rule_id += count
        parent_id = pick.randint(0, node_id - 1) or None
        has_areas = pick.random() < 0.5
        nodes[node_id] = Node(node_id, parent_id, has_areas=has_areas, rules=rules)
    rule_ids = range(1, rule_id + 1)
    return Tree(nodes, frozenset(id_ for id_ in rule_ids if pick.random() < 0.3))


@searches(fixed=100)
@given(seed=st.integers(0, 2**32))
def test_what_does_not_matter(seed):
    pick = random.Random(seed)
    for _round in range(OF_ONE_SEED):
        tree = draw_tree(pick)
        codes = {
            encode(pick.randint(1, 20), pick.randint(0, KINDS - 3))
            for _code in range(pick.randint(0, 20))
        }
        kind = pick.choice(OBJECTS)
        relevant = tree.relevance(kind, False)(codes)
        assert relevant <= codes
        expected = territories_of(tree, codes, kind)
        assert territories_of(tree, relevant, kind) == expected, (tree, codes, kind)

        kind = pick.choice(OBJECTS[1:])
        base = frozenset(id_ for id_ in tree.nodes if pick.random() < 0.2)
        everything = codes | {encode(id_, BASE) for id_ in base}
        relevant = tree.relevance(kind, True)(codes, base)
        assert relevant <= everything
        expected = territories_of_lead(tree, everything, kind)
        found = territories_of_lead(tree, relevant, kind)
        assert found == expected, (tree, codes, base, kind)


def without_what_gates_keep_out(tree, codes, kind, base):
    """What a run asks (`AlikeMatcher`) of a record that nobody decided on by hand.

    :param base: the territories of its account; None: it has none
    """
    rule_codes = {
        encode(id_, RULE) for node in tree.nodes.values() for id_ in node.rules[kind]
    }
    if base is not None and rule_codes.isdisjoint(codes):
        return frozenset()  # what its account meets is not asked
    return frozenset(
        code
        for code in codes
        for gate, line in [tree.gates.get(code, (None, ()))]
        if code not in rule_codes
        or gate is None
        or gate in codes
        or not (base or frozenset()).isdisjoint(line)
    )


@searches(fixed=100)
@given(seed=st.integers(0, 2**32))
def test_what_gates_keep_out_does_not_matter(seed):
    pick = random.Random(seed)
    for _round in range(OF_ONE_SEED):
        tree = draw_tree(pick)
        codes = frozenset(
            encode(pick.randint(1, 20), pick.choice((AREA, RULE)))
            for _code in range(pick.randint(0, 20))
        )
        kind = pick.choice(OBJECTS)
        base = None
        find = territories_of
        if kind != "account" and pick.random() < 0.7:
            base = frozenset(id_ for id_ in tree.nodes if pick.random() < 0.2)
            find = territories_of_lead
        of_account = {encode(id_, BASE) for id_ in base or ()}
        kept = without_what_gates_keep_out(tree, codes, kind, base) | of_account
        everything = codes | of_account
        expected = find(tree, everything, kind)
        assert find(tree, kept, kind) == expected, (tree, codes, kind, base)
        said = [
            {
                node_id: [reason for reason in spoken if reason[0] != AREA]
                for node_id, spoken in reasons(tree, expected, told, kind).items()
            }
            for told in (everything, kept)
        ]
        assert said[0] == said[1], (tree, codes, kind, base)
