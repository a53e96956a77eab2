"""The solver's program against every way to put items, on small random problems."""

import itertools
import random
import unittest
from importlib.util import find_spec

from odoo.tests import BaseCase, TransactionCase

from ..balancing.problem import spread
from ..balancing.solving import fewest_moves

_EXACT = 1e-6


def random_problem(generator):
    """Of few items and places, of one or two measures."""
    places = generator.randint(2, 3)
    measures = generator.randint(1, 2)
    even = [
        [generator.choice([0.5, 1.0, 1.5]) for _measure in range(measures)]
        for _place in range(places)
    ]
    items = []
    for _item in range(generator.randint(3, 7)):
        home = generator.randrange(places)
        others = [place for place in range(places) if place != home]
        allowed = generator.sample(others, generator.randint(0, len(others)))
        items.append(
            {
                "home": home,
                "loads": [round(generator.random(), 2) for _measure in range(measures)],
                "weight": generator.randint(1, 3),
                "to": [[place, 1.0 + generator.random() / 100] for place in allowed],
            }
        )
    return {
        "seconds": 10,
        "tolerances": [generator.choice([0.1, 0.3, 0.6])] * measures,
        "even": even,
        "fixed": [[0.2] * measures for _place in range(places)],
        "items": items,
    }


def beyond(problem, places):
    """What is beyond the tolerances with items in these places."""
    present = [list(loads) for loads in problem["fixed"]]
    for item, place in zip(problem["items"], places, strict=True):
        for measure, load in enumerate(item["loads"]):
            present[place][measure] += load
    return sum(
        max(0.0, abs(load - even) - tolerance * even)
        for loads, evens in zip(present, problem["even"], strict=True)
        for load, even, tolerance in zip(
            loads, evens, problem["tolerances"], strict=True
        )
    )


def cost(problem, places):
    return sum(
        dict(map(tuple, item["to"]))[place] * item["weight"]
        for item, place in zip(problem["items"], places, strict=True)
        if place != item["home"]
    )


@unittest.skipUnless(find_spec("highspy"), "the solver is not installed")
class TestFewestMoves(TransactionCase):
    def test_small_problems(self):
        seed = random.randrange(10**6)
        generator = random.Random(seed)
        for number in range(12):
            problem = random_problem(generator)
            with self.subTest(seed=seed, number=number):
                self._check(problem, fewest_moves(self.env, problem))

    def _check(self, problem, answer):
        homes = [item["home"] for item in problem["items"]]
        places = list(homes)
        for item, place in answer["moves"]:
            self.assertIn(place, dict(map(tuple, problem["items"][item]["to"])))
            places[item] = place
        ways = list(
            itertools.product(
                *(
                    [item["home"], *(place for place, _cost in item["to"])]
                    for item in problem["items"]
                )
            )
        )
        within = [way for way in ways if beyond(problem, way) < _EXACT]
        self.assertTrue(answer["is_best"])
        self.assertAlmostEqual(answer["cost"], cost(problem, places), 4)
        nearest = min(beyond(problem, way) for way in ways)
        self.assertLessEqual(answer["beyond_bound"], nearest + 1e-4)
        self.assertAlmostEqual(answer["beyond"], beyond(problem, places), 4)
        if within:
            least = min(cost(problem, way) for way in within)
            self.assertAlmostEqual(answer["beyond"], 0, 5)
            self.assertAlmostEqual(answer["cost"], least, delta=1e-3 * (1 + least))
        else:
            self.assertAlmostEqual(answer["beyond"], nearest, 3)

    def test_time_is_over(self):
        """A large problem in little time: what was found, and a bound that holds."""
        generator = random.Random(7)
        items = []
        for number in range(4000):
            home = number % 100
            size = generator.random() * (0.5 + home % 2)
            near = [[(home + step) % 100, 1.0] for step in (1, 99)]
            items.append({"home": home, "loads": [size], "weight": 1, "to": near})
        mean = sum(item["loads"][0] for item in items) / 100
        for item in items:
            item["loads"][0] /= mean
        problem = {
            "seconds": 6,
            "tolerances": [0.2],
            "even": [[1.0]] * 100,
            "fixed": [[0.0]] * 100,
            "items": items,
        }
        homes = [item["home"] for item in items]
        answer = fewest_moves(self.env, problem)
        places = list(homes)
        for item, place in answer["moves"]:
            places[item] = place
        self.assertAlmostEqual(beyond(problem, places), answer["beyond"], 4)
        self.assertLess(answer["beyond"], beyond(problem, homes) / 10)
        if not answer["beyond"]:
            self.assertGreaterEqual(answer["cost"], answer["bound"] - _EXACT)
            self.assertLess(answer["cost"], 1.5 * answer["bound"])

    def test_one_item_is_too_large(self):
        """It is told what cannot be avoided."""
        problem = {
            "seconds": 2,
            "tolerances": [0.1],
            "even": [[1.0], [1.0]],
            "fixed": [[0.0], [0.0]],
            "items": [
                {"home": 0, "loads": [1.7], "weight": 1, "to": [[1, 1.0]]},
                {"home": 0, "loads": [0.3], "weight": 1, "to": [[1, 1.0]]},
            ],
        }
        answer = fewest_moves(self.env, problem)
        self.assertEqual(len(answer["moves"]), 1)
        self.assertAlmostEqual(answer["beyond_bound"], 0.6 + 0.6, 4)
        self.assertTrue(answer["is_best"])
        self.assertIsNone(answer["bound"])


class TestSpread(BaseCase):
    def test_spread(self):
        self.assertEqual(spread([(50, 100), (150, 100)]), (0.5, 3.0))
        self.assertEqual(spread([(0, 100), (200, 100)]), (1.0, 0.0))
        self.assertEqual(spread([(5, 0)]), (0.0, 0.0))
