from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..conflicts import Conflicts
from ..conflicts.finding import GAP
from ..matching.grouped import GroupedMatcher
from ..models import crm_territory_reading_mixin
from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestOlderRecords(TerritoryCase):
    """What is older than the addon is as exact before it was read as after.

    +---------+-------+---------+----------------+
    | lead    | owner | account | what it is     |
    +=========+=======+=========+================+
    | deal    | amy   | adler   | won            |
    | open    |       |         | in Germany     |
    +---------+-------+---------+----------------+
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls.contact("Anna", cls.adler)
        cls.adler.user_id = cls.amy
        cls.deal = cls.lead("Deal", cls.adler, user_id=cls.amy.id)
        cls.deal.action_set_won()
        cls.open = cls.lead("Open", country_id=cls.de.id, zip="10117")
        cls.everything = cls.adler | cls.bruno | cls.rivoire | cls.sato | cls.anna

    def setUp(self):
        super().setUp()
        self.make_older()

    def make_older(self):
        """As installing leaves records: nobody has judged them, either."""
        self.env.flush_all()
        for table, column in (
            ("res_partner", "account_user_id"),
            ("crm_lead", "won_user_id"),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET place_code = NULL, territory_set_id = NULL,"
                f" territory_id = NULL, {column} = NULL"
            )
        self.env.invalidate_all()

    def count_unread(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT count(*) FROM res_partner"
            " WHERE place_code IS NULL AND country_id IS NOT NULL"
        )
        return self.env.cr.fetchone()[0]

    # -- judged

    def test_one_record(self):
        self.bruno.employee_number = 3
        self.bruno.industry_id = False
        self.assertTerritories(self.bruno, self.berlin)
        self.assertEqual(self.bruno.place_code, "DE10117")

    def test_a_lead_and_its_account(self):
        lead = self.lead("Beds", self.bruno)
        self.assertNoTerritory(lead)  # as long as nobody judged its account
        self.open.employee_number = 10
        self.assertTerritories(self.open, self.berlin)
        self.bruno._judge_now()
        self.assertTerritories(lead, self.berlin | self.health)

    def test_a_run(self):
        self.run_assignment()
        self.assertTerritories(self.bruno, self.berlin | self.health)
        self.assertTerritories(self.rivoire, self.france)
        self.assertTerritories(self.anna, self.germany)
        self.assertTerritories(self.open, self.berlin)

    def test_a_simulation(self):
        run = self.run_assignment(is_dry=True)
        moved = run.move_ids.filtered(lambda move: move.partner_id == self.bruno)
        self.assertEqual(moved.territory_after_id, self.health)
        self.assertNoTerritory(self.bruno)

    def test_why(self):
        self.assertIn("France", self.rivoire.with_user(self.mona).territory_why)

    def test_how_many_lie_in_an_area(self):
        self.env.flush_all()
        unread = self.berlin.area_ids.account_count
        self.assertTrue(unread)
        self.run_assignment()
        self.env.invalidate_all()
        self.assertEqual(self.berlin.area_ids.account_count, unread)

    def test_conflicts_and_gaps(self):
        gaps = {f.key for f in self.findings() if f.kind == GAP}
        self.run_assignment()
        self.assertEqual({f.key for f in self.findings() if f.kind == GAP}, gaps)

    def findings(self):
        self.env.flush_all()
        return Conflicts(self.plan).findings()

    def test_very_many_at_once(self):
        """Nobody waits until a million is read, and nobody is told what is wrong."""
        self.patch(GroupedMatcher, "_most_unread", 1)
        with self.assertRaisesRegex(UserError, "try again in some minutes"):
            self.findings()
        self.env["crm.territory.plan"]._cron_read()
        self.assertTrue(self.findings())

    # -- by the job

    def test_the_job_reads_all_in_batches(self):
        self.patch(crm_territory_reading_mixin, "_AT_ONCE", 2)
        self.env["crm.territory.plan"]._cron_read()
        self.assertFalse(self.count_unread())
        self.assertEqual(self.rivoire.place_code, "FR")
        self.assertEqual(self.anna.account_user_id, self.amy)
        self.assertEqual(self.deal.won_user_id, self.amy)
        self.assertFalse(self.env["res.partner"]._read_next(0))
        self.assertFalse(self.env["crm.lead"]._read_next(0))

    def test_what_was_changed_meanwhile_stays(self):
        self.sato.country_id = self.fr
        self.env.flush_all()
        self.env["crm.territory.plan"]._cron_read()
        self.assertEqual(self.sato.place_code, "FR")
        self.assertTerritories(self.sato, self.france)

    # -- who won it

    def test_who_won_it_stays(self):
        self.deal.user_id = self.bob
        self.assertEqual(self.deal.won_user_id, self.amy)
        self.env["crm.territory.plan"]._cron_read()
        self.assertEqual(self.deal.won_user_id, self.amy)

    # -- whose account it is

    def test_accounts_by_territory(self):
        """As soon as they are visible so, contacts of unread accounts are hidden."""
        dora = new_test_user(self.mona.env(su=True), "dora", SALESMAN)
        setting = self.env["ir.config_parameter"].sudo()
        setting.set_param("crm_territory.account_visibility", "territory")
        self.env.invalidate_all()
        partners = self.env["res.partner"].with_user(dora)
        self.assertFalse(partners.search([("id", "in", (self.adler | self.anna).ids)]))
        self.assertTrue(partners.search([("id", "=", self.sato.id)]), "of nobody")

    def test_whose_it_is_is_told(self):
        viewers = self.anna.sudo()._territory_viewers()
        self.assertIn(self.amy, [user for user, *_rest in viewers])
