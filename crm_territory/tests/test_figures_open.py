from lxml import etree

from odoo.tests import tagged

from .common import TerritoryCase, run_everything
from .figure_checks import FigureChecks


@tagged("post_install", "-at_install")
class TestFiguresOpen(FigureChecks, TerritoryCase):
    """A click on a figure that counts records shows that very number of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for account in (cls.adler, cls.bruno, cls.rivoire):
            cls.contact(f"Buyer of {account.name}", account)
            cls.lead(f"Card of {account.name}", account, kind="lead")
            cls.lead(f"Order of {account.name}", account, user_id=cls.bob.id)
        cls.account("Closed down", cls.de, zip="10115", active=False)
        cls.lead("Lost", cls.adler).action_set_lost()
        cls.lead("Won", cls.adler).action_set_won()
        cls.lead("Old", cls.adler).active = False
        cls.territory("Left", cls.germany).active = False
        cls.env["crm.territory.objection"].sudo().create(
            [
                {
                    "plan_id": cls.plan.id,
                    "kind": "account",
                    "partner_id": cls.adler.id,
                    "reason": "Mine",
                    "user_id": cls.amy.id,
                    "state": state,
                }
                for state in ("new", "declined")
            ]
        )
        cls.env.flush_all()

    @property
    def users(self):
        return self.mona | self.claire | self.amy | self.bob

    def test_territories(self):
        buttons = self.counted_buttons("crm.territory")
        self.assertEqual(
            {field for field, _kind, _name in buttons},
            {"account_count", "lead_count", "opportunity_count", "child_count"},
        )
        self.assertFiguresOpen(self.plan.territory_ids, self.users, buttons)

    def test_also_where_accounts_are_seen_by_territory(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("crm_territory.accounts", "territory")
        buttons = self.counted_buttons("crm.territory")
        self.assertFiguresOpen(self.plan.territory_ids, self.users, buttons)

    def test_what_stays_in_archived_territories(self):
        """Locked records, and closed ones, stay where they are."""
        spree = self.territory("Spree", self.berlin, areas=[{"country_id": self.de.id}])
        account = self.account("On the Spree", self.de, zip="10178")
        lead = self.lead("Bridge", account)
        account.territory_is_locked = lead.territory_is_locked = True
        spree.active = False
        self.env.flush_all()
        self.assertEqual((account.territory_id, lead.territory_id), (spree, spree))
        buttons = self.counted_buttons("crm.territory")
        self.assertFiguresOpen(self.plan.territory_ids | spree, self.users, buttons)

    def test_in_two_companies(self):
        admin = self.env(user=self.env.ref("base.user_root"))
        second = admin["res.company"].create({"name": "Second"}).with_env(self.env)
        (self.mona | self.claire | self.amy).sudo().company_ids |= second
        both = self.env.company | second
        self.env = self.env(context={"allowed_company_ids": both.ids})
        plan = self.env["crm.territory.plan"].create(
            {"name": "Second", "company_id": second.id}
        )
        here = self.territory(
            "Deutschland",
            plan=plan,
            areas=[{"country_id": self.de.id}],
            members=[(self.amy, False), (self.claire, True)],
        )
        plan.action_activate()
        run_everything(plan)
        for number, company in enumerate((both[0], second, second.browse())):
            of_company = {"company_id": company.id}
            account = self.account(f"Of {number}", self.de, **of_company)
            self.lead(f"Deal {number}", account, **of_company)
            self.lead(f"Deal of all {number}", self.adler, **of_company)
        self.env.flush_all()
        buttons = self.counted_buttons("crm.territory")
        buttons = [
            each for each in buttons if each[0] not in ("lead_count", "child_count")
        ]
        users = self.mona | self.claire | self.amy
        for companies in (both[0], second, both):
            told = {"allowed_company_ids": companies.ids}
            territories = self.plan.territory_ids | here
            seen = territories.with_user(self.mona).with_context(**told)
            seen = seen.search([("id", "in", seen.ids)])
            with self.subTest(companies=companies):
                self.assertFiguresOpen(seen, users, buttons)

    def test_plans(self):
        rule = self.health.rule_ids[0]
        rule.sudo().error = "A field is gone"
        self.env.cr.execute(
            "UPDATE crm_territory_area SET is_understood = FALSE WHERE id = %s",
            self.france.area_ids.ids,
        )
        buttons = [
            *self.counted_buttons("crm.territory.plan"),
            (
                "broken_rule_count",
                "action",
                "crm_territory.crm_territory_rule_action_broken",
            ),
            (
                "unread_area_count",
                "action",
                "crm_territory.crm_territory_area_action_unread",
            ),
        ]
        self.assertIn("territory_count", [field for field, _kind, _name in buttons])
        self.assertFiguresOpen(self.plan, self.users, buttons)

    def test_former_plans(self):
        self.plan.action_archive_plan()
        buttons = self.counted_buttons("crm.territory.plan")
        self.assertFiguresOpen(self.plan, self.mona, buttons)

    def test_rules(self):
        rules = self.plan.territory_ids.rule_ids
        for applies_to, domain in (
            ("account", [("country_id", "=", self.de.id)]),
            ("account", [("name", "ilike", "e")]),
            ("lead", [("name", "ilike", "card")]),
            ("opportunity", [("won_status", "=", "won")]),
            ("opportunity", []),
        ):
            rules |= rules.create(
                {
                    "territory_id": self.france.id,
                    "applies_to": applies_to,
                    "domain": repr(domain),
                }
            )
        button = ("match_count", "object", "action_show_matches")
        self.assertFiguresOpen(rules, self.users, [button])

    def test_rules_in_other_words(self):
        """Criteria are read in the language that they were written in."""
        self.env["res.lang"].sudo()._activate_lang("fr_FR")
        country = self.de.sudo().with_context(lang="fr_FR")
        country.name = "Allemagne"
        rules = self.env["crm.territory.rule"].with_context(lang="fr_FR")
        rule = rules.create(
            {
                "territory_id": self.france.id,
                "applies_to": "account",
                "domain": "[('country_id.name', '=', 'Allemagne')]",
            }
        )
        button = ("match_count", "object", "action_show_matches")
        rule = rule.with_context(lang="en_US")
        self.assertFiguresOpen(rule, self.mona | self.amy, [button])

    def test_runs(self):
        self.france.area_ids.country_id = self.jp
        moves = ("changed_count", "object", "action_view_moves")
        compared = ("compared_change_count", "object", "action_view_changes")
        buttons = self.counted_buttons("crm.territory.run")
        self.assertEqual(buttons, [moves, compared])
        simulation = self.run_assignment(is_dry=True)
        self.assertFiguresOpen(simulation, self.mona, [compared])
        run = self.run_assignment()
        self.assertFiguresOpen(run, self.mona, [moves])
        self.sato.country_id = self.de
        self.env.flush_all()
        run.action_undo()
        left = ("left_count", "object", "action_view_left")
        self.assertFiguresOpen(run, self.mona, [left])

    def test_settings(self):
        self.account("Nowhere")
        self.lead("Nowhere")
        settings = self.env["res.config.settings"].sudo().create({})
        settings.territory_plan_id = self.plan
        for object_name in ("account", "lead"):
            action = getattr(
                settings, f"action_view_{object_name}s_without_territory"
            )()
            number = settings[f"territory_unassigned_{object_name}_count"]
            self.assertGreater(number, 0)
            self.assertEqual(self.number_opened(settings, action), number)

    def test_the_credited_one_is_called_so(self):
        """*Territory* is any that a record is in, in the columns, the search and the
        panel of lists alike.
        """
        for model_name in ("crm.lead", "res.partner"):
            for view_type in ("list", "kanban", "search", "form"):
                views = (
                    self.env["ir.ui.view"]
                    .sudo()
                    .search([("model", "=", model_name), ("type", "=", view_type)])
                )
                for view in views.filtered(lambda view: not view.inherit_id):
                    arch = etree.fromstring(view.get_combined_arch())
                    for label in labels_of_credited(arch):
                        self.assertIn("redited", label, (view.xml_id, label))


def labels_of_credited(arch):
    """The labels that the views give to the credited territory; '' is none."""
    for node in arch.xpath("//field[@name='territory_id'][@string]"):
        yield node.get("string")
    for node in arch.xpath("//filter[contains(@context, \"'territory_id'\")]"):
        yield node.get("string")
