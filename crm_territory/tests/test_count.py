from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import TerritoryCase

TYPE = [("type", "=", "opportunity")]
DOMAINS = (
    [],
    TYPE,
    [("active", "=", False)],
    [("active", "in", [True, False])],
    [("company_id", "=", False), *TYPE],
    ["|", ("type", "=", "lead"), ("company_id", "!=", False)],
    [("user_id", "=", False)],
    [("name", "ilike", "o")],
)


@tagged("post_install", "-at_install")
class TestCount(TerritoryCase):
    """What is counted is what is found, whichever way it is counted.

    +----------+-------+--------------+
    | lead     | owner | territories  |
    +==========+=======+==============+
    | own      | amy   | Germany      |
    | shared   | mona  | Germany      |
    | kept     | amy   | France       |
    | hidden   | mona  | France       |
    | inbound  |       | Germany      |
    | loose    |       | none         |
    | archived | amy   | Germany      |
    +----------+-------+--------------+
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].search([]).active = False
        cls.env.cr.execute("UPDATE crm_lead SET user_id = %s", [cls.mona.id])
        cls.env.invalidate_all()
        for name, account, owner in (
            ("Own", cls.adler, cls.amy),
            ("Shared", cls.adler, cls.mona),
            ("Kept", cls.rivoire, cls.amy),
            ("Hidden", cls.rivoire, cls.mona),
            ("Inbound", cls.adler, None),
            ("Loose", cls.sato, None),
            ("Archived", cls.adler, cls.amy),
        ):
            cls.lead(
                name,
                account,
                user_id=owner and owner.id,
                active=name != "Archived",
                company_id=name != "Own" and cls.env.company.id,
            )
        cls.env.flush_all()

    def assertCounts(self, leads):
        for domain in DOMAINS:
            for limit in (None, 1, 3):
                with self.subTest(user=leads.env.user.login, domain=domain, n=limit):
                    found = leads.search(domain, limit=limit)
                    self.assertEqual(leads.search_count(domain, limit), len(found))

    def test_each_lead_is_counted_once(self):
        self.assertEqual(self.env["crm.lead"].with_user(self.amy).search_count([]), 5)
        for user in (self.amy, self.claire, self.bob, self.mona):
            leads = self.env["crm.lead"].with_user(user)
            self.assertCounts(leads)
            self.assertCounts(leads.with_context(active_test=False))

    def test_other_rules_count_too(self):
        """Also one that looks at other tables, with all rights and what is archived
        there, and one that changes the form.
        """
        leads = self.env["crm.lead"].with_user(self.amy)
        self.env["ir.rule"].sudo().create(
            {
                "name": "Not of France",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "domain_force": [("partner_id.country_id.code", "!=", "FR")],
            }
        )
        self.rivoire.active = False
        self.assertEqual(leads.search_count([]), 4)
        self.assertCounts(leads)
        rule = self.env.ref("crm.crm_rule_personal_lead").sudo()
        rule.domain_force = "['|', ('user_id', '=', user.id), ('name', '=', 'Hidden')]"
        self.assertEqual(leads.search_count([]), 3)
        self.assertCounts(leads)

    def test_unassigned_leads_of_managers(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.unassigned", "managers"
        )
        leads = self.env["crm.lead"].with_user(self.amy)
        self.assertEqual(leads.search_count([]), 4)
        self.assertCounts(leads)

    def test_nothing_to_find(self):
        leads = self.env["crm.lead"].with_user(self.amy)
        self.assertEqual(leads.search_count(Domain.FALSE), 0)

    def test_who_may_not_read_leads_may_not_count_them(self):
        self.env["ir.model.access"].sudo().search(
            [("model_id", "=", "crm.lead"), ("group_id", "!=", False)]
        ).perm_read = False
        with self.assertRaises(AccessError):
            self.env["crm.lead"].with_user(self.amy).search_count([])
