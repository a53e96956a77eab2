"""What the criteria of plans have not been applied to yet."""

from odoo.fields import Domain
from odoo.tools import SQL

from ..transactions import commit


def count_outdated(plan):
    """The records in the scope of a plan that its version has not judged."""
    env = plan.env
    env["crm.territory.judgement"].flush_model()
    count = 0
    for model_name in ("res.partner", "crm.lead"):
        model = env[model_name].sudo().with_context(active_test=False)
        domain = plan._cover_domain(model_name)
        domain &= Domain("territory_is_locked", "!=", True)
        if model_name == "crm.lead":
            domain &= model._open_domain()
        query = model._search(domain)
        query.add_where(
            SQL(
                """
                NOT EXISTS (SELECT FROM crm_territory_judgement AS judged
                             WHERE judged.plan_id = %s AND judged.version = %s
                               AND judged.res_model = %s AND judged.res_id = %s)
                """,
                plan.id,
                plan.version,
                model_name,
                SQL.identifier(model._table, "id"),
            )
        )
        count += env.execute_query(query.select(SQL("count(*)")))[0][0]
    return count


def catch_up(env):
    """Run what is outstanding, for plans whose admin wants so.

    :param env: of the scheduled job
    """
    runs = env["crm.territory.run"]
    plans = env["crm.territory.plan"]._active_plans()
    for plan in plans.filtered(lambda plan: plan.catch_up and plan.is_to_be_run):
        if not plan.run_ids.filtered(lambda run: run.state == "running"):
            run = runs.create({"plan_id": plan.id})
            run._start()
            run._work_soon()
            # the run itself outlives a first batch that fails
            commit(env)
    runs._cron_continue()
