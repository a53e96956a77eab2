"""What the rows of a tree hold, from what its territories and members have."""

from .figures import Sums
from .rows import depth_first


def people_below(nodes, people):
    """Where the opportunities of members are summed up for themselves: in their
    territories and below: {(territory id, user id)}.

    :param people: {territory id: ids of users}
    """
    return {
        (node.id, user_id)
        for node in nodes
        for above in node.path
        for user_id in people.get(above, ())
    }


def rolled_up(summed, nodes, people):
    """Sums of what each row holds: of a territory with all below it, of a member what
    he won or has there and below.

    :param summed: Sums by (territory id, user id or None); what is of no node is left
        out
    :param nodes: list of ``rows.Node``
    :param people: {territory id: ids of users}
    """
    found = Sums(summed.period_count)
    paths = {node.id: node.path for node in nodes}
    for key in summed:
        territory_id, user_id = key
        if territory_id not in paths:
            continue
        found.merge((territory_id, None), summed, key)
        if user_id:
            for above in paths[territory_id]:
                if user_id in people.get(above, ()):
                    found.merge((above, user_id), summed, key)
    found.roll_up(
        [
            ((node.id, None), (parent.id, None) if parent else None)
            for node, parent in depth_first(nodes)
        ]
    )
    return found


def parts_of(targets, nodes):
    """What the parts of territories are to achieve together: {(territory id, first
    day): sum of the targets of its children and members}.

    :param targets: {(territory id, user id or None, first day): amount}
    """
    found = {}
    parents = {node.id: parent.id for node, parent in depth_first(nodes) if parent}
    ids = {node.id for node in nodes}
    for (territory_id, user_id, start), amount in targets.items():
        whole = territory_id if user_id else parents.get(territory_id)
        if whole in ids:
            key = (whole, start)
            found[key] = found.get(key, 0) + amount
    return found
