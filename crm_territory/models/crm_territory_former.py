from odoo import api, models
from odoo.tools import SQL

from ..plans.giving_way import GivingWay


class CrmTerritory(models.Model):
    """Territories of former plans, and what they are in the plan in use."""

    _inherit = "crm.territory"

    @api.model
    def _found_again(self):
        """Where the territories of former plans are found again in the one that is in
        use in their place (see ``GivingWay.is_in_use_sql``), and those of a plan that
        is being introduced: by their lineage. 1 query, and 1 for each company that has
        a plan of its own where all shared one before.

        :return: list of (id, id of a company, id in the plan in use); of records of
            that company, or of all where it is None
        """
        plans = self.env["crm.territory.plan"].sudo()
        self.flush_model(["active", "lineage", "plan_id"])
        plans.flush_model(["company_id", "state"])
        giving_way = GivingWay(self.env)
        twins = self.env.execute_query(
            SQL(
                """
                SELECT old.id, former.company_id, plan.id, plan.company_id, new.id
                  FROM crm_territory AS old
                  JOIN crm_territory_plan AS former
                    ON former.id = old.plan_id AND former.state <> 'draft'
                   AND NOT %(is_former_in_use)s
                  JOIN crm_territory AS new
                    ON new.lineage = old.lineage AND new.active
                  JOIN crm_territory_plan AS plan
                    ON plan.id = new.plan_id AND %(is_in_use)s
                   AND (former.company_id IS NULL OR plan.company_id IS NULL
                        OR plan.company_id = former.company_id)
                 WHERE old.lineage <> 0
                 ORDER BY old.id, plan.id
                """,
                is_former_in_use=giving_way.is_in_use_sql("former"),
                is_in_use=giving_way.is_in_use_sql("plan"),
            )
        )
        found, covered = [], {}
        for old_id, former_company_id, plan_id, company_id, new_id in twins:
            if former_company_id or not company_id:
                found.append((old_id, None, new_id))
                continue
            if plan_id not in covered:
                covered[plan_id] = sorted(plans.browse(plan_id)._covers() or ())
            found += [(old_id, each, new_id) for each in covered[plan_id]]
        return found
