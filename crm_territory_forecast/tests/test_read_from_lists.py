from datetime import date
from types import SimpleNamespace

from odoo.tests import tagged
from odoo.tests.common import BaseCase, TransactionCase
from odoo.tools import SQL

from ..board.counting import Counting
from ..board.trees import Trees
from ..engine import counted, history
from ..engine.rows import Node

AMY, BOB = 5, 6
EUROPE, GERMANY, SOUTH, OLD_GERMANY, OLD_SOUTH, GONE, DRAFT = 1, 2, 3, 12, 13, 14, 22
NOW, BEFORE, NEXT = 1, 2, 3


def node(id_, name, path, lineage, plan_id=NOW, is_left_out=False):
    return Node(id_, name, path, name, lineage, plan_id, True, is_left_out)


IN_USE = [
    node(EUROPE, "Europe", (EUROPE,), 1),
    node(GERMANY, "Germany", (EUROPE, GERMANY), 2),
    node(SOUTH, "South", (EUROPE, SOUTH), 3, is_left_out=True),
]
FORMER = [
    node(OLD_GERMANY, "Deutschland", (OLD_GERMANY,), 2, BEFORE),
    node(OLD_SOUTH, "Old South", (OLD_SOUTH,), 3, BEFORE, is_left_out=True),
    node(GONE, "Gone", (GONE,), 9, BEFORE),
]


class ListedPlans:
    """The plans of the lists: what is asked of them is noted."""

    def __init__(self, not_in_use=None):
        self.not_in_use = FORMER if not_in_use is None else not_in_use
        self.asked = []

    def nodes_in_use(self):
        return IN_USE

    def nodes_ever(self):
        return [*IN_USE, *FORMER, node(DRAFT, "Germany", (DRAFT,), 2, NEXT)]

    def nodes_not_in_use(self, ids=None):
        self.asked.append(ids)
        return [each for each in self.not_in_use if ids is None or each.id in ids]

    def left_out_ids(self):
        return frozenset({SOUTH, OLD_SOUTH})

    def ids_of_others(self):
        return (77,)


@tagged("post_install", "-at_install")
class TestTrees(BaseCase):
    """Which territories a forecast speaks of follows from lists of them."""

    def trees(self, *not_in_use):
        self.plans = ListedPlans(*not_in_use)
        return Trees(SimpleNamespace(env=None), self.plans)

    def test_what_is_left_out_is_in_no_tree(self):
        trees = self.trees()
        self.assertEqual([n.id for n in trees.of("credited")], [EUROPE, GERMANY])
        self.assertEqual(trees.of("today"), trees.of("credited"))
        self.assertEqual(trees.whole("credited"), IN_USE)
        self.assertEqual(trees.today_ids, {EUROPE, GERMANY, SOUTH})
        self.assertEqual(trees.uncounted_ids, {SOUTH, OLD_SOUTH, 77})

    def test_as_was_all_trees_are_one(self):
        ids = {n.id for n in self.trees().of("then")}
        self.assertEqual(ids, {EUROPE, GERMANY, OLD_GERMANY, GONE, DRAFT})

    def test_former_ones_are_found_again_by_their_lineage(self):
        trees = self.trees()
        self.assertEqual(trees.former, {OLD_GERMANY: GERMANY})
        self.assertEqual(trees.with_former([GERMANY]), [GERMANY, OLD_GERMANY])
        self.assertEqual(trees.with_former([EUROPE]), [EUROPE])
        self.assertEqual(trees.former, trees.former)
        self.assertEqual(self.plans.asked, [None], "read once")

    def test_what_is_in_no_tree_any_more(self):
        trees = self.trees()
        asked = [GERMANY, SOUTH, OLD_GERMANY, OLD_SOUTH, GONE, DRAFT, None]
        new_of, gone = trees.found_again(asked)
        self.assertEqual(new_of, {OLD_GERMANY: GERMANY})
        self.assertEqual([n.id for n in gone], [GONE])
        self.assertEqual(self.plans.asked, [{OLD_GERMANY, OLD_SOUTH, GONE, DRAFT}])

    def test_what_is_in_the_tree_is_looked_for_nowhere(self):
        self.assertEqual(self.trees().found_again([GERMANY, SOUTH, None]), ({}, []))
        self.assertEqual(self.plans.asked, [])
        self.assertEqual(self.trees([]).former, {})


# -- which opportunities count


def deal(**values):
    return {
        "type": "opportunity",
        "active": True,
        "won_status": "pending",
        "forecast_category": "pipeline",
        "date_deadline": "2017-03-10",
        "date_closed": False,
        "user_id": AMY,
        "won_user_id": False,
        **values,
    }


def won(**values):
    return deal(
        **{
            "won_status": "won",
            "forecast_category": "won",
            "date_closed": "2017-03-10 12:00:00",
            "won_user_id": AMY,
            **values,
        }
    )


