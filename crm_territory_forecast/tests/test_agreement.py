from freezegun import freeze_time

from odoo.tests import new_test_user, tagged

from .common import ForecastCase

# what each screen says of April 2017, on the 20th of it
APRIL = {"date_from": "2017-04-01", "date_to": "2017-04-30"}


@tagged("post_install", "-at_install")
@freeze_time("2017-04-20 12:00:00")
class TestAgreement(ForecastCase):
    """Every screen tells the same achieved of a territory and of a member, which is
    what is credited: also where the account lies elsewhere by now.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "sales_team.group_sale_salesman"
        cls.dora = new_test_user(cls.env(user=1), "dora", f"{group}_all_leads")
        cls.env["crm.territory.member"].create(
            {"territory_id": cls.health.id, "user_id": cls.amy.id}
        )
        cls.bob.sudo().reports_to_id = cls.claire
        for territory, amount, user in (
            (cls.europe, 9000, None),
            (cls.germany, 4000, None),
            (cls.health, 500, None),
            (cls.germany, 3000, cls.amy),
            (cls.health, 400, cls.amy),
        ):
            cls.target(territory, amount, "2017-04-01", user)
        # credited to Germany, though the account is in Health, too, and credited there
        cls.tied = cls.won(cls.bruno, 6800, "2017-04-10", user_id=cls.amy.id)
        cls.override(cls.tied, cls.germany)
        cls.of_bob = cls.won(cls.adler, 40, "2017-04-11", user_id=cls.bob.id)
        cls.moved = cls.won(cls.adler, 5, "2017-04-12", user_id=cls.amy.id)
        cls.env.flush_all()

    def test_a_deal_counts_where_it_is_credited(self):
        self.assertEqual(self.tied.territory_id, self.germany)
        self.assertEqual(self.bruno.territory_id, self.health)
        row = self.row(self.board(**APRIL), self.germany, self.amy)
        self.assertFigures(row["total"], achieved=6805.0)
        as_is = self.row(self.board(tree="today", **APRIL), self.germany, self.amy)
        self.assertFigures(as_is["total"], achieved=5.0)

    def test_every_screen_says_the_same(self):
        self.assert_agreement()

    def test_also_when_accounts_have_moved(self):
        self.adler.country_id = self.fr
        self.bruno.country_id = self.jp
        self.assert_agreement()

    def test_also_in_the_next_plan(self):
        plan = self.plan.copy()
        by_name = {territory.name: territory for territory in plan.territory_ids}
        by_name["Germany"].write({"name": "Deutschland", "parent_id": False})
        self.plan.action_archive_plan()
        plan.action_activate()
        self.env.flush_all()
        total = self.row(self.board(**APRIL), by_name["Germany"])["total"]
        self.assertFigures(total, achieved=6845.0, target=4000.0)
        self.assertIn(self.tied.territory_id, self.plan.territory_ids)
        self.assert_agreement()

    def assert_agreement(self):
        told = 0
        for user in (self.mona, self.dora, self.claire, self.amy, self.bob):
            self.env.flush_all()
            self.env.invalidate_all()
            board = self.board(user, **APRIL)
            told += len([row for row in board["rows"] if row["total"]["achieved"]])
            with self.subTest(user.login):
                self._compare_cards(user, board)
                self._compare_strip(user, board)
                self._compare_stars(user, board)
                self._compare_attainment(user, board)
                self._compare_revenue(user, board)
                self._compare_sql(user, board)
        self.assertGreater(told, 6)

    def _compare_cards(self, user, board):
        for row in board["rows"]:
            if not row["user_id"]:
                territory = self.env["crm.territory"].browse(row["territory_id"])
                card = territory.with_user(user)
                self.assertEqual(card.forecast_achieved, row["total"]["achieved"])
                self.assertEqual(card.forecast_target, row["total"]["target"] or 0)

    def _compare_strip(self, user, board):
        own = self.env["crm.territory.forecast"].with_user(user).get_own_targets()
        found = {row["territory_id"]: row["achieved"] for row in own["rows"]}
        self.assertEqual(
            found,
            {
                row["territory_id"]: row["total"]["achieved"]
                for row in board["rows"]
                if row["user_id"] == user.id and row["total"]["is_target_set"]
            },
        )

    def _compare_stars(self, user, board):
        stars = self.forecast.with_user(user).get_star_performers(APRIL)["rows"]
        self.assertEqual(
            {(row["territory_id"], row["user_id"]): row["achieved"] for row in stars},
            {
                (row["territory_id"], row["user_id"]): row["total"]["achieved"]
                for row in board["rows"]
                if row["user_id"]
            },
        )

    def _compare_attainment(self, user, board):
        """The report, which the dashboard reads, too."""
        report = self.env["crm.territory.forecast.attainment"].with_user(user)
        for row in board["rows"]:
            if not row["user_id"]:
                [(achieved, opened)] = report._read_group(
                    [
                        ("is_default_in_money", "=", True),
                        ("is_running", "=", True),
                        ("territory_id", "child_of", row["territory_id"]),
                    ],
                    [],
                    ["achieved:sum", "open_amount:sum"],
                )
                self.assertEqual(achieved or 0, row["total"]["achieved"])
                self.assertEqual(opened or 0, row["total"]["open"])

    def _compare_revenue(self, user, board):
        report = self.env["crm.territory.revenue.report"].with_user(user)
        for row in board["rows"]:
            if not row["user_id"]:
                [(won,)] = report._read_group(
                    [
                        ("territory_id", "child_of", row["territory_id"]),
                        ("date", ">=", APRIL["date_from"]),
                        ("date", "<=", APRIL["date_to"]),
                    ],
                    [],
                    ["won_amount:sum"],
                )
                self.assertEqual(won or 0, row["total"]["achieved"], row["name"])

    def _compare_sql(self, user, board):
        """Where the rules of Odoo let the user read them."""
        readable = self.env["crm.lead"].with_user(user).search([])
        for row in board["rows"]:
            self.env.cr.execute(
                """
                SELECT COALESCE(sum(expected_revenue), 0) FROM crm_lead
                 WHERE id = ANY(%s) AND won_status = 'won' AND territory_id = ANY(%s)
                   AND date_closed >= '2017-04-01' AND date_closed < '2017-05-01'
                   AND COALESCE(%s, user_id) = user_id
                """,
                [readable.ids, self._line_of(row), row["user_id"] or None],
            )
            [(achieved,)] = self.env.cr.fetchall()
            self.assertEqual(float(achieved), row["total"]["achieved"], row["name"])

    def _line_of(self, row):
        """The ids of the territories of a row, in all plans."""
        territories = self.env["crm.territory"].sudo().with_context(active_test=False)
        below = territories.search([("id", "child_of", row["territory_id"])])
        return territories.search([("lineage", "in", below.mapped("lineage"))]).ids
