from odoo.tools import SQL


def uninstall_hook(env):
    """Take away what Odoo does not know of."""
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS crm_territory_no_cycle CASCADE"))
    env.registry.clear_cache("stable")
