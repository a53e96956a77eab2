from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..runs.scope import Scope
from ..runs.states import ACCOUNTS, LEADS, OWNERS

# a batch is put together of parts of about so many of its records
_PARTS = 50


class CrmTerritoryRunBatch(models.Model):
    """A part of a run that one worker does in one transaction: the records of a phase
    from one id to another.

    The ranges of a phase hold all ids that there are, and will be: what comes into the
    run while it goes on is looked at, too.
    """

    _name = "crm.territory.run.batch"
    _description = "Batch of a Territory Run"
    _inherit = ["crm.territory.guarded.mixin"]
    # in which they are worked: those of a phase are made before those of the next
    _order = "id"
    _log_access = False

    run_id = fields.Many2one("crm.territory.run", required=True, ondelete="cascade")
    phase = fields.Selection(
        [
            (ACCOUNTS, "Accounts"),
            (LEADS, "Leads and Opportunities"),
            (OWNERS, "Salespeople"),
        ],
        required=True,
        readonly=True,
    )
    # SQL, too, reads what follows: none of it is NULL
    is_done = fields.Boolean(readonly=True, default=False)
    after_id = fields.Integer(
        readonly=True, help="The records up to this one are done, or of other batches."
    )
    last_id = fields.Integer(
        readonly=True, help="The records after this one are of other batches; 0: none."
    )
    seen_count = fields.Integer("Looked At", readonly=True, default=0)
    judged_count = fields.Integer("Checked", readonly=True, default=0)
    changed_count = fields.Integer("Changed", readonly=True, default=0)
    unassigned_count = fields.Integer("Without Territory", readonly=True, default=0)

    _run_idx = models.Index("(run_id, id)")

    # -- made

    @api.model
    def _cut(self, run):
        """Make the batches of a run. 1 query for each model.

        :return: how many records there are
        """
        counts = [self._cut_phase(run, name) for name in (ACCOUNTS, LEADS)]
        # one batch: who gets the next lead depends on who got the last one
        self.create({"run_id": run.id, "phase": OWNERS})
        return sum(counts)

    def _cut_phase(self, run, name):
        """Records are counted by parts of their ids: that needs no order of them. As
        many parts as come to a batch at most are one.
        """
        query = Scope(run).query(name)
        width = max(1, run.batch_size // _PARTS)
        parts = self.env.execute_query(
            SQL(
                "SELECT id / %s, count(*) FROM (%s) AS record (id)"
                " GROUP BY 1 ORDER BY 1",
                width,
                query.select(SQL.identifier(query.table, "id")),
            )
        )
        ends, filled = [0], 0
        for part, count in parts:
            if filled + count > run.batch_size:
                ends.append(part * width - 1)
                filled = 0
            filled += count
        self.create(
            [
                {"run_id": run.id, "phase": name, "after_id": after, "last_id": last}
                for after, last in zip(ends, [*ends[1:], 0], strict=True)
            ]
        )
        return sum(count for _part, count in parts)

    # -- taken

    @api.model
    def _claim(self, run):
        """Take the next batch that no other worker has, until the transaction ends.
        1 query. That another one did it since this transaction began is a
        serialization failure.

        :return: (phase, batch): no batch if others have all that are left of the phase;
            no phase if nothing is left, or the run does not go on
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT present.phase, claimed.id
                  FROM (SELECT batch.phase
                          FROM crm_territory_run_batch AS batch
                          JOIN crm_territory_run AS run ON run.id = batch.run_id
                         WHERE run.id = %(run_id)s AND run.state = 'running'
                           AND batch.is_done IS NOT TRUE
                         ORDER BY batch.id LIMIT 1) AS present
                  LEFT JOIN LATERAL (
                       SELECT batch.id
                         FROM crm_territory_run_batch AS batch
                        WHERE batch.run_id = %(run_id)s
                          AND batch.phase = present.phase
                          AND batch.is_done IS NOT TRUE
                        ORDER BY batch.id LIMIT 1
                          FOR NO KEY UPDATE SKIP LOCKED) AS claimed ON TRUE
                """,
                run_id=run.id,
            )
        )
        phase, batch_id = rows[0] if rows else (None, None)
        batch = self.browse(batch_id or ())
        batch.invalidate_recordset(flush=False)
        return phase, batch

    def _range(self):
        """The domain of the records that are left."""
        self.ensure_one()
        domain = Domain("id", ">", self.after_id)
        return domain & Domain("id", "<=", self.last_id) if self.last_id else domain
