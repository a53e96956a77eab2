"""What is missing before a plan is activated: told, not forbidden."""

from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from .on_day import OnDay

# so many names are told
_NAMED = 3


class Missing:
    """What whoever activates a plan should know.

    :param plan: in the environment of who activates it
    :param simulation: the one of the criteria as they are, if there is one
    """

    def __init__(self, plan, simulation):
        self.plan = plan.ensure_one()
        self.env = plan.env
        self.simulation = simulation

    def sentences(self):
        """List of str. About 15 queries."""
        found = [
            self._territories(),
            self._members(),
            self._criteria(),
            self._time(),
            self._companies(),
            self._beside_it(),
            self._decisions(),
            self._locked_records(),
            self._simulation(),
            self._answers(),
        ]
        return [sentence for sentence in found if sentence]

    @cached_property
    def _replaced(self):
        """The plans in its place, of all companies."""
        return self.plan._excluded_plans()

    @cached_property
    def _covered(self):
        return self.plan._covers()

    def _named(self, names):
        shown = ", ".join(names[:_NAMED])
        return f"{shown}, …" if len(names) > _NAMED else shown

    # -- of the plan

    def _territories(self):
        if not self.plan.territory_ids.filtered("active"):
            return self.env._("It has no territories: nothing will be in any.")
        for name in ("crm.territory.area", "crm.territory.rule"):
            of_plan = [("plan_id", "=", self.plan.id)]
            if self.env[name].search_count(of_plan, limit=1):
                return ""
        return self.env._(
            "None of its territories has criteria: nothing will be in any, but for what"
            " is decided by hand."
        )

    def _members(self):
        unmanned = OnDay.first(self.plan).unmanned
        if not unmanned:
            return ""
        return self.env._(
            "%(count)s territories have no member, nor has one above: %(names)s",
            count=len(unmanned),
            names=self._named(unmanned.mapped("complete_name")),
        )

    def _criteria(self):
        count = self.plan.broken_rule_count + self.plan.unread_area_count
        if not count:
            return ""
        return self.env._(
            "%s rules or lines of geography do not work and take nothing.", count
        )

    def _time(self):
        if self.plan.date_end and self.plan.date_end < self.plan._today():
            return self.env._("Its end date is over.")
        return ""

    def _answers(self):
        if not self.plan.objection_count:
            return ""
        return self.env._("%s objections are not answered.", self.plan.objection_count)

    def _simulation(self):
        if self.simulation:
            return ""
        known = self.plan.run_ids.filtered(
            lambda run: run.is_dry and run.scope == "all" and run.state == "done"
        )
        if known:
            return self.env._("It was changed since it was simulated.")
        return self.env._("It was not simulated: what will move is not known.")

    # -- of what it takes the place of, and what is beside it

    def _companies(self):
        """Where a shared plan is archived for one of a company."""
        shared = self._replaced.filtered(lambda plan: not plan.company_id)
        if self._covered is None or not shared:
            return ""
        others = self.env["res.company"].search([("id", "not in", list(self._covered))])
        if not others:
            return ""
        return self.env._(
            "“%(shared)s” is for all companies, this plan is not: nothing will be"
            " assigned any more in %(companies)s.",
            shared=shared[0].name,
            companies=self._named(others.mapped("name")),
        )

    def _beside_it(self):
        """Active plans of branches, or of the company above: both judge."""
        covered = self._covered
        if covered is None:
            return ""
        others = (self.plan._active_plans() - self.plan - self._replaced).filtered(
            lambda plan: not covered.isdisjoint(plan._covers() or covered)
        )
        others = others.with_env(self.env)._filtered_access("read")
        if not others:
            return ""
        return self.env._(
            "Stays active and judges some of the same records: %s",
            self._named(others.mapped("name")),
        )

    def _decisions(self):
        """Decisions by hand of the plans in its place that it does not know."""
        self.env["crm.territory.override"].flush_model()
        self.env["crm.territory"].flush_model(["lineage"])
        [(count,)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*)
                  FROM crm_territory_override AS override
                  JOIN crm_territory AS territory
                    ON territory.id = override.territory_id
                 WHERE override.plan_id = ANY(%s)
                   AND override.is_expired IS NOT TRUE
                   AND NOT EXISTS (
                       SELECT FROM crm_territory_override AS known
                         JOIN crm_territory AS copy ON copy.id = known.territory_id
                        WHERE known.plan_id = %s
                          AND copy.lineage = territory.lineage
                          AND known.decision = override.decision
                          AND known.is_expired IS NOT TRUE
                          AND (known.partner_id = override.partner_id
                               OR known.lead_id = override.lead_id))
                """,
                self._replaced.ids,
                self.plan.id,
            )
        )
        if not count:
            return ""
        return self.env._(
            "%s decisions by hand of the active plan are not in this one.", count
        )

    def _locked_records(self):
        count = sum(
            self.env[name]
            .sudo()
            .with_context(active_test=False)
            .search_count(
                self.plan._cover_domain(name)
                & Domain("territory_is_locked", "=", True)
                & Domain("territory_set_id", "!=", False)
            )
            for name in ("res.partner", "crm.lead")
        )
        if not count:
            return ""
        return self.env._(
            "%s locked records stay in territories of another plan, whose members see"
            " them no more: unlock them first, or see that they have a salesperson.",
            count,
        )
