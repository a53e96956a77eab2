"""Sibling territories are balanced: what is proposed, applied and taken back."""

import unittest
from importlib.util import find_spec

from odoo import Command
from odoo.exceptions import UserError

from .balance_case import BalanceCase

needs_solver = unittest.skipUnless(find_spec("highspy"), "the solver is not installed")


@needs_solver
class TestBalance(BalanceCase):
    def test_areas(self):
        """What is applied is what a run finds, and taken back is what was."""
        balance = self.balance(measures=("accounts", "pipeline"))
        before = self.counts(self.draft)
        areas_before = {area: area.territory_id for area in self.places.area_ids}
        balance.action_propose()
        self.assertEqual(balance.state, "proposed")
        self.assertEqual(balance.beyond, 0)
        for place, share in self.shares(balance).items():
            self.assertEqual(share.before, before[place])
            self.assertAlmostEqual(share.target, 20)
            self.assertLessEqual(abs(share.after - share.target), 0.2 * share.target)
        # North has too much for two moves: 42 of 60 accounts, six in each area
        self.assertGreaterEqual(balance.move_count, 3)
        self.assertTrue(balance.is_best)
        balance.action_apply()
        after = self.counts(self.draft)
        for place, share in self.shares(balance).items():
            self.assertEqual(share.after, after[place])
        balance.action_take_back()
        self.assertEqual(self.counts(self.draft), before)
        self.assertEqual(
            areas_before, {area: area.territory_id for area in self.places.area_ids}
        )

    def test_amounts(self):
        balance = self.balance(measures=("pipeline",))
        balance.action_measure()
        self.assertEqual(balance.state, "draft")
        amounts = dict.fromkeys(self.places, 0)
        credited = self.credited(self.draft)
        for lead in self.env["crm.lead"].search(
            [("partner_id", "in", self.accounts.ids)]
        ):
            place = self.env["crm.territory"].browse(credited[lead.partner_id.id])
            amounts[place] += lead.expected_revenue
        for place, share in self.shares(balance, "pipeline").items():
            self.assertAlmostEqual(share.before, amounts[place])
        self.assertGreater(balance.measure_ids.ratio_before, 2)

    def test_accounts(self):
        """Of the active plan, by overrides; what must not move does not."""
        self.plan.action_archive_plan()
        self.draft.action_activate()
        locked, decided, open_ = self._north()[:3]
        locked.territory_is_locked = True
        self.env["crm.territory.override"].create(
            {
                "partner_id": decided.id,
                "territory_id": self.north.id,
                "reason": "Stays",
            }
        )
        others = self.accounts - open_
        self.env["crm.lead"].search(
            [("partner_id", "in", others.ids)]
        ).action_set_lost()
        balance = self.balance(unit="accounts", keep_open=True)
        balance.action_propose()
        moved = balance.move_ids.partner_id
        self.assertTrue(moved)
        self.assertFalse(moved & (locked | decided | open_))
        self.assertEqual(balance.move_ids.mapped("account_count"), [1] * len(moved))
        balance.action_apply()
        self.env.flush_all()
        for move in balance.move_ids:
            self.assertEqual(move.partner_id.territory_id, move.territory_after_id)
            territories = move.partner_id.territory_set_id.territory_ids
            self.assertNotIn(move.territory_before_id, territories)
        for place, share in self.shares(balance).items():
            self.assertEqual(share.after, self.counts(self.draft)[place])
        balance.action_take_back()
        self.env.flush_all()
        self.assertFalse(moved.filtered(lambda p: p.territory_id != self.north))

    def _north(self):
        return self.accounts.filtered(lambda account: account.zip[0] in "0123456")

    def test_not_taken(self):
        """What is unticked is not done, and the figures say so."""
        balance = self.balance()
        balance.action_propose()
        first = balance.move_ids[0]
        share = self.shares(balance)[first.territory_before_id]
        after = share.after
        self.assertIn("No proposal has fewer", balance.outcome)
        first.is_taken = False
        self.assertEqual(share.after, after + first.account_count)
        have = [share.after for share in self.shares(balance).values()]
        beyond = sum(abs(value - 20) > 4 for value in have)
        self.assertIn(f"beyond a tolerance with these: {beyond}", balance.outcome)
        area = first.area_ids[:1]
        balance.action_apply()
        self.assertEqual(area.territory_id, first.territory_before_id)
        with self.assertRaises(UserError):
            first.is_taken = True
        with self.assertRaises(UserError):
            balance.action_apply()

    def test_by_members(self):
        balance = self.balance(share_by="member")
        with self.assertRaisesRegex(UserError, "no members"):
            balance.action_measure()
        for place, count in ((self.north, 2), (self.middle, 1), (self.south, 1)):
            users = (self.amy, self.bob)[:count]
            place.member_ids = [Command.create({"user_id": user.id}) for user in users]
        balance.action_measure()
        shares = self.shares(balance)
        self.assertEqual([shares[place].target for place in self.places], [30, 15, 15])

    def test_outdated(self):
        balance = self.balance()
        balance.action_propose()
        self.south.area_ids[0].zip_from = "85"
        self.assertTrue(balance.is_outdated)
        with self.assertRaisesRegex(UserError, "changed since"):
            balance.action_apply()
        balance.action_propose()
        balance.action_apply()

    def test_asked_otherwise(self):
        """Moves of another question are not applied."""
        balance = self.balance()
        balance.action_propose()
        balance.plan_id = self.plan
        self.assertEqual(balance.state, "draft")
        self.assertFalse(balance.move_ids)

    def test_measured_otherwise(self):
        """Nor are those of other measures or tolerances."""
        for change in (
            {"tolerance": 30},
            {"measure": "workload"},
        ):
            with self.subTest(change=change):
                balance = self.balance()
                balance.action_propose()
                balance.measure_ids.write(change)
                self.assertEqual(balance.state, "draft")
                self.assertFalse(balance.move_ids)
                self.assertFalse(balance.share_ids)
        balance.action_propose()
        self.env["crm.territory.balance.measure"].create(
            {"balance_id": balance.id, "measure": "won"}
        )
        self.assertEqual(balance.state, "draft")
        balance.action_propose()
        balance.measure_ids[0].unlink()
        self.assertEqual(balance.state, "draft")

    def test_measured_otherwise_when_applied(self):
        balance, other = self.balance(), self.balance()
        balance.action_propose()
        balance.action_apply()
        for change in (
            lambda: balance.measure_ids.write({"tolerance": 30}),
            lambda: balance.measure_ids.unlink(),
            lambda: balance.write(
                {"measure_ids": [Command.create({"measure": "workload"})]}
            ),
            lambda: other.measure_ids.write(
                {"balance_id": balance.id, "measure": "workload"}
            ),
        ):
            with self.assertRaisesRegex(UserError, "applied"):
                change()

    def test_people(self):
        """Who is in several territories has his part of each."""
        for place, users in (
            (self.north, self.amy | self.bob),
            (self.middle, self.bob),
            (self.south, self.bob | self.claire),
        ):
            place.member_ids = [Command.create({"user_id": user.id}) for user in users]
        balance = self.balance()
        balance.action_propose()
        for side in ("before", "after"):
            have = {place: share[side] for place, share in self.shares(balance).items()}
            north, middle, south = (have[place] for place in self.places)
            expected = {
                self.amy: north / 2,
                self.bob: north / 2 + middle + south / 2,
                self.claire: south / 2,
            }
            people = {row.user_id: row for row in balance.person_ids}
            self.assertEqual(people.keys(), expected.keys())
            for user, value in expected.items():
                self.assertAlmostEqual(people[user][side], value)
                self.assertAlmostEqual(people[user].target, 20)
        line = balance.measure_ids
        self.assertGreater(line.variation_people_before, line.variation_before - 1)
        balance.move_ids.is_taken = False
        self.assertAlmostEqual(
            line.variation_people_before, line.variation_people_after
        )

    def test_rules_aside(self):
        """A territory with rules neither gives areas nor takes any."""
        self.env["crm.territory.rule"].create(
            {
                "territory_id": self.south.id,
                "applies_to": "account",
                "domain": "[('name', 'like', 'Account')]",
            }
        )
        balance = self.balance()
        balance.action_propose()
        touched = (
            balance.move_ids.territory_before_id | balance.move_ids.territory_after_id
        )
        self.assertNotIn(self.south, touched)

    def test_cannot_be_reached(self):
        """One account that weighs more than all others together."""
        self.lead(
            "Huge",
            type="opportunity",
            partner_id=self.accounts[0].id,
            expected_revenue=10**6,
        )
        balance = self.balance(measures=("pipeline",), tolerance=5)
        balance.action_propose()
        self.assertGreater(balance.beyond, 1)
        self.assertGreater(balance.beyond_bound, 1)

    def test_potential(self):
        self.accounts[0].annual_revenue = 1000
        balance = self.balance(measures=())
        balance.measure_ids = [
            Command.create(
                {"measure": "potential", "formula": "annual_revenue * 0.5 + 10"}
            )
        ]
        balance.action_measure()
        total = sum(s.before for s in self.shares(balance, "potential").values())
        self.assertAlmostEqual(total, 60 * 10 + 500)
