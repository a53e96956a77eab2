from datetime import timedelta

from odoo import fields
from odoo.fields import Command, Domain
from odoo.tests import tagged
from odoo.tools import SQL

from .report_case import ReportCase

REPORT = "crm.territory.coverage.report"
LOAD = "crm.territory.load.report"


@tagged("post_install", "-at_install")
class TestReportCoverage(ReportCase):
    def setUp(self):
        super().setUp()
        self.accounts = self.adler | self.bruno | self.rivoire | self.sato
        self.mine = [
            "|",
            ("partner_id", "in", self.accounts.ids),
            ("lead_id", "in", [deal.lead.id for deal in self.deals]),
        ]

    def records(self):
        """[(kind, record)] that are to be covered, each once."""
        found = [("account", account) for account in self.accounts]
        return found + [("opportunity", d.lead) for d in self.of_status("pending")]

    def test_by_territory(self):
        expected = {}
        for kind, record in self.records():
            none = self.env["crm.territory"]
            for territory in record.territory_ids or [none]:
                figures = expected.setdefault(territory, [0, 0])
                figures[kind == "opportunity"] += 1
        found = self.figures(
            REPORT,
            ["territory_id"],
            ["account_count:count_distinct", "opportunity_count:count_distinct"],
            [*self.mine, ("kind", "!=", "closed")],
        )
        self.assertFigures(found, expected)

    def test_each_record_counts_once(self):
        """Bruno is in two territories below two roots, and one account."""
        [(accounts, opportunities, overlap)] = self.env[REPORT]._read_group(
            self.mine,
            [],
            [
                "account_count:count_distinct",
                "opportunity_count:count_distinct",
                "overlap_count:count_distinct",
            ],
        )
        records = self.records()
        self.assertEqual(accounts, 4)
        self.assertEqual(opportunities, len(records) - 4)
        several = [r for _kind, r in records if len(r.territory_ids) > 1]
        self.assertEqual(overlap, len(several))

    def test_by_level_and_member(self):
        found = self.figures(
            REPORT,
            ["territory_level_1_id"],
            ["opportunity_count:count_distinct"],
            [("lead_id", "!=", False), ("kind", "=", "opportunity")],
        )
        expected = {}
        for deal in self.of_status("pending"):
            roots = deal.lead.territory_ids.level_1_id or self.env["crm.territory"]
            for root in roots or [roots]:
                expected[root] = (expected.get(root, (0,))[0] + 1,)
        self.assertFigures(found, expected)
        found = self.figures(
            REPORT,
            ["user_id"],
            ["opportunity_count:count_distinct"],
            [("kind", "=", "opportunity")],
        )
        expected = {}
        for deal in self.of_status("pending"):
            expected[deal.owner] = (expected.get(deal.owner, (0,))[0] + 1,)
        self.assertFigures(found, expected)

    def reason(self, record):
        self.env.flush_all()
        self.env.invalidate_all()
        column = "lead_id" if record._name == "crm.lead" else "partner_id"
        domain = [(column, "=", record.id)]
        if column == "partner_id":
            domain.append(("lead_id", "=", False))
        [row] = self.env[REPORT].search(domain)
        return row.reason

    def test_reasons(self):
        lead = self.lead("Alone", country_id=self.jp.id)
        closed = self.lead("Closed", country_id=self.jp.id)
        closed.action_set_lost()
        self.assertFalse(self.reason(self.adler))
        self.assertEqual(self.reason(self.sato), "1_no_match")
        self.assertEqual(self.reason(lead), "1_no_match")
        self.assertEqual(self.reason(closed), "4_closed")
        self.override(self.rivoire, self.france, "out")
        self.assertEqual(self.reason(self.rivoire), "3_kept_out")
        self.germany.area_ids = [Command.create({"country_id": self.jp.id})]
        self.assertEqual(self.reason(lead), "2_not_judged")
        # judged alone since the criteria changed
        lead.city = "Nowhere"
        lead.country_id = self.us
        self.assertEqual(self.reason(lead), "1_no_match")
        self.assertEqual(self.reason(self.sato), "2_not_judged")
        self.plan.state = "archived"
        self.assertEqual(self.reason(lead), "5_no_plan")

    def test_colleagues_and_companies_need_no_territory(self):
        partners = self.env.user.partner_id | self.env.company.partner_id
        self.assertFalse(
            self.env[REPORT].search(
                [("partner_id", "in", partners.ids), ("kind", "=", "account")]
            )
        )

    # -- activity

    def age(self, record, days):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = %s WHERE id = %s",
                SQL.identifier(record._table),
                fields.Datetime.now() - timedelta(days=days),
                record.id,
            )
        )

    def is_inactive(self, account):
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("partner_id", "=", account.id), ("kind", "=", "account")]
        return self.env[REPORT].search(domain, limit=1).is_inactive

    def test_accounts_without_activity(self):
        account = self.account("Quiet", self.fr)
        self.assertFalse(self.is_inactive(account))
        self.age(account, 91)
        self.assertTrue(self.is_inactive(account))
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.inactive_days", "100"
        )
        self.assertFalse(self.is_inactive(account))
        self.age(account, 101)
        self.assertTrue(self.is_inactive(account))
        # what the system notes is no activity; what a person says of a contact is
        account._message_log(body="Changed")
        self.assertTrue(self.is_inactive(account))
        contact = self.contact("Anna", account)
        self.age(contact, 200)
        self.assertTrue(self.is_inactive(account))
        contact.message_post(body="Called", message_type="comment")
        self.assertFalse(self.is_inactive(account))

    def test_opportunities_are_activity(self):
        account = self.account("Quiet", self.fr)
        contact = self.contact("Anna", account)
        lead = self.lead("New", contact)
        for record in (account, contact, lead):
            self.age(record, 200)
        self.assertTrue(self.is_inactive(account))
        call = self.env.ref("mail.mail_activity_data_call")
        lead.activity_schedule(activity_type_id=call.id).action_feedback("Done")
        self.assertFalse(self.is_inactive(account))

    # -- who sees it

    def test_as_the_record_rules_say(self):
        accounts = self.env["res.partner"]._account_domain()
        for setting in ("everyone", "territory"):
            self.env["ir.config_parameter"].sudo().set_param(
                "crm_territory.account_visibility", setting
            )
            for user in (self.amy, self.bob, self.claire, self.mona):
                rows = self.env[REPORT].with_user(user).search([])
                leads = self.env["crm.lead"].with_user(user)
                visible = leads.search([("won_status", "=", "pending")])
                shown = rows.filtered(lambda row: row.kind in ("lead", "opportunity"))
                self.assertEqual(set(shown.lead_id.ids), set(visible.ids))
                partners = self.env["res.partner"].with_user(user).search(accounts)
                shown = rows.filtered(lambda row: row.kind == "account").partner_id
                self.assertLessEqual(shown, partners)
                self.assertEqual(shown & self.accounts, partners & self.accounts)

    def test_row_is_visible_to_python_too(self):
        rows = self.env[REPORT].with_user(self.amy).search([])
        self.assertTrue(rows)
        self.assertTrue(all(row.is_visible for row in rows))


