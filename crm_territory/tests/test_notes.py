from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestNotes(TerritoryCase):
    """Amy reads what Germany holds, and may not change it: she says what she did for
    it, and what is to be done. Bob, who owns the lead, is in no territory.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany.permission = "read"
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=False))
        cls.stranger = new_test_user(cls.mona.env, "stranger", SALESMAN)
        cls.shared = cls.lead("Shared", cls.adler, user_id=cls.bob.id)
        cls.env.flush_all()

    def as_user(self, record, user):
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        return record.with_user(user)

    def planned(self, user, lead=None, **values):
        activities = self.as_user(self.env["mail.activity"], user)
        return activities.create(
            {
                "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "res_id": (lead or self.shared).id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                "user_id": user.id,
                **values,
            }
        )

    def test_reader_writes_notes(self):
        shared = self.as_user(self.shared, self.amy)
        note = shared.message_post(body="I called them", subtype_xmlid="mail.mt_note")
        self.assertEqual(note.author_id, self.amy.partner_id)
        shared.message_post(body="Dear all", partner_ids=self.bob.partner_id.ids)
        bodies = " ".join(self.shared.message_ids.mapped("body"))
        self.assertIn("I called them", bodies)
        self.assertIn("Dear all", bodies)

    def test_reader_plans_activities(self):
        activity = self.planned(self.amy)
        self.assertIn(activity, self.as_user(self.shared, self.amy).activity_ids)
        activity.action_feedback(feedback="Called")
        self.assertIn("Called", self.shared.message_ids[0].body)

    def test_reader_plans_by_the_wizard(self):
        wizard = Form(
            self.as_user(self.env["mail.activity.schedule"], self.amy).with_context(
                active_model="crm.lead", active_ids=self.shared.ids
            )
        )
        wizard.activity_type_id = self.env.ref("mail.mail_activity_data_call")
        wizard.save().action_schedule_activities()
        self.assertEqual(self.shared.activity_ids.user_id, self.amy)

    def test_reader_sees_what_others_plan(self):
        planned_for_bob = self.planned(self.amy, user_id=self.bob.id)
        self.assertIn(self.bob.partner_id, self.shared.message_partner_ids)
        for planned in (self.planned(self.bob), planned_for_bob):
            found = self.as_user(planned, self.amy).search([("id", "=", planned.id)])
            self.assertEqual(found, planned)

    def test_reader_changes_nothing_of_others(self):
        planned = self.as_user(self.planned(self.bob), self.amy)
        for attempt in (
            lambda: planned.write({"summary": "Mine"}),
            planned.unlink,
            planned.action_feedback,
            lambda: self.shared.with_user(self.amy).write({"name": "Mine"}),
            # followers are for who may change it, but for colleagues who see it
            lambda: self.shared.with_user(self.amy).message_subscribe(self.adler.ids),
            lambda: self.planned(self.amy, user_id=self.stranger.id),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                attempt()

    def test_reader_meets_the_customer(self):
        action = self.as_user(self.shared, self.amy).action_schedule_meeting()
        meeting = (
            self.env["calendar.event"]
            .with_user(self.amy)
            .with_context(**action["context"])
            .create(
                {
                    "name": "Visit",
                    "start": fields.Datetime.now(),
                    "stop": fields.Datetime.now(),
                }
            )
        )
        self.assertEqual(meeting.opportunity_id, self.shared)

    def test_who_does_not_see_it_neither_writes_nor_plans(self):
        hidden = self.lead("Hidden", self.rivoire, user_id=self.mona.id)
        for attempt in (
            lambda: self.as_user(hidden, self.amy).message_post(body="Hello"),
            lambda: self.planned(self.amy, hidden),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                attempt()
        planned = self.planned(self.mona, hidden)
        self.assertFalse(
            self.as_user(planned, self.amy).search([("id", "=", planned.id)])
        )

    def test_customer_is_given_to_what_one_may_change(self):
        """Odoo gives every lead with the address of a new customer that customer."""
        address = {"email_from": "new@example.com", "country_id": self.de.id}
        shared = self.lead("By mail", user_id=self.bob.id, **address)
        own = self.lead("Own", user_id=self.amy.id, **address)
        hidden = self.lead("Hidden", user_id=self.mona.id, email_from="new@example.com")
        customer = self.env["res.partner"].create(
            {"name": "New", "email": "new@example.com"}
        )
        for lead in (shared, own):
            self.as_user(lead, self.amy).message_post(
                body="Hello", partner_ids=customer.ids
            )
        self.assertEqual(own.partner_id, customer)
        self.assertFalse((shared | hidden).partner_id)

    def test_all_documents_as_in_odoo(self):
        """Who sees all without a territory is asked for what Odoo asks for."""
        lead = self.shared.with_user(self.mona)
        self.assertEqual(lead._mail_post_access, "write")
        self.assertEqual(self.shared.with_user(self.amy)._mail_post_access, "read")
