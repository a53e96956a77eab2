"""The records that a plan covers, of those that the reader sees, and where the plan
would put them: counted by the database, resolved by the engine.
"""

from functools import cached_property
from typing import NamedTuple

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.codes import (
    ACCOUNT_PUT_IN,
    AREA,
    BASE,
    KINDS,
    PUT_IN,
    RULE,
    Matches,
    encode,
    parse_signature,
)
from ..engine.credit import credited
from ..engine.resolution import (
    territories_of,
    territories_of_lead,
    with_lent_address,
)
from ..matching.compiler import compile_plans
from ..matching.grouped import GroupedMatcher


class Judged(NamedTuple):
    """Where records are put, and why.

    :param codes: all that they meet, of their accounts, too
    :param by_rule: the territories that no person put them into
    """

    territories: frozenset
    by_rule: frozenset
    codes: frozenset


class Population:
    """Of one plan, whether it is active or not.

    :param plan: in the environment of who asks
    :param bool with_ids: know which records they are, too
    """

    def __init__(self, plan, with_ids=False):
        self.plan = plan
        self.env = plan.env
        self.compiled = compile_plans(plan.sudo(), {plan.id: plan.sudo()._today()})
        self.tree = self.compiled.tree
        self.nodes = {
            id_: node
            for id_, node in self.tree.nodes.items()
            if node.plan_id == plan.id
        }
        self.matcher = GroupedMatcher(
            self.env(su=True), self.compiled, self._sets_of_others(), with_ids
        )
        self._judged = {}
        self._resolved = {}
        self._rates = {}

    # -- the records

    @cached_property
    def groups(self):
        """List of (Group, Judged, amount in the currency of the plan)."""
        found = []
        for model_name in ("res.partner", "crm.lead"):
            model = self.env[model_name].with_context(active_test=True)
            query = model._search(self.domain(model_name))
            where = SQL("r.id IN %s", query.subselect())
            found += self.matcher.groups(model_name, where)
        return [(group, self._judge(group), self._amount(group)) for group in found]

    def of_credit(self):
        """Each record once, by what decides which territory is credited."""
        return [found for found in self.groups if not found[0].by_address]

    def of_address(self):
        """Each record once, by where it lies."""
        return [found for found in self.groups if found[0].by_address]

    def domain(self, model_name):
        """The accounts, or the open leads and opportunities, that are looked at.
        Colleagues and own companies need no territory.
        """
        domain = self.plan.sudo()._cover_domain(model_name)
        domain &= Domain("territory_is_locked", "!=", True)
        if model_name == "res.partner":
            return domain & self.env["res.partner"]._taken_domain()
        return domain & self.env["crm.lead"]._open_domain()

    def _sets_of_others(self):
        """The sets with a territory of another active plan: what no company has may be
        at home there.
        """
        return [
            set_id
            for (set_id,) in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT link.set_id FROM crm_territory_set_rel AS link
                      JOIN crm_territory AS territory
                        ON territory.id = link.territory_id
                      JOIN crm_territory_plan AS plan ON plan.id = territory.plan_id
                     WHERE plan.state = 'active' AND plan.id <> %(plan)s
                       AND plan.company_id IS NOT NULL
                       AND plan.company_id <> %(company)s
                    """,
                    plan=self.plan.id,
                    company=self.plan.sudo().company_id.id or 0,
                )
            )
        ]

    # -- what becomes of them

    def _judge(self, group):
        key = (
            group.kind,
            group.has_account,
            group.lends_address,
            group.base_signature,
            group.signature,
        )
        if key not in self._judged:
            self._judged[key] = self._resolve(*key)
        return self._judged[key]

    def _resolve(self, kind, has_account, lends, base_signature, signature):
        plans = frozenset({self.plan.id})
        codes = parse_signature(signature)
        of_account = parse_signature(base_signature or "{}")
        if has_account and lends:
            codes = with_lent_address(self.tree, codes, plans)
            territories = territories_of_lead(self.tree, codes, kind, plans)
        else:
            base = frozenset()
            if has_account:
                base = self._territories("account", False, of_account)
            territories = self._territories(kind, has_account, codes, base)
            codes |= {encode(id_, BASE) for id_ in base}
        told = {code for code in of_account if code % KINDS in (AREA, RULE)}
        return Judged(territories, territories - self._by_hand(codes), codes | told)

    def _territories(self, kind, has_account, codes, base=frozenset()):
        """Of what meets the codes: resolved once for all that differ in what does not
        matter.

        :param base: of a lead: the territories of its account
        """
        relevant = self.tree.relevance(kind, has_account)(codes, base)
        key = kind, has_account, relevant
        if key not in self._resolved:
            find = territories_of_lead if has_account else territories_of
            plans = frozenset({self.plan.id})
            self._resolved[key] = find(self.tree, relevant, kind, plans)
        return self._resolved[key]

    @staticmethod
    def _by_hand(codes):
        matches = Matches(codes)
        return matches[PUT_IN] | matches[ACCOUNT_PUT_IN]

    def credited(self, group, judged):
        return credited(self.tree, judged.territories, judged.codes, group.user_id)

    # -- money

    @cached_property
    def currency(self):
        return (self.plan.sudo().company_id or self.env.company).currency_id

    def _amount(self, group):
        """Odoo keeps the revenue of an opportunity in the currency of its company."""
        if not group.amount:
            return 0.0
        if group.company_id not in self._rates:
            company = self.env["res.company"].sudo().browse(group.company_id or ())
            company = company or self.env.company
            self._rates[group.company_id] = company.currency_id._get_conversion_rate(
                company.currency_id, self.currency, company, fields.Date.today()
            )
        return group.amount * self._rates[group.company_id]
