from collections import Counter

from odoo.tests import tagged

from .common import TerritoryCase

REPORT = "crm.territory.change.report"


@tagged("post_install", "-at_install")
class TestReportChanges(TerritoryCase):
    """What moved in and out, from the journal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.territory.move"].sudo().search([]).unlink()
        cls.deal = cls.lead("Deal", cls.adler)

    def found(self, user=None, domain=()):
        """{(territory, kind): (in, out, net)}"""
        report = self.env[REPORT].with_user(user or self.mona)
        return {
            (territory, kind): figures
            for territory, kind, *figures in report._read_group(
                list(domain),
                ["territory_id", "kind"],
                ["moved_in:sum", "moved_out:sum", "net:sum"],
            )
        }

    def expected(self):
        """The same, from the moves in plain Python."""
        figures = Counter()
        for move in self.env["crm.territory.move"].search([("is_dry", "=", False)]):
            kind = "account" if move.partner_id else "lead"
            before = move.sudo().set_before_id.territory_ids
            after = move.sudo().set_after_id.territory_ids
            for territory in after - before:
                figures[territory, kind, "in"] += 1
            for territory in before - after:
                figures[territory, kind, "out"] += 1
        keys = {(territory, kind) for territory, kind, _direction in figures}
        return {
            key: [
                figures[(*key, "in")],
                figures[(*key, "out")],
                figures[(*key, "in")] - figures[(*key, "out")],
            ]
            for key in keys
        }

    def test_account_moves_with_its_opportunity(self):
        self.adler.country_id = self.fr
        self.env.flush_all()
        self.assertEqual(
            self.found(),
            {
                (self.germany, "account"): [0, 1, -1],
                (self.france, "account"): [1, 0, 1],
                (self.germany, "lead"): [0, 1, -1],
                (self.france, "lead"): [1, 0, 1],
            },
        )

    def test_many_changes(self):
        countries = [self.de, self.fr, self.jp]
        for number in range(30):
            account = (self.adler, self.bruno, self.rivoire, self.sato)[number % 4]
            account.country_id = countries[number * 7 % 3]
            if number % 5 == 0:
                account.industry_id = (
                    False if account.industry_id else self.health_industry
                )
            self.env.flush_all()
        self.assertTrue(self.expected())
        self.assertEqual(self.found(), self.expected())

    def test_what_stays_is_no_change(self):
        """Bruno leaves Berlin for Germany and stays in Health."""
        self.bruno.zip = "80331"
        self.env.flush_all()
        self.assertEqual(
            self.found(),
            {
                (self.berlin, "account"): [0, 1, -1],
                (self.germany, "account"): [1, 0, 1],
            },
        )

    def test_simulated_runs_move_nothing(self):
        self.plan.state = "draft"
        self.germany.area_ids.country_id = self.jp
        self.run_assignment(is_dry=True)
        self.assertEqual(self.found(), {})

    def test_by_level(self):
        self.bruno.zip = "80331"
        self.adler.country_id = self.jp
        self.env.flush_all()
        found = {
            territory: net
            for territory, net in self.env[REPORT]._read_group(
                [("kind", "=", "account")], ["territory_level_1_id"], ["net:sum"]
            )
        }
        self.assertEqual(found, {self.europe: -1})

    def test_only_of_records_that_one_sees(self):
        self.adler.country_id = self.fr
        self.rivoire.country_id = self.jp
        self.env.flush_all()
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        report = self.env[REPORT]
        for user in (self.amy, self.bob, self.claire, self.mona):
            theirs = self.env["crm.territory.move"].with_user(user).search([])
            rows = report.with_user(user).search([])
            self.assertEqual(rows.move_id, theirs, user.name)
            partners = self.env["res.partner"].with_user(user).search([])
            leads = self.env["crm.lead"].with_user(user).search([])
            self.assertLessEqual(rows.partner_id, partners)
            self.assertLessEqual(rows.lead_id, leads)
        self.assertNotIn(self.adler, report.with_user(self.amy).search([]).partner_id)

    def test_row_opens_the_record(self):
        self.adler.country_id = self.fr
        self.env.flush_all()
        for row in self.env[REPORT].search([]):
            action = row.action_open()
            record = row.lead_id or row.partner_id
            self.assertEqual(action["res_model"], record._name)
            self.assertEqual(action["res_id"], record.id)
