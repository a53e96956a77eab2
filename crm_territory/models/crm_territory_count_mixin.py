from odoo import api, models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd, DomainOr
from odoo.tools import SQL

# what the index on territory_set_id includes, and the domain of an opening list asks
_INDEXED = frozenset({"active", "company_id", "type"})


class CrmTerritoryCountMixin(models.AbstractModel):
    """Counts what the user sees when a list opens.

    "In my territories or mine or nobody's" in one condition makes PostgreSQL read each
    record that it counts; what is in territories alone it counts in an index. So each
    alternative of the record rules is counted by itself.
    """

    _name = "crm.territory.count.mixin"
    _description = "Counted by Territory"

    @api.model
    @api.readonly
    def search_count(self, domain, limit=None):
        domain = Domain(domain)
        alternatives = []
        if all(
            condition.field_expr in _INDEXED for condition in domain.iter_conditions()
        ):
            rules, alternatives = self._rule_alternatives()
        if not alternatives:
            return super().search_count(domain, limit)
        self.browse().check_access("read")
        query = self._search(domain, bypass_access=True)
        if query.is_empty():
            return 0
        sudo = self._as_rules()
        query.add_where(rules._to_sql(sudo, self._table, query))
        conditions = [each._to_sql(sudo, self._table, query) for each in alternatives]
        bound = SQL("LIMIT %s", limit) if limit else SQL()
        parts = []
        for number, condition in enumerate(conditions):
            not_counted = [SQL("(%s) IS NOT TRUE", c) for c in conditions[:number]]
            where = SQL(" AND ").join([query.where_clause, condition, *not_counted])
            part = SQL("(SELECT FROM %s WHERE %s %s)", query.from_clause, where, bound)
            parts.append(part)
        union = SQL(" UNION ALL ").join(parts)
        counted = SQL("SELECT COUNT(*) FROM (%s %s) AS counted", union, bound)
        return self.env.execute_query(counted)[0][0]

    @api.model
    def _rule_alternatives(self):
        """The record rules that let the user read, taken apart.

        :return: (Domain that always holds, list of Domain of which one must hold; empty
            where the rules have another form)
        """
        if self.env.su or not self._is_restricted():
            return Domain.TRUE, []
        rules = self.env["ir.rule"]._compute_domain(self._name, "read")
        rules = rules.optimize_full(self._as_rules())
        factors = rules.children if isinstance(rules, DomainAnd) else [rules]
        choices = [factor for factor in factors if isinstance(factor, DomainOr)]
        if len(choices) != 1:
            return rules, []
        # what is in the index first: a limit may be reached with it
        alternatives = sorted(choices[0].children, key=_is_not_in_sets)
        return Domain.AND(f for f in factors if f is not choices[0]), alternatives

    @api.model
    def _as_rules(self):
        """With the rights that record rules are read with."""
        return self.sudo().with_context(active_test=False)


def _is_not_in_sets(domain):
    return getattr(domain, "field_expr", None) != "territory_set_id"
