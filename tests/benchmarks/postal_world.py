"""Accounts and leads in 15 countries, 1,000 territories on three levels, 40,000 ZIP
ranges, 2,000 rules of twelve shapes: what the benchmark of places measures on.
"""

import itertools
import string

from odoo.tools import SQL

from .postal_codes import POSTAL
from .postal_records import Records
from .postal_rules import SHAPES

RANGES = 40_000
TERRITORIES = 1000
LEAVES = 300
RULES = 2000


class World(Records):
    """The records, and an active plan with its criteria.

    :param int count: how many accounts, and how many leads
    """

    def __init__(self, env, count, ranges=RANGES, rules=RULES):
        super().__init__(env, count)
        self.range_count, self.rule_count = ranges, rules
        self.ranges = []  # (territory id, Postal, first unit, last unit)
        self.rules = []  # (rule id, shape, values)
        self._make_plan()
        env.flush_all()
        env.cr.execute(
            "ANALYZE crm_territory_area, crm_territory_area_place, crm_territory,"
            " crm_territory_rule"
        )

    def _make_plan(self):
        """15 countries; below them 685 territories with ranges; below these 300 with
        rules.
        """
        plan = self.plan = self.env["crm.territory.plan"].create(
            {"name": "Benchmark", "company_id": False}
        )
        roots = self._territories(plan, [None] * len(POSTAL))
        count = TERRITORIES - len(POSTAL) - LEAVES
        middle = self._territories(
            plan, [roots[number % len(POSTAL)] for number in range(count)]
        )
        leaves = self._territories(
            plan, [middle[number % count] for number in range(LEAVES)]
        )
        self.roots = dict(zip((each.code for each in POSTAL), roots, strict=True))
        self._make_areas(middle)
        self._make_rules(leaves)
        plan.action_activate()

    def _territories(self, plan, parent_ids):
        return (
            self.env["crm.territory"]
            .create(
                [
                    {"name": f"Territory {n}", "plan_id": plan.id, "parent_id": parent}
                    for n, parent in enumerate(parent_ids)
                ]
            )
            .ids
        )

    def _make_areas(self, middle):
        areas = self.env["crm.territory.area"]
        areas.create(
            [
                {"territory_id": id_, "country_id": self.countries[code]}
                for code, id_ in self.roots.items()
            ]
        )
        for number, postal in enumerate(POSTAL):
            territory_ids = middle[number :: len(POSTAL)]
            starts = sorted(
                self.generator.sample(
                    range(1, len(postal.units)), self.range_count // len(POSTAL)
                )
            )
            owners = self._owners(territory_ids, len(starts))
            beyonds = [*starts[1:], None]
            for owner, first, beyond in zip(owners, starts, beyonds, strict=True):
                ends = postal.units[first], postal.units[(beyond or 0) - 1]
                letters = {end.rstrip(string.digits) for end in ends}
                if postal.code == "GB" and len(letters) > 1:
                    ends = ends[0], ends[0]  # no range goes from one area to another
                self.ranges.append((owner, postal, *ends))
        areas.create(
            [
                {
                    "territory_id": territory_id,
                    "country_id": self.countries[postal.code],
                    "zip_from": low,
                    "zip_to": high != low and high,
                }
                for territory_id, postal, low, high in self.ranges
            ]
        )

    def _owners(self, territory_ids, count):
        """Which of the territories has each of the ranges of a country, in order."""
        return self.generator.choices(territory_ids, k=count)

    def _make_rules(self, leaves):
        """By SQL: Odoo would try out each of them by a query."""
        drawn = [
            (shape, SHAPES[shape].draw(self))
            for shape in itertools.islice(itertools.cycle(SHAPES), self.rule_count)
        ]
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_territory_rule (
                    name, territory_id, plan_id, applies_to, domain, lang, active,
                    sequence, is_anywhere
                )
                SELECT 'Rule', territory_id, %s, applies_to, domain, 'en_US', TRUE, 10,
                       FALSE
                  FROM unnest(%s::int4[], %s::text[], %s::text[])
                       AS rule(territory_id, applies_to, domain)
                RETURNING id
                """,
                self.plan.id,
                [leaves[number % len(leaves)] for number in range(len(drawn))],
                [SHAPES[shape].applies_to for shape, _values in drawn],
                [str(SHAPES[shape].domain(*values)) for shape, values in drawn],
            )
        )
        ids = (row[0] for row in rows)
        self.rules = [(id_, *rule) for id_, rule in zip(ids, drawn, strict=True)]
