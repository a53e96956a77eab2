from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import TerritoryCase, run_everything

VISIBILITY = "crm_territory.account_visibility"


class RestrictedCase(TerritoryCase):
    """Under *Territory* visibility, Bob has own documents only and no territory.

    Adler, Bruno and Rivoire are in territories: hidden from him. Of his own are the
    account *Owned*, the contact *Olga* of it, and the opportunity *Deal* on *Buyer*,
    an account of France that nobody has.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.set_param(VISIBILITY, "territory")
        cls.owned = cls.account("Owned", cls.de, user_id=cls.bob.id)
        cls.olga = cls.contact("Olga", cls.owned, email="olga@owned.example.com")
        cls.buyer = cls.account("Buyer", cls.fr, email="buyer@example.com")
        cls.deal = cls.lead("Deal", cls.buyer, user_id=cls.bob.id)
        # shared with Amy by territory, of an account that she does not see
        cls.foreign = cls.lead("Foreign", cls.rivoire)
        cls.override(cls.foreign, cls.germany)

    def setUp(self):
        super().setUp()
        self.as_in_a_new_request()

    def as_in_a_new_request(self):
        """Nothing is cached that another user read."""
        self.env.flush_all()
        self.env.invalidate_all()

    def as_bob(self, record):
        return record.with_user(self.bob)

    def assertHidden(self, user, partners):
        self.as_in_a_new_request()
        for partner in partners.with_user(user):
            with self.assertRaises(AccessError):
                partner.read(["name"])
        self.as_in_a_new_request()

    def assertSeen(self, user, *recordsets):
        self.as_in_a_new_request()
        for records in recordsets:
            self._assert_seen(records.with_user(user))

    def _assert_seen(self, records):
        rows = records.read(["display_name", "create_date"])
        self.assertEqual([row["id"] for row in rows], records.ids)
        self.assertEqual(
            records.with_context(active_test=False).search([("id", "in", records.ids)]),
            records,
        )


@tagged("post_install", "-at_install")
class TestRestrictedUser(RestrictedCase):
    """What a salesperson does all day still works (DESIGN 5)."""

    def test_the_world_is_as_described(self):
        self.assertHidden(self.bob, self.adler + self.bruno + self.rivoire)
        self.assertHidden(self.amy, self.rivoire)
        self.assertSeen(self.bob, self.owned + self.olga + self.buyer + self.sato)
        self.assertSeen(self.amy, self.foreign, self.adler)

    # -- colleagues and the company

    def test_sees_colleagues_and_the_company(self):
        colleagues = self.mona | self.amy | self.bob | self.env.ref("base.user_root")
        self.assertSeen(self.bob, colleagues.partner_id)
        self.assertSeen(self.bob, self.env["res.company"].sudo().search([]).partner_id)
        self.assertSeen(self.bob, self.bob.company_id)
        found = self.as_bob(self.env["res.users"]).name_search("mona")
        self.assertEqual([id_ for id_, _name in found], self.mona.ids)

    def test_keeps_seeing_a_colleague_who_left(self):
        """Also one whose address is in a territory."""
        gone = new_test_user(self.env(su=True), "gone")
        gone.partner_id.country_id = self.fr
        gone.active = False
        self.assertSeen(self.bob, gone.partner_id)

    def test_own_preferences(self):
        with Form(self.bob.with_user(self.bob), "base.view_users_form_simple_modif"):
            pass
        self.as_bob(self.bob).write({"signature": "Bob", "email": "b@example.com"})

    # -- accounts and contacts

    def test_opens_own_accounts_and_contacts(self):
        for partner in self.owned + self.olga + self.buyer:
            with Form(self.as_bob(partner)) as form:
                form.phone = "+49 30 1234567"
            self.as_in_a_new_request()

    def test_makes_an_account_and_reads_it(self):
        for country in (self.fr, self.us):
            with Form(self.as_bob(self.env["res.partner"])) as form:
                form.name = "New account"
                form.country_id = country
            partner = form.record
            self.assertSeen(self.bob, partner)
            self.assertEqual(partner.user_id, self.bob)

    def test_makes_a_contact_and_reads_it(self):
        contact = self.as_bob(self.env["res.partner"]).create(
            {"name": "Oscar", "parent_id": self.owned.id}
        )
        self.assertSeen(self.bob, contact)
        quick = (
            self.env["res.partner"].with_user(self.bob).name_create("Quick <q@x.de>")
        )
        self.assertSeen(self.bob, self.env["res.partner"].browse(quick[0]))

    def test_makes_a_company_of_a_person(self):
        person = self.as_bob(self.env["res.partner"]).create(
            {"name": "Pia", "company_name": "Pia Ltd", "country_id": self.fr.id}
        )
        person.create_company()
        self.assertSeen(self.bob, person + person.parent_id)

    def test_imports_partners(self):
        self.assertImports([["__import__.one", "One", "France", ""]])
        self.assertImports([["__import__.two", "Two", "Japan", ""]])

    def test_imports_contacts(self):
        if "credit_limit" in self.env["res.partner"]._fields:
            self.skipTest("With account, Odoo lets only accountants import contacts")
        self.assertImports(
            [
                ["__import__.one", "Account", "France", ""],
                ["__import__.two", "Contact", "", "__import__.one"],
            ]
        )

    def assertImports(self, rows):
        result = self.as_bob(self.env["res.partner"]).load(
            ["id", "name", "country_id", "parent_id/id"], rows
        )
        self.assertFalse(result["messages"])
        self.assertSeen(self.bob, self.env["res.partner"].browse(result["ids"]))

    def test_files_of_hidden_accounts_are_hidden(self):
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": "File",
                    "raw": b"x",
                    "res_model": "res.partner",
                    "res_id": partner.id,
                }
                for partner in (self.adler, self.owned)
            ]
        )
        self.as_in_a_new_request()
        found = self.as_bob(attachments).search([("id", "in", attachments.ids)])
        self.assertEqual(found.ids, attachments[1].ids)

    # -- leads

    def test_opens_the_form_of_a_lead_with_a_hidden_customer(self):
        """By territory: the customer's name is shown, the rest is not."""
        lead = self.foreign.with_user(self.amy)
        form = Form(lead)
        self.assertEqual(form.partner_id.sudo(), self.rivoire.sudo())
        rows = lead.web_search_read(
            [("id", "=", lead.id)], {"partner_id": {"fields": {"display_name": {}}}}
        )
        self.assertEqual(rows["records"][0]["partner_id"]["display_name"], "Rivoire")

    def test_changes_a_lead_with_a_hidden_customer(self):
        self.germany.permission = "write"
        self.as_in_a_new_request()
        with Form(self.foreign.with_user(self.amy)) as form:
            form.name = "Renamed"
            form.email_from = "somebody@example.com"
            form.phone = "+33 1 23456789"
        self.as_in_a_new_request()
        self.assertEqual(self.foreign.name, "Renamed")
        self.assertFalse(self.rivoire.email, "what is hidden is not changed")

    def test_every_view_of_the_pipeline_opens(self):
        leads = self.env["crm.lead"].with_user(self.amy)
        views = leads.get_views([(False, kind) for kind in ("list", "kanban", "form")])
        for view in views["views"].values():
            self.assertTrue(view["arch"])
        fields = list(views["models"]["crm.lead"]["fields"])
        readable = leads.fields_get(fields).keys()
        lead = leads.search([("id", "=", self.foreign.id)])
        self.assertTrue(lead.read(list(readable)))
        for group in ("partner_id", "user_id", "stage_id", "territory_id"):
            self.assertTrue(leads.formatted_read_group([], [group], ["__count"]))

    def test_converts_a_lead_with_a_new_customer(self):
        lead = self.lead(
            "Lead",
            kind="lead",
            user_id=self.bob.id,
            partner_name="Converted",
            contact_name="Conny",
            email_from="conny@example.com",
            country_id=self.fr.id,
        )
        self.as_in_a_new_request()
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.bob)
            .with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            )
            .create({"name": "convert", "action": "create"})
        )
        wizard.action_apply()
        self.as_in_a_new_request()
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.partner_id.name, "Conny")
        self.assertSeen(self.bob, lead, lead.partner_id, lead.partner_id.parent_id)

    def test_merges_two_own_leads(self):
        other = self.lead("Other", self.adler, user_id=self.bob.id)
        self.as_in_a_new_request()
        wizard = (
            self.env["crm.merge.opportunity"]
            .with_user(self.bob)
            .with_context(active_model="crm.lead", active_ids=(self.deal + other).ids)
            .create({})
        )
        wizard.action_merge()
        self.as_in_a_new_request()
        self.assertEqual(len((self.deal + other).exists()), 1)

    def test_hands_an_own_lead_to_a_colleague(self):
        self.as_bob(self.deal).write({"user_id": self.amy.id})
        self.assertSeen(self.amy, self.deal, self.buyer)

    def test_makes_a_lead_on_an_own_account(self):
        with Form(self.as_bob(self.env["crm.lead"])) as form:
            form.name = "New"
            form.partner_id = self.owned
        self.assertSeen(self.bob, form.record)

    # -- chatter

    def test_posts_and_follows(self):
        deal = self.as_bob(self.deal)
        message = deal.message_post(body="Hello", partner_ids=self.mona.partner_id.ids)
        self.assertEqual(message.author_id, self.bob.partner_id)
        deal.message_subscribe(self.bob.partner_id.ids)
        self.assertTrue(deal.message_is_follower)
        deal.message_subscribe(self.amy.partner_id.ids)
        self.assertIn(self.amy.partner_id, deal.message_partner_ids)

    def test_is_mentioned_by_who_sees_more(self):
        found = self.as_bob(self.env["res.partner"]).get_mention_suggestions("mona")
        names = [partner["name"] for partner in found["res.partner"]]
        self.assertTrue(any("mona" in name for name in names))
        message = self.adler.message_post(
            body="@bob",
            partner_ids=self.bob.partner_id.ids,
            message_type="comment",
        )
        self.as_in_a_new_request()
        notified = self.as_bob(self.env["mail.notification"]).search(
            [("mail_message_id", "=", message.id)]
        )
        self.assertEqual(notified.res_partner_id, self.bob.partner_id)
        self.assertIn("@bob", str(self.as_bob(message).body))

    def test_sends_mail_to_the_customer(self):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.bob)
            .with_context(
                default_model="crm.lead",
                default_res_ids=self.deal.ids,
                default_composition_mode="comment",
            )
        )
        with Form(composer) as form:
            form.subject = "Offer"
            form.body = "<p>Dear customer</p>"
            form.partner_ids.add(self.buyer)
        form.record.action_send_mail()
        message = self.deal.message_ids[0]
        self.assertEqual(message.notified_partner_ids, self.buyer)
        self.assertEqual(message.author_id, self.bob.partner_id)

    def test_activities(self):
        deal = self.as_bob(self.deal)
        activity = deal.activity_schedule(
            "mail.mail_activity_data_call", summary="Call", user_id=self.bob.id
        )
        activity.action_feedback("Done")
        report = self.as_bob(self.env["crm.activity.report"])
        self.assertTrue(report.search([("lead_id", "=", self.deal.id)]))
        # of a colleague, on a record that Bob does not see
        self.adler.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.bob.id
        )
        self.as_in_a_new_request()
        self.assertTrue(self.bob.with_user(self.bob)._get_activity_groups())
        activities = self.as_bob(self.env["mail.activity"]).search([])
        self.assertTrue(activities.read(["res_name", "summary"]))

    # -- meetings

    def test_schedules_a_meeting_with_the_customer(self):
        action = self.as_bob(self.deal).action_schedule_meeting()
        context = {
            name: value
            for name, value in action["context"].items()
            if name.startswith("default_")
        }
        self.assertIn(self.buyer.id, context["default_partner_ids"])
        with Form(
            self.as_bob(self.env["calendar.event"]).with_context(**context)
        ) as form:
            form.name = "Visit"
        meeting = form.record
        self.assertSeen(self.bob, meeting)
        self.as_in_a_new_request()
        self.assertEqual(
            meeting.attendee_ids.partner_id, self.buyer + self.bob.partner_id
        )
        self.assertEqual(self.as_bob(self.deal).calendar_event_ids, meeting)

    def test_attends_a_meeting_with_hidden_people(self):
        meeting = self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": "2030-01-01 10:00:00",
                "stop": "2030-01-01 11:00:00",
                "partner_ids": [
                    Command.set((self.adler + self.bob.partner_id).ids),
                ],
            }
        )
        self.assertHidden(self.bob, self.adler)
        hers = self.as_bob(meeting)
        with Form(hers) as form:
            form.location = "Room 1"
        details = self.as_bob(meeting.partner_ids).get_attendee_detail(meeting.ids)
        self.assertEqual({row["id"] for row in details}, set(meeting.partner_ids.ids))
        self.as_in_a_new_request()
        hers.attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.bob.partner_id
        ).do_accept()
        self.as_in_a_new_request()
        self.assertIn(self.adler, meeting.partner_ids, "not lost by Bob's change")

    # -- quotations

    def quotation(self):
        if "sale.order" not in self.env:
            self.skipTest("sale_crm is not installed")
        action = self.as_bob(self.deal).action_new_quotation()
        context = {
            name: value
            for name, value in action["context"].items()
            if name.startswith("default_")
        }
        product = self.env["product.product"].sudo().create({"name": "Part"})
        orders = self.as_bob(self.env["sale.order"])
        with Form(orders.with_context(**context)) as form:
            with form.order_line.new() as line:
                line.product_id = product
        return orders.browse(form.record.id)

    def test_makes_a_quotation(self):
        order = self.quotation()
        self.assertSeen(self.bob, order)
        self.as_in_a_new_request()
        self.assertEqual(order.partner_id, self.buyer)
        self.assertEqual(order.opportunity_id, self.as_bob(self.deal))
        order.action_quotation_send()
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_sees_the_customer_of_a_quotation(self):
        """Also when the deal is somebody else's by now; not when the quotation is."""
        order = self.quotation()
        self.deal.user_id = self.amy
        self.as_in_a_new_request()
        self.assertSeen(self.bob, self.buyer)
        self.assertIn(
            self.bob, [user for user, *_why in self.buyer.sudo()._viewing_reasons()]
        )
        with Form(order) as form:
            form.client_order_ref = "Mine"
        order.sudo().user_id = self.amy
        self.as_in_a_new_request()
        self.assertHidden(self.bob, self.buyer)

    def test_makes_no_quotation_for_a_hidden_customer(self):
        """Not by guessing its id: a quotation of one's own would show it."""
        order = self.quotation()
        orders = self.as_bob(self.env["sale.order"])
        self.assertHidden(self.bob, self.adler)
        for attempt in (
            lambda: orders.create({"partner_id": self.adler.id}),
            lambda: orders.with_context(default_partner_id=self.adler.id).create({}),
            lambda: order.write({"partner_id": self.adler.id}),
            lambda: order.copy({"partner_id": self.adler.id}),
            lambda: orders.onchange({"partner_id": self.adler.id}, [], {"name": {}}),
            lambda: self.as_bob(self.deal).write(
                {"order_ids": [Command.create({"partner_id": self.adler.id})]}
            ),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()

    # -- people outside

    def test_portal_and_public_users_are_as_before(self):
        portal = new_test_user(self.env(su=True), "porto", "base.group_portal")
        portal.partner_id.write({"country_id": self.fr.id})
        public = self.env.ref("base.public_user")
        partners = self.env["res.partner"]
        domains = {}
        for setting in ("everyone", "territory"):
            self.env["ir.config_parameter"].sudo().set_param(VISIBILITY, setting)
            for user in (portal, public):
                self.as_in_a_new_request()
                seen = partners.with_user(user).sudo(False)
                rule = self.env["ir.rule"].with_user(user)
                found = seen.search(rule._compute_domain("res.partner", "read"))
                domains.setdefault(user, []).append(found.ids)
                user.with_user(user).partner_id.read(["name", "email"])
        for found in domains.values():
            self.assertEqual(*found)

    def test_purchasers_and_others_without_sales_rights_see_all(self):
        clerk = new_test_user(
            self.env(su=True), "clerk", "base.group_user,base.group_partner_manager"
        )
        self.assertSeen(clerk, self.adler + self.buyer + self.owned)


@tagged("post_install", "-at_install")
class TestRestrictedUserOverHttp(RestrictedCase, HttpCase):
    """The same through the web client's requests."""

    def setUp(self):
        super().setUp()
        self.authenticate("bob", "bobxxxxx")

    def store_of(self, route, **params):
        return self.make_jsonrpc_request(route, params)

    def thread(self, record):
        return {"thread_model": record._name, "thread_id": record.id}

    def test_logs_in(self):
        self.assertEqual(self.url_open("/odoo").status_code, 200)
        self.assertEqual(self.url_open("/odoo/crm").status_code, 200)
        self.store_of(
            "/mail/data", fetch_params=["init_messaging", "systray_get_activities"]
        )
        info = self.make_jsonrpc_request("/web/session/get_session_info")
        self.assertEqual(info["uid"], self.bob.id)
        for partner in (self.mona.partner_id, self.adler):
            image = self.url_open(f"/web/image/res.partner/{partner.id}/avatar_128")
            self.assertEqual(image.status_code, 200)

    def test_chatter_of_an_own_lead(self):
        """With a follower and messages of partners that are hidden."""
        self.deal.message_subscribe((self.adler + self.bob.partner_id).ids)
        self.deal.message_post(
            body="From outside",
            author_id=self.adler.id,
            partner_ids=self.bruno.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.env.flush_all()
        result = self.store_of("/mail/thread/messages", **self.thread(self.deal))
        bodies = [message["body"] for message in result["data"]["mail.message"]]
        self.assertTrue(any("From outside" in str(body) for body in bodies))
        authors = {row["id"]: row.get("name") for row in result["data"]["res.partner"]}
        self.assertEqual(authors.get(self.adler.id), "Adler")
        for part in (
            "activities",
            "attachments",
            "contact_fields",
            "followers",
            "scheduledMessages",
            "suggestedRecipients",
        ):
            asked = {**self.thread(self.deal), "request_list": [part]}
            with self.subTest(part):
                self.store_of("/mail/data", fetch_params=[["mail.thread", asked]])
        posted = self.store_of(
            "/mail/message/post",
            **self.thread(self.deal),
            post_data={
                "body": "Answer",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "partner_ids": [self.mona.partner_id.id, self.buyer.id],
            },
        )
        self.assertTrue(posted["message_id"])
        self.store_of("/mail/thread/recipients", **self.thread(self.deal))

    def test_chatter_of_a_lead_with_a_hidden_customer(self):
        """It suggests no recipient that one does not see."""
        self.rivoire.email = "rivoire@example.com"
        self.foreign.message_post(body="Hello", author_id=self.bruno.id)
        self.env.flush_all()
        self.authenticate("amy", "amyxxxxx")
        asked = {**self.thread(self.foreign), "request_list": ["suggestedRecipients"]}
        result = self.store_of("/mail/data", fetch_params=[["mail.thread", asked]])
        [thread] = result["mail.thread"]
        suggested = [row["partner_id"] for row in thread["suggestedRecipients"]]
        self.assertNotIn(self.rivoire.id, suggested)
        self.store_of("/mail/thread/messages", **self.thread(self.foreign))

    def test_addresses_a_new_recipient(self):
        """Also when territories take all accounts."""
        self.territory("All", rules=[("account", [("active", "=", True)])])
        run_everything(self.plan)
        self.env.flush_all()
        [found] = self.store_of(
            "/mail/partner/from_email",
            **self.thread(self.deal),
            emails=["new@example.com"],
        )
        self.assertEqual(found["email"], "new@example.com")
        self.store_of(
            "/mail/message/post",
            **self.thread(self.deal),
            post_data={
                "body": "Dear stranger",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "partner_ids": [found["id"]],
            },
        )

    def test_follows(self):
        self.store_of(
            "/mail/thread/subscribe",
            res_model="crm.lead",
            res_id=self.deal.id,
            partner_ids=self.bob.partner_id.ids,
        )
        self.assertIn(self.bob.partner_id, self.deal.message_partner_ids)

    def test_inbox_with_a_message_on_a_hidden_record(self):
        self.bob.sudo().notification_type = "inbox"
        self.adler.message_post(
            body="@bob",
            author_id=self.rivoire.id,
            partner_ids=self.bob.partner_id.ids,
            message_type="comment",
        )
        self.env.flush_all()
        result = self.store_of("/mail/inbox/messages")
        self.assertTrue(result["messages"])
        self.store_of("/mail/data", fetch_params=["init_messaging"])
