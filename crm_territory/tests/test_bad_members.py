from psycopg2 import IntegrityError

from odoo import Command
from odoo.tests import tagged

from .bad_input_case import BadInputCase


@tagged("post_install", "-at_install")
class TestBadMembers(BadInputCase):
    """Memberships that overlap, or cannot be."""

    def _member(self, **values):
        return self.env["crm.territory.member"].create(
            {"territory_id": self.france.id, "user_id": self.bob.id, **values}
        )

    def test_overlapping_memberships(self):
        self._member(date_start="2025-01-01", date_end="2025-12-31")
        for values in (
            {},
            {"date_start": "2025-12-31"},
            {"date_end": "2025-01-01"},
            {"date_start": "2025-06-01", "date_end": "2025-06-01"},
            {"date_start": "2024-01-01", "date_end": "2026-01-01"},
        ):
            with self.subTest(values=values):
                self.assertRefused(
                    IntegrityError,
                    "The user is a member of this territory already in that time",
                    self._member,
                    **values,
                )
        self._member(date_start="2026-01-01")
        self._member(date_end="2024-12-31")
        self._member(territory_id=self.germany.id)
        self._member(user_id=self.amy.id)

    def test_ended_and_followed_in_one_save(self):
        """What makes room for a new line counts before that is there."""
        first = self._member(date_start="2025-01-01")
        self.env.flush_all()
        self.france.with_user(self.claire).write(
            {
                "member_ids": [
                    Command.update(first.id, {"date_end": "2025-12-31"}),
                    Command.create(
                        {"user_id": self.bob.id, "date_start": "2026-01-01"}
                    ),
                ]
            }
        )
        self.europe.write(
            {
                "child_ids": [
                    Command.update(self.france.id, {"name": "France North"}),
                    Command.create({"name": "France", "plan_id": self.plan.id}),
                ]
            }
        )
        self.env.flush_all()
        self.assertEqual(len(self.france.member_ids), 2)
        names = set(self.europe.child_ids.mapped("name"))
        self.assertLessEqual({"France", "France North"}, names)

    def test_border_of_memberships_moved_in_one_save(self):
        """Only what comes of a save may not overlap, whichever line is saved first."""
        first = self._member(date_end="2025-12-31")
        second = self._member(date_start="2026-01-01")
        third = self._member(date_start="2024-01-01", user_id=self.amy.id)
        for last, then in (("2026-03-31", "2026-04-01"), ("2025-06-30", "2025-07-01")):
            lines = [
                Command.update(first.id, {"date_end": last}),
                Command.update(third.id, {"date_start": last}),
                Command.update(second.id, {"date_start": then}),
            ]
            for commands in (lines, lines[::-1]):
                with self.subTest(last=last, commands=commands):
                    self.france.with_user(self.claire).write({"member_ids": commands})
                    self.env.flush_all()
                    self.assertEqual(str(first.date_end), last)
        self.assertRefused(
            IntegrityError,
            "The user is a member of this territory already in that time",
            self.france.with_user(self.claire).write,
            {"member_ids": [Command.update(second.id, {"date_start": False})]},
        )
        self.assertEqual(str(second.date_start), "2025-07-01")

    def test_overlapping_memberships_by_sql(self):
        first = self._member(date_end="2025-12-31")
        second = self._member(date_start="2026-01-01")
        for query in (
            "UPDATE crm_territory_member SET date_end = NULL WHERE id = %s",
            "UPDATE crm_territory_member SET date_end = '2026-01-01' WHERE id = %s",
        ):
            self.assertDatabaseRefuses("one_row", query, first.id)
        self.assertDatabaseRefuses(
            "one_row",
            "UPDATE crm_territory_member SET date_start = NULL WHERE id = %s",
            second.id,
        )

    def test_membership_that_ends_before_it_starts(self):
        self.assertRefused(
            IntegrityError,
            "A membership cannot end before it starts",
            self._member,
            date_start="2025-02-01",
            date_end="2025-01-31",
        )

    def test_weight_and_capacity(self):
        for values, constraint in (
            ({"weight": 0}, "The weight of a member is at least 1"),
            ({"weight": -1}, "weight_positive"),
            ({"capacity": -1}, "capacity of a member cannot be negative"),
        ):
            self.assertRefused(IntegrityError, constraint, self._member, **values)
