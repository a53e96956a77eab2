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


def narrowed(env, model_name, ids, rules, leads=None):
    """The rules that have to be asked for some records. 1 query, where these are few
    and the rules many; none for leads in memory without accounts.

    :param model_name: "res.partner" or "crm.lead"
    :param list ids: of the records
    :param RulesOfModels rules: all of the plans
    :param leads: the values of leads, see `in_memory.leads_in_memory`; None: not known
    :return: RulesOfModels
    """
    of_records = rules.accounts if model_name == "res.partner" else rules.leads
    row_count = of_records.row_count + rules.accounts.row_count
    if len(ids) > _MOST_RECORDS or row_count < _FEWEST_ROWS:
        return rules
    if model_name == "res.partner":
        return _for_accounts(env, ids, rules)
    return _for_leads(rules, *_rows_of_leads(env, ids, rules, leads))


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


def _for_leads(rules, of_leads, of_accounts):
    """All rules for accounts count where an account has no country, see `Matcher`.

    :param of_leads, of_accounts: the values that the rules for them compare by
        equality; those of accounts after whether they have no country
    """
    names = _compared_fields(rules.accounts)
    rows = [row[1:] for row in of_accounts]
    gates = _that_may_hold(rules.gates, names, rows)
    accounts = gates
    if any(row[0] for row in of_accounts):
        accounts = _that_may_hold(rules.accounts, names, rows)
    leads = _that_may_hold(rules.leads, _compared_fields(rules.leads), of_leads)
    return RulesOfModels(accounts, leads, gates, has_accounts=bool(of_accounts))


def _rows_of_leads(env, ids, rules, leads):
    """The rows of leads, and of their accounts, see `_for_leads`."""
    of_leads = _compared_fields(rules.leads)
    of_accounts = _columns("a", _compared_fields(rules.accounts))
    has_no_country = SQL("a.country_id IS NULL")
    if leads is not None:
        rows = list(zip(*map(leads.get, of_leads), strict=True)) or [()] * len(ids)
        contact_ids = list({*leads["partner_id"]} - {None})
        return rows, contact_ids and env.execute_query(
            SQL(
                """
                SELECT %s FROM res_partner AS p
                  JOIN res_partner AS a ON a.id = p.commercial_partner_id
                 WHERE p.id = ANY(%s)
                """,
                SQL(", ").join([has_no_country, *of_accounts]),
                contact_ids,
            )
        )
    rows = env.execute_query(
        SQL(
            """
            SELECT a.id IS NOT NULL, %s
              FROM crm_lead AS r LEFT JOIN res_partner AS p ON p.id = r.partner_id
              LEFT JOIN res_partner AS a ON a.id = p.commercial_partner_id
             WHERE r.id = ANY(%s)
            """,
            SQL(", ").join([*_columns("r", of_leads), has_no_country, *of_accounts]),
            ids,
        )
    )
    end = 1 + len(of_leads)
    return [row[1:end] for row in rows], [row[end:] for row in rows if row[0]]


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
