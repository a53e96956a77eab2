"""The batch of a run in which leads get salespeople and teams."""

from odoo.tools import SQL

from .. import handout_turns
from ..handout import HandOut
from .scope import Scope
from .states import OWNERS


class Giving:
    """One turn at the batch: the next leads that lack a salesperson or a team.

    :param run: that who works it may write
    :param batch: of the last phase, taken by a lock
    """

    def __init__(self, run, batch):
        self.run = run
        self.batch = batch
        self.env = run.env

    def do(self, patiently=False):
        """Give to those leads that the run moved; a run over everything gives out
        whatever waits. The batch is done when none is left.

        :param bool patiently: wait for others who give out to the same people
        :raise Busy: others do, and it does not wait
        """
        hand_out = HandOut(self.env, self.run)
        waiting = hand_out.waiting(
            self._among(), self.batch.after_id, handout_turns.CHUNK
        )
        if not waiting:
            self.batch.is_done = True
            return
        gift = hand_out.give(waiting, patiently)
        self.batch.after_id = waiting[-1].id
        self._note(gift)

    def _among(self):
        if Scope(self.run).is_complete:
            return None
        return SQL(
            "lead.id IN (SELECT lead_id FROM crm_territory_move WHERE run_id = %s)",
            self.run.id,
        )

    def _note(self, gift):
        """On the run, not the batch: who ends it tells those who got leads, who undoes
        it puts back whose turn it was.
        """
        given = sum(map(len, gift.leads_of_user.values()))
        self.run._note(owner_count=self.run.owner_count + given)
        if gift.turns and not self.run.is_dry:
            known = dict(self.run.sudo().turns or {})
            for member_id, turn in gift.turns.items():
                first = gift.turns_before[member_id], None
                before, _after = known.get(str(member_id), first)
                known[str(member_id)] = [before, turn]
            self.run._note(turns=known)


def tell_salespeople(run):
    """One message to each salesperson who got leads of the run since the last ones."""
    rows = run.env.execute_query(
        SQL(
            """
            SELECT lead.user_id, array_agg(lead.id ORDER BY lead.id)
              FROM crm_territory_move AS move
              JOIN crm_lead AS lead ON lead.id = move.lead_id
             WHERE move.run_id = %s AND lead.id > %s
               AND move.salesperson_after_id = lead.user_id
               AND move.salesperson_before_id IS DISTINCT FROM lead.user_id
             GROUP BY lead.user_id
            """,
            run.id,
            run.told_id,
        )
    )
    for _user_id, lead_ids in rows:
        run.env["crm.lead"].sudo().browse(lead_ids)._tell_salesperson()
    batches = run.env["crm.territory.run.batch"].sudo()
    given = batches.search([("run_id", "=", run.id), ("phase", "=", OWNERS)])
    run._note(told_id=given.after_id)
