from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..explanation import Explanation


class CrmTerritoryTrial(models.TransientModel):
    """Where a plan would put a record, and why: nothing is saved."""

    _name = "crm.territory.trial"
    _description = "Test of a Territory Plan"
    _inherit = ["crm.territory.asked.mixin"]

    plan_id = fields.Many2one(
        "crm.territory.plan", required=True, readonly=True, ondelete="cascade"
    )
    objects = fields.Selection(
        [("account", "An account"), ("lead", "A lead or opportunity")],
        string="Test On",
        default="account",
        required=True,
    )
    partner_id = fields.Many2one(readonly=False)
    lead_id = fields.Many2one(readonly=False)
    territory_id = fields.Many2one(
        "crm.territory", "Why Not…", domain="[('plan_id', '=', plan_id)]"
    )
    explanation = fields.Json(
        compute="_compute_explanation", export_string_translation=False
    )

    @api.depends("plan_id", "objects", "partner_id", "lead_id", "territory_id")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_explanation(self):
        for trial in self:
            trial.explanation = trial._explain()

    def _explain(self):
        """The explanation, see Explanation.for_client; False if nothing is chosen."""
        asked = self.lead_id if self.objects == "lead" else self.partner_id
        asked, plan = asked._origin, self.plan_id._origin
        if not asked or not plan:
            return False
        asked.check_access("read")
        record = asked._judged_record()
        self._check_may_try(plan, record)
        found = Explanation(record, plan).for_client(self.territory_id._origin.id)
        return found | {"of": record.display_name if record != asked else False}

    def _check_may_try(self, plan, record):
        """Where another plan would put a record tells of values that it reads: that is
        for its planners, and for those who see the account.

        :raise AccessError: the user is not one of them
        """
        plan.check_access("read")
        self.territory_id._origin.check_access("read")
        record.check_access("read")
        if record._name == "crm.lead":
            record.partner_id.commercial_partner_id.check_access("read")
        if plan.state != "active" and not plan.user_plans:
            raise AccessError(
                self.env._(
                    "“%s” does not assign records: its planners try it. Choose the"
                    " active plan.",
                    plan.name,
                )
            )
