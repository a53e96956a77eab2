"""The records of a simulation, summed up by where they are and where they would be."""

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ..matching.access import CUSTOMER_DOCUMENTS

WON_MONTHS = 12
# What tells combinations from each other, in the order in which they are read.
_KEYS = """
    kind, company_id, user_id, user_after_id, set_before_id, set_after_id,
    territory_before_id, territory_after_id, reader_ids
"""
# The territory that a set, or a record, is in, whatever plan it is of: a copy in next
# year's plan is the same one.
_LINEAGE = "COALESCE(NULLIF(territory.lineage, 0), -territory.id)"


def write(scope):
    """Sum up the records of a simulation: 1 statement.

    An account or lead is where the simulation would have it, else where it is. A won
    opportunity stays where it closed when the plan changes; here it goes with its
    account if it is credited as that is, for it tells what the territory would have to
    live up to.
    """
    run, env = scope.run, scope.env
    for name in ("res.partner", "crm.lead", "crm.territory.move", "crm.territory"):
        env[name].flush_model()
    in_scope, line_ids = _in_scope(scope)
    env.cr.execute(
        SQL(
            """
            WITH place AS (
                SELECT territory.id, %(lineage)s AS lineage
                  FROM crm_territory AS territory
            ), content AS (
                SELECT link.set_id, array_agg(place.lineage ORDER BY place.lineage)
                       AS lineages
                  FROM crm_territory_set_rel AS link
                  JOIN place ON place.id = link.territory_id
                 GROUP BY link.set_id
            ), account AS MATERIALIZED (%(accounts)s
            ), combination AS (
                SELECT %(keys)s,
                       count(*) FILTER (WHERE is_judged) AS record_count,
                       count(*) FILTER (WHERE is_account) AS account_count,
                       count(*) FILTER (WHERE is_open) AS open_count,
                       count(*) FILTER (WHERE is_guarded) AS access_count,
                       COALESCE(sum(open_amount), 0) AS open_amount,
                       COALESCE(sum(won_amount), 0) AS won_amount
                  FROM (SELECT kind, company_id, user_id, user_after_id,
                               CASE WHEN %(moves)s THEN set_before_id END
                               AS set_before_id,
                               CASE WHEN %(moves)s THEN set_after_id END
                               AS set_after_id,
                               territory_before_id, territory_after_id,
                               CASE WHEN %(moves)s THEN reader_ids END AS reader_ids,
                               is_judged, is_account, is_open,
                               is_guarded AND %(moves)s AS is_guarded,
                               open_amount, won_amount
                          FROM (SELECT 'account' AS kind, company_id, user_id,
                                       NULL::int4 AS user_after_id, set_before_id,
                                       set_after_id, territory_before_id,
                                       territory_after_id, reader_ids,
                                       TRUE AS is_judged, is_account,
                                       FALSE AS is_open, is_guarded,
                                       NULL::numeric AS open_amount,
                                       NULL::numeric AS won_amount
                                  FROM account
                                 UNION ALL %(leads)s
                                 UNION ALL %(won)s) AS record
                         WHERE %(in_scope)s) AS record
                 GROUP BY %(keys)s
            )
            INSERT INTO crm_territory_comparison
                   (run_id, currency_id, %(keys)s, record_count, account_count,
                    open_count, access_count, open_amount, won_amount, outcome)
            SELECT %(run_id)s, %(currency_id)s, %(columns)s, record_count,
                   account_count, open_count, access_count, open_amount, won_amount,
                   CASE WHEN before.lineages IS NOT DISTINCT FROM after.lineages
                             AND credited_before.lineage
                                 IS NOT DISTINCT FROM credited_after.lineage
                        THEN 'unchanged'
                        WHEN combination.kind = 'won' THEN 'moved'
                        WHEN set_after_id IS NULL THEN 'unassigned'
                        WHEN set_before_id IS NULL
                             OR after.lineages @> before.lineages
                                AND after.lineages <> before.lineages THEN 'gained'
                        WHEN before.lineages @> after.lineages
                             AND after.lineages <> before.lineages THEN 'lost'
                        ELSE 'moved' END
              FROM combination
              LEFT JOIN content AS before ON before.set_id = set_before_id
              LEFT JOIN content AS after ON after.set_id = set_after_id
              LEFT JOIN place AS credited_before
                     ON credited_before.id = territory_before_id
              LEFT JOIN place AS credited_after
                     ON credited_after.id = territory_after_id
            """,
            lineage=SQL(_LINEAGE),
            accounts=_accounts(scope),
            leads=_leads(scope),
            won=_won(scope, line_ids),
            in_scope=in_scope,
            moves=_moves(run),
            keys=SQL(_KEYS),
            columns=SQL(_KEYS),
            run_id=run.id,
            currency_id=run.currency_id.id,
        )
    )


