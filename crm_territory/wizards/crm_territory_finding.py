from odoo import api, fields, models
from odoo.exceptions import UserError

from ..conflicts import GapClosing, KeptFindings
from ..conflicts.finding import BY_RECORDS

# so many records a list is opened with
_MOST_SHOWN = 10_000
_ACTIONS = {
    "res.partner": "crm_territory.crm_territory_account_action",
    "crm.lead": "crm_territory.crm_territory_opportunity_action",
}


class CrmTerritoryFinding(models.TransientModel):
    """A conflict or a gap of a plan, as it was when somebody looked: found anew each
    time, and told to him only. Counts are those of what he sees.
    """

    _name = "crm.territory.finding"
    _description = "Conflict or Gap of a Territory Plan"
    _inherit = ["crm.territory.guarded.mixin"]
    _order = "id"
    _rec_name = "text"

    plan_id = fields.Many2one("crm.territory.plan", readonly=True, ondelete="cascade")
    key = fields.Char(readonly=True, export_string_translation=False)
    kind = fields.Selection(
        [
            ("1_overlap", "Several Territories Take the Same"),
            ("2_gap", "No Territory Takes It"),
            ("3_never", "Can Never Take Anything"),
            ("4_uncredited", "Never Credited"),
            ("5_within", "Area Within Another"),
            ("6_member", "Nobody Is a Member"),
            ("7_value", "Values that Criteria Need"),
        ],
        readonly=True,
    )
    severity = fields.Selection(
        [
            ("1_repair", "To Repair"),
            ("2_check", "To Check"),
            ("3_know", "Good to Know"),
        ],
        "Urgency",
        readonly=True,
    )
    territory_id = fields.Many2one("crm.territory", readonly=True, ondelete="cascade")
    other_id = fields.Many2one(
        "crm.territory", "Other Territory", readonly=True, ondelete="cascade"
    )
    text = fields.Text("Finding", readonly=True)
    example = fields.Text("For Example", readonly=True)
    # no sums: a record may be in several findings
    account_count = fields.Integer("Accounts", readonly=True, aggregator=None)
    lead_count = fields.Integer(
        "Leads",
        readonly=True,
        aggregator=None,
        help="Open leads and opportunities.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(
        "Pipeline",
        readonly=True,
        aggregator=None,
        help="Expected revenue of the open opportunities.",
    )
    criterion = fields.Reference(
        [
            ("crm.territory", "Territory"),
            ("crm.territory.rule", "Territory Rule"),
        ],
        readonly=True,
    )
    # what closes a gap
    country_id = fields.Many2one("res.country", readonly=True)
    state_id = fields.Many2one("res.country.state", readonly=True)
    zip_from = fields.Char("ZIP From", readonly=True)
    name = fields.Char("New Territory", readonly=True)
    target_id = fields.Many2one(
        "crm.territory",
        "Add To",
        domain="[('plan_id', '=', plan_id)]",
        ondelete="set null",
        help="A territory with geography gets one more area. Below one that only groups"
        " others, and at the top if this is empty, a new territory is made.",
    )
    may_add = fields.Boolean(compute="_compute_may_add")

    @api.depends("country_id", "target_id", "plan_id")
    @api.depends_context("uid")
    def _compute_may_add(self):
        is_planner = self.env.user._shapes_all_territories()
        for finding in self:
            finding.may_add = (
                is_planner
                and finding.country_id
                and finding.plan_id.state != "archived"
            )

    # -- find

    @api.model
    def find_rest(self, plan_id):
        """Find what the records of a plan have to be matched for: the list asks for it
        once it is open.

        :raise AccessError: the conflicts of the plan are not for the user
        """
        KeptFindings(self._plan_of_client(plan_id)).look(BY_RECORDS)
        return True

    @api.model
    def _plan_of_client(self, plan_id):
        if type(plan_id) is not int:
            raise UserError(self.env._("Open this from a territory plan."))
        plan = self.env["crm.territory.plan"].browse(plan_id).exists()
        if not plan:
            raise UserError(self.env._("The record does not exist any more."))
        return plan

    # -- rights

    def write(self, vals):
        self._check_target(vals)
        return super().write(vals)

    @api.readonly
    def onchange(self, values, field_names, fields_spec):
        self._check_target(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_target(self, vals):
        """Odoo shows the name of what a field points at without asking."""
        target_id = vals.get("target_id")
        if type(target_id) is int and target_id:
            self.env["crm.territory"].browse(target_id).check_access("read")

    # -- actions

    def action_look_again(self):
        """Find anew what the list in front of the user is about, whatever is ticked."""
        plan = self._plan_of_client(self.env.context.get("default_plan_id"))
        KeptFindings(plan).look()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_accounts(self):
        """Open the accounts that it is about, as they are now."""
        return self._action_records("res.partner")

    def action_view_leads(self):
        return self._action_records("crm.lead")

    def _action_records(self, model_name):
        self.ensure_one()
        self.check_access("read")
        kept = KeptFindings(self.plan_id.with_env(self.env))
        ids = kept.ids_behind(self.kind, self.key, model_name)
        action = self.env["ir.actions.act_window"]._for_xml_id(_ACTIONS[model_name])
        return dict(
            action,
            display_name=self.text,
            domain=[("id", "in", sorted(ids)[:_MOST_SHOWN])],
            context={},
        )

    @api.readonly
    def action_open_criterion(self):
        """Open what is to be repaired."""
        self.ensure_one()
        self.check_access("read")
        criterion = self.criterion
        if not criterion or not criterion.exists():
            raise UserError(self.env._("It does not exist any more: look again."))
        criterion.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": criterion._name,
            "res_id": criterion.id,
            "views": [(False, "form")],
        }

    def action_add(self):
        """Close the gap: one more area, of the territory chosen or of a new one."""
        territory = GapClosing(self).close()
        message = self.env._("Added to “%s”.", territory.complete_name)
        if territory.plan_id.state == "active":
            message += " " + self.env._("Run the assignment to move what is there.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class CrmTerritoryPlan(models.Model):
    _inherit = "crm.territory.plan"

    user_sees_findings = fields.Boolean(compute="_compute_user_sees_findings")

    @api.depends_context("uid")
    @api.depends("user_id", "state")
    def _compute_user_sees_findings(self):
        for plan in self:
            known = plan._origin
            plan.user_sees_findings = bool(known) and KeptFindings(known).has_access()

    def action_find_conflicts(self):
        """List conflicts and gaps: what is found in a moment; the list sees to the
        rest.
        """
        kept = KeptFindings(self)
        kept.look_at_once()
        return kept.action()
