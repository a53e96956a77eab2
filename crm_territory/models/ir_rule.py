from odoo import api, models
from odoo.fields import Domain

from ..compat import DomainAnd, DomainCondition, DomainOr

# mode → what the rules of the group add, what the global rule takes
_FIELDS = {
    "read": ("territory_can_read", "territory_can_see_unowned"),
    "write": ("territory_can_write", "territory_can_write_unowned"),
    "unlink": ("territory_can_write", "territory_can_write_unowned"),
}


class IrRule(models.Model):
    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name, mode="read"):
        domain = super()._compute_domain(model_name, mode)
        if model_name in ("crm.lead", "crm.activity.report") and mode in _FIELDS:
            return _merge_unowned(domain, *_FIELDS[mode])
        return domain


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


def _is_condition(domain, name):
    return isinstance(domain, DomainCondition) and domain.field_expr == name
