"""The CTEs that the queries of a match have in common."""

from odoo.tools import SQL

# PostgreSQL guesses that an equality within a row holds for 1 of 200, and then joins
# with loops; of a CASE it guesses that it holds for 1 of 2 (decision 0009)
_IS_ACCOUNT = SQL("CASE WHEN r.commercial_partner_id = r.id THEN TRUE END")
# colleagues and companies of ours, which no criteria take (design 3.17)
_IS_OURS = SQL(
    "(r.partner_share IS FALSE OR r.id IN (SELECT partner_id FROM res_company))"
)
# the CTE signature (id, codes) of the CTE hit (id, code)
SIGNATURE = SQL(
    "signature AS (SELECT id, array_agg(code)::text AS codes FROM hit GROUP BY id)"
)


def accounts_frame(where, columns):
    """The CTE record."""
    return SQL(
        """
        record AS MATERIALIZED (
            SELECT r.id%s, %s AS is_ours FROM res_partner AS r
             WHERE %s AND %s
        )
        """,
        _select(columns, "r"),
        _IS_OURS,
        _IS_ACCOUNT,
        where,
    )


def leads_frame(
    where, lead_columns, account_columns, lock=False, table=None, has_accounts=True
):
    """The leads, their accounts, and the leads whose own address counts.

    :param SQL table: in place of that of leads, with alias r
    :param bool has_accounts: whether some of the leads have an account: PostgreSQL
        plans for longer than it looks for one
    """
    columns = {
        "lead_columns": _select({"country_id"} | lead_columns, "r"),
        "table": table or SQL("crm_lead AS r"),
        "where": where,
    }
    account_columns = {"country_id"} | account_columns
    if not has_accounts:
        return SQL(
            """
            record AS MATERIALIZED (
                SELECT r.id, NULL::int4 AS account_id%(lead_columns)s
                  FROM %(table)s WHERE %(where)s
            ), account AS (
                SELECT (NULL::res_partner).id%(account_columns)s WHERE FALSE
            ), placed AS (
                SELECT * FROM record
            )
            """,
            account_columns=SQL().join(
                SQL(", (NULL::res_partner).%s", SQL.identifier(name))
                for name in sorted(account_columns - {"id"})
            ),
            **columns,
        )
    # OFFSET 0 lets each contact be looked up: with the guess of PostgreSQL that all
    # have to be read, a run would read all for each batch
    return SQL(
        """
        record AS MATERIALIZED (
            SELECT r.id, contact.account_id%(lead_columns)s
              FROM %(table)s
              LEFT JOIN LATERAL (
                   SELECT p.commercial_partner_id AS account_id
                     FROM res_partner AS p WHERE p.id = r.partner_id OFFSET 0
                   ) AS contact ON TRUE
             WHERE %(where)s
        ), account AS MATERIALIZED (
            SELECT a.id%(account_columns)s FROM res_partner AS a
             WHERE a.id IN (SELECT account_id FROM record) %(lock)s
        ), placed AS MATERIALIZED (
            SELECT record.*
              FROM record LEFT JOIN account ON account.id = record.account_id
             WHERE account.country_id IS NULL
        )
        """,
        account_columns=_select(account_columns, "a"),
        lock=SQL("FOR SHARE") if lock else SQL(),
        **columns,
    )


def lending(rules, columns):
    """The accounts without country. Their leads' own addresses stand in for theirs:
    all rules for accounts count then, not only those above rules for leads.
    """
    if not rules.rule_ids:
        return SQL()
    return SQL(
        """
        , lending AS MATERIALIZED (
            SELECT a.id%s FROM res_partner AS a
             WHERE a.id IN (SELECT id FROM account WHERE country_id IS NULL)
        )
        """,
        _select(columns, "a"),
    )


def codes_of_leads(found):
    """What the accounts of the records meet: the codes are the records'.

    :return: list of no piece, or one
    """
    if not found:
        return []
    return [
        SQL(
            """
            SELECT record.id, account_hit.code
              FROM record JOIN (%s) AS account_hit (id, code)
                ON account_hit.id = record.account_id
            """,
            SQL(" UNION ALL ").join(found),
        )
    ]


def _select(names, alias):
    return SQL().join(
        SQL(", %s", SQL.identifier(alias, name)) for name in sorted(names - {"id"})
    )
