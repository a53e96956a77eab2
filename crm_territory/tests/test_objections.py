from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..plans.missing import Missing
from .common import SALES_MANAGER
from .shared_draft_case import SharedDraftCase


@tagged("post_install", "-at_install")
class TestObjections(SharedDraftCase):
    """A future member objects; the planner accepts, and it becomes a change of the
    draft, or declines.
    """

    def overrides(self):
        return {
            (o.partner_id.name, o.territory_id.name, o.decision, o.user_id)
            for o in self.env["crm.territory.override"].search(
                [("plan_id", "=", self.draft.id)]
            )
        }

    def test_account_that_would_leave(self):
        """It goes to whom he does not know; he wishes it in his own territory."""
        line = self.line(self.amy, "Adler")
        objection = self.objection(self.amy, line, self.new["France"])
        own = objection.with_user(self.amy)
        self.assertEqual(
            (own.record_name, own.territory_name, own.wished_name),
            ("Adler", False, "Europe / France"),
        )
        self.assertEqual(objection.territory_name, "Europe / Germany")
        self.assertEqual(self.line(self.amy, "Adler").objection_state, "new")
        objection.action_accept()
        self.assertEqual(
            self.overrides(),
            {
                ("Adler", "Germany", "out", self.mona),
                ("Adler", "France", "in", self.mona),
            },
        )
        self.run_assignment(plan_id=self.draft.id, is_dry=True)
        self.assertEqual(
            self.accounts(self.amy)["Adler"], ("Europe / France", "2_stays")
        )
        self.assertNotIn("Adler", self.accounts(self.bob))
        self.assertTerritories(self.adler, self.germany)

    def test_account_that_is_none_of_ones(self):
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        objection.action_accept()
        self.assertEqual(self.overrides(), {("Adler", "Germany", "out", self.mona)})
        [override] = self.draft.territory_ids.override_ids
        for words in ("bob", "I know them", "mona"):
            self.assertIn(words, override.reason)

    def test_planner_chooses_where(self):
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        objection.wished_id = self.new["Health"]
        objection.action_accept()
        self.assertIn(("Adler", "Health", "in", self.mona), self.overrides())
        own = objection.with_user(self.bob)
        self.env.invalidate_all()
        self.assertFalse(own.wished_name, "He does not know that territory")
        with self.assertRaises(AccessError):
            own.read(["wished_id"])

    def test_what_was_decided_before_is_decided_anew(self):
        self.override(self.adler, self.new["France"], "out")
        line = self.line(self.amy, "Adler")
        self.objection(self.amy, line, self.new["France"]).action_accept()
        self.assertEqual(
            {row[1:3] for row in self.overrides()},
            {("Germany", "out"), ("France", "in")},
        )

    def test_area(self):
        area = self.new["Berlin"].area_ids
        line = self.line(self.claire, area.display_name)
        objection = self.objection(self.claire, line, self.new["France"])
        objection.action_accept()
        self.assertEqual(area.territory_id, self.new["France"])
        self.assertEqual(objection.state, "accepted")

    def test_area_moved_already(self):
        area = self.new["Berlin"].area_ids
        line = self.line(self.claire, area.display_name)
        objection = self.objection(self.claire, line, self.new["France"])
        area.territory_id = self.new["Germany"]
        with self.assertRaisesRegex(UserError, "another territory by now"):
            with self.env.cr.savepoint():
                objection.action_accept()
        self.env.invalidate_all()
        self.assertEqual(objection.state, "new", "All, or nothing")
        area.unlink()
        with self.assertRaisesRegex(UserError, "deleted"), self.env.cr.savepoint():
            objection.action_accept()
        self.env.invalidate_all()
        objection.answer = "It is gone"
        objection.action_decline()
        self.assertFalse(objection.record_name)

    def test_area_needs_a_territory(self):
        area = self.new["France"].area_ids
        objection = self.objection(self.amy, self.line(self.amy, area.display_name))
        with self.assertRaisesRegex(UserError, "Choose the territory"):
            objection.action_accept()
        self.assertEqual(area.territory_id, self.new["France"])

    def test_declined_with_an_answer(self):
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        with self.assertRaisesRegex(UserError, "Write an answer"):
            objection.action_decline()
        objection.answer = "They asked for you"
        objection.action_decline()
        self.assertFalse(self.overrides())
        self.assertEqual(
            (objection.state, objection.decider_id), ("declined", self.mona)
        )
        message = objection.message_ids[0]
        self.assertIn("They asked for you", message.body)
        self.assertIn(self.bob.partner_id, message.notified_partner_ids)
        self.assertEqual(self.line(self.bob, "Adler").objection_state, "declined")
        # which can be followed by another one
        self.objection(self.bob, self.line(self.bob, "Adler"), reason="Ask them")

    def test_planner_is_called(self):
        self.draft.sudo().comment_by_id = self.mona
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        activity = objection.activity_ids
        self.assertEqual(activity.user_id, self.mona)
        self.assertNotIn("Adler", activity.note + objection.display_name)
        self.assertEqual(self.draft.objection_count, 1)
        objection.action_accept()
        self.assertFalse(objection.activity_ids)
        self.assertEqual(self.draft.objection_count, 0)

    def test_withdrawn_by_its_author(self):
        self.draft.sudo().comment_by_id = self.mona
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        self.assertFalse(objection.user_is_author)
        with self.assertRaisesRegex(AccessError, "Asked by bob"):
            objection.action_withdraw()
        with self.assertRaises(AccessError):
            objection.with_user(self.amy).action_withdraw()
        own = objection.with_user(self.bob)
        self.assertTrue(own.user_is_author)
        own.action_withdraw()
        self.assertEqual(
            (objection.state, objection.decider_id.id), ("withdrawn", False)
        )
        self.assertFalse(objection.activity_ids)
        self.assertEqual(self.draft.objection_count, 0)
        with self.assertRaisesRegex(UserError, "answered already: Withdrawn"):
            objection.action_accept()
        # as if it had never been made
        line = self.line(self.bob, "Adler")
        self.assertFalse(line.objection_state)
        self.objection(self.bob, line, reason="I know them better")
        with self.assertRaisesRegex(UserError, "answered already"):
            own.action_withdraw()

    def test_answered_is_not_withdrawn(self):
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        objection.action_accept()
        with self.assertRaisesRegex(UserError, "answered already: Accepted"):
            objection.with_user(self.bob).action_withdraw()

    def test_twice_the_same(self):
        self.objection(self.bob, self.line(self.bob, "Adler"))
        with self.assertRaisesRegex(UserError, "already"):
            self.objection(self.bob, self.line(self.bob, "Adler"))
        # somebody else may
        self.objection(self.claire, self.line(self.claire, "Adler"))

    def test_answered_once(self):
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        objection.action_accept()
        for call in (objection.action_accept, objection.action_decline):
            with self.assertRaisesRegex(UserError, "answered already"):
                call()
        with self.assertRaisesRegex(UserError, "answered already"):
            objection.answer = "After all"

    def test_no_draft_any_more(self):
        line = self.line(self.bob, "Adler")
        objection = self.objection(self.bob, line)
        self.assertIn(
            "1 objections are not answered.", Missing(self.draft, None).sentences()
        )
        self.draft.introduce()
        with self.assertRaisesRegex(UserError, "no draft any more"):
            objection.action_accept()
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            self.env["crm.territory.objection"].with_user(self.bob)._object(
                line, self.env["crm.territory.preview"], "Late"
            )

    def test_shared_no_more(self):
        """What was objected is answered; nothing new."""
        line = self.line(self.bob, "Bruno")
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        self.draft.action_stop_sharing()
        dialog = self.env["crm.territory.object"].with_user(self.bob)
        with self.assertRaisesRegex(UserError, "not shared any more"):
            dialog.create({"res_id": str(line.id), "reason": "X"}).action_object()
        self.assertFalse(objection.with_user(self.bob).territory_name)
        objection.action_accept()

    def test_reason_and_place_are_needed(self):
        line = self.line(self.amy, "Adler")
        with self.assertRaisesRegex(UserError, "Say why"):
            self.objection(self.amy, line, self.new["France"], reason=" ")
        with self.assertRaisesRegex(UserError, "choose the one"):
            self.objection(self.amy, line)
        with self.assertRaisesRegex(UserError, "Choose another"):
            rivoire = self.line(self.amy, "Rivoire")
            self.objection(self.amy, rivoire, self.new["France"])

    def test_archived_territory(self):
        line = self.line(self.amy, "Adler")
        objection = self.objection(self.amy, line, self.new["France"])
        self.new["France"].active = False
        with self.assertRaisesRegex(UserError, "archived"):
            objection.action_accept()

    def test_locked_account(self):
        self.adler.territory_is_locked = True
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        with self.assertRaisesRegex(UserError, "locked"):
            objection.action_accept()

    def test_plan_is_deleted_with_them(self):
        objection = self.objection(self.bob, self.line(self.bob, "Adler"))
        activity = objection.activity_ids
        self.draft.unlink()
        self.assertFalse((objection.exists(), activity.exists())[0])
        self.assertFalse(activity.exists())

    def test_territory_is_deleted(self):
        line = self.line(self.amy, "Rivoire")
        objection = self.objection(self.amy, line)
        self.new["France"].unlink()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Choose the territory"):
            objection.action_accept()


