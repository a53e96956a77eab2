from odoo import api, fields, models

from ..matching.access_gained import access_gained, opened_to_all


class CrmTerritoryActivationGain(models.TransientModel):
    """What one user would see that he does not see today, once a plan is active."""

    _name = "crm.territory.activation.gain"
    _description = "Access Gained by a Plan"
    _order = "revenue desc, id"

    activation_id = fields.Many2one(
        "crm.territory.activation", required=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", help="Empty: all salespeople.")
    name = fields.Char("Who", compute="_compute_name")
    account_count = fields.Integer("Accounts")
    lead_count = fields.Integer("Leads")
    opportunity_count = fields.Integer("Open Opportunities")
    revenue = fields.Monetary("Expected Revenue")
    currency_id = fields.Many2one("res.currency")

    @api.depends("user_id")
    def _compute_name(self):
        for gain in self:
            gain.name = gain.user_id.name or self.env._("All salespeople")

    @api.model
    def _values_of(self, plan, run):
        """The lines of a simulation, for whoever may see it: list of values. 2 queries,
        and those that say whom territories limit.

        :param plan: not active
        :param run: the simulation
        """
        salespeople = self.env.ref("sales_team.group_sale_salesman").all_user_ids
        everything = self.env.ref("sales_team.group_sale_salesman_all_leads")
        limited = salespeople - everything.all_user_ids
        parameters = self.env["ir.config_parameter"].sudo()
        visibility = parameters.get_param("crm_territory.account_visibility")
        with_accounts = visibility == "territory"
        everything = self.sudo().env
        day = max(plan.date_start or plan._today(), plan._today())
        rows = [
            *access_gained(everything, run, plan, day, limited.ids, with_accounts),
            *(
                (None, *row)
                for row in opened_to_all(everything, run, with_accounts)
                if row[0] or row[1] or row[2]
            ),
        ]
        return self._summed(rows)

    @api.model
    def _summed(self, rows):
        """One line for each user, in the currency of the company."""
        found = {}
        currency = self.env.company.currency_id
        companies = self.env["res.company"].sudo()
        today = fields.Date.context_today(self)
        for user_id, *counts, company_id, revenue in rows:
            company = companies.browse(company_id) or self.env.company
            line = found.setdefault(user_id, [0, 0, 0, 0.0])
            for number, count in enumerate(counts):
                line[number] += count
            line[3] += company.currency_id._convert(
                revenue, currency, self.env.company, today
            )
        names = ("account_count", "lead_count", "opportunity_count", "revenue")
        return [
            dict(
                zip(names, line, strict=True),
                user_id=user_id,
                currency_id=currency.id,
            )
            for user_id, line in found.items()
        ]
