from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import SALES_MANAGER
from .test_run import RunCase

MEASURES = ("account_count", "open_count", "open_amount", "won_amount")


class ComparisonCase(RunCase):
    """World beside its copy for next year, in which France is closed, Berlin is a
    territory of the whole of Germany's north, and Japan is new.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deal.write({"expected_revenue": 1000, "user_id": cls.amy.id})
        cls.won.write({"expected_revenue": 500})
        cls.lead_of_sato.expected_revenue = 30
        cls.env.flush_all()

    def next_year(self, *closed, name="Next year"):
        """A copy of the plan: {name of a territory: its copy}."""
        draft = self.plan.copy({"name": name})
        copies = {copy.name: copy for copy in draft.territory_ids}
        for territory in closed:
            copies[territory].area_ids.unlink()
        return draft, copies

    def simulate(self, plan=None, **values):
        plan = plan or self.plan
        return self.run_assignment(plan_id=plan.id, is_dry=True, **values)

    def figures(self, run, territory):
        row = run.comparison_territory_ids.filtered(
            lambda row: row.territory_id == territory
        )
        self.assertLessEqual(len(row), 1)
        return {
            name: (row[f"{name}_before"], row[f"{name}_after"]) for name in MEASURES
        }

    def of_user(self, run, user):
        return run.comparison_user_ids.filtered(lambda row: row.user_id == user)

    def outcome_of(self, run, record):
        column = "lead_id" if record._name == "crm.lead" else "partner_id"
        move = run.move_ids.filtered(lambda move: move[column] == record)
        return move.outcome


@tagged("post_install", "-at_install")
class TestComparison(ComparisonCase):
    """What a simulation shows, by example."""

    def test_a_copy_changes_nothing(self):
        """Its territories are others, but the same ones."""
        draft, _copies = self.next_year()
        run = self.simulate(draft)
        self.assertTrue(run.has_comparison)
        self.assertTrue(run.move_ids)
        self.assertEqual(set(run.move_ids.mapped("outcome")), {"unchanged"})
        for name in ("moved", "gained", "lost", "newly_unassigned"):
            self.assertEqual(run[f"{name}_account_count"], 0, name)
            self.assertEqual(run[f"{name}_lead_count"], 0, name)
        self.assertEqual(
            run.unchanged_account_count + run.unchanged_lead_count, run.judged_count
        )
        for row in run.comparison_territory_ids:
            self.assertEqual((row.came_count, row.went_count), (0, 0), row.name)
            self.assertFalse(row.account_count_difference or row.won_amount_difference)
            self.assertFalse(row.load_difference)
            self.assertEqual(row.territory_id.plan_id or draft, draft)
        self.assertFalse(run.access_gained_count or run.access_lost_count)

    def test_outcomes(self):
        draft, copies = self.next_year("France")
        copies["Health"].rule_ids.unlink()
        copies["Germany"].area_ids.country_id = self.jp
        self.territory(
            "Munich",
            copies["Europe"],
            areas=[{"country_id": self.de.id, "zip_from": "80000", "zip_to": "81999"}],
            plan=draft,
        )
        self.bruno.zip = "10117"
        run = self.simulate(draft)
        self.assertEqual(self.outcome_of(run, self.rivoire), "unassigned")
        self.assertEqual(self.outcome_of(run, self.sato), "gained")
        self.assertEqual(self.outcome_of(run, self.lead_of_sato), "gained")
        self.assertEqual(self.outcome_of(run, self.adler), "moved")
        self.assertEqual(self.outcome_of(run, self.deal), "moved")
        self.assertEqual(run.newly_unassigned_account_count, 2)  # rivoire, bruno
        self.assertEqual((run.gained_account_count, run.gained_lead_count), (1, 1))
        self.assertEqual((run.moved_account_count, run.moved_lead_count), (1, 1))

    def test_fewer_territories(self):
        draft, copies = self.next_year()
        copies["Health"].rule_ids.unlink()
        run = self.simulate(draft)
        self.assertEqual(self.outcome_of(run, self.bruno), "lost")
        self.assertEqual((run.lost_account_count, run.lost_lead_count), (1, 0))

    def test_changed_criteria_of_the_active_plan(self):
        self.germany.area_ids.country_id = self.jp
        run = self.simulate()
        self.assertEqual(self.outcome_of(run, self.adler), "unassigned")
        self.assertTerritories(self.adler, self.germany)
        self.assertEqual(
            self.figures(run, self.germany),
            {
                "account_count": (1, 1),
                "open_count": (1, 1),
                "open_amount": (1000, 30),
                "won_amount": (500, 0),
            },
        )
        nowhere = run.comparison_territory_ids.filtered(lambda r: not r.territory_id)
        self.assertEqual(nowhere.name, "Without territory")
        self.assertEqual(nowhere.open_amount_difference, 970)

    def test_won_stays_where_it_is_no_account(self):
        """And where it is credited to another territory than its account."""
        alone = self.lead("Alone", expected_revenue=70)
        self.override(alone, self.health)
        refined = self.lead(
            "GTX",
            self.adler,
            expected_revenue=9,
            product_line_ids=[Command.set(self.gtx_line.ids)],
        )
        self.override(refined, self.health)
        (alone | refined).action_set_won()
        self.germany.area_ids.country_id = self.jp
        run = self.simulate()
        self.assertEqual(self.figures(run, self.health)["won_amount"], (79, 79))

    def test_won_long_ago_does_not_count(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET date_closed = now() - interval '13 months'"
            " WHERE id = %s",
            [self.won.id],
        )
        self.env.invalidate_all()
        run = self.simulate()
        self.assertEqual(self.figures(run, self.germany)["won_amount"], (0, 0))

    def test_workload(self):
        draft, copies = self.next_year()
        copies["Germany"].member_ids = [Command.create({"user_id": self.bob.id})]
        self.lead("Second", self.adler)
        run = self.simulate(draft)
        row = run.comparison_territory_ids.filtered(
            lambda row: row.territory_id == copies["Germany"]
        )
        self.assertEqual((row.member_count_before, row.member_count_after), (1, 2))
        self.assertEqual((row.load_before, row.load_after), (2.0, 1.0))
        self.assertEqual(row.load_difference, -1.0)

    def test_people(self):
        """Members have what is credited to their territories, and to those below."""
        draft, copies = self.next_year()
        copies["Germany"].member_ids.user_id = self.bob
        run = self.simulate(draft)
        amy, bob, claire = (
            self.of_user(run, u) for u in (self.amy, self.bob, self.claire)
        )
        self.assertEqual((amy.account_count_before, amy.account_count_after), (1, 0))
        self.assertEqual((bob.account_count_before, bob.account_count_after), (0, 1))
        self.assertEqual(
            (claire.account_count_before, claire.account_count_after), (2, 2)
        )
        self.assertEqual((amy.owned_count_before, amy.owned_count_after), (1, 1))
        self.assertEqual(bob.open_amount_difference, 1000)

    def test_access(self):
        """Amy owns the deal: she sees it as before, but not what nobody owns."""
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.unassigned", "managers"
        )
        self.lead("Nobody's", self.adler)
        draft, copies = self.next_year()
        copies["Germany"].member_ids.user_id = self.bob
        run = self.simulate(draft)
        amy, bob = (self.of_user(run, user) for user in (self.amy, self.bob))
        self.assertEqual((amy.access_gained_count, amy.access_lost_count), (0, 1))
        self.assertEqual((bob.access_gained_count, bob.access_lost_count), (2, 0))
        self.assertEqual((run.access_gained_count, run.access_lost_count), (1, 1))

    def test_access_where_everybody_sees_everything(self):
        """No salesperson is limited to his own documents: nobody gains or loses."""
        groups = [
            self.env.ref(f"sales_team.{name}").sudo()
            for name in ("group_sale_salesman", "group_sale_salesman_all_leads")
        ]
        groups[1].user_ids |= groups[0].all_user_ids
        draft, copies = self.next_year()
        copies["Germany"].member_ids.user_id = self.bob
        run = self.simulate(draft)
        self.assertEqual(self.of_user(run, self.bob).account_count_after, 1)
        self.assertFalse(run.access_gained_count or run.access_lost_count)

    def test_access_to_accounts(self):
        """Where territories limit it; whoever owns a deal of an account sees that."""
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        draft, copies = self.next_year()
        copies["Germany"].member_ids.user_id = self.bob
        run = self.simulate(draft)
        amy, bob = (self.of_user(run, user) for user in (self.amy, self.bob))
        # bruno; adler has a deal of hers
        self.assertEqual((amy.access_gained_count, amy.access_lost_count), (0, 1))
        # adler, bruno and the deal
        self.assertEqual((bob.access_gained_count, bob.access_lost_count), (3, 0))

    def test_simulated_twice_by_one_click(self):
        draft, _copies = self.next_year()
        action = draft.action_simulate()
        run = self.env["crm.territory.run"].browse(action["res_id"])
        self.assertEqual((run.state, run.is_dry), ("running", True))
        self.assertEqual(draft.action_simulate()["res_id"], run.id)
        run.run_to_end()
        self.assertTrue(run.has_comparison)

    def test_records_behind_the_figures(self):
        self.germany.area_ids.country_id = self.jp
        run = self.simulate()

        def records(action):
            moves = self.env[action["res_model"]].search(action["domain"])
            return {move.partner_id or move.lead_id for move in moves}

        action = run.with_context(outcome="gained").action_view_outcome()
        self.assertEqual(records(action), {self.sato, self.lead_of_sato})
        [row] = run.comparison_territory_ids.filtered(
            lambda row: row.territory_id == self.germany
        )
        self.assertEqual(
            records(row.action_view_moves()),
            {self.adler, self.deal, self.sato, self.lead_of_sato},
        )
        rows = self.env["crm.territory.comparison"].search([("run_id", "=", run.id)])
        of_rows = [
            record
            for row in rows
            if row.outcome != "unchanged" and row.kind != "won"
            for record in records(row.action_view_moves())
        ]
        self.assertEqual(len(of_rows), len(set(of_rows)))
        self.assertEqual(
            set(of_rows), {m.partner_id or m.lead_id for m in run.move_ids}
        )

    def test_deleted_moves_are_told(self):
        self._open_japan()
        run = self.simulate()
        run.move_ids.sudo().unlink()
        with self.assertRaisesRegex(UserError, "deleted"):
            run.with_context(outcome="gained").action_view_outcome()

    def test_scope_of_a_territory(self):
        self.germany.area_ids.country_id = self.jp
        run = self.simulate(scope="territory", territory_id=self.germany.id)
        total = sum(
            run[f"{name}_{kind}_count"]
            for name in ("unchanged", "moved", "gained", "lost", "newly_unassigned")
            for kind in ("account", "lead")
        )
        self.assertEqual(total, run.judged_count)


@tagged("post_install", "-at_install")
class TestComparisonRights(ComparisonCase):
    """Who may open a simulation reads its figures, of the companies he works in."""

    def test_not_for_salespeople(self):
        """Nor for the manager of a territory, be the draft shared with him."""
        draft, _copies = self.next_year("France")
        draft.shared_user_ids = self.claire
        run = self.simulate(draft)
        for user in (self.amy, self.claire):
            for model in ("", ".territory", ".user"):
                with self.assertRaises(AccessError):
                    self.env[f"crm.territory.comparison{model}"].with_user(user).search(
                        [("run_id", "=", run.id)]
                    )
            with self.assertRaises(AccessError):
                run.with_user(user).action_view_comparison()
                run.with_user(user).read(["moved_account_count"])

    def test_nobody_writes(self):
        run = self.simulate()
        row = run.comparison_territory_ids[:1]
        with self.assertRaises(AccessError):
            row.account_count_after = 7
        with self.assertRaises(AccessError):
            run.write({"revision": 7})

    def test_companies(self):
        """The figures of another company are not told, those of no company are."""
        company = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        olga = new_test_user(
            self.env(su=True),
            "olga",
            SALES_MANAGER,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        run = self.simulate()
        for model in ("", ".territory", ".user"):
            rows = self.env[f"crm.territory.comparison{model}"].with_user(olga)
            self.assertFalse(rows.search([("run_id", "=", run.id)]), model)
        self.plan.sudo().company_id = False
        shared = self.simulate()
        rows = self.env["crm.territory.comparison"]
        of_run = [("run_id", "=", shared.id)]
        told = rows.with_user(olga).search(of_run)
        self.assertFalse(told.company_id - company)
        self.assertLess(len(told), rows.sudo().search_count(of_run))


@tagged("post_install", "-at_install")
class TestStaleSimulation(ComparisonCase):
    """An old simulation says so, and is not applied where it does not hold."""

    def setUp(self):
        super().setUp()
        self._open_japan()
        self.simulation = self.simulate()

    def _later(self, *records):
        """As if written after the simulation: in a test it is all one transaction."""
        self.env.flush_all()
        for record in records:
            self.env.cr.execute(
                f"UPDATE {record._table} SET write_date = now() at time zone 'UTC'"
                " + interval '1 hour' WHERE id = %s",
                [record.id],
            )
        self.env.invalidate_all()

    def test_fresh(self):
        self.assertFalse(self.simulation.criteria_have_changed)
        self.assertFalse(self.simulation.members_have_changed)
        self.assertEqual(self.simulation.changed_since_count, 0)

    def test_applied(self):
        """What is done is what was shown."""
        shown = {
            m.partner_id or m.lead_id: m.set_after_id for m in self.simulation.move_ids
        }
        action = self.simulation.action_apply()
        applied = self.env["crm.territory.run"].browse(action["res_id"])
        applied.run_to_end()
        done = {m.partner_id or m.lead_id: m.set_after_id for m in applied.move_ids}
        self.assertEqual(done, shown)
        self.assertTerritories(self.sato, self.japan)

    def test_criteria(self):
        self.japan.area_ids.country_id = self.gb
        self.assertTrue(self.simulation.criteria_have_changed)
        with self.assertRaisesRegex(RedirectWarning, "Criteria or members") as caught:
            self.simulation.action_apply()
        _message, action_id, _button, context = caught.exception.args
        self.assertEqual(context["active_id"], self.simulation.id)
        action = self.env["ir.actions.server"].browse(action_id)
        shown = action.with_context(**context).run()
        again = self.env["crm.territory.run"].browse(shown["res_id"])
        self.assertTrue(again.is_dry and again != self.simulation)
        self.assertEqual(again.plan_id, self.plan)

    def test_saved_filter(self):
        saved = self.env["ir.filters"].create(
            {"name": "Japanese", "model_id": "res.partner", "domain": "[]"}
        )
        run = self.simulate(scope="filter", filter_id=saved.id)
        self._later(saved)
        self.assertTrue(run.criteria_have_changed)
        with self.assertRaises(RedirectWarning):
            run.action_apply()

    def test_members(self):
        self.japan.member_ids = [Command.create({"user_id": self.bob.id})]
        self.assertFalse(self.simulation.criteria_have_changed)
        self.assertTrue(self.simulation.members_have_changed)
        with self.assertRaises(RedirectWarning):
            self.simulation.action_apply()

    def test_data(self):
        self.sato.country_id = self.fr
        self._later(self.sato)
        self.assertEqual(self.simulation.changed_since_count, 1)
        with self.assertRaisesRegex(RedirectWarning, "such as “Sato”"):
            self.simulation.action_apply()

    def test_data_that_does_not_matter(self):
        """It was written, and would get what was shown."""
        self.sato.phone = "1"
        self._later(self.sato, self.adler)
        self.assertEqual(self.simulation.changed_since_count, 2)
        self.simulation.action_apply()

    def test_what_is_new_and_stays_as_it_is(self):
        new = self.account("New", self.fr)
        self._later(new)
        self.simulation.action_apply()

    def test_what_is_closed_since(self):
        self.lead_of_sato.action_set_won()
        self._later(self.lead_of_sato)
        with self.assertRaisesRegex(RedirectWarning, "Japan"):
            self.simulation.action_apply()

    def test_what_is_locked_since(self):
        self.sato.territory_is_locked = True
        self._later(self.sato)
        with self.assertRaises(RedirectWarning):
            self.simulation.action_apply()

    def test_decided_by_hand_since(self):
        self.override(self.adler, self.japan)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_territory_move SET date = date + interval '1 minute'"
            " WHERE partner_id = %s AND NOT is_dry",
            [self.adler.id],
        )
        with self.assertRaisesRegex(RedirectWarning, "Adler"):
            self.simulation.action_apply()

    def test_only_what_is_done_is_applied(self):
        for run in (self._new(is_dry=True), self.run_assignment()):
            with self.assertRaisesRegex(UserError, "Only a simulation"):
                run.action_apply()

    def test_not_by_who_may_not(self):
        for user in (self.amy, self.claire):
            for action in ("action_apply", "action_simulate_again"):
                with self.assertRaises(AccessError):
                    getattr(self.simulation.with_user(user), action)()
            with self.assertRaises(AccessError):
                self.plan.with_user(user).action_simulate()