@tagged("post_install", "-at_install")
class TestObjectionAttempts(SharedDraftCase):
    """What a clever insider tries over RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.objections = cls.env["crm.territory.objection"]

    def made(self):
        return self.objection(self.bob, self.line(self.bob, "Adler"))

    def test_who_reads(self):
        objection = self.made()
        for user, sees in (
            (self.bob, True),
            (self.mona, True),
            (self.amy, False),
            (self.claire, False),
        ):
            found = self.objections.with_user(user).search([])
            self.assertEqual(objection in found, sees, user.name)
        self.draft.user_id = self.claire
        self.assertIn(objection, self.objections.with_user(self.claire).search([]))

    def test_who_answers(self):
        objection = self.made()
        self.draft.user_id = self.claire
        for user in (self.bob, self.claire, self.amy):
            for name in ("action_accept", "action_decline"):
                with self.subTest(user.name, call=name), self.assertRaises(AccessError):
                    getattr(objection.with_user(user), name)()
            with self.assertRaises(AccessError):
                objection.with_user(user).write({"answer": "Yes"})
            self.assertFalse(
                objection.with_user(user).user_may_answer if user != self.amy else False
            )
        self.assertEqual(objection.state, "new")

    def test_not_by_who_manages_sales_elsewhere(self):
        objection = self.made()
        company = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        olga = new_test_user(
            self.env(su=True),
            "olga",
            SALES_MANAGER,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertNotIn(objection, self.objections.with_user(olga).search([]))
        with self.assertRaises(AccessError):
            objection.with_user(olga).action_accept()

    def test_nothing_is_written_by_hand(self):
        objection = self.made()
        for values in (
            {"state": "accepted"},
            {"user_id": self.amy.id},
            {"reason": "Better"},
            {"plan_id": self.plan.id},
            {"decider_id": self.mona.id},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                objection.write(values)
        for name in ("partner_id", "area_id", "territory_id"):
            with self.subTest(name), self.assertRaises(AccessError):
                objection.write({name: 1})
            with self.subTest(name), self.assertRaises(AccessError):
                objection.read([name])
        for user in (self.bob, self.mona):
            with self.assertRaises(AccessError):
                self.objections.with_user(user).create(
                    {"plan_id": self.draft.id, "kind": "account", "reason": "X"}
                )
            with self.assertRaises(AccessError):
                objection.with_user(user).unlink()

    def test_wish_is_of_the_plan(self):
        objection = self.made()
        with self.assertRaisesRegex(UserError, "of another plan"):
            objection.wished_id = self.france

    def test_wish_of_others_territory(self):
        """No id leads into a territory that is not his."""
        context = self.line(self.bob, "Adler").action_object()["context"]
        dialogs = self.env["crm.territory.object"].with_user(self.bob)
        for territory in (self.new["France"], self.france):
            dialog = dialogs.with_context(**context).create(
                {"wished_id": territory.id, "reason": "X"}
            )
            with self.subTest(territory.plan_id.name), self.assertRaises(UserError):
                dialog.action_object()
            self.assertFalse(dialog.read(["wished_id"])[0]["wished_id"])
        self.assertFalse(self.objections.search([]))

    def test_defaults_of_the_context(self):
        """What a client puts into the context says nothing."""
        line = self.line(self.bob, "Adler").with_context(
            default_state="accepted",
            default_decider_id=self.bob.id,
            default_answer="Yes",
            crm_territory_decided=["state"],
        )
        objection = self.objections.with_user(self.bob)._object(
            line, self.env["crm.territory.preview"].with_user(self.bob), "X"
        )
        self.assertEqual(objection.state, "new")
        self.assertFalse(objection.decider_id or objection.answer)

    def test_names_of_what_one_does_not_see(self):
        """A planner of the company to whom an account of another one is hidden."""
        objection = self.made()
        root = self.env(user=SUPERUSER_ID)  # whoever makes a company works for it
        second = root["res.company"].create({"name": "Second"})
        self.adler.sudo().company_id = second
        self.env.invalidate_all()
        self.assertFalse(objection.record_name)
        with self.assertRaises(AccessError):
            objection.action_open_record()
        with self.assertRaisesRegex(UserError, "may not see it"):
            objection.action_accept()

    def test_dialog_of_somebody_else(self):
        context = self.line(self.bob, "Adler").action_object()["context"]
        dialog = (
            self.env["crm.territory.object"]
            .with_user(self.bob)
            .with_context(**context)
            .create({"reason": "X"})
        )
        with self.assertRaises(AccessError):
            dialog.with_user(self.amy).read(["record_name"])

    def test_ids_that_are_none(self):
        dialogs = self.env["crm.territory.object"].with_user(self.bob)
        for res_id in ("x", "-1", "9" * 40, "0"):
            dialog = dialogs.create({"res_id": res_id, "reason": "X"})
            self.assertFalse(dialog.record_name)
            with self.subTest(res_id), self.assertRaises(UserError):
                dialog.action_object()
