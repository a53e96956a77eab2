"""The first steps, from nothing to a plan that assigns. They tick themselves."""

from odoo.exceptions import AccessError


class StartSteps:
    """Of the company of who asks.

    :param env: of who asks
    """

    def __init__(self, env):
        self.env = env
        self.is_planner = env.user._shapes_all_territories()

    def for_client(self):
        """See `crm.territory.plan.get_start_steps`."""
        if not self.is_planner or (
            self.env.company in self.env.user.territory_start_closed_ids
        ):
            return []
        plans = self.env["crm.territory.plan"].search(
            [("company_id", "in", [self.env.company.id, False])]
        )
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
            for name, title, text, is_done in self._steps()
        ]

    def close(self):
        """See `crm.territory.plan.close_start_steps`."""
        if not self.is_planner:
            raise AccessError(
                self.env._("The first steps are for sales administrators.")
            )
        self.env.user.sudo().territory_start_closed_ids |= self.env.company

    def _steps(self):
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
                    self._has_lines(plan, "crm.territory.area")
                    or self._has_lines(plan, "crm.territory.rule")
                ),
            ),
            (
                "people",
                self.env._("People"),
                self.env._("Say who works in each territory, and who manages it."),
                lambda plan: self._has_lines(plan, "crm.territory.member"),
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

    def _has_lines(self, plan, model_name):
        return self.env[model_name].search_count([("plan_id", "=", plan.id)], limit=1)
