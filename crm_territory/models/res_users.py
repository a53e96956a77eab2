from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..matching import access


class ResUsers(models.Model):
    _inherit = "res.users"

    territory_member_ids = fields.One2many(
        "crm.territory.member",
        "user_id",
        string="Memberships",
        domain=[("plan_id.state", "!=", "archived")],
        groups="sales_team.group_sale_salesman",
    )
    reports_to_id = fields.Many2one(
        "res.users",
        string="Reports To",
        compute="_compute_reports_to_id",
        inverse="_inverse_reports_to_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        domain=[("share", "=", False)],
        help="Sees the leads and accounts of this user, as do the people above.",
    )

    reports_to_manual_id = fields.Many2one(
        "res.users",
        string="Reports To (Set by Hand)",
        help="What holds where Employees says nothing.",
    )

    is_not_seller = fields.Boolean(
        "Exclude from Sales Performance",
        help="Has sales rights, but does not sell: performance reports leave this user"
        " out.",
    )

    @api.depends(
        lambda self: ("reports_to_manual_id", "employee_ids.parent_id.user_id")
        if "employee_ids" in self._fields
        else ("reports_to_manual_id",)
    )
    def _compute_reports_to_id(self):
        """The manager of the employee, where Employees is installed and knows one;
        else whom somebody has chosen.
        """
        has_employees = "employee_ids" in self._fields
        for user in self:
            employees = user.sudo().employee_ids if has_employees else None
            manager = employees.parent_id.user_id[:1] if employees else None
            user.reports_to_id = manager or user.reports_to_manual_id

    def _inverse_reports_to_id(self):
        for user in self:
            user.reports_to_manual_id = user.reports_to_id

    @api.constrains("reports_to_manual_id")
    def _check_reports_to(self):
        """Nobody chooses somebody below. (Employees of several companies may form a
        circle: then all in it see each other's records.)
        """
        for user in self:
            seen = user
            above = user.reports_to_id
            while above and above not in seen:
                seen |= above
                above = above.reports_to_id
            if above == user:
                raise ValidationError(
                    self.env._("%s cannot report to somebody below.", user.name)
                )

    def write(self, vals):
        """Who is back, or works for one more company, may get leads that wait."""
        result = super().write(vals)
        if not {"active", "company_ids"}.isdisjoint(vals):
            self.env["crm.territory"].sudo()._give_waiting_later()
        return result

    # -- what territories open

    def _territory_scope(self, with_accounts=None):
        """What the user sees on top of Odoo's own rules. 1 query in a transaction.

        :param bool with_accounts: whether to find what opens accounts; None: where
            territories limit which accounts the user sees
        :return: access.Scope
        """
        self.ensure_one()
        if with_accounts is None:
            with_accounts = self._sees_accounts_by_territory()
        days = self.env["crm.territory.plan"]._days_of_all()
        return access.scope_of(self.env, self.id, days, with_accounts)

    def _shapes_all_territories(self):
        """Whether the user plans: says where any territory lies, and what it takes."""
        return self.has_group("sales_team.group_sale_manager")

    def _managed_territories(self):
        """The territories of which the user is a manager today, not those below."""
        self.ensure_one()
        members = self.env["crm.territory.member"].sudo()
        return members.search(
            [
                ("user_id", "=", self.id),
                ("is_manager", "=", True),
                ("is_current", "=", True),
            ]
        ).territory_id

    def _is_limited_by_territories(self):
        """Whether territories limit what the user sees: a salesperson with own
        documents only. Everybody else sees what Odoo shows.
        """
        return self.has_group("sales_team.group_sale_salesman") and not self.has_group(
            "sales_team.group_sale_salesman_all_leads"
        )

    def _sees_accounts_by_territory(self):
        """Whether territories limit which accounts the user sees."""
        parameters = self.env["ir.config_parameter"].sudo()
        visibility = parameters.get_param("crm_territory.account_visibility")
        return visibility == "territory" and self._is_limited_by_territories()

    @api.model
    def _sellers(self):
        """The users, former ones too, whose figures performance reports show: those
        with sales rights that are not marked as no sellers. 1 query.
        """
        salesman = self.env.ref("sales_team.group_sale_salesman")
        users = self.sudo().with_context(active_test=False)
        return users.search(
            [("all_group_ids", "in", salesman.ids), ("is_not_seller", "=", False)]
        )
