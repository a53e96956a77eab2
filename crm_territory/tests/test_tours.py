from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The tours bring their own plan: a company has one active plan at most.
        cls.env["crm.territory.plan"].search(
            [("state", "=", "active")]
        ).action_archive_plan()
        cls.manager = new_test_user(
            cls.env,
            "tour_manager",
            "base.group_user,base.group_partner_manager,sales_team.group_sale_manager",
            name="Tour Manager",
        )
        cls.salesperson = new_test_user(
            cls.env,
            "tour_salesperson",
            "base.group_user,sales_team.group_sale_salesman",
            name="Tour Salesperson",
        )

    def test_build_plan(self):
        """A manager builds a plan and sees what the run assigned."""
        accounts = self.env["res.partner"].create(
            [{"name": f"Tour Account {number}", "ref": "TOUR"} for number in (1, 2, 3)]
        )
        self.start_tour(
            "/odoo?debug=1", "crm_territory_build_plan", login="tour_manager"
        )
        plan = self.env["crm.territory.plan"].search([("name", "=", "Tour Plan")])
        self.assertRecordValues(
            plan, [{"state": "active", "territory_count": 1, "is_to_be_run": False}]
        )
        territory = plan.territory_ids
        self.assertEqual(territory.member_ids.user_id, self.salesperson)
        self.assertEqual(accounts.territory_id, territory)
        self.assertEqual(plan.run_ids.state, "done")
        self.assertEqual(plan.run_ids.changed_count, 3)

    def test_find_leads(self):
        """A salesperson narrows the leads by side panel and by search."""
        plan = self.env["crm.territory.plan"].create({"name": "Tour Plan"})
        world = self.env["crm.territory"].create(
            {
                "name": "Tour World",
                "plan_id": plan.id,
                "member_ids": [Command.create({"user_id": self.salesperson.id})],
            }
        )
        self.env["crm.territory"].create(
            [
                {
                    "name": name,
                    "plan_id": plan.id,
                    "parent_id": world.id,
                    "rule_ids": [
                        Command.create(
                            {
                                "applies_to": "lead",
                                "domain": f"[('city', '=', '{name}')]",
                            }
                        )
                    ],
                }
                for name in ("Tour South", "Tour West")
            ]
        )
        plan.action_activate()
        self.env["crm.lead"].create(
            [
                {
                    "name": f"Lead of {city}",
                    "type": "lead",
                    "city": city,
                    "user_id": False,
                    "team_id": False,
                }
                for city in ("Tour South", "Tour West")
            ]
        )
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "crm_territory_find_leads",
            login="tour_salesperson",
        )

    def test_readonly_lead(self):
        """What a territory shares for reading only offers no change."""
        plan = self.env["crm.territory.plan"].create({"name": "Tour Plan"})
        territory = self.env["crm.territory"].create(
            {
                "name": "Tour South",
                "plan_id": plan.id,
                "permission": "read",
                "member_ids": [Command.create({"user_id": self.salesperson.id})],
                "rule_ids": [
                    Command.create(
                        {"applies_to": "opportunity", "domain": "[('city', '=', 'T')]"}
                    )
                ],
            }
        )
        plan.action_activate()
        shared, own = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "type": "opportunity",
                    "city": "T",
                    "user_id": user.id,
                    "team_id": False,
                }
                for name, user in (
                    ("Tour Shared", self.manager),
                    ("Tour Own", self.salesperson),
                )
            ]
        )
        self.assertEqual(shared.territory_ids, territory)
        stages = shared.stage_id, own.stage_id
        self.start_tour(
            "/odoo/action-crm.crm_lead_opportunities",
            "crm_territory_readonly_lead",
            login="tour_salesperson",
        )
        self.assertEqual((shared.stage_id, own.stage_id), stages)
