from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import tagged

from .common import TerritoryCase

# six in the evening of 30 June in Los Angeles; it is 1 July in Greenwich
EVENING = "2026-07-01 01:00:00"
LAST, NEXT = date(2026, 6, 30), date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestDays(TerritoryCase):
    """Days are those of the plan's time zone: for access, credit, expiry and jobs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.tz = "America/Los_Angeles"
        cls.plan.sudo().upkeep_date = False

    def _membership(self, **values):
        return self.env["crm.territory.member"].create(
            {"territory_id": self.france.id, "user_id": self.bob.id, **values}
        )

    def test_today(self):
        with freeze_time(EVENING):
            self.assertEqual(self.plan._today(), LAST)
            self.plan.tz = "Pacific/Auckland"
            self.assertEqual(self.plan._today(), NEXT)

    def test_override_holds_to_the_end_of_the_day(self):
        with freeze_time(EVENING):
            override = self.override(self.sato, self.france, date_end=LAST)
            self.assertTerritories(self.sato, self.france)
            self.env["crm.territory.override"]._judge_expired()
            self.assertFalse(override.is_expired)
        with freeze_time("2026-07-01 08:00:00"):
            self.env["crm.territory.override"]._judge_expired()
            self.assertTrue(override.is_expired)
            self.assertNoTerritory(self.sato)

    def test_decision_of_today_is_no_past_one(self):
        with freeze_time(EVENING):
            wizard = self.env["crm.territory.assign"].create(
                {
                    "partner_ids": self.sato.ids,
                    "territory_ids": self.france.ids,
                    "reason": "Asked for",
                    "date_end": LAST,
                }
            )
            wizard.action_assign()
            self.assertTerritories(self.sato, self.france)

    def test_member_sees_to_the_end_of_the_day(self):
        member = self._membership(date_end=LAST)
        lead = self.lead("Deal", self.rivoire, user_id=self.claire.id)
        self.env.flush_all()
        leads = self.env["crm.lead"].with_user(self.bob)
        for now, sees in ((EVENING, True), ("2026-07-01 08:00:00", False)):
            with freeze_time(now):
                self.env.invalidate_all()
                self.assertEqual(lead in leads.search([]), sees)
                self.assertEqual(member.is_current, sees)
                current = member.search([("is_current", "=", True)])
                self.assertEqual(member in current, sees)

    def test_member_who_comes_tomorrow_gets_no_lead_tonight(self):
        self.france.owner_policy = "round_robin"
        self._membership(date_start=NEXT)
        with freeze_time(EVENING):
            self.assertFalse(self.lead("Deal", self.rivoire).user_id)
        with freeze_time("2026-07-01 08:00:00"):
            self.assertEqual(self.lead("Deal", self.rivoire).user_id, self.bob)

    # -- the jobs

    def _credited_to_bob(self):
        """An account of bob in France and, by type before it, in Named."""
        named = self.territory(
            "Named",
            rules=[("account", [("name", "=", "Dupont")])],
            type_id=self.env.ref("crm_territory.type_named").id,
        )
        account = self.account("Dupont", self.fr, user_id=self.bob.id)
        self.run_assignment()
        self.assertCredited(account, named)
        return account, named

    def _upkeep(self, now):
        with freeze_time(now):
            self.env["crm.territory.plan"].sudo()._cron_upkeep()
            self.env.flush_all()

    def test_day_that_the_job_missed(self):
        """The membership begins on the 30th, when the server is down."""
        account, named = self._credited_to_bob()
        self._upkeep("2026-06-29 12:00:00")
        with freeze_time("2026-06-29 12:00:00"):
            self._membership(date_start=LAST, date_end=date(2026, 7, 2))
        self.assertCredited(account, named)
        self._upkeep("2026-07-01 12:00:00")
        self.assertCredited(account, self.france)
        self._upkeep("2026-07-05 12:00:00")  # it was over on the 2nd
        self.assertCredited(account, named)

    def test_day_begins_at_midnight_of_the_plan(self):
        account, named = self._credited_to_bob()
        self._upkeep("2026-06-30 12:00:00")
        with freeze_time("2026-06-30 12:00:00"):
            self._membership(date_start=NEXT)
        self._upkeep("2026-07-01 01:00:00")  # it is still the 30th there
        self.assertCredited(account, named)
        self._upkeep("2026-07-01 07:01:00")
        self.assertCredited(account, self.france)

    def test_job_wakes_just_after_midnight(self):
        cron = self.env.ref("crm_territory.crm_territory_upkeep_cron")
        triggers = self.env["ir.cron.trigger"].sudo()
        for _hour in range(2):
            self._upkeep(EVENING)
        at = triggers.search([("cron_id", "=", cron.id)]).mapped("call_at")
        self.assertEqual(at.count(datetime(2026, 7, 1, 7, 1)), 1)

    def test_part_that_fails_stops_no_other(self):
        account, _named = self._credited_to_bob()
        self._upkeep("2026-06-29 12:00:00")
        with freeze_time("2026-06-29 12:00:00"):
            self._membership(date_start=LAST)
        rules = self.env.registry["crm.territory.rule"]

        def fail(records):
            raise ValueError("some rule")

        self.patch(rules, "_check_all", fail)
        path = "odoo.addons.crm_territory.plans.upkeep"
        with self.assertLogs(path, level="ERROR") as logs:
            self._upkeep("2026-07-01 12:00:00")
        self.assertIn("some rule", logs.output[0])
        self.assertCredited(account, self.france)
