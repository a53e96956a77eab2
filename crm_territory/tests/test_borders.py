from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestBorders(TerritoryCase):
    """Who shapes what: Claire manages Europe, which groups; Gero manages Germany."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gero = new_test_user(cls.env(su=True), "gero", SALESMAN)
        cls.env["crm.territory.member"].create(
            {
                "territory_id": cls.germany.id,
                "user_id": cls.gero.id,
                "is_manager": True,
            }
        )
        cls.env.flush_all()

    def add_area(self, user, territory, country):
        return (
            self.env["crm.territory.area"]
            .with_user(user)
            .create({"territory_id": territory.id, "country_id": country.id})
        )

    def add_rule(self, user, territory, domain, applies_to="account"):
        return (
            self.env["crm.territory.rule"]
            .with_user(user)
            .create(
                {
                    "territory_id": territory.id,
                    "applies_to": applies_to,
                    "domain": repr(domain),
                }
            )
        )

    # -- criteria

    def test_nobody_moves_his_own_border(self):
        with self.assertRaisesRegex(AccessError, "which records"):
            self.add_area(self.gero, self.germany, self.fr)
        area = self.germany.area_ids.with_user(self.gero)
        with self.assertRaises(AccessError):
            area.country_id = self.fr
        with self.assertRaises(AccessError):
            area.unlink()
        with self.assertRaises(AccessError):
            self.germany.with_user(self.gero).write(
                {"area_ids": [Command.create({"country_id": self.fr.id})]}
            )

    def test_below_the_border_a_manager_shapes(self):
        self.add_area(self.gero, self.berlin, self.fr)
        self.run_assignment()
        self.assertTerritories(self.rivoire, self.france)  # Germany gates Berlin
        self.add_rule(self.gero, self.berlin, [("name", "=", "Adler")])
        self.add_rule(self.gero, self.berlin, [("name", "=", "A")], "opportunity")

    def test_without_a_border_a_manager_shapes_nothing(self):
        for territory in (self.germany, self.france):
            with self.assertRaises(AccessError):
                self.add_area(self.claire, territory, self.jp)
        with self.assertRaises(AccessError):
            self.add_rule(self.claire, self.germany, [])
        self.europe.is_open_to_managers = True
        self.add_area(self.claire, self.germany, self.jp)
        with self.assertRaises(AccessError):
            self.add_area(self.claire, self.europe, self.jp)

    def test_a_manager_does_not_open_his_territory(self):
        with self.assertRaises(AccessError):
            self.europe.with_user(self.claire).is_open_to_managers = True

    def test_rules_for_accounts_are_no_border_for_leads_without(self):
        """What has no account is gated by areas and by rules for leads only."""
        self.germany.area_ids.unlink()
        self.germany.rule_ids = [
            Command.create({"applies_to": "account", "domain": "[('ref','=','D')]"})
        ]
        self.add_rule(self.gero, self.berlin, [("name", "=", "Adler")])
        with self.assertRaises(AccessError):
            self.add_rule(self.gero, self.berlin, [], "lead")
        with self.assertRaises(AccessError):
            self.add_area(self.gero, self.berlin, self.jp)

    def test_archived_rules_are_no_border(self):
        """Nor does a client's context make them one."""
        self.germany.area_ids.unlink()
        self.germany.rule_ids = [
            Command.create({"domain": "[('ref','=','D')]", "active": False})
        ]
        with self.assertRaises(AccessError):
            self.env["crm.territory.rule"].with_user(self.gero).with_context(
                active_test=False
            ).create({"territory_id": self.berlin.id, "domain": "[]"})

    def test_former_managers_shape_nothing(self):
        self.germany.member_ids.filtered("is_manager").date_end = "2020-01-01"
        with self.assertRaises(AccessError):
            self.add_area(self.gero, self.berlin, self.fr)

    def test_nobody_says_how_long_he_manages(self):
        mine = self.germany.member_ids.filtered("is_manager").with_user(self.gero)
        with self.assertRaises(AccessError):
            mine.date_end = "2099-12-31"
        mine.weight = 3
        mine.with_user(self.claire).date_end = "2099-12-31"
        with self.assertRaises(AccessError):
            mine.date_end = False

    def test_members_are_edited_all_the_same(self):
        self.germany.with_user(self.gero).member_ids = [
            Command.create({"user_id": self.bob.id})
        ]
        self.assertIn(self.bob, self.germany.member_ids.user_id)

    # -- what criteria read

    def test_managers_read_the_record_and_master_data(self):
        allowed = [
            [("country_id.code", "=", "DE")],
            [("industry_id", "ilike", "Hosp")],
            [("category_id.name", "=", "Gold")],
            [("employee_number", ">", 3), ("user_id", "=", self.bob.id)],
            [("parent_id", "=", False)],
        ]
        for domain in allowed:
            self.add_rule(self.gero, self.berlin, domain)

    def test_managers_do_not_ask_criteria_what_they_may_not_read(self):
        refused = [
            [("message_ids.mail_server_id.smtp_pass", "=like", "h%")],
            [("opportunity_ids.expected_revenue", ">", 300000)],
            [("opportunity_ids", "any", [("expected_revenue", ">", 300000)])],
            [("child_ids.name", "=", "Eve")],
            [("user_id.login", "=", "admin")],
            [("user_id", "ilike", "adm")],
            [("parent_id", "ilike", "adm")],
            [("country_id", "any", [("write_uid.login", "=", "x")])],
            [("message_ids.body", "ilike", "secret")],
        ]
        for domain in refused:
            with (
                self.subTest(domain=domain),
                self.assertRaises(UserError),
            ):
                self.add_rule(self.gero, self.berlin, domain)

    def test_rule_in_disguise_does_not_come_into_force(self):
        """Not by an error that a client writes or clears, nor archived first."""
        secret = "[('opportunity_ids.expected_revenue', '>', 1)]"
        rules = self.env["crm.territory.rule"].with_user(self.gero)
        values = {"territory_id": self.berlin.id, "domain": secret}
        with self.assertRaises(AccessError):
            rules.create(dict(values, error="x"))
        with self.assertRaises(AccessError):
            rules.create(dict(values, active=False))
        rule = self.berlin.rule_ids.create(dict(values, active=False))
        self.env.flush_all()
        mine = rule.with_user(self.gero)
        for change in ({"active": True}, {"is_anywhere": True}, {"error": False}):
            with self.subTest(change=change), self.assertRaises(AccessError):
                mine.write(change)
        rule.sudo().error = "Broken"
        with self.assertRaises(UserError):
            mine.write({"domain": secret})

    # -- put in by hand

    def put_in(self, user, record, territory):
        values = {
            "partner_id": record.id,
            "territory_id": territory.id,
            "reason": "Ours",
        }
        return self.env["crm.territory.override"].with_user(user).create(values)

    def test_a_manager_puts_in_what_lies_in_his_line(self):
        self.put_in(self.gero, self.bruno, self.germany)

    def test_a_manager_puts_in_what_nobody_has(self):
        self.put_in(self.gero, self.sato, self.germany)

    def test_an_account_brings_no_lead_that_one_may_not_change(self):
        hidden = self.lead("Hidden", self.rivoire, user_id=self.bob.id)
        self.env.flush_all()
        with self.assertRaises(AccessError) as refused:
            self.put_in(self.gero, self.rivoire, self.germany)
        self.assertIn("Request it instead", str(refused.exception))
        self.assertTerritories(self.rivoire, self.france)
        hidden.user_id = self.gero
        self.env.flush_all()
        self.put_in(self.gero, self.rivoire, self.germany)
        self.assertTerritories(hidden, self.france + self.germany)

    def test_what_nobody_has_but_its_lead_is_somebodys(self):
        self.lead("Hidden", self.sato, user_id=self.bob.id)
        self.env.flush_all()
        with self.assertRaises(AccessError):
            self.put_in(self.gero, self.sato, self.germany)

    def test_decision_that_has_ended_is_not_taken_up_again(self):
        override = self.override(self.rivoire, self.germany)
        override.date_end = "2020-01-01"
        override.sudo().is_expired = True
        self.lead("Hidden", self.rivoire, user_id=self.bob.id)
        self.env.flush_all()
        with self.assertRaises(AccessError):
            override.with_user(self.gero).date_end = False

    def test_sales_managers_decide_everything(self):
        self.lead("Hidden", self.rivoire, user_id=self.bob.id)
        self.put_in(self.mona, self.rivoire, self.germany)
        self.add_rule(self.mona, self.europe, [("child_ids.name", "=", "Eve")])
