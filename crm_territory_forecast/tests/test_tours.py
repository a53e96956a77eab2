from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    """The client actions, in a browser, by those who use them.

    +--------------+-------------------------------+------------------------------+
    | territory    | members                       | targets of this month        |
    +==============+===============================+==============================+
    | World        |                               |                              |
    |   North      | leader (manager), member      | 1,000; member 400            |
    |     Harbour  |                               |                              |
    |   South      | other, star                   | 500; other 400, star 200     |
    +--------------+-------------------------------+------------------------------+

    Won this month: 300 in North by member, 300 in South by other, 300 in South by
    star. Open: 500 at 50 % in North.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The tours bring their own plan: a company has one active plan at most.
        cls.env["crm.territory.plan"].search(
            [("state", "=", "active")]
        ).action_archive_plan()
        cls.env["crm.territory.forecast"].search([]).active = False
        salesperson = "base.group_user,sales_team.group_sale_salesman"
        cls.leader, cls.member, cls.other, cls.star = (
            new_test_user(
                cls.env,
                f"tour_{name}",
                salesperson,
                name=f"Tour {name.capitalize()}",
            )
            for name in ("leader", "member", "other", "star")
        )
        cls.manager = new_test_user(
            cls.env,
            "tour_manager",
            "base.group_user,sales_team.group_sale_manager",
            name="Tour Manager",
        )
        cls._make_tree()
        cls._make_forecast()
        cls._make_opportunities()

    @classmethod
    def _make_tree(cls):
        plan = cls.env["crm.territory.plan"].create({"name": "Tour Plan"})
        world = cls._make_territory("World", plan)
        cls.north = cls._make_territory(
            "North", plan, world, cls.leader + cls.member, cls.leader, ["North"]
        )
        cls.harbour = cls._make_territory("Harbour", plan, cls.north)
        cls.south = cls._make_territory(
            "South", plan, world, cls.other + cls.star, cities=["South"]
        )
        plan.action_activate()

    @classmethod
    def _make_territory(cls, name, plan, parent=None, users=(), managers=(), cities=()):
        return cls.env["crm.territory"].create(
            {
                "name": f"Tour {name}",
                "plan_id": plan.id,
                "parent_id": parent and parent.id,
                "member_ids": [
                    Command.create({"user_id": user.id, "is_manager": user in managers})
                    for user in users
                ],
                "rule_ids": [
                    Command.create(
                        {
                            "applies_to": "opportunity",
                            "domain": f"[('city', '=', '{city}')]",
                        }
                    )
                    for city in cities
                ],
            }
        )

    @classmethod
    def _make_forecast(cls):
        cls.forecast = cls.env["crm.territory.forecast"].create(
            {"name": "Tour Forecast", "sequence": 0, "fiscal_month": "1", "tz": "UTC"}
        )
        this_month = fields.Date.today().replace(day=1)
        cls.env["crm.territory.forecast.target"].create(
            [
                {
                    "forecast_id": cls.forecast.id,
                    "territory_id": territory.id,
                    "user_id": user and user.id,
                    "date_start": this_month,
                    "amount": amount,
                }
                for territory, user, amount in (
                    (cls.north, None, 1000),
                    (cls.north, cls.member, 400),
                    (cls.south, None, 500),
                    (cls.south, cls.other, 400),
                    (cls.south, cls.star, 200),
                )
            ]
        )

    @classmethod
    def _make_opportunities(cls):
        won_stage = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        for name, city, user in (
            ("Tour Won", "North", cls.member),
            ("Tour Other Deal", "South", cls.other),
            ("Tour Star Deal", "South", cls.star),
        ):
            cls._make_opportunity(name, city, user, 300).stage_id = won_stage
        cls._make_opportunity("Tour Open", "North", cls.member, 500).probability = 50
        cls.env.flush_all()

    @classmethod
    def _make_opportunity(cls, name, city, user, amount):
        return cls.env["crm.lead"].create(
            {
                "name": name,
                "type": "opportunity",
                "city": city,
                "user_id": user.id,
                "team_id": False,
                "expected_revenue": amount,
                "date_deadline": fields.Date.today(),
            }
        )

    def _targets(self, territory, user=None):
        """{month: amount} of this year."""
        targets = self.env["crm.territory.forecast.target"].search(
            [
                ("territory_id", "=", territory.id),
                ("user_id", "=", user and user.id),
            ]
        )
        return {target.date_start.month: target.amount for target in targets}

    def test_sheet(self):
        """The manager of a territory types, pastes, undoes and folds."""
        this_month = fields.Date.today().month
        # the tour pastes into January and February
        kept = {this_month: 400.0} if this_month > 2 else {}
        self.start_tour("/odoo", "crm_territory_forecast_sheet", login="tour_leader")
        self.assertEqual(
            self._targets(self.north, self.member), {**kept, 1: 1500.0, 2: 20.5}
        )
        self.assertEqual(self._targets(self.harbour), {1: 30.0})
        changes = self.env["crm.territory.forecast.target.change"].search(
            [("territory_id", "=", self.harbour.id)], order="id"
        )
        self.assertEqual(
            changes.mapped("origin"),
            ["typed", "typed", "pasted", "pasted", "typed"],
        )
        self.assertEqual(changes.create_uid, self.leader)

    def test_sheet_locale(self):
        """Amounts are read in the notation of the user's language."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.leader.lang = "de_DE"
        self.start_tour(
            "/odoo/action-crm_territory_forecast.crm_territory_forecast_action_sheet",
            "crm_territory_forecast_sheet_locale",
            login="tour_leader",
        )
        self.assertEqual(self._targets(self.harbour), {1: 1234.5, 2: 1500000.0})

    def test_board(self):
        """The manager of a territory drills down and writes a call."""
        self.start_tour("/odoo", "crm_territory_forecast_board", login="tour_leader")
        call = self.env["crm.territory.forecast.call"].search(
            [("forecast_id", "=", self.forecast.id)]
        )
        self.assertRecordValues(
            call,
            [
                {
                    "territory_id": self.north.id,
                    "amount": 800.0,
                    "note": "They sign this month",
                    "author_id": self.leader.id,
                }
            ],
        )

    def test_member(self):
        """A plain member sees the own territory and target, and changes nothing."""
        self.start_tour(
            "/odoo/action-crm_territory_forecast.crm_territory_forecast_action_board",
            "crm_territory_forecast_member",
            login="tour_member",
        )
        changes = self.env["crm.territory.forecast.target.change"]
        self.assertFalse(changes.search([("create_uid", "=", self.member.id)]))

    def test_star_performers(self):
        """A sales manager sees ranks, a tie, and who has no target."""
        self.start_tour(
            "/odoo", "crm_territory_forecast_star_performers", login="tour_manager"
        )

    def test_forecast_of_odoo(self):
        """The target of a month is told of real opportunities only."""
        self.start_tour(
            "/odoo/action-crm.crm_lead_action_forecast",
            "crm_territory_forecast_kanban",
            login="tour_leader",
        )
