import logging
from functools import partial

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..matching.compiler import as_reader, is_settled
from ..matching.criteria import (
    MODEL_OF_OBJECT,
    check_open,
    parse_domain,
    rule_domain,
)

_logger = logging.getLogger(__name__)

_ENGINE_FIELDS = frozenset(
    {"territory_id", "active", "applies_to", "domain", "is_anywhere", "error"}
)
# what puts a rule into force: its author answers for what it reads
_EFFECTIVE_FIELDS = _ENGINE_FIELDS - {"error"}


def _disable_rules(registry, problems):
    """Disable rules in a transaction of its own, after the one that met the problems.

    :param problems: {rule id: what is wrong}
    """
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for rule in env["crm.territory.rule"].browse(problems).exists():
                if not rule.error:
                    rule._disable(problems[rule.id])
        registry.signal_changes()
    except Exception:
        _logger.exception("rules could not be disabled: %s", problems)


class CrmTerritoryRule(models.Model):
    """Which accounts, leads or opportunities a territory takes: an Odoo domain."""

    _name = "crm.territory.rule"
    _description = "Territory Rule"
    _inherit = ["crm.territory.criteria.mixin"]
    _order = "territory_id, sequence, id"

    territory_id = fields.Many2one(
        "crm.territory", required=True, index=True, ondelete="cascade"
    )
    plan_id = fields.Many2one(
        string="Territory Plan", related="territory_id.plan_id", store=True, index=True
    )
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
    lang = fields.Char(
        "Language",
        default=lambda self: self.env.lang or "en_US",
        readonly=True,
        help="The language that the criteria were written in, and are read in.",
    )
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
        """How many records meet the criteria of the rule alone, of those that the user
        sees. 1 query a rule.
        """
        for rule in self:
            try:
                rule.match_count = rule._model_to_read().search_count(
                    rule._records_domain()
                )
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
        self._check_engine_fields(vals)
        has_new_criteria = not {"domain", "applies_to"}.isdisjoint(vals)
        if has_new_criteria:
            vals = dict(vals, error=False, lang=self.env.lang or "en_US")
            self = self._as_engine("error", "lang")
        plans = self.plan_id
        result = super().write(vals)
        if not _EFFECTIVE_FIELDS.isdisjoint(vals):
            self._check_author_may_read()
        if not _ENGINE_FIELDS.isdisjoint(vals):
            (plans | self.plan_id)._bump_version()
        return result

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._bump_version()
        return result

    def _objects(self):
        self.ensure_one()
        return frozenset({self.applies_to})

    def _check_author_may_read(self):
        """Criteria are applied to everything: what they match would tell what is in
        fields that their author may not read. No constraint: Odoo runs those with all
        rights.

        :raise AccessError: the author may not read a field, or a model
        """
        if self.env.su:
            return
        is_planner = self.env.user._shapes_all_territories()
        for rule in self.filtered(lambda rule: not rule.error):
            domain = rule._records_domain()
            rule._model_to_read()._search(domain)
            if not is_planner:
                try:
                    check_open(
                        self.env, rule.applies_to, parse_domain(self.env, rule.domain)
                    )
                except ValueError as error:
                    raise AccessError(
                        self.env._(
                            "The rule “%(rule)s”: %(problem)s.",
                            rule=rule.name,
                            problem=error,
                        )
                    ) from error

    def _reading(self):
        """How the criteria are read: a criteria.Reading."""
        self.ensure_one()
        return self.plan_id.sudo()._reading()._replace(lang=self.lang)

    def _model_to_read(self):
        """The model of the records in the environment of the user, but for how criteria
        are read.
        """
        reading = self._reading()
        model = self.env[self.res_model].with_context(lang=reading.lang, tz=reading.tz)
        if reading.company_id in self.env.user.company_ids.ids:
            model = model.with_company(reading.company_id)
        return model

    def _records_domain(self):
        """The domain of the records that the rule takes.

        :raise ValueError: the criteria are no domain, or read a field that is gone
        """
        self.ensure_one()
        company_id = self.plan_id.sudo().company_id.id
        domain = rule_domain(self.env, self.applies_to, self.domain, company_id)
        if self.applies_to == "account":
            domain &= self.env["res.partner"]._taken_domain()
        return domain

    def _problem(self, try_out=False):
        """What is wrong with the criteria, in words; empty when nothing is.

        :param bool try_out: search by them, which finds values that no column can hold
        """
        self.ensure_one()
        try:
            env = as_reader(self.env, self._reading())
            domain = self.with_env(env)._records_domain()
            model = env[self.res_model]
            model._search(domain)
            if try_out:
                with self.env.cr.savepoint():
                    model.search(domain, limit=1)
        except Exception as error:  # noqa: BLE001 - whatever a field's search raises
            return str(error)
        return ""

    @api.model
    def _report_broken(self, compiled, broken):
        """Disable rules that the database refused while it was asked, and say so, when
        the transaction is over; until then this process leaves them out.

        :param Compiled compiled: the plans that were asked
        :param broken: {rule id: what is wrong}
        """
        found = {id_: broken[id_] for id_ in broken if id_ not in compiled.broken}
        if found:
            # other threads read it: no change in place
            compiled.broken = compiled.broken | found
            disable = partial(_disable_rules, self.env.registry, found)
            self.env.cr.postcommit.add(disable)
            self.env.cr.postrollback.add(disable)

    @api.model
    def _check_all(self):
        """Disable the rules whose criteria stopped working, and say so."""
        for rule in self.sudo().search([("error", "=", False)]):
            reading = rule._reading()
            if is_settled(self.env, rule.applies_to, rule.domain, reading):
                continue
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

    @api.readonly
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
        return dict(action, domain=self._domain_for_client(), name=self.name)

    def _domain_for_client(self):
        """What the criteria take, as a client finds it: in the language and company of
        its user. Where that is something else, the records themselves.
        """
        company_id = self.plan_id.sudo().company_id.id
        domain = list(rule_domain(self.env, self.applies_to, self.domain, company_id))
        if self.applies_to == "account":
            domain += self.env["res.partner"]._account_domain_for_client()
        if self.env[self.res_model].search_count(domain) == self.match_count:
            return domain
        found = self._model_to_read().search(self._records_domain())
        return [("id", "in", found.ids)]
