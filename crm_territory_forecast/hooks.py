from odoo.tools import SQL

from odoo.addons.crm_territory.hooks import forget_fields

# Odoo's stages: the won ones; of the open ones, the last two are close to it.
_CATEGORY_OF_STAGES = """
    UPDATE crm_stage SET forecast_category = CASE
        WHEN is_won THEN 'won'
        WHEN id = (SELECT id FROM crm_stage WHERE is_won IS NOT TRUE
                    ORDER BY sequence DESC, name->>'en_US' DESC, id DESC LIMIT 1)
        THEN 'commit'
        WHEN id = (SELECT id FROM crm_stage WHERE is_won IS NOT TRUE
                    ORDER BY sequence DESC, name->>'en_US' DESC, id DESC
                    LIMIT 1 OFFSET 1)
        THEN 'best'
        ELSE 'pipeline'
    END
"""


def pre_init_hook(env):
    """Give stages their categories, and opportunities a column: what it would have,
    ``crm.territory.reading.mixin`` reads later. Odoo's own transaction goes on until
    the last view is there, and nobody could save a lead meanwhile.
    """
    env.cr.execute(
        SQL("ALTER TABLE crm_stage ADD COLUMN IF NOT EXISTS forecast_category varchar")
    )
    env.cr.execute(SQL(_CATEGORY_OF_STAGES))
    env.cr.execute(
        SQL("ALTER TABLE crm_lead ADD COLUMN IF NOT EXISTS forecast_category varchar")
    )
    env.cr.commit()  # pylint: disable=invalid-commit


def post_init_hook(env):
    """Make a first forecast for each company without one."""
    forecasts = env["crm.territory.forecast"]
    # the demonstration brings some of its own
    without = [("id", "not in", forecasts.search([]).company_id.ids)]
    forecasts._make_first(env["res.company"].search(without))


def uninstall_hook(env):
    """Take away what Odoo does not know of."""
    parameters = env["ir.config_parameter"].sudo()
    parameters.search([("key", "=like", "crm_territory_forecast.%")]).unlink()
    forget_fields(env, "crm_territory_forecast")
