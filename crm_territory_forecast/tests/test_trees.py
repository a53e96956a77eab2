from odoo.exceptions import UserError

from odoo.addons.crm_territory.tests.common import run_everything

from .common import ForecastCase


class TestTrees(ForecastCase):
    """*As was* and *as is*: nothing is lost when the tree is reorganised."""

    def move(self, account, country):
        account.country_id = country
        account.zip = False
        self.env.flush_all()

    def test_won_deals_stay_where_they_closed_or_go_with_their_account(self):
        self.move(self.adler, self.fr)
        then, today = self.board(tree="then"), self.board(tree="today")
        for board in (self.board(), then):
            self.assertFigures(self.row(board, self.germany)["total"], achieved=1000.0)
        self.assertFigures(self.row(today, self.germany)["total"], achieved=0.0)
        self.assertFigures(self.row(today, self.france)["total"], achieved=1000.0)
        self.assertFigures(self.row(today, self.france)["cells"][1], commit=500.0)
        self.assertFigures(self.row(then, self.france)["cells"][1], commit=500.0)

    def test_won_deals_credited_for_themselves_stay(self):
        """GTX has criteria for opportunities: the account has nothing to do with it."""
        lead = self.env["crm.lead"].search([("expected_revenue", "=", 1000)])
        self.override(lead, self.germany, "out")
        self.override(lead, self.gtx)
        self.assertEqual(lead.territory_id, self.gtx)
        self.move(self.adler, self.fr)
        for tree in ("credited", "then", "today"):
            board = self.board(tree=tree)
            self.assertFigures(self.row(board, self.gtx)["total"], achieved=1000.0)
        self.assertEqual(lead.territory_today_id, self.gtx)
        leads = self.env["crm.lead"]
        for territory, found in ((self.gtx, lead), (self.france, leads)):
            domain = [("territory_today_id", "in", territory.ids)]
            self.assertEqual(leads.search(domain) & lead, found)

    def test_an_account_without_territory_leaves_the_deal_where_it_closed(self):
        self.move(self.adler, self.jp)
        today = self.board(tree="today")
        self.assertFigures(self.row(today, self.germany)["total"], achieved=1000.0)

    def test_targets_are_found_again_in_a_new_plan(self):
        self.target(self.germany, 100)
        self.target(self.germany, 60, user=self.amy)
        self.target(self.france, 50)
        self.target(self.health, 40)
        self.target(self.gtx, 5)
        new = self.plan.copy()
        territories = {t.name: t for t in new.territory_ids}
        territories["Germany"].name = "Deutschland"
        territories["France"].parent_id = territories["Products"]
        territories["Health"].active = False
        self.target(territories["GTX"], 6)
        self.plan.action_archive_plan()
        new.action_activate()
        run_everything(new)
        board = self.board()
        found = {
            row["name"]: row["cells"][0]["target"]
            for row in board["rows"]
            if row["cells"][0]["is_target_set"]
        }
        self.assertEqual(
            found, {"Deutschland": 100.0, "amy": 60.0, "France": 50.0, "GTX": 6.0}
        )
        self.assertEqual(board["lost"], {"target": 40.0, "achieved": 0.0, "open": 0.0})
        self.assertFigures(
            self.row(board, territories["Germany"])["total"], achieved=1300.0
        )
        # also what still is where it closed
        self.env.cr.execute(
            "UPDATE crm_lead SET territory_id = %s WHERE id = %s",
            [self.france.id, self.won_adler.id],
        )
        self.env.invalidate_all()
        board = self.board()
        for name, achieved in (("Germany", 300.0), ("France", 1000.0)):
            row = self.row(board, territories[name])
            self.assertFigures(row["total"], achieved=achieved)
        then = self.board(tree="then")
        self.assertFigures(self.row(then, self.germany)["cells"][0], target=100.0)
        self.assertFalse(
            [row for row in then["rows"] if row["name"] == "Health"][1:],
            "a tree shows only territories with targets or deals",
        )

    def test_what_is_no_longer_in_the_tree_is_told(self):
        new = self.env["crm.territory.plan"].create({"name": "Other"})
        self.territory("Asia", plan=new, areas=[{"country_id": self.jp.id}])
        self.target(self.europe, 500)
        self.target(self.germany, 400)
        self.plan.action_archive_plan()
        new.action_activate()
        run_everything(new)
        # a run takes closed deals along only when asked
        self.env.cr.execute(
            "UPDATE crm_lead SET territory_id = %s WHERE id = %s",
            [self.germany.id, self.won_adler.id],
        )
        self.env.invalidate_all()
        board = self.board()
        lost = {"target": 500.0, "achieved": 1000.0, "open": 0.0}
        self.assertEqual(board["lost"], lost)
        self.assertEqual([row["name"] for row in board["rows"]], ["Asia"])

    def test_archived_territories_are_in_the_tree_of_then(self):
        self.target(self.france, 10)
        self.france.active = False
        self.env.flush_all()
        self.assertIsNone(self.row(self.board(), self.france))
        row = self.row(self.board(tree="then"), self.france)
        self.assertFalse(row["is_active"])
        self.assertFigures(row["cells"][0], target=10.0)
        self.assertEqual(self.board()["lost"]["target"], 10.0)

    def test_territories_with_targets_are_archived_not_deleted(self):
        target = self.target(self.france, 10)
        leads = self.env["crm.lead"].search([("territory_ids", "in", self.france.ids)])
        leads.unlink()
        self.rivoire.unlink()
        for _number in range(2):
            with self.assertRaisesRegex(UserError, "“Europe / France” cannot be del"):
                self.france.unlink()
            target.exists().unlink()  # its history is left

    def test_targets_of_archived_people_are_kept(self):
        self.target(self.germany, 10, user=self.amy)
        self.env["crm.territory.member"].search(
            [("user_id", "=", self.amy.id)]
        ).unlink()
        self.amy.sudo().active = False
        row = self.row(self.board(), self.germany, self.amy)
        self.assertFalse(row["is_active"])
        self.assertFigures(row["cells"][0], target=10.0, achieved=1000.0)
