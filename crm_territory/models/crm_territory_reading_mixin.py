import time

from odoo import api, models
from odoo.tools import SQL

from ..matching.place_codes import is_unread, read_addresses
from ..transactions import CONFLICTS, TURN, commit, roll_back

_AT_ONCE = 5000  # records: who edits one of them waits for no more


class CrmTerritoryReadingMixin(models.AbstractModel):
    """Gives records that are older than the addon what its columns hold of others: in
    batches, after the installation. Who needs it before reads it himself.
    """

    _name = "crm.territory.reading.mixin"
    _description = "May Be Older than Territories"

    @api.model
    def _unread(self):
        """The SQL of whether something of a record, of alias r, is unread (hook)."""
        return is_unread("r")

    @api.model
    def _read_rest(self, ids):
        """Read what is to be read of the records (hook)."""
        read_addresses(self.env, self._name, SQL("r.id = ANY(%s)", ids))

    @api.model
    def _read_next(self, after_id):
        """Read the next records that nobody else is writing.

        :return: the last of their ids; None: no more are left
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r.id FROM %s AS r WHERE r.id > %s AND (%s)
                 ORDER BY r.id LIMIT %s FOR NO KEY UPDATE OF r SKIP LOCKED
                """,
                SQL.identifier(self._table),
                after_id,
                self._unread(),
                _AT_ONCE,
            )
        )
        ids = [id_ for (id_,) in rows]
        if ids:
            self._read_rest(ids)
        return ids[-1] if ids else None

    @api.model
    def _read_until(self, end):
        """Read one batch after the other, each in a transaction of its own.

        :param end: when to leave off, by ``time.monotonic``
        :return: whether some may be left
        """
        found, last_id = False, 0
        while last_id is not None:
            try:
                last_id = self._read_next(last_id)
                commit(self.env)
            except CONFLICTS:
                roll_back(self.env)
            found |= bool(last_id)
            if time.monotonic() >= end:
                return True
        return found


class CrmTerritoryPlan(models.Model):
    _inherit = "crm.territory.plan"

    @api.model
    def _cron_read(self):
        """A turn of the scheduled job that reads records older than the addon."""
        end = time.monotonic() + TURN
        names = ("res.partner", "crm.lead")
        if any([self.env[name]._read_until(end) for name in names]):
            self.env.ref("crm_territory.crm_territory_reading_cron")._trigger()
