from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestCredited(TerritoryCase):
    """One territory counts a record; on a tie always the same one.

    In all tests Japan is divided twice and a third time, so that sato is in three
    territories that nothing but what the test sets tells apart.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        japan = {"areas": [{"country_id": cls.jp.id}]}
        cls.one = cls.territory("One", **japan)
        cls.two = cls.territory("Two", **japan)
        cls.three = cls.territory("Three", **japan)

    def _judge(self):
        self.run_assignment(include_closed=True)

    def test_lowest_id_on_a_tie(self):
        self._judge()
        self.assertCredited(self.sato, self.one)

    def test_sequence_before_id(self):
        self.three.sequence = 5
        self._judge()
        self.assertCredited(self.sato, self.three)

    def test_depth_before_sequence(self):
        self.two.parent_id = self.territory("Group")
        self.three.sequence = 5
        self._judge()
        self.assertCredited(self.sato, self.two)

    def test_priority_before_depth(self):
        types = self.env["crm.territory.type"].create(
            [{"name": "Late", "priority": 99}, {"name": "Zero", "priority": 0}]
        )
        self.two.parent_id = self.territory("Group")
        self.three.type_id = types[0]
        self._judge()
        self.assertCredited(self.sato, self.three)
        self.one.type_id = types[1]
        self._judge()
        self.assertCredited(self.sato, self.one)

    def test_changed_priority_of_a_type_marks_the_plan(self):
        types = self.env["crm.territory.type"].create(
            [{"name": "A", "priority": 5}, {"name": "B", "priority": 6}]
        )
        self.one.type_id, self.two.type_id = types
        self._judge()
        self.assertCredited(self.sato, self.one)
        types[1].priority = 4
        self.assertTrue(self.plan.is_to_be_run)
        self._judge()
        self.assertCredited(self.sato, self.two)

    def test_owner_is_a_member_before_priority(self):
        self.two.type_id = self.env["crm.territory.type"].create(
            {"name": "First", "priority": 1}
        )
        self.three.write({"member_ids": [(0, 0, {"user_id": self.bob.id})]})
        self._judge()
        self.assertCredited(self.sato, self.two)
        self.sato.user_id = self.bob
        self.assertCredited(self.sato, self.three)
        lead = self.lead("Deal", self.sato)
        self.assertCredited(lead, self.two)
        lead.user_id = self.bob
        self.assertCredited(lead, self.three)
        lead.user_id = self.amy
        self.assertCredited(lead, self.two)

    def test_override_before_all(self):
        self.three.write({"member_ids": [(0, 0, {"user_id": self.bob.id})]})
        self._judge()
        lead = self.lead("Deal", self.sato, user_id=self.bob.id)
        self.override(self.sato, self.two)
        self.assertCredited(lead, self.two)
        self.override(lead, self.one)
        self.assertCredited(lead, self.one)
        self.assertCredited(self.sato, self.two)

    def test_membership_counts_from_its_first_to_its_last_day(self):
        today = fields.Date.today()
        self.sato.user_id = self.bob
        member = self.env["crm.territory.member"].create(
            {
                "territory_id": self.three.id,
                "user_id": self.bob.id,
                "date_start": today + timedelta(days=1),
                "date_end": today + timedelta(days=2),
            }
        )
        self._judge()
        self.assertCredited(self.sato, self.one)
        for days, expected in ((1, self.three), (2, self.three), (3, self.one)):
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                self.env["crm.territory.plan"].sudo()._cron_upkeep()
                self.assertCredited(self.sato, expected)
        # back in the present its dates change
        self.env["crm.territory.plan"]._forget_compiled()
        member.date_start = today
        self.assertCredited(self.sato, self.three)

    def test_changed_members_judge_the_records_of_the_user(self):
        self._judge()
        self.sato.user_id = self.bob
        lead = self.lead("Deal", self.sato, user_id=self.bob.id)
        self.assertCredited(lead, self.one)
        member = self.env["crm.territory.member"].create(
            {"territory_id": self.two.id, "user_id": self.bob.id}
        )
        self.assertCredited(self.sato, self.two)
        self.assertCredited(lead, self.two)
        member.territory_id = self.three
        self.assertCredited(lead, self.three)
        member.user_id = self.amy
        self.assertCredited(lead, self.one)
        self.assertCredited(self.sato, self.one)
        member.user_id = self.bob
        member.unlink()
        self.assertCredited(lead, self.one)
        self.assertCredited(self.sato, self.one)

    def test_never_blank_with_a_territory_and_never_set_without(self):
        self._judge()
        for account in (self.adler, self.bruno, self.rivoire, self.sato):
            self.assertIn(account.territory_id, account.territory_ids)
        self.sato.country_id = self.us
        self.assertCredited(self.sato, self.env["crm.territory"])

    def test_contact_is_credited_like_its_account(self):
        self._judge()
        contact = self.contact("Ken", self.sato, user_id=self.bob.id)
        self.three.write({"member_ids": [(0, 0, {"user_id": self.bob.id})]})
        self.assertCredited(contact, self.one)
        self.assertCredited(self.sato, self.one)
