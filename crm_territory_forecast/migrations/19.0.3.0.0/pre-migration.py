"""Won opportunities keep the salesperson who won them.

Before, the salesperson of today was told. Who it was when they were won, the weekly
snapshots know; of what was won before these began, it is that of today.
"""

# By SQL: the ORM would compute a million opportunities one by one.
_WON_BY = """
    UPDATE crm_lead AS lead
       SET won_user_id = COALESCE((
               SELECT line.user_id
                 FROM crm_territory_forecast_snapshot_line AS line
                WHERE line.lead_id = lead.id AND line.snapshot_id IS NULL
                  AND line.category = 'won' AND line.valid_from > lead.date_closed
                ORDER BY line.valid_from LIMIT 1
           ), lead.user_id)
     WHERE lead.won_status = 'won'
"""


def migrate(cr, version):
    if not version:
        return
    cr.execute("ALTER TABLE crm_lead ADD COLUMN IF NOT EXISTS won_user_id int4")
    cr.execute(_WON_BY)
