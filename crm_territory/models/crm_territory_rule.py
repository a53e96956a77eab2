from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import compiler
from ..engine.compiler import MODEL_OF_OBJECT

_ENGINE_FIELDS = frozenset(
    {"territory_id", "active", "applies_to", "domain", "is_anywhere", "error"}
)


class CrmTerritoryRule(models.Model):
    """Which accounts, leads or opportunities a territory takes: an Odoo domain."""

    _name = "crm.territory.rule"
    _description = "Territory Rule"
    _inherit = ["crm.territory.line.mixin"]
    _order = "territory_id, sequence, id"

    territory_id = fields.Many2one(
        "crm.territory", required=True, index=True, ondelete="cascade"
    )
    plan_id = fields.Many2one(related="territory_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(related="territory_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    applies_to = fields.Selection(
        [
            ("account", "Accounts"),
            ("lead", "Leads"),
            ("opportunity", "Opportunities"),
        ],
        default="account",
        required=True,
    )
    res_model = fields.Char(compute="_compute_res_model", string="Model")
    domain = fields.Char(default="[]", required=True)
    is_anywhere = fields.Boolean(
        "Anywhere",
        help="Takes its records wherever they are, even outside the geography of the"
        " territory (named accounts).",
    )
    error = fields.Char(
        readonly=True,
        help="Why the rule is disabled. Repair the criteria to enable it again.",
    )
    match_count = fields.Integer("Matches", compute="_compute_match_count")

    @api.depends("applies_to")
    def _compute_res_model(self):
        for rule in self:
            rule.res_model = MODEL_OF_OBJECT[rule.applies_to]

    @api.depends("applies_to", "territory_id.name")
    def _compute_name(self):
        labels = dict(self._fields["applies_to"]._description_selection(self.env))
        for rule in self:
            rule.name = rule.name or self.env._(
                "%(objects)s of %(territory)s",
                objects=labels[rule.applies_to],
                territory=rule.territory_id.name or "",
            )

    @api.depends("domain", "applies_to", "error", "active")
    def _compute_match_count(self):
        """How many records meet the criteria of the rule alone. 1 query a rule."""
        for rule in self:
            try:
                domain = rule._records_domain()
                rule.match_count = self.env[rule.res_model].search_count(domain)
            except Exception:  # noqa: BLE001 - whatever a field's search raises
                rule.match_count = 0

    @api.constrains("domain", "applies_to")
    def _check_domain(self):
        for rule in self.filtered(lambda rule: not rule.error):
            if problem := rule._problem(try_out=True):
                raise ValidationError(
                    self.env._(
                        "The criteria of the rule “%(rule)s” of “%(territory)s” are"
                        " wrong: %(problem)s",
                        rule=rule.name,
                        territory=rule.territory_id.name,
                        problem=problem,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._check_author_may_read()
        rules.plan_id._bump_version()
        return rules

    def write(self, vals):
        has_new_criteria = not {"domain", "applies_to"}.isdisjoint(vals)
        if has_new_criteria:
            vals = dict(vals, error=False)
        plans = self.plan_id
        result = super().write(vals)
        if has_new_criteria:
            self._check_author_may_read()
        if not _ENGINE_FIELDS.isdisjoint(vals):
            (plans | self.plan_id)._bump_version()
        return result

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._bump_version()
        return result

    def _check_author_may_read(self):
        """Criteria are applied to everything: what they match would tell what is in
        fields that their author may not read. No constraint: Odoo runs those with all
        rights.

        :raise AccessError: the author may not read a field, or a model
        """
        for rule in self.filtered(lambda rule: not rule.error):
            self.env[rule.res_model]._search(rule._records_domain())

    def _records_domain(self):
        """The domain of the records that the rule takes.

        :raise ValueError: the criteria are no domain, or read a field that is gone
        """
        self.ensure_one()
        domain = compiler.rule_domain(self.env, self.applies_to, self.domain)
        if self.applies_to == "account":
            domain &= self.env["res.partner"]._account_domain()
        return domain

    def _problem(self, try_out=False):
        """What is wrong with the criteria, in words; empty when nothing is.

        :param bool try_out: search by them, which finds values that no column can hold
        """
        self.ensure_one()
        try:
            domain = self.sudo()._records_domain()
            model = self.env[self.res_model].sudo()
            model._search(domain)
            if try_out:
                with self.env.cr.savepoint():
                    model.search(domain, limit=1)
        except Exception as error:  # noqa: BLE001 - whatever a field's search raises
            return str(error)
        return ""

    @api.model
    def _check_all(self):
        """Disable the rules whose criteria stopped working, and say so."""
        for rule in self.sudo().search([("error", "=", False)]):
            if problem := rule._problem():
                rule._disable(problem)

    def _disable(self, problem):
        """Disable a rule with a warning that its plan's responsible cannot miss."""
        self.ensure_one()
        self.error = problem
        plan = self.plan_id
        plan.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("A territory rule stopped working"),
            note=self.env._(
                "The rule “%(rule)s” of “%(territory)s” is disabled: %(problem)s",
                rule=self.name,
                territory=self.territory_id.complete_name,
                problem=problem,
            ),
            user_id=(plan.user_id or self.env.user).id,
        )

    def action_show_matches(self):
        """Open the records that meet the criteria of the rule alone."""
        self.ensure_one()
        if problem := self._problem():
            raise UserError(problem)
        xml_ids = {
            "account": "crm_territory.crm_territory_account_action",
            "lead": "crm_territory.crm_territory_lead_action",
            "opportunity": "crm_territory.crm_territory_opportunity_action",
        }
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_ids[self.applies_to])
        domain = list(compiler.rule_domain(self.env, self.applies_to, self.domain))
        return dict(action, domain=domain, name=self.name)