def is_in(domain, row):
    """Whether a row is in a domain: a plain reading of Odoo's notation."""
    operators = {
        "=": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "in": lambda a, b: a in b,
        "not in": lambda a, b: a not in b,
        "<": lambda a, b: bool(a) and a < b,
        ">=": lambda a, b: bool(a) and a >= b,
    }
    found = []
    for each in reversed(list(domain)):
        if each == "!":
            found.append(not found.pop())
        elif each in ("&", "|"):
            pair = found.pop(), found.pop()
            found.append(all(pair) if each == "&" else any(pair))
        else:
            name, operator, value = each
            found.append(operators[operator](row.get(name), value))
    return all(found)


@tagged("post_install", "-at_install")
class TestCounting(BaseCase):
    """Which opportunities count follows from a list of them."""

    def counting(self, tz="UTC", **options):
        forecast = SimpleNamespace(
            date_field_name="date_deadline",
            closed_date_field_name="date_closed",
            tz=tz,
            _today=lambda: date(2017, 3, 15),
        )
        types = {"date_deadline": "date", "date_closed": "datetime"}
        return Counting(
            forecast, lambda name: SimpleNamespace(type=types[name]), **options
        )

    def assertCounts(self, domain, counted=(), others=()):
        for row in counted:
            self.assertTrue(is_in(domain, row), row)
        for row in others:
            self.assertFalse(is_in(domain, row), row)

    def march(self, with_undated=False, **options):
        return self.counting(**options).domain(
            date(2017, 3, 1), date(2017, 3, 31), with_undated
        )

    def test_what_counts(self):
        self.assertCounts(
            self.march(),
            [
                deal(),
                deal(date_deadline="2017-03-01"),
                deal(date_deadline="2017-03-31"),
                won(),
                won(active=False),
                won(date_deadline=False),
                won(date_closed="2017-03-31 23:59:59"),
            ],
            [
                deal(type="lead"),
                deal(forecast_category="omitted"),
                deal(active=False),
                deal(won_status="lost", active=False),
                deal(date_deadline="2017-04-01"),
                deal(date_deadline=False),
                won(date_closed="2017-04-01 00:00:00"),
                won(date_closed=False),
                won(forecast_category="omitted"),
            ],
        )

    def test_days_begin_in_the_zone_of_the_forecast(self):
        self.assertCounts(
            self.march(tz="America/New_York"),
            [won(date_closed="2017-03-01 05:00:00"), deal(date_deadline="2017-03-01")],
            [won(date_closed="2017-03-01 04:59:59")],
        )

    def test_without_a_day(self):
        undated = deal(date_deadline=False)
        self.assertCounts(self.march(with_undated=True), [undated, deal()])
        self.assertCounts(self.counting().undated(), [undated], [deal()])
        self.assertCounts(self.counting().domain(), [deal(), won()], [undated])

    def test_overdue_is_what_was_expected_before_today(self):
        self.assertCounts(
            self.counting().overdue(),
            [deal(date_deadline="2017-03-14")],
            [deal(date_deadline="2017-03-15"), deal(date_deadline=False)],
        )

    def test_people(self):
        handed_over = won(user_id=BOB)
        of_amy = self.counting().of_people([AMY])
        self.assertCounts(of_amy, [deal(), won(), handed_over], [deal(user_id=BOB)])
        as_is = self.counting(reading="today").of_people([AMY])
        self.assertCounts(as_is, [deal(), won()], [handed_over])
        without_amy = self.march(left_out_user_ids=[AMY])
        self.assertCounts(
            without_amy, [deal(user_id=BOB)], [deal(), won(), handed_over]
        )

    def test_categories(self):
        in_won_stage = deal(forecast_category="won")
        rows = {
            "won": won(),
            "best": deal(forecast_category="best"),
            "pipeline": deal(),
        }
        for category, row in rows.items():
            others = [each for each in rows.values() if each is not row]
            domain = self.counting().of_categories([category])
            self.assertCounts(domain, [row], [*others, in_won_stage])
        commit = self.counting().of_categories(["commit"])
        self.assertCounts(commit, [in_won_stage], list(rows.values()))
        # older than the addon: that of its stage, until it is read
        older = deal(forecast_category=False) | {"stage_id.forecast_category": "best"}
        best = self.counting().of_categories(["best"])
        self.assertCounts(best, [older], [deal()])
        omitted = older | {"stage_id.forecast_category": "omitted"}
        self.assertCounts(self.march(), [older], [omitted])
        both = self.counting().of_categories(["won", "best"])
        self.assertCounts(both, [rows["won"], rows["best"]], [rows["pipeline"]])


# -- what counts of them

MARCH, APRIL = date(2017, 3, 1), date(2017, 4, 1)


