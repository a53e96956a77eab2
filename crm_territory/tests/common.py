from contextlib import contextmanager

from odoo.fields import Command
from odoo.tests import TransactionCase

from ..runs.work import Worker

SALESMAN = "sales_team.group_sale_salesman,base.group_partner_manager"
SALES_MANAGER = "sales_team.group_sale_manager,base.group_partner_manager"


def run_everything(plans):
    """Judge everything, closed ones too, within the running transaction.

    :return: the runs, one for each plan
    """
    runs = plans.env["crm.territory.run"].create(
        [{"plan_id": plan.id, "include_closed": True} for plan in plans]
    )
    for run in runs:
        run._start()
        worker = Worker(run)
        while run.state == "running":
            worker.do_batch()
    return runs


def new_test_users(env, groups):
    """Users as Odoo's ``new_test_user`` makes one, but made at once.

    :param dict groups: {login: external ids of groups, with commas between}
    """
    return env["res.users"].create(
        [
            {
                "name": f"{login} ({names})",
                "login": login,
                "password": login.ljust(8, "x"),
                "email": f"{login[0]}.{login[0]}@example.com",
                "group_ids": [
                    Command.set([env.ref(name).id for name in names.split(",")])
                ],
            }
            for login, names in groups.items()
        ]
    )


