from datetime import datetime

import pytz

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache
from odoo.tools.sql import table_columns

from ..compat import CACHE, memory_of_registry
from ..matching import compiler, reader
from ..matching.criteria import Reading
from ..matching.pieces import Areas, CityNames

# the attribute of the registry that says which columns are in the database
_COLUMNS_ARE_THERE = "_crm_territory_columns"


class CrmTerritoryPlan(models.Model):
    """Which plans judge, what they cover, and on which day: compiled, and kept."""

    _inherit = "crm.territory.plan"

    @api.model
    def _active_plans(self):
        return self.sudo().search([("state", "=", "active")])

    @api.model
    def _current_plan(self):
        """The plan that one most likely works on: the active one of the company, else
        the only draft.
        """
        plans = self.search([("company_id", "in", (self.env.company.id, False))])
        active = plans.filtered(lambda plan: plan.state == "active")
        return active[:1] or (plans if len(plans) == 1 else plans.browse())

    # -- what a plan covers, and how it reads (hooks)

    def _covers(self):
        """The companies whose records the plan judges: its own and the branches of it.

        :return: frozenset of company ids; None: those of every company
        """
        self.ensure_one()
        if not self.company_id:
            return None
        branches = self.env["res.company"].sudo().with_context(active_test=False)
        return frozenset(branches.search([("id", "child_of", self.company_id.ids)]).ids)

    def _cover_domain(self, model_name):
        """The accounts, or the leads and opportunities, that the plan covers."""
        companies = self._covers()
        domain = Domain.TRUE
        if companies is not None:
            domain &= Domain("company_id", "in", [*companies, False])
        if model_name == "res.partner":
            domain &= self.env["res.partner"]._account_domain()
        return domain

    def _match_pieces(self):
        """The kinds of places that territories of the plans have.

        :return: list of pieces.Place
        """
        kinds = reader.read_place_kinds(self.env, self.ids)
        areas = Areas(self.ids, kinds, CityNames.of(self.env))
        return [areas.place(reader.read_territories_with_areas(self.env, self.ids))]

    def _reading(self):
        """How the criteria of the plan are read: a criteria.Reading."""
        self.ensure_one()
        return Reading(company_id=self.company_id.id or None, tz=self.tz)

    # -- days

    def _today(self):
        """The day that it is in the plan's time zone: a date."""
        self.ensure_one()
        return self._days_of_all().get(self.id) or _today_in(self.tz)

    @api.model
    def _days_of_all(self):
        """{plan id: its day} of all plans. No query where this worker knows them."""
        days = {}
        return {
            plan_id: days.get(tz) or days.setdefault(tz, _today_in(tz))
            for plan_id, tz in self._zones()
        }

    @api.model
    def _domain_of_days(self, domain_of):
        """What is so on the day that it is in each plan, of records with a ``plan_id``.

        :param domain_of: function that gives the Domain of what is so on a day
        """
        plan_ids = {}
        for plan_id, day in self._days_of_all().items():
            plan_ids.setdefault(day, []).append(plan_id)
        return Domain.OR(
            Domain("plan_id", "in", ids) & domain_of(day)
            for day, ids in plan_ids.items()
        )

    @ormcache(cache=CACHE)
    def _zones(self):
        """((plan id, its time zone), …)"""
        self.flush_model(["tz"])
        return tuple(
            self.env.execute_query(SQL("SELECT id, tz FROM crm_territory_plan"))
        )

    # -- compiled

    @api.model
    def _compiled(self):
        """The active plans, compiled. Without a query when nothing has changed."""
        if not self._can_compile():
            return compiler.Compiled()
        return self._compiled_on(self._sorted_days())[0]

    @api.model
    def _sorted_days(self):
        return tuple(sorted(self._days_of_all().items()))

    @api.model
    def _can_compile(self):
        """Not while the addon is uninstalled, nor before an upgrade has added what is
        read of the plans.
        """
        registry = self.env.registry
        if getattr(registry, "crm_territory_is_leaving", False):
            return False
        if registry.ready:
            return True
        found = memory_of_registry(registry, _COLUMNS_ARE_THERE)
        for model in map(self.env.__getitem__, reader.READ_MODELS):
            names = {
                f.name for f in model._fields.values() if f.store and f.column_type
            }
            if found.get(model._name) != names:
                if not names <= table_columns(self.env.cr, model._table).keys():
                    return False
                found[model._name] = names
        return True

    @ormcache("days", cache=CACHE)
    def _compiled_on(self, days):
        """[Compiled]: a list, whose content `_compiled_now` replaces."""
        return [self._compile_on(days)]

    @api.model
    def _compile_on(self, days):
        plans = self._active_plans()
        days = dict(days)
        return compiler.compile_plans(plans, {plan.id: days[plan.id] for plan in plans})

    @api.model
    def _watched(self):
        """{model: {field: set of (judged model, path)}} of the active plans."""
        return self._compiled().watched

    @api.model
    def _forget_compiled(self):
        """Compile anew in every worker, from the end of this transaction on."""
        self.env.registry.clear_cache(CACHE)

    @api.model
    @ormcache(cache=CACHE)
    def _since_change(self):
        """Another object after each change: for the keys of what is kept for each user,
        or each set, in larger caches that are not cleared.
        """
        return object()

    def _note_revision(self):
        """Something has changed that only judging reads: it looks at the revision."""
        for plan in self.sudo():
            plan.revision += 1

    def _bump_revision(self):
        """Something that assignment reads has changed: compile anew in every thread."""
        self._note_revision()
        self._forget_compiled()

    def _bump_version(self):
        """The criteria have changed: records are judged by an older version now."""
        if self:
            for plan in self.sudo():
                plan.version += 1
            self._bump_revision()

    @api.model
    def _compiled_now(self):
        """The active plans as they stand in the database. 1 query if nothing changed.

        Another thread may compile between a change of the criteria and its commit and
        would keep what it saw: the revisions tell.

        :return: Compiled, and {plan id: version} of the plans whose criteria changed
            since the last run over everything
        """
        if not self._can_compile():
            return compiler.Compiled(), {}
        self.flush_model(["state", "revision", "version", "run_version"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, revision, version, run_version FROM crm_territory_plan"
                " WHERE state = 'active'"
            )
        )
        if self._compiled().revisions != {row[0]: row[1] for row in rows}:
            days = self._sorted_days()
            self._compiled_on(days)[0] = self._compile_on(days)
        pending = {
            plan_id: version
            for plan_id, _revision, version, run_version in rows
            if version > run_version
        }
        compiled = self._compiled()
        is_told = compiled.reported_rule_ids.issuperset(compiled.errors)
        if not is_told and not self.env.cr.readonly:
            compiled.reported_rule_ids.update(compiled.errors)
            self._check_rules_soon()
        return compiled, pending


def _today_in(tz):
    return datetime.now(pytz.timezone(tz or "UTC")).date()
