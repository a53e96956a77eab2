from contextlib import suppress
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from .common import SALES_MANAGER, SALESMAN
from .shared_draft_case import SharedDraftCase

FRANCE, GERMANY = "Europe / France", "Europe / Germany"


@tagged("post_install", "-at_install")
class TestSharedDraft(SharedDraftCase):
    """What future members see of a draft that is shared for comment."""

    def assertNothingRead(self, record, names):
        """Odoo leaves out what is not there, and refuses what rules refuse."""
        with suppress(AccessError):
            self.assertFalse(record.read(names))

    def test_members_see_what_will_be_theirs(self):
        self.assertEqual(self.previews(self.amy).mapped("complete_name"), [FRANCE])
        self.assertEqual(
            self.accounts(self.amy),
            {
                "Rivoire": (FRANCE, "1_new"),
                "Adler": (False, "3_leaves"),
                "Bruno": (False, "3_leaves"),
            },
        )
        self.assertEqual(
            self.accounts(self.bob),
            {
                "Adler": (GERMANY, "1_new"),
                "Bruno": (f"{GERMANY} / Berlin", "1_new"),
            },
        )

    def test_with_what_lies_below(self):
        previews = self.previews(self.claire)
        self.assertEqual(
            previews.mapped("complete_name"),
            ["Europe", FRANCE, GERMANY, f"{GERMANY} / Berlin"],
        )
        self.assertEqual(previews.mapped("is_member"), [True, False, False, False])
        self.assertTrue(all(previews.mapped("is_manager")))
        self.assertEqual(
            {change for _t, change in self.accounts(self.claire).values()},
            {"2_stays"},
        )

    def test_areas_are_of_ones_territories(self):
        areas = self.lines(self.amy, ("kind", "=", "area"))
        self.assertEqual(areas.mapped("name"), ["France"])
        self.assertEqual(len(self.lines(self.bob, ("kind", "=", "area"))), 2)

    def test_counts(self):
        [france] = self.previews(self.amy)
        lines = self.lines(self.amy, ("territory_id", "=", france.id))
        accounts = lines.filtered(lambda line: line.kind == "account")
        self.assertEqual(france.account_count, len(accounts))
        self.assertEqual(france.new_count, len(accounts))
        self.assertEqual(france.area_count, 1)
        action = france.action_view_lines()
        self.assertEqual(lines.search(action["domain"]), lines)
        action = call_kw(france, "action_view_leaving", [[]], {})
        leaving = action["domain"]
        self.assertEqual(
            lines.search(leaving) & self.lines(self.amy),
            self.lines(self.amy, ("change", "=", "3_leaves")),
        )

    def test_nothing_else_of_the_draft(self):
        for user in (self.amy, self.bob, self.claire):
            for record in (
                self.draft,
                self.new["France"],
                self.new["France"].area_ids,
                self.new["France"].member_ids,
                self.simulation,
                self.simulation.move_ids[0],
            ):
                with (
                    self.subTest(user.name, record=record),
                    self.assertRaises(AccessError),
                ):
                    record.with_user(user).read(["display_name"])

    def test_accounts_that_one_may_not_open_are_not_told(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        self.assertNotIn("Rivoire", self.accounts(self.amy))
        self.assertIn("Adler", self.accounts(self.amy))
        self.assertFalse(self.previews(self.amy).account_count)
        # nor by its id, known or guessed, nor by a group
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", False
        )
        line = self.line(self.amy, "Rivoire")
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        self.env.invalidate_all()
        self.assertNothingRead(line, ["name", "partner_id"])
        with self.assertRaises(UserError):
            line.action_object()
        groups = line._read_group([], ["partner_id"], ["__count"])
        self.assertNotIn(self.rivoire, [account for account, _count in groups])
        dialog = (
            self.env["crm.territory.object"]
            .with_user(self.amy)
            .create({"res_id": str(line.id), "reason": "Which one is it?"})
        )
        self.assertFalse(dialog.record_name)
        with self.assertRaises(UserError):
            dialog.action_object()

    def test_anothers_rows_are_not_ones_own(self):
        line = self.line(self.bob, "Adler")
        for names in (["name"], ["partner_id"], ["name", "objection_state", "kind"]):
            self.env.invalidate_all()
            with self.subTest(names):
                self.assertNothingRead(line.with_user(self.amy), names)
        preview = self.env["crm.territory.preview"].with_user(self.amy)
        germany = preview.browse(self.new["Germany"].id)
        self.assertNothingRead(germany, ["complete_name"])
        self.assertFalse(preview.search([("plan_id.user_id", "=", self.bob.id)]))
        for model in (preview, self.env["crm.territory.preview.line"]):
            with self.assertRaises(AccessError):
                model.with_user(self.amy).browse(line.id).write({"plan_id": 1})

    def test_not_shared_nobody_sees_it(self):
        self.draft.action_stop_sharing()
        self.assertFalse(self.previews(self.amy))
        self.assertFalse(self.lines(self.amy))

    def test_activated_and_drafted_again_it_is_not_shared(self):
        self.draft.introduce()
        self.assertFalse(self.previews(self.amy))
        self.draft.action_archive_plan()
        self.draft.action_reset_draft()
        self.assertFalse(self.previews(self.amy))

    def test_days_of_membership(self):
        """Over before the plan begins: no; from some day on: yes."""
        today = fields.Date.today()
        self.draft.date_start = today + timedelta(days=30)
        member = self.new["France"].member_ids
        member.date_end = today + timedelta(days=20)
        self.assertFalse(self.previews(self.amy))
        member.write({"date_start": today + timedelta(days=60), "date_end": False})
        self.assertTrue(self.previews(self.amy))

    def test_last_simulation(self):
        self.assertFalse(self.previews(self.amy).is_outdated)
        self.new["France"].area_ids.unlink()
        self.assertTrue(self.previews(self.amy).is_outdated)
        self.assertIn("Rivoire", self.accounts(self.amy), "As it was simulated")
        run = self.run_assignment(plan_id=self.draft.id, is_dry=True)
        self.assertNotIn("Rivoire", self.accounts(self.amy))
        self.assertEqual(self.previews(self.amy).simulation_date, run.date_end)
        # one of a few records is none of the draft
        self.run_assignment(
            plan_id=self.draft.id,
            is_dry=True,
            scope="selection",
            partner_ids=self.sato.ids,
        )
        self.assertEqual(self.previews(self.amy).simulation_date, run.date_end)

    def test_its_moves_are_kept(self):
        self.simulation.sudo().move_ids.date = "2020-01-01"
        self.env.flush_all()
        self.env["crm.territory.move"].sudo()._gc_simulations()
        self.assertIn("Rivoire", self.accounts(self.amy))
        self.draft.action_stop_sharing()
        self.env.flush_all()
        self.env["crm.territory.move"].sudo()._gc_simulations()
        self.assertFalse(self.simulation.move_ids.exists())

    def test_copy_is_not_shared(self):
        self.draft.copy({"name": "Copy"})
        self.assertEqual(self.previews(self.amy).plan_id, self.draft)

    def test_other_companies(self):
        """Of a plan of a company, who works for another one sees nothing."""
        second = self.env["res.company"].sudo().create({"name": "Second"})
        self.amy.sudo().write(
            {"company_ids": [Command.link(second.id)], "company_id": second.id}
        )
        previews = self.env["crm.territory.preview"].with_user(self.amy)
        lines = self.env["crm.territory.preview.line"].with_user(self.amy)
        for model in (previews, lines):
            self.assertFalse(
                model.with_context(allowed_company_ids=second.ids).search([])
            )
        self.rivoire.company_id = self.env.company
        self.draft.company_id = False
        self.env.flush_all()
        found = lines.with_context(allowed_company_ids=second.ids).search([])
        self.assertTrue(found)
        self.assertNotIn("Rivoire", found.mapped("name"))


