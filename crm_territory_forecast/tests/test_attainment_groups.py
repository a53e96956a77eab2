from datetime import date

from odoo.tests import tagged

from .common import ForecastCase

AGGREGATES = (
    *("__count", "target:sum", "achieved:sum_currency", "achieved_rate:avg"),
    *("member_target:sum", "member_achieved:sum", "closing_gap:sum", "landing:sum"),
    "currency_id:array_agg_distinct",
)
SETS = (
    [],
    ["territory_1_id"],
    ["territory_1_id", "territory_2_id"],
    ["territory_1_id", "date_start:quarter"],
    ["kind", "user_id"],
)


@tagged("post_install", "-at_install")
class TestAttainmentGroups(ForecastCase):
    """Groups by several sets are what each set tells alone, where rows are summed up
    first and where they cannot be.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number, territory in enumerate((cls.europe, cls.germany, cls.berlin)):
            cls.target(territory, 1000 - 300 * number, "2017-03-01")
            cls.target(territory, 90 + number, "2017-04-01", cls.amy)
        cls.target(cls.france, 50, "2017-05-01")
        cls.won(cls.adler, 70, "2017-01-31", user_id=cls.amy.id)
        cls.won(cls.adler, 20, "2017-04-10", user_id=cls.amy.id)
        cls.opened(cls.rivoire, 80, "2017-04-10")
        cls.mine = [("forecast_id", "=", cls.forecast.id)]
        cls.env.flush_all()

    def report(self, user):
        return self.env["crm.territory.forecast.attainment"].with_user(user)

    def assertAsAlone(self, domain, user):
        report = self.report(user)
        found = report.formatted_read_grouping_sets(domain, SETS, AGGREGATES)
        alone = [report.formatted_read_group(domain, s, AGGREGATES) for s in SETS]
        self.assertGreater(len(found[2]), 1)
        for each, expected in zip(found, alone, strict=True):
            self.assertEqual(_rounded(each), _rounded(expected))

    def is_summed(self, domain, user=None, grouped=frozenset(["kind"])):
        report = self.report(user or self.mona).with_context(attainment_grouped=grouped)
        return "_is_summed" in vars(report._search(domain))

    def test_as_each_alone(self):
        since = [("date", ">=", "2017-02-01"), ("date", "<=", "2017-12-31")]
        for user in (self.mona, self.claire):
            for domain in (self.mine, self.mine + since, since[:1]):
                with self.subTest(user=user.name, domain=domain):
                    self.assertAsAlone(domain, user)

    def test_what_is_summed_up(self):
        self.assertTrue(self.is_summed(self.mine))
        days = [("date", ">=", "2017-01-01"), ("date", "<=", "2017-12-31")]
        self.assertTrue(self.is_summed(self.mine + days))
        for domain in ([("date", ">=", "2017-01-15")], [("name", "=", "x")]):
            self.assertFalse(self.is_summed(self.mine + domain))
        self.assertFalse(self.is_summed(self.mine, grouped=["kind"]), "of a client")

    def test_rules_of_others(self):
        self.env["ir.rule"].sudo().create(
            {
                "name": "No name",
                "model_id": self.env["ir.model"]._get_id(
                    "crm.territory.forecast.attainment"
                ),
                "domain_force": "[('name', '!=', 'x')]",
            }
        )
        self.assertFalse(self.is_summed(self.mine))
        self.assertAsAlone(self.mine, self.mona)

    def test_frozen_and_there_again(self):
        self.forecast._freeze(date(2017, 3, 1))
        self.env.flush_all()
        self.assertFalse(self.is_summed(self.mine))
        self.assertAsAlone(self.mine, self.mona)


def _rounded(groups):
    return [
        {
            key: round(value, 6) if isinstance(value, float) else value
            for key, value in group.items()
        }
        for group in groups
    ]
