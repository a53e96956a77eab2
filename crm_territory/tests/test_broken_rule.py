from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestBrokenRule(TerritoryCase):
    """A rule that stops working is disabled, with a warning; all else goes on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.user_id = cls.claire

    def _make_field(self, model_name="res.partner", name="x_grade", ttype="char"):
        model = self.env["ir.model"]._get(model_name)
        return (
            self.env["ir.model.fields"]
            .sudo()
            .create({"model_id": model.id, "name": name, "ttype": ttype})
        )

    def _break_by_sql(self, rule, domain="[('nowhere"):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_territory_rule SET domain = %s WHERE id = %s", [domain, rule.id]
        )
        self.env.invalidate_all()
        self.env["crm.territory.plan"]._forget_compiled()

    def assertDisabled(self, rule):
        """With its reason, a count on the plan, and an activity of the responsible."""
        self.env.invalidate_all()
        self.assertTrue(rule.error)
        self.assertEqual(rule.plan_id.broken_rule_count, 1)
        activity = rule.plan_id.sudo().activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.claire)
        self.assertIn(rule.territory_id.name, activity.note)
        self.assertIn("disabled", activity.note)

    def assertGoesOn(self):
        """All else works: creating, changing, running, looking."""
        account = self.account("New", self.de)
        self.assertTerritories(account, self.germany)
        lead = self.lead("New", account, product_line_ids=self.gtx_line.ids)
        self.assertTerritories(lead, self.germany | self.gtx)
        account.country_id = self.fr
        self.assertTerritories(lead, self.france | self.gtx)
        run = self.run_assignment()
        self.assertEqual((run.state, run.failed_count), ("done", 0))
        self.assertTrue(account.territory_why)
        self.health.invalidate_recordset()
        self.health.rule_ids.mapped("match_count")

    # -- fields

    def test_deleted_field(self):
        field = self._make_field()
        graded = self.territory("Graded", rules=[("account", [("x_grade", "=", "A")])])
        self.run_assignment()
        self.sato.sudo().x_grade = "A"
        self.assertTerritories(self.sato, graded)
        with mute_logger("odoo.orm.registry"):
            field.unlink()
        self.assertDisabled(graded.rule_ids)
        self.assertIn("x_grade", graded.rule_ids.error)
        self.run_assignment()
        self.assertNoTerritory(self.sato)
        self.assertGoesOn()

    def test_deleted_field_of_another_model_on_the_path(self):
        field = self._make_field("res.country", "x_zone")
        zone = self.territory(
            "Zone",
            rules=[("opportunity", [("partner_id.country_id.x_zone", "=", "1")])],
        )
        self.run_assignment()
        field.unlink()
        self.assertDisabled(zone.rule_ids)
        self.assertGoesOn()

    def test_renamed_field(self):
        field = self._make_field()
        graded = self.territory("Graded", rules=[("account", [("x_grade", "=", "A")])])
        self.run_assignment()
        field.name = "x_mark"
        self.env["crm.territory.plan"].sudo()._cron_upkeep()
        self.assertDisabled(graded.rule_ids)
        self.assertGoesOn()

    def test_deleted_field_that_no_rule_reads(self):
        self._make_field().unlink()
        self.assertFalse(self.plan.sudo().activity_ids)
        self.assertGoesOn()

    # -- domains

    def test_invalid_domain_found_by_the_upkeep(self):
        rule = self.health.rule_ids[0]
        self._break_by_sql(rule)
        self.env["crm.territory.plan"].sudo()._cron_upkeep()
        self.assertDisabled(rule)
        self.assertGoesOn()
        # no second warning by the next upkeep
        self.env["crm.territory.plan"].sudo()._cron_upkeep()
        self.assertDisabled(rule)

    def test_invalid_domain_found_by_a_run(self):
        rule = self.health.rule_ids[0]
        self._break_by_sql(rule, "[('no_such_field', '=', 1)]")
        self.run_assignment()
        self.assertDisabled(rule)
        self.assertNotIn(self.health, self.stored_territories(self.bruno))
        self.assertGoesOn()

    def test_invalid_domain_does_not_stop_a_write_before_anybody_noticed(self):
        for domain in (
            "[('nowhere",
            "nonsense",
            "[1, 2]",
            "[('no_such_field', '=', 1)]",
            "[('country_id', '>', 'x')]",
            "[('name', 'no such operator', 1)]",
            "[('country_id', 'any', 'x')]",
            "[('employee_number', '=', 'many')]",
            "[('create_date', '>', 'yesterday-ish')]",
        ):
            with self.subTest(domain=domain):
                rule = self.health.rule_ids[0]
                self._break_by_sql(rule, domain)
                account = self.account("New", self.de)
                self.assertTerritories(account, self.germany)
                self.assertFalse(rule.match_count)

    def test_noticed_by_a_write_is_disabled_soon(self):
        self._break_by_sql(self.health.rule_ids[0])
        cron = self.env.ref("crm_territory.crm_territory_upkeep_cron").sudo()
        for number in range(3):  # once is enough
            self.account(f"New {number}", self.de)
            self.env.flush_all()
        triggers = (
            self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])
        )
        self.assertEqual(len(triggers), 1)

    # -- what it leaves of its territory

    def test_territory_is_not_wide_open(self):
        """France, rule Hospitals: without its rule it must not take all of France."""
        hospitals = self.territory(
            "Hospitals in Japan",
            areas=[{"country_id": self.jp.id}],
            rules=[("account", [("ref", "=", "H")])],
        )
        for error_is_known in (False, True):
            self._break_by_sql(hospitals.rule_ids)
            if error_is_known:
                self.env["crm.territory.plan"].sudo()._cron_upkeep()
            self.assertNoTerritory(self.account("Ono", self.jp, ref="H"))
            self.run_assignment()
            self.assertNoTerritory(self.sato)

    def test_children_of_its_territory_are_not_open_either(self):
        health_de = self.territory(
            "Health in Japan", self.health, areas=[{"country_id": self.jp.id}]
        )
        self._break_by_sql(self.health.rule_ids[0])
        self.run_assignment()
        self.assertFalse(health_de.is_grouping)
        self.assertNoTerritory(self.sato)

    def test_other_rules_of_its_territory_work_on(self):
        both = self.territory(
            "Both",
            rules=[("account", [("ref", "=", "A")]), ("account", [("ref", "=", "B")])],
        )
        self._break_by_sql(both.rule_ids[0])
        self.assertTerritories(self.account("Ono", self.jp, ref="B"), both)

    # -- repair

    def test_repaired_rule_works_again(self):
        rule = self.health.rule_ids[0]
        domain = rule.domain
        self._break_by_sql(rule)
        self.run_assignment()
        self.assertTrue(rule.error)
        self.assertTerritories(self.bruno, self.berlin)
        rule.domain = domain
        self.assertFalse(rule.error)
        self.run_assignment()
        self.assertTerritories(self.bruno, self.berlin | self.health)

    def test_other_fields_of_a_broken_rule_can_be_written(self):
        rule = self.health.rule_ids[0]
        self._break_by_sql(rule)
        self.run_assignment()
        rule.write({"name": "To repair", "sequence": 3})
        self.health.write({"sequence": 5})
        self.assertTrue(rule.error)

    def test_plan_with_a_broken_rule_can_be_copied(self):
        self._break_by_sql(self.health.rule_ids[0])
        self.run_assignment()
        copied = self.plan.copy()
        rules = copied.territory_ids.rule_ids.filtered(
            lambda rule: rule.applies_to == "account"
        )
        self.assertEqual(len(rules), 1)
        self.assertTrue(rules.error)
