from odoo import SUPERUSER_ID, api

from odoo.addons.crm_territory.engine.countries import PARTS

# of all codes of the country, which was read as the country without its parts
WHOLE = """
    SELECT area.id FROM crm_territory_area AS area
      JOIN res_country AS country ON country.id = area.country_id
      JOIN crm_territory_area_place AS place ON place.area_id = area.id
     WHERE area.zip_to IS NOT NULL AND country.code = ANY(%s)
       AND place.prefix = country.code
"""


def migrate(cr, version):
    """Ranges of all codes take the overseas parts of the country, as others do."""
    if not version:
        return
    cr.execute(WHOLE, [list(PARTS)])
    env = api.Environment(cr, SUPERUSER_ID, {})
    areas = env["crm.territory.area"].browse(id_ for (id_,) in cr.fetchall())
    areas._fill_places()
    areas.plan_id._bump_version()
