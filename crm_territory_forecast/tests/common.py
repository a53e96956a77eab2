from odoo.addons.crm_territory.tests.common import TerritoryCase


class ForecastCase(TerritoryCase):
    """The world of ``TerritoryCase`` with a monthly forecast of revenue.

    +------------+-----------+-----------+-----------+--------+-------------+
    | deal       | credited  | owner     | category  | amount | in          |
    +============+===========+===========+===========+========+=============+
    | won_adler  | Germany   | amy       | won       | 1,000  | March 2017  |
    | won_bruno  | Health    | bob       | won       | 300    | April 2017  |
    | commit     | Germany   | amy       | commit    | 500    | April 2017  |
    | best       | Berlin    | amy       | best      | 200    | March 2017  |
    | early      | France    | (nobody)  | pipeline  | 100    | May 2017    |
    +------------+-----------+-----------+-----------+--------+-------------+

    The probability of the open ones is 80, 50 and 10 %.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.mona, cls.claire, cls.amy, cls.bob):
            user.sudo().name = user.login
        cls.env["crm.territory.forecast"].search([]).active = False
        cls.forecast = cls.env["crm.territory.forecast"].create(
            {"name": "Revenue", "tz": "UTC"}
        )
        cls.stages = cls._make_stages()
        cls.pauli = cls.account("Pauli", cls.de, zip="10118")
        cls.won_adler = cls.won(cls.adler, 1000, "2017-03-15", user_id=cls.amy.id)
        cls.won_bruno = cls.won(cls.bruno, 300, "2017-04-30", user_id=cls.bob.id)
        cls.commit = cls.opened(
            cls.adler, 500, "2017-04-01", "commit", 80, user_id=cls.amy.id
        )
        cls.best = cls.opened(
            cls.pauli, 200, "2017-03-31", "best", 50, user_id=cls.amy.id
        )
        cls.early = cls.opened(cls.rivoire, 100, "2017-05-20", "pipeline", 10)
        cls.env.flush_all()

    @classmethod
    def _open_north(cls):
        """A company North in crowns, in which mona, amy and bob work, too."""
        root = cls.env(user=1)
        cls.crowns = root["res.currency"].create(
            {"name": "KRO", "symbol": "kr", "rounding": 0.01}
        )
        cls.north = root["res.company"].create(
            {"name": "North", "currency_id": cls.crowns.id}
        )
        (cls.mona | cls.amy | cls.bob).sudo().company_ids |= cls.north
        companies = cls.env.company | cls.north
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=companies.ids)
        )
        cls.plan.sudo().company_id = False
        for day, rate in (("2017-03-10", 4), ("2017-04-10", 5)):
            root["res.currency.rate"].create(
                {
                    "currency_id": cls.crowns.id,
                    "name": day,
                    "rate": rate,
                    "company_id": False,
                }
            )

    @classmethod
    def _make_stages(cls):
        stages = cls.env["crm.stage"]
        made = {
            name: stages.create(
                {"name": name, "sequence": 50 + number, "forecast_category": name}
            )
            for number, name in enumerate(("pipeline", "best", "commit", "omitted"))
        }
        made["won"] = stages.create({"name": "won", "sequence": 60, "is_won": True})
        return made

    @classmethod
    def opened(
        cls, account, amount, day, category="pipeline", probability=10, **values
    ):
        """An open opportunity, expected on a day."""
        return cls.lead(
            f"{category} {amount}",
            account,
            **{
                "expected_revenue": amount,
                "date_deadline": day,
                "stage_id": cls.stages[category].id,
                "probability": probability,
                **values,
            },
        )

    @classmethod
    def won(cls, account, amount, moment, **values):
        """A won opportunity, closed at a moment (UTC)."""
        lead = cls.lead(
            f"won {amount}",
            account,
            **{
                "expected_revenue": amount,
                "stage_id": cls.stages["won"].id,
                "probability": 100,
                **values,
            },
        )
        lead.date_closed = moment
        return lead

    @classmethod
    def target(cls, territory, amount, day="2017-03-01", user=None, forecast=None):
        return cls.env["crm.territory.forecast.target"].create(
            {
                "forecast_id": (forecast or cls.forecast).id,
                "territory_id": territory.id,
                "user_id": user and user.id,
                "date_start": day,
                "amount": amount,
            }
        )

    # -- looking

    def board(self, user=None, forecast=None, **options):
        """The board from March to May 2017, as a user."""
        options = {
            "date_from": "2017-03-01",
            "date_to": "2017-05-31",
            "members": True,
            **options,
        }
        forecast = (forecast or self.forecast).with_user(user or self.mona)
        self.env.flush_all()
        return forecast.with_context(**self.env.context).get_board(options)

    def row(self, board, territory, user=None):
        """The row of a territory, or of a member there; None if it is not shown."""
        key = f"t{territory.id}u{user.id}" if user else f"t{territory.id}"
        found = [row for row in board["rows"] if row["key"] == key]
        return found[0] if found else None

    def assertFigures(self, figures, **expected):
        self.assertEqual({name: figures[name] for name in expected}, expected)
