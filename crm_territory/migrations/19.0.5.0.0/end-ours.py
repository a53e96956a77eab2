"""Own companies and colleagues leave the territories that they are in."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    partners = env["res.partner"]
    colleagues = partners.search(
        [("partner_share", "=", False), ("territory_set_id", "!=", False)]
    )
    (colleagues | env["res.company"].search([]).partner_id)._judge_later()
    env.flush_all()