def _in_scope(scope):
    """Of a simulation of one territory: the records that are in its line, or would be.

    :return: SQL on records, and the ids of the line; None: all
    """
    if scope.line is None:
        return SQL("TRUE"), None
    set_ids = scope.set_ids_of_line()
    condition = SQL(
        "(kind = 'won' OR set_before_id = ANY(%s) OR set_after_id = ANY(%s))",
        set_ids,
        set_ids,
    )
    return condition, scope.line.ids


def _moves(run):
    """Whether a simulation tells of a record in which territories it is: SQL on
    records. What stays where it is, with whom it is, is told by the credited territory
    alone, as many times fewer rows are written then, each with its foreign keys. Where
    another plan would judge, what stays may be seen by others.
    """
    if run._judging_plans() != run.env["crm.territory.plan"]._active_plans():
        return SQL("TRUE")
    return SQL(
        "(user_after_id IS NOT NULL OR (set_before_id, territory_before_id)"
        " IS DISTINCT FROM (set_after_id, territory_after_id))"
    )


# The state of a record before and after: as its move says, else as it is
_STATES = """
    CASE WHEN move.id IS NULL THEN record.territory_set_id
         ELSE move.set_before_id END AS set_before_id,
    CASE WHEN move.id IS NULL THEN record.territory_set_id
         ELSE move.set_after_id END AS set_after_id,
    CASE WHEN move.id IS NULL THEN record.territory_id
         ELSE move.territory_before_id END AS territory_before_id,
    CASE WHEN move.id IS NULL THEN record.territory_id
         ELSE move.territory_after_id END AS territory_after_id
"""


def accounts_are_guarded(env):
    """Whether territories limit which accounts salespeople see."""
    parameters = env["ir.config_parameter"].sudo()
    return parameters.get_param("crm_territory.account_visibility") == "territory"


def _accounts(scope):
    """The accounts of the run, with who sees them beside the line of a territory."""
    run = scope.run
    guarded, readers, join = SQL("FALSE"), SQL("NULL::text"), SQL()
    if accounts_are_guarded(run.env):
        guarded = SQL(
            """
            (record.active AND record.partner_share AND record.id NOT IN (
                SELECT partner_id FROM res_company
                 UNION
                SELECT partner_id FROM res_users WHERE NOT share AND NOT active))
            """
        )
        readers = SQL("reader.ids")
        join = SQL(
            "LEFT JOIN (%s) AS reader ON reader.account_id = record.id", _readers(run)
        )
    return SQL(
        """
        SELECT record.id, record.company_id, record.user_id, %(states)s,
               record.active
               AND (record.territory_set_id IS NOT NULL OR move.set_after_id IS NOT NULL
                    OR record.partner_share
                    AND record.id NOT IN (SELECT partner_id FROM res_company))
               AS is_account,
               %(guarded)s AS is_guarded, %(readers)s AS reader_ids
          FROM (%(records)s) AS record
          LEFT JOIN crm_territory_move AS move
                 ON move.partner_id = record.id AND move.run_id = %(run_id)s
          %(join)s
        """,
        states=SQL(_STATES),
        guarded=guarded,
        readers=readers,
        join=join,
        run_id=run.id,
        records=_covered(scope, "res.partner", "active", "partner_share"),
    )


def _readers(run):
    """Who owns documents of an account: rows (account, ids of users as text)."""
    documents = SQL(" UNION ALL ").join(
        SQL(
            "SELECT partner_id, user_id FROM %s WHERE user_id IS NOT NULL",
            SQL.identifier(run.env[name]._table),
        )
        for name in CUSTOMER_DOCUMENTS
        if name in run.env
    )
    return SQL(
        """
        SELECT contact.commercial_partner_id AS account_id,
               array_agg(DISTINCT document.user_id ORDER BY document.user_id)::text
               AS ids
          FROM (%s) AS document
          JOIN res_partner AS contact ON contact.id = document.partner_id
         GROUP BY contact.commercial_partner_id
        """,
        documents,
    )


