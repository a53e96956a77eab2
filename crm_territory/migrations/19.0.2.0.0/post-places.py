from odoo import SUPERUSER_ID, api

from odoo.addons.crm_territory.engine import places

# lines of a territory that say the same: one is enough, all others are refused now
DELETE_TWINS = """
    DELETE FROM crm_territory_area AS area
     USING crm_territory_area AS twin
     WHERE twin.territory_id = area.territory_id AND twin.place = area.place
       AND twin.id < area.id
"""


def migrate(cr, version):
    """Areas become places. Lists and ranges that were stored as one text are read now;
    what is not understood is kept and listed on its plan.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    areas = env["crm.territory.area"].with_context(active_test=False).search([])
    # the higher end alone was the beginning of codes
    for area in areas.filtered(lambda a: a.zip_to and not a.zip_from):
        cr.execute(
            "UPDATE crm_territory_area SET zip_from = zip_to, zip_to = NULL"
            " WHERE id = %s",
            [area.id],
        )
    env.invalidate_all()
    env.add_to_compute(areas._fields["place"], areas)
    areas.flush_recordset()
    cr.execute(DELETE_TWINS)
    env.invalidate_all()
    areas = areas.exists()
    for area in areas.filtered(lambda a: not a.is_understood):
        _read_text(area)
    areas._fill_places()
    areas.plan_id._bump_version()


def _read_text(area):
    """Read a list or a range that was stored as one text."""
    codes = (area.zip_from or "", area.zip_to or "")
    try:
        found = places.parse(area.country_id.code or "", *codes)
    except places.NotUnderstood:
        return
    known = set(area.territory_id.area_ids.mapped("place"))
    first, *others = found
    area.write({"zip_from": first[0], "zip_to": first[1] or False})
    for low, high in others:
        values = {"zip_from": low, "zip_to": high or False}
        if area.new({**area.copy_data()[0], **values}).place not in known:
            area.copy(values)
