from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import SALESMAN
from .test_requests import RequestCase


@tagged("post_install", "-at_install")
class TestRequestAttempts(RequestCase):
    """What must fail, or tell nothing, through the calls that the API offers.

    Accounts are open to all, but where a test says else. The secret is a lead of Mona
    in Germany, which Dan does not see.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls.lead("Secret deal", user_id=cls.mona.id, country_id=cls.de.id)
        cls.shown = cls.lead("Shown deal", user_id=cls.dan.id, country_id=cls.de.id)
        cls.env.flush_all()

    def _by_territory(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )

    # -- requests are made by the wizard only

    def test_nothing_is_written_by_clients(self):
        """Every stored field, by whoever may read the request; nor is one made."""
        request = self.ask(self.adler)
        values = {
            "state": "accepted",
            "user_id": self.bob.id,
            "decider_id": self.dan.id,
            "partner_id": self.rivoire.id,
            "lead_id": self.shown.id,
            "territory_id": self.germany.id,
            "reason": "x",
            "plan_id": self.plan.id,
            "company_id": False,
            "decision_date": "2020-01-01 00:00:00",
            "decision_reason": "x",
            "user_may_decide": True,
            "record_name": "x",
            "present_territory_ids": [Command.set(self.france.ids)],
        }
        stored = {
            name
            for name, field in request._fields.items()
            if field.store and field._module == "crm_territory"
        }
        self.assertLessEqual(stored - set(models.MAGIC_COLUMNS), values.keys())
        for user in (self.dan, self.claire, self.mona):
            theirs = request.with_user(user)
            for name, value in values.items():
                self.assertRefused(theirs.write, {name: value}, error=AccessError)
            self.assertRefused(theirs.unlink, error=AccessError)
            self.assertRefused(theirs.copy, error=AccessError)
            self.assertRefused(
                theirs.create,
                {
                    "partner_id": self.sato.id,
                    "territory_id": self.france.id,
                    "reason": "x",
                },
                error=AccessError,
            )

    def test_context_decides_nothing(self):
        """Defaults of a client do not reach the request."""
        wizard = self.wizard(self.adler, self.dan)
        wizard.reason = "x"
        wizard.with_context(
            default_state="accepted",
            default_decider_id=self.dan.id,
            default_user_id=self.bob.id,
            default_company_id=False,
            default_lead_id=self.secret.id,
            default_decision_reason="x",
        ).action_ask()
        self.assertRecordValues(
            self.request_of(self.adler),
            [
                {
                    "state": "open",
                    "user_id": self.dan.id,
                    "decider_id": False,
                    "lead_id": False,
                    "decision_reason": False,
                    "company_id": self.plan.company_id.id,
                }
            ],
        )

    # -- hidden records

    def test_hidden_lead_is_not_requested(self):
        wizards = self.env["crm.territory.ask"].with_user(self.dan)
        wizard = wizards.create(
            {
                "res_model": "crm.lead",
                "res_id": self.secret.id,
                "territory_id": self.france.id,
                "reason": "x",
            }
        )
        self.assertFalse(wizard.record_name)
        self.assertFalse(wizard.present_territory_ids)
        self.assertEqual(wizard.choice_ids, self.france)
        self.assertRefused(wizard.action_ask)
        shown = self.wizard(self.shown, self.dan)
        shown.write({"res_id": self.secret.id, "reason": "x"})
        self.assertFalse(shown.record_name)
        self.assertRefused(shown.action_ask)
        self.assertFalse(self.request_of(self.secret))

    def test_hidden_and_missing_look_alike(self):
        """The wizard answers the same for a lead that is hidden and for none."""
        wizards = self.env["crm.territory.ask"].with_user(self.dan)
        spec = {
            "res_model": {},
            "res_id": {},
            "record_name": {},
            "present_territory_ids": {"fields": {"display_name": {}}},
            "choice_ids": {},
            "territory_id": {"fields": {"display_name": {}}},
        }
        answers = []
        missing_id = self.env["crm.lead"].search([], order="id desc", limit=1).id + 99
        for lead_id in (self.secret.id, missing_id):
            values = {"res_model": "crm.lead", "res_id": lead_id, "reason": "x"}
            answer = wizards.onchange(values, ["res_id"], spec)
            answer["value"].pop("res_id", None)
            with self.assertRaises(UserError) as raised:
                wizards.create(values).action_ask()
            answers.append((answer, str(raised.exception)))
        self.assertEqual(*answers)

    def test_name_of_a_record_that_one_no_longer_sees(self):
        request = self.ask(self.shown).with_user(self.dan)
        self.assertEqual(request.record_name, "Shown deal")
        self.shown.write({"user_id": self.mona.id, "name": "New secret name"})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.shown.with_user(self.dan).has_access("read"))
        self.assertTrue(request.has_access("read"))
        readable = [
            name
            for name, field in request._fields.items()
            if not field.groups and name not in ("lead_id", "partner_id")
        ]
        told = repr(request.read(readable)) + repr(
            self.env["mail.activity"]
            .with_user(self.dan)
            .search_read([("res_model", "=", request._name)])
        )
        self.assertNotIn("secret name", told)
        self.assertNotIn("Shown deal", told)
        self.assertFalse(request.record_name)
        self.assertFalse(request.present_territory_ids)
        self.assertRefused(request.action_open_record)
        for name in ("lead_id", "partner_id"):
            self.assertRefused(request.read, [name], error=AccessError)
            self.assertRefused(
                request.search, [(f"{name}.name", "ilike", "s")], error=AccessError
            )
            self.assertRefused(
                request.formatted_read_group, [], [name], ["__count"], error=AccessError
            )
        for needle in ("New secret", "Shown"):
            self.assertFalse(request.search([("record_name", "ilike", needle)]))
            self.assertFalse(request.search([("record_name", "=", f"{needle} name")]))
        request.with_user(self.claire).decline("x")
        messages = self.env["mail.message"].sudo()
        found = messages.search([("model", "=", request._name)])
        told = repr(found.read(["body", "subject", "record_name"]))
        self.assertNotIn("secret name", told)

    def test_search_by_name(self):
        request = self.ask(self.shown)
        for user in (self.dan, self.claire, self.mona):
            requests = request.with_user(user)
            found = requests.search([("record_name", "ilike", "shown")])
            self.assertEqual(found, request)
            self.assertFalse(requests.search([("record_name", "not ilike", "shown")]))

    def test_hidden_account(self):
        self._by_territory()
        self.adler.user_id = self.mona
        self.env.flush_all()
        self.assertRefused(self.ask, self.adler)
        wizards = self.env["crm.territory.ask"].with_user(self.dan)
        wizard = wizards.create(
            {"res_model": "res.partner", "res_id": self.adler.id, "reason": "x"}
        )
        self.assertFalse(wizard.record_name)
        self.assertRefused(wizard.action_ask)
        contact = self.contact("John", self.adler)
        wizard.res_id = contact.id
        self.assertFalse(wizard.record_name)
        self.assertRefused(wizard.action_ask)

    def test_accepted_under_accounts_by_territory(self):
        """Who asked while he saw it learns of it by the request, and sees it then."""
        self._by_territory()
        lead = self.lead("Deal", self.adler, user_id=self.dan.id)
        request = self.ask(self.adler)
        lead.user_id = self.mona
        self.adler.user_id = self.mona
        self.env.flush_all()
        self.env.invalidate_all()
        theirs = request.with_user(self.dan)
        self.assertFalse(theirs.record_name)
        request.with_user(self.claire).action_accept()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(theirs.record_name, "Adler")

    # -- deciding

    def test_who_does_not_decide(self):
        request = self.ask(self.adler)
        for user in (self.dan, self.bob, self.amy):
            theirs = request.with_user(user)
            self.assertFalse(theirs.user_may_decide)
            self.assertRefused(theirs.action_accept, error=AccessError)
            self.assertRefused(theirs.action_decline, error=AccessError)
            self.assertRefused(theirs.decline, "x", error=AccessError)
        self.assertRefused(request.with_user(self.amy).action_withdraw)
        wizards = self.env["crm.territory.request.decline"].with_user(self.amy)
        for res_id in (request.id, request.id + 99):
            wizard = wizards.create({"res_id": res_id, "reason": "x"})
            self.assertFalse(wizard.request_name)
            self.assertRefused(wizard.action_decline)
        self.assertEqual(request.state, "open")

    def test_manager_of_the_gaining_territory_does_not_decide(self):
        """The border is that of the line that has the record."""
        eve = new_test_user(self.mona.env, "eve", SALESMAN)
        self.france.member_ids = [
            Command.create({"user_id": eve.id, "is_manager": True})
        ]
        request = self.ask(self.adler)
        self.assertRefused(request.with_user(eve).action_accept)
        # also below what one manages
        below = self.territory("Below", self.france)
        request = self.ask(self.bruno, below, eve)
        self.assertRefused(request.with_user(self.dan).action_accept)
        request.with_user(self.claire).action_accept()

    def test_decided_once(self):
        request = self.ask(self.adler).with_user(self.claire)
        request.decline("x")
        self.assertRefused(request.action_accept)
        self.assertRefused(request.decline, "y")
        self.assertRefused(request.with_user(self.mona).action_accept)
        self.assertRefused(request.with_user(self.dan).action_withdraw)

    def test_second_open_request(self):
        self.france.member_ids = [Command.create({"user_id": self.bob.id})]
        self.ask(self.adler)
        self.assertRefused(self.ask, self.adler, error=UserError)
        self.assertRefused(self.ask, self.adler, None, self.bob, error=UserError)
        nice = self.territory("Nice", self.france, members=[(self.dan, False)])
        self.ask(self.adler, nice)
        self.request_of(self.adler).with_user(self.claire).decline("x")
        self.ask(self.adler, nice)

    def test_territories_that_one_may_not_ask_for(self):
        draft = self.env["crm.territory.plan"].create({"name": "Draft"})
        drafted = self.territory("Draft", plan=draft, members=[(self.dan, True)])
        archived = self.territory("Old", self.france, members=[(self.dan, True)])
        archived.active = False
        for territory in (self.germany, self.europe, self.berlin, drafted, archived):
            self.assertRefused(self.ask, self.sato, territory, self.dan)
        self.france.member_ids.date_end = "2020-01-01"
        self.env.invalidate_all()
        self.assertRefused(self.ask, self.sato, self.france)

    def test_activity_is_nobody_elses(self):
        """The requester cannot take the activity away, nor give it to another."""
        request = self.ask(self.adler)
        activity = request.activity_ids.with_user(self.dan)
        self.assertEqual(activity.user_id, self.claire)
        for operation in ("write", "unlink"):
            self.assertFalse(activity.has_access(operation))
        self.assertRefused(activity.write, {"user_id": self.bob.id})
        self.assertRefused(activity.action_feedback)
        self.assertRefused(activity.unlink)
        theirs = request.with_user(self.dan)
        theirs.activity_unlink(["mail.mail_activity_data_todo"])
        theirs.activity_reschedule(
            ["mail.mail_activity_data_todo"], new_user_id=self.bob.id
        )
        self.assertEqual(self.decider(request), self.claire)
        self.assertRefused(request.with_user(self.dan).message_post, error=AccessError)

    def test_wrong_types(self):
        requests = self.env["crm.territory.request"].with_user(self.dan)
        for name in ("action_accept", "action_withdraw"):
            getattr(requests, name)()  # of none: nothing
        for context in (
            {"active_model": "res.users", "active_id": 2},
            {"active_model": "crm.lead", "active_id": "x"},
            {"active_model": ["crm.lead"], "active_id": None},
        ):
            wizards = self.env["crm.territory.ask"].with_user(self.dan)
            self.assertFalse(
                wizards.with_context(**context).default_get(["res_model", "res_id"])
            )
        for name in ("crm.territory.ask", "crm.territory.request.decline"):
            wizards = self.env[name].with_user(self.dan)
            for res_id in (-1, 0, 2**40):
                values = {"res_model": "crm.lead", "res_id": res_id}
                values = {key: values[key] for key in values if key in wizards._fields}
                answer = wizards.onchange(values, ["res_id"], dict.fromkeys(values, {}))
                self.assertIn("value", answer)


@tagged("post_install", "-at_install")
class TestRequestsOfTwoCompanies(RequestCase):
    """Second has a plan of its own, where Sue sells and Max is a sales manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.plan.company_id
        admin = cls.env(user=cls.env.ref("base.user_root"))
        cls.second = admin["res.company"].create({"name": "Second"}).with_env(cls.env)
        works = {
            "company_id": cls.second.id,
            "company_ids": [Command.set(cls.second.ids)],
        }
        cls.sue = new_test_user(admin, "sue", SALESMAN, **works).with_env(cls.env)
        cls.max = new_test_user(
            admin, "max", SALESMAN + ",sales_team.group_sale_manager", **works
        ).with_env(cls.env)
        root = admin["crm.territory.plan"].create(
            {"name": "Second", "company_id": cls.second.id, "user_id": cls.max.id}
        )
        cls.deutschland = admin["crm.territory"].create(
            {
                "name": "Deutschland",
                "plan_id": root.id,
                "area_ids": [Command.create({"country_id": cls.de.id})],
                "member_ids": [
                    Command.create({"user_id": cls.sue.id, "is_manager": True})
                ],
            }
        )
        root.action_activate()
        cls.env.flush_all()

    def test_requests_stay_in_the_company(self):
        request = self.ask(self.adler)
        for user in (self.sue, self.max):
            theirs = request.with_user(user)
            self.assertFalse(theirs.search([]))
            self.assertRefused(theirs.action_accept, error=AccessError)
            self.assertRefused(theirs.decline, "x", error=AccessError)
        self.assertEqual(self.decider(request), self.claire)

    def test_account_of_both_companies(self):
        """The line of the plan that the request is for decides; no more is told."""
        both = self.account("Both", self.de)
        self.assertTerritories(both, self.germany | self.deutschland)
        wizard = self.wizard(both, self.dan)
        self.assertEqual(wizard.present_territory_ids, self.germany)
        request = self.ask(both)
        self.assertRefused(request.with_user(self.sue).action_accept)
        theirs = request.with_user(self.claire)
        self.assertEqual(theirs.present_territory_ids, self.germany)
        theirs.action_accept()
        self.assertTerritories(both, self.germany | self.deutschland | self.france)

    def test_record_that_the_plan_does_not_cover(self):
        self.dan.sudo().company_ids = [Command.link(self.second.id)]
        mine = self.sato.sudo().copy({"company_id": self.second.id})
        dan = self.dan.with_context(allowed_company_ids=(self.first | self.second).ids)
        wizard = self.wizard(mine.with_env(dan.env), dan)
        wizard.write({"territory_id": self.france.id, "reason": "x"})
        self.assertRefused(wizard.action_ask, error=UserError)

    def test_territory_of_the_other_company(self):
        for territory in (self.deutschland, self.deutschland.browse(10**6)):
            self.assertRefused(
                self.env["crm.territory.ask"].with_user(self.dan).create,
                {
                    "res_model": "res.partner",
                    "res_id": self.sato.id,
                    "territory_id": territory.id,
                    "reason": "x",
                },
                error=Exception,
            )
