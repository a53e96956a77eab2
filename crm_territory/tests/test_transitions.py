from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestTransitions(TerritoryCase):
    """Plans that change while something runs, and several changes between two flushes:
    no record loses its territory by the way, and final values decide.
    """

    def _started(self, **values):
        run = self.env["crm.territory.run"].create({"plan_id": self.plan.id, **values})
        run.action_start()
        return run

    def _to_the_end(self, run):
        while run.state == "running":
            run.run_step()

    # -- plans that change while a run goes on

    def test_plan_archived_while_its_run_goes_on(self):
        deal = self.lead("Deal", self.adler)
        run = self._started(batch_size=1)
        run.run_step()
        self.plan.action_archive_plan()
        self._to_the_end(run)
        self.assertEqual(run.state, "cancelled")
        self.assertIn("not active", run.error)
        for record in (self.adler, self.rivoire, deal):
            self.assertTrue(self.stored_territories(record), record.name)
        with self.assertRaisesRegex(UserError, "is not active"):
            run.action_continue()

    def test_other_plan_activated_while_a_run_goes_on(self):
        """The old plan's run does not apply the new plan, nor marks it as run."""
        run = self._started(batch_size=1)
        self.plan.action_archive_plan()
        other = self.env["crm.territory.plan"].create({"name": "Next"})
        self.territory("Alemania", areas=[{"country_id": self.de.id}], plan=other)
        other.action_activate()
        self._to_the_end(run)
        self.assertEqual(run.state, "cancelled")
        self.assertTerritories(self.adler, self.germany)
        self.assertEqual((other.run_version, self.plan.is_to_be_run), (0, False))

    def test_simulation_of_a_plan_that_is_archived_goes_on(self):
        """It changes nothing anyway."""
        run = self._started(is_dry=True, batch_size=1)
        self.plan.action_archive_plan()
        self._to_the_end(run)
        self.assertEqual(run.state, "done")

    # -- final values decide

    def test_account_moves_after_its_lead_was_judged(self):
        lead = self.lead("Deal", self.adler)
        self.env.flush_all()
        lead.partner_id = self.rivoire
        self.assertEqual(lead.territory_id, self.france)  # judged, and not flushed
        self.rivoire.country_id = self.de
        self.assertTerritories(lead, self.germany)

    def test_override_after_a_change_of_the_account(self):
        lead = self.lead("Deal", self.adler)
        self.env.flush_all()
        lead.partner_id = self.rivoire
        self.assertEqual(lead.territory_id, self.france)
        self.override(self.rivoire, self.france, "out")
        self.override(self.rivoire, self.germany)
        self.assertTerritories(lead, self.germany)

    def test_what_is_written_before_it_closes_counts(self):
        """As if there had been a flush in between; and what is written with it, or
        after it, does not.
        """
        lead = self.lead("Deal", self.adler)
        self.env.flush_all()
        lead.partner_id = self.rivoire
        lead.write({"active": False, "probability": 0})
        lead.partner_id = self.adler
        self.assertEqual(lead.won_status, "lost")
        self.assertTerritories(lead, self.france)

    def test_there_and_back(self):
        self.adler.country_id = self.fr
        self.assertEqual(self.adler.territory_id, self.france)
        self.adler.country_id = self.de
        self.assertTerritories(self.adler, self.germany)

    def test_journal_tells_where_a_record_was(self):
        lead = self.lead("Deal", self.adler)
        self.env.flush_all()
        lead.partner_id = self.rivoire
        lead.flush_recordset()
        lead.partner_id = self.bruno
        self.env.flush_all()
        moves = self.env["crm.territory.move"].search(
            [("lead_id", "=", lead.id)], order="id"
        )
        self.assertEqual(
            [(m.territory_before_id, m.territory_after_id) for m in moves],
            [(self.germany, self.france), (self.france, self.health)],
        )

    def test_contact_moves_after_its_account_was_judged(self):
        contact = self.contact("Anna", self.adler)
        self.assertEqual(contact.territory_id, self.germany)
        contact.parent_id = self.rivoire
        self.assertEqual(contact.territory_id, self.france)
        self.rivoire.country_id = self.de
        self.assertTerritories(contact, self.germany)

    # -- overrides that end

    def _end(self, override):
        """The override ended yesterday, and the scheduled job looks."""
        yesterday = self.plan._today() - timedelta(days=1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_territory_override SET date_end = %s WHERE id = %s",
            [yesterday, override.id],
        )
        self.env.invalidate_all()
        self.env["crm.territory.override"]._judge_expired()

    def test_override_that_ends_leaves_won_deals(self):
        deal, won = self.lead("Deal", self.adler), self.lead("Won", self.adler)
        overrides = self.override(deal, self.france) | self.override(won, self.france)
        won.action_set_won()
        for override in overrides:
            self._end(override)
        self.assertTrue(all(overrides.mapped("is_expired")))
        self.assertTerritories(deal, self.germany)
        self.assertTerritories(won, self.france | self.germany)

    def test_override_on_a_won_deal_moves_it(self):
        won = self.lead("Won", self.adler)
        won.action_set_won()
        override = self.override(won, self.france)
        self.assertTerritories(won, self.france | self.germany)
        override.unlink()
        self.assertTerritories(won, self.germany)


