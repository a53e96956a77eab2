"""The explanation oracle: what an explanation says of a record, held against it again.

Each check that it tells is read once more in plain Python, by the oracle's own areas
and by ``filtered_domain``; what is said to hold must hold, what is said to fail must
fail, and all together must give the verdict.
"""

from odoo.addons.crm_territory.explanation import Explanation, rule_parts
from odoo.addons.crm_territory.explanation.criteria_words import parts_of


class Reasons:
    """The faults of explanations.

    :param oracle: of the criteria as they are
    """

    def __init__(self, oracle, figures):
        self.oracle = oracle
        self.env = oracle.env
        self.figures = figures

    def faults(self, record):
        """What is wrong with the explanation of an account or a lead: yields texts.

        The oracle has read the record, and said what it is in.
        """
        plans = self.oracle.judging(record)
        explained = Explanation(record)
        if not plans:
            if explained.decision:
                yield f"{record}: judged by no plan, and explained"
            return
        account = record.partner_id.commercial_partner_id if explained.is_lead else None
        place = record
        if account and account.country_id:
            place = account
        judged = [
            node
            for plan in plans
            for node in plan.nodes.values()
            if not node.is_archived
        ]
        for node in judged:
            for fault in self._faults_of(explained, node, record, account, place):
                yield f"{record}, {node.id}: {fault}"
        yield from self._faults_of_parts(explained, judged, record, account)

    def _faults_of(self, explained, node, record, account, place):
        trace = explained.trace
        standing = trace.standing(node.id)
        self.figures[f"explained {standing}"] += 1
        checks = trace.checks(node.id)
        for check in checks:
            found = self._holds(check, record, account, place)
            if found is not None and found != check.holds:
                yield f"{check} is {found}"
        if (standing == "in") != (node.id in trace.territories):
            yield f"it stands {standing}, and is in {trace.territories}"
        if standing == "out" and all(check.holds for check in checks):
            yield "it is refused, and nothing fails"
        if standing == "in" and not trace.is_put_in(node.id):
            if not checks or not all(check.holds for check in checks):
                yield f"it is in, by {checks}"
        if standing == "above" and not any(
            self.oracle.nodes[id_].is_below(node)
            for id_ in trace.territories & self.oracle.nodes.keys()
        ):
            yield "it is above, and nothing is below"

    def _holds(self, check, record, account, place):
        """A check read again; None where it is about decisions by hand."""
        node = self.oracle.nodes[check.node_id]
        if check.asked == "where":
            kinds = {check.kind} | ({"account"} if account else set())
            anywhere = any(
                rule.is_anywhere and self._takes(rule, kind, record, account)
                for kind in kinds
                for rule in node.rules[kind]
            )
            return self.oracle._in_an_area(node, place) or anywhere
        if check.asked == "which":
            matching = {
                rule.id
                for rule in node.rules[check.kind]
                if self._takes(rule, check.kind, record, account)
            }
            return bool(matching) if matching == check.by else f"by {matching}"
        return None

    def _takes(self, rule, kind, record, account):
        asked = account if kind == "account" and account else record
        return self.oracle._rule_matches(rule, asked)

    def _faults_of_parts(self, explained, nodes, record, account):
        """What is told of the parts of rules."""
        env = explained.env
        kinds = {"account"} if account else set()
        kinds.add(explained.decision.matched.kind)
        rules = [
            (kind, rule)
            for node in nodes
            for kind in kinds
            for rule in node.rules[kind]
        ]
        for kind, rule in rules[:8]:
            if rule.domain is None:
                continue
            asked = account if kind == "account" and account else record
            told = rule_parts(env["crm.territory.rule"].browse(rule.id), asked)
            for part, words in zip(parts_of(env, rule.domain), told, strict=True):
                self.figures["explained conditions"] += 1
                takes = bool(asked.with_env(self.env).filtered_domain(part))
                if takes != words["holds"]:
                    yield f"{record}, rule {rule.id}: {words} is {takes}"
