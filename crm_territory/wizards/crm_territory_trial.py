from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..explanation import Explanation
from ..models.crm_territory_typed_mixin import TYPED_FIELDS


class CrmTerritoryTrial(models.TransientModel):
    """Where a plan would put a record, and why: nothing is saved."""

    _name = "crm.territory.trial"
    _description = "Test of a Territory Plan"
    _inherit = ["crm.territory.asked.mixin", "crm.territory.typed.mixin"]
    _typed_depends = ("is_typed", "plan_id", "objects", "typed_type")

    plan_id = fields.Many2one(
        "crm.territory.plan", required=True, readonly=True, ondelete="cascade"
    )
    objects = fields.Selection(
        [("account", "An account"), ("lead", "A lead or opportunity")],
        string="Test On",
        default="account",
        required=True,
    )
    typed_type = fields.Selection(
        [("opportunity", "Opportunity"), ("lead", "Lead")],
        default="opportunity",
        store=False,
        export_string_translation=False,
    )
    partner_id = fields.Many2one(readonly=False)
    lead_id = fields.Many2one(readonly=False)
    territory_id = fields.Many2one(
        "crm.territory", "Why Not…", domain="[('plan_id', '=', plan_id)]"
    )
    explanation = fields.Json(
        compute="_compute_explanation", export_string_translation=False
    )

    @api.depends(
        "plan_id",
        "objects",
        "partner_id",
        "lead_id",
        "territory_id",
        "typed_type",
        *TYPED_FIELDS,
    )
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_explanation(self):
        for trial in self:
            trial.explanation = trial._explain()

    def _explain(self):
        """The explanation, see Explanation.for_client; False if nothing is chosen."""
        plan = self.plan_id._origin
        if plan and self.is_typed:
            return self._explain_typed(plan)
        asked = self.lead_id if self.objects == "lead" else self.partner_id
        asked = asked._origin
        if not asked or not plan:
            return False
        asked.check_access("read")
        record = asked._judged_record()
        self._check_may_try(plan, record)
        found = Explanation(record, plan).for_client(self.territory_id._origin.id)
        return found | {"of": record.display_name if record != asked else False}

    def _explain_typed(self, plan):
        """The same of a record that does not exist, with ``salesperson``: who gets it,
        in a sentence.
        """
        self._check_may_try_plan(plan)
        with self._typed_record() as record:
            explained = Explanation(record, plan)
            found = explained.for_client(self.territory_id._origin.id)
            return found | {"of": False, "salesperson": explained.salesperson()}

    def _typed_object(self):
        return self.typed_type if self.objects == "lead" else "account"

    def _typed_always(self):
        return {"name", "country_id", "state_id", "city", "zip"}

    def _typed_rules(self):
        return self.env["crm.territory.rule"].search(
            [
                ("plan_id", "=", self.plan_id._origin.id),
                ("applies_to", "=", self._typed_object()),
            ]
        )

    def _check_may_try(self, plan, record):
        """Where another plan would put a record tells of values that it reads: that is
        for its planners, and for those who see the account.

        :raise AccessError: the user is not one of them
        """
        self._check_may_try_plan(plan)
        record.check_access("read")
        if record._name == "crm.lead":
            record.partner_id.commercial_partner_id.check_access("read")

    def _check_may_try_plan(self, plan):
        plan.check_access("read")
        self.territory_id._origin.check_access("read")
        if plan.state != "active" and not plan.user_plans:
            raise AccessError(
                self.env._(
                    "“%s” does not assign records: its planners try it. Choose the"
                    " active plan.",
                    plan.name,
                )
            )
