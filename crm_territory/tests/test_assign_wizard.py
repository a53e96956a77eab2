from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import format_date
from odoo.tools.safe_eval import safe_eval


@tagged("post_install", "-at_install")
class TestAssignWizard(TransactionCase):
    """Assign by hand: who may, and what it leaves behind.

    +---------------+----------------------+----------------------------------+
    | user          | group                | in the active plan               |
    +===============+======================+==================================+
    | sales_manager | sales manager        |                                  |
    | claire        | own documents only   | manages Europe (> Germany,       |
    |               |                      | France)                          |
    | amy           | own documents only   | member of Germany, no manager    |
    +---------------+----------------------+----------------------------------+
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales_manager = new_test_user(
            cls.env, "assign_manager", "sales_team.group_sale_manager"
        )
        cls.claire = new_test_user(
            cls.env, "assign_claire", "sales_team.group_sale_salesman"
        )
        cls.amy = new_test_user(cls.env, "assign_amy", "sales_team.group_sale_salesman")
        cls.env["crm.territory.plan"].search([("state", "=", "active")]).write(
            {"state": "archived"}
        )
        cls.plan = cls.env["crm.territory.plan"].create({"name": "Assign"})
        germany, france = cls.env.ref("base.de"), cls.env.ref("base.fr")
        cls.europe = cls._create_territory(
            "Europe",
            member_ids=[Command.create({"user_id": cls.claire.id, "is_manager": True})],
        )
        cls.germany = cls._create_territory(
            "Germany",
            parent_id=cls.europe.id,
            area_ids=[Command.create({"country_id": germany.id})],
            member_ids=[Command.create({"user_id": cls.amy.id})],
        )
        cls.france = cls._create_territory(
            "France",
            parent_id=cls.europe.id,
            area_ids=[Command.create({"country_id": france.id})],
        )
        cls.asia = cls._create_territory(
            "Asia", area_ids=[Command.create({"country_id": cls.env.ref("base.jp").id})]
        )
        cls.plan.action_activate()
        cls.adler = cls.env["res.partner"].create(
            {"name": "Adler GmbH", "is_company": True, "country_id": germany.id}
        )
        cls.adler_contact = cls.env["res.partner"].create(
            {"name": "Uwe Adler", "parent_id": cls.adler.id}
        )
        cls.rivoire = cls.env["res.partner"].create(
            {"name": "Rivoire SA", "is_company": True, "country_id": france.id}
        )
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Presses", "partner_id": cls.adler.id, "user_id": cls.amy.id}
        )

    @classmethod
    def _create_territory(cls, name, **values):
        return cls.env["crm.territory"].create(
            {"name": name, "plan_id": cls.plan.id, **values}
        )

    def _wizard(self, user, records, territories, **values):
        """The wizard as it opens from the list of the records."""
        return (
            self.env["crm.territory.assign"]
            .with_user(user)
            .with_context(active_model=records._name, active_ids=records.ids)
            .create(
                {
                    "territory_ids": [Command.set(territories.ids)],
                    "reason": "Bought for in Tokyo",
                    **values,
                }
            )
        )

    def _overrides(self, records):
        self.env.invalidate_all()
        return records.territory_override_ids

    # ------------------------------------------------------------------
    # What is assigned
    # ------------------------------------------------------------------

    def test_contacts_are_replaced_by_their_account(self):
        wizard = self._wizard(
            self.sales_manager, self.adler_contact | self.adler, self.asia
        )
        self.assertEqual(wizard.partner_ids, self.adler)
        wizard.action_assign()
        self.assertEqual(self._overrides(self.adler).territory_id, self.asia)
        self.assertEqual(self.adler_contact.territory_ids, self.germany | self.asia)

    def test_contacts_given_by_a_caller_are_replaced_too(self):
        wizard = self.env["crm.territory.assign"].create(
            {
                "partner_ids": [Command.set(self.adler_contact.ids)],
                "territory_ids": [Command.set(self.asia.ids)],
                "reason": "By RPC",
            }
        )
        wizard.action_assign()
        self.assertEqual(self._overrides(self.adler).territory_id, self.asia)

    def test_leads_are_assigned(self):
        self._wizard(self.sales_manager, self.lead, self.asia).action_assign()
        self.assertEqual(self._overrides(self.lead).territory_id, self.asia)
        self.assertIn(self.asia, self.lead.territory_ids)
        self.assertEqual(self.lead.territory_id, self.asia)

    def test_every_record_in_every_territory(self):
        accounts = self.adler | self.rivoire
        territories = self.asia | self.france
        today = fields.Date.context_today(self.lead)
        self._wizard(
            self.sales_manager, accounts, territories, date_end=today
        ).action_assign()
        overrides = self._overrides(accounts)
        self.assertEqual(
            {(o.partner_id, o.territory_id) for o in overrides},
            {(a, t) for a in accounts for t in territories},
        )
        self.assertEqual(len(overrides), 4)
        self.assertEqual(set(overrides.mapped("decision")), {"in"})
        self.assertEqual(set(overrides.mapped("reason")), {"Bought for in Tokyo"})
        self.assertEqual(set(overrides.mapped("date_end")), {today})
        self.assertEqual(overrides.user_id, self.sales_manager)
        self.assertEqual(
            self.adler.territory_ids, self.germany | self.asia | self.france
        )

    def test_keep_out(self):
        self._wizard(
            self.sales_manager, self.adler, self.germany, decision="out"
        ).action_assign()
        self.assertEqual(self._overrides(self.adler).decision, "out")
        self.assertFalse(self.adler.territory_ids)

    def test_second_decision_replaces_the_first(self):
        self._wizard(self.claire, self.adler, self.france).action_assign()
        self._wizard(
            self.sales_manager,
            self.adler | self.rivoire,
            self.france,
            decision="out",
            reason="Moved",
        ).action_assign()
        override = self._overrides(self.adler)
        self.assertEqual(len(override), 1)
        self.assertEqual(override.decision, "out")
        self.assertEqual(override.reason, "Moved")
        self.assertEqual(override.user_id, self.sales_manager)
        self.assertEqual(self.adler.territory_ids, self.germany)
        self.assertFalse(self.rivoire.territory_ids)

    def test_reset_follows_the_rules_again(self):
        self._wizard(
            self.sales_manager, self.adler, self.asia | self.france
        ).action_assign()
        self._wizard(
            self.sales_manager, self.adler, self.asia, decision="reset", reason=False
        ).action_assign()
        self.assertEqual(self._overrides(self.adler).territory_id, self.france)
        self.assertEqual(self.adler.territory_ids, self.germany | self.france)

    def test_reset_without_territories_takes_back_everything(self):
        accounts = self.adler | self.rivoire
        self._wizard(
            self.sales_manager, accounts, self.asia | self.france
        ).action_assign()
        self._wizard(
            self.sales_manager, self.adler, self.env["crm.territory"], decision="reset"
        ).action_assign()
        self.assertFalse(self._overrides(self.adler))
        self.assertEqual(len(self._overrides(self.rivoire)), 2)
        self.assertEqual(self.adler.territory_ids, self.germany)

    def test_many_records_take_one_create(self):
        accounts = self.env["res.partner"].create(
            [{"name": f"Account {n}", "is_company": True} for n in range(30)]
        )
        wizard = self._wizard(self.sales_manager, accounts, self.asia | self.france)
        model = type(self.env["crm.territory.override"])
        sizes = []
        create = model.create

        def counted(records, vals_list):
            sizes.append(len(vals_list))
            return create(records, vals_list)

        with patch.object(model, "create", counted):
            wizard.action_assign()
        self.assertEqual(sizes, [60])

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def test_territory_manager_decides_in_the_line(self):
        self._wizard(self.claire, self.adler, self.france).action_assign()
        override = self._overrides(self.adler)
        self.assertEqual(override.territory_id, self.france)
        self.assertEqual(override.user_id, self.claire)
        self.assertEqual(self.adler.territory_ids, self.germany | self.france)

    def test_territory_manager_is_refused_elsewhere_and_nothing_is_done(self):
        wizard = self._wizard(self.claire, self.adler, self.france | self.asia)
        with self.assertRaises(UserError) as refusal:
            wizard.action_assign()
        self.assertIn("Asia", str(refusal.exception))
        self.assertNotIn("France", str(refusal.exception))
        self.assertNotIsInstance(refusal.exception, AccessError)
        self.assertFalse(self._overrides(self.adler))

    def test_territory_manager_does_not_change_decisions_elsewhere(self):
        self._wizard(self.sales_manager, self.adler, self.asia).action_assign()
        for decision in ("out", "reset"):
            with self.subTest(decision=decision):
                wizard = self._wizard(
                    self.claire, self.adler, self.asia, decision=decision
                )
                with self.assertRaises(UserError):
                    wizard.action_assign()
                self.assertEqual(self._overrides(self.adler).decision, "in")

    def test_plain_member_is_refused(self):
        wizard = self._wizard(self.amy, self.adler, self.germany, decision="out")
        with self.assertRaises(UserError) as refusal:
            wizard.action_assign()
        self.assertIn("Europe / Germany", str(refusal.exception))
        self.assertFalse(self._overrides(self.adler))

    def test_nobody_takes_a_lead_that_they_cannot_see(self):
        hidden = self.env["crm.lead"].create(
            {"name": "Hidden", "user_id": self.sales_manager.id}
        )
        self.env.flush_all()
        wizard = self.env["crm.territory.assign"].with_user(self.claire)
        with self.assertRaises(AccessError):
            wizard.create(
                {
                    "lead_ids": [Command.set(hidden.ids)],
                    "territory_ids": [Command.set(self.france.ids)],
                    "reason": "Mine now",
                }
            ).action_assign()
        self.assertFalse(self._overrides(hidden))

    def test_choice_of_territories(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next"})
        self.env["crm.territory"].create({"name": "Africa", "plan_id": draft.id})

        def choice(user):
            wizard = self.env["crm.territory.assign"].with_user(user).new()
            domain = wizard._fields["territory_ids"].domain
            return wizard.territory_ids.search(
                safe_eval(domain, {"is_sales_manager": wizard.is_sales_manager})
            )

        self.assertEqual(
            choice(self.sales_manager),
            self.europe | self.germany | self.france | self.asia,
        )
        self.assertEqual(choice(self.claire), self.europe | self.germany | self.france)
        self.assertFalse(choice(self.amy))

    # ------------------------------------------------------------------
    # What cannot be meant
    # ------------------------------------------------------------------

    def test_date_in_the_past_is_refused(self):
        yesterday = fields.Date.context_today(self.lead) - timedelta(days=1)
        wizard = self._wizard(
            self.sales_manager, self.adler, self.asia, date_end=yesterday
        )
        with self.assertRaisesRegex(UserError, format_date(self.env, yesterday)):
            wizard.action_assign()
        self.assertFalse(self._overrides(self.adler))

    def test_reason_is_required(self):
        for reason in (False, "   "):
            with self.subTest(reason=reason):
                wizard = self._wizard(
                    self.sales_manager, self.adler, self.asia, reason=reason
                )
                with self.assertRaisesRegex(UserError, "reason"):
                    wizard.action_assign()

    def test_territory_is_required(self):
        wizard = self._wizard(self.sales_manager, self.adler, self.env["crm.territory"])
        with self.assertRaisesRegex(UserError, "territory"):
            wizard.action_assign()

    def test_records_are_required(self):
        wizard = self._wizard(self.sales_manager, self.env["crm.lead"], self.asia)
        with self.assertRaisesRegex(UserError, "accounts, leads"):
            wizard.action_assign()

    def test_territory_of_a_draft_plan_is_refused(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        africa = self.env["crm.territory"].create(
            {"name": "Africa", "plan_id": draft.id}
        )
        wizard = self._wizard(self.sales_manager, self.adler, africa)
        with self.assertRaisesRegex(UserError, "Africa.*Next year"):
            wizard.action_assign()

    def test_form(self):
        """The wizard works as the form does it, for a territory manager."""
        form = Form(
            self.env["crm.territory.assign"]
            .with_user(self.claire)
            .with_context(active_model="res.partner", active_ids=self.adler.ids)
        )
        form.territory_ids.add(self.france)
        form.reason = "Bought for in Paris"
        form.save().action_assign()
        self.assertEqual(self._overrides(self.adler).territory_id, self.france)