class TerritoryCase(TransactionCase):
    """The world of the tests, built and worked in by Mona, not by an administrator.

    +--------+----------------------+-------------------------------+
    | user   | group                | in the plan *World* (active)  |
    +========+======================+===============================+
    | mona   | sales manager        |                               |
    | claire | own documents only   | manages Europe                |
    | amy    | own documents only   | member of Germany             |
    | bob    | own documents only   | in no territory               |
    +--------+----------------------+-------------------------------+

    +---------------+---------------------------+-------------------------------+
    | territory     | where                     | which                         |
    +===============+===========================+===============================+
    | Europe        |                           | (a grouping node)             |
    |   Germany     | Germany                   |                               |
    |     Berlin    | Germany, ZIP 10115–14199  |                               |
    |   France      | France                    |                               |
    | Health        |                           | accounts and leads of the     |
    |               |                           | industry, resp. with 10 or    |
    |               |                           | more employees                |
    | Products      |                           | (a grouping node)             |
    |   GTX         |                           | opportunities of product line |
    |               |                           | GTX                           |
    +---------------+---------------------------+-------------------------------+

    Types by priority: industry 20, geography 30, product overlay 40.

    +---------+---------+-------+----------+----------------------+
    | account | country | ZIP   | industry | territories          |
    +=========+=========+=======+==========+======================+
    | adler   | Germany | 80331 |          | Germany              |
    | bruno   | Germany | 10117 | health   | Berlin, Health       |
    | rivoire | France  |       |          | France               |
    | sato    | Japan   |       |          |                      |
    +---------+---------+-------+----------+----------------------+
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        context = {"tracking_disable": True, "no_reset_password": True}
        cls.env = cls.env(context=dict(cls.env.context, **context))
        cls.env["crm.territory.plan"].search([("state", "=", "active")]).write(
            {"state": "archived"}
        )
        sellers = dict.fromkeys(("claire", "amy", "bob"), SALESMAN)
        cls.mona, cls.claire, cls.amy, cls.bob = new_test_users(
            cls.env, {"mona": SALES_MANAGER, **sellers}
        )
        cls.de, cls.fr, cls.us = (
            cls.env.ref(f"base.{code}") for code in "de fr us".split()
        )
        cls.jp, cls.gb, cls.ca = (
            cls.env.ref(f"base.{code}") for code in "jp uk ca".split()
        )
        cls.nl = cls.env.ref("base.nl")
        cls.health_industry = cls.env["res.partner.industry"].create(
            {"name": "Hospital"}
        )
        cls.env = cls.env(user=cls.mona)
        cls._make_tree()
        cls._make_accounts()
        run_everything(cls.plan)

    @classmethod
    def _make_tree(cls):
        cls.plan = cls.env["crm.territory.plan"].create({"name": "World"})
        cls.gtx_line = cls.env["crm.product.line"].create({"name": "GTX line"})
        geography = cls.env.ref("crm_territory.type_geography")
        cls.europe = cls.territory("Europe", members=[(cls.claire, True)])
        cls.germany = cls.territory(
            "Germany",
            cls.europe,
            areas=[{"country_id": cls.de.id}],
            members=[(cls.amy, False)],
            type_id=geography.id,
        )
        cls.berlin = cls.territory(
            "Berlin",
            cls.germany,
            areas=[{"country_id": cls.de.id, "zip_from": "10115", "zip_to": "14199"}],
            type_id=geography.id,
        )
        cls.france = cls.territory(
            "France",
            cls.europe,
            areas=[{"country_id": cls.fr.id}],
            type_id=geography.id,
        )
        cls.health = cls.territory(
            "Health",
            rules=[
                ("account", [("industry_id", "=", cls.health_industry.id)]),
                ("lead", [("employee_number", ">=", 10)]),
            ],
            type_id=cls.env.ref("crm_territory.type_industry").id,
        )
        cls.products = cls.territory("Products")
        cls.gtx = cls.territory(
            "GTX",
            cls.products,
            rules=[("opportunity", [("product_line_ids", "in", cls.gtx_line.ids)])],
            type_id=cls.env.ref("crm_territory.type_product").id,
        )
        cls.plan.action_activate()

    @classmethod
    def _make_accounts(cls):
        cls.adler = cls.account("Adler", cls.de, zip="80331")
        cls.bruno = cls.account(
            "Bruno", cls.de, zip="10117", industry_id=cls.health_industry.id
        )
        cls.rivoire = cls.account("Rivoire", cls.fr)
        cls.sato = cls.account("Sato", cls.jp)

    # -- making records

    @classmethod
    def territory(
        cls, name, parent=None, areas=(), rules=(), members=(), plan=None, **values
    ):
        """A territory with its lines.

        :param rules: tuples (object, domain) or (object, domain, values)
        :param members: tuples (user, is manager)
        """
        return cls.env["crm.territory"].create(
            {
                "name": name,
                "plan_id": (plan or cls.plan).id,
                "parent_id": parent and parent.id,
                "area_ids": [Command.create(area) for area in areas],
                "rule_ids": [
                    Command.create(
                        {
                            "applies_to": rule[0],
                            "domain": repr(rule[1]),
                            **(rule[2] if len(rule) > 2 else {}),
                        }
                    )
                    for rule in rules
                ],
                "member_ids": [
                    Command.create({"user_id": user.id, "is_manager": is_manager})
                    for user, is_manager in members
                ],
                **values,
            }
        )

    @classmethod
    def account(cls, name, country=None, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "country_id": country and country.id,
                **values,
            }
        )

    @classmethod
    def contact(cls, name, account, **values):
        return cls.env["res.partner"].create(
            {"name": name, "parent_id": account.id, **values}
        )

    @classmethod
    def lead(cls, *words, **values):
        return cls.env["crm.lead"].create(cls.lead_values(*words, **values))

    @staticmethod
    def lead_values(name, account=None, kind="opportunity", **values):
        """Of an open lead without salesperson or team, unless told."""
        return {
            "name": name,
            "type": kind,
            "partner_id": account and account.id,
            "user_id": False,
            "team_id": False,
            **values,
        }

    @classmethod
    def override(cls, record, territory, decision="in", **values):
        column = "lead_id" if record._name == "crm.lead" else "partner_id"
        return cls.env["crm.territory.override"].create(
            {
                column: record.id,
                "territory_id": territory.id,
                "decision": decision,
                "reason": "Asked for by the customer",
                **values,
            }
        )

    @classmethod
    def run_assignment(cls, **values):
        """A run of the plan that is worked to its end."""
        run = cls.env["crm.territory.run"].create({"plan_id": cls.plan.id, **values})
        run.run_to_end()
        return run

    # -- looking

    def stored_territories(self, record):
        """The territories that the database holds for a record, also archived ones."""
        self.env.flush_all()
        self.env.invalidate_all()
        return record.sudo().territory_set_id.territory_ids

    def assertTerritories(self, record, territories):
        """The record is in exactly these territories, in the database."""
        found = self.stored_territories(record)
        self.assertEqual(
            sorted(found.mapped("name")), sorted(territories.mapped("name"))
        )

    def assertNoTerritory(self, record):
        self.assertTerritories(record, self.env["crm.territory"])

    def assertCredited(self, record, territory):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(record.territory_id, territory)

    @contextmanager
    def counting(self):
        """The queries of the block and of the flush after it: a list of one number."""
        count = []
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        yield count
        self.env.flush_all()
        count.append(self.env.cr.sql_log_count - before)