def listed(rows, names):
    """A query of rows: {name: value}; what is not told is NULL."""
    types = {"name": "text", "category": "text", "date": "date", "is_frozen": "bool"}
    columns = {name: SQL.identifier(name) for name in names}
    values = SQL(", ").join(
        SQL("(%s)", SQL(", ").join(SQL("%s", row.get(name)) for name in names))
        for row in rows
    )
    return SQL(
        "SELECT %s FROM (VALUES %s) AS listed(%s)",
        SQL(", ").join(
            SQL("%(it)s::%(type)s AS %(it)s", it=it, type=SQL(types.get(name, "int")))
            for name, it in columns.items()
        ),
        values,
        SQL(", ").join(columns.values()),
    )


@tagged("post_install", "-at_install")
class TestCounted(TransactionCase):
    """What counts of opportunities follows from lists of them, in PostgreSQL."""

    def rows(self, query, *names):
        told = history.columns(names)
        return self.env.execute_query(
            SQL("SELECT %s FROM (%s) AS found ORDER BY %s", told, query, told)
        )

    def live(self, *rows):
        return listed(
            [
                {"lead_key": key, "date": day, "territory_id": territory_id}
                for key, day, territory_id in rows
            ],
            history.STATE,
        )

    def frozen(self, *rows):
        return listed(
            [
                {"lead_key": key, "date": day, "record_id": id_, "is_frozen": True}
                for key, day, id_ in rows
            ],
            counted.COUNTED,
        )

    def test_of_frozen_periods_what_was_frozen(self):
        live = self.live(
            (1, date(2017, 3, 10), None), (2, date(2017, 4, 1), None), (3, None, None)
        )
        names = ("lead_key", "record_id", "is_frozen")
        alone = counted.with_frozen(live, None, [], "month", 1)
        self.assertEqual(
            self.rows(alone, *names), [(1, 1, False), (2, 2, False), (3, 3, False)]
        )
        frozen = self.frozen((1, date(2017, 3, 9), 70), (2, date(2017, 3, 31), 71))
        both = counted.with_frozen(live, frozen, [MARCH], "month", 1)
        self.assertEqual(
            self.rows(both, *names),
            [(1, 70, True), (2, 2, False), (2, 71, True), (3, 3, False)],
        )
        self.assertEqual(self.rows(counted.repeated(both), "lead_key"), [(2,)])

    def test_categories(self):
        rows = [
            {"lead_key": 1, "is_frozen": True, "category": "pipeline"},
            {"lead_key": 2, "is_frozen": False, "category": "won"},
            {"lead_key": 3, "is_frozen": False, "category": "best"},
        ]
        category = counted.category(SQL("is_frozen"), SQL("category"))
        query = SQL(
            "SELECT lead_key, %s AS told FROM (%s) AS listed",
            category,
            listed(rows, ("lead_key", "is_frozen", "category")),
        )
        self.assertEqual(
            self.rows(query, "lead_key", "told"),
            [(1, "won"), (2, "commit"), (3, "best")],
        )

    def test_where_it_counts_as_is(self):
        """Own territory, that of the account, whether it is won: where it counts."""
        cases = [
            (1, GERMANY, SOUTH, True, SOUTH),
            (2, GERMANY, SOUTH, False, GERMANY),
            (3, GERMANY, None, True, GERMANY),
            (4, EUROPE, SOUTH, True, EUROPE),  # has criteria of its own
            (5, None, SOUTH, True, SOUTH),
        ]
        names = ("lead_key", "own", "of_account", "is_frozen")
        place = counted.territory_as_is(
            SQL("own"),
            SQL("of_account"),
            SQL("is_frozen"),
            SQL("(SELECT %s)", EUROPE),
        )
        query = SQL(
            "SELECT lead_key, %s AS place FROM (%s) AS listed",
            place,
            listed([dict(zip(names, case[:4], strict=True)) for case in cases], names),
        )
        self.assertEqual(
            self.rows(query, "lead_key", "place"), [(c[0], c[4]) for c in cases]
        )

    def test_what_was_moved_is_where_it_was(self):
        lists = ((1, GERMANY), (2, GERMANY), (3, None))
        query = SQL(
            "SELECT listed.lead_key, %s AS place FROM (%s) AS listed"
            " LEFT JOIN (VALUES (1, %s), (2, NULL)) AS moved(id, territory_id)"
            " ON moved.id = lead_key",
            counted.before("moved", SQL("listed.territory_id")),
            self.live(*((key, None, id_) for key, id_ in lists)),
            EUROPE,
        )
        self.assertEqual(
            self.rows(query, "lead_key", "place"), [(1, EUROPE), (2, None), (3, None)]
        )

    def test_carried_into_the_tree_in_use(self):
        live = self.live((1, APRIL, OLD_GERMANY), (2, APRIL, GONE), (3, APRIL, None))
        for uncounted, found in (
            ((), [(1, GERMANY), (2, GONE), (3, None)]),
            ((GONE,), [(1, GERMANY), (3, None)]),
        ):
            placed = history.placed(
                live, history.STATE, {OLD_GERMANY: GERMANY}, uncounted
            )
            self.assertEqual(self.rows(placed, "lead_key", "territory_id"), found)
