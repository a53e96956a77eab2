from odoo import api, models
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.safe_eval import safe_eval

from ..compat import DomainAnd, DomainCondition, DomainOr
from .crm_territory_leaving_mixin import ids_being_edited

# mode → what the rules of the group add, what the global rule takes
_FIELDS = {
    "read": ("territory_can_read", "territory_can_see_unowned"),
    "write": ("territory_can_write", "territory_can_write_unowned"),
    "unlink": ("territory_can_write", "territory_can_write_unowned"),
}
_OF_LEADS = ("crm.lead", "crm.activity.report")


class IrRule(models.Model):
    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name, mode="read"):
        domain = super()._compute_domain(model_name, mode)
        if mode in _FIELDS:
            domain = self._merge_rules(domain, model_name, mode)
        if mode in ("read", "write") and (
            ids := ids_being_edited(self.env[model_name])
        ):
            domain |= Domain("id", "in", ids)
        if mode == "read" and self.env[model_name]._obeys_rules_of_leads:
            domain &= self._customers_rules_of_leads()
        return domain

    @api.model
    def _merge_rules(self, domain, model_name, mode):
        """The same domain as it is read fast by this user. Of whom territories take
        nothing, no record is asked for it.
        """
        user = self.env.user
        if model_name in _OF_LEADS:
            given, taken = _FIELDS[mode]
            if user._is_limited_by_territories():
                return _merge_unowned(domain, given, taken)
            return _without(domain, taken)
        if model_name == "res.partner" and not user._sees_accounts_by_territory():
            return _without(domain, "territory_can_see")
        return domain

    @api.model
    def _customers_rules_of_leads(self):
        """The domain of a report's rows by the rules for everybody that a customer made
        for leads himself. (The reports have their own in place of Odoo's and ours.)
        """
        rules = self.sudo().browse(self._ids_of_customers_rules("crm.lead"))
        context = self._eval_context()
        allowed = Domain.AND(
            Domain(safe_eval(rule.domain_force, context))
            for rule in rules
            if rule.domain_force
        )
        if allowed.is_true():
            return allowed
        return Domain("lead_id", "=", False) | Domain("lead_id", "any!", allowed)

    @api.model
    @ormcache("model_name")
    def _ids_of_customers_rules(self, model_name):
        """The rules for everybody that no addon has brought: tuple of ids."""
        rules = self.sudo().search(
            [
                ("model_id.model", "=", model_name),
                ("perm_read", "=", True),
                ("groups", "=", False),
            ]
        )
        names = rules.get_external_id()
        made = ("", "__export__", "__custom__", "__import__", "studio_customization")
        return tuple(id_ for id_, name in names.items() if name.split(".")[0] in made)


def _merge_unowned(domain, given, taken):
    """The same domain in the form that PostgreSQL plans well.

    "(mine or unowned or shared) and (owned or unassigned or shared)" makes the planner
    multiply two guesses about the same columns, and a page of 300,000 leads took 140
    times as long; "mine or shared or unowned and unassigned" it answers from indexes.
    Only the rules as Odoo delivers them are merged so: a customised one stays a factor
    of its own.

    >>> domain = Domain("user_id", "in", [7, False]) | Domain("given", "in", [True])
    >>> list(_merge_unowned(domain & Domain("taken", "in", [True]), "given", "taken"))
    ['|', '|', ('user_id', 'in', [7]), ('given', 'in', [True]), \
('territory_is_unassigned', '=', True)]
    """
    if not isinstance(domain, DomainAnd):
        return domain
    restriction = [c for c in domain.children if _is_condition(c, taken)]
    choices = [c for c in domain.children if isinstance(c, DomainOr)]
    for choice in choices:
        owners = [c for c in choice.children if _is_condition(c, "user_id")]
        shared = [c for c in choice.children if _is_condition(c, given)]
        if (
            restriction
            and len(owners) == len(shared) == 1
            and len(choice.children) == 2
            and owners[0].operator == "in"
            and False in owners[0].value
        ):
            named = [value for value in owners[0].value if value is not False]
            merged = Domain.OR(
                [
                    Domain("user_id", "in", named),
                    shared[0],
                    Domain("territory_is_unassigned", "=", True),
                ]
            )
            others = [
                c for c in domain.children if c not in restriction and c is not choice
            ]
            return Domain.AND([*others, merged])
    return domain


def _without(domain, name):
    """A domain without the demand that a field is true.

    >>> list(_without(Domain("a", "=", 1) & Domain("taken", "in", [True]), "taken"))
    [('a', '=', 1)]
    >>> _without(Domain("taken", "in", [True]), "taken").is_true()
    True
    """
    demands = domain.children if isinstance(domain, DomainAnd) else [domain]
    return Domain.AND(c for c in demands if not _is_true(c, name))


def _is_true(domain, name):
    return (
        _is_condition(domain, name)
        and domain.operator in ("=", "in")
        and domain.value in (True, [True], {True})
    )


def _is_condition(domain, name):
    return isinstance(domain, DomainCondition) and domain.field_expr == name
