from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools.misc import format_date

from .common import SALES_MANAGER, TerritoryCase


class ActivationCase(TerritoryCase):
    """Next year: Amy gets France, Bob gets Germany, Europe stays Claire's. Each account
    of the world has a deal without salesperson.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deals = {
            account: cls.lead(f"Deal of {account.name}", account, expected_revenue=100)
            for account in (cls.adler, cls.bruno, cls.rivoire, cls.sato)
        }
        cls.env.flush_all()
        cls.next_year = cls.plan.copy({"name": "Next year"})
        cls.new = {
            territory.name: territory for territory in cls.next_year.territory_ids
        }
        cls.new["Germany"].member_ids.user_id = cls.bob
        cls.new["France"].member_ids = [(0, 0, {"user_id": cls.amy.id})]
        cls.env.flush_all()

    def work(self, run):
        while run.state == "running":
            run._work_batch()

    def seen_by(self, user):
        """The names of the accounts whose deals the user sees, of the four."""
        self.env.flush_all()
        self.env.invalidate_all()
        deals = self.env["crm.lead"].union(*self.deals.values())
        found = self.env["crm.lead"].with_user(user).search([("id", "in", deals.ids)])
        by_rules = deals.with_user(user)._filtered_access("read")
        self.assertEqual(found, by_rules, "Search and reading differ")
        return {
            account.name for account, deal in self.deals.items() if deal.id in found.ids
        }

    def everyone_sees(self):
        return {user: self.seen_by(user) for user in (self.amy, self.bob, self.claire)}

    def assertUntouched(self):
        """Nothing of the switch was done."""
        self.env.invalidate_all()
        self.assertEqual((self.plan.state, self.next_year.state), ("active", "draft"))
        self.assertFalse(self.plan.giving_way_to_id)
        self.assertFalse(self.next_year.introduction_run_id)
        self.assertFalse(self.next_year.run_ids.filtered(lambda run: not run.is_dry))


@tagged("post_install", "-at_install")
class TestActivation(ActivationCase):
    """A plan takes the place of another in one step."""

    def test_one_step(self):
        dialog = self.env["crm.territory.activation"].browse(
            self.next_year.action_introduce()["res_id"]
        )
        self.assertEqual(dialog.replaced_names, "World")
        self.assertEqual(dialog.button_name, "Activate and Archive “World”")
        run = self.env["crm.territory.run"].new({"plan_id": self.plan.id})
        count = sum(
            run._model(name).search_count(run._domain(name))
            for name in ("res.partner", "crm.lead")
        )
        self.assertEqual(dialog.record_count, count)
        action = dialog.action_activate()
        run = self.env["crm.territory.run"].browse(action["res_id"])
        self.assertEqual(
            (self.plan.state, self.next_year.state), ("archived", "active")
        )
        self.assertEqual(run.total_count, count)
        self.work(run)
        self.assertEqual(run.state, "done")
        self.assertTerritories(self.adler, self.new["Germany"])
        self.assertFalse(self.next_year.is_to_be_run)
        # the plan before is kept whole
        self.assertEqual(self.germany.member_ids.user_id, self.amy)
        self.assertTrue(self.germany.active)

    def test_nobody_sees_what_neither_plan_gives(self):
        before = self.everyone_sees()
        self.assertEqual(before[self.amy], {"Adler", "Bruno", "Sato"})
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        self.assertEqual(self.everyone_sees(), before, "Nothing is judged yet")
        run.sudo().batch_ids.unlink()
        run.batch_size = 1
        run.flush_recordset()
        self.env["crm.territory.run.batch"].sudo()._cut(run)
        during = []
        while run.state == "running":
            run._work_batch()
            during.append(self.everyone_sees())
        after = during[-1]
        self.assertEqual(after[self.amy], {"Rivoire", "Sato"})
        self.assertEqual(after[self.bob], {"Adler", "Bruno", "Sato"})
        self.assertEqual(after[self.claire], before[self.claire])
        self.assertTrue(
            any(seen not in (before, after) for seen in during), "No step between"
        )
        for seen in during:
            for user, names in seen.items():
                self.assertLessEqual(names, before[user] | after[user])
                self.assertGreaterEqual(names, before[user] & after[user])

    def test_as_it_was_simulated(self):
        """What the simulation moves is what is moved, and nothing else."""
        simulation = self.next_year._simulate()
        self.work(simulation)
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        self.work(run)

        def moves(of_run):
            return {
                (move.partner_id, move.lead_id, move.set_before_id): (
                    move.set_after_id,
                    move.territory_after_id,
                )
                for move in of_run.move_ids
            }

        self.assertEqual(moves(run), moves(simulation))
        self.assertGreater(len(run.move_ids), 4)

    def test_record_by_record_it_is_the_one_plan_or_the_other(self):
        """A record that changes meanwhile is judged by the new plan, and seen by it."""
        self.next_year.introduce()
        self.adler.country_id = self.fr
        self.assertTerritories(self.adler, self.new["France"])
        self.assertIn("Adler", self.seen_by(self.amy))
        self.bruno.country_id = self.jp
        self.assertNotIn("Bruno", self.seen_by(self.claire) & {"Nobody"})
        self.assertNotIn("Rivoire", self.seen_by(self.amy), "Not judged yet")
        self.assertIn("Rivoire", self.seen_by(self.claire), "By the plan before")

    def test_plan_before_shares_no_more_when_all_is_judged(self):
        won = self.deals[self.rivoire]
        won.action_set_won()
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        self.assertEqual(self.plan.giving_way_to_id, self.next_year)
        self.assertTrue(self.next_year.is_being_introduced)
        self.work(run)
        self.env.invalidate_all()
        self.assertFalse(self.plan.giving_way_to_id)
        self.assertFalse(self.next_year.is_being_introduced)
        # a closed one keeps its territory, which shares no more: as ever
        self.assertTerritories(won, self.france)
        self.assertNotIn("Rivoire", self.seen_by(self.claire))

    def test_cancelled_it_goes_on_sharing(self):
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        before = self.everyone_sees()
        run.action_cancel()
        self.assertTrue(self.next_year.is_being_introduced)
        self.assertEqual(self.everyone_sees(), before)
        self.next_year.action_continue_introduction()
        self.work(run)
        self.assertFalse(self.next_year.is_being_introduced)

    def test_reactivated(self):
        before = self.everyone_sees()
        self.work(self.env["crm.territory.run"].browse(self.next_year.introduce()))
        self.assertNotEqual(self.everyone_sees(), before)
        dialog = self.env["crm.territory.activation"].browse(
            self.plan.action_introduce()["res_id"]
        )
        self.assertEqual(dialog.replaced_names, "Next year")
        run = self.env["crm.territory.run"].browse(dialog.action_activate()["res_id"])
        self.work(run)
        self.assertEqual(self.everyone_sees(), before)
        self.assertTerritories(self.adler, self.germany)

    def test_reactivated_in_the_middle(self):
        before = self.everyone_sees()
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        run._work_batch()
        self.assertTerritories(self.rivoire, self.new["France"])
        back = self.env["crm.territory.run"].browse(self.plan.introduce())
        self.assertFalse(self.plan.giving_way_to_id)
        self.assertEqual(self.next_year.giving_way_to_id, self.plan)
        for user, names in self.everyone_sees().items():
            self.assertGreaterEqual(names | {"Rivoire"}, before[user] & {"Adler"})
        self.work(back)
        self.assertEqual(self.everyone_sees(), before)
        self.assertFalse(self.next_year.giving_way_to_id)

    def test_a_third_plan_in_the_middle(self):
        third = self.next_year.copy({"name": "Third"})
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        run._work_batch()
        last = self.env["crm.territory.run"].browse(third.introduce())
        self.assertEqual(third.giver_ids, self.plan | self.next_year)
        self.work(last)
        self.assertFalse(third.giver_ids)
        self.assertNotIn(self.plan, self.env["crm.territory.plan"]._active_plans())

    def test_archived_in_the_middle_nothing_shares(self):
        self.next_year.introduce()
        self.next_year.action_archive_plan()
        self.assertFalse(self.plan.giving_way_to_id)
        self.assertNotIn("Adler", self.seen_by(self.amy))

    def test_an_exception_in_each_step(self):
        """One of the two states, never between."""
        plans = type(self.env["crm.territory.plan"])
        runs = type(self.env["crm.territory.run"])
        steps = [
            (plans, "_end_simulations"),
            (plans, "_give_way_to"),
            (plans, "_forget_what_waited"),
            (plans, "_bump_version"),
            (plans, "_start_introduction"),
            (runs, "_start"),
            (runs, "_work_soon"),
            (plans, "_tell_introduction"),
        ]
        for model, name in steps:
            for is_done in (False, True):
                with self.subTest(step=name, after=is_done):
                    self._fail_in(model, name, is_done)
                    self.assertUntouched()

    def _fail_in(self, model, name, is_done):
        original = getattr(model, name)

        def failing(records, *args, **kwargs):
            if is_done:
                original(records, *args, **kwargs)
            raise ZeroDivisionError

        with (
            patch.object(model, name, failing),
            self.assertRaises(ZeroDivisionError),
            self.env.cr.savepoint(),
        ):
            self.next_year.introduce()

    def test_journal_tells(self):
        run = self.env["crm.territory.run"].browse(self.next_year.introduce())
        self.assertEqual(run.user_id, self.mona)
        self.assertIn("World", self.next_year.message_ids[0].body)
        self.assertIn("Next year", self.plan.message_ids[0].body)

    def test_simulation_that_goes_on_is_ended(self):
        simulation = self.next_year._simulate()
        self.next_year.introduce()
        self.assertEqual(simulation.state, "cancelled")

    def test_who_may(self):
        for user in (self.claire, self.bob):
            plan = self.next_year.with_user(user)
            for call in (plan.introduce, plan.action_introduce):
                with self.assertRaises(AccessError):
                    call()
            with self.assertRaises(AccessError):
                self.env["crm.territory.activation"].with_user(user).create(
                    {"plan_id": self.next_year.id}
                )
        self.assertUntouched()

    def test_plan_of_a_company_that_one_does_not_manage(self):
        # whoever makes a company works for it
        root = self.env(user=SUPERUSER_ID)
        second = root["res.company"].create({"name": "Second"})
        hidden = (
            self.env["crm.territory.plan"]
            .sudo()
            .create({"name": "Hidden", "company_id": second.id})
        )
        hidden.state = "active"
        self.next_year.company_id = False
        dialog = self.env["crm.territory.activation"].browse(
            self.next_year.action_introduce()["res_id"]
        )
        self.assertNotIn("Hidden", dialog.replaced_names)
        with self.assertRaises(UserError):
            dialog.action_activate()
        self.assertUntouched()

    def test_engine_fields_are_not_a_clients(self):
        for values in (
            {"giving_way_to_id": self.next_year.id},
            {"introduction_run_id": False},
            {"scheduled_by_id": self.mona.id},
            {"approved_by_id": self.mona.id},
            {"approval_revision": self.next_year.revision},
            {"approval_asked_by_id": self.mona.id},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                self.plan.write(values)
        # an archived plan would share whatever anybody makes it give way to
        draft = self.env["crm.territory.plan"].create({"name": "Draft"})
        with self.assertRaises(AccessError):
            draft.giver_ids = [(4, self.next_year.id)]

    # -- what is missing

    def missing(self, plan):
        return "\n".join(plan._what_is_missing(plan._current_simulation()))

    def test_what_is_missing(self):
        empty = self.env["crm.territory.plan"].create({"name": "Empty"})
        self.assertIn("no territories", self.missing(empty))
        idle = self.territory("Idle", plan=empty)
        self.assertIn("has criteria", self.missing(empty))
        self.assertIn("Idle", self.missing(empty))
        idle.member_ids = [(0, 0, {"user_id": self.bob.id})]
        self.assertNotIn("no member", self.missing(empty))
        tomorrow = fields.Date.today() + timedelta(days=2)
        idle.member_ids.date_start = tomorrow
        self.assertIn("no member", self.missing(empty))
        empty.date_start = tomorrow
        self.assertNotIn("no member", self.missing(empty))

    def test_before_its_start(self):
        self.next_year.date_start = self.plan._today() + timedelta(days=2)
        dialog = self.env["crm.territory.activation"].browse(
            self.next_year.action_introduce()["res_id"]
        )
        self.assertIn("has not come", dialog.warnings)
        dialog.when = "date"
        self.assertNotIn("has not come", dialog.warnings)

    def test_decisions_by_hand_and_locked_records(self):
        self.assertNotIn("by hand", self.missing(self.next_year))
        self.override(self.sato, self.france)
        self.assertIn("1 decisions by hand", self.missing(self.next_year))
        self.adler.territory_is_locked = True
        self.assertIn("1 locked", self.missing(self.next_year))

    def test_shared_plan_for_one_of_a_company(self):
        self.plan.company_id = False
        second = self.env["res.company"].sudo().create({"name": "Second"})
        self.mona.sudo().company_ids |= second
        found = self.next_year.with_context(
            allowed_company_ids=[self.env.company.id, second.id]
        )
        self.assertIn("Second", self.missing(found))

    def test_simulated_or_not(self):
        self.assertIn("not simulated", self.missing(self.next_year))
        self.work(self.next_year._simulate())
        self.assertNotIn("simulated", self.missing(self.next_year))
        self.new["France"].parent_id = False
        self.assertIn("changed since it was simulated", self.missing(self.next_year))

    # -- as of a day

    def test_as_of_a_day(self):
        today = fields.Date.today()
        day = today + timedelta(days=30)
        member = self.germany.member_ids
        member.date_end = today + timedelta(days=10)
        later = self.env["crm.territory.member"].create(
            {
                "user_id": self.bob.id,
                "territory_id": self.germany.id,
                "date_start": today + timedelta(days=11),
            }
        )
        short = self.override(self.sato, self.france, date_end=today)
        long = self.override(self.adler, self.france, date_end=day)
        dialog = self.env["crm.territory.day"].create(
            {"plan_id": self.plan.id, "date": day}
        )
        self.assertIn(later, dialog.member_ids)
        self.assertNotIn(member, dialog.member_ids)
        self.assertEqual(dialog.joining_ids, later)
        self.assertEqual(dialog.leaving_ids, member)
        self.assertEqual(dialog.override_ids & (short | long), long)
        self.assertIn(self.health, dialog.unmanned_ids)
        self.assertNotIn(self.berlin, dialog.unmanned_ids)

    def test_as_of_a_day_is_for_those_who_see_the_plan(self):
        values = {"plan_id": self.next_year.id, "date": fields.Date.today()}
        days = self.env["crm.territory.day"].with_user(self.bob)
        with self.assertRaises(AccessError):
            days.create(values).read(["member_ids"])


@tagged("post_install", "-at_install")
class TestAccessGained(ActivationCase):
    """Who would see more, told before the switch, is who sees more after it."""

    def gains(self):
        run = self.next_year._current_simulation()
        values = self.env["crm.territory.activation.gain"]._values_of(
            self.next_year, run
        )
        return {
            line["user_id"]: (
                line["account_count"],
                line["lead_count"],
                line["opportunity_count"],
                line["revenue"],
            )
            for line in values
        }

    def test_as_seen_afterwards(self):
        before = self.everyone_sees()
        self.work(self.next_year._simulate())
        gains = self.gains()
        self.work(self.env["crm.territory.run"].browse(self.next_year.introduce()))
        after = self.everyone_sees()
        for user in (self.amy, self.bob, self.claire):
            more = len(after[user] - before[user])
            told = gains.get(user.id, (0, 0, 0, 0))
            self.assertEqual(told[2:], (more, more * 100), user.name)
        self.assertEqual(len(after[self.bob] - before[self.bob]), 2)

    def test_accounts_where_territories_say_who_sees_them(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        accounts = self.adler | self.bruno | self.rivoire | self.sato

        def seen(user):
            self.env.invalidate_all()
            return accounts.with_user(user)._filtered_access("read").ids

        before = {user: set(seen(user)) for user in (self.amy, self.bob)}
        self.work(self.next_year._simulate())
        gains = self.gains()
        self.work(self.env["crm.territory.run"].browse(self.next_year.introduce()))
        for user, ids in before.items():
            self.assertEqual(gains[user.id][0], len(set(seen(user)) - ids), user.name)

    def test_what_becomes_nobodys_is_for_all(self):
        self.new["France"].area_ids.unlink()
        self.work(self.next_year._simulate())
        self.assertEqual(self.gains()[None], (0, 0, 1, 100))
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.unassigned", "managers"
        )
        self.assertNotIn(None, self.gains())

    def test_salesperson_and_superior_gain_nothing(self):
        self.deals[self.adler].user_id = self.bob
        self.deals[self.bruno].user_id = self.claire
        self.claire.sudo().reports_to_id = self.bob
        self.env.flush_all()
        self.work(self.next_year._simulate())
        self.assertNotIn(self.bob.id, self.gains())


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
            self.next_year._ask_approval(self.mona)
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
        self.assertFalse(self.next_year._current_simulation())
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
