from odoo import api, models

from ..plans.outstanding import catch_up
from ..plans.upkeep import Upkeep


class CrmTerritoryPlan(models.Model):
    """What scheduled jobs do for plans: what the days change, and catching up."""

    _inherit = "crm.territory.plan"

    @api.model
    def _check_rules_soon(self):
        self.env.ref("crm_territory.crm_territory_upkeep_cron")._trigger()

    @api.model
    def _cron_upkeep(self):
        """Every hour, and just after midnight in the zones of the plans."""
        Upkeep(self.env).run()

    @api.model
    def _cron_catch_up(self):
        catch_up(self.env)
