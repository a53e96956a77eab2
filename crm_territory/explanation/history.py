"""Since when a record is in a territory, and why it came there: from the journal."""

from functools import cached_property

from odoo.tools import format_datetime

from .. import reasons


class History:
    """The journal of one record, as its reader sees it.

    :param record: an account or a lead
    """

    def __init__(self, record):
        self.record = record
        self.env = record.env

    @cached_property
    def _moves(self):
        """The newest first."""
        column = "lead_id" if self.record._name == "crm.lead" else "partner_id"
        return self.env["crm.territory.move"].search(
            [(column, "=", self.record.id), ("is_dry", "=", False)], order="id desc"
        )

    def _arrival(self, territory):
        """The move that brought the record into the territory; empty if it was made
        there.
        """
        for move in self._moves.sudo():
            if (
                territory
                in move.set_after_id.territory_ids - move.set_before_id.territory_ids
            ):
                return move
        return self._moves.sudo().browse()

    def since(self, territory):
        """Since when, and by what, in a sentence."""
        env, move = self.env, self._arrival(territory)
        if not move:
            made = format_datetime(env, self.record.create_date, dt_format="short")
            return env._("Since it was made, %s.", made)
        words = {"date": format_datetime(env, move.date, dt_format="short")}
        if move.run_id:
            words["run"] = move.run_id.name
            return env._("Since %(date)s, by “%(run)s”.", **words)
        words["user"] = move.user_id.name or ""
        return env._("Since %(date)s, by a change of %(user)s.", **words)

    def why(self, territory):
        """Why it came into the territory, as the journal tells it; empty if not."""
        move = self._arrival(territory)
        words = reasons.words_of(self.env, move.reasons or {}, territory.id)
        return self.env._("It came there because: %s.", words) if words else ""