def _leads(scope):
    """The leads and opportunities of the run."""
    run = scope.run
    is_open = SQL("(record.active AND record.won_status = 'pending')")
    return SQL(
        """
        SELECT record.type, record.company_id, record.user_id,
               CASE WHEN move.salesperson_after_id IS DISTINCT FROM record.user_id
                    THEN move.salesperson_after_id END,
               %(states)s, NULL::text, TRUE, FALSE, %(is_open)s, %(is_open)s,
               CASE WHEN %(is_open)s AND record.type = 'opportunity'
                    THEN record.expected_revenue * rate.rate END,
               NULL::numeric
          FROM (%(records)s) AS record
          LEFT JOIN crm_territory_move AS move
                 ON move.lead_id = record.id AND move.run_id = %(run_id)s
          JOIN (%(rates)s) AS rate
            ON rate.company_id = COALESCE(record.company_id, 0)
        """,
        states=SQL(_STATES),
        is_open=is_open,
        run_id=run.id,
        rates=_rates(run),
        records=_covered(
            scope, "crm.lead", "active", "type", "won_status", "expected_revenue"
        ),
    )


def _won(scope, line_ids):
    """The opportunities that were won in the months before the simulation."""
    run, leads = scope.run, scope.model("crm.lead")
    since = fields.Datetime.subtract(run.date_start, months=WON_MONTHS)
    domain = Domain("won_status", "=", "won") & Domain("type", "=", "opportunity")
    domain &= Domain("date_closed", ">=", since)
    domain &= run.plan_id._cover_domain("crm.lead")
    in_scope = SQL("TRUE")
    if run.scope in ("filter", "selection"):
        in_scope = SQL("account.id IS NOT NULL")
    elif line_ids is not None:
        in_scope = SQL(
            "(record.territory_id = ANY(%s) OR account.territory_after_id = ANY(%s))",
            line_ids,
            line_ids,
        )
    return SQL(
        """
        SELECT 'won', record.company_id, record.user_id, NULL::int4, NULL::int4,
               NULL::int4, record.territory_id,
               CASE WHEN move.id IS NOT NULL THEN move.territory_after_id
                    WHEN account.id IS NOT NULL AND closed_in.lineage
                         IS NOT DISTINCT FROM account_in.lineage
                    THEN account.territory_after_id
                    ELSE record.territory_id END,
               NULL::text, FALSE, FALSE, FALSE, FALSE, NULL::numeric,
               record.expected_revenue * rate.rate
          FROM (%(records)s) AS record
          LEFT JOIN crm_territory_move AS move
                 ON move.lead_id = record.id AND move.run_id = %(run_id)s
          LEFT JOIN res_partner AS contact ON contact.id = record.partner_id
          LEFT JOIN account ON account.id = contact.commercial_partner_id
          LEFT JOIN place AS closed_in ON closed_in.id = record.territory_id
          LEFT JOIN place AS account_in ON account_in.id = account.territory_before_id
          JOIN (%(rates)s) AS rate
            ON rate.company_id = COALESCE(record.company_id, 0)
         WHERE %(in_scope)s
        """,
        run_id=run.id,
        rates=_rates(run),
        records=_columns(leads._search(domain), "partner_id", "expected_revenue"),
        in_scope=in_scope,
    )


def _covered(scope, name, *names):
    """The records that the run looks at, with some of their columns."""
    return _columns(scope.query(name), *names)


def _columns(query, *names):
    names = ("id", "company_id", "user_id", "territory_set_id", "territory_id", *names)
    return query.select(*(SQL.identifier(query.table, name) for name in names))


def _rates(run):
    """What an amount of each company, and of none, is in the currency of the run."""
    companies = run.env["res.company"].with_context(active_test=False).search([])
    currency, day = run.currency_id, fields.Date.to_date(run.date_start)
    rates = [
        company.currency_id._get_conversion_rate(
            company.currency_id, currency, company, day
        )
        for company in companies
    ]
    return SQL(
        "SELECT * FROM unnest(%s::int4[], %s::numeric[]) AS rate(company_id, rate)",
        [*companies.ids, 0],
        [*rates, 1],
    )
