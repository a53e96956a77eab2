from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ForecastCase

TARGET, REVENUE = "forecast_target:sum", "expected_revenue:sum"


@tagged("post_install", "-at_install")
class TestTargetMeasure(ForecastCase):
    """The target beside the expected revenue in CRM's pivot, graph and kanban.

    +---------+---------------------------+-------+-------+
    | target  | of                        | March | April |
    +=========+===========================+=======+=======+
    |         | Europe                    | 5,000 |       |
    |         | Germany                   | 2,000 | 3,000 |
    |         | amy in Germany            | 1,500 |   400 |
    |         | amy in Berlin             |   100 |       |
    |         | claire in Europe          |   900 |       |
    |         | Health                    |   700 |       |
    +---------+---------------------------+-------+-------+
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        april = "2017-04-01"
        cls.target(cls.europe, 5000)
        cls.target(cls.germany, 2000)
        cls.target(cls.germany, 3000, april)
        cls.target(cls.germany, 1500, user=cls.amy)
        cls.target(cls.germany, 400, april, user=cls.amy)
        cls.target(cls.berlin, 100, user=cls.amy)
        cls.target(cls.europe, 900, user=cls.claire)
        cls.target(cls.health, 700)
        cls.env.flush_all()

    def groups(self, *groupby, user=None, domain=(), aggregates=(TARGET,)):
        """{names of the group: target}"""
        leads = self.env["crm.lead"].with_user(user or self.mona)
        found = leads.formatted_read_group(
            [("type", "=", "opportunity"), *domain], groupby, aggregates
        )
        return {
            tuple(group[spec] and group[spec][1] for spec in groupby): group[TARGET]
            for group in found
        }

    def test_total_is_that_of_the_topmost_territories(self):
        self.assertEqual(self.groups(), {(): 5000 + 3000 + 700})

    def test_by_territory(self):
        self.assertEqual(
            self.groups("territory_id"),
            {
                ("Germany",): 2000 + 3000,
                ("Berlin",): 100,  # nothing but the target of a member
                ("France",): False,
                ("Health",): 700,
            },
        )

    def test_by_month_and_longer_times(self):
        self.assertEqual(
            self.groups("date_deadline:month"),
            {
                ("March 2017",): 5000 + 700,
                ("April 2017",): 3000,
                ("May 2017",): False,
                (False,): False,
            },
        )
        found = self.groups("date_deadline:year")
        self.assertEqual(found["2017",], 5000 + 3000 + 700)
        found = self.groups("date_deadline:quarter", "territory_id")
        self.assertEqual(found["Q2 2017", "Germany"], 3000)
        # a week is but a part of the period
        self.assertEqual(set(self.groups("date_deadline:week").values()), {False})

    def test_by_salesperson(self):
        self.assertEqual(
            self.groups("user_id"),
            {("amy",): 1500 + 400 + 100, ("bob",): False, (False,): False},
        )
        found = self.groups("user_id", "territory_id")
        self.assertEqual(found["amy", "Germany"], 1900)
        self.assertEqual(found["amy", "Berlin"], 100)

    def test_of_other_groups_there_is_no_target(self):
        self.assertEqual(set(self.groups("stage_id").values()), {False})
        self.assertEqual(set(self.groups("territory_id", "stage_id").values()), {False})

    def test_filters_on_salesperson_territory_and_time_hold_for_targets(self):
        own = [("user_id", "=", self.amy.id)]
        self.assertEqual(self.groups(domain=own), {(): 2000})
        germany = [("territory_id", "child_of", self.germany.id)]
        self.assertEqual(self.groups(domain=germany), {(): 5000})
        self.assertEqual(self.groups(domain=own + germany), {(): 2000})
        upcoming = [
            "|",
            ("date_deadline", "=", False),
            ("date_deadline", ">=", "2017-04-12"),
        ]
        self.assertEqual(self.groups(domain=upcoming), {(): 3000})
        before = [("date_deadline", "<", "2017-04-01")]
        self.assertEqual(self.groups(domain=before), {(): 5700})
        # what is no matter of targets leaves them as they are
        self.assertEqual(self.groups(domain=[("priority", "=", "0")]), {(): 8700})

    def test_pivot_has_them_in_every_grouping(self):
        leads = self.env["crm.lead"].with_user(self.mona)
        total, months, cells = leads.formatted_read_grouping_sets(
            [("type", "=", "opportunity")],
            [[], ["date_deadline:month"], ["date_deadline:month", "territory_id"]],
            [TARGET, REVENUE],
        )
        self.assertEqual(total[0][TARGET], 8700)
        self.assertEqual(total[0][REVENUE], 1000 + 300 + 500 + 200 + 100)
        self.assertEqual(
            {
                group["date_deadline:month"] and group["date_deadline:month"][1]: group[
                    TARGET
                ]
                for group in months
            },
            {"March 2017": 5700, "April 2017": 3000, "May 2017": False, False: False},
        )
        [cell] = [
            cell
            for cell in cells
            if cell["date_deadline:month"]
            and cell["date_deadline:month"][0] == "2017-04-01"
        ]
        self.assertEqual(cell["territory_id"], (self.germany.id, "Germany"))
        self.assertEqual(cell[TARGET], 3000)

    def test_months_without_opportunities_have_their_target(self):
        """As the columns of the forecast's kanban, which are filled up."""
        self.target(self.germany, 60, "2017-06-01", user=self.amy)
        leads = self.env["crm.lead"].with_user(self.amy)
        found = leads.with_context(
            fill_temporal={"fill_from": "2017-04-01", "fill_to": "2017-06-30"}
        ).web_read_group(
            [("user_id", "=", self.amy.id), ("date_deadline", ">=", "2017-04-01")],
            ["date_deadline:month"],
            [TARGET],
        )
        self.assertEqual(
            {g["date_deadline:month"][1]: g[TARGET] for g in found["groups"]},
            {"April 2017": 400, "May 2017": False, "June 2017": 60},
        )

    def test_groups_are_ordered_with_it(self):
        """Odoo has no value of it to order by: it is no error."""
        leads = self.env["crm.lead"].with_user(self.mona)
        found = leads.formatted_read_group(
            [], ["territory_id"], [TARGET], order=f"{TARGET} desc, territory_id"
        )
        self.assertEqual(
            sum(group[TARGET] for group in found),
            sum(self.groups("territory_id").values()),
        )

    def test_it_is_a_measure_of_the_client(self):
        field = self.env["crm.lead"].fields_get(["forecast_target"])["forecast_target"]
        self.assertEqual(field["aggregator"], "sum")
        self.assertFalse(self.commit.forecast_target)

    def test_only_targets_that_one_may_read(self):
        self.assertEqual(self.groups(user=self.amy), {(): 2000 + 3000})
        self.assertEqual(self.groups(user=self.claire), {(): 5000 + 3000})
        # bob is in no territory
        self.assertEqual(set(self.groups("user_id", user=self.bob).values()), {False})
        amys = [("user_id", "=", self.amy.id)]
        self.assertFalse(any(self.groups(user=self.bob, domain=amys).values()))

    def test_in_the_currency_of_the_company(self):
        self.forecast.currency_id = self.env.ref("base.EUR")
        self.env.ref("base.EUR").sudo().active = True
        self.env["res.currency.rate"].sudo().create(
            {
                "currency_id": self.env.ref("base.EUR").id,
                "company_id": self.env.company.id,
                "name": "2017-01-01",
                "rate": 0.5,
            }
        )
        self.assertEqual(self.groups(), {(): 8700 * 2})

    def test_counts_have_no_target_in_money(self):
        self.forecast.metric = "count"
        self.assertEqual(self.groups(), {(): False})

    def test_targets_of_a_former_plan_do_not_count_twice(self):
        self.plan.action_archive_plan()
        plan = self.env["crm.territory.plan"].create({"name": "New"})
        europe = self.territory("Europe", plan=plan)
        plan.action_activate()
        self.assertEqual(self.groups(), {(): 8700})
        self.target(europe, 6000)
        self.assertEqual(self.groups(), {(): 6000 + 3000})

    def test_queries_do_not_grow_with_groups_and_targets(self):
        def cost():
            self.env.invalidate_all()
            with self.counting() as counted:
                self.groups("territory_id", "date_deadline:month")
            return counted[0]

        cost()
        few = cost()
        for month in range(5, 13):
            self.target(self.germany, month, f"2017-{month:02}-01")
            self.target(self.berlin, month, f"2017-{month:02}-01")
            self.opened(self.adler, 1, f"2017-{month:02}-10")
        cost()
        self.assertEqual(cost(), few)
        with self.counting() as counted:
            leads = self.env["crm.lead"].with_user(self.mona)
            leads.formatted_read_group([], ["territory_id"], [REVENUE])
        # the forecasts with what they leave out, currencies, the user's line, targets
        self.assertLessEqual(few - counted[0], 8)

    def test_without_access_to_leads_there_is_nothing(self):
        user = self.env["res.users"].sudo().create({"name": "x", "login": "x_user"})
        with self.assertRaises(AccessError):
            self.groups(user=user)
