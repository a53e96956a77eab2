from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

# so many names are told
_NAMED = 3
# of more records that were written since a simulation, it is not found out which of
# them would get something else
_MOST_JUDGED = 20_000


class CrmTerritoryPlan(models.Model):
    """What is missing before a plan is activated: told, not forbidden."""

    _inherit = "crm.territory.plan"

    def _what_is_missing(self, simulation):
        """Sentences on what whoever activates the plan should know. About 15 queries.

        :param simulation: the one of the criteria as they are, if there is one
        """
        self.ensure_one()
        found = [
            self._missing_territories(),
            self._missing_members(),
            self._broken_criteria(),
            self._over_already(),
            self._uncovered_companies(),
            self._beside_it(),
            self._decisions_left_behind(),
            self._locked_records(),
            self._not_simulated(simulation),
        ]
        return [sentence for sentence in found if sentence]

    def _missing_territories(self):
        territories = self.territory_ids.filtered("active")
        if not territories:
            return self.env._("It has no territories: nothing will be in any.")
        for name in ("crm.territory.area", "crm.territory.rule"):
            if self.env[name].search_count([("plan_id", "=", self.id)], limit=1):
                return ""
        return self.env._(
            "None of its territories has criteria: nothing will be in any, but for what"
            " is decided by hand."
        )

    def _day_of_start(self):
        """The day that it is when the plan begins: today at the earliest."""
        today = self._today()
        return max(self.date_start or today, today)

    def _members_on(self, day):
        """Who is a member on a day of the plan."""
        members = self.env["crm.territory.member"]
        domain = Domain("plan_id", "=", self.id) & Domain("user_id.active", "=", True)
        domain &= Domain("date_start", "=", False) | Domain("date_start", "<=", day)
        domain &= Domain("date_end", "=", False) | Domain("date_end", ">=", day)
        return members.search(domain)

    def _unmanned_on(self, day):
        """The territories that have no member on a day, and none above who has."""
        manned = set(self._members_on(day).territory_id.ids)
        return self.territory_ids.filtered(
            lambda territory: (
                territory.active and manned.isdisjoint(territory._path_ids())
            )
        )

    def _missing_members(self):
        unmanned = self._unmanned_on(self._day_of_start())
        if not unmanned:
            return ""
        return self.env._(
            "%(count)s territories have no member, nor has one above: %(names)s",
            count=len(unmanned),
            names=self._named(unmanned.mapped("complete_name")),
        )

    def _named(self, names):
        shown = ", ".join(names[:_NAMED])
        return f"{shown}, …" if len(names) > _NAMED else shown

    def _broken_criteria(self):
        count = self.broken_rule_count + self.unread_area_count
        if not count:
            return ""
        return self.env._(
            "%s rules or lines of geography do not work and take nothing.", count
        )

    def _over_already(self):
        if self.date_end and self.date_end < self._today():
            return self.env._("Its end date is over.")
        return ""

    def _uncovered_companies(self):
        """Where a shared plan is archived for one of a company."""
        covered = self._covers()
        shared = self._excluded_plans().filtered(lambda plan: not plan.company_id)
        if covered is None or not shared:
            return ""
        others = self.env["res.company"].search([("id", "not in", list(covered))])
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
        covered = self._covers()
        if covered is None:
            return ""
        others = (self._active_plans() - self - self._excluded_plans()).filtered(
            lambda plan: not covered.isdisjoint(plan._covers() or covered)
        )
        others = others.with_env(self.env)._filtered_access("read")
        if not others:
            return ""
        return self.env._(
            "Stays active and judges some of the same records: %s",
            self._named(others.mapped("name")),
        )

    def _decisions_left_behind(self):
        """Decisions by hand of the plans in its place that it does not know."""
        replaced = self._excluded_plans()
        overrides = self.env["crm.territory.override"]
        overrides.flush_model()
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
                replaced.ids,
                self.id,
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
                self._cover_domain(name)
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

    def _not_simulated(self, simulation):
        if simulation:
            return ""
        known = self.run_ids.filtered(
            lambda run: run.is_dry and run.scope == "all" and run.state == "done"
        )
        if known:
            return self.env._("It was changed since it was simulated.")
        return self.env._("It was not simulated: what will move is not known.")

    def _doubt_about(self, simulation):
        """Why a simulation may not tell what will happen, in words; empty if it does,
        and without one.
        """
        if not simulation:
            return ""
        if simulation.changed_since_count > _MOST_JUDGED:
            return self.env._(
                "Records that were written since this simulation: %s. Simulate again:"
                " what it shows may not be what the plan would do now.",
                simulation.changed_since_count,
            )
        return simulation._why_it_does_not_hold()
