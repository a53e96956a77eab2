from ..runs.work import Worker
from .common import TerritoryCase


class ActivationCase(TerritoryCase):
    """Next year: Amy gets France, Bob gets Germany, Europe stays Claire's. Each account
    of the world has a deal without salesperson.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deals = {
            account: cls.lead(f"Deal of {account.name}", account, expected_revenue=100)
            for account in (cls.adler, cls.bruno, cls.rivoire, cls.sato)
        }
        cls.env.flush_all()
        cls.next_year = cls.plan.copy({"name": "Next year"})
        cls.new = {
            territory.name: territory for territory in cls.next_year.territory_ids
        }
        cls.new["Germany"].member_ids.user_id = cls.bob
        cls.new["France"].member_ids = [(0, 0, {"user_id": cls.amy.id})]
        cls.env.flush_all()

    def work(self, run):
        while run.state == "running":
            Worker(run).do_batch()

    def seen_by(self, user):
        """The names of the accounts whose deals the user sees, of the four."""
        self.env.flush_all()
        self.env.invalidate_all()
        deals = self.env["crm.lead"].union(*self.deals.values())
        found = self.env["crm.lead"].with_user(user).search([("id", "in", deals.ids)])
        by_rules = deals.with_user(user)._filtered_access("read")
        self.assertEqual(found, by_rules, "Search and reading differ")
        return {
            account.name for account, deal in self.deals.items() if deal.id in found.ids
        }

    def everyone_sees(self):
        return {user: self.seen_by(user) for user in (self.amy, self.bob, self.claire)}

    def assertUntouched(self):
        """Nothing of the switch was done."""
        self.env.invalidate_all()
        self.assertEqual((self.plan.state, self.next_year.state), ("active", "draft"))
        self.assertFalse(self.plan.giving_way_to_id)
        self.assertFalse(self.next_year.introduction_run_id)
        self.assertFalse(self.next_year.run_ids.filtered(lambda run: not run.is_dry))
