from unittest.mock import patch

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import crm_territory_rule
from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestCriteriaReader(TerritoryCase):
    """Criteria mean the same whoever asks: in the language they were written in, in the
    company of the plan, and never what depends on the reader.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        admin = cls.env(user=cls.env.ref("base.user_root"))
        admin["res.lang"]._activate_lang("de_DE")
        cls.industry = admin["res.partner.industry"].create({"name": "Care"})
        cls.industry.with_context(lang="de_DE").name = "Gesundheit"
        cls.de.sudo().with_context(lang="de_DE").name = "Deutschland"

    def _rule(self, domain, lang=None, applies_to="account"):
        territory = self.territory(f"Tried {domain}")
        rules = self.env["crm.territory.rule"].with_context(lang=lang)
        return rules.create(
            {
                "territory_id": territory.id,
                "applies_to": applies_to,
                "domain": repr(domain),
            }
        )

    # -- language

    def test_text_in_the_language_of_its_author(self):
        rule = self._rule([("industry_id", "ilike", "Gesund")], "de_DE")
        account = self.account("Ono", self.jp, industry_id=self.industry.id)
        self.assertTerritories(account, rule.territory_id)
        for lang in ("de_DE", "en_US"):
            rule.invalidate_recordset()
            self.assertEqual(rule.with_context(lang=lang).match_count, 1)

    def test_text_of_another_language_matches_nothing(self):
        rule = self._rule([("industry_id", "ilike", "Gesund")], "en_US")
        account = self.account("Ono", self.jp, industry_id=self.industry.id)
        self.assertNoTerritory(account)
        self.assertEqual(rule.with_context(lang="de_DE").match_count, 0)

    def test_whoever_writes_the_text_anew_sets_its_language(self):
        rule = self._rule([("industry_id", "ilike", "Gesund")], "en_US")
        domain = [("industry_id", "ilike", "Gesundh")]
        rule.with_context(lang="de_DE").domain = repr(domain)
        account = self.account("Ono", self.jp, industry_id=self.industry.id)
        self.assertTerritories(account, rule.territory_id)

    def test_writer_of_the_record_does_not_matter(self):
        rule = self._rule([("country_id.name", "=", "Deutschland")], "de_DE")
        for lang in ("de_DE", "en_US"):
            account = self.account(lang, self.jp).with_context(lang=lang)
            account.country_id = self.de
            self.assertTerritories(account, self.germany | rule.territory_id)

    def test_copied_plan_keeps_the_language(self):
        rule = self._rule([("industry_id", "ilike", "Gesund")], "de_DE")
        copied = self.plan.copy().territory_ids.rule_ids
        self.assertIn(
            ("de_DE", rule.domain), copied.mapped(lambda r: (r.lang, r.domain))
        )

    # -- company

    def test_field_of_a_company_is_that_of_the_plan(self):
        other = self.env["res.company"].sudo().create({"name": "Other"})
        self.mona.sudo().company_ids = [Command.link(other.id)]
        sue = new_test_user(
            self.env(user=self.env.ref("base.user_root")),
            "sue",
            SALESMAN,
            company_id=other.id,
            company_ids=[Command.set((other | self.plan.company_id).ids)],
        )
        account = self.account("Ono", self.jp)
        account.with_company(other).barcode = "1234"
        rule = self._rule([("barcode", "=", "1234")])
        account.with_company(other).phone = "1"
        self.assertNoTerritory(account)
        account.with_company(self.plan.company_id).barcode = "1234"
        account.with_company(other).barcode = False
        for writer in (
            account.with_company(other),
            account,
            account.with_user(sue).with_context(allowed_company_ids=None),
            account.with_user(self.env.ref("base.user_root")),
        ):
            writer.ref = writer.env.company.name
            writer.country_id = self.jp
            writer.flush_recordset()  # judged as the writer
            self.assertTerritories(account, rule.territory_id)
        account.with_company(self.plan.company_id).barcode = False
        self.assertNoTerritory(account)

    def test_field_of_a_company_in_a_shared_plan_is_refused(self):
        self.plan.sudo().company_id = False
        with self.assertRaisesRegex(ValidationError, "is another in each company"):
            self._rule([("barcode", "=", "1234")])

    # -- who reads

    def test_what_depends_on_the_reader_is_refused(self):
        for domain in (
            [("message_is_follower", "=", True)],
            [("message_needaction", "=", True)],
            [("message_has_error", "=", True)],
            [("activity_user_id", "=", self.amy.id)],
            [("activity_state", "=", "overdue")],
            [("my_activity_date_deadline", "!=", False)],
            [("child_ids.message_is_follower", "=", True)],
            [("child_ids", "any", [("message_is_follower", "=", True)])],
        ):
            with self.subTest(domain=domain):
                with self.assertRaisesRegex(ValidationError, "depends on who reads"):
                    self._rule(domain)


@tagged("post_install", "-at_install")
class TestCriteriaLimits(TerritoryCase):
    """No rule can stop people from saving records, by what it is or what it costs."""

    def _refused(self, text, message, applies_to="account"):
        with self.assertRaisesRegex(ValidationError, message):
            self.env["crm.territory.rule"].create(
                {
                    "territory_id": self.health.id,
                    "applies_to": applies_to,
                    "domain": text,
                }
            )

    def test_pattern_that_ends_with_a_backslash(self):
        for operator in ("=like", "=ilike", "like", "not ilike"):
            with self.subTest(operator=operator):
                domain = repr([("name", operator, "Zorro\\")])
                self._refused(domain, "cannot end with a single backslash")
        two = repr([("name", "=like", "Zorro\\\\")])
        self.health.rule_ids[0].domain = two
        self.assertNoTerritory(self.account("Zorros"))

    def test_too_many_conditions(self):
        many = ["|"] * 299 + [("ref", "=", str(n)) for n in range(300)]
        self._refused(repr(many), "more than 200 conditions")
        nested = [("child_ids", "any", many)]
        self._refused(repr(nested), "more than 200 conditions")

    def test_too_long_a_path(self):
        path = ".".join(["parent_id"] * 60)
        self._refused(repr([(path, "=", False)]), "more than 12 fields")
        domain = [("ref", "=", "x")]
        for _depth in range(40):
            domain = [("child_ids", "any", domain)]
        self._refused(repr(domain), "more than 12 fields")

    def test_text_that_only_looks_like_a_domain(self):
        self._refused("[" + "-" * 90_000 + "1]", "this is no domain")
        self._refused(repr([("ref", "in", ["x" * 40] * 4000)]), "longer than")

    def test_property_that_is_not_defined(self):
        team = self.env["crm.team"].sudo().create({"name": "With properties"})
        team.lead_properties_definition = [
            {"name": "grade", "type": "char", "string": "Grade"}
        ]
        self.env.flush_all()
        rule = self.env["crm.territory.rule"].create(
            {
                "territory_id": self.health.id,
                "applies_to": "lead",
                "domain": "[('lead_properties.grade', '=', 'A')]",
            }
        )
        self._refused("[('lead_properties.size', '=', 1)]", "size is gone", "lead")
        team.lead_properties_definition = []
        self.env.flush_all()
        self.env["crm.territory.rule"]._check_all()
        self.assertIn("grade is gone", rule.error)

    def test_rule_that_the_database_refuses(self):
        """As an older version let it in: it is found, disabled and told; all else that
        is saved meanwhile goes where it belongs.
        """
        rule = self.health.rule_ids.filtered(lambda rule: rule.applies_to == "account")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_territory_rule SET domain = %s WHERE id = %s",
            [repr([("name", "=like", "Zorro\\")]), rule.id],
        )
        self.env.invalidate_all()
        path = "odoo.addons.crm_territory.matching"
        with (
            # the entry's check is not yet there
            patch(f"{path}.criteria._check_pattern", lambda env, text: None),
            mute_logger("odoo.sql_db"),
        ):
            self.plan._bump_revision()
            account = self.account("Zorro", self.de)
            self.assertTerritories(account, self.germany)
            self.assertTerritories(self.lead("Deal", account), self.germany)
            run = self.run_assignment()
            self.assertEqual((run.state, run.failed_count), ("done", 0))
        self.plan._forget_compiled()

    def test_broken_rule_is_disabled_after_the_transaction(self):
        rule = self.health.rule_ids[0]
        self.env.flush_all()
        with self.enter_registry_test_mode():
            crm_territory_rule._disable_rules(self.registry, {rule.id: "It failed."})
        self.env.invalidate_all()
        self.assertEqual(rule.error, "It failed.")
        self.assertEqual(len(self.plan.sudo().activity_ids), 1)


@tagged("post_install", "-at_install")
class TestRelativeDates(TerritoryCase):
    """A rule that names a day like *today* takes others tomorrow."""

    def test_plan_is_to_be_run_on_a_new_day(self):
        self.territory(
            "Overdue",
            rules=[("opportunity", [("date_deadline", "<", "today")])],
        )
        self.run_assignment()
        self.assertFalse(self.plan.is_to_be_run)
        jobs = self.env["crm.territory.plan"].sudo()
        jobs._cron_upkeep()
        self.assertFalse(self.plan.is_to_be_run)
        self.plan.sudo().upkeep_date = "2020-01-01"
        jobs._cron_upkeep()
        self.assertTrue(self.plan.is_to_be_run)

    def test_other_plans_are_not(self):
        self.run_assignment()
        self.plan.sudo().upkeep_date = "2020-01-01"
        self.env["crm.territory.plan"].sudo()._cron_upkeep()
        self.assertFalse(self.plan.is_to_be_run)
