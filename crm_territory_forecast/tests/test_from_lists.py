from datetime import date
from types import SimpleNamespace

from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import SQL

from ..board.period_sums import PeriodSums
from ..engine import roll_up
from ..engine.periods import Period
from ..engine.rows import Node

AMY, BOB = 5, 6
EUROPE, GERMANY, BERLIN, FORMER, GONE = 1, 2, 3, 12, 13
TREE = [
    Node(EUROPE, "Europe", (EUROPE,), "Europe", 1, 1, True),
    Node(GERMANY, "Germany", (EUROPE, GERMANY), "Europe / Germany", 2, 1, True),
    Node(BERLIN, "Berlin", (EUROPE, GERMANY, BERLIN), "Berlin", 3, 1, True),
]
MARCH = Period(date(2017, 3, 1), date(2017, 3, 31))
APRIL = Period(date(2017, 4, 1), date(2017, 4, 30))


class ListedTrees:
    """The tree of the lists, with a territory of a former plan."""

    former = {FORMER: BERLIN}

    def of(self, _reading):
        return TREE

    def found_again(self, ids):
        gone = [Node(GONE, "Gone", (GONE,), "Gone", 9, 2, True)]
        return self.former, [node for node in gone if node.id in ids]


class ListedOpportunities:
    """Opportunities that are summed up already: rows of territory id, user id, number
    of the period, how many, achieved, commit, best, pipeline, weighted, overdue.
    """

    reading = "credited"
    trees = ListedTrees()
    forecast = SimpleNamespace(_today=lambda: date(2017, 4, 10))

    def __init__(self, rows):
        self.asked = []
        self.env = SimpleNamespace(execute_query=lambda sql: self._rows(sql, rows))

    def _rows(self, sql, rows):
        self.asked.append(sql)
        return rows

    def counted_sql(self, _periods, _with_undated, _domain):
        return SQL("SELECT")

    def snapshots_of(self, _periods):
        return []


@tagged("post_install", "-at_install")
class TestFromLists(BaseCase):
    """What a board says follows from lists, without a database."""

    def summed(self, people):
        self.opportunities = ListedOpportunities(
            [
                (GERMANY, AMY, 0, 2, 10, 0, 0, 0, 0, 0),
                (BERLIN, AMY, 0, 1, 20, 0, 0, 0, 0, 0),
                (FORMER, None, 1, 1, 40, 0, 0, 0, 0, 0),
                (GONE, None, 1, 1, 80, 0, 0, 0, 0, 0),
                (None, None, 0, 1, 0, 160, 0, 0, 16, 160),
                (BERLIN, None, None, 1, 0, 0, 320, 0, 32, 0),
            ]
        )
        return PeriodSums(self.opportunities, [MARCH, APRIL], people)

    def test_sums_of_rows(self):
        summed = self.summed({})
        self.assertEqual(summed.sums.total((BERLIN, None))[0], 40)
        self.assertEqual(summed.sums.undated((BERLIN, None)), 320)
        self.assertEqual(summed.gone_ids, {GONE})
        self.assertEqual(summed.in_territories({GONE})[0], 80)
        self.assertEqual(summed.in_territories({None}), [0, 160, 0, 0, 16, 160])
        self.assertEqual(summed.counts, {GERMANY: 2, BERLIN: 1, FORMER: 1, GONE: 1})

    def test_rows_hold_what_is_below(self):
        people = {EUROPE: [AMY], BERLIN: [BOB]}
        found = roll_up.rolled_up(self.summed(people).sums, TREE, people)
        won = {key: found.total(key)[0] for key in found}
        self.assertEqual(
            won,
            {
                (EUROPE, None): 70,
                (GERMANY, None): 70,
                (BERLIN, None): 60,
                (EUROPE, AMY): 30,
            },
        )
        self.assertEqual(found.of_period((EUROPE, None), 0)[0], 30)

    def test_only_members_are_read_for_themselves_also_in_former_plans(self):
        self.assertEqual(
            roll_up.people_below(TREE, {GERMANY: [AMY]}),
            {(GERMANY, AMY), (BERLIN, AMY)},
        )
        self.summed({GERMANY: [AMY]})
        [query] = self.opportunities.asked
        lists = [each for each in query.params if isinstance(each, list)]
        territories, users = (each for each in lists if isinstance(each[0], int))
        self.assertEqual(
            set(zip(territories, users, strict=True)),
            {(GERMANY, AMY), (BERLIN, AMY), (FORMER, AMY)},
        )

    def test_parts_are_children_and_members(self):
        day = MARCH.start
        targets = {
            (EUROPE, None, day): 100.0,
            (GERMANY, None, day): 60.0,
            (GERMANY, AMY, day): 30.0,
            (BERLIN, None, day): 20.0,
            (GONE, None, day): 7.0,
        }
        self.assertEqual(
            roll_up.parts_of(targets, TREE), {(EUROPE, day): 60.0, (GERMANY, day): 50.0}
        )
