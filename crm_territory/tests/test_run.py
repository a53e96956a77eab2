from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TerritoryCase


class RunCase(TerritoryCase):
    """Adler has an open and a won opportunity, Sato a contact and an opportunity."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deal = cls.lead("Deal", cls.adler)
        cls.won = cls.lead("Won", cls.adler)
        cls.won.action_set_won()
        cls.contact_of_sato = cls.contact("Ken", cls.sato)
        cls.lead_of_sato = cls.lead("Japan", cls.sato)
        cls.env.flush_all()

    def _open_japan(self):
        """Criteria that nobody is judged by yet."""
        self.japan = self.territory("Japan", areas=[{"country_id": self.jp.id}])

    def _new(self, **values):
        return self.env["crm.territory.run"].create({"plan_id": self.plan.id, **values})

    def _started(self, **values):
        run = self._new(**values)
        run.action_start()
        return run


@tagged("post_install", "-at_install")
class TestRun(RunCase):
    """One evaluation of many records: scope, simulation, figures, undo."""

    # -- what a run does

    def test_everything(self):
        self._open_japan()
        self.assertNoTerritory(self.sato)
        run = self.run_assignment()
        for record in (self.sato, self.contact_of_sato, self.lead_of_sato):
            self.assertTerritories(record, self.japan)
            self.assertCredited(record, self.japan)
        self.assertTerritories(self.adler, self.germany)
        self.assertEqual(run.state, "done")
        self.assertEqual(run.progress, 100)
        self.assertTrue(run.date_start and run.date_end)

    def test_figures(self):
        self._open_japan()
        everything = self.env["res.partner"].sudo().with_context(active_test=False)
        accounts = everything.search([]).filtered(
            lambda partner: partner.commercial_partner_id == partner
            and partner.company_id
            in (self.plan.company_id, partner.company_id.browse())
        )
        leads = self.env["crm.lead"].sudo().search([("won_status", "=", "pending")])
        run = self.run_assignment()
        self.assertEqual(
            run._figures(),
            {
                "state": "done",
                "total": len(accounts) + len(leads),
                "judged": len(accounts) + len(leads),
                "changed": 2,  # sato and its lead: contacts are not counted
                "unchanged": len(accounts) + len(leads) - 2,
                "unassigned": len(
                    accounts.filtered(lambda account: not account.territory_set_id)
                )
                + len(leads.filtered(lambda lead: not lead.territory_set_id)),
                "owners": 0,
                "failed": 0,
            },
        )

    def test_moves_tell_before_after_and_why(self):
        self._open_japan()
        self.france.area_ids.country_id = self.jp
        run = self.run_assignment()
        moves = {move.partner_id or move.lead_id: move for move in run.move_ids}
        self.assertEqual(
            set(moves), {self.sato, self.lead_of_sato, self.rivoire}, moves
        )
        move = moves[self.sato]
        self.assertFalse(move.set_before_id or move.territory_before_id or move.is_dry)
        self.assertEqual(move.set_after_id.territory_ids, self.japan | self.france)
        self.assertEqual(move.territory_after_id, self.france)
        self.assertEqual(move.why, "France: Japan\nJapan: Japan")
        self.assertEqual(move.user_id, self.mona)
        gone = moves[self.rivoire]
        self.assertEqual(gone.set_before_id.territory_ids, self.france)
        self.assertFalse(gone.set_after_id)
        self.assertEqual(gone.why, "No territory matches.")

    def test_second_run_changes_nothing(self):
        self._open_japan()
        self.run_assignment()
        run = self.run_assignment()
        self.assertEqual((run.changed_count, len(run.move_ids)), (0, 0))

    def test_in_batches_of_one(self):
        self._open_japan()
        self.bruno.write({"industry_id": False, "zip": False})
        whole = self.run_assignment(is_dry=True)
        run = self.run_assignment(batch_size=1)
        self.assertTerritories(self.lead_of_sato, self.japan)
        for name in ("judged_count", "changed_count", "unassigned_count"):
            self.assertEqual(run[name], whole[name], name)

    def test_archived_records_are_judged(self):
        self.sato.active = False
        self._open_japan()
        self.run_assignment()
        self.assertTerritories(self.sato, self.japan)

    def test_run_repairs_what_was_written_by_sql(self):
        self.env.cr.execute(
            "UPDATE res_partner SET territory_set_id = NULL WHERE id = %s",
            [self.adler.id],
        )
        self.env.invalidate_all()
        run = self.run_assignment()
        self.assertTerritories(self.adler, self.germany)
        self.assertEqual(run.move_ids.partner_id, self.adler)

    def test_closed_only_when_asked(self):
        self.germany.area_ids.country_id = self.jp
        self.run_assignment()
        self.assertTerritories(self.won, self.germany)
        self.run_assignment(include_closed=True)
        self.assertNoTerritory(self.won)

    # -- scopes

    def test_a_territory_and_below(self):
        """Those that are in its line, and those that would be; no others."""
        self.germany.area_ids.country_id = self.jp
        self.france.area_ids.country_id = self.gb
        run = self.run_assignment(scope="territory", territory_id=self.germany.id)
        self.assertTerritories(self.sato, self.germany)
        self.assertTerritories(self.lead_of_sato, self.germany)
        self.assertNoTerritory(self.adler)
        self.assertTerritories(self.bruno, self.health)  # was in Berlin
        self.assertTerritories(self.rivoire, self.france)
        self.assertNotIn(self.rivoire, run.move_ids.partner_id)
        # what it tells is of that territory: adler, bruno, deal, sato and its lead
        self.assertEqual((run.judged_count, run.changed_count), (5, 5))
        self.assertEqual(run.unassigned_count, 2)
        self.assertIn("World: Germany", run.name)

    def test_a_territory_with_an_archived_one_below(self):
        """What is left in the archived one is in the line, too."""
        self.bruno.industry_id = False
        self.assertTerritories(self.bruno, self.berlin)
        self.berlin.active = False
        self.env.cr.execute(
            "UPDATE res_partner SET country_id = %s, place_code = 'JP' WHERE id = %s",
            [self.jp.id, self.bruno.id],
        )
        self.env.invalidate_all()
        self.run_assignment(scope="territory", territory_id=self.germany.id)
        self.assertNoTerritory(self.bruno)

    def test_moves_name_who_started_the_run(self):
        self._open_japan()
        run = self._started()
        self.env["crm.territory.run"].sudo().with_user(1)._cron_continue()
        self.assertEqual(run.move_ids.user_id, self.mona)

    def test_a_saved_filter(self):
        self._open_japan()
        ono = self.account("Ono", self.jp)
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET territory_set_id = NULL")
        self.env.invalidate_all()
        saved = self.env["ir.filters"].create(
            {
                "name": "Sato",
                "model_id": "res.partner",
                "domain": "[('name', '=', 'Sato')]",
                "user_ids": [Command.set(self.mona.ids)],
            }
        )
        run = self.run_assignment(scope="filter", filter_id=saved.id)
        self.assertEqual(run.judged_count, 1)
        self.assertTerritories(self.sato, self.japan)
        self.assertNoTerritory(ono)

    def test_a_filter_of_somebody(self):
        """*My accounts*, of late: as it is for who starts the run."""
        self._open_japan()
        mine = self.account("Mine", self.gb, user_id=self.mona.id)
        self.env.flush_all()
        domain = (
            "['&', ('user_id', '=', uid), ('create_date', '>=',"
            " (context_today() - relativedelta(days=7)).strftime('%Y-%m-%d'))]"
        )
        saved = self.env["ir.filters"].create(
            {
                "name": "My accounts of late",
                "model_id": "res.partner",
                "domain": domain,
                "user_ids": [Command.set(self.mona.ids)],
            }
        )
        run = self._new(scope="filter", filter_id=saved.id)
        run.action_start()
        self.env["crm.territory.run"].sudo().with_user(1)._cron_continue()
        self.assertEqual((run.state, run.judged_count), ("done", 1))
        saved.domain = "[('user_id', '=', nobody_knows)]"
        with self.assertRaisesRegex(UserError, "cannot be read by a run"):
            self._new(scope="filter", filter_id=saved.id).action_start()
        self.assertTrue(mine)

    def test_selected_accounts(self):
        self._open_japan()
        self.germany.area_ids.unlink()
        run = self.run_assignment(
            scope="selection", partner_ids=[Command.set(self.contact_of_sato.ids)]
        )
        self.assertEqual(run.judged_count, 1)
        self.assertTerritories(self.sato, self.japan)
        self.assertTerritories(self.contact_of_sato, self.japan)
        self.assertTerritories(self.adler, self.germany)

    def test_selected_leads(self):
        self._open_japan()
        self.territory("All", rules=[("opportunity", [])])
        run = self.run_assignment(
            scope="selection", lead_ids=[Command.set((self.deal | self.won).ids)]
        )
        self.assertEqual(run.judged_count, 1)  # the won one is closed
        self.assertIn("All", self.stored_territories(self.deal).mapped("name"))
        self.assertTerritories(self.won, self.germany)
        self.assertNoTerritory(self.lead_of_sato)

    def test_only_missing(self):
        self._open_japan()
        self.germany.area_ids.country_id = self.gb
        run = self.run_assignment(only_missing=True)
        self.assertTerritories(self.sato, self.japan)
        self.assertTerritories(self.adler, self.germany)
        self.assertEqual(run.move_ids.partner_id, self.sato)

    def test_scope_must_be_chosen(self):
        for scope in ("territory", "filter", "selection"):
            with self.assertRaisesRegex(UserError, "Choose the territory, filter or"):
                self._new(scope=scope).action_start()

    # -- simulation

    def test_simulation_shows_and_changes_nothing(self):
        self._open_japan()
        run = self.run_assignment(is_dry=True)
        for record in (self.sato, self.contact_of_sato, self.lead_of_sato):
            self.assertNoTerritory(record)
        self.assertTrue(self.plan.is_to_be_run)
        self.assertEqual(run.changed_count, 2)
        self.assertEqual(
            [move.set_after_id.territory_ids for move in run.move_ids],
            [self.japan, self.japan],
        )
        # the lead takes what its account would get
        self.assertEqual(run.move_ids.lead_id, self.lead_of_sato)
        self.assertTrue(all(run.move_ids.mapped("is_dry")))

    def test_applied_simulation_does_what_it_showed(self):
        self._open_japan()
        dry = self.run_assignment(
            is_dry=True, scope="selection", partner_ids=[Command.set(self.sato.ids)]
        )
        action = dry.action_apply()
        run = self.env["crm.territory.run"].browse(action["res_id"])
        self.assertFalse(run.is_dry)
        self.assertEqual(run.partner_ids, self.sato)
        run.run_to_end()
        self.assertTerritories(self.sato, self.japan)
        self.assertEqual(run.move_ids.partner_id, dry.move_ids.partner_id)

    def test_simulated_leads_of_selected_records(self):
        self._open_japan()
        run = self.run_assignment(
            is_dry=True,
            scope="selection",
            lead_ids=[Command.set(self.lead_of_sato.ids)],
        )
        self.assertEqual(
            run.move_ids.filtered("lead_id").set_after_id.territory_ids, self.japan
        )

    def test_draft_plan_runs_dry_only(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        asia = self.territory("Asia", areas=[{"country_id": self.jp.id}], plan=draft)
        with self.assertRaisesRegex(UserError, "Only the active plan changes records"):
            self._new(plan_id=draft.id).action_start()
        run = self.run_assignment(plan_id=draft.id, is_dry=True)
        self.assertEqual(run.state, "done")
        self.assertNoTerritory(self.sato)
        self.assertTerritories(self.adler, self.germany)
        after = {
            move.partner_id or move.lead_id: move.set_after_id.territory_ids
            for move in run.move_ids
        }
        self.assertEqual(after[self.sato], asia)
        self.assertEqual(after[self.lead_of_sato], asia)
        self.assertFalse(after[self.adler])
        self.assertFalse(after[self.deal])
        self.assertNotIn(self.won, after)

    # -- undo

    def test_undo_puts_back_all(self):
        self._open_japan()
        self.germany.area_ids.country_id = self.gb
        run = self.run_assignment(include_closed=True)
        self.assertNoTerritory(self.won)
        run.action_undo()
        self.assertTerritories(self.adler, self.germany)
        self.assertTerritories(self.bruno, self.berlin | self.health)
        self.assertTerritories(self.deal, self.germany)
        self.assertTerritories(self.won, self.germany)
        self.assertCredited(self.deal, self.germany)
        for record in (self.sato, self.contact_of_sato, self.lead_of_sato):
            self.assertNoTerritory(record)
        self.assertTrue(self.plan.is_to_be_run)

    def test_undo_takes_back_salespeople_and_teams(self):
        self._open_japan()
        team = self.env["crm.team"].create({"name": "Asia"})
        self.japan.write({"owner_policy": "round_robin", "team_id": team.id})
        self.env["crm.territory.member"].create(
            {"territory_id": self.japan.id, "user_id": self.bob.id}
        )
        run = self.run_assignment()
        self.assertEqual(
            (self.lead_of_sato.user_id, self.lead_of_sato.team_id), (self.bob, team)
        )
        move = run.move_ids.filtered("lead_id")
        self.assertEqual(
            (move.salesperson_before_id, move.salesperson_after_id, move.team_after_id),
            (self.bob.browse(), self.bob, team),
        )
        run.action_undo()
        self.assertEqual(run.state, "undone")
        self.assertFalse(self.lead_of_sato.user_id or self.lead_of_sato.team_id)
        self.assertNoTerritory(self.lead_of_sato)
        # nobody but another run gives it out again
        self.japan.member_ids.capacity = 9
        self.env.cr.flush()
        self.assertFalse(self.lead_of_sato.user_id)
        with self.assertRaisesRegex(UserError, "nothing to undo"):
            run.action_undo()
        self.run_assignment()
        self.assertEqual(self.lead_of_sato.user_id, self.bob)

    def test_undo_leaves_salespeople_who_changed_since(self):
        self._open_japan()
        self.japan.owner_policy = "round_robin"
        self.env["crm.territory.member"].create(
            {"territory_id": self.japan.id, "user_id": self.bob.id}
        )
        run = self.run_assignment()
        self.lead_of_sato.user_id = self.amy
        run.action_undo()
        self.assertEqual(self.lead_of_sato.user_id, self.amy)
        self.assertNoTerritory(self.lead_of_sato)

    def test_simulation_shows_salespeople(self):
        self._open_japan()
        self.japan.owner_policy = "round_robin"
        for user in (self.amy, self.bob):
            self.env["crm.territory.member"].create(
                {"territory_id": self.japan.id, "user_id": user.id, "capacity": 1}
            )
        leads = self.lead_of_sato | self.env["crm.lead"].create(
            [self.lead_values(f"More {n}", self.sato) for n in range(2)]
        )
        run = self.run_assignment(is_dry=True)
        self.assertFalse(leads.user_id)
        given = {m.lead_id: m.salesperson_after_id for m in run.move_ids if m.lead_id}
        self.assertEqual(
            [given[lead] for lead in leads.sorted("id")],
            [self.amy, self.bob, self.bob.browse()],
        )
        self.assertEqual(run.owner_count, 2)
        run = self.run_assignment()
        self.assertEqual(leads.sorted("id").mapped("user_id"), self.amy | self.bob)

    def test_undo_leaves_what_changed_again(self):
        self._open_japan()
        run = self.run_assignment()
        self.override(self.sato, self.france)
        self.env.flush_all()
        run.action_undo()
        self.assertTerritories(self.sato, self.japan | self.france)

    def test_undo_leaves_what_went_and_came_back(self):
        """It changed since, whatever it has now."""
        self._open_japan()
        run = self.run_assignment()
        for country in (self.fr, self.jp):
            self.sato.country_id = country
            self.env.flush_all()
        run.action_undo()
        self.assertTerritories(self.sato, self.japan)
        move = run.move_ids.filtered(lambda move: move.partner_id == self.sato)
        self.assertEqual(move.undo_state, "changed")
        self.assertEqual((run.left_count, run.put_back_count), (2, 0))
        left = run.action_view_left()
        self.assertIn(move, self.env[left["res_model"]].search(left["domain"]))

    def test_undo_one_after_the_other(self):
        self._open_japan()
        first = self.run_assignment()
        self.japan.area_ids.country_id = self.us
        second = self.run_assignment()
        self.assertNoTerritory(self.sato)
        second.action_undo()
        self.assertTerritories(self.sato, self.japan)
        self.assertEqual(second.left_count, 0)
        first.action_undo()
        self.assertNoTerritory(self.sato)
        self.assertEqual(first.left_count, 0)
        self.assertEqual(set(first.move_ids.mapped("undo_state")), {"put_back"})

    def test_undo_leaves_what_was_closed_since(self):
        self._open_japan()
        run = self.run_assignment()
        self.lead_of_sato.action_set_won()
        run.action_undo()
        self.assertTerritories(self.lead_of_sato, self.japan)
        move = run.move_ids.filtered("lead_id")
        self.assertEqual(move.undo_state, "closed")
        self.assertNoTerritory(self.sato)

    def test_undo_leaves_what_was_in_a_territory_that_is_gone(self):
        asia = self.territory("Asia", areas=[{"country_id": self.jp.id}])
        self.run_assignment()
        asia.area_ids.unlink()
        self._open_japan()
        run = self.run_assignment()
        set_id = run.move_ids.filtered("partner_id").set_before_id
        set_id.sudo().unlink()  # as when one of several of its territories is deleted
        run.action_undo()
        self.assertTerritories(self.sato, self.japan)
        move = run.move_ids.filtered("partner_id")
        self.assertEqual(move.undo_state, "gone")

    def test_undo_then_run_gives_the_state_before(self):
        """The same territories, and the same people in turn."""
        self._open_japan()
        team = self.env["crm.team"].create({"name": "Asia"})
        self.japan.write({"owner_policy": "round_robin", "team_id": team.id})
        for user in (self.amy, self.bob, self.mona):
            self.env["crm.territory.member"].create(
                {"territory_id": self.japan.id, "user_id": user.id}
            )
        leads = self.lead_of_sato | self.env["crm.lead"].create(
            [self.lead_values(f"More {n}", self.sato) for n in range(4)]
        )
        leader = self.lead("By mail", self.sato, user_id=self.claire.id)
        leader.sudo().territory_owner_state = "leader"
        leads |= leader

        def state():
            self.env.flush_all()
            self.env.invalidate_all()
            return [
                (lead.user_id, lead.team_id, lead.territory_set_id, lead.territory_id)
                for lead in leads.sudo()
            ]

        before = state()
        run = self.run_assignment()
        after = state()
        self.assertNotIn(self.claire, leads.user_id)
        self.assertEqual(len(set(leads.mapped("user_id"))), 3)
        run.action_undo()
        self.assertEqual(state(), before)
        again = self.run_assignment()
        self.assertEqual(state(), after)
        again.action_undo()
        self.assertEqual(state(), before)

    def test_undo_waits_for_a_run_that_goes_on(self):
        self._open_japan()
        run = self.run_assignment()
        self._started()
        with self.assertRaisesRegex(UserError, "is going on"):
            run.action_undo()

    def test_undo_is_journalled_and_stops_catching_up(self):
        self._open_japan()
        self.plan.catch_up = True
        run = self.run_assignment()
        run.action_undo()
        self.assertFalse(self.plan.catch_up)
        move = self.env["crm.territory.move"].search(
            [("partner_id", "=", self.sato.id)], limit=1
        )
        self.assertIn("was undone", move.why)
        self.assertFalse(move.set_after_id)
        self.assertEqual(move.set_before_id.territory_ids, self.japan)

    def test_nothing_to_undo(self):
        for run in (self.run_assignment(is_dry=True), self._started()):
            with self.assertRaisesRegex(UserError, "nothing to undo"):
                run.action_undo()
