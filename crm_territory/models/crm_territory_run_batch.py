from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Accounts first: leads take over the territories of their accounts, and salespeople
# those of the leads. A phase begins when all batches of the one before are done.
ACCOUNTS, LEADS, OWNERS = "res.partner", "crm.lead", "owner"


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
    is_done = fields.Boolean(readonly=True)
    after_id = fields.Integer(
        readonly=True, help="The records up to this one are done, or of other batches."
    )
    last_id = fields.Integer(
        readonly=True, help="The records after this one are of other batches; 0: none."
    )
    seen_count = fields.Integer("Looked At", readonly=True)
    judged_count = fields.Integer("Checked", readonly=True)
    changed_count = fields.Integer("Changed", readonly=True)
    unassigned_count = fields.Integer("Without Territory", readonly=True)

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
        query = run._model(name)._search(run._domain(name))
        record_id = SQL.identifier(query.table, "id")
        [(count,)] = self.env.execute_query(
            SQL(
                """
                WITH numbered AS (%(numbered)s),
                cut AS (
                    SELECT number, max(id) AS last_id, count(*) AS records
                      FROM numbered GROUP BY number
                     UNION ALL SELECT 0, 0, 0 WHERE NOT EXISTS (SELECT FROM numbered)
                ), made AS (
                    INSERT INTO crm_territory_run_batch
                           (run_id, phase, is_done, after_id, last_id, seen_count,
                            judged_count, changed_count, unassigned_count)
                    SELECT %(run_id)s, %(phase)s, FALSE,
                           COALESCE(lag(last_id) OVER in_order, 0),
                           CASE WHEN lead(number) OVER in_order IS NULL THEN 0
                                ELSE last_id END,
                           0, 0, 0, 0
                      FROM cut WINDOW in_order AS (ORDER BY number)
                     ORDER BY number
                )
                SELECT sum(records)::int4 FROM cut
                """,
                numbered=query.select(
                    SQL("%s AS id", record_id),
                    SQL(
                        "(row_number() OVER (ORDER BY %s) - 1) / %s AS number",
                        record_id,
                        run.batch_size,
                    ),
                ),
                run_id=run.id,
                phase=name,
            )
        )
        self.invalidate_model(flush=False)
        run.invalidate_recordset(["batch_ids"], flush=False)
        return count

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
