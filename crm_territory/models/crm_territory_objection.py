from odoo import api, fields, models
from odoo.fields import NO_ACCESS

# what who answers may write, before he does
_ANSWER_FIELDS = frozenset({"wished_id", "answer"})


class CrmTerritoryObjection(models.Model):
    """A future member of a draft that is shared for comment says what is wrong with an
    account or an area. Who may write the plan accepts, and it becomes a change of the
    draft, or declines; until then its author may withdraw it.

    Clients read objections and call the public methods, which check rights. What one
    may not read is kept from them: a many2one would tell its name. They get what the
    reader sees.
    """

    _name = "crm.territory.objection"
    _description = "Objection to a Draft"
    _inherit = [
        "crm.territory.guarded.mixin",
        "crm.territory.asked.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "create_date desc, id desc"

    plan_id = fields.Many2one(
        "crm.territory.plan",
        "Draft",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    # all of these are empty when it is gone
    partner_id = fields.Many2one(
        "res.partner",
        string="Account",
        index="btree_not_null",
        groups=NO_ACCESS,
        readonly=True,
    )
    area_id = fields.Many2one(
        "crm.territory.area", index="btree_not_null", groups=NO_ACCESS, readonly=True
    )
    territory_id = fields.Many2one(
        "crm.territory", index="btree_not_null", groups=NO_ACCESS, readonly=True
    )
    kind = fields.Selection(
        [("account", "Account"), ("area", "Area")], required=True, readonly=True
    )
    record_name = fields.Char(
        "About",
        compute="_compute_names",
        help="Empty: you may not see it, or it is gone.",
    )
    territory_name = fields.Char(
        "Out Of",
        compute="_compute_names",
        help="Where the draft puts it. Empty: nowhere, or you may not know.",
    )
    wished_id = fields.Many2one(
        "crm.territory",
        "Put Into",
        index="btree_not_null",
        groups="sales_team.group_sale_manager",
        domain="[('plan_id', '=', plan_id)]",
        help="Wished by the author. Whoever answers may choose another.",
    )
    wished_name = fields.Char("Should Be In", compute="_compute_names")
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", "Author", readonly=True, index=True, ondelete="set null"
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("withdrawn", "Withdrawn"),
        ],
        default="new",
        required=True,
        readonly=True,
        index=True,
    )
    answer = fields.Text(help="The author is told.")
    decider_id = fields.Many2one("res.users", "Answered By", readonly=True)
    decision_date = fields.Datetime("Answered On", readonly=True)
    user_may_answer = fields.Boolean(compute="_compute_user_may_answer")

    # -- what a reader sees

    @api.depends("user_id", "plan_id")
    def _compute_display_name(self):
        """Never the name of the record: activities and messages keep this one."""
        for objection in self:
            objection.display_name = self.env._(
                "Objection of %(user)s to “%(plan)s”",
                user=objection.user_id.name or self.env._("a former user"),
                plan=objection.plan_id.sudo().name,
            )

    @api.depends("partner_id", "area_id", "territory_id", "wished_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_names(self):
        objections = self.sudo()
        accounts = objections.partner_id.with_env(self.env)._filtered_access("read")
        areas = objections.area_id.with_env(self.env)
        territories = (
            objections.territory_id | objections.wished_id | areas.sudo().territory_id
        )
        known = set(
            territories.with_env(self.env)._filtered_access("read")._ids
            + self.env["crm.territory.preview"].search([])._ids
        )
        for objection in self:
            of_all = objection.sudo()
            area = of_all.area_id
            if area and area.territory_id.id in known:
                objection.record_name = area.display_name
            else:
                account = of_all.partner_id.with_env(self.env) & accounts
                objection.record_name = account.display_name
            for name in ("territory", "wished"):
                territory = of_all[f"{name}_id"]
                objection[f"{name}_name"] = (
                    territory.id in known and territory.complete_name
                )

    @api.depends("plan_id", "state")
    @api.depends_context("uid")
    def _compute_user_may_answer(self):
        for objection in self:
            plan = objection.plan_id
            objection.user_may_answer = (
                objection.state == "new"
                and plan.sudo().state == "draft"
                and plan.has_access("write")
            )

    def write(self, vals):
        """Planners write the answer, and the wish, of what is new."""
        self._check_engine_fields(vals)
        if not self.env.su and not _ANSWER_FIELDS.isdisjoint(vals):
            for objection in self:
                objection._check_may_answer()
        result = super().write(vals)
        if "wished_id" in vals:
            self._check_wished()
        return result
