"""Who gets the next leads of a territory that have no salesperson."""

from dataclasses import dataclass


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


_RANKS = {
    "manager": lambda candidate: candidate.load,
    "round_robin": lambda candidate: candidate.last_turn,
    "least_loaded": lambda candidate: candidate.load,
    "weighted": lambda candidate: (candidate.load + 1) / candidate.weight,
}


def distribute(policy, candidates, count):
    """Choose who gets each of ``count`` leads: O(count × candidates), no query.

    >>> def ids(policy, count, *candidates):
    ...     return [c.id for c in distribute(policy, list(candidates), count)]
    >>> ids("round_robin", 3, Candidate(1, last_turn=5), Candidate(2, last_turn=4))
    [2, 1, 2]
    >>> ids("least_loaded", 3, Candidate(1, load=2), Candidate(2))
    [2, 2, 1]
    >>> ids("weighted", 4, Candidate(1, weight=3), Candidate(2))
    [1, 1, 1, 2]
    >>> ids("least_loaded", 3, Candidate(1, capacity=1), Candidate(2, capacity=1))
    [1, 2]
    >>> ids("manager", 1, Candidate(1), Candidate(2, is_manager=True))
    [2]

    :param policy: an owner policy of territories
    :param candidates: list of Candidate; their loads and turns are counted up
    :return: the candidates in the order of the leads, fewer than ``count`` when
        nobody has room for more
    """
    if policy not in _RANKS:
        return []
    if policy == "manager":
        candidates = [candidate for candidate in candidates if candidate.is_manager]
    rank = _RANKS[policy]
    turn = max((candidate.last_turn for candidate in candidates), default=0)
    chosen = []
    while len(chosen) < count:
        free = [candidate for candidate in candidates if candidate.is_free()]
        if not free:
            break
        best = min(free, key=lambda one: (rank(one), one.sequence, one.id))
        turn += 1
        best.load += 1
        best.last_turn = turn
        chosen.append(best)
    return chosen
