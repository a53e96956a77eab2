"""Areas that take nothing: outside of what lies above them, or within another of their
territory.
"""

from odoo.tools import format_list

from .finding import KNOW, NEVER, REPAIR, WITHIN, Finding

# of several areas, so many are named
_NAMED = 3


def of_areas(conflicts):
    """List of Finding."""
    return [*_outside(conflicts), *_within(conflicts)]


def _names(conflicts, area_ids):
    """The areas in words, some of them where they are many."""
    env = conflicts.env
    areas = env["crm.territory.area"].sudo().browse(sorted(area_ids))
    words = [f"“{area.display_name}”" for area in areas[:_NAMED]]
    if len(areas) > _NAMED:
        words.append(env._("%s more", len(areas) - _NAMED))
    return format_list(env, words)


def areas_outside(conflicts):
    """Areas that have nothing in common with those of a territory above: {(id of their
    territory, id of the one above): ids of areas}.
    """
    tree, overlaps = conflicts.tree, conflicts.overlaps
    places = {}  # by area
    for place in overlaps.places:
        places.setdefault(place[:2], []).append(place)
    gates = {id_ for id_ in overlaps.of_territory if not _takes_anywhere(tree, id_)}
    gated = {
        id_: [above for above in tree.ancestors(id_) if above in gates]
        for id_ in overlaps.of_territory
    }
    outside = {}
    for (area_id, territory_id), of_area in places.items():
        for above in gated[territory_id]:
            if not any(overlaps.meets(place, above) for place in of_area):
                outside.setdefault((territory_id, above), set()).add(area_id)
    return outside


def _outside(conflicts):
    return [
        Finding(
            NEVER,
            REPAIR,
            (NEVER, "area", *key),
            conflicts.env._(
                "%(areas)s of “%(territory)s”: nothing there is in “%(above)s” above"
                " it.",
                areas=_names(conflicts, area_ids),
                territory=conflicts.name(key[0]),
                above=conflicts.name(key[1]),
            ),
            key[:1],
            opens=("crm.territory", key[0]),
        )
        for key, area_ids in conflicts.areas_outside.items()
    ]


def _takes_anywhere(tree, territory_id):
    """Whether it has a rule that needs no area."""
    rules = tree.nodes[territory_id].rules.values()
    return any(not tree.anywhere.isdisjoint(ids) for ids in rules)


def _within(conflicts):
    """Areas that lie in another one of their territory."""
    territory_of = {
        place.area_id: place.territory_id for place in conflicts.overlaps.places
    }
    found = {}
    for inner, outer in sorted(conflicts.overlaps.within()):
        found.setdefault((territory_of[inner], outer), set()).add(inner)
    outer_names = conflicts.env["crm.territory.area"].sudo()
    return [
        Finding(
            WITHIN,
            KNOW,
            (WITHIN, id_, outer),
            conflicts.env._(
                "“%(territory)s”: %(areas)s in “%(outer)s”, which it has, too.",
                territory=conflicts.name(id_),
                areas=_names(conflicts, area_ids),
                outer=outer_names.browse(outer).display_name,
            ),
            (id_,),
            opens=("crm.territory", id_),
        )
        for (id_, outer), area_ids in found.items()
    ]
