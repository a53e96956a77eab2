"""Finding the records that a world names by numbers."""


def at(records, number, ids=None):
    """The record at the number, counted round; of the ids, if given."""
    if ids is not None:
        return records.browse(ids[number % len(ids)])
    return records[number % len(records)]


def line(territory):
    """The territory and those above it."""
    found = territory
    while territory.parent_id:
        territory = territory.parent_id
        found |= territory
    return found
