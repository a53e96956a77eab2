"""The history oracle: the journal replayed in plain Python, and what was stored."""

from collections import defaultdict
from datetime import timedelta

from odoo import fields


class Replay:
    """What was seen of records, moment by moment, to be asked of the history later."""

    def __init__(self, env, figures):
        self.env = env(su=True, context=dict(env.context, active_test=False))
        self.figures = figures
        self.seen = {}  # moment -> {(model, id): (territories, credited)}
        self.contacts = set()  # ids of partners that were contacts at some time

    def look(self, stored, partners):
        """Remember what is stored now; what was seen in the same second is forgotten.

        :param stored: {(model, id): (ids of territories, id of the credited one or 0)}
        """
        self.seen[fields.Datetime.now()] = dict(stored)
        for partner in partners:
            if partner.commercial_partner_id != partner:
                self.contacts.add(partner.id)

    def faults(self):
        """Where the history tells something else than was seen: yields texts."""
        moves = self._moves()
        for moment, seen in self.seen.items():
            told = self._told(moment + timedelta(seconds=1))
            for key, (territories, credited) in seen.items():
                if not self._is_told(key):
                    continue
                self.figures["remembered"] += 1
                alive = frozenset(self._alive(territories))
                expected = (alive, credited if credited in alive else 0)
                if told.get(key, (frozenset(), 0)) != expected:
                    yield f"{key} at {moment}: {told.get(key)}, not {expected}"
                replayed = self._replay(moves[key], moment, key)
                if replayed != expected:
                    yield f"{key} at {moment}: replayed {replayed}, not {expected}"

    def _is_told(self, key):
        model, id_ = key
        if model == "res.partner" and id_ in self.contacts:
            return False  # a contact follows its account, which the journal tells of
        return bool(self.env[model].browse(id_).exists())

    def _alive(self, ids):
        return self.env["crm.territory"].browse(ids).exists().ids

    def _moves(self):
        moves = defaultdict(list)
        for move in self.env["crm.territory.move"].search(
            [("is_dry", "=", False)], order="date, id"
        ):
            record = move.lead_id or move.partner_id
            moves[record._name, record.id].append(move)
        return moves

    def _replay(self, moves, moment, key):
        """What a record had: by the last move until then, else by what the first one
        found; what never moved has what it has.
        """
        before = [move for move in moves if move.date <= moment]
        if before:
            found, credited = before[-1].set_after_id, before[-1].territory_after_id
        elif moves:
            found, credited = moves[0].set_before_id, moves[0].territory_before_id
        else:
            record = self.env[key[0]].browse(key[1])
            found, credited = record.territory_set_id, record.territory_id
        return frozenset(found.territory_ids.ids), credited.id or 0

    def _told(self, moment):
        """{(model, id): (territories, credited)} as the history has it."""
        told = defaultdict(lambda: (frozenset(), 0))
        stays = self.env["crm.territory.stay"]
        for stay in stays.search(stays._at(moment)):
            record = stay.lead_id or stay.partner_id
            key = (record._name, record.id)
            territories, credited = told[key]
            told[key] = (
                territories | {stay.territory_id.id},
                stay.territory_id.id if stay.is_credited else credited,
            )
        return told
