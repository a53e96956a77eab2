"""Who balances, with what, and what he may write."""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_territory.balancing import solving

from .balance_case import BalanceCase


class TestBalanceRights(BalanceCase):
    def test_formulas(self):
        for formula in (
            "",
            "annual_revenue +",
            "name",
            "id.__class__",
            "__import__('os')",
            "annual_revenue ** 2",
            "'1'",
            "territory_set_id",
            "9" * 400 + "e999 +",
            "(" * 500,
        ):
            with (
                self.subTest(formula=formula),
                self.assertRaises(UserError),
            ):
                self.balance(measures=()).measure_ids = [
                    Command.create({"measure": "potential", "formula": formula})
                ]
        with (
            patch.object(
                type(self.env["res.partner"])._fields["employee_number"],
                "groups",
                "base.group_system",
            ),
            self.assertRaises(AccessError),
        ):
            self.balance(measures=()).measure_ids = [
                Command.create({"measure": "potential", "formula": "employee_number"})
            ]

    def test_missing_solver(self):
        balance = self.balance()
        with patch.object(solving, "find_spec", return_value=None):
            with self.assertRaisesRegex(UserError, "highspy"):
                balance.action_propose()
            balance.action_measure()
        self.assertTrue(balance.share_ids)

    def test_insiders(self):
        balance = self.balance()
        balance.action_measure()
        for values in (
            {"state": "applied"},
            {"revision": 9},
            {"beyond": 1.0},
            {"user_id": self.amy.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                balance.write(values)
        with self.assertRaises(AccessError):
            self.env["crm.territory.balance.move"].create(
                {
                    "balance_id": balance.id,
                    "territory_before_id": self.north.id,
                    "territory_after_id": self.germany.id,
                }
            )
        with self.assertRaises(AccessError):
            balance.share_ids[0].after = 0
        for user in (self.amy, self.claire):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                balance.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                balance.with_user(user).action_propose()

    def test_other_company(self):
        company = self.env["res.company"].sudo().create({"name": "Other"})
        nina = self.mona.sudo().copy(
            {
                "login": "nina",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
            }
        )
        balance = self.balance()
        with self.assertRaises(AccessError):
            balance.with_user(nina).read(["state"])

    def test_days(self):
        """Who is a member on the day that the draft begins."""
        self.draft.date_start = fields.Date.add(self.draft._today(), months=1)
        ends = fields.Date.add(self.draft._today(), days=3)
        for place in self.places:
            place.member_ids = [
                Command.create({"user_id": self.amy.id}),
                Command.create({"user_id": self.bob.id, "date_end": ends}),
            ]
        balance = self.balance(share_by="member")
        members = balance._members(self.places.ids)
        self.assertEqual(members.mapped("territory_id"), self.places)
        self.assertEqual(members.user_id, self.amy)
