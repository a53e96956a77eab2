from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .attainment_case import MARCH, MEMBERS, AttainmentCase


@tagged("post_install", "-at_install")
class TestAttainmentAccess(AttainmentCase):
    """Nobody sees an amount of what is hidden, nor that it is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target(cls.europe, 5000)
        cls.target(cls.germany, 2000)
        cls.target(cls.france, 900)
        cls.target(cls.germany, 1500, user=cls.amy)
        cls.target(cls.germany, 300, user=cls.bob)
        cls.target(cls.health, 60)

    def told(self, user):
        """Amounts that a user reads: of targets, of members' targets, of deals."""
        rows = self.rows(user)
        deals = rows.filtered(lambda row: row.kind == "opportunity")
        return (
            sorted(rows.filtered(lambda row: row.kind == "target").mapped("target")),
            sorted(rows.filtered("member_target").mapped("member_target")),
            deals.lead_id,
        )

    def test_sales_manager(self):
        self.assertEqual(
            self.told(self.mona),
            (
                [60, 900, 2000, 2100],
                [300, 1500],
                self.won_adler | self.won_bruno | self.commit | self.best | self.early,
            ),
        )

    def test_manager_of_a_territory(self):
        self.assertEqual(
            self.told(self.claire),
            (
                [900, 2000, 2100],
                [300, 1500],
                self.won_adler | self.commit | self.best | self.early,
            ),
        )

    def test_member(self):
        """Germany is the topmost target that amy reads. won_bruno she may open, too,
        but it is credited to Health, of whose target she is not told.
        """
        self.assertEqual(
            self.told(self.amy),
            ([2000], [1500], self.won_adler | self.commit | self.best),
        )
        self.assertEqual(self.groups("territory_1_id", user=self.amy)["Europe"], 2000)

    def test_salesperson_in_no_territory(self):
        """What was won for a target of one's own, which is of no territory's."""
        won = self.won(self.adler, 20, "2017-03-03", user_id=self.bob.id)
        self.won(self.adler, 20, "2017-04-03", user_id=self.bob.id)
        self.opened(self.adler, 20, "2017-03-03", user_id=self.bob.id)
        self.assertEqual(self.told(self.bob), ([], [300], won))
        figures = ("achieved:sum", "weighted_amount:sum", "achieved_rate:avg")
        self.assertEqual(
            self.total(self.bob, aggregates=(*figures, *MEMBERS)),
            (False, False, False, 300, 20, 20 / 300),
        )

    def test_superior(self):
        """As on the board: the person below, with what that one won for the target."""
        self.amy.sudo().reports_to_id = self.bob
        targets, member_targets, leads = self.told(self.bob)
        self.assertEqual((targets, member_targets), ([], [300, 1500]))
        self.assertEqual(leads, self.won_adler, "not of April, nor open")
        self.assertEqual(
            self.groups("user_id", user=self.bob, domain=MARCH, aggregates=MEMBERS),
            {"amy": (1500, 1000, 1000 / 1500), "bob": (300, 0, 0)},
        )

    def test_what_is_won_outside_of_ones_line_is_beside_no_target_of_it(self):
        """claire is told of amy's target in Health, but of no target of Health: with
        what amy won there, too much of Europe's target would be achieved.
        """
        self.amy.sudo().reports_to_id = self.claire
        self.target(self.health, 50, user=self.amy)
        self.won_bruno.user_id = self.amy
        self.won_bruno.sudo().won_user_id = self.amy
        self.won_bruno.date_closed = "2017-03-20"
        self.assertEqual(
            self.groups(
                "territory_1_id",
                user=self.claire,
                domain=MARCH,
                aggregates=("achieved:sum", "achieved_rate:avg", *MEMBERS),
            ),
            {
                "Europe": (1000, 1000 / 5000, 1800, 1000, 1000 / 1800),
                "Health": (False, False, 50, 300, 300 / 50),
            },
        )
        total = self.of_territory(self.europe, self.claire, MARCH)
        self.assertEqual(total["achieved_rate"], 1000 / 5000)
        found = self.total(self.claire, MARCH, aggregates=("achieved_rate:avg",))
        self.assertEqual(found, 1000 / 5000)

    def test_a_membership_that_ends_is_over_at_once(self):
        self.env["crm.territory.member"].search([("user_id", "=", self.amy.id)]).write(
            {"date_end": "2017-01-01"}
        )
        targets, member_targets, leads = self.told(self.amy)
        self.assertEqual((targets, member_targets), ([], [1500]))
        self.assertEqual(leads, self.won_adler, "for her own target")

    def test_without_sales_rights_there_is_nothing(self):
        user = new_test_user(self.env(user=1), "carl", "base.group_user")
        with self.assertRaises(AccessError):
            self.rows(user)
        with self.assertRaises(AccessError):
            self.total(user)
        hidden = self.rows()[0]
        with self.assertRaises(AccessError):
            hidden.with_user(user).read(["target"])

    def test_a_hidden_opportunity_is_in_no_figure(self):
        other = self.env(user=1)["res.company"].create({"name": "Other"})
        self.plan.company_id = False
        hidden = self.opened(self.adler, 7000, "2017-03-01", "commit", 50)
        hidden.sudo().company_id = other
        for user in (self.amy, self.claire, self.mona):
            self.assertNotIn(hidden, self.told(user)[2])
            self.assertEqual(
                self.of_territory(self.germany, user, MARCH)["commit"], 0, user.name
            )
            self.assertAsBoard(user)
        self.mona.sudo().company_ids |= other
        report = self.report().with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        [found] = report._read_group(
            [("forecast_id", "=", self.forecast.id), *MARCH], [], ["commit:sum"]
        )
        self.assertEqual(found, (7000,))

    def test_a_hidden_row_is_not_read_by_its_id(self):
        """Odoo checks the access to single rows in superuser mode, and keeps what it
        reads there.
        """
        hidden = self.rows() - self.rows(self.amy)
        self.assertTrue(hidden & self.rows(self.claire))
        self.report()
        for row in hidden.with_user(self.amy).sudo(False):
            for name in ("target", "achieved", "territory_id"):
                self.assertFalse(self.read_by_client(row, name))
            self.assertFalse(row.can_read)
            self.assertFalse(row.exists() | row.sudo().exists())
        visible = self.rows(self.amy)
        self.assertTrue(all(row["can_read"] for row in visible.read(["can_read"])))

    def test_what_others_read_in_the_same_transaction(self):
        hidden = self.rows() - self.rows(self.amy)
        self.report()
        hidden.read()
        for row in hidden.with_user(self.amy).sudo(False):
            self.assertFalse(self.read_by_client(row, "target"))

    def read_by_client(self, row, name):
        """What a client reads: nothing of what is not there for it."""
        try:
            return row.read([name])
        except AccessError:
            return []

    def test_superuser_mode_shows_no_more(self):
        """Somebody's code that reads in superuser mode for a user tells that user's."""
        for user in (self.amy, self.bob, self.mona):
            seen = self.rows(user)
            self.assertEqual(self.report(user).sudo().search([]), seen)
            self.assertEqual(
                self.report(user).sudo()._read_group([], [], ["target:sum"]),
                self.report(user)._read_group([], [], ["target:sum"]),
            )
        everything = self.report(self.env.ref("base.user_root"))
        self.assertGreaterEqual(everything.search([]), self.rows())

    def test_targets_of_another_company(self):
        root = self.env(user=1)
        other = root["res.company"].create({"name": "Other"})
        theirs = root["crm.territory.forecast"].search([("company_id", "=", other.id)])
        theirs.tz = "UTC"
        plan = root["crm.territory.plan"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        plan.action_activate()
        north = root["crm.territory"].create({"name": "North", "plan_id": plan.id})
        root["crm.territory.forecast.target"].create(
            {
                "forecast_id": theirs.id,
                "territory_id": north.id,
                "date_start": "2017-03-01",
                "amount": 800,
            }
        )
        self.assertFalse(self.report().search([("forecast_id", "=", theirs.id)]))
        self.mona.sudo().company_ids |= other
        report = self.report().with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        found = report._read_group([], ["forecast_id"], ["target:sum"])
        self.assertEqual(
            {forecast.id: target for forecast, target in found},
            {self.forecast.id: 5060, theirs.id: 800},
        )
        # of that plan, and of both forecasts' companies: it counts in its own
        deal = self.won(self.sato, 44, "2017-03-03")
        deal.sudo().company_id = other
        root.cr.execute(
            "UPDATE crm_lead SET territory_id = %s WHERE id = %s", [north.id, deal.id]
        )
        self.report()
        rows = report.search([("lead_id", "=", deal.id)])
        self.assertEqual(rows.forecast_id.ids, theirs.ids)
        self.assertAsBoard()
