"""The list of customers and the search for a name, where accounts are visible by
territory; beside plain Odoo, where everybody sees all of them, and beside OCA's
``sales_team_security``, with which one sees those that one follows or has, and those
that nobody has.
"""

from contextlib import closing

import pytest

from odoo.fields import Command
from odoo.tools import SQL

from ground import postgres

from .postal_records import Records

TERRITORIES = 1000
OWNERS = 1000
MEMBERSHIPS = (1, 30, 300)
# A tenth has no salesperson, and a tenth no territory.
SHARE = 0.9
_NAMED = {"fields": {"display_name": {}}}
_COLUMNS = {
    "complete_name": {},
    "email": {},
    "phone": {},
    "user_id": _NAMED,
    "city": {},
    "country_id": _NAMED,
    "category_id": _NAMED,
}
CUSTOMERS = [("is_company", "=", True)]


def _page(model):
    found = model.web_search_read(CUSTOMERS, _COLUMNS, limit=80, count_limit=10001)
    return [record["id"] for record in found["records"]]


def _search(model):
    """What many begin with; and what few have in them."""
    return [
        *model.name_search("Account 12", limit=8),
        *model.name_search("ount 4321", limit=8),
    ]


OPENED = {"Customers' list": _page, "Search for a customer's name": _search}


