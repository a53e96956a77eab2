"""Won opportunities keep who won them, with or without forecasts.

Where the addon of forecasts is installed, the column may be there already.
"""

HAS_COLUMN = """
    SELECT FROM information_schema.columns
     WHERE table_name = 'crm_lead' AND column_name = 'won_user_id'
"""


def migrate(cr, version):
    if not version:
        return
    cr.execute(HAS_COLUMN)
    if cr.rowcount:
        return
    # by SQL: the ORM would compute a million opportunities one by one
    cr.execute("ALTER TABLE crm_lead ADD COLUMN won_user_id int4")
    cr.execute(
        "UPDATE crm_lead SET won_user_id = user_id"
        " WHERE won_status = 'won' AND user_id IS NOT NULL"
    )
