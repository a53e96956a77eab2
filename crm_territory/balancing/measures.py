"""What each account weighs by a measure, of what the user sees."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from .formula import formula_sql

ACCOUNTS, POTENTIAL = "accounts", "potential"
PIPELINE, WON, WORKLOAD = "pipeline", "won", "workload"


def weigh(env, measure, formula=None):
    """{account id: number}. One query.

    :param measure: ACCOUNTS, POTENTIAL (by the formula), PIPELINE (expected revenue of
        open opportunities), WON (of those won in twelve months) or WORKLOAD (how many
        leads and opportunities are open); amounts in the currency of the company, by
        the rates of today
    """
    if measure in (ACCOUNTS, POTENTIAL):
        return _of_accounts(env, formula if measure == POTENTIAL else "1")
    leads = env["crm.lead"].with_context(active_test=False)
    is_open = Domain("won_status", "=", "pending") & Domain("active", "=", True)
    opportunity = Domain("type", "=", "opportunity")
    year_ago = fields.Datetime.now() - relativedelta(years=1)
    domain = {
        WORKLOAD: is_open,
        PIPELINE: is_open & opportunity,
        WON: Domain("won_status", "=", "won") & Domain("date_closed", ">=", year_ago),
    }[measure]
    query = leads._search(domain & Domain("partner_id", "!=", False))
    rows = env.execute_query(
        SQL(
            """
            SELECT contact.commercial_partner_id, lead.company_id,
                   COUNT(*), SUM(lead.expected_revenue)
              FROM crm_lead AS lead
              JOIN res_partner AS contact ON contact.id = lead.partner_id
             WHERE lead.id IN %s
             GROUP BY contact.commercial_partner_id, lead.company_id
            """,
            query.subselect(),
        )
    )
    factors = _factors(env, {company_id for _account, company_id, *_sums in rows})
    weights = {}
    for account_id, company_id, count, amount in rows:
        weight = count
        if measure != WORKLOAD:
            weight = float(amount or 0) * factors[company_id]
        weights[account_id] = weights.get(account_id, 0) + max(0, weight)
    return weights


def _of_accounts(env, formula):
    partners = env["res.partner"]
    expression = formula_sql(partners, formula, "res_partner")
    query = partners._search(partners._account_domain())
    rows = env.execute_query(
        query.select(SQL.identifier("res_partner", "id"), expression)
    )
    return {account_id: max(0.0, value or 0.0) for account_id, value in rows}


def _factors(env, company_ids):
    """{company id: what one unit of its currency is in that of the user's company}"""
    to = env.company.currency_id
    return {
        id_: to._get_conversion_rate(
            env["res.company"].browse(id_).sudo().currency_id if id_ else to, to
        )
        for id_ in company_ids
    }
