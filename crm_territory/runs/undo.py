"""How a run is taken back."""

from odoo.tools import SQL

from ..assignment import Assignment, Decision
from .scope import Scope
from .states import (
    ACCOUNTS,
    CHANGED,
    CLOSED,
    GONE,
    LEADS,
    LOCKED,
    OWNER,
    PUT_BACK,
    UNDONE,
)

# the moves that an undo left as they are
LEFT = ("undo_state", "not in", (False, PUT_BACK))
# so many moves at a time: what is read of them is in memory
_AT_ONCE = 20_000


class Undo:
    """A run is taken back, all of it in one transaction: whoever is killed meanwhile
    has done nothing. What was done with each move, the move says.

    :param run: that its user may write; it has ended, and no other one goes on
    """

    def __init__(self, run):
        self.run = run
        self.env = run.env
        self.scope = Scope(run)

    def carry_out(self):
        """Put back territories, salespeople, teams and turns, but for records that
        changed since. The plan does not catch up by itself until somebody has looked.
        """
        run = self.run
        # two people at once: the second one's transaction fails here, or waits
        run._note(state=UNDONE)
        run.flush_recordset()
        self._put_back_owners()
        for name in (ACCOUNTS, LEADS):
            self._put_back_territories(self.scope.model(name))
        self._put_back_turns()
        self._count()
        run.plan_id.catch_up = False
        run.plan_id._bump_version()

    def _count(self):
        moves = self.env["crm.territory.move"].sudo()
        of_run = ("run_id", "=", self.run.id)
        self.run._note(
            put_back_count=moves.search_count([of_run, ("undo_state", "=", PUT_BACK)]),
            left_count=moves.search_count([of_run, LEFT]),
        )

    # -- territories

    def _put_back_territories(self, model):
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
            Assignment(model, run=self.run).carry_out(decisions, is_undo=True)

    def _verdicts(self, model, last_id):
        """The moves of the run that changed territories: SQL of rows (id of the move,
        of the record, its set and credited territory now, the same before the run, what
        to do with it).

        A later move of the record tells that it changed since, whatever it has now;
        not one that was itself undone, nor that undo.
        """
        is_lead = model._name == LEADS
        is_closed = SQL("FALSE")
        # a run that left closed ones alone was over before these were closed
        if is_lead and not self.run.include_closed:
            is_closed = SQL("record.won_status IN ('won', 'lost')")
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
            is_closed=is_closed,
            locked=LOCKED,
            closed=CLOSED,
            changed=CHANGED,
            gone=GONE,
            put_back=PUT_BACK,
            run_id=self.run.id,
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

    def _put_back_owners(self):
        """Take the salespeople and teams that the run gave away from leads that still
        have them; later runs may give them again, nothing else does.
        """
        leads = self.scope.model(LEADS)
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
                self.run.id,
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

    def _put_back_turns(self):
        """Whoever got leads of the run is next again, unless others came since."""
        turns = self.run.sudo().turns or {}
        members = self.env["crm.territory.member"].sudo()
        for member in members.browse(map(int, turns)).exists():
            before, after = turns[str(member.id)]
            if member.last_turn == after:
                member.last_turn = before
