import itertools
import random
from collections import Counter
from dataclasses import replace

from odoo.tests import tagged

from odoo.addons.crm_territory.engine import forms
from odoo.addons.crm_territory.matching import compiler

from .common import TerritoryCase

# names that are compared, and values of each kind: plain ones, and those that mean more
VALUES = {
    "ref": ["A", "b c", "", "1", False, 1, "%"],
    "color": [1, 2, 7, 0, -3, True, 2**31, 2.0, "1", None],
    "country_id": [1, 2, False, 0, "France", 2**31, True],
    "annual_revenue": [1e6, 3, 0, 0.1 + 0.2, -1e308, 1e400, "3", True],
    "credit_limit": [1.5, 2],
    "expected_revenue": [7, 1.5, 0.123456, 0],
    "create_date": ["2025-01-01", "2030-06-30 12:00:00", "today", "today -1d", 1],
    "date_deadline": ["2025-01-01", "2030-06-30", "today", "=monday", False],
    "is_company": [True, False, 1],
    "barcode": ["4711"],
    "name": ["Alp", "Bet"],
    "id": [1, 2, 3],
    "lang": ["en_US", "xx"],
    "type": ["contact", "invoice", "lead", "opportunity", "none"],
    "nothing": [1],
}
OPERATORS = ("=", "in", ">=", "<", ">", "<=", "!=", "ilike", "not in", "=like")


@tagged("post_install", "-at_install")
class TestForms(TerritoryCase):
    """Rules that differ in nothing but values are checked once, and mean the same."""

    def setUp(self):
        super().setUp()
        self.seed = random.SystemRandom().randrange(2**32)
        self.random = random.Random(self.seed)

    def value(self, name, operator):
        pick = self.random
        if operator in ("in", "not in"):
            return [pick.choice(VALUES[name]) for _each in range(pick.randrange(4))]
        return pick.choice(VALUES[name])

    def criteria(self, form):
        """Criteria of (name, operator) pairs, with values."""
        leaves = [(*pair, self.value(*pair)) for pair in form]
        if self.random.random() < 0.2:
            return ["&"] * (len(leaves) - 1) + leaves
        return leaves

    def compiled(self, kind, criteria):
        """What a rule is compiled to, or what is wrong with it."""
        reading = self.plan._reading()
        try:
            rule = compiler.compile_rule(self.env, kind, repr(criteria), reading)
        except Exception as error:  # noqa: BLE001 - all that a rule may be refused for
            return type(error), str(error)
        return replace(rule, domain=None), repr(rule.rows)

    def alone(self, kind, criteria):
        compiler.forget_rules(self.env.registry)
        return self.compiled(kind, criteria)

    def test_one_after_the_other_is_as_alone(self):
        drawn = [
            (kind, [(name, operator, [value] if "in" in operator else value)])
            for name, operator in itertools.product(VALUES, OPERATORS)
            for value in VALUES[name]
            for kind in ("account", "opportunity")
        ]
        for _each in range(60):
            form = [
                (self.random.choice([*VALUES]), self.random.choice(OPERATORS[:6]))
                for _pair in range(self.random.randrange(1, 4))
            ]
            form += form[: self.random.randrange(2)]  # twice on one field
            drawn += [("account", self.criteria(form)) for _each in range(9)]
        self.random.shuffle(drawn)
        expected = [self.alone(*rule) for rule in drawn]
        compiler.forget_rules(self.env.registry)
        for rule, alone in zip(drawn, expected, strict=True):
            self.assertEqual(self.compiled(*rule), alone, (self.seed, rule))

    def test_plain_values_are_put_in(self):
        compiler.forget_rules(self.env.registry)
        put_in = Counter()
        rows = forms.Form.rows

        def counting(form, model, criteria):
            put_in[str(criteria)] += 1
            return rows(form, model, criteria)

        self.patch(forms.Form, "rows", counting)
        for number, letter in itertools.product((1, 2, 3), "ab"):
            criteria = [
                ("ref", "=", letter),
                ("color", "in", [number, 9]),
                ("employee_number", ">=", number),
                ("employee_number", "<", number + 9),
                ("annual_revenue", ">", 1000),
            ]
            rule, _rows = self.compiled("account", criteria)
            [found] = rule.rows
            names = [(term.field, term.operator) for term in found.shape]
            self.assertEqual(
                dict(zip(names, zip(*found.values, strict=True), strict=True)),
                {
                    ("annual_revenue", ">"): ("1000",) * 2,
                    ("color", "="): (number, 9),
                    ("employee_number", "<"): (number + 9,) * 2,
                    ("employee_number", ">="): (number,) * 2,
                    ("ref", "="): (letter,) * 2,
                },
            )
            self.assertEqual(put_in[str(criteria)], 1)

    def test_what_is_wrong_stays_wrong(self):
        """Whatever came before it."""
        self.compiled("account", [("color", "=", 1)])
        for criteria in ([("colour", "=", 1)], ["&", ("color", "=", 1)], [("color",)]):
            with self.subTest(criteria=criteria):
                self.assertEqual(self.compiled("account", criteria)[0], ValueError)
