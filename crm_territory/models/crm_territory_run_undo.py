from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..assignment import Assignment, Decision
from .crm_territory_move import CHANGED, CLOSED, GONE, LOCKED, OWNER, PUT_BACK
from .crm_territory_run import CANCELLED, DONE, FAILED, UNDONE

# so many moves at a time: what is read of them is in memory
_AT_ONCE = 20_000


class CrmTerritoryRun(models.Model):
    """How a run is taken back: all of it in one transaction, so that whoever is killed
    meanwhile has done nothing. What it did with each move, the move says.
    """

    _inherit = "crm.territory.run"

    put_back_count = fields.Integer("Put Back", readonly=True, copy=False)
    left_count = fields.Integer(
        "Left as They Are",
        readonly=True,
        copy=False,
        help="Records that changed since the run, so that its undo left them alone.",
    )
    turns = fields.Json(
        copy=False,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
    )  # {member id: [number of the last turn before, after the run]}

    def action_undo(self):
        """Put back territories, salespeople and teams that the run changed, but for
        records that changed since. Another run by the same criteria would do the same
        again: the plan does not catch up by itself until somebody has looked.
        """
        self.ensure_one()
        self.check_access("write")
        if self.is_dry or self.state not in (DONE, CANCELLED, FAILED):
            raise UserError(self.env._("There is nothing to undo."))
        self._check_no_other_run()
        # two people at once: the second one's transaction fails here, or waits
        self._note(state=UNDONE)
        self.flush_recordset()
        self._undo_owners()
        for model_name in ("res.partner", "crm.lead"):
            self._undo_moves(self._model(model_name))
        self._put_back_turns()
        self._count_undone()
        self.plan_id.catch_up = False
        self.plan_id._bump_version()
        return self._action_open()

    @api.readonly
    def action_view_left(self):
        """Show what the undo left as it is, and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_move_action_left"
        )
        return dict(action, domain=[("run_id", "=", self.id), *self._left_domain()])

    def _left_domain(self):
        return [("undo_state", "not in", (False, PUT_BACK))]

    def _count_undone(self):
        moves = self.env["crm.territory.move"].sudo()
        of_run = [("run_id", "=", self.id)]
        self._note(
            put_back_count=moves.search_count([*of_run, ("undo_state", "=", PUT_BACK)]),
            left_count=moves.search_count([*of_run, *self._left_domain()]),
        )

    # -- territories

    def _undo_moves(self, model):
        model.flush_model()
        self.env["crm.territory.move"].flush_model()
        last_id = 0
        while rows := self.env.execute_query(self._verdicts(model, last_id)):
            last_id = rows[-1][0]
            decisions = [
                Decision(record_id, tuple(now), tuple(before))
                for _move_id, record_id, *states, verdict in rows
                for now, before in [(states[:2], states[2:])]
                if verdict == PUT_BACK
            ]
            self._note_verdicts({row[0]: row[-1] for row in rows})
            Assignment(model, run=self).carry_out(decisions, is_undo=True)

    def _verdicts(self, model, last_id):
        """The moves of the run that changed territories: SQL of rows (id of the move,
        of the record, its set and credited territory now, the same before the run, what
        to do with it).

        A later move of the record tells that it changed since, whatever it has now;
        not one that was itself undone, nor that undo.
        """
        is_lead = model._name == "crm.lead"
        closed = SQL("record.won_status IN ('won', 'lost')")
        return SQL(
            """
            SELECT move.id, record.id, record.territory_set_id, record.territory_id,
                   move.set_before_id, move.territory_before_id,
                   CASE WHEN record.territory_is_locked THEN %(locked)s
                        WHEN %(is_closed)s THEN %(closed)s
                        WHEN (record.territory_set_id, record.territory_id)
                             IS DISTINCT FROM
                             (move.set_after_id, move.territory_after_id)
                             OR EXISTS (
                             SELECT FROM crm_territory_move AS later
                              WHERE later.%(column)s = record.id
                                AND later.id > move.id AND NOT later.is_dry
                                AND later.run_id IS DISTINCT FROM move.run_id
                                AND later.undo_state IS DISTINCT FROM %(put_back)s
                                AND (later.reasons ? 'undone_run') IS NOT TRUE
                                AND (later.set_before_id, later.territory_before_id)
                                    IS DISTINCT FROM
                                    (later.set_after_id, later.territory_after_id))
                        THEN %(changed)s
                        WHEN (move.set_before_id IS NULL)
                             <> (move.territory_before_id IS NULL) THEN %(gone)s
                        ELSE %(put_back)s END
              FROM crm_territory_move AS move
              JOIN %(table)s AS record ON record.id = move.%(column)s
             WHERE move.run_id = %(run_id)s AND move.id > %(last_id)s
               AND (move.set_before_id, move.territory_before_id)
                   IS DISTINCT FROM (move.set_after_id, move.territory_after_id)
             ORDER BY move.id LIMIT %(at_once)s
            """,
            table=SQL.identifier(model._table),
            column=SQL.identifier("lead_id" if is_lead else "partner_id"),
            # a run that left closed ones alone was over before these were closed
            is_closed=closed if is_lead and not self.include_closed else SQL("FALSE"),
            locked=LOCKED,
            closed=CLOSED,
            changed=CHANGED,
            gone=GONE,
            put_back=PUT_BACK,
            run_id=self.id,
            last_id=last_id,
            at_once=_AT_ONCE,
        )

    def _note_verdicts(self, verdicts):
        """Say on each move what its undo did: that all was put back, or why not.

        :param dict verdicts: {id of the move: value of undo_state}
        """
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_territory_move AS move
                   SET undo_state = CASE WHEN verdict.undo_state = %s
                                         THEN COALESCE(move.undo_state, %s)
                                         ELSE verdict.undo_state END
                  FROM unnest(%s, %s) AS verdict(id, undo_state)
                 WHERE move.id = verdict.id
                RETURNING move.id
                """,
                PUT_BACK,
                PUT_BACK,
                list(verdicts),
                list(verdicts.values()),
            )
        )
        self.env["crm.territory.move"].invalidate_model(["undo_state"], flush=False)

    # -- salespeople

    def _undo_owners(self):
        """Take the salespeople and teams that the run gave away from leads that still
        have them; later runs may give them again, nothing else does.
        """
        leads = self._model("crm.lead")
        leads.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.salesperson_before_id, move.team_before_id,
                       CASE WHEN lead.territory_is_locked THEN %s
                            WHEN lead.won_status IN ('won', 'lost') THEN %s
                            WHEN (lead.user_id, lead.team_id) IS DISTINCT FROM
                                 (move.salesperson_after_id, move.team_after_id)
                            THEN %s ELSE %s END AS verdict,
                       array_agg(lead.id), array_agg(move.id)
                  FROM crm_territory_move AS move
                  JOIN crm_lead AS lead ON lead.id = move.lead_id
                 WHERE move.run_id = %s
                   AND (move.salesperson_after_id, move.team_after_id)
                       IS DISTINCT FROM
                       (move.salesperson_before_id, move.team_before_id)
                 GROUP BY move.salesperson_before_id, move.team_before_id, verdict
                """,
                LOCKED,
                CLOSED,
                OWNER,
                PUT_BACK,
                self.id,
            )
        )
        for user_id, team_id, verdict, lead_ids, move_ids in rows:
            self._note_verdicts(dict.fromkeys(move_ids, verdict))
            if verdict == PUT_BACK:
                found = leads.browse(lead_ids)
                found = found.with_context(mail_auto_subscribe_no_notify=True)
                found.write({"user_id": user_id, "territory_owner_state": "undone"})
                # after the salesperson: Odoo brings the team that it finds for him
                found.write({"team_id": team_id})

    def _remember_turns(self, turns):
        """Note whose turn it was before the run gave leads to members.

        :param turns: {member id: number of the turn that is his last one now}
        """
        known = dict(self.sudo().turns or {})
        for member in self.env["crm.territory.member"].sudo().browse(turns):
            before, _after = known.get(str(member.id), (member.last_turn, None))
            known[str(member.id)] = [before, turns[member.id]]
        self._note(turns=known)

    def _put_back_turns(self):
        """Whoever got leads of the run is next again, unless others came since."""
        turns = self.sudo().turns or {}
        members = self.env["crm.territory.member"].sudo()
        for member in members.browse(map(int, turns)).exists():
            before, after = turns[str(member.id)]
            if member.last_turn == after:
                member.last_turn = before
