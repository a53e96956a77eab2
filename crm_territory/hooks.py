from odoo.tools import SQL


def uninstall_hook(env):
    """Take away what Odoo does not know of."""
    # Odoo drops our columns one by one, and changes records of its own meanwhile
    env.registry.crm_territory_is_leaving = True
    env.registry.clear_cache("stable")
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS crm_territory_no_cycle CASCADE"))
    parameters = env["ir.config_parameter"].sudo()
    parameters.search([("key", "=like", "crm_territory.%")]).unlink()
