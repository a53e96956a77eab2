"""The fewest moves that bring loads within their tolerances.

Run as a program of its own, so that the solver's memory and time are not those of a
server's worker: it reads a problem from its input, and writes a proposal.

The problem, as JSON::

    {"seconds": 20.0,          how long to look at most
     "tolerances": [0.1, …],   of each measure, as a share of that
     "even": [[1.0, …], …],    what each place shall have, of each measure
     "fixed": [[0.7, …], …],   what stays there, whatever is moved
     "items": [{"home": 0, "loads": [0.2, …], "weight": 1, "to": [[2, 1.0], …]}, …]}

``to`` are the places where an item may go, with the cost of each unit of its weight. A
place is an index of ``fixed``. The proposal::

    {"moves": [[item, place], …],
     "cost": 12.0,             of the moves
     "bound": 11.3,            no moves of those allowed reach the tolerances for less;
                               null: none are known to reach them
     "beyond": 0.0,            what is beyond the tolerances in the end, in even loads
     "beyond_bound": 0.0,      no moves of those allowed leave less beyond
     "is_best": false}         cost, or else beyond, is its bound (within 1e-4)

The method: the relaxation of a mixed-integer program (items in parts) gives the bound
and a first assignment, which is repaired move by move (`repair`). A small program is
then solved whole; of a large one, neighbourhoods are, again and again: around places
that are beyond, then around others, as long as there is time ("large neighbourhood
search", Shaw 1998). The tolerances are limits of the search. Only where no moves are
found that reach them are those taken that come nearest.
"""

import json
import os
import random
import sys
import time

from program import GAP, LITTLE, Program
from repair import EXACT, Repair

# columns that are searched at once
_WHOLE = 6_000
_PART = 1_200
_SECONDS_OF_PART = 3.0
# of the tolerances, while items are in parts
_ROUNDED = 0.7
# of all the time: for steps one by one
_STEPS = 0.3


class FewestMoves:
    """One problem, and the assignment that is made better."""

    def __init__(self, problem):
        self.end = time.monotonic() + problem["seconds"]
        self.steps = _STEPS * problem["seconds"]
        self.problem = problem
        self.homes = [item["home"] for item in problem["items"]]
        self.held = Repair(problem, self.homes)
        self.generator = random.Random(42)
        self.bound = None
        self.least = self.held.least_beyond()

    def solve(self):
        columns = sum(map(len, self.held.options))
        self._relax()
        self.held.run(time.monotonic() + self.steps)
        if columns <= _WHOLE:
            self._solve_whole()
        else:
            self._solve_parts()
        return self._proposal()

    def _all(self, **how):
        places = range(len(self.held.present))
        return Program(self.held, range(len(self.homes)), places, **how)

    def _relax(self):
        """Know the bounds, and begin with what the relaxation says: the one that leaves
        room for what rounding does.
        """
        middle = (time.monotonic() + self.end) / 2
        found = self._all().relax(middle)
        if found:
            self.bound = found[0]
            found = self._all(share=_ROUNDED).relax(middle) or found
        else:
            found = self._all(is_elastic=True).relax(middle)
            if not found:
                return
            self.least = max(self.least, self._bound_of_beyond(found[0]))
        self._take(found[1])

    def _bound_of_beyond(self, objective):
        """Without the little that moves cost."""
        most = sum(max(options.values()) for options in self.held.options)
        return max(0.0, objective - LITTLE * most)

    def _solve_whole(self):
        if self.bound is not None:
            now = time.monotonic()
            bound, places = self._all().solve(now + (self.end - now) * 0.7)
            if places:
                self.bound = max(self.bound, bound)
                return self._take(places)
        if self._is_beyond():
            bound, places = self._all(is_elastic=True).solve(self.end)
            self.least = max(self.least, self._bound_of_beyond(bound))
            self._take(places)
        return None

    def _take(self, places):
        for number, place in places.items():
            if self.held.at[number] != place:
                self.held.place(number, place)

    def _is_beyond(self):
        return bool((self.held.beyond() > EXACT).any())

    # -- neighbourhoods

    def _solve_parts(self):
        """Places that are beyond first, worst first; then one after the other."""
        waiting, in_vain = [], 0
        while time.monotonic() < self.end and in_vain <= len(self.held.present):
            if not waiting:
                beyond = self.held.beyond()
                waiting = [place for place in beyond.argsort() if beyond[place] > EXACT]
                if in_vain or not waiting:
                    waiting = list(range(len(beyond)))
                    self.generator.shuffle(waiting)
            in_vain = 0 if self._solve_around(int(waiting.pop())) else in_vain + 1

    def _solve_around(self, centre):
        """Whether something got better in the places around one."""
        numbers, places = self._around(centre)
        beyond = self.held.beyond()[places].sum()
        before = (round(beyond, 6), self.held.cost(numbers))
        program = Program(self.held, numbers, places, is_elastic=beyond > EXACT)
        soon = min(self.end, time.monotonic() + _SECONDS_OF_PART)
        _bound, found = program.solve(soon)
        present = {number: self.held.at[number] for number in numbers}
        self._take(found)
        beyond = self.held.beyond()[places].sum()
        after = (round(beyond, 6), self.held.cost(numbers))
        if after < before:
            return True
        self._take(present)
        return False

    def _around(self, centre):
        """Places, nearest first, until their items have enough columns; in a random
        order among those that are as near.

        :return: (items in them, places)
        """
        places, numbers, columns = [centre], [], 0
        known, edge = {centre}, 0
        while edge < len(places):
            place = places[edge]
            edge += 1
            numbers += self.held.held[place]
            columns += sum(
                len(self.held.options[number]) for number in self.held.held[place]
            )
            if columns > _PART:
                break
            near = sorted(self.held.near[place] - known)
            self.generator.shuffle(near)
            places += near
            known.update(near)
        return numbers, places[:edge]

    # -- the answer

    def _proposal(self):
        beyond = float(self.held.beyond().sum())
        reaches = not self._is_beyond()
        cost = self.held.cost()
        limit, value = (self.bound, cost) if reaches else (self.least, beyond)
        return {
            "moves": [
                [number, place]
                for number, (place, home) in enumerate(
                    zip(self.held.at, self.homes, strict=True)
                )
                if place != home
            ],
            "cost": cost,
            "bound": self.bound if self.least <= EXACT else None,
            "beyond": beyond if not reaches else 0.0,
            "beyond_bound": self.least,
            "is_best": limit is not None and value <= limit * (1 + GAP) + GAP,
        }


def main():
    # the solver greets on the standard output
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with answer:
        json.dump(FewestMoves(json.load(sys.stdin)).solve(), answer)


if __name__ == "__main__":
    main()
