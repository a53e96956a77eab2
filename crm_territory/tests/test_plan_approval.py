from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools.misc import format_date

from ..plans.approval import Approval
from ..plans.dates import Dates
from ..plans.simulations import Simulations
from .activation_case import ActivationCase
from .common import SALES_MANAGER


@tagged("post_install", "-at_install")
class TestPlanApproval(ActivationCase):
    """Where plans are approved, none becomes active without."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.plan_approval", "True"
        )
        cls.root = cls.env(su=True)
        cls.max = new_test_user(cls.root, "max", SALES_MANAGER)

    def dialog(self, user):
        plan = self.next_year.with_user(user)
        return (
            self.env["crm.territory.activation"]
            .with_user(user)
            .browse(plan.action_introduce()["res_id"])
        )

    def ask(self, **values):
        dialog = self.dialog(self.mona)
        dialog.write({"approver_id": self.max.id, **values})
        dialog.action_ask()

    def simulated(self):
        self.work(self.next_year.run_ids.filtered(lambda run: run.state == "running"))

    def test_asked_and_approved(self):
        dialog = self.dialog(self.mona)
        self.assertTrue(dialog.needs_approval)
        with self.assertRaises(UserError):
            dialog.action_activate()
        self.ask()
        self.assertEqual(self.next_year.approval_state, "asked")
        activity = self.next_year.activity_ids
        self.assertEqual(activity.user_id, self.max)
        with self.assertRaisesRegex(UserError, "has not ended"):
            self.dialog(self.max).action_approve()
        self.simulated()
        dialog = self.dialog(self.max)
        self.assertEqual(dialog.gain_ids.user_id, self.amy | self.bob)
        self.assertUntouched()
        action = dialog.action_approve()
        self.assertEqual(self.next_year.state, "active")
        self.assertEqual(action["res_model"], "crm.territory.run")
        self.assertFalse(self.next_year.activity_ids)
        self.assertEqual(self.next_year.approved_by_id, self.max)

    def test_asked_in_the_language_of_the_approver(self):
        self.root["res.lang"]._activate_lang("fr_FR")
        self.max.sudo().lang = "fr_FR"
        self.ask()
        self.assertIn("veut l'activer", self.next_year.activity_ids.note)

    def test_not_by_oneself(self):
        self.ask()
        self.simulated()
        self.assertFalse(self.next_year.user_may_approve)
        with self.assertRaisesRegex(UserError, "somebody else"):
            self.next_year.approve(self.next_year.revision)
        with self.assertRaisesRegex(UserError, "another"):
            Approval(self.next_year).ask(self.mona)
        with self.assertRaises(AccessError):
            self.next_year.with_user(self.claire).approve(self.next_year.revision)
        self.assertUntouched()

    def test_only_administrators_are_asked(self):
        dialog = self.dialog(self.mona)
        dialog.approver_id = self.claire
        with self.assertRaises(UserError):
            dialog.action_ask()

    def test_void_after_a_change(self):
        france, germany = self.new["France"], self.new["Germany"]
        changes = {
            "member": lambda: france.write(
                {"member_ids": [(0, 0, {"user_id": self.claire.id})]}
            ),
            "end of a membership": lambda: germany.member_ids.write(
                {"date_end": fields.Date.today()}
            ),
            "area": lambda: france.area_ids.unlink(),
            "rule": lambda: self.new["Health"]
            .rule_ids[0]
            .write({"domain": "[('name', '=', 'X')]"}),
            "tree": lambda: france.write({"parent_id": germany.id}),
            "archived": lambda: germany.write({"active": False}),
            "permission": lambda: france.write({"permission": "write"}),
            "policy": lambda: france.write({"owner_policy": "round_robin"}),
            "by hand": lambda: self.override(self.sato, france),
            "company": lambda: self.next_year.write({"company_id": False}),
        }
        self.next_year.run_ids.unlink()
        for name, change in changes.items():
            with self.subTest(name):
                self.ask()
                self.simulated()
                self.assertEqual(self.next_year.approval_state, "asked")
                change()
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(self.next_year.approval_state, "void")
                with self.assertRaisesRegex(UserError, "was changed"):
                    self.next_year.with_user(self.max).approve(self.next_year.revision)
        self.assertUntouched()

    def test_what_was_seen_is_approved(self):
        self.ask()
        self.simulated()
        dialog = self.dialog(self.max)
        self.new["France"].permission = "write"
        self.ask()
        self.simulated()
        with self.assertRaisesRegex(UserError, "was changed"):
            dialog.action_approve()

    def test_declined(self):
        self.ask()
        dialog = self.dialog(self.max)
        dialog.reason = "Too early"
        dialog.action_decline()
        self.assertFalse(self.next_year.approval_state)
        self.assertIn("Too early", " ".join(self.next_year.message_ids.mapped("body")))
        with self.assertRaises(UserError):
            self.next_year.introduce()

    def test_no_other_way(self):
        """State written, created, copied, by default, imported, by another step."""
        plans = self.env["crm.territory.plan"]
        self.plan.action_archive_plan()
        ways = {
            "write": lambda: self.next_year.write({"state": "active"}),
            "web_save": lambda: self.next_year.web_save({"state": "active"}, {}),
            "action_activate": self.next_year.action_activate,
            "introduce": self.next_year.introduce,
            "create": lambda: plans.create({"name": "X", "state": "active"}),
            "default": lambda: plans.with_context(default_state="active").create(
                {"name": "X"}
            ),
            "copy": lambda: self.next_year.copy({"state": "active"}),
            "back": lambda: self.plan.write({"state": "active"}),
        }
        for name, way in ways.items():
            with self.subTest(name), self.assertRaises(UserError):
                with self.env.cr.savepoint():
                    way()
        result = plans.load(["name", "state"], [["Imported", "active"]])
        self.assertFalse(result["ids"])
        self.assertFalse(plans._active_plans() & plans.search([]))

    def test_company_of_an_approved_plan(self):
        self.ask()
        self.simulated()
        self.dialog(self.max).action_approve()
        with self.assertRaisesRegex(UserError, "company"):
            self.next_year.company_id = False
        self.next_year.company_id = self.env.company

    def test_simulation_is_of_what_it_says(self):
        """A run of one record does not become one of all, to show nobody gains."""
        run = self.env["crm.territory.run"].create(
            {
                "plan_id": self.next_year.id,
                "is_dry": True,
                "scope": "selection",
                "partner_ids": self.sato.ids,
            }
        )
        run._start()
        self.work(run)
        self.assertFalse(Simulations(self.next_year).current())
        for values in ({"scope": "all"}, {"plan_id": self.plan.id}, {"is_dry": False}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "was started"):
                run.write(values)

    def test_reactivation_is_approved_anew(self):
        self.ask()
        self.simulated()
        self.dialog(self.max).action_approve()
        self.work(self.next_year.introduction_run_id)
        with self.assertRaises(UserError):
            self.plan.introduce()
        self.next_year.action_archive_plan()
        with self.assertRaises(UserError):
            self.next_year.introduce()

    def test_approved_for_its_date(self):
        tomorrow = fields.Date.today() + timedelta(days=1)
        self.ask(when="date", date_start=tomorrow)
        self.simulated()
        self.dialog(self.max).action_approve()
        self.assertEqual(self.next_year.state, "draft")
        self.assertEqual(self.next_year.scheduled_by_id, self.max)
        self.assertEqual(self.next_year.approval_state, "approved")
        bodies = "".join(self.next_year.message_ids.mapped("body"))
        self.assertIn(f"start date, {format_date(self.env, tomorrow)}.", bodies)

    # -- what was simulated

    def approved(self):
        self.ask()
        self.simulated()
        return self.dialog(self.max)

    def test_refused_when_records_moved_on(self):
        dialog = self.approved()
        self.adler.country_id = self.fr
        self.env.flush_all()
        self.assertIn("“Adler”", self.dialog(self.max).simulation_doubt)
        with self.assertRaisesRegex(RedirectWarning, "Adler.*Simulate again"):
            with self.env.cr.savepoint():
                dialog.action_approve()
        self.env.invalidate_all()
        self.assertUntouched()
        self.work(Simulations(self.next_year).start())
        dialog.action_approve()
        self.assertEqual(self.next_year.state, "active")

    def test_approved_and_then_records_moved_on(self):
        """However it is activated: by the dialog, by a program, on its date."""
        tomorrow = fields.Date.today() + timedelta(days=1)
        self.ask(when="date", date_start=tomorrow)
        self.simulated()
        self.dialog(self.max).action_approve()
        self.adler.country_id = self.fr
        self.env.flush_all()
        self.env.invalidate_all()
        dialog = self.dialog(self.mona)
        dialog.when = "now"
        ways = {
            "dialog": dialog.action_activate,
            "introduce": self.next_year.introduce,
            "write": lambda: self.next_year.write({"state": "active"}),
            "claimed": lambda: self.next_year.with_context(
                crm_territory_decided=["state"]
            ).write({"state": "active"}),
        }
        self.plan.action_archive_plan()  # or the database would refuse two
        for name, way in ways.items():
            with self.subTest(name), self.assertRaisesRegex(RedirectWarning, "Adler"):
                with self.env.cr.savepoint():
                    way()
        Dates(self.next_year).introduce()
        self.assertEqual(self.next_year.state, "draft")
        [activity] = self.next_year.activity_ids.filtered(
            lambda a: "It was to be activated" in str(a.note)
        )
        self.assertIn("Adler", activity.note)
        self.work(Simulations(self.next_year).start())
        Dates(self.next_year).introduce()
        self.assertEqual(self.next_year.state, "active")

    def test_simulation_of_which_nothing_is_kept(self):
        tomorrow = fields.Date.today() + timedelta(days=1)
        self.ask(when="date", date_start=tomorrow)
        self.simulated()
        self.dialog(self.max).action_approve()
        self.next_year.run_ids.move_ids.sudo().unlink()
        with self.assertRaisesRegex(UserError, "not known any more"):
            self.next_year.introduce()

    def test_asked_with_a_simulation_that_does_not_hold(self):
        """It is simulated anew, so that the approver sees what will be."""
        self.work(Simulations(self.next_year).start())
        self.adler.country_id = self.fr
        self.env.flush_all()
        known = Simulations(self.next_year).current()
        self.ask()
        self.simulated()
        self.assertNotEqual(Simulations(self.next_year).current(), known)
        self.dialog(self.max).action_approve()
