from odoo.tests import tagged

from ..plans.simulations import Simulations
from .activation_case import ActivationCase


@tagged("post_install", "-at_install")
class TestAccessGained(ActivationCase):
    """Who would see more, told before the switch, is who sees more after it."""

    def gains(self):
        run = Simulations(self.next_year).current()
        values = self.env["crm.territory.activation.gain"]._values_of(
            self.next_year, run
        )
        return {
            line["user_id"]: (
                line["account_count"],
                line["lead_count"],
                line["opportunity_count"],
                line["revenue"],
            )
            for line in values
        }

    def test_as_seen_afterwards(self):
        before = self.everyone_sees()
        self.work(Simulations(self.next_year).start())
        gains = self.gains()
        self.work(self.env["crm.territory.run"].browse(self.next_year.introduce()))
        after = self.everyone_sees()
        for user in (self.amy, self.bob, self.claire):
            more = len(after[user] - before[user])
            told = gains.get(user.id, (0, 0, 0, 0))
            self.assertEqual(told[2:], (more, more * 100), user.name)
        self.assertEqual(len(after[self.bob] - before[self.bob]), 2)

    def test_accounts_where_territories_say_who_sees_them(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        accounts = self.adler | self.bruno | self.rivoire | self.sato

        def seen(user):
            self.env.invalidate_all()
            return accounts.with_user(user)._filtered_access("read").ids

        before = {user: set(seen(user)) for user in (self.amy, self.bob)}
        self.work(Simulations(self.next_year).start())
        gains = self.gains()
        self.work(self.env["crm.territory.run"].browse(self.next_year.introduce()))
        for user, ids in before.items():
            self.assertEqual(gains[user.id][0], len(set(seen(user)) - ids), user.name)

    def test_what_becomes_nobodys_is_for_all(self):
        self.new["France"].area_ids.unlink()
        self.work(Simulations(self.next_year).start())
        self.assertEqual(self.gains()[None], (0, 0, 1, 100))
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.unassigned", "managers"
        )
        self.assertNotIn(None, self.gains())

    def test_salesperson_and_superior_gain_nothing(self):
        self.deals[self.adler].user_id = self.bob
        self.deals[self.bruno].user_id = self.claire
        self.claire.sudo().reports_to_id = self.bob
        self.env.flush_all()
        self.work(Simulations(self.next_year).start())
        self.assertNotIn(self.bob.id, self.gains())
