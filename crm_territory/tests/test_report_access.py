from odoo.exceptions import AccessError
from odoo.fields import Command, Domain
from odoo.tests import new_test_user, tagged

from .report_case import ReportCase

OF_OPPORTUNITIES = (
    "crm.territory.revenue.report",
    "crm.territory.duration.report",
    "crm.territory.stage.report",
)
REPORTS = (
    *OF_OPPORTUNITIES,
    "crm.territory.coverage.report",
    "crm.territory.load.report",
    "crm.territory.change.report",
    "crm.territory.map.report",
)


@tagged("post_install", "-at_install")
class TestReportAccess(ReportCase):
    """Reports show the opportunities that the record rules of leads show."""

    def assertSameAsLeads(self, user):
        leads = self.env["crm.lead"].with_user(user).with_context(active_test=False)
        visible = set(leads.search([("type", "=", "opportunity")]).ids)
        for model_name in OF_OPPORTUNITIES:
            report = self.env[model_name]
            everything = set(report.sudo().search([]).lead_id.ids)
            shown = set(report.with_user(user).search([]).lead_id.ids)
            self.assertEqual(shown, everything & visible, (user.name, model_name))
            # groups and totals are of the same rows
            grouped = report.with_user(user)._read_group(
                [], ["territory_id"], ["lead_id:array_agg"]
            )
            self.assertEqual({id_ for _t, ids in grouped for id_ in ids}, shown)

    def test_every_user_under_both_settings(self):
        everything = new_test_user(
            self.env(user=1),
            "everything",
            "sales_team.group_sale_salesman_all_leads",
        )
        for setting in ("everyone", "managers"):
            self.env["ir.config_parameter"].sudo().set_param(
                "crm_territory.unassigned", setting
            )
            for user in (self.amy, self.bob, self.claire, self.mona, everything):
                self.assertSameAsLeads(user)

    def test_a_rule_that_the_customer_made_for_leads(self):
        """Hides them in reports, too, lost ones as well, and nothing else."""
        report = self.env["crm.territory.revenue.report"]
        lead = report.search([], limit=1).lead_id
        self.env["ir.rule"].sudo().create(
            {
                "name": "Not this one",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "domain_force": f"[('name', '!=', {lead.name!r})]",
            }
        )
        hidden = report.sudo().search([("lead_id.name", "=", lead.name)]).lead_id
        self.assertIn(lead, hidden)
        for user in (self.amy, self.bob, self.claire, self.mona):
            self.assertSameAsLeads(user)
        shown = report.with_user(self.mona).search([]).lead_id
        self.assertFalse(shown & hidden)
        self.assertTrue(shown.sudo().filtered(lambda lead: not lead.active))

    def test_rows_of_records_in_the_cache(self):
        report = self.env["crm.territory.revenue.report"]
        for row in report.search([]):
            self.assertEqual(
                row.with_user(self.bob).has_access("read"),
                row.lead_id.with_user(self.bob).has_access("read"),
            )

    def test_earlier_periods_are_of_the_same_opportunities(self):
        """Nor does a shifted row tell of what is hidden."""
        for user in (self.amy, self.bob, self.claire, self.mona):
            report = self.env["crm.territory.revenue.report"].with_user(user)
            [(now, before)] = report._read_group(
                [], [], ["won_amount:sum", "won_amount_year_before:sum"]
            )
            leads = self.env["crm.lead"].with_user(user).with_context(active_test=False)
            [(amount,)] = leads._read_group(
                [("won_status", "=", "won")], [], ["expected_revenue:sum"]
            )
            self.assertAlmostEqual(now, amount, 2)
            self.assertAlmostEqual(before, amount, 2)

    def test_companies(self):
        """Rows of a company are for those who work in it now, in every report."""
        own = self.env.company
        other = self.env["res.company"].sudo().create({"name": "Other"})
        self.mona.sudo().company_ids |= other
        self.plan.company_id = False
        in_other = {"company_id": other.id}
        account = self.account("Of the other", self.fr, **in_other)
        leads = self.env["crm.lead"].concat(
            *(
                self.lead(
                    f"Of the other {n}", account, user_id=self.mona.id, **in_other
                )
                for n in range(2)
            )
        )
        self.health.member_ids = [Command.create({"user_id": self.mona.id})]
        leads[0].action_set_won()
        for record in (account, leads[1]):
            self.override(record, self.health)
        self.env.flush_all()
        domains = {
            model_name: Domain("lead_id", "in", leads.ids)
            | Domain("partner_id", "=", account.id)
            for model_name in REPORTS
        }
        for model_name in ("crm.territory.stage.report", "crm.territory.load.report"):
            domains[model_name] = Domain("lead_id", "in", leads.ids)
        for model_name, domain in domains.items():
            report = self.env[model_name]
            for companies, is_shown in ((own, False), (own | other, True)):
                rows = report.with_context(allowed_company_ids=companies.ids)
                self.assertEqual(bool(rows.search(domain)), is_shown, model_name)
                [(count,)] = rows._read_group(domain, [], ["__count"])
                self.assertEqual(bool(count), is_shown, model_name)

    def test_not_for_those_without_sales_rights(self):
        internal = new_test_user(self.env(user=1), "internal", "base.group_user")
        for model_name in REPORTS:
            with self.assertRaises(AccessError):
                self.env[model_name].with_user(internal).search([])

    def test_nobody_writes(self):
        for model_name in REPORTS:
            self.assertFalse(self.env[model_name].has_access("write"))
            self.assertFalse(self.env[model_name].has_access("unlink"))

    def test_no_more_queries_with_more_territories(self):
        def queries(model_name):
            self.env.invalidate_all()
            with self.counting() as count:
                report = self.env[model_name].with_user(self.mona)
                specs = ["territory_level_1_id", "territory_level_2_id"]
                report.formatted_read_grouping_sets(
                    [], [[], specs[:1], specs], ["__count"]
                )
            return count[0]

        for model_name in REPORTS:
            queries(model_name)
        few = {model_name: queries(model_name) for model_name in REPORTS}
        for number in range(20):
            territory = self.territory(
                f"More {number}",
                self.france,
                areas=[{"country_id": self.fr.id, "city": f"City {number}"}],
            )
            self.lead("More", city=f"City {number}", country_id=self.fr.id)
            self.override(self.account(f"More {number}"), territory)
        self.env.flush_all()
        for model_name in REPORTS:
            # what is made anew empties caches
            queries(model_name)
            self.assertLessEqual(queries(model_name), few[model_name], model_name)
