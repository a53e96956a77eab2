from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ..assignment import Assignment
from .crm_territory_run import DONE

# A transaction that began so long before the simulation may have been committed after
# it: what it wrote, nobody has seen
_LONGEST_REQUEST = timedelta(minutes=5)
# Times of the start are in seconds, those of records more exact
_SECOND = timedelta(seconds=1)
# so many records are judged at a time
_AT_ONCE = 20_000
_PHASES = ("res.partner", "crm.lead")


class CrmTerritoryRun(models.Model):
    """Whether a simulation still says what a run would do.

    Its form tells that criteria or records have changed since, which costs little to
    know and may not matter. Before it is applied, the records that have changed are
    judged again: if all of them would still get what was shown, it holds.
    """

    _inherit = "crm.territory.run"

    revision = fields.Integer(readonly=True, copy=False)
    criteria_have_changed = fields.Boolean(compute="_compute_stale")
    members_have_changed = fields.Boolean(compute="_compute_stale")
    changed_since_count = fields.Integer(
        "Records Changed Since",
        compute="_compute_changed_since_count",
        help="Records that were made or written since, whatever was written.",
    )

    @api.depends("is_dry", "state", "plan_id.version", "plan_id.revision")
    def _compute_stale(self):
        for run in self:
            plan = run.plan_id
            is_over = run.is_dry and run.state == DONE
            run.criteria_have_changed = is_over and (
                run.version != plan.version or run._filter_has_changed()
            )
            run.members_have_changed = (
                is_over
                and not run.criteria_have_changed
                and bool(run.revision)
                and run.revision != plan.revision
            )

    def _filter_has_changed(self):
        saved_filter = self.sudo().filter_id
        return bool(saved_filter) and (
            saved_filter.write_date > self.date_start + _SECOND
        )

    @api.depends("is_dry", "state", "date_start")
    def _compute_changed_since_count(self):
        """2 queries for each simulation."""
        for run in self:
            count = 0
            is_over = run.is_dry and run.state == DONE and run.date_start
            # by a filter that has changed, it would be about other records
            if is_over and not run._filter_has_changed():
                since = Domain("write_date", ">", run.date_start + _SECOND)
                for name in _PHASES:
                    model = run._model(name)
                    count += model.search_count(run.sudo()._domain(name) & since)
            run.changed_since_count = count

    def _start(self):
        result = super()._start()
        self._note(revision=self.plan_id.revision)
        return result

    # -- actions

    def action_apply(self):
        """Do for real what a simulation showed.

        :raise RedirectWarning: criteria or records have changed, and it would not be
            what was shown
        """
        self.ensure_one()
        self.check_access("write")
        if not self.is_dry or self.state != DONE:
            raise UserError(
                self.env._("Only a simulation that is done can be applied.")
            )
        self._check_holds()
        return self._copy_as(is_dry=False).action_start()

    def action_simulate_again(self):
        """Simulate once more what this run is about."""
        self.ensure_one()
        return self._copy_as(is_dry=True).action_start()

    def _copy_as(self, **values):
        return self.copy(
            {
                "partner_ids": self.partner_ids.ids,
                "lead_ids": self.lead_ids.ids,
                "user_id": self.env.uid,
                **values,
            }
        )

    # -- whether it holds

    def _check_holds(self):
        """:raise RedirectWarning: the run would not do what the simulation showed"""
        message = self._why_it_does_not_hold()
        if message:
            again = self.env.ref("crm_territory.crm_territory_run_action_again")
            raise RedirectWarning(
                message,
                again.id,
                self.env._("Simulate Again"),
                {
                    "active_model": self._name,
                    "active_id": self.id,
                    "active_ids": self.ids,
                },
            )

    def _why_it_does_not_hold(self):
        """In words; empty if the run would do what the simulation showed. The queries
        are those of a run over what was written since.
        """
        self.ensure_one()
        if self.criteria_have_changed or self.members_have_changed:
            return self.env._(
                "Criteria or members of “%(plan)s” have changed since this"
                " simulation: what it shows is not what the plan would do now."
                " Simulate again, and decide by that.",
                plan=self.plan_id.name,
            )
        differing = self._differing()
        count = sum(map(len, differing))
        if not count:
            return ""
        first = next(records[0] for records in differing if records)
        return self.env._(
            "Records that have changed since this simulation would get other"
            " territories than it shows: %(count)s, such as “%(name)s”."
            " Simulate again, and decide by that.",
            count=count,
            name=first.sudo(False).display_name
            if first.sudo(False).has_access("read")
            else first.id,
        )

    def _differing(self):
        """The records that would get something else than the simulation showed:
        accounts, leads. The queries are those of a run over what was written since.
        """
        return [self._differing_of(self._model(name)) for name in _PHASES]

    def _differing_of(self, model):
        differing = []
        self.env.flush_all()
        for ids in split_every(_AT_ONCE, self._written_since(model)):
            here = model.search(self._domain(model._name) & Domain("id", "in", ids))
            decisions = self._in_scope(
                Assignment(model, run=self.sudo()).judge(here.ids, include_closed=True)
            )
            fresh = {decision.record_id: decision.after for decision in decisions}
            differing += [
                id_
                for id_, shown, present in self._shown(model, ids)
                if fresh.get(id_, present) != shown
            ]
        return model.browse(differing)

    def _written_since(self, model):
        """The records that were made, written or decided by hand since, and a while
        before: ids, of those that the run looks at or has moved. 1 query.
        """
        column = SQL.identifier(
            "lead_id" if model._name == "crm.lead" else "partner_id"
        )
        query = model._search(self._domain(model._name))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT record.id
                  FROM %(table)s AS record
                 WHERE (record.write_date >= %(since)s
                        OR record.id IN (SELECT %(column)s FROM crm_territory_override
                                          WHERE write_date >= %(since)s))
                   AND (record.id IN %(covered)s
                        OR record.id IN (SELECT %(column)s FROM crm_territory_move
                                          WHERE run_id = %(run_id)s))
                 ORDER BY record.id
                """,
                table=SQL.identifier(model._table),
                column=column,
                since=self.date_start - _LONGEST_REQUEST,
                covered=query.subselect(),
                run_id=self.id,
            )
        )
        return [id_ for (id_,) in rows]

    def _shown(self, model, ids):
        """What records would have by the simulation, and have: rows (id, (set,
        credited territory), the same now). 1 query.

        What it did not move stays as it was; what was made since, as it was made.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT record.id,
                       CASE WHEN move.id IS NOT NULL THEN move.set_after_id
                            WHEN earlier.id IS NOT NULL THEN earlier.set_before_id
                            ELSE record.territory_set_id END,
                       CASE WHEN move.id IS NOT NULL THEN move.territory_after_id
                            WHEN earlier.id IS NOT NULL THEN earlier.territory_before_id
                            ELSE record.territory_id END,
                       record.territory_set_id, record.territory_id
                  FROM %(table)s AS record
                  LEFT JOIN crm_territory_move AS move
                         ON move.%(column)s = record.id AND move.run_id = %(run_id)s
                  LEFT JOIN LATERAL (
                       SELECT * FROM crm_territory_move AS done
                        WHERE done.%(column)s = record.id AND NOT done.is_dry
                          AND done.date > %(since)s
                          AND record.create_date <= %(since)s
                        ORDER BY done.id LIMIT 1) AS earlier ON TRUE
                 WHERE record.id = ANY(%(ids)s)
                """,
                table=SQL.identifier(model._table),
                column=SQL.identifier(
                    "lead_id" if model._name == "crm.lead" else "partner_id"
                ),
                run_id=self.id,
                since=self.date_start,
                ids=list(ids),
            )
        )
        return [(id_, tuple(row[:2]), tuple(row[2:])) for id_, *row in rows]
