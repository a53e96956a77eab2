"""A forecast of any number of opportunities in 1,000 territories, over 12 months."""

from datetime import date

from odoo.fields import Command
from odoo.tools import SQL

ACCOUNTS = 100_000
ROOTS, REGIONS, TERRITORIES, SELLERS = 5, 45, 950, 100
# of the opportunities, and the one after it, of which sheets are
YEAR, NEXT_YEAR = 2017, 2018
TODAY = date(YEAR, 6, 15)


class World:
    """Territories on three levels, a salesperson for every ten of the lowest level,
    targets of two years for all of them, and opportunities of the first year: a third
    of them won, of the salesperson of their territory or, every fifth, of any other.

    :param count: of opportunities
    """

    def __init__(self, env, count):
        self.env = env
        self.count = count
        self.manager = self._user("manager", "sales_team.group_sale_manager")
        self.sellers = [
            self._user(f"seller_{n}", "sales_team.group_sale_salesman")
            for n in range(SELLERS)
        ]
        self._make_territories()
        self.forecast = env["crm.territory.forecast"].create(
            {"name": "Benchmark", "tz": "UTC", "sequence": 0}
        )
        for year in (YEAR, NEXT_YEAR):
            self.forecast.set_targets(self.targets(year))
        env.flush_all()
        # a foreign key is checked by a plan that is kept: of a table that is still
        # small it would be to read it to its end, for each record that is made
        env.cr.execute("SET LOCAL enable_seqscan = off; DISCARD PLANS")
        env.cr.execute("SELECT setseed(0.42)")
        self._make_opportunities(self._make_accounts())
        env.cr.execute("SET LOCAL enable_seqscan = on")
        for table in ("crm_lead", "res_partner", "crm_territory_forecast_target"):
            env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def _user(self, login, group):
        return self.env["res.users"].create(
            {
                "name": f"Benchmark {login}",
                "login": login,
                "group_ids": [Command.set([self.env.ref(group).id])],
            }
        )

    def _make_territories(self):
        made = self.env["crm.territory"]
        plan = self.env["crm.territory.plan"].create(
            {"name": "Benchmark", "company_id": False}
        )
        roots = made.create(
            [{"name": f"Root {n}", "plan_id": plan.id} for n in range(ROOTS)]
        )
        regions = made.create(
            [
                {"name": f"Region {n}", "parent_id": roots[n % ROOTS].id}
                for n in range(REGIONS)
            ]
        )
        self.leaves = made.create(
            [
                {"name": f"Territory {n}", "parent_id": regions[n % REGIONS].id}
                for n in range(TERRITORIES)
            ]
        )
        self.territories = roots | regions | self.leaves
        self.env["crm.territory.member"].create(
            [
                {"territory_id": leaf.id, "user_id": self.seller_of(n).id}
                for n, leaf in enumerate(self.leaves)
            ]
        )
        plan.action_activate()
        alone = [frozenset([id_]) for id_ in self.leaves.ids]
        sets = self.env["crm.territory.set"]._intern(alone)
        self.set_ids = [sets[each] for each in alone]

    def seller_of(self, number):
        """The salesperson of a territory of the lowest level, by its number."""
        return self.sellers[number % SELLERS]

    # -- targets

    def targets(self, year, add=0):
        """The targets of a year, as the sheet sends them."""
        members = {leaf.id: self.seller_of(n).id for n, leaf in enumerate(self.leaves)}
        rows = [(id_, False) for id_ in self.territories.ids]
        return self.cells([*rows, *members.items()], year, add)

    @staticmethod
    def cells(rows, year, add=0):
        """Targets of rows (territory id, user id or False) in the months of a year."""
        return [
            {
                "territory_id": territory_id,
                "user_id": user_id,
                "date_start": f"{year}-{month:02}-01",
                "amount": 1000 + territory_id % 7 + month + add,
            }
            for territory_id, user_id in rows
            for month in range(1, 13)
        ]

    # -- opportunities

    def _make_accounts(self):
        self.env.cr.execute(
            SQL(
                """
                WITH choice AS (SELECT %s::int[] AS leaf), made AS (
                    SELECT nextval('res_partner_id_seq')::int AS id
                      FROM generate_series(1, %s)
                )
                INSERT INTO res_partner (id, name, complete_name, is_company, active,
                                         type, commercial_partner_id, territory_id)
                SELECT id, 'Account ' || id, 'Account ' || id, TRUE, TRUE, 'contact',
                       id, leaf[1 + floor(random() * cardinality(leaf))::int]
                  FROM made, choice
                RETURNING id
                """,
                self.leaves.ids,
                min(ACCOUNTS, self.count),
            )
        )
        return [id_ for (id_,) in self.env.cr.fetchall()]

    def _make_opportunities(self, accounts):
        stages = self.env["crm.stage"]
        self.env.cr.execute(
            SQL(
                """
                WITH choice AS (
                    SELECT %(leaves)s::int[] AS leaf, %(set_ids)s::int[] AS set_id,
                           %(sellers)s::int[] AS seller,
                           %(accounts)s::int[] AS account, %(stages)s::int[] AS stage
                ), drawn AS (
                    SELECT n, random() < 0.33 AS is_won,
                           timestamp %(first_day)s
                               + random() * interval '365 days' AS moment,
                           floor(random() * cardinality(leaf))::int AS leaf_number,
                           floor(random() * cardinality(seller))::int AS any_number,
                           account[1 + floor(random() * cardinality(account))::int]
                               AS account,
                           stage[1 + floor(random() * cardinality(stage))::int]
                               AS stage,
                           (ARRAY['pipeline', 'best', 'commit'])[
                               1 + floor(random() * 3)] AS category
                      FROM generate_series(1, %(count)s) AS n, choice
                ), made AS (
                    SELECT drawn.*, leaf[1 + leaf_number] AS territory,
                           set_id[1 + leaf_number] AS set_id,
                           seller[1 + CASE WHEN n %% 5 = 0 THEN any_number
                                      ELSE leaf_number %% cardinality(seller) END]
                               AS seller
                      FROM drawn, choice
                )
                INSERT INTO crm_lead (
                    name, type, active, priority, probability, won_status, partner_id,
                    territory_id, territory_set_id, user_id, won_user_id, stage_id,
                    company_id, forecast_category, expected_revenue, date_deadline,
                    date_closed, create_date, write_date)
                SELECT 'Opportunity ' || n, 'opportunity', TRUE, '0',
                       CASE WHEN is_won THEN 100 ELSE 10 + n %% 80 END,
                       CASE WHEN is_won THEN 'won' ELSE 'pending' END,
                       account, territory, set_id, seller,
                       CASE WHEN is_won THEN seller END,
                       CASE WHEN is_won THEN %(won_stage)s ELSE stage END,
                       %(company_id)s,
                       CASE WHEN is_won THEN 'won' ELSE category END,
                       floor(random() * 1e5), moment::date,
                       CASE WHEN is_won THEN moment END, now(), now()
                  FROM made
                """,
                leaves=self.leaves.ids,
                set_ids=self.set_ids,
                sellers=[seller.id for seller in self.sellers],
                accounts=accounts,
                stages=stages.search([("is_won", "=", False)]).ids,
                won_stage=stages.search([("is_won", "=", True)], limit=1).id,
                first_day=f"{YEAR}-01-01",
                count=self.count,
                company_id=self.env.company.id,
            )
        )