@tagged("post_install", "-at_install")
class TestTransitionsOfCompanies(TerritoryCase):
    """*World* is the plan of the first company, *Second* that of the second."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.plan.company_id
        admin = cls.env(user=cls.env.ref("base.user_root"))
        cls.second = admin["res.company"].create({"name": "Second"}).with_env(cls.env)
        cls.branch = (
            admin["res.company"]
            .create({"name": "Branch", "parent_id": cls.first.id})
            .with_env(cls.env)
        )
        companies = cls.first | cls.second | cls.branch
        cls.mona.sudo().company_ids = [Command.set(companies.ids)]
        cls.sue = new_test_user(admin, "sue", SALESMAN).with_env(cls.env)
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=companies.ids)
        )
        cls.second_plan = cls.env["crm.territory.plan"].create(
            {"name": "Second", "company_id": cls.second.id}
        )
        cls.deutschland = cls.territory(
            "Deutschland", areas=[{"country_id": cls.de.id}], plan=cls.second_plan
        )
        cls.second_plan.action_activate()

    def test_plan_of_another_company_strips_nobody(self):
        """The first company's plan is archived, to prepare the next."""
        account = self.account("Ours", self.de, company_id=self.first.id)
        lead = self.lead("Deal", account, company_id=self.first.id)
        self.assertTerritories(account, self.germany)
        self.plan.action_archive_plan()
        account.user_id = self.bob
        lead.user_id = self.bob
        account.country_id = self.fr
        self.assertTerritories(account, self.germany)
        self.assertTerritories(lead, self.germany)
        run = self.env["crm.territory.run"].create({"plan_id": self.second_plan.id})
        run.run_to_end()
        self.assertTerritories(account, self.germany)

    def test_archived_plan_keeps_shared_records(self):
        """A record of no company is in both plans; one of them is archived."""
        account = self.account("Both", self.de)
        self.assertTerritories(account, self.germany | self.deutschland)
        self.plan.action_archive_plan()
        account.user_id = self.bob
        self.assertTerritories(account, self.germany | self.deutschland)
        account.country_id = self.fr
        self.assertTerritories(account, self.germany)
        # the next plan of the company takes its place
        following = self.env["crm.territory.plan"].create({"name": "Next"})
        france = self.territory(
            "Francia", areas=[{"country_id": self.fr.id}], plan=following
        )
        following.action_activate()
        account.user_id = self.amy
        self.assertTerritories(account, france)

    def test_plan_covers_branches(self):
        account = self.account("Ours", self.de, company_id=self.branch.id)
        lead = self.lead("Deal", account, company_id=self.branch.id)
        self.assertTerritories(account, self.germany)
        self.assertTerritories(lead, self.germany)
        account.country_id = self.fr
        self.assertTerritories(account, self.france)
        self.france.area_ids.country_id = self.jp
        self.run_assignment()
        self.assertNoTerritory(account)

    def test_people_of_a_branch_see_the_plan_that_covers_them(self):
        bea = new_test_user(
            self.env(user=self.env.ref("base.user_root")),
            "bea",
            SALESMAN,
            company_id=self.branch.id,
            company_ids=[Command.set(self.branch.ids)],
        )
        env = self.env(user=bea, context={})
        self.assertIn(self.germany, env["crm.territory"].search([]))
        self.assertNotIn(self.deutschland, env["crm.territory"].search([]))
        self.assertIn(self.plan, env["crm.territory.plan"].search([]))

    def test_record_that_leaves_all_plans_keeps_what_it_has(self):
        third = self.env["res.company"].sudo().create({"name": "Third"})
        account = self.account("Moves", self.de, company_id=self.first.id)
        self.assertTerritories(account, self.germany)
        account.sudo().company_id = third
        self.assertTerritories(account, self.germany)

    def test_today_is_that_of_the_plan(self):
        self.assertEqual(self.plan._today(), fields.Date.context_today(self.plan))
