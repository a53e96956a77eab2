import random

from odoo import Command

from odoo.addons.crm_territory.assignment import Assignment

from .common import TerritoryCase


class BalanceCase(TerritoryCase):
    """A draft that divides Germany by ZIP codes: North has seven beginnings of ten."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.draft = cls.env["crm.territory.plan"].create({"name": "Next"})
        cls.root = cls.territory(
            "German market", plan=cls.draft, areas=[{"country_id": cls.de.id}]
        )
        zips = [f"{first}" for first in range(10)]
        cls.north, cls.middle, cls.south = (
            cls.territory(
                name,
                cls.root,
                plan=cls.draft,
                areas=[{"country_id": cls.de.id, "zip_from": zip_} for zip_ in own],
            )
            for name, own in (
                ("North", zips[:7]),
                ("Middle", zips[7:8]),
                ("South", zips[8:]),
            )
        )
        cls.places = cls.north | cls.middle | cls.south
        cls.accounts = cls.env["res.partner"]
        for number in range(60):
            code = f"{number % 10}{random.randrange(10**4):04}"
            cls.accounts |= cls.account(f"Account {number}", cls.de, zip=code)
        for number, account in enumerate(cls.accounts):
            cls.lead(
                f"Deal {number}",
                type="opportunity",
                partner_id=account.id,
                expected_revenue=100 + 7 * number,
            )
        # the others in Germany are elsewhere
        (cls.adler | cls.bruno).country_id = cls.jp

    def balance(self, plan=None, measures=("accounts",), tolerance=20, **values):
        return self.env["crm.territory.balance"].create(
            {
                "plan_id": (plan or self.draft).id,
                "keep_open": False,
                "seconds": 5,
                "measure_ids": [
                    Command.create({"measure": measure, "tolerance": tolerance})
                    for measure in measures
                ],
                **values,
            }
        )

    def credited(self, plan):
        """{account: the territory that a run of the plan would credit}"""
        run = self.env["crm.territory.run"].sudo().new({"is_dry": True})
        run.plan_id = plan
        decisions = Assignment(self.env["res.partner"], run=run).judge(
            self.accounts.ids
        )
        return {d.record_id: d.after[1] for d in decisions}

    def counts(self, plan):
        credited = list(self.credited(plan).values())
        return {place: credited.count(place.id) for place in self.places}

    def shares(self, balance, measure="accounts"):
        return {
            share.territory_id: share
            for share in balance.share_ids
            if share.measure_id.measure == measure
        }
