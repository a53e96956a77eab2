from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form

from .common import TerritoryCase


class TestReadonly(TerritoryCase):
    """Amy reads what Germany holds: others may change it, she may not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany.permission = "read"
        cls.shared = cls.lead("Shared", cls.adler, user_id=cls.bob.id)
        cls.own = cls.lead("Own", cls.adler, user_id=cls.amy.id)
        cls.env.flush_all()

    def test_who_may_not_change_it(self):
        leads = self.shared | self.own
        for user, readonly in (
            (self.amy, [True, False]),
            (self.bob, [False]),
            (self.claire, [False, False]),
            (self.mona, [False, False]),
        ):
            seen = leads.with_user(user)._filtered_access("read")
            self.assertEqual(seen.mapped("territory_is_readonly"), readonly, user.login)
        self.assertFalse(self.env["crm.lead"].new({}).territory_is_readonly)

    def test_form_takes_no_change(self):
        with self.assertRaisesRegex(AssertionError, "readonly"):
            with Form(self.shared.with_user(self.amy)) as form:
                form.name = "Changed"
        with Form(self.own.with_user(self.amy)) as form:
            form.name = "Changed"
        self.assertEqual(self.own.name, "Changed")

    def test_read_only_fields_stay_so(self):
        """A field of the model that nobody writes is not opened by the condition."""
        with self.assertRaisesRegex(AssertionError, "readonly"):
            with Form(self.own.with_user(self.amy)) as form:
                form.automated_probability = 50

    def test_cards_offer_activities(self):
        """Planning what to do changes nothing of the lead, see test_notes."""
        for view_type in ("kanban", "list"):
            [view] = (
                self.env["crm.lead"].get_views([(False, view_type)])["views"].values()
            )
            [clock] = etree.fromstring(view["arch"]).xpath(
                "//field[@name='activity_ids'][@widget]"
            )
            self.assertNotIn("territory_is_readonly", clock.get("invisible") or "")

    def test_error_says_why(self):
        with self.assertRaisesRegex(AccessError, "Shared(.|\n)*for reading only"):
            self.shared.with_user(self.amy).write({"name": "Changed"})
        # who does not see it learns nothing
        self.own.write({"user_id": self.mona.id, "name": "Hidden"})
        self.env.flush_all()
        with self.assertRaises(AccessError) as caught:
            self.own.with_user(self.bob).write({"name": "Changed"})
        self.assertNotIn("Hidden", str(caught.exception))

    def test_cards_cost_no_query_each(self):
        leads = self.shared
        for number in range(20):
            leads |= self.lead(f"Shared {number}", self.adler, user_id=self.bob.id)
        self.env.flush_all()
        counts = []
        for number in (1, 21):
            some = leads[:number].with_user(self.amy)
            self.env.invalidate_all()
            some.fetch(["user_id", "territory_set_id", "company_id"])
            before = self.env.cr.sql_log_count
            self.assertEqual(some.mapped("territory_is_readonly"), [True] * number)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_reopened_by_the_permission(self):
        shared = self.shared.with_user(self.amy)
        self.assertTrue(shared.territory_is_readonly)
        self.germany.permission = "write"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(shared.territory_is_readonly)
