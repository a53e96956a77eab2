"""The SQL of the terms that rules are made of."""

from odoo.tools import SQL

_COMPARISONS = {
    "<": SQL("<"),
    "<=": SQL("<="),
    ">": SQL(">"),
    ">=": SQL(">="),
}
_PATTERNS = {
    "like": SQL("LIKE"),
    "=like": SQL("LIKE"),
    "ilike": SQL("ILIKE"),
    "=ilike": SQL("ILIKE"),
}


def join_of(term, alias, number):
    """The join that a many2many needs, else nothing."""
    if term.operator != "linked":
        return SQL()
    table, column, _other = term.relation
    link = f"link{number}"
    return SQL(
        " JOIN %s AS %s ON %s = %s",
        SQL.identifier(table),
        SQL.identifier(link),
        SQL.identifier(link, column),
        SQL.identifier(alias, "id"),
    )


def condition_of(term, alias, value, number, unaccent):
    """The SQL that compares the column of ``alias`` with the SQL ``value``.

    :param number: of the term in its shape, as `join_of` was told
    """
    column = SQL.identifier(alias, term.field)
    if term.falsy is not None:
        column = SQL("COALESCE(%s, %s)", column, term.falsy)
    if term.operator == "linked":
        other = SQL.identifier(f"link{number}", term.relation[2])
        return SQL("%s = %s", other, value)
    if term.operator == "unset":
        return SQL("%s IS NULL", column)
    if term.operator == "set":
        return SQL("%s IS NOT NULL", column)
    if term.operator == "=":
        return SQL("%s = %s", column, value)
    if term.operator == "!=":
        return SQL("%s IS DISTINCT FROM %s", column, value)
    if term.operator in _COMPARISONS:
        return SQL("%s %s %s", column, _COMPARISONS[term.operator], value)
    if term.operator.endswith("ilike"):
        column, value = unaccent(column), unaccent(value)
    return SQL("%s %s %s", column, _PATTERNS[term.operator], value)
