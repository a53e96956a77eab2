from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ..conflicts import Conflicts
from ..conflicts.finding import AT_ONCE, BY_RECORDS, GAP, KINDS, NEVER

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
    def _find(self, plan, kinds=KINDS):
        """Look at a plan anew: what was found before of the kinds is forgotten."""
        conflicts = self._conflicts_of(plan)
        findings = conflicts.findings(kinds)
        if conflicts.population.matcher.broken and NEVER not in kinds:
            kinds = [*kinds, NEVER]
            findings += conflicts.findings([NEVER])
        self._forget(plan, kinds)
        currency = conflicts.population.currency
        values = [self._values(plan, finding, currency) for finding in findings]
        return self.sudo().create(values).sudo(self.env.su)

    @api.model
    def _forget(self, plan, kinds):
        self.sudo().search(
            [
                ("plan_id", "=", plan.id),
                ("create_uid", "=", self.env.uid),
                ("kind", "in", kinds),
            ]
        ).unlink()

    @api.model
    def find_rest(self, plan_id):
        """Find what the records of a plan have to be matched for: the list asks for it
        once it is open.

        :raise AccessError: the conflicts of the plan are not for the user
        """
        plan = self._plan_of_client(plan_id)
        self._find(plan, BY_RECORDS)
        return True

    @api.model
    def _plan_of_client(self, plan_id):
        if type(plan_id) is not int:
            raise UserError(self.env._("Open this from a territory plan."))
        plan = self.env["crm.territory.plan"].browse(plan_id).exists()
        if not plan:
            raise UserError(self.env._("The record does not exist any more."))
        return plan

    @api.model
    def _conflicts_of(self, plan, with_ids=False):
        return Conflicts(plan, self._territories_to_tell(plan), with_ids)

    @api.model
    def _territories_to_tell(self, plan):
        """The ids of the territories of the plan that the user answers for; None: he
        plans it, and answers for all.

        :raise AccessError: for none
        """
        plan.ensure_one()
        plan.check_access("read")
        user = self.env.user
        is_planner = user._shapes_all_territories() or plan.user_id == user
        if is_planner or (plan.state == "draft" and plan.user_plans):
            return None
        managed = self.env["crm.territory"].search(
            [
                ("plan_id", "=", plan.id),
                ("id", "in", user._territory_scope().managed_ids),
            ]
        )
        if not managed:
            raise AccessError(
                self.env._(
                    "Conflicts and gaps of “%s” are for those who plan it, and for"
                    " managers of its territories.",
                    plan.name,
                )
            )
        return frozenset(managed.ids)

    @api.model
    def _values(self, plan, finding, currency):
        first, other = (*finding.territory_ids, None, None)[:2]
        place = finding.place or {}
        return {
            "plan_id": plan.id,
            "key": repr(finding.key),
            "kind": finding.kind,
            "severity": finding.severity,
            "territory_id": first,
            "other_id": other,
            "text": finding.text,
            "example": finding.example,
            "account_count": finding.tally.accounts,
            "lead_count": finding.tally.leads,
            "currency_id": currency.id,
            "amount": finding.tally.amount,
            "criterion": "%s,%s" % finding.opens if finding.opens else False,
            "country_id": place.get("country_id"),
            "state_id": place.get("state_id"),
            "zip_from": place.get("zip_from"),
            "name": finding.name,
            "target_id": finding.below_id,
        }

    @api.model
    def _action(self, plan):
        """The list of what was found last."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_finding_action"
        )
        return dict(
            action,
            display_name=self.env._("Conflicts and Gaps of %s", plan.name),
            domain=[("plan_id", "=", plan.id)],
            context={"search_default_group_kind": 1, "default_plan_id": plan.id},
        )

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
        self._find(self._plan_of_client(self.env.context.get("default_plan_id")))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_accounts(self):
        """Open the accounts that it is about, as they are now."""
        return self._action_records("res.partner")

    def action_view_leads(self):
        return self._action_records("crm.lead")

    def _action_records(self, model_name):
        self.ensure_one()
        self.check_access("read")
        conflicts = self._conflicts_of(self.plan_id.with_env(self.env), with_ids=True)
        ids = [
            id_
            for finding in conflicts.findings([self.kind])
            if repr(finding.key) == self.key
            for id_ in finding.tally.ids.get(model_name, ())
        ]
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
        self.ensure_one()
        self.check_access("write")
        plan = self.plan_id.with_env(self.env)
        self._territories_to_tell(plan)
        if not self.country_id or plan.state == "archived":
            raise UserError(
                self.env._("Only an area of a plan that is no past one can be added.")
            )
        territory = self._add_area(plan)
        key, place = self.key, self.name or self.country_id.name
        found = self._find(plan, [GAP])
        if key in found.sudo().mapped("key"):
            raise UserError(
                self.env._(
                    "“%(territory)s” would not take it: what lies above it lets nothing"
                    " from %(place)s through. Choose another territory.",
                    territory=territory.complete_name,
                    place=place,
                )
            )
        message = self.env._("Added to “%s”.", territory.complete_name)
        if plan.state == "active":
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

    def _add_area(self, plan):
        """The territory that has the area then."""
        area = {
            "country_id": self.country_id.id,
            "state_id": self.state_id.id,
            "zip_from": self.zip_from,
        }
        target = self.target_id
        if target and target.plan_id != plan:
            raise UserError(
                self.env._(
                    "“%(territory)s” is of another plan than “%(plan)s”.",
                    territory=target.name,
                    plan=plan.name,
                )
            )
        if target.area_ids:
            self.env["crm.territory.area"].create({"territory_id": target.id, **area})
            return target
        if target.rule_ids:
            raise UserError(
                self.env._(
                    "“%s” takes its records wherever they are: an area would take the"
                    " others away from it. Choose another territory, or none.",
                    target.complete_name,
                )
            )
        return self.env["crm.territory"].create(
            {
                "name": self._free_name(plan, target),
                "plan_id": plan.id,
                "parent_id": target.id,
                "type_id": self._type_of_siblings(plan, target).id,
                "area_ids": [Command.create(area)],
            }
        )

    def _siblings(self, plan, parent):
        return self.env["crm.territory"].search(
            Domain("plan_id", "=", plan.id) & Domain("parent_id", "=", parent.id)
        )

    def _free_name(self, plan, parent):
        taken = set(self._siblings(plan, parent).mapped("name"))
        name, number = self.name, 1
        while name in taken:
            number += 1
            name = f"{self.name} ({number})"
        return name

    def _type_of_siblings(self, plan, parent):
        """The type of those that are told apart by place, too."""
        siblings = self._siblings(plan, parent).filtered("area_ids")
        return (siblings[:1] or parent).type_id


class CrmTerritoryPlan(models.Model):
    _inherit = "crm.territory.plan"

    user_sees_findings = fields.Boolean(compute="_compute_user_sees_findings")

    @api.depends_context("uid")
    @api.depends("user_id", "state")
    def _compute_user_sees_findings(self):
        findings = self.env["crm.territory.finding"]
        for plan in self:
            try:
                plan.user_sees_findings = bool(plan._origin) and (
                    findings._territories_to_tell(plan._origin) != frozenset()
                )
            except AccessError:
                plan.user_sees_findings = False

    def action_find_conflicts(self):
        """List conflicts and gaps: what is found in a moment; the list sees to the
        rest.
        """
        self.ensure_one()
        findings = self.env["crm.territory.finding"]
        findings._find(self, AT_ONCE)
        findings._forget(self, BY_RECORDS)
        return findings._action(self)
