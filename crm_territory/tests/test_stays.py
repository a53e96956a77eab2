from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import TerritoryCase

STAY = "crm.territory.stay"
BEGIN = datetime(2026, 3, 1, 9)


@tagged("post_install", "-at_install")
class TestStays(TerritoryCase):
    """What was where when, from the journal: equal to its replay, and to what was
    stored then.
    """

    def setUp(self):
        super().setUp()
        self.env["crm.territory.move"].sudo().search([]).unlink()
        self.env.flush_all()
        for table in ("res_partner", "crm_lead"):
            self.env.cr.execute(f"UPDATE {table} SET create_date = %s", [BEGIN])
        self.clock = freeze_time(BEGIN)
        self.frozen = self.clock.start()
        self.addCleanup(self.clock.stop)

    def wait(self, **span):
        self.env.flush_all()
        self.frozen.tick(timedelta(**span))

    def stays(self, user=None, **domain):
        self.env.flush_all()
        self.env.invalidate_all()
        values = [(name, "=", value) for name, value in domain.items()]
        return self.env[STAY].with_user(user or self.mona).search(values)

    def rows(self, stays):
        """{(territory, from, until)} in hours since the beginning."""

        def hours(moment):
            return moment and round((moment - BEGIN).total_seconds() / 3600)

        return {
            (s.territory_id.name, hours(s.date_start), hours(s.date_end) or None)
            for s in stays
        }

    def test_who_had_an_account_when(self):
        self.wait(hours=10)
        self.adler.country_id = self.fr
        self.wait(hours=5)
        self.adler.country_id = self.jp
        self.wait(hours=1)
        self.assertEqual(
            self.rows(self.stays(partner_id=self.adler.id)),
            {("Germany", 0, 10), ("France", 10, 15)},
        )
        self.assertEqual(
            self.rows(self.stays(partner_id=self.rivoire.id)), {("France", 0, None)}
        )

    def test_one_stay_while_others_come_and_go(self):
        self.wait(hours=2)
        self.bruno.zip = "80331"
        self.wait(hours=2)
        self.bruno.zip = "10117"
        self.env.flush_all()
        stays = self.stays(partner_id=self.bruno.id)
        self.assertEqual(
            self.rows(stays),
            {
                ("Health", 0, None),
                ("Berlin", 0, 2),
                ("Germany", 2, 4),
                ("Berlin", 4, None),
            },
        )
        credited = stays.filtered("is_credited")
        self.assertEqual(credited.territory_id, self.health)

    def test_accounts_of_a_territory_on_a_day(self):
        self.wait(days=10)
        self.adler.country_id = self.fr
        self.wait(days=10)
        made = self.account("Made later", self.fr)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            [datetime.now(), made.id],
        )
        stays = self.env[STAY].with_user(self.mona)

        def accounts(day):
            domain = [
                ("territory_id", "=", self.france.id),
                ("kind", "=", "account"),
                ("as_of", "=", day),
            ]
            return stays.search(domain).partner_id

        self.assertEqual(accounts("2026-03-05"), self.rivoire)
        self.assertEqual(accounts("2026-03-11"), self.rivoire | self.adler)
        self.assertEqual(accounts("2026-03-21"), self.rivoire | self.adler | made)
        self.assertFalse(accounts("2026-02-01"))

    def test_members_of_then(self):
        self.germany.member_ids.date_end = "2026-03-05"
        self.germany.member_ids = [
            (0, 0, {"user_id": self.bob.id, "date_start": "2026-03-06"})
        ]
        self.wait(days=2)
        self.adler.country_id = self.fr
        self.wait(days=8)
        self.adler.country_id = self.de
        self.env.flush_all()
        first, last = self.stays(
            partner_id=self.adler.id, territory_id=self.germany.id
        ).sorted("date_start")
        self.assertEqual(first.people, self.amy.name)
        self.assertEqual(last.people, self.bob.name)

    def test_simulations_and_moments_are_no_stays(self):
        self.territory("Japan", areas=[{"country_id": self.jp.id}])
        self.run_assignment(is_dry=True)
        for country in (self.fr, self.de):  # within a second
            self.adler.country_id = country
            self.env.flush_all()
        self.assertFalse(self.stays(partner_id=self.sato.id))
        self.assertEqual(
            self.rows(self.stays(partner_id=self.adler.id)), {("Germany", 0, None)}
        )

    def test_undo_is_in_it(self):
        self.territory("Japan", areas=[{"country_id": self.jp.id}])
        self.wait(hours=1)
        run = self.run_assignment()
        self.wait(hours=1)
        run.action_undo()
        self.assertEqual(
            self.rows(self.stays(partner_id=self.sato.id)), {("Japan", 1, 2)}
        )

    def test_deleted_territory_leaves_the_others(self):
        """What was in it and elsewhere, was elsewhere."""
        other = self.territory("Bavaria", areas=[{"country_id": self.de.id}])
        self.wait(hours=1)
        self.run_assignment()
        self.wait(hours=1)
        other.area_ids.unlink()
        self.run_assignment()
        self.wait(hours=1)
        self.adler.country_id = self.fr
        self.env.flush_all()
        expected = {("Germany", 0, 3), ("France", 3, None)}
        stays = self.stays(partner_id=self.adler.id)
        self.assertEqual(self.rows(stays), expected | {("Bavaria", 1, 2)})
        other.unlink()
        self.assertEqual(self.rows(self.stays(partner_id=self.adler.id)), expected)

    def test_ids_tell_them_apart(self):
        self.lead("Deal", self.adler)
        self.wait(hours=1)
        self.adler.country_id = self.fr
        self.bruno.zip = "80331"
        stays = self.stays()
        self.assertEqual(len(set(stays.ids)), len(stays))
        for stay in stays:
            self.assertEqual(stay.browse(stay.id).territory_id, stay.territory_id)

    # -- who sees it

    def test_hidden_records(self):
        lead = self.lead("Deal", self.rivoire, user_id=self.mona.id)
        self.assertTrue(self.stays(lead_id=lead.id))
        self.assertTrue(self.stays(self.claire, lead_id=lead.id))
        self.assertFalse(self.stays(self.bob, lead_id=lead.id))
        self.assertTrue(self.stays(self.bob, partner_id=self.adler.id))
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        self.assertFalse(self.stays(self.bob, partner_id=self.adler.id))
        self.assertTrue(self.stays(self.amy, partner_id=self.adler.id))

    def test_hidden_territories(self):
        second = self.env["res.company"].sudo().create({"name": "Second"})
        plan = self.env["crm.territory.plan"].create(
            {"name": "Theirs", "company_id": second.id}
        )
        self.plan.company_id = self.env.company
        theirs = self.territory("Theirs", plan=plan, areas=[{"country_id": self.de.id}])
        plan.action_activate()
        self.wait(hours=1)
        self.adler.zip = "80332"
        self.assertTrue(self.stays(territory_id=theirs.id))
        self.assertFalse(self.stays(self.bob, territory_id=theirs.id))
