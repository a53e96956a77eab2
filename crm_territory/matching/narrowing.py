"""Of thousands of rules, those that a few records can meet at all: PostgreSQL reads the
values of all of them longer than it matches one record.

Only what Python compares exactly as PostgreSQL does leaves a rule out: that two
numbers, texts or truth values are the same. What is left is matched as ever.
"""

from odoo.tools import SQL

from .rules import Rules, RulesOfModels

# For more records than these, or fewer rows of shapes, asking for the values of the
# records takes longer than it saves.
_MOST_RECORDS = 20
_FEWEST_ROWS = 100


def narrowed(env, model_name, ids, rules):
    """The rules that have to be asked for some records. 1 query, where these are few
    and the rules many.

    :param model_name: "res.partner" or "crm.lead"
    :param list ids: of the records
    :param RulesOfModels rules: all of the plans
    :return: RulesOfModels
    """
    of_records = rules.accounts if model_name == "res.partner" else rules.leads
    row_count = of_records.row_count + rules.accounts.row_count
    if len(ids) > _MOST_RECORDS or row_count < _FEWEST_ROWS:
        return rules
    if model_name == "res.partner":
        return _for_accounts(env, ids, rules)
    return _for_leads(env, ids, rules)


def _for_accounts(env, ids, rules):
    names = _compared_fields(rules.accounts)
    if not names:
        return rules
    rows = env.execute_query(
        SQL(
            "SELECT %s FROM res_partner AS r WHERE r.id = ANY(%s)",
            SQL(", ").join(_columns("r", names)),
            ids,
        )
    )
    return RulesOfModels(accounts=_that_may_hold(rules.accounts, names, rows))


def _for_leads(env, ids, rules):
    """All rules for accounts count where an account has no country, see `Matcher`."""
    of_leads = _compared_fields(rules.leads)
    of_accounts = _compared_fields(rules.accounts)
    selected = [
        SQL("a.id IS NOT NULL"),
        SQL("a.country_id IS NULL"),
        *_columns("r", of_leads),
        *_columns("a", of_accounts),
    ]
    rows = env.execute_query(
        SQL(
            """
            SELECT %s
              FROM crm_lead AS r LEFT JOIN res_partner AS p ON p.id = r.partner_id
              LEFT JOIN res_partner AS a ON a.id = p.commercial_partner_id
             WHERE r.id = ANY(%s)
            """,
            SQL(", ").join(selected),
            ids,
        )
    )
    with_account = [row for row in rows if row[0]]
    beginning = 2 + len(of_leads)
    of_accounts_rows = [row[beginning:] for row in with_account]
    gates = _that_may_hold(rules.gates, of_accounts, of_accounts_rows)
    accounts = gates
    if any(row[1] for row in with_account):
        accounts = _that_may_hold(rules.accounts, of_accounts, of_accounts_rows)
    leads = _that_may_hold(rules.leads, of_leads, [row[2:beginning] for row in rows])
    return RulesOfModels(accounts, leads, gates, has_accounts=bool(with_account))


def _columns(alias, names):
    return [SQL.identifier(alias, name) for name in names]


def _compared_fields(rules):
    """The fields that shapes compare by equality: a sorted list."""
    terms = {term for shape in rules.shapes for term in shape if term.is_equality}
    return sorted({term.field for term in terms})


def _that_may_hold(rules, names, rows):
    """The rules that some of the records can meet. O(shapes) for each record.

    :param rows: for each record, the values that the database has of the fields
    """
    records = [dict(zip(names, row, strict=False)) for row in rows]
    shapes = {}
    for shape, table in rules.shapes.items():
        terms = [term for term in shape if term.is_equality]
        keys = {
            tuple(_counted_as(record[term.field], term) for term in terms)
            for record in records
        }
        rows_of_key = rules.by_equality(shape) if terms else {(): table}
        if found := [row for key in keys for row in rows_of_key.get(key, ())]:
            shapes[shape] = found
    return Rules(shapes, rules.own_queries if rows else [])


def _counted_as(value, term):
    """What the value of a column counts as, see ``conditions``."""
    return term.falsy if value is None else value
