"""What was found of a plan, kept for who looked."""

from functools import cached_property

from odoo.exceptions import AccessError

from .finding import AT_ONCE, BY_RECORDS, KINDS, NEVER
from .of_plan import Conflicts


class KeptFindings:
    """Of one plan, for who asks: found anew whenever he looks, told to him only. The
    conflicts of a plan are for those who plan it, and for managers of its territories.

    :param plan: in his environment
    """

    def __init__(self, plan):
        self.plan = plan.ensure_one()
        self.env = plan.env
        self.findings = self.env["crm.territory.finding"]

    # -- who is told of what

    @cached_property
    def only_ids(self):
        """The ids of the territories of the plan that the user answers for, none for
        others; None: he plans it, and answers for all.

        :raise AccessError: he may not read the plan
        """
        self.plan.check_access("read")
        user = self.env.user
        is_planner = user._shapes_all_territories() or self.plan.user_id == user
        if is_planner or (self.plan.state == "draft" and self.plan.user_plans):
            return None
        managed = self.env["crm.territory"].search(
            [
                ("plan_id", "=", self.plan.id),
                ("id", "in", user._territory_scope().managed_ids),
            ]
        )
        return frozenset(managed.ids)

    def check_access(self):
        """:raise AccessError: the conflicts of the plan are not for the user"""
        if self.only_ids == frozenset():
            raise AccessError(
                self.env._(
                    "Conflicts and gaps of “%s” are for those who plan it, and for"
                    " managers of its territories.",
                    self.plan.name,
                )
            )

    def has_access(self):
        """Whether the conflicts of the plan are for the user."""
        try:
            self.check_access()
        except AccessError:
            return False
        return True

    # -- find

    def look(self, kinds=KINDS):
        """Look at the plan anew: what was found before of the kinds is forgotten.

        :raise AccessError: see `check_access`
        :return: records of `crm.territory.finding`
        """
        conflicts = self._conflicts()
        found = conflicts.findings(kinds)
        if conflicts.population.matcher.broken and NEVER not in kinds:
            kinds = [*kinds, NEVER]
            found += conflicts.findings([NEVER])
        self._forget(kinds)
        currency = conflicts.population.currency
        values = [self._values(finding, currency) for finding in found]
        return self.findings.sudo().create(values).sudo(self.env.su)

    def look_at_once(self):
        """Look for what is found in a moment; the list, once it is open, sees to the
        rest.
        """
        self.look(AT_ONCE)
        self._forget(BY_RECORDS)

    def ids_behind(self, kind, key, model_name):
        """The records that a finding is about, as they are now: list of ids.

        :param key: its key as text
        """
        found = self._conflicts(with_ids=True).findings([kind])
        return [
            id_
            for finding in found
            if repr(finding.key) == key
            for id_ in finding.tally.ids.get(model_name, ())
        ]

    def _conflicts(self, with_ids=False):
        self.check_access()
        return Conflicts(self.plan, self.only_ids, with_ids)

    def _forget(self, kinds):
        self.findings.sudo().search(
            [
                ("plan_id", "=", self.plan.id),
                ("create_uid", "=", self.env.uid),
                ("kind", "in", kinds),
            ]
        ).unlink()

    def _values(self, finding, currency):
        first, other = (*finding.territory_ids, None, None)[:2]
        place = finding.place or {}
        return {
            "plan_id": self.plan.id,
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

    # -- show

    def action(self):
        """The list of what was found last."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_finding_action"
        )
        return dict(
            action,
            display_name=self.env._("Conflicts and Gaps of %s", self.plan.name),
            domain=[("plan_id", "=", self.plan.id)],
            context={"search_default_group_kind": 1, "default_plan_id": self.plan.id},
        )
