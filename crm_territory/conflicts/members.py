"""Territories that take records, and in which nobody is."""

from .finding import CHECK, KNOW, MEMBER, Finding, Tally


def of_members(conflicts):
    """List of Finding."""
    tallies = {}
    for group, judged, amount in conflicts.population.of_credit():
        for id_ in judged.territories:
            tallies.setdefault(id_, Tally()).add(group, amount)
    env, found = conflicts.env, []
    for node in conflicts.nodes.values():
        if node.user_ids or not node.has_any_criteria:
            continue
        above = next(
            (
                id_
                for id_ in conflicts.tree.ancestors(node.id)
                if conflicts.tree.nodes[id_].user_ids
            ),
            None,
        )
        name = conflicts.name(node.id)
        if above:
            text = env._(
                "“%(territory)s” has no member today: its records are for those of"
                " “%(above)s”.",
                territory=name,
                above=conflicts.name(above),
            )
        else:
            text = env._(
                "“%s” has no member today, and nobody is in a territory above it.", name
            )
        found.append(
            Finding(
                MEMBER,
                KNOW if above else CHECK,
                (MEMBER, node.id),
                text,
                (node.id,),
                tally=tallies.get(node.id, Tally()),
                opens=("crm.territory", node.id),
            )
        )
    return found
