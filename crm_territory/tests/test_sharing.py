from lxml import etree

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from ..matching import access
from .common import SALESMAN, TerritoryCase

# of one opening, for what sharing adds: a scope, and the customers of the user
MORE_QUERIES = 2


@tagged("post_install", "-at_install")
class TestSharing(TerritoryCase):
    """Who reads and who writes, and from when on.

    +---------+---------+---------+--------------------------------+
    | lead    | owner   | account | territories                    |
    +=========+=========+=========+================================+
    | berlin  | mona    | bruno   | Berlin (below Germany), Health |
    | paris   | mona    | rivoire | France                         |
    | tokyo   | mona    | sato    | none                           |
    | inbound |         | rivoire | France                         |
    | loose   |         | sato    | none                           |
    +---------+---------+---------+--------------------------------+
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dora = new_test_user(cls.mona.env, "dora", SALESMAN)
        mona = {"user_id": cls.mona.id}
        cls.at_berlin = cls.lead("Berlin", cls.bruno, **mona)
        cls.at_paris = cls.lead("Paris", cls.rivoire, **mona)
        cls.at_tokyo = cls.lead("Tokyo", cls.sato, **mona)
        cls.inbound = cls.lead("Inbound", cls.rivoire)
        cls.loose = cls.lead("Loose", cls.sato)
        cls.leads = (
            cls.at_berlin | cls.at_paris | cls.at_tokyo | cls.inbound | cls.loose
        )
        cls.env.flush_all()

    def assertSees(self, user, names, operation="read"):
        """By search, and by asking for each record, in the running transaction."""
        leads = self.leads.with_user(user)
        allowed = leads._filtered_access(operation)
        self.assertEqual(sorted(allowed.mapped("name")), sorted(names))
        if operation == "read":
            found = leads.search([("id", "in", leads.ids)])
            self.assertEqual(sorted(found.mapped("name")), sorted(names))

    def set_parameter(self, name, value):
        self.env["ir.config_parameter"].sudo().set_param(f"crm_territory.{name}", value)
        # a setting is in force from the next request on
        self.env.invalidate_all()

    def test_of_who_sees_everything_no_record_is_asked(self):
        """Territories take nothing from Mona: a thousand records are not looked at."""
        self.patch(self.registry["crm.lead"], "_compute_territory_access", self.fail)
        self.patch(
            self.registry["res.partner"], "_compute_territory_can_see", self.fail
        )
        for records in (self.leads, self.adler | self.bruno):
            for operation in ("read", "write", "unlink"):
                records.with_user(self.mona).check_access(operation)

    def test_of_several_some_wait_to_be_judged(self):
        """What is judged when somebody asks may make a combination that is new."""
        self.override(self.at_paris, self.health)
        self.override(self.inbound, self.gtx)
        leads = (self.loose | self.at_paris | self.inbound).with_user(self.amy)
        self.assertEqual(
            leads.mapped("territory_can_write_unowned"), [True, True, False]
        )

    # -- who

    def test_members_see_their_territory_and_below(self):
        self.assertSees(self.amy, ["Berlin", "Loose"])
        self.assertSees(self.claire, ["Berlin", "Paris", "Inbound", "Loose"])
        self.assertSees(self.bob, ["Loose"])
        self.assertSees(self.mona, ["Berlin", "Paris", "Tokyo", "Inbound", "Loose"])

    def test_archived_territories_share_nothing(self):
        """Not even by those above, while records still carry them."""
        self.france.active = False
        territories = self.at_paris.with_context(active_test=False).territory_ids
        self.assertIn(self.france, territories)
        self.assertSees(self.claire, ["Berlin", "Loose"])

    def test_permission_of_the_territory_of_the_membership(self):
        self.germany.permission = "read"
        self.assertSees(self.amy, ["Berlin", "Loose"])
        self.assertSees(self.amy, ["Loose"], "write")
        # the lead is in Berlin, whose permission does not matter to Amy of Germany
        self.germany.permission = "write"
        self.berlin.permission = "read"
        self.assertSees(self.amy, ["Berlin", "Loose"], "write")

    def test_managers_always_write(self):
        (self.europe | self.germany | self.berlin | self.france).permission = "read"
        everything = ["Berlin", "Paris", "Inbound", "Loose"]
        self.assertSees(self.claire, everything, "write")

    def test_superiors_of_the_owner(self):
        self.mona.reports_to_id = self.bob
        self.bob.reports_to_id = self.dora
        everything = ["Berlin", "Paris", "Tokyo", "Loose"]
        for user in (self.bob, self.dora):
            self.assertSees(user, everything)
            self.assertSees(user, everything, "write")

    def test_leaders_of_the_owners_teams(self):
        team = self.env["crm.team"].create({"name": "T", "user_id": self.bob.id})
        self.env["crm.team.member"].create(
            {"crm_team_id": team.id, "user_id": self.mona.id}
        )
        # the leader's own superior is not above the members
        self.bob.reports_to_id = self.dora
        self.assertSees(self.bob, ["Berlin", "Paris", "Tokyo", "Loose"], "write")
        self.assertSees(self.dora, ["Loose"])

    def test_unowned_lead_of_a_read_only_territory(self):
        self.france.permission = "read"
        self.france.member_ids = [Command.create({"user_id": self.bob.id})]
        self.assertSees(self.bob, ["Paris", "Inbound", "Loose"])
        self.assertSees(self.bob, ["Loose"], "write")

    def test_nobody_reports_to_somebody_below(self):
        self.bob.reports_to_id = self.dora
        with self.assertRaisesRegex(Exception, "cannot report to somebody below"):
            self.dora.reports_to_id = self.bob

    # -- from when on

    def test_changes_are_in_force_in_the_same_transaction(self):
        """Also for records whose access was asked for before, and is in the cache."""
        member = self.europe.member_ids
        team = self.env["crm.team"].create({"name": "T", "user_id": self.bob.id})
        self.assertSees(self.claire, ["Berlin", "Paris", "Inbound", "Loose"])
        member.user_id = self.bob
        self.assertSees(self.bob, ["Berlin", "Paris", "Inbound", "Loose"])
        self.assertSees(self.claire, ["Loose"])
        self.france.parent_id = self.products
        self.assertSees(self.bob, ["Berlin", "Loose"])
        self.france.parent_id = self.europe
        self.assertSees(self.bob, ["Berlin", "Paris", "Inbound", "Loose"])
        member.is_manager = False
        self.europe.permission = "read"
        self.assertSees(self.bob, ["Loose"], "write")
        self.plan.action_archive_plan()
        self.assertSees(self.bob, ["Loose"])
        self.plan.action_activate()
        self.assertSees(self.bob, ["Berlin", "Paris", "Inbound", "Loose"])
        member.unlink()
        self.assertSees(self.bob, ["Loose"])
        membership = self.env["crm.team.member"].create(
            {"crm_team_id": team.id, "user_id": self.mona.id}
        )
        self.assertSees(self.bob, ["Berlin", "Paris", "Tokyo", "Loose"])
        membership.active = False
        self.assertSees(self.bob, ["Loose"])
        self.mona.reports_to_id = self.bob
        self.assertSees(self.bob, ["Berlin", "Paris", "Tokyo", "Loose"])
        self.mona.reports_to_id = False
        self.assertSees(self.bob, ["Loose"])
        self.set_parameter("unassigned", "managers")
        self.assertSees(self.bob, [])
        self.set_parameter("unassigned", "everyone")
        self.assertSees(self.bob, ["Loose"])

    def test_records_that_move(self):
        self.assertSees(self.amy, ["Berlin", "Loose"])
        self.override(self.at_tokyo, self.germany)
        self.assertSees(self.amy, ["Berlin", "Loose", "Tokyo"])
        self.loose.user_id = self.mona
        self.at_paris.user_id = self.amy
        self.assertSees(self.amy, ["Berlin", "Paris", "Tokyo"])

    def test_dates(self):
        today = fields.Date.today()
        self.europe.member_ids.write(
            {"date_start": fields.Date.add(today, days=2), "date_end": False}
        )
        self.germany.member_ids.date_end = fields.Date.add(today, days=1)
        self.env.flush_all()
        for days, amy, claire in (
            (0, ["Berlin", "Loose"], ["Loose"]),
            (1, ["Berlin", "Loose"], ["Loose"]),
            (2, ["Loose"], ["Berlin", "Paris", "Inbound", "Loose"]),
        ):
            with freeze_time(fields.Date.add(today, days=days)):
                # what another day's transaction would have in its cache
                self.env.invalidate_all()
                self.assertSees(self.amy, amy)
                self.assertSees(self.claire, claire)

    # -- accounts

    def test_accounts_by_territory(self):
        accounts = self.adler | self.bruno | self.rivoire | self.sato
        accounts.user_id = self.mona
        contact = self.contact("Jo", self.rivoire)
        everything = accounts | contact

        def seen_by(user):
            theirs = everything.with_user(user)
            allowed = theirs._filtered_access("read")
            found = theirs.search([("id", "in", theirs.ids)])
            self.assertEqual(found, allowed.sorted())
            return everything & allowed.with_env(self.env)

        self.assertEqual(seen_by(self.bob), everything)
        self.set_parameter("account_visibility", "territory")
        self.assertFalse(seen_by(self.bob))
        self.assertEqual(seen_by(self.amy), self.adler | self.bruno)
        self.assertEqual(seen_by(self.claire), everything - self.sato)
        self.assertEqual(seen_by(self.mona), everything)
        # who owns an opportunity sees its customer
        deal = self.lead("Deal", contact, user_id=self.bob.id)
        self.assertEqual(seen_by(self.bob), self.rivoire | contact)
        deal.active = False
        self.assertEqual(seen_by(self.bob), self.rivoire | contact)
        deal.user_id = self.mona
        self.assertFalse(seen_by(self.bob))
        self.sato.user_id = False
        self.assertEqual(seen_by(self.bob), self.sato)
        self.mona.reports_to_id = self.bob
        self.assertEqual(seen_by(self.bob), everything)

    def test_colleagues_are_seen_by_all(self):
        """Also one that somebody has made an account of a salesperson."""
        self.claire.partner_id.sudo().write(
            {"user_id": self.mona.id, "country_id": self.fr.id}
        )
        self.set_parameter("account_visibility", "territory")
        colleague = self.claire.partner_id.with_user(self.bob)
        self.assertEqual(colleague.account_user_id, self.mona)
        self.assertEqual(colleague.search([("id", "=", colleague.id)]), colleague)

    # -- Odoo's own rules

    def test_customised_rule_of_odoo_stays_in_force(self):
        """One that lets see less of the unowned is a factor beside what is shared."""
        rule = self.env.ref("crm.crm_rule_personal_lead").sudo()
        rule.domain_force = "[('user_id', '=', user.id)]"
        self.assertSees(self.bob, [])
        self.assertSees(self.amy, ["Berlin"])
        rule.domain_force = "[(1, '=', 1)]"
        # everything but the unowned that is another line's
        self.assertSees(self.bob, ["Berlin", "Paris", "Tokyo", "Loose"])
        self.assertSees(self.claire, self.leads.mapped("name"))

    def test_rule_of_the_customer_still_restricts(self):
        self.env["ir.rule"].sudo().create(
            {
                "name": "No Paris",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "domain_force": "[('name', '!=', 'Paris')]",
            }
        )
        self.assertSees(self.claire, ["Berlin", "Inbound", "Loose"])
        self.assertSees(self.mona, ["Berlin", "Tokyo", "Inbound", "Loose"])


@tagged("post_install", "-at_install")
class TestSharingQueries(TerritoryCase):
    """What sharing costs when the client opens something, in queries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number in range(30):
            account = cls.account(f"Account {number}", (cls.de, cls.fr)[number % 2])
            cls.lead(f"Deal {number}", account, user_id=cls.claire.id)
        cls.env.flush_all()

    def specification(self, model, view_type):
        """What the client reads for the view."""
        views = model.get_views([(False, view_type)])
        arch = etree.fromstring(views["views"][view_type]["arch"])
        names = {
            node.get("name")
            for node in arch.xpath(
                ".//field[not(ancestor::field)][not(@optional='hide')]"
                "[not(@column_invisible='True' or @column_invisible='1')]"
            )
        }
        return {
            name: {"fields": {"display_name": {}}}
            if model._fields[name].relational
            else {}
            for name in names
        }

    def queries(self, function):
        """The queries of a call in a transaction of its own, ormcaches warm."""
        counts = []
        for _warm in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            access.forget(self.env)
            before = self.env.cr.sql_log_count
            function()
            counts.append(self.env.cr.sql_log_count - before)
        return counts[-1]

    def assertCost(self, function):
        """The function costs little more than without our rules."""
        for setting in ("everyone", "territory"):
            self.env["ir.config_parameter"].sudo().set_param(
                "crm_territory.account_visibility", setting
            )
            with self.subTest(accounts=setting):
                cost = self.queries(function)
                rules = self.env["ir.rule"].sudo().search([])
                ours = rules.filtered(
                    lambda rule: (
                        rule.get_external_id()[rule.id].startswith("crm_territory.")
                        and not rule.model_id.model.startswith("crm.territory")
                    )
                )
                self.assertTrue(ours)
                ours.active = False
                without_rules = self.queries(function)
                ours.active = True
                self.assertLessEqual(cost, without_rules + MORE_QUERIES)

    def test_pipeline(self):
        leads = self.env["crm.lead"].with_user(self.claire)
        domain = [("type", "=", "opportunity")]
        specification = self.specification(leads, "kanban")

        def open_pipeline():
            found = leads.web_read_group(
                domain,
                ["stage_id"],
                ["__count", "expected_revenue:sum"],
                auto_unfold=True,
                unfold_read_specification=specification,
                unfold_read_default_limit=80,
            )
            self.assertGreaterEqual(sum(g["__count"] for g in found["groups"]), 30)
            self.assertTrue(any("__records" in group for group in found["groups"]))

        self.assertCost(open_pipeline)

    def test_customer_list(self):
        partners = self.env["res.partner"].with_user(self.claire)
        specification = self.specification(partners, "list")
        self.assertCost(
            lambda: partners.web_search_read(
                [], specification, limit=80, count_limit=10_001
            )
        )

    def test_one_lead(self):
        lead = self.env["crm.lead"].search([("name", "=", "Deal 1")])
        lead = lead.with_user(self.claire)
        specification = self.specification(lead, "form")
        self.assertCost(lambda: lead.browse(lead.id).web_read(specification))
