"""Who gets the next leads of a territory that have no salesperson (design 3.11)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """What the leads credited to a territory get if they lack it.

    :param kind: the owner policy; "none": no salesperson
    :param territory_id: the territory that the policy was set on: the territory itself,
        or one above
    :param team_id: the sales team, or None
    """

    kind: str
    territory_id: int
    team_id: int | None = None

    @property
    def gives_user(self):
        return self.kind != "none"


def policies_of(nodes):
    """What leads get in each territory: {territory id: Policy}, where it is anything.

    >>> def node(policy, parent_id=None, team_id=None):
    ...     return {"owner_policy": policy, "parent_id": parent_id, "team_id": team_id}
    >>> found = policies_of({1: node("manager"), 2: node("above", 1), 3: node("above")})
    >>> sorted(found), found[2].kind, found[2].territory_id
    ([1, 2], 'manager', 1)

    :param nodes: {territory id: its values}
    """
    found = {}
    for node_id, values in nodes.items():
        home, kind = node_id, values["owner_policy"]
        while kind == "above":
            home = nodes[home]["parent_id"]
            kind = nodes[home]["owner_policy"] if home else "none"
        if kind != "none" or values["team_id"]:
            found[node_id] = Policy(kind, home or node_id, values["team_id"])
    return found


@dataclass
class Candidate:
    """A member who may get leads."""

    id: int
    load: int = 0  # open leads and opportunities owned in the territory
    capacity: int = 0  # the most of them; 0: no limit
    weight: int = 1
    sequence: int = 10
    is_manager: bool = False
    # when the last lead was given: anything that compares
    last_turn: float = 0

    def is_free(self):
        return not self.capacity or self.load < self.capacity


# who comes first by a policy: the lowest
RANKS = {
    "manager": lambda candidate: candidate.load,
    "round_robin": lambda candidate: candidate.last_turn,
    "least_loaded": lambda candidate: candidate.load,
    "weighted": lambda candidate: (candidate.load + 1) / candidate.weight,
}


def next_candidate(rank, candidates, excluded=frozenset()):
    """Who gets the next lead: the candidate, whose load and turn are counted up, or
    None when nobody has room for more. O(candidates), no query.

    >>> def ids(policy, count, *candidates):
    ...     chosen = [next_candidate(RANKS[policy], candidates) for _ in range(count)]
    ...     return [candidate and candidate.id for candidate in chosen]
    >>> ids("round_robin", 3, Candidate(1, last_turn=5), Candidate(2, last_turn=4))
    [2, 1, 2]
    >>> ids("least_loaded", 3, Candidate(1, load=2), Candidate(2))
    [2, 2, 1]
    >>> ids("weighted", 4, Candidate(1, weight=3), Candidate(2))
    [1, 1, 1, 2]
    >>> ids("least_loaded", 3, Candidate(1, capacity=1), Candidate(2, capacity=1))
    [1, 2, None]

    :param rank: function of a candidate: the lowest is next
    :param excluded: ids of candidates who do not get this one
    """
    free = [one for one in candidates if one.is_free() and one.id not in excluded]
    if not free:
        return None
    best = min(free, key=lambda one: (rank(one), one.sequence, one.id))
    best.load += 1
    best.last_turn = 1 + max(one.last_turn for one in candidates)
    return best
