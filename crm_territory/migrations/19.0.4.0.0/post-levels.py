"""A territory that lies higher than a level is told as itself there."""

LEVELS = """
    UPDATE crm_territory
       SET level_2_id = COALESCE(level_2_id, id), level_3_id = COALESCE(level_3_id, id)
     WHERE level_2_id IS NULL OR level_3_id IS NULL
"""


def migrate(cr, version):
    if version:
        cr.execute(LEVELS)
