from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .activation_case import ActivationCase
from .common import SALES_MANAGER


@tagged("post_install", "-at_install")
class TestPlanDates(ActivationCase):
    """Dates act where somebody wants it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.plan._today()

    def on(self, days):
        """It is so many days later."""
        day = self.today + timedelta(days=days)
        plans = type(self.env["crm.territory.plan"])
        return patch.object(plans, "_today", lambda plan: day)

    def schedule(self, days=1):
        dialog = self.env["crm.territory.activation"].browse(
            self.next_year.action_introduce()["res_id"]
        )
        dialog.write({"when": "date", "date_start": self.today + timedelta(days=days)})
        dialog.action_activate()

    def upkeep(self):
        self.env["crm.territory.plan"].with_user(SUPERUSER_ID)._cron_upkeep()
        self.env.invalidate_all()

    def test_dates_alone_do_nothing(self):
        self.next_year.date_start = self.today - timedelta(days=3)
        self.plan.date_end = self.today - timedelta(days=4)
        self.upkeep()
        self.assertUntouched()

    def test_on_its_day(self):
        self.schedule()
        self.upkeep()
        self.assertUntouched()
        with self.on(1):
            self.upkeep()
        self.assertEqual(
            (self.plan.state, self.next_year.state), ("archived", "active")
        )
        run = self.next_year.introduction_run_id
        self.assertEqual(run.user_id, self.mona)
        self.assertEqual(run.state, "running")
        self.assertFalse(self.next_year.scheduled_by_id)

    def test_missed_days(self):
        self.schedule()
        with self.on(5):
            self.upkeep()
        self.assertEqual(self.next_year.state, "active")

    def test_its_day_is_that_of_its_zone(self):
        self.next_year.tz = "Pacific/Kiritimati"  # the first where a day begins
        self.schedule()
        cron = self.env.ref("crm_territory.crm_territory_upkeep_cron").sudo()
        wakes = self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])
        self.assertTrue(
            any((at.hour, at.minute) == (10, 1) for at in wakes.mapped("call_at")),
            wakes.mapped("call_at"),
        )

    def test_not_on_its_date_after_all(self):
        self.schedule()
        self.next_year.action_unschedule()
        with self.on(1):
            self.upkeep()
        self.assertUntouched()

    def test_archived_draft_is_not_activated(self):
        self.schedule()
        self.next_year.action_archive_plan()
        with self.on(1):
            self.upkeep()
        self.assertEqual(self.next_year.state, "archived")

    def test_with_the_rights_of_who_wanted_it(self):
        self.schedule()
        rita = new_test_user(self.env(su=True), "rita", SALES_MANAGER)
        self.next_year.sudo().scheduled_by_id = rita
        rita.group_ids = [(3, self.env.ref("sales_team.group_sale_manager").id)]
        with self.on(1):
            self.upkeep()
        self.assertUntouched()
        self.assertEqual(len(self.next_year.sudo().activity_ids), 1)
        with self.on(2):
            self.upkeep()
        self.assertEqual(len(self.next_year.sudo().activity_ids), 1, "Told once")

    def test_without_approval_it_waits_and_is_told(self):
        self.schedule()
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.plan_approval", "True"
        )
        with self.on(1):
            self.upkeep()
        self.assertUntouched()
        self.assertIn("approval", str(self.next_year.activity_ids.note))

    def test_end(self):
        self.plan.write({"date_end": self.today, "ends_on_date": True})
        self.upkeep()
        self.assertEqual(self.plan.state, "active")
        with self.on(1):
            self.upkeep()
        self.assertEqual(self.plan.state, "archived")
        self.assertTerritories(self.adler, self.germany)

    def test_end_waits_for_the_next_plan(self):
        """Nothing assigns nothing, because the next plan is not approved yet."""
        self.plan.write({"date_end": self.today, "ends_on_date": True})
        self.schedule()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("crm_territory.plan_approval", "True")
        with self.on(1):
            self.upkeep()
        self.assertUntouched()
        parameters.set_param("crm_territory.plan_approval", False)
        with self.on(2):
            self.upkeep()
        self.assertEqual(
            (self.plan.state, self.next_year.state), ("archived", "active")
        )
        self.assertEqual(self.plan.giving_way_to_id, self.next_year)

    def test_date_is_needed(self):
        dialog = self.env["crm.territory.activation"].browse(
            self.next_year.action_introduce()["res_id"]
        )
        dialog.write({"when": "date", "date_start": False})
        with self.assertRaises(UserError):
            dialog.action_activate()
