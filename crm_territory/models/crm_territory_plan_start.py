from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResUsers(models.Model):
    _inherit = "res.users"

    territory_start_closed_ids = fields.Many2many(
        "res.company",
        "crm_territory_start_closed_rel",
        "user_id",
        "company_id",
        string="First Steps of Territories Closed In",
        groups="sales_team.group_sale_manager",
        copy=False,
    )


class CrmTerritoryPlan(models.Model):
    """The first steps, from nothing to a plan that assigns. They tick themselves."""

    _inherit = "crm.territory.plan"

    @api.model
    @api.readonly
    def get_start_steps(self):
        """The steps that a company without an active plan has before it. 6 queries.

        :return: list of dict with ``name``, ``title``, ``text``, ``is_done`` and
            ``plan_id`` (of the plan that the step is about; False for none); empty
            where a plan is active, where the user has closed them, and for those who do
            not plan
        """
        user = self.env.user
        if not user._shapes_all_territories() or (
            self.env.company in user.territory_start_closed_ids
        ):
            return []
        plans = self.search([("company_id", "in", [self.env.company.id, False])])
        if "active" in plans.mapped("state"):
            return []
        plan = plans.sorted("id")[-1:]
        return [
            {
                "name": name,
                "title": title,
                "text": text,
                "is_done": bool(plan and is_done(plan)),
                "plan_id": plan.id,
            }
            for name, title, text, is_done in self._start_steps()
        ]

    @api.model
    def _start_steps(self):
        """(name, title, what it is for, whether a plan has it)"""
        return [
            (
                "plan",
                self.env._("A plan"),
                self.env._("From sales teams or countries, or empty."),
                lambda plan: True,
            ),
            (
                "criteria",
                self.env._("Where and which"),
                self.env._("Say which accounts and leads each territory takes."),
                lambda plan: (
                    plan._has_lines("crm.territory.area")
                    or plan._has_lines("crm.territory.rule")
                ),
            ),
            (
                "people",
                self.env._("People"),
                self.env._("Say who works in each territory, and who manages it."),
                lambda plan: plan._has_lines("crm.territory.member"),
            ),
            (
                "simulate",
                self.env._("Simulate"),
                self.env._("See where all records would be. Nothing is changed."),
                lambda plan: plan.run_ids.filtered(
                    lambda run: run.is_dry and run.state == "done"
                ),
            ),
            (
                "activate",
                self.env._("Activate"),
                self.env._("From then on the plan assigns."),
                lambda plan: plan.state == "active",
            ),
        ]

    def _has_lines(self, model_name):
        return self.env[model_name].search_count([("plan_id", "=", self.id)], limit=1)

    @api.model
    def close_start_steps(self):
        """Show the user the first steps of this company no more.

        :raise AccessError: for those who do not plan, who never see them
        """
        user = self.env.user
        if not user._shapes_all_territories():
            raise AccessError(
                self.env._("The first steps are for sales administrators.")
            )
        user.sudo().territory_start_closed_ids |= self.env.company
