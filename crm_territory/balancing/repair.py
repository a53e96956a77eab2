"""Moves one by one towards the tolerances: where the solver begins, and what there is
when it has no time. Without Odoo; numpy comes with the solver.
"""

import time

import numpy

# loads that differ by less are the same
EXACT = 1e-7
# so much nearer a move must come to be worth its cost
_A_MOVE = 1e-4


class Repair:
    """An assignment of items to places that is made better as long as one move, or one
    exchange, makes it so.

    :param problem: see fewest_moves
    :param places: the place of each item at first
    """

    def __init__(self, problem, places):
        self.items = problem["items"]
        self.even = numpy.array(problem["even"], dtype=float)
        self.allowed = self.even * numpy.array(problem["tolerances"])
        self.loads = numpy.array([item["loads"] for item in self.items])
        self.at = list(places)
        self.present = numpy.array(problem["fixed"], dtype=float)
        self.options = [
            {item["home"]: 0.0}
            | {place: item["weight"] * cost for place, cost in item["to"]}
            for item in self.items
        ]
        self.held = [set() for _place in self.present]
        self.reachable = [set() for _place in self.present]
        self.near = [set() for _place in self.present]
        for number, place in enumerate(self.at):
            self.present[place] += self.loads[number]
            self.held[place].add(number)
            for option in self.options[number]:
                self.reachable[option].add(number)
                self.near[option].update(self.options[number])
        self._stuck = set()  # places in which nothing helps, as things are

    def place(self, number, place):
        """Put an item into another place."""
        left = self.at[number]
        self.present[left] -= self.loads[number]
        self.present[place] += self.loads[number]
        self.held[left].discard(number)
        self.held[place].add(number)
        self.at[number] = place
        self._stuck -= self.near[left] | self.near[place]

    def beyond(self):
        """What is beyond the tolerances in each place, in even loads: array."""
        return self._beyond(self.present, slice(None))

    def least_beyond(self):
        """What is beyond the tolerances wherever items are, as some of them are more
        than a place may have: several together are more still.
        """
        most = self.even + self.allowed
        return sum(
            min(float(numpy.maximum(loads - most[place], 0).sum()) for place in options)
            for loads, options in zip(self.loads, self.options, strict=True)
            if (loads > most.min(axis=0)).any()
        )

    def cost(self, numbers=None):
        """Of the moves of all items, or of some."""
        numbers = range(len(self.at)) if numbers is None else numbers
        return sum(self.options[number][self.at[number]] for number in numbers)

    def run(self, deadline):
        """Until nothing gets better, or until the time (of the monotonic clock)."""
        while time.monotonic() < deadline and self._improve(deadline):
            pass
        self._go_home(deadline)
        return self

    # -- steps

    def _beyond(self, present, places):
        off = abs(present - self.even[places]) - self.allowed[places]
        return numpy.maximum(off, 0).sum(axis=-1)

    def _improve(self, deadline):
        """Make something better in one of the places that are beyond, worst first."""
        beyond = self.beyond()
        for place in numpy.argsort(-beyond).tolist():
            if beyond[place] < EXACT or time.monotonic() > deadline:
                return False
            if place in self._stuck:
                continue
            if self._move_one(place) or self._exchange(place):
                return True
            self._stuck.add(place)
        return False

    def _move_one(self, place):
        """The move out of the place or into it that helps most for what it costs."""
        moves = [
            (number, place, option)
            for number in self.held[place]
            for option in self.options[number]
            if option != place
        ]
        moves += [
            (number, self.at[number], place)
            for number in self.reachable[place]
            if self.at[number] != place
        ]
        if not moves:
            return False
        numbers, sources, targets = map(list, zip(*moves, strict=True))
        loads = self.loads[numbers]
        gains = (
            self._beyond(self.present[sources], sources)
            + self._beyond(self.present[targets], targets)
            - self._beyond(self.present[sources] - loads, sources)
            - self._beyond(self.present[targets] + loads, targets)
        )
        costs = numpy.array(
            [
                self.options[number][target] - self.options[number][source]
                for number, source, target in moves
            ]
        )
        worth = gains - _A_MOVE * costs
        worth[gains < EXACT] = 0
        best = int(worth.argmax())
        if worth[best] <= 0:
            return False
        self.place(numbers[best], targets[best])
        return True

    def _exchange(self, place):
        """Two items for each other, of this place and of one that both can be in."""
        mine = list(self.held[place])
        best, found = EXACT, None
        for other in {o for number in mine for o in self.options[number]} - {place}:
            given = [number for number in mine if other in self.options[number]]
            taken = [n for n in self.held[other] if place in self.options[n]]
            if not given or not taken:
                continue
            change = self.loads[taken][None, :, :] - self.loads[given][:, None, :]
            gains = (
                self._beyond(self.present[place], place)
                + self._beyond(self.present[other], other)
                - self._beyond(self.present[place] + change, place)
                - self._beyond(self.present[other] - change, other)
            )
            row, column = numpy.unravel_index(int(gains.argmax()), gains.shape)
            if gains[row, column] > best:
                best, found = gains[row, column], (given[row], taken[column], other)
        if not found:
            return False
        number, other_number, other = found
        self.place(number, other)
        self.place(other_number, place)
        return True

    def _go_home(self, deadline):
        """Take moves back that are not needed, the dearest first."""
        moved = [
            number
            for number, item in enumerate(self.items)
            if self.at[number] != item["home"]
        ]
        moved.sort(key=lambda number: -self.options[number][self.at[number]])
        for number in moved:
            if time.monotonic() > deadline:
                return
            place, home = self.at[number], self.items[number]["home"]
            both = [place, home]
            before = self._beyond(self.present[both], both).sum()
            self.place(number, home)
            if self._beyond(self.present[both], both).sum() > before + EXACT:
                self.place(number, place)