@tagged("post_install", "-at_install")
class TestSharing(SharedDraftCase):
    """Who shares a draft, and when."""

    def test_who_may(self):
        for user in (self.claire, self.amy):
            for name in ("action_share_for_comment", "action_stop_sharing"):
                with self.subTest(user.name, call=name), self.assertRaises(AccessError):
                    getattr(self.draft.with_user(user), name)()
        self.draft.user_id = self.claire
        with self.assertRaises(AccessError):
            self.draft.with_user(self.claire).action_share_for_comment()
        with self.assertRaises(AccessError):
            self.draft.write({"comment_by_id": self.amy.id})

    def test_not_by_who_manages_sales_elsewhere(self):
        company = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        olga = new_test_user(
            self.env(su=True),
            "olga",
            SALES_MANAGER,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        with self.assertRaises(AccessError):
            self.draft.with_user(olga).action_share_for_comment()

    def test_only_drafts(self):
        with self.assertRaisesRegex(UserError, "no draft"):
            self.plan.action_share_for_comment()

    def test_only_what_is_simulated(self):
        other = self.draft.copy({"name": "Other"})
        with self.assertRaisesRegex(UserError, "Simulate"):
            other.action_share_for_comment()
        self.new["France"].area_ids.unlink()
        with self.assertRaisesRegex(UserError, "as it is"):
            self.draft.action_share_for_comment()

    def test_members_are_told(self):
        left = new_test_user(self.env(su=True), "left", SALESMAN)
        self.new["France"].member_ids = [
            Command.create({"user_id": left.id, "date_end": "2020-01-01"})
        ]
        self.draft.action_share_for_comment()
        told = (
            self.env["mail.notification"]
            .sudo()
            .search(
                [("mail_message_id.subject", "=", "A plan is shared for comment")],
                limit=3,
                order="id desc",
            )
        )
        users = told.res_partner_id.user_ids
        self.assertEqual(users, self.amy | self.bob | self.claire)
        self.assertIn("Mona", told[0].mail_message_id.body.replace("mona", "Mona"))
