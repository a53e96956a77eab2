from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..assignment import Assignment, Decision
from .crm_territory_run import CANCELLED, DONE, FAILED, UNDONE


class CrmTerritoryRun(models.Model):
    """How a run is taken back."""

    _inherit = "crm.territory.run"

    def action_undo(self):
        """Put back what the run changed, but for records that changed again since.

        The plan is to be run after that: its criteria would do the same again. So it
        does not catch up by itself until somebody has looked.
        """
        self.ensure_one()
        if self.is_dry or self.state not in (DONE, CANCELLED, FAILED):
            raise UserError(self.env._("There is nothing to undo."))
        self._undo_owners()
        for model_name, column in (
            ("res.partner", "partner_id"),
            ("crm.lead", "lead_id"),
        ):
            self._undo_moves(self._model(model_name), column)
        self._note(state=UNDONE)
        self.plan_id.catch_up = False
        self.plan_id._bump_version()

    def _undo_moves(self, model, column):
        model.flush_model(["territory_set_id", "territory_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT record.id, record.territory_set_id, record.territory_id,
                       move.set_before_id, move.territory_before_id
                  FROM crm_territory_move AS move
                  JOIN %(table)s AS record ON record.id = move.%(column)s
                 WHERE move.run_id = %(run_id)s
                   AND (record.territory_set_id, record.territory_id)
                       IS NOT DISTINCT FROM (move.set_after_id, move.territory_after_id)
                """,
                table=SQL.identifier(model._table),
                column=SQL.identifier(column),
                run_id=self.id,
            )
        )
        decisions = [Decision(row[0], tuple(row[1:3]), tuple(row[3:])) for row in rows]
        Assignment(model, run=self).carry_out(decisions, is_undo=True)

    def _undo_owners(self):
        """Take the salespeople and teams that the run gave away from leads that still
        have them; later runs may give them again, nothing else does.
        """
        leads = self._model("crm.lead")
        leads.flush_model(["user_id", "team_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.salesperson_before_id, move.team_before_id,
                       array_agg(lead.id)
                  FROM crm_territory_move AS move
                  JOIN crm_lead AS lead ON lead.id = move.lead_id
                 WHERE move.run_id = %s
                   AND (move.salesperson_after_id, move.team_after_id)
                       IS DISTINCT FROM
                       (move.salesperson_before_id, move.team_before_id)
                   AND (lead.user_id, lead.team_id)
                       IS NOT DISTINCT FROM
                       (move.salesperson_after_id, move.team_after_id)
                 GROUP BY move.salesperson_before_id, move.team_before_id
                """,
                self.id,
            )
        )
        for user_id, team_id, ids in rows:
            found = leads.browse(ids).with_context(mail_auto_subscribe_no_notify=True)
            found.write({"user_id": user_id, "territory_owner_state": "undone"})
            # after the salesperson: Odoo brings the team that it finds for him
            found.write({"team_id": team_id})