@tagged("post_install", "-at_install")
class TestReportLoad(ReportCase):
    def setUp(self):
        super().setUp()
        self.germany.member_ids.capacity = 4
        self.france.member_ids = [
            Command.create({"user_id": self.bob.id, "capacity": 0})
        ]
        self.ours = [("territory_plan_id", "=", self.plan.id)]

    def load_of(self, user, territory):
        return len(
            [
                deal
                for deal in self.of_status("pending")
                if deal.owner == user and deal.territory == territory
            ]
        )

    def test_leads_summed_up_first_are_the_same(self):
        """Whatever is asked for; a count of leads is what forbids summing them up."""
        sums = ["__count", "open_load:sum", "open_amount:sum", "load_rate:load_rate"]
        germany = Domain("territory_line_ids", "in", self.germany.ids)
        large = [("open_amount", ">", 5000)]
        # of leads the amount does not count
        self.lead(
            "Lead", self.adler, "lead", user_id=self.amy.id, expected_revenue=7000
        )
        self.env.flush_all()
        for user in (self.amy, self.bob, self.claire, self.mona):
            report = self.env[LOAD].with_user(user)
            for domain in ([], [("kind", "=", "2_lead")], germany, large):
                for groupby in ([], ["territory_id", "user_id"], ["is_manager"]):
                    with self.subTest(user=user.login, domain=domain, groupby=groupby):
                        found = report._read_group(domain, groupby, sums)
                        each = report._read_group(
                            domain, groupby, [*sums, "lead_id:count_distinct"]
                        )
                        self.assertEqual(found, [row[:-1] for row in each])
            self.assertEqual(
                report._read_group([], [], ["__count"])[0][0],
                report.search_count([]),
            )
        [(largest,)] = self.env[LOAD]._read_group([], [], ["open_amount:max"])
        amounts = self.env[LOAD].search([]).mapped("open_amount")
        self.assertAlmostEqual(largest, max(amounts), 2)

    def test_load_of_each_member(self):
        found = self.figures(
            LOAD,
            ["territory_id", "user_id"],
            ["member_count:sum", "open_load:sum", "capacity:sum"],
            [*self.ours, ("kind", "!=", "3_vacant")],
        )
        self.assertFigures(
            found,
            {
                (member.territory_id, member.user_id): (
                    1,
                    self.load_of(member.user_id, member.territory_id),
                    member.capacity,
                )
                for member in self.plan.territory_ids.member_ids
            },
        )

    def test_rate_is_of_those_with_a_capacity(self):
        [(load, rate)] = self.env[LOAD]._read_group(
            self.ours, [], ["open_load:sum", "load_rate:load_rate"]
        )
        amy = self.load_of(self.amy, self.germany)
        self.assertGreater(load, amy)
        self.assertAlmostEqual(rate, amy / 4)

    def test_territories_without_member(self):
        rows = self.env[LOAD].search([*self.ours, ("kind", "=", "3_vacant")])
        territories = self.plan.territory_ids.filtered(lambda t: not t.member_ids)
        self.assertEqual(rows.territory_id, territories)
        today = fields.Date.today()
        self.germany.member_ids.date_end = today - timedelta(days=1)
        self.env.flush_all()
        rows = self.env[LOAD].search([*self.ours, ("kind", "=", "3_vacant")])
        self.assertIn(self.germany, rows.territory_id)

    def test_only_leads_that_one_sees(self):
        for user in (self.amy, self.bob, self.claire):
            rows = self.env[LOAD].with_user(user).search([("lead_id", "!=", False)])
            visible = self.env["crm.lead"].with_user(user).search([])
            self.assertLessEqual(rows.lead_id, visible)
        mine = self.env[LOAD].with_user(self.bob).search([*self.ours])
        self.assertEqual(
            mine.filtered("lead_id").user_id - self.bob, self.env["res.users"]
        )
        self.assertIn(self.amy, mine.user_id)
