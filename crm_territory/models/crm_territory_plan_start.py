from odoo import api, fields, models

from ..plans.start_steps import StartSteps


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
        return StartSteps(self.env).for_client()

    @api.model
    def close_start_steps(self):
        """Show the user the first steps of this company no more.

        :raise AccessError: for those who do not plan, who never see them
        """
        StartSteps(self.env).close()
