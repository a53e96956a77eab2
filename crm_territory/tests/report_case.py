import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from odoo.tools import SQL

from .common import TerritoryCase

NUMBER = 240
FIRST_DAY = datetime(2023, 1, 1)
DAYS = 900


@dataclass
class Deal:
    """What a test knows of an opportunity without asking a report."""

    lead: object
    amount: float
    status: str
    created: datetime
    converted: datetime | None
    closed: datetime | None
    deadline: date | None
    archived: bool

    @property
    def territory(self):
        return self.lead.territory_id

    @property
    def owner(self):
        return self.lead.user_id

    @property
    def month(self):
        return self.closed and date(self.closed.year, self.closed.month, 1)


class ReportCase(TerritoryCase):
    """240 opportunities of the years 2023 to 2025, by a fixed seed: won, lost, open;
    some archived, some with an account, some without a salesperson.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].search([]).unlink()
        cls.chance = random.Random(5)
        cls.won_stage = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        cls.open_stages = cls.env["crm.stage"].search([("is_won", "=", False)])
        cls.deals = cls._make_deals()
        cls.env.flush_all()
        for deal in cls.deals:
            cls._put_back(deal)
        cls.env.invalidate_all()

    @classmethod
    def _make_deals(cls):
        """All at once: one by one they take five times as long."""
        drawn = [cls._draw(number) for number in range(NUMBER)]
        leads = cls.env["crm.lead"].create([values for _deal, values in drawn])
        deals = [deal for deal, _values in drawn]
        for deal, lead in zip(deals, leads, strict=True):
            deal.lead = lead
        of_status = {
            status: leads.browse(d.lead.id for d in deals if d.status == status)
            for status in ("won", "lost")
        }
        of_status["won"].action_set_won()
        of_status["lost"].action_set_lost()
        leads.browse(d.lead.id for d in deals if d.archived).active = False
        return deals

    @classmethod
    def _draw(cls, number):
        """A Deal without its lead, and the values of this."""
        chance = cls.chance
        status = chance.choice(["won", "won", "lost", "pending"])
        created = FIRST_DAY + timedelta(minutes=chance.randrange(DAYS * 1440))
        converted = None
        if chance.random() < 0.5:
            converted = created + timedelta(hours=chance.randrange(1, 900))
        closed = None
        if status != "pending":
            closed = (converted or created) + timedelta(hours=chance.randrange(3000))
        amount = round(10 ** chance.uniform(2, 6.5), 2)
        archived = status == "lost" or chance.random() < 0.1
        deadline = None
        if chance.random() < 0.8:
            deadline = created.date() + timedelta(days=chance.randrange(200))
        account = chance.choice(
            [cls.adler, cls.bruno, cls.rivoire, cls.sato, cls.env["res.partner"]]
        )
        owner = chance.choice([cls.amy, cls.bob, cls.claire, cls.mona, None])
        values = cls.lead_values(
            f"Deal {number}",
            account,
            user_id=owner and owner.id,
            expected_revenue=amount,
            country_id=(account.country_id or cls.fr).id,
            date_deadline=deadline,
            stage_id=chance.choice(cls.open_stages).id,
        )
        deal = Deal(
            None, amount, status, created, converted, closed, deadline, archived
        )
        return deal, values

    @classmethod
    def _put_back(cls, deal):
        cls.env.cr.execute(
            SQL(
                "UPDATE crm_lead SET create_date = %s, date_open = NULL,"
                " date_conversion = %s, date_closed = %s WHERE id = %s",
                deal.created,
                deal.converted,
                deal.closed,
                deal.lead.id,
            )
        )

    def of_status(self, status):
        """The deals that count as won, lost or pending."""
        return [
            deal
            for deal in self.deals
            if deal.status == status and (status != "pending" or not deal.archived)
        ]

    def closed_deals(self):
        return self.of_status("won") + self.of_status("lost")

    def figures(self, model_name, groupby, aggregates, domain=(), user=None):
        """{group: tuple of figures}; the group is a record, or a tuple of several."""
        model = self.env[model_name].with_user(user or self.mona)
        number = len(groupby)
        return {
            row[0] if number == 1 else row[:number]: row[number:]
            for row in model._read_group(list(domain), groupby, aggregates)
        }

    def assertFigures(self, found, expected):
        """The same groups with the same figures, empty ones as 0."""
        self.assertEqual(set(found), set(expected))
        for group, figures in expected.items():
            for one, other in zip(found[group], figures, strict=True):
                self.assertAlmostEqual(one or 0, other or 0, 4, group)
