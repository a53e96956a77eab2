from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestStartWizard(TransactionCase):
    """A whole draft plan from sales teams, from countries, from another plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales_manager = new_test_user(
            cls.env, "start_manager", "sales_team.group_sale_manager"
        )
        cls.leader = new_test_user(
            cls.env, "start_leader", "sales_team.group_sale_salesman"
        )
        cls.seller = new_test_user(
            cls.env, "start_seller", "sales_team.group_sale_salesman"
        )
        cls.geography = cls.env["crm.territory.type"].create({"name": "Start by place"})
        # countries that no other data uses
        cls.iceland = cls.env.ref("base.is")
        cls.malta = cls.env.ref("base.mt")
        cls.bhutan = cls.env.ref("base.bt")
        cls.env["res.partner"].search(
            [("country_id", "in", (cls.iceland | cls.malta | cls.bhutan).ids)]
        ).country_id = False
        State = cls.env["res.country.state"]
        cls.south = State.create(
            {"name": "Start South", "code": "IS-ST", "country_id": cls.iceland.id}
        )
        State.create(
            {"name": "Start North", "code": "NO", "country_id": cls.iceland.id}
        )
        cls.islands = cls.env["res.country.group"].create(
            {
                "name": "Islands",
                "country_ids": [Command.set((cls.iceland | cls.malta).ids)],
            }
        )
        cls.small = cls.env["res.country.group"].create(
            {"name": "Warm Islands", "country_ids": [Command.set(cls.malta.ids)]}
        )
        cls.env["res.partner"].create(
            [
                {
                    "name": "Icelandic account",
                    "is_company": True,
                    "country_id": cls.iceland.id,
                    "state_id": cls.south.id,
                },
                {"name": "Maltese account", "country_id": cls.malta.id},
            ]
        )

    def _wizard(self, user=None, **values):
        return (
            self.env["crm.territory.start"]
            .with_user(user or self.sales_manager)
            .create({"name": "Quick", "type_id": self.geography.id, **values})
        )

    def _build(self, **values):
        """Run the wizard, return the territories of the plan that it opens."""
        action = self._wizard(**values).action_build()
        territories = self._territories_of(action)
        self.assertEqual(len(territories.plan_id), 1)
        self.assertEqual(territories.plan_id.state, "draft")
        return territories

    def _territories_of(self, action):
        """Those of the plan whose tree is opened."""
        self.assertEqual(action["tag"], "crm_territory.tree")
        plan_id = action["context"]["active_id"]
        return self.env["crm.territory"].search([("plan_id", "=", plan_id)])

    def _tree(self, territories):
        return set(territories.mapped("complete_name"))

    # ------------------------------------------------------------------
    # Sales teams
    # ------------------------------------------------------------------

    def _create_team(self, name="Start Team", **values):
        return self.env["crm.team"].create(
            {
                "name": name,
                "user_id": self.leader.id,
                "member_ids": [Command.set(self.seller.ids)],
                **values,
            }
        )

    def test_teams(self):
        team = self._create_team()
        territory = self._build(source="teams", team_ids=[Command.set(team.ids)])
        self.assertEqual(territory.name, "Start Team")
        self.assertEqual(territory.team_id, team)
        self.assertEqual(territory.type_id, self.geography)
        self.assertEqual(territory.member_ids.user_id, self.leader | self.seller)
        self.assertEqual(
            territory.member_ids.filtered("is_manager").user_id, self.leader
        )

    def test_leader_who_is_a_member_is_there_once(self):
        team = self._create_team(
            member_ids=[Command.set((self.seller | self.leader).ids)]
        )
        territory = self._build(source="teams", team_ids=[Command.set(team.ids)])
        self.assertEqual(len(territory.member_ids), 2)

    def test_teams_without_members(self):
        team = self._create_team()
        territory = self._build(
            source="teams", team_ids=[Command.set(team.ids)], with_members=False
        )
        self.assertEqual(territory.team_id, team)
        self.assertFalse(territory.member_ids)

    def test_teams_of_the_same_name(self):
        teams = self._create_team() | self._create_team(member_ids=False)
        territories = self._build(source="teams", team_ids=[Command.set(teams.ids)])
        self.assertEqual(self._tree(territories), {"Start Team", "Start Team (2)"})

    def test_no_team_chosen_means_all_that_have_somebody(self):
        team = self._create_team()
        empty = self.env["crm.team"].create({"name": "Empty", "user_id": False})
        other = self.env["res.company"].create({"name": "Start Elsewhere"})
        foreign = self._create_team(
            name="Foreign", company_id=other.id, user_id=False, member_ids=False
        )
        foreign.sudo().user_id = new_test_user(
            self.env,
            "start_foreign",
            "sales_team.group_sale_salesman",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        teams = self._build(source="teams").team_id
        self.assertIn(team, teams)
        self.assertNotIn(empty, teams)
        self.assertNotIn(foreign, teams)

    # ------------------------------------------------------------------
    # Countries
    # ------------------------------------------------------------------

    def test_countries(self):
        territories = self._build(
            country_ids=[Command.set((self.iceland | self.bhutan).ids)]
        )
        self.assertEqual(self._tree(territories), {"Iceland", "Bhutan"})
        self.assertEqual(
            {(t.name, t.code, t.area_ids.country_id.code) for t in territories},
            {("Iceland", "IS", "IS"), ("Bhutan", "BT", "BT")},
        )
        self.assertFalse(territories.area_ids.state_id)
        self.assertEqual(territories.type_id, self.geography)

    def test_country_groups_are_regions(self):
        territories = self._build(
            country_group_ids=[Command.set((self.islands | self.small).ids)],
            country_ids=[Command.set(self.bhutan.ids)],
        )
        self.assertEqual(
            self._tree(territories),
            {
                "Islands",
                "Islands / Iceland",
                # in both groups: the smaller has it
                "Warm Islands",
                "Warm Islands / Malta",
                "Bhutan",
            },
        )
        regions = territories.filtered(lambda t: t.name in ("Islands", "Warm Islands"))
        self.assertEqual(regions.mapped("is_grouping"), [True, True])

    def test_states_that_occur(self):
        territories = self._build(
            country_ids=[Command.set((self.iceland | self.bhutan).ids)],
            with_states=True,
        )
        self.assertEqual(
            self._tree(territories), {"Bhutan", "Iceland", "Iceland / Start South"}
        )
        south = territories.filtered("parent_id")
        self.assertEqual(south.code, "IS-ST")
        self.assertEqual(south.area_ids.state_id, self.south)
        self.assertEqual(south.area_ids.country_id, self.iceland)

    def test_state_of_another_country_is_passed_over(self):
        self.env["res.partner"].create(
            {
                "name": "Mixed up",
                "country_id": self.bhutan.id,
                "state_id": self.south.id,
            }
        )
        territories = self._build(
            country_ids=[Command.set(self.bhutan.ids)], with_states=True
        )
        self.assertEqual(self._tree(territories), {"Bhutan"})

    def test_only_countries_with_accounts(self):
        territories = self._build(
            country_ids=[Command.set((self.iceland | self.bhutan).ids)],
            only_with_accounts=True,
        )
        self.assertEqual(self._tree(territories), {"Iceland"})

    def test_contacts_and_foreign_companies_are_no_accounts(self):
        other = self.env["res.company"].create({"name": "Start Elsewhere"})
        self.sales_manager.company_ids += other
        self.env = self.env(
            context=dict(
                self.env.context,
                allowed_company_ids=(self.sales_manager.company_id + other).ids,
            )
        )
        account = self.env["res.partner"].search([("name", "=", "Maltese account")])
        self.env["res.partner"].create(
            [
                {
                    "name": "Contact abroad",
                    "parent_id": account.id,
                    "type": "delivery",
                    "country_id": self.bhutan.id,
                },
                {
                    "name": "Account of another company",
                    "company_id": other.id,
                    "country_id": self.bhutan.id,
                },
            ]
        )
        countries = [Command.set((self.malta | self.bhutan).ids)]
        territories = self._build(country_ids=countries, only_with_accounts=True)
        self.assertEqual(self._tree(territories), {"Malta"})

    def test_every_country_with_accounts(self):
        names = self._tree(self._build(only_with_accounts=True))
        self.assertLessEqual({"Iceland", "Malta"}, names)
        self.assertNotIn("Bhutan", names)

    def test_a_built_plan_assigns(self):
        self.env["crm.territory.plan"].search([("state", "=", "active")]).write(
            {"state": "archived"}
        )
        territories = self._build(
            country_group_ids=[Command.set(self.islands.ids)], with_states=True
        )
        plan = territories.plan_id.with_user(self.sales_manager)
        plan.action_activate()
        account = self.env["res.partner"].create(
            {
                "name": "Newcomer",
                "is_company": True,
                "country_id": self.iceland.id,
                "state_id": self.south.id,
            }
        )
        self.assertEqual(
            account.territory_ids.complete_name, "Islands / Iceland / Start South"
        )

    def test_nothing_chosen(self):
        with self.assertRaisesRegex(UserError, "Choose country groups"):
            self._wizard().action_build()
        with self.assertRaisesRegex(UserError, "No account"):
            self._wizard(
                country_ids=[Command.set(self.bhutan.ids)], only_with_accounts=True
            ).action_build()
        with self.assertRaisesRegex(UserError, "plan to copy"):
            self._wizard(source="plan").action_build()

    # ------------------------------------------------------------------
    # Another plan
    # ------------------------------------------------------------------

    def _create_plan(self):
        plan = self.env["crm.territory.plan"].create({"name": "Original"})
        region = self.env["crm.territory"].create(
            {
                "name": "North",
                "code": "N",
                "plan_id": plan.id,
                "member_ids": [
                    Command.create({"user_id": self.leader.id, "is_manager": True})
                ],
            }
        )
        self.env["crm.territory"].create(
            {
                "name": "Iceland",
                "plan_id": plan.id,
                "parent_id": region.id,
                "member_ids": [Command.create({"user_id": self.seller.id})],
                "area_ids": [Command.create({"country_id": self.iceland.id})],
                "rule_ids": [
                    Command.create({"domain": "[('employee_number', '>=', 10)]"})
                ],
            }
        )
        return plan

    def test_copy_of_a_plan(self):
        original = self._create_plan()
        territories = self._build(source="plan", plan_id=original.id, name="Next")
        self.assertEqual(territories.plan_id.name, "Next")
        self.assertNotEqual(territories.plan_id, original)
        self.assertEqual(self._tree(territories), {"North", "North / Iceland"})
        iceland = territories.filtered("parent_id")
        self.assertEqual(iceland.parent_id.plan_id, territories.plan_id)
        self.assertEqual(iceland.area_ids.country_id, self.iceland)
        self.assertEqual(iceland.rule_ids.domain, "[('employee_number', '>=', 10)]")
        self.assertEqual(iceland.member_ids.user_id, self.seller)
        self.assertEqual(
            iceland.parent_id.member_ids.filtered("is_manager").user_id, self.leader
        )
        self.assertEqual(len(original.territory_ids), 2)

    def test_copy_of_a_plan_without_members(self):
        original = self._create_plan()
        territories = self._build(
            source="plan", plan_id=original.id, with_members=False
        )
        self.assertFalse(territories.member_ids)
        self.assertEqual(territories.area_ids.country_id, self.iceland)
        self.assertEqual(len(original.territory_ids.member_ids), 2)

    # ------------------------------------------------------------------
    # Around it
    # ------------------------------------------------------------------

    def test_form(self):
        original = self._create_plan()
        form = Form(self.env["crm.territory.start"].with_user(self.sales_manager))
        form.source = "plan"
        form.plan_id = original
        self.assertEqual(form.name, "Original (copy)")
        action = form.save().action_build()
        plan = self._territories_of(action).plan_id
        self.assertEqual(plan.name, "Original (copy)")

    def test_salesperson_may_not_start_a_plan(self):
        with self.assertRaises(AccessError):
            self._wizard(user=self.seller)

    def test_first_plan_is_activated_with_its_members(self):
        self.env["crm.territory.plan"].search([("state", "=", "active")]).write(
            {"state": "archived"}
        )
        wizard = self._wizard(
            country_ids=[Command.set(self.bhutan.ids)],
            member_ids=[Command.set(self.seller.ids)],
        )
        self.assertTrue(wizard.is_first)
        action = wizard.action_build_and_activate()
        plan = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.territory_ids.member_ids.user_id, self.seller)
        account = self.env["res.partner"].create(
            {"name": "Bhutanese account", "country_id": self.bhutan.id}
        )
        self.assertEqual(account.territory_ids, plan.territory_ids)
        self.assertFalse(self._wizard(country_ids=self.bhutan.ids).is_first)

    def test_salesperson_neither_builds_nor_activates(self):
        with self.assertRaises(AccessError):
            self._wizard(
                self.seller, country_ids=[Command.set(self.bhutan.ids)]
            ).action_build_and_activate()
