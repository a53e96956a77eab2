"""Counts the queries of the web client's calls, as a member of two territories.

For ``odoo shell``, in a database with or without the addons; prints them as JSON.
"""

import json

from lxml import etree

from odoo.tests import new_test_user

env = env  # noqa: F821, PLW0127 - given by the shell
GROUPS = "sales_team.group_sale_salesman,base.group_partner_manager"
PARAMETER = "crm_territory.account_visibility"
# The first call fills the caches of a worker.
CALLS = 3
DEALS = 30

claire = new_test_user(env, "claire_opens", GROUPS)
countries = (env.ref("base.de"), env.ref("base.fr"))
if "crm.territory" in env:
    plan = env["crm.territory.plan"].create({"name": "World"})
    europe = env["crm.territory"].create(
        {
            "name": "Europe",
            "plan_id": plan.id,
            "member_ids": [(0, 0, {"user_id": claire.id, "is_manager": True})],
        }
    )
    env["crm.territory"].create(
        [
            {
                "name": country.name,
                "parent_id": europe.id,
                "area_ids": [(0, 0, {"country_id": country.id})],
            }
            for country in countries
        ]
    )
    plan.action_activate()
accounts = env["res.partner"].create(
    [
        {"name": f"Account {n}", "is_company": True, "country_id": countries[n % 2].id}
        for n in range(DEALS)
    ]
)
leads = env["crm.lead"].create(
    [
        {
            "name": f"Deal {n}",
            "type": "opportunity",
            "partner_id": account.id,
            "user_id": claire.id,
        }
        for n, account in enumerate(accounts)
    ]
)
if "crm.territory" in env:
    assert all(lead.territory_ids for lead in leads)
env.flush_all()


def specification(model, view_type):
    """What the client reads for the view."""
    views = model.get_views([(False, view_type)])
    arch = etree.fromstring(views["views"][view_type]["arch"])
    names = {
        node.get("name")
        for node in arch.xpath(
            ".//field[not(ancestor::field)][not(@optional='hide')]"
            "[not(@column_invisible='True' or @column_invisible='1')]"
        )
    }
    return {
        name: {"fields": {"display_name": {}}} if model._fields[name].relational else {}
        for name in names
    }


def queries(function):
    """The queries of a call in a transaction of its own."""
    for _call in range(CALLS):
        env.flush_all()
        env.invalidate_all()
        env.cr.precommit.clear()  # what a transaction remembers
        before = env.cr.sql_log_count
        assert function()
        count = env.cr.sql_log_count - before
    return count


Lead = env["crm.lead"].with_user(claire)
Partner = env["res.partner"].with_user(claire)
kanban = specification(Lead, "kanban")
form = specification(Lead, "form")
customers = specification(Partner, "list")


def open_pipeline():
    return Lead.web_read_group(
        [("type", "=", "opportunity")],
        ["stage_id"],
        ["__count", "expected_revenue:sum"],
        auto_unfold=True,
        unfold_read_specification=kanban,
        unfold_read_default_limit=80,
    )


def open_customers():
    return Partner.web_search_read([], customers, limit=80, count_limit=10_001)


def open_lead():
    return Lead.browse(leads[0].id).web_read(form)


costs = {}
for visibility in ("everyone", "territory"):
    env["ir.config_parameter"].set_param(PARAMETER, visibility)
    costs[visibility] = {
        "pipeline": queries(open_pipeline),
        "customers": queries(open_customers),
        "lead": queries(open_lead),
    }
print("COSTS", json.dumps(costs))