class Customers(Records):
    """Accounts with salespeople, in a database of whatever kind, and who looks."""

    def __init__(self, env, count):
        super().__init__(env, count)
        self.owners = self._owners()
        env.cr.execute("SELECT setseed(0.42)")
        env.cr.execute(
            SQL(
                """
                UPDATE res_partner AS account
                   SET user_id = owner[1 + floor(random() * %s)::int]
                  FROM (SELECT %s::int[] AS owner) AS choice
                 WHERE account.id BETWEEN %s AND %s
                """,
                OWNERS / SHARE,
                self.owners,
                *self.accounts,
            )
        )
        group = env.ref("sales_team.group_sale_salesman")
        self.user = env["res.users"].create(
            {
                "name": "Amy",
                "login": f"amy_{env.cr.dbname}",
                "group_ids": [Command.set([group.id])],
            }
        )
        env.flush_all()

    def _owners(self):
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO res_users (login, partner_id, company_id, active, share,
                                       notification_type)
                SELECT 'has_customers_' || n, %s, %s, TRUE, FALSE, 'email'
                  FROM generate_series(1, %s) AS n
                RETURNING id
                """,
                self.env.user.partner_id.id,
                self.env.company.id,
                OWNERS,
            )
        )
        return [row[0] for row in rows]

    def vacuum(self):
        """As autovacuum leaves the tables."""
        self.env.cr.execute("SET LOCAL synchronous_commit = on")
        self.env.cr.commit()
        with closing(postgres.connect(self.env.cr.dbname)) as connection:
            connection.cursor().execute("VACUUM ANALYZE res_partner, mail_followers")


@pytest.fixture(scope="module")
def ours(env, scale):
    """Visible by territory: those of 1,000 territories, each a set of its own."""
    customers = Customers(env, scale)
    # of a benchmark before
    plans = env["crm.territory.plan"]
    plans.search([("state", "=", "active")]).write({"state": "archived"})
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    territories = env["crm.territory"].create(
        [{"name": f"Territory {n}", "plan_id": plan.id} for n in range(TERRITORIES)]
    )
    plan.action_activate()
    sets = env["crm.territory.set"]._intern([frozenset([i]) for i in territories.ids])
    env.cr.execute(
        SQL(
            """
            UPDATE res_partner AS account
               SET account_user_id = user_id,
                   territory_set_id = set_of[nth], territory_id = territory_of[nth]
              FROM (SELECT id, 1 + floor(random() * %s)::int AS nth FROM res_partner
                     WHERE id BETWEEN %s AND %s) AS drawn,
                   (SELECT %s::int[] AS territory_of, %s::int[] AS set_of) AS choice
             WHERE account.id = drawn.id
            """,
            TERRITORIES / SHARE,
            *customers.accounts,
            territories.ids,
            [sets[frozenset([id_])] for id_ in territories.ids],
        )
    )
    env["ir.config_parameter"].set_param(
        "crm_territory.account_visibility", "territory"
    )
    env.invalidate_all()
    customers.territories = territories
    customers.vacuum()
    return customers


@pytest.fixture(scope="module")
def plain(env_without, scale):
    customers = Customers(env_without("crm"), scale)
    customers.vacuum()
    return customers


@pytest.fixture(scope="module")
def by_team(env_without, scale):
    """With ``sales_team_security``, whose installation lets salespeople follow their
    customers.
    """
    customers = Customers(env_without("crm", "sales_team_security"), scale)
    customers.env.cr.execute(
        SQL(
            """
            INSERT INTO mail_followers (res_model, res_id, partner_id)
            SELECT DISTINCT 'res.partner', account.id, owner.partner_id
              FROM res_partner AS account
              JOIN res_users AS owner ON owner.id = account.user_id
             WHERE account.id BETWEEN %s AND %s
            """,
            *customers.accounts,
        )
    )
    customers.vacuum()
    return customers


@pytest.fixture(params=MEMBERSHIPS)
def count(request, ours):
    """So many territories has who looks."""
    memberships = ours.env["crm.territory.member"]
    members = memberships.create(
        [
            {"territory_id": territory.id, "user_id": ours.user.id}
            for territory in ours.territories[: request.param]
        ]
    )
    ours.env.flush_all()
    yield request.param
    members.unlink()


def _open(customers, what):
    """Do what one request does: nothing is left of the one before."""
    customers.env.invalidate_all()
    customers.env.cr.precommit.clear()
    return OPENED[what](customers.env["res.partner"].with_user(customers.user))


def _visible(customers, condition):
    """Ids of the accounts of which a condition holds."""
    return {
        row[0]
        for row in customers.env.execute_query(
            SQL(
                "SELECT id FROM res_partner AS account"
                " WHERE id BETWEEN %s AND %s AND (%s)",
                *customers.accounts,
                condition,
            )
        )
    }


def test_visible(ours, by_team, plain, count):
    """Each shows what it says."""
    mine = SQL("user_id = %s", ours.user.id)
    expected = {
        ours: SQL(
            "%s OR territory_id = ANY(%s)"
            " OR user_id IS NULL AND territory_set_id IS NULL",
            mine,
            ours.territories[:count].ids,
        ),
        by_team: SQL("user_id = %s OR user_id IS NULL", by_team.user.id),
        plain: SQL("TRUE"),
    }
    for customers, condition in expected.items():
        first, last = customers.accounts
        partners = customers.env["res.partner"].with_user(customers.user)
        domain = [("id", ">=", first), ("id", "<=", last)]
        seen = set(partners.search(domain, order="id").ids)
        assert seen == _visible(customers, condition)


@pytest.mark.parametrize("what", OPENED)
def test_customers(ours, by_team, plain, ratio, seconds, scale, count, what):
    for customers in (ours, plain, by_team):
        _open(customers, what)  # fills the caches of a worker
    own, everything, team = seconds(
        lambda: _open(ours, what),
        lambda: _open(plain, what),
        lambda: _open(by_team, what),
    )
    name = f"{what}, {scale:,} accounts, member of {count}"
    words = {"case": f"{what}, users with {MEMBERSHIPS[0]} to {MEMBERSHIPS[-1]}"}
    beside = "plain Odoo, where one sees all"
    ratio(f"{name}, to plain Odoo", own, everything, 1.2, beside=beside, **words)
    beside = "OCA's sales_team_security"
    ratio(f"{name}, to {beside}", own, team, 1 / 5, beside=beside, **words)
