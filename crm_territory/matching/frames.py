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
    """The leads with the columns of their accounts, see `account_of_record`; their
    accounts; and the leads whose own address counts.

    :param SQL table: in place of that of leads, with alias r
    :param bool has_accounts: whether some of the leads have an account: PostgreSQL
        plans for longer than it looks for one
    """
    names = sorted({"country_id"} | account_columns)
    columns = {
        "lead_columns": _select({"country_id"} | lead_columns, "r"),
        "table": table or SQL("crm_lead AS r"),
        "where": where,
    }
    if not has_accounts:
        return SQL(
            """
            record AS MATERIALIZED (
                SELECT r.id, NULL::int4 AS account_id%(lead_columns)s,
                       %(account_columns)s
                  FROM %(table)s WHERE %(where)s
            ), account AS (
                SELECT %(columns_of_account)s FROM record WHERE FALSE
            ), placed AS (
                SELECT * FROM record
            )
            """,
            account_columns=SQL(", ").join(
                SQL("(NULL::res_partner).%s AS %s", SQL.identifier(name), _own(name))
                for name in names
            ),
            columns_of_account=_columns_of_account(names),
            **columns,
        )
    # OFFSET 0 lets each contact be looked up: with the guess of PostgreSQL that all
    # have to be read, a run would read all for each batch
    return SQL(
        """
        record AS MATERIALIZED (
            SELECT r.id%(lead_columns)s, contact.*
              FROM %(table)s
              LEFT JOIN LATERAL (
                   SELECT a.id AS account_id, %(account_columns)s
                     FROM res_partner AS p
                     JOIN res_partner AS a ON a.id = p.commercial_partner_id
                    WHERE p.id = r.partner_id OFFSET 0
                   ) AS contact ON TRUE
             WHERE %(where)s
        ), account AS MATERIALIZED (
            %(accounts)s
        ), placed AS MATERIALIZED (
            SELECT * FROM record WHERE %(account_country)s IS NULL
        )
        """,
        account_columns=SQL(", ").join(
            SQL("%s AS %s", SQL.identifier("a", name), _own(name)) for name in names
        ),
        account_country=_own("country_id"),
        accounts=_locked_accounts(names) if lock else _accounts_of_records(names),
        **columns,
    )


def _accounts_of_records(names):
    """Each once: what was read with the leads is not read again."""
    return SQL(
        "SELECT DISTINCT %s FROM record WHERE account_id IS NOT NULL",
        _columns_of_account(names),
    )


def _locked_accounts(names):
    return SQL(
        """
        SELECT a.id%s FROM res_partner AS a
         WHERE a.id IN (SELECT account_id FROM record) FOR SHARE
        """,
        _select(names, "a"),
    )


def account_of_record(names, lock=False):
    """Join to the CTE record of leads the account of each, as alias account: SQL.

    :param names: of its columns
    :param bool lock: accounts are locked: PostgreSQL does it only where it is joined
    """
    if lock:
        return SQL("LEFT JOIN account ON account.id = record.account_id")
    return SQL(
        "CROSS JOIN LATERAL (SELECT %s) AS account", _columns_of_account(sorted(names))
    )


def _columns_of_account(names):
    return SQL(", ").join(
        [
            SQL("record.account_id AS id"),
            *(
                SQL("record.%s AS %s", _own(name), SQL.identifier(name))
                for name in names
            ),
        ]
    )


def _own(name):
    """What a column of its account is called in the record of a lead."""
    return SQL.identifier(f"account__{name}")


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
        SQL(", %s", SQL.identifier(alias, name)) for name in sorted({*names} - {"id"})
    )
