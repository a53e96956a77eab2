from odoo.tools.sql import table_exists

# Places know what matching reads of them: filled by SQL, else the ORM would compute it
# line by line.
COLUMNS = """
    ALTER TABLE crm_territory_area_place
      ADD COLUMN territory_id int4, ADD COLUMN plan_id int4, ADD COLUMN kind int4
"""
VALUES = """
    UPDATE crm_territory_area_place AS place
       SET territory_id = area.territory_id, plan_id = area.plan_id,
           kind = length(place.prefix) * 4
                  + CASE WHEN place.state_id IS NULL THEN 0 ELSE 2 END
                  + CASE WHEN place.city IS NULL THEN 0 ELSE 1 END
      FROM crm_territory_area AS area
     WHERE area.id = place.area_id
"""


def migrate(cr, version):
    if not table_exists(cr, "crm_territory_area_place"):
        return  # of before there were places: these are made later
    cr.execute(COLUMNS)
    cr.execute(VALUES)
    cr.execute("DROP INDEX IF EXISTS crm_territory_area_place_prefix_idx")
