from odoo import models


class CrmTerritoryPlan(models.Model):
    """A plan is simulated by one click."""

    _inherit = "crm.territory.plan"

    def action_simulate(self):
        """Simulate the plan over everything, and show it; the one that is going on, if
        one is.
        """
        self.ensure_one()
        runs = self.env["crm.territory.run"]
        of_plan = [("plan_id", "=", self.id), ("is_dry", "=", True)]
        going_on = runs.search([*of_plan, ("state", "=", "running")], limit=1)
        if going_on:
            return going_on._action_open()
        run = runs.create({"plan_id": self.id, "is_dry": True})
        return run.action_start()
