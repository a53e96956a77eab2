from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SALESMAN, TerritoryCase


class RequestCase(TerritoryCase):
    """Dan sells in France. What lies in Germany, Claire has: she manages Europe."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dan = new_test_user(cls.mona.env, "dan", SALESMAN, name="Dan Dubois")
        cls.france.member_ids = [Command.create({"user_id": cls.dan.id})]
        cls.env.flush_all()

    def ask(self, record, territory=None, user=None, reason="The plant is in Lyon."):
        """The request that a user makes by the wizard."""
        wizard = self.wizard(record, user or self.dan)
        wizard.write({"reason": reason})
        if territory:
            wizard.territory_id = territory
        wizard.action_ask()
        return self.request_of(record)

    def wizard(self, record, user):
        context = {"active_model": record._name, "active_id": record.id}
        wizards = self.env["crm.territory.ask"].with_user(user).with_context(**context)
        return wizards.create({})

    def request_of(self, record):
        column = "lead_id" if record._name == "crm.lead" else "partner_id"
        requests = self.env["crm.territory.request"].sudo()
        return requests.search([(column, "=", record.id)], limit=1)

    def decider(self, request):
        """The one whom the activity of a request is for."""
        activities = self.env["mail.activity"].sudo()
        return activities.search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        ).user_id

    def last_message(self, user):
        """The last message that a user was notified of, with all that it says."""
        messages = self.env["mail.message"].sudo()
        return messages.search(
            [("notified_partner_ids", "in", user.partner_id.ids)],
            order="id desc",
            limit=1,
        )

    def assertRefused(self, function, *args, error=UserError):
        with (
            mute_logger("odoo.addons.base.models.ir_rule", "odoo.models"),
            mute_logger("odoo.addons.base.models.ir_model"),
            self.assertRaises(error),
            self.env.cr.savepoint(),
        ):
            function(*args)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestRequests(RequestCase):
    """A request: asked by who wants the record, decided by who has it."""

    def test_accepted(self):
        request = self.ask(self.adler)
        self.assertRecordValues(
            request,
            [
                {
                    "state": "open",
                    "user_id": self.dan.id,
                    "territory_id": self.france.id,
                    "company_id": self.plan.company_id.id,
                }
            ],
        )
        self.assertEqual(self.decider(request), self.claire)
        self.assertTerritories(self.adler, self.germany)
        request.with_user(self.claire).action_accept()
        self.assertTerritories(self.adler, self.germany | self.france)
        self.assertCredited(self.adler, self.france)
        override = self.adler.territory_override_ids
        self.assertEqual(override.user_id, self.claire)
        self.assertEqual(
            override.reason,
            f"Requested by Dan Dubois: The plant is in Lyon. Accepted by"
            f" {self.claire.name}.",
        )
        self.assertEqual(request.state, "accepted")
        self.assertEqual(request.decider_id, self.claire)
        self.assertFalse(self.decider(request))
        message = self.last_message(self.dan)
        self.assertIn("accepted", message.body)
        self.assertEqual(message.author_id, self.claire.partner_id)

    def test_journal_tells_the_reason(self):
        request = self.ask(self.adler)
        request.with_user(self.claire).action_accept()
        self.env.flush_all()
        move = self.env["crm.territory.move"].search(
            [("partner_id", "=", self.adler.id)], limit=1
        )
        self.assertEqual(move.user_id, self.claire)
        self.assertIn("put in by hand (Requested by Dan Dubois: The plant", move.why)
        self.assertIn(f"Accepted by {self.claire.name}.)", move.why)
        self.assertIn("Requested by Dan Dubois", self.adler.territory_why)

    def test_leads_follow_an_accepted_account(self):
        lead = self.lead("Secret", self.adler)
        request = self.ask(self.adler)
        self.assertFalse(lead.with_user(self.dan).has_access("read"))
        request.with_user(self.claire).action_accept()
        self.assertTerritories(lead, self.germany | self.france)
        self.assertTrue(lead.with_user(self.dan).has_access("read"))

    def test_declined(self):
        request = self.ask(self.adler)
        action = request.with_user(self.claire).action_decline()
        wizards = self.env[action["res_model"]].with_user(self.claire)
        with Form(wizards.with_context(**action["context"])) as form:
            form.reason = "Signed in Munich"
        form.record.action_decline()
        self.assertRecordValues(
            request,
            [
                {
                    "state": "declined",
                    "decider_id": self.claire.id,
                    "decision_reason": "Signed in Munich",
                }
            ],
        )
        self.assertFalse(self.decider(request))
        self.assertIn("Signed in Munich", self.last_message(self.dan).body)
        self.assertTerritories(self.adler, self.germany)
        self.assertTrue(request.with_user(self.dan).has_access("read"))

    def test_declining_needs_a_reason(self):
        request = self.ask(self.adler).with_user(self.claire)
        for reason in ("", "  ", None, 7, ["x"]):
            self.assertRefused(request.decline, reason, error=UserError)

    def test_withdrawn(self):
        request = self.ask(self.adler)
        self.assertRefused(request.with_user(self.claire).action_withdraw)
        request.with_user(self.dan).action_withdraw()
        self.assertEqual(request.state, "withdrawn")
        self.assertFalse(request.decider_id)
        self.assertFalse(self.decider(request))
        self.assertRefused(request.with_user(self.mona).action_accept)
        self.ask(self.adler)

    def test_needs_a_reason_and_a_territory(self):
        self.assertRefused(self.ask, self.adler, None, self.dan, "  ")
        self.assertRefused(self.ask, self.adler, None, self.bob)
        self.assertRefused(self.ask, self.rivoire)

    def test_lead(self):
        lead = self.lead("Deal", country_id=self.de.id, user_id=self.dan.id)
        request = self.ask(lead)
        self.assertEqual(self.decider(request), self.claire)
        request.with_user(self.claire).action_accept()
        self.assertTerritories(lead, self.germany | self.france)

    def test_contact_stands_for_its_account(self):
        contact = self.contact("John", self.adler)
        wizard = self.wizard(contact, self.dan)
        self.assertEqual(wizard.record_name, "Adler")
        wizard.reason = "x"
        wizard.action_ask()
        self.assertTrue(self.request_of(self.adler))

    def test_wizard(self):
        """What it proposes, and what it can be asked for."""
        wizard = self.wizard(self.adler, self.dan)
        self.assertEqual(wizard.territory_id, self.france)
        self.assertEqual(wizard.choice_ids, self.france)
        self.assertEqual(wizard.present_territory_ids, self.germany)
        managers = self.wizard(self.sato, self.claire)
        self.assertEqual(
            managers.choice_ids,
            self.europe | self.germany | self.berlin | self.france,
        )
        self.assertNotEqual(managers.territory_id, self.europe)
        self.assertFalse(self.wizard(self.adler, self.bob).choice_ids)

    def test_override_that_kept_it_out_is_turned(self):
        self.override(self.adler, self.france, "out")
        self.ask(self.adler).with_user(self.claire).action_accept()
        self.assertEqual(self.adler.territory_override_ids.decision, "in")
        self.assertTerritories(self.adler, self.germany | self.france)

    # -- who decides

    def test_manager_of_the_territory_comes_before_those_above(self):
        self.germany.member_ids.is_manager = True
        self.assertEqual(self.decider(self.ask(self.adler)), self.amy)
        self.assertEqual(self.decider(self.ask(self.bruno)), self.amy)

    def test_record_in_no_territory_goes_to_the_responsible(self):
        self.plan.user_id = self.bob
        request = self.ask(self.sato)
        self.assertEqual(self.decider(request), self.bob)
        self.assertRefused(request.with_user(self.claire).action_accept)
        request.with_user(self.bob).action_accept()
        self.assertTerritories(self.sato, self.france)

    def test_responsible_decides_nothing_that_is_hidden(self):
        """A colleague's lead in no territory: he is not told that he may, either."""
        self.plan.user_id = self.bob
        lead = self.lead("Hidden", self.sato, user_id=self.dan.id)
        request = self.ask(lead)
        asked = request.with_user(self.bob)
        self.env.invalidate_all()
        self.assertFalse(lead.with_user(self.bob).has_access("read"))
        self.assertFalse(asked.user_may_decide)
        to_decide = [("id", "=", request.id), ("user_may_decide", "=", True)]
        self.assertFalse(asked.search(to_decide))

    def test_responsible_decides_nothing_else(self):
        self.plan.user_id = self.bob
        request = self.ask(self.adler)
        self.assertFalse(request.with_user(self.bob).has_access("read"))

    def test_line_without_manager_goes_to_a_sales_manager(self):
        self.europe.member_ids.is_manager = False
        request = self.ask(self.adler)
        self.assertEqual(self.decider(request), self.mona)
        request.with_user(self.mona).action_accept()
        self.assertEqual(request.state, "accepted")

    def test_nobody_decides_his_own_but_sales_managers(self):
        request = self.ask(self.adler, self.france, self.claire)
        self.assertEqual(self.decider(request), self.mona)
        self.assertRefused(request.with_user(self.claire).action_accept)
        request.with_user(self.mona).action_accept()
        own = self.ask(self.sato, self.france, self.mona)
        own.with_user(self.mona).action_accept()
        self.assertEqual(own.state, "accepted")

    def test_manager_of_one_of_several_territories(self):
        self.health.member_ids = [
            Command.create({"user_id": self.bob.id, "is_manager": True})
        ]
        request = self.ask(self.bruno)
        for user in (self.bob, self.claire):
            self.assertTrue(request.with_user(user).user_may_decide)
        request.with_user(self.bob).action_accept()

    def test_record_that_moved_is_decided_by_who_has_it_now(self):
        self.germany.member_ids.is_manager = True
        self.health.member_ids = [
            Command.create({"user_id": self.bob.id, "is_manager": True})
        ]
        request = self.ask(self.adler)
        self.assertEqual(self.decider(request), self.amy)
        self.adler.write(
            {"country_id": self.jp.id, "industry_id": self.health_industry.id}
        )
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(self.decider(request), self.bob)
        self.assertFalse(request.with_user(self.amy).has_access("read"))
        self.assertRefused(request.with_user(self.amy).action_accept)
        self.assertRefused(request.with_user(self.claire).action_accept)
        request.with_user(self.bob).action_accept()

    def test_list_of_those_to_decide(self):
        request = self.ask(self.adler)
        requests = self.env["crm.territory.request"]
        for user, expected in (
            (self.claire, request),
            (self.mona, request),
            (self.dan, request.browse()),
            (self.amy, request.browse()),
        ):
            found = requests.with_user(user).search([("user_may_decide", "=", True)])
            self.assertEqual(found, expected, user.name)
            others = requests.with_user(user).search([("user_may_decide", "=", False)])
            self.assertFalse(others & expected, user.name)
        self.assertEqual(requests.with_user(self.dan).search([]), request)
        self.assertFalse(requests.with_user(self.amy).search([]))

    def test_who_decided_still_sees_it(self):
        request = self.ask(self.adler)
        request.with_user(self.claire).decline("No")
        self.europe.member_ids.unlink()
        self.env.invalidate_all()
        self.assertTrue(request.with_user(self.claire).has_access("read"))

    # -- what goes

    def test_deleting_what_it_is_about(self):
        """The activities go as well, which the database would leave."""
        activities = self.env["mail.activity"].sudo()
        domain = [("res_model", "=", "crm.territory.request")]
        lead = self.lead("Deal", country_id=self.de.id, user_id=self.dan.id)
        for record in (lead, self.adler):
            request = self.ask(record)
            self.assertTrue(activities.search(domain + [("res_id", "=", request.id)]))
            record.unlink()
            self.assertFalse(request.exists())
            self.assertFalse(activities.search(domain + [("res_id", "=", request.id)]))
        nice = self.territory("Nice", self.france, members=[(self.dan, False)])
        request = self.ask(self.bruno, nice)
        nice.unlink()
        self.assertFalse(request.exists())
        self.assertFalse(activities.search(domain + [("res_id", "=", request.id)]))

    def test_merged_leads(self):
        """What was asked for one of them is asked for the one that stays."""
        leads = self.env["crm.lead"]
        for number in (1, 2, 3):
            leads |= self.lead(
                f"Deal {number}", country_id=self.de.id, user_id=self.dan.id
            )
        nice = self.territory("Nice", self.france, members=[(self.dan, False)])
        self.ask(leads[1]), self.ask(leads[2]), self.ask(leads[2], nice)
        self.env.flush_all()
        kept = leads.merge_opportunity()
        requests = self.env["crm.territory.request"].sudo().search([])
        self.assertEqual(requests.lead_id, kept)
        self.assertEqual(
            sorted(requests.territory_id.mapped("name")), ["France", "Nice"]
        )
        self.assertEqual(len(requests), 2)

    def test_manager_who_comes_later(self):
        """The hourly job puts it to who decides today; what is done stays done."""
        request, done = self.ask(self.adler), self.ask(self.bruno)
        done.activity_ids.with_user(self.claire).action_done()
        self.germany.member_ids.is_manager = True
        self.env["crm.territory.request"]._call_deciders_of_today()
        self.assertEqual(self.decider(request), self.amy)
        self.assertFalse(self.decider(done))

    def test_archived_territory(self):
        request = self.ask(self.adler)
        self.france.active = False
        self.assertRefused(request.with_user(self.claire).action_accept)
        request.with_user(self.claire).decline("It is archived")

    def test_deleted_requester(self):
        request = self.ask(self.adler)
        self.dan.sudo().unlink()
        self.env.invalidate_all()
        self.assertIn("a former user", request.display_name)
        request.with_user(self.claire).action_accept()
        self.assertTerritories(self.adler, self.germany | self.france)

    def test_requester_who_left(self):
        request = self.ask(self.adler)
        self.dan.sudo().active = False
        request.with_user(self.claire).decline("Gone")
        self.assertEqual(request.state, "declined")

    def test_manager_whose_time_is_over(self):
        request = self.ask(self.adler)
        yesterday = fields.Date.today() - timedelta(days=2)
        self.europe.member_ids.date_end = yesterday
        self.env.invalidate_all()
        self.assertRefused(request.with_user(self.claire).action_accept)
        self.assertRefused(request.with_user(self.claire).decline, "x")
