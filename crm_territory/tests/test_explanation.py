from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestExplanation(TerritoryCase):
    """Why a user sees a record or not: told by layers, compared, supposed.

    Bob has a deal in Berlin, Mona one in France and one of Sato's, which is in none.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dora = new_test_user(cls.mona.env, "dora", SALESMAN)
        cls.in_berlin = cls.lead("Berlin", cls.bruno, user_id=cls.bob.id)
        cls.in_france = cls.lead("France", cls.rivoire, user_id=cls.mona.id)
        cls.in_none = cls.lead("Japan", cls.sato, user_id=cls.mona.id)
        cls.env.cr.flush()

    def ask(self, user, record=None, asker=None, **values):
        """The explanation that somebody asks for."""
        asked = self.env["crm.territory.explanation"].with_user(asker or self.mona)
        if record is not None:
            column = "lead_id" if record._name == "crm.lead" else "partner_id"
            values[column] = record.id
        asked = asked.create({"user_id": user.id, **values})
        asked.action_explain()
        self.env.invalidate_all()
        return asked

    def told(self, asked, compared=False):
        """{what our own layers are called: the verdict}"""
        name = "other_verdict" if compared else "verdict"
        return {
            line.name: line[name] for line in asked.line_ids if line.kind == "territory"
        }

    # -- layers

    def test_member(self):
        asked = self.ask(self.amy, self.in_berlin)
        self.assertEqual(
            self.told(asked),
            {
                "Salesperson": "blocked",
                "Leads a team of the salesperson": "blocked",
                "The salesperson reports to the user": "blocked",
                "Member of Europe / Germany": "passed",
                "Neither salesperson nor territory": "not_asked",
            },
        )
        self.assertIn("yes. Member of Europe / Germany", asked.verdict)
        right = asked.line_ids.filtered(lambda line: line.kind == "right")
        self.assertEqual(right.verdict, "passed")
        rules = asked.line_ids.filtered(lambda line: line.kind in ("global", "group"))
        self.assertIn(
            "Leads: shared by territory, and those of people below",
            rules.mapped("name"),
        )

    def test_membership_that_ended(self):
        self.germany.member_ids.date_end = date(2020, 1, 1)
        asked = self.ask(self.amy, self.in_berlin)
        self.assertEqual(self.told(asked)["Member of Europe / Germany"], "blocked")
        self.assertIn("ended on 01/01/2020", asked.line_ids.mapped("words"))
        self.assertIn("no.", asked.verdict)

    def test_reading_only(self):
        self.germany.permission = "read"
        self.assertIn("yes.", self.ask(self.amy, self.in_berlin).verdict)
        asked = self.ask(self.amy, self.in_berlin, operation="write")
        self.assertIn("no.", asked.verdict)
        self.assertIn("members may only read", asked.line_ids.mapped("words"))

    def test_without_right(self):
        nora = new_test_user(self.mona.env, "nora", "base.group_user")
        asked = self.ask(nora, self.in_berlin)
        self.assertEqual(asked.line_ids.mapped("kind"), ["right"])
        self.assertIn("no. Odoo's access right", asked.verdict)

    def test_other_company_is_a_rule(self):
        second = self.env["res.company"].sudo().create({"name": "Second"})
        self.mona.sudo().company_ids |= second
        lead = self.lead("Second", company_id=second.id, user_id=self.mona.id)
        asked = self.ask(self.amy, lead)
        blocked = asked.line_ids.filtered(
            lambda line: line.kind == "global" and line.verdict == "blocked"
        )
        self.assertTrue(blocked)
        self.assertIn(blocked[0].name, asked.verdict)

    def test_account(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        self.adler.user_id = self.mona
        self.assertIn("yes.", self.ask(self.amy, self.adler).verdict)
        asked = self.ask(self.bob, self.adler)
        self.assertIn("no.", asked.verdict)
        self.assertEqual(
            self.told(asked)["Has a lead, an opportunity or a quotation on it"],
            "blocked",
        )

    # -- two users

    def test_two_users_on_a_record(self):
        asked = self.ask(self.amy, self.in_berlin, compare="user", other_id=self.bob.id)
        self.assertEqual(self.told(asked)["Salesperson"], "blocked")
        self.assertEqual(self.told(asked, True)["Salesperson"], "passed")
        self.assertTrue(
            asked.line_ids.filtered(lambda line: line.name == "Salesperson").differs
        )
        self.assertEqual(asked.verdict.count("yes."), 2)

    def test_asked_again(self):
        asked = self.ask(self.amy, self.in_berlin)
        names = asked.line_ids.mapped("name")
        asked.write({"compare": "user", "other_id": self.bob.id})
        asked.action_explain()
        self.assertEqual(asked.line_ids.mapped("name")[: len(names)], names)
        self.assertEqual(len(set(asked.line_ids.mapped("name"))), len(asked.line_ids))

    def test_two_users_on_all_records(self):
        lead = self.lead("Amy's", self.sato, user_id=self.amy.id)
        asked = self.ask(self.amy, compare="user", other_id=self.bob.id)
        self.assertEqual(asked.difference_ids.lead_id, lead)
        self.assertIn(f"Only {self.amy.name}: 1", asked.verdict)
        self.assertIn(f"Only {self.bob.name}: 0", asked.verdict)

    # -- what if

    def assertNothingChanged(self, ask):
        """Nothing of it stays: rows, messages, journal, caches, signals."""
        counted = (
            "crm.territory.member",
            "crm.territory.change",
            "crm.territory.move",
            "crm.territory.run",
            "mail.message",
            "mail.mail",
        )
        self.env.cr.flush()

        def state():
            self.env.invalidate_all()
            return (
                [self.env[name].sudo().search_count([]) for name in counted],
                self.plan.version,
                self.plan.revision,
                self.plan.state,
                {t: t.parent_id for t in self.plan.territory_ids},
                [
                    self.env["crm.lead"].with_user(user).search([])
                    for user in (self.amy, self.bob, self.dora, self.claire)
                ],
                self.in_berlin.sudo().territory_set_id,
            )

        before, signals = state(), set(self.env.registry.cache_invalidated)
        found = ask()
        self.env.cr.flush()
        self.assertEqual(state(), before)
        self.assertEqual(set(self.env.registry.cache_invalidated), signals)
        return found

    def test_what_if_a_member(self):
        supposed = {"compare": "member", "territory_id": self.germany.id}
        asked = self.assertNothingChanged(
            lambda: self.ask(self.dora, self.in_berlin, **supposed)
        )
        self.assertIn("dora", asked.verdict)
        now, then = asked.verdict.split("\n")
        self.assertIn("no.", now)
        self.assertIn("yes. Member of Europe / Germany", then)
        asked = self.assertNothingChanged(lambda: self.ask(self.dora, **supposed))
        self.assertEqual(asked.difference_ids.lead_id, self.in_berlin)
        self.assertEqual(asked.difference_ids.side, "second")

    def test_what_if_a_member_is_one_already(self):
        asked = self.assertNothingChanged(
            lambda: self.ask(
                self.amy,
                self.in_berlin,
                operation="write",
                compare="member",
                territory_id=self.germany.id,
                is_manager=True,
            )
        )
        self.assertEqual(asked.verdict.count("yes."), 2)

    def test_what_if_a_territory_lay_elsewhere(self):
        asked = self.assertNothingChanged(
            lambda: self.ask(
                self.amy, compare="move", territory_id=self.berlin.id, parent_id=False
            )
        )
        self.assertEqual(asked.difference_ids.lead_id, self.in_berlin)
        self.assertEqual(asked.difference_ids.side, "first")
        with self.assertRaises(ValidationError):
            self.ask(
                self.amy,
                compare="move",
                territory_id=self.germany.id,
                parent_id=self.berlin.id,
            )

    def test_what_if_another_plan(self):
        draft = self.plan.copy({"name": "Next year"})
        berlin = draft.territory_ids.filtered(lambda t: t.name == "Berlin")
        berlin.member_ids = [Command.create({"user_id": self.dora.id})]
        draft.territory_ids.filtered(lambda t: t.name == "Germany").member_ids.unlink()
        for user, now, then in ((self.dora, "no.", "yes."), (self.amy, "yes.", "no.")):
            asked = self.assertNothingChanged(
                lambda user=user: self.ask(
                    user, self.in_berlin, compare="plan", plan_id=draft.id
                )
            )
            first, second = asked.verdict.split("\n")
            self.assertIn(now, first)
            self.assertIn(then, second)
        with self.assertRaises(UserError):
            self.ask(self.dora, compare="plan", plan_id=draft.id)

    # -- who may ask

    def test_manager_asks_about_the_line(self):
        asked = self.ask(self.amy, self.in_berlin, asker=self.claire)
        self.assertIn("yes.", asked.verdict)
        for user, record, values in (
            (self.bob, self.in_berlin, {}),  # no member
            (self.amy, self.in_berlin, {"compare": "user", "other_id": self.bob.id}),
            (self.amy, self.in_none, {}),  # hidden
            (self.amy, self.sato, {}),  # seen, but in no territory of hers
            (self.amy, None, {"compare": "move", "territory_id": self.berlin.id}),
            (self.amy, None, {"compare": "member", "territory_id": self.health.id}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.ask(user, record, asker=self.claire, **values)

    def test_manager_learns_of_the_line_only(self):
        """Not what a member of hers sees elsewhere, nor what she would see herself."""
        self.lead("Amy's", self.sato, user_id=self.amy.id)
        germany = {"compare": "member", "territory_id": self.germany.id}
        asked = self.ask(self.dora, asker=self.claire, **germany)
        self.assertEqual(asked.difference_ids.lead_id, self.in_berlin)
        asked = self.ask(
            self.amy, asker=self.claire, compare="user", other_id=self.claire.id
        )
        # what Claire sees and Amy does not: France
        self.assertEqual(asked.difference_ids.lead_id, self.in_france)
        self.assertIn(f"Only {self.amy.name}: 0", asked.verdict)

    def test_others_may_not_ask(self):
        for asker in (self.amy, self.bob):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.ask(self.amy, self.in_berlin, asker=asker)

    def test_ids_of_hidden_records(self):
        """Neither wizard tells the name of what somebody does not see."""
        values = {"lead_id": self.in_none.id}
        spec = {"lead_id": {"fields": {"display_name": {}}}}
        seen = self.env["crm.territory.access"].with_user(self.bob)
        seen = seen.create({"lead_id": self.in_berlin.id})
        asked = self.env["crm.territory.explanation"].with_user(self.bob).create({})
        for attempt in (
            lambda: seen.write(values),
            lambda: asked.write(values),
            lambda: asked.create(values),
            lambda: seen.onchange(values, [], spec),
            lambda: seen.browse().onchange(values, ["lead_id"], spec),
            lambda: asked.onchange(values, [], spec),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()

    def test_nobody_writes_answers(self):
        asked = self.ask(self.amy, self.in_berlin, asker=self.claire)
        lines = asked.line_ids
        for attempt in (
            lambda: lines[0].write({"verdict": "passed"}),
            lambda: lines.create({"explanation_id": asked.id, "name": "x"}),
            lambda: asked.difference_ids.create(
                {"explanation_id": asked.id, "lead_id": self.in_none.id}
            ),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()

    def test_from_who_sees_this(self):
        wizard = self.env["crm.territory.access"].with_user(self.claire)
        wizard = wizard.create({"lead_id": self.in_berlin.id})
        self.assertTrue(wizard.may_explain)
        action = wizard.action_explain()
        asked = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(asked.lead_id, self.in_berlin)
        form = Form(asked.with_user(self.claire))
        form.user_id = self.amy
        form.save().action_explain()
        self.assertIn("yes.", asked.verdict)
        self.assertFalse(
            wizard.with_user(self.bob)
            .create({"lead_id": self.in_berlin.id})
            .may_explain
        )
