"""Criteria that can never take anything: in a plan, and while they are edited."""

from ast import literal_eval

from odoo.tests import Form

from ..conflicts.finding import NEVER
from .conflicts_case import ConflictsCase


class TestNever(ConflictsCase):
    def rule_of(self, domain, territory=None, applies_to="account", **values):
        return self.env["crm.territory.rule"].create(
            {
                "territory_id": (territory or self.germany).id,
                "applies_to": applies_to,
                "domain": repr(domain),
                **values,
            }
        )

    def assertNever(self, rule, words):
        found = self.find(NEVER, "rule", rule.id)
        self.assertTrue(found, "not found")
        self.assertIn(words, found.text)

    def assertLeftAlone(self, rule):
        self.assertIsNone(self.find(NEVER, "rule", rule.id))

    def test_conditions_that_exclude_each_other(self):
        for domain in (
            [("industry_id", "in", [])],
            ["&", ("id", "=", 1), ("id", "=", 2)],
            ["&", ("color", ">=", 5), ("color", "<", 5)],
            ["&", ("color", ">", 4), ("color", "<", 5)],
            ["&", ("industry_id", "=", False), ("industry_id", "=", 3)],
            ["|", ("id", "in", []), "&", ("color", ">", 5), ("color", "<", 5)],
            [("country_id.code", "=", "FR"), ("country_id.code", "=", "DE")],
        ):
            with self.subTest(domain):
                self.assertNever(self.rule_of(domain), "exclude each other")

    def test_conditions_that_something_meets(self):
        for domain in (
            [],
            ["&", ("color", ">=", 5), ("color", "<=", 5)],
            ["|", ("id", "in", []), ("color", "=", 5)],
            [("name", "ilike", "x"), ("name", "not ilike", "x")],  # left open
            ["&", ("category_id", "in", [1]), ("category_id", "in", [2])],
        ):
            with self.subTest(domain):
                rule = self.rule_of(domain, self.france)
                self.assertLeftAlone(rule)
                rule.unlink()

    def test_what_the_parent_never_lets_through(self):
        other = self.env["res.partner.industry"].sudo().create({"name": "Mining"})
        below = self.territory("Clinics", self.health)
        rule = self.rule_of([("industry_id", "=", other.id)], below)
        self.assertNever(rule, "“Health” above it")
        fits = self.rule_of(
            [("industry_id", "in", [other.id, self.health_industry.id])], below
        )
        self.assertLeftAlone(fits)
        lead = self.rule_of([("employee_number", "<", 5)], below, "lead")
        self.assertLeftAlone(lead)  # of an account in it, Health is not asked

    def test_what_lies_outside_of_the_geography(self):
        rule = self.rule_of([("country_id", "=", self.fr.id)], self.berlin)
        self.assertNever(rule, "exclude each other")
        rule.is_anywhere = True
        self.assertNever(rule, "“Germany” above it")
        self.rule_of([("color", "=", 1)], self.germany, is_anywhere=True)
        self.assertLeftAlone(rule)

    def test_what_an_earlier_rule_takes(self):
        big = self.rule_of([("color", "=", 3)], self.france, sequence=1)
        same = self.rule_of(
            [("color", "=", 3), ("industry_id", "=", 1)], self.france, sequence=2
        )
        other = self.rule_of([("industry_id", "=", 1)], self.france, sequence=3)
        self.assertNever(same, big.name)
        self.assertLeftAlone(big)
        self.assertLeftAlone(other)
        same.is_anywhere = True  # and so takes what the other does not
        self.assertLeftAlone(same)

    def test_areas_outside_of_the_parent(self):
        lyon = self.territory(
            "Lyon", self.germany, areas=[{"country_id": self.fr.id, "zip_from": "69"}]
        )
        found = self.find(NEVER, "area", lyon.id, self.germany.id)
        self.assertIn("France, 69", found.text)
        self.assertIsNone(self.find(NEVER, "area", self.berlin.id, self.germany.id))
        self.rule_of([("color", "=", 1)], self.germany, is_anywhere=True)
        self.assertIsNone(self.find(NEVER, "area", lyon.id, self.germany.id))

    def test_territories_that_take_and_group_nothing(self):
        empty = self.territory("Later", self.europe)
        self.assertTrue(self.find(NEVER, "territory", empty.id))
        self.assertIsNone(self.find(NEVER, "territory", self.europe.id))

    def test_disabled_rules(self):
        rule = self.rule_of([("color", "=", 1)], self.france)
        rule.sudo().error = "it reads a field that is gone"
        self.assertNever(rule, "a field that is gone")


class TestRuleForm(ConflictsCase):
    """What is told while a rule is edited."""

    def setUp(self):
        super().setUp()
        self.rule = self.health.rule_ids.filtered(lambda r: r.applies_to == "account")

    def told(self, rule=None):
        return (rule or self.rule).with_user(self.mona).conflict or ""

    def test_a_rule_that_can_never_match(self):
        self.assertFalse(self.told())
        with Form(self.rule.with_user(self.mona)) as form:
            form.domain = '["&", ("color", ">", 5), ("color", "<", 5)]'
            self.assertIn("exclude each other", form.conflict)
            form.domain = "no domain"
            self.assertFalse(form.conflict)
            form.domain = '[("color", ">", 5)]'
            self.assertFalse(form.conflict)

    def test_a_new_rule_that_takes_no_more(self):
        rule = self.env["crm.territory.rule"].new(
            {
                "territory_id": self.health.id,
                "domain": repr([*literal_eval(self.rule.domain), ("color", "=", 1)]),
            }
        )
        self.assertIn("comes first", self.told(rule))
        rule.domain = '[("color", "=", 1)]'
        self.assertFalse(self.told(rule))

    def test_a_rule_that_the_parent_shuts_out(self):
        rule = self.env["crm.territory.rule"].new(
            {
                "territory_id": self.berlin.id,
                "domain": repr([("country_id", "=", self.fr.id)]),
                "is_anywhere": True,
            }
        )
        self.assertIn("“Germany” above it", self.told(rule))

    def test_records_that_others_of_the_type_have(self):
        self.health.type_id = self.berlin.type_id
        self.assertIn("1 of these records", self.told())
        self.bruno.industry_id = False
        self.env.invalidate_all()
        self.assertFalse(self.told())

    def test_who_does_not_edit_it_is_told_nothing(self):
        self.rule.domain = "[('id', 'in', [])]"
        self.assertTrue(self.told())
        self.assertFalse(self.rule.with_user(self.amy).conflict)
