# What a run did until now is one batch that is done.
DONE = """
    INSERT INTO crm_territory_run_batch
           (run_id, phase, is_done, after_id, last_id, seen_count, judged_count,
            changed_count, unassigned_count)
    SELECT id, 'res.partner', TRUE, 0, 0, seen_count, judged_count, changed_count,
           unassigned_count
      FROM crm_territory_run
     WHERE state <> 'draft'
     ORDER BY id
"""
# What one has left that can go on is a batch of each phase, from where it was.
LEFT = """
    INSERT INTO crm_territory_run_batch
           (run_id, phase, is_done, after_id, last_id, seen_count, judged_count,
            changed_count, unassigned_count)
    SELECT run.id, phase.name, FALSE,
           CASE WHEN phase.name = run.phase THEN COALESCE(run.last_id, 0) ELSE 0 END,
           0, 0, 0, 0, 0
      FROM crm_territory_run AS run
      JOIN (VALUES (1, 'res.partner'), (2, 'crm.lead'), (3, 'owner'))
           AS phase(number, name) ON TRUE
     WHERE run.state IN ('running', 'cancelled', 'failed')
       AND phase.number >= array_position(
           ARRAY['res.partner', 'crm.lead', 'owner']::varchar[], run.phase)
     ORDER BY run.id, phase.number
"""
COLUMNS = (
    "phase",
    "last_id",
    "seen_count",
    "judged_count",
    "changed_count",
    "unchanged_count",
    "unassigned_count",
)


def migrate(cr, version):
    """How far a run is, and its figures, are told by its batches."""
    cr.execute(DONE)
    cr.execute(LEFT)
    for column in COLUMNS:
        cr.execute(f"ALTER TABLE crm_territory_run DROP COLUMN {column}")
