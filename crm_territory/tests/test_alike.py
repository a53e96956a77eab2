from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.crm_territory import reasons
from odoo.addons.crm_territory.assignment import Assignment
from odoo.addons.crm_territory.matching.alike import AlikeMatcher

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestAlike(TerritoryCase):
    """Many records that are alike are judged at once: to the same as each alone, for
    the same reasons.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = cls.territory(
            "Small in Berlin",
            cls.berlin,
            rules=[
                ("account", [("employee_number", "<", 5)]),
                ("opportunity", [("priority", "=", "3")]),
            ],
        )
        cls.tenders = cls.territory(
            "Tenders in France",
            cls.france,
            rules=[("opportunity", [("city", "=", "Lyon")])],
        )
        cls.elsewhere = cls.account("Put into Berlin", cls.fr, zip="69001")
        cls.override(cls.elsewhere, cls.small)
        cls.nowhere = cls.account("Without country", employee_number=2)
        cls.twins = [cls.account(f"Twin {n}", cls.de, zip="12045") for n in range(3)]
        cls.accounts = (
            cls.env["res.partner"]
            .union(
                cls.adler, cls.bruno, cls.rivoire, cls.sato, cls.elsewhere, cls.nowhere
            )
            .union(*cls.twins)
        )
        cls.leads = cls.env["crm.lead"].union(
            cls.lead("Large", cls.bruno, priority="3"),
            cls.lead("By its account", cls.elsewhere, priority="3", city="Lyon"),
            cls.lead("Outside", cls.sato, priority="3", country_id=cls.de.id),
            cls.lead("Lends", cls.nowhere, country_id=cls.de.id, zip="10117"),
            cls.lead("Alone", priority="3", country_id=cls.de.id, zip="10117"),
            cls.lead("Alone in Lyon", city="Lyon", country_id=cls.fr.id),
            cls.lead("Alone abroad", city="Lyon", country_id=cls.us.id),
            cls.lead("Of a contact", cls.contact("Carl", cls.bruno), priority="3"),
        )
        cls.override(cls.leads[-1], cls.gtx)
        cls.env.flush_all()

    def _judged(self, records):
        """As each alone, and as all that are alike at once: both with their reasons."""
        assignment = Assignment(records)
        alone = assignment.judge(records.ids)
        where = SQL("r.id = ANY(%s)", records.ids)
        alike, _count = Assignment(records).judge_alike(where)
        together = [decision for group in alike for decision in group.each()]
        self.assertEqual(sum(group.alike.count for group in alike), len(together))
        return tuple(
            {
                decision.record_id: (decision.before, decision.after, facts)
                for decision, facts in zip(
                    decisions, reasons.facts_of(assignment, decisions), strict=True
                )
            }
            for decisions in (alone, together)
        )

    def test_same_as_each_alone(self):
        for records in (self.accounts, self.leads):
            for forget in (False, True):
                if forget:
                    self.env.cr.execute(
                        SQL(
                            "UPDATE %s SET territory_set_id = NULL"
                            " WHERE id = ANY(%s) AND id %% 2 = 0",
                            SQL.identifier(records._table),
                            records.ids,
                        )
                    )
                alone, together = self._judged(records)
                self.assertEqual(alone.keys(), set(records.ids))
                self.assertEqual(together, alone)

    def test_what_was_judged(self):
        """The cases are what they are called."""
        outside, lent, alone, lyon, abroad = self.leads[2:7]
        self.assertTerritories(self.leads[0], self.small | self.health)
        self.assertNoTerritory(outside)
        self.assertTerritories(lent, self.small)
        self.assertTerritories(alone, self.small)
        self.assertTerritories(lyon, self.tenders)
        self.assertNoTerritory(abroad)

    def test_one_row(self):
        twins = self.env["res.partner"].union(*self.twins)
        where = SQL("r.id = ANY(%s)", twins.ids)
        [group], _count = Assignment(twins).judge_alike(where)
        self.assertEqual(sorted(group.alike.ids), twins.ids)
        self.assertFalse(group.differs)
        first = group.up_to(twins.ids[0])
        self.assertEqual((first.alike.count, first.alike.ids), (1, twins.ids[:1]))

    def test_many_territories_below_one_area_are_asked_at_once(self):
        """A record is compared once with the rules of all the territories into which
        an area lets it: not once for each of them.
        """
        for number in range(20):
            self.territory(
                f"Industry {number}",
                self.germany,
                rules=[
                    ("account", [("employee_number", "=", number)]),
                    ("opportunity", [("color", "=", number)]),
                ],
            )
        for records, most in ((self.accounts, 2), (self.leads, 4)):
            assignment = Assignment(records)
            ways = self._rows_of(assignment, records, "near_record")
            self.assertGreater(ways, 0)
            self.assertLessEqual(ways, most * len(records), records._name)

    def _rows_of(self, assignment, records, name):
        """How many rows a part of the query has that judges all that are alike."""
        matcher = AlikeMatcher(self.env, assignment.compiled)
        where = SQL("r.id = ANY(%s)", records.ids)
        rules = assignment.compiled.rules
        if records._name == "res.partner":
            query = matcher._accounts(where, rules)
        else:
            query = matcher._leads(where, False, rules)
        [[[plan]]] = self.env.execute_query(
            SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", query)
        )
        return _actual_rows(plan["Plan"], f"CTE {name}")


def _actual_rows(plan, name):
    if plan.get("Subplan Name") == name:
        return plan["Actual Rows"]
    found = [_actual_rows(below, name) for below in plan.get("Plans", ())]
    return max(filter(None, found), default=None)
