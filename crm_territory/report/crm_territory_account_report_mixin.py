from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..boolean_search import boolean_search


class CrmTerritoryAccountReportMixin(models.AbstractModel):
    """What reports share whose rows are accounts (without ``lead_id``) and leads."""

    _name = "crm.territory.account.report.mixin"
    _description = "Report on Accounts and Leads by Territory"
    _inherit = ["crm.territory.report.mixin"]
    _auto = False

    lead_id = fields.Many2one(string="Lead or Opportunity")
    partner_id = fields.Many2one("res.partner", "Account", readonly=True)
    partner_share = fields.Boolean(
        readonly=True, exportable=False, export_string_translation=False
    )
    is_visible = fields.Boolean(
        compute="_compute_is_visible",
        search="_search_is_visible",
        exportable=False,
    )

    @api.model
    def _is_account(self):
        """Which ``res_partner AS account`` is an account. Colleagues and own companies
        need no territory, and count only in one.
        """
        return SQL(
            """
            (account.commercial_partner_id = account.id
             AND account.active
             AND (account.territory_set_id IS NOT NULL
                  OR account.partner_share
                  AND account.id NOT IN (SELECT partner_id FROM res_company)))
            """
        )

    def _compute_is_visible(self):
        visible = self.search([("id", "in", self.ids), ("is_visible", "=", True)])
        for row in self:
            row.is_visible = row in visible

    def _search_is_visible(self, operator, value):
        """As the rules of accounts, and of leads, for salespeople that see only their
        own documents.
        """
        accounts = self.env["res.partner"]
        account = Domain("lead_id", "=", False)
        if self.env.user._sees_accounts_by_territory():
            account &= Domain("partner_id", "any!", accounts._visible_accounts_domain())
        lead = Domain("lead_id", "!=", False) & (
            Domain("user_id", "=", self.env.uid)
            | Domain("territory_can_read", "=", True)
            | Domain("territory_is_unassigned", "=", True)
        )
        return boolean_search(operator, value, account | lead)

    @api.readonly
    def action_open(self):
        """Open the account, lead or opportunity."""
        self.ensure_one()
        return self._action_record(self.lead_id or self.partner_id)
