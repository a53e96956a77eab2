"""Leads as the ORM has them in memory: what is still to be written need not be written
before it is matched. So PostgreSQL writes a new lead, or one whose address changed,
once, with its territories: each time costs an entry in each of its indexes.
"""

from odoo.tools import SQL

from ..compat import values_in_cache

# what a cache and a column have alike, or what `convert_to_column` makes alike
_TYPES = frozenset(
    {
        "boolean",
        "char",
        "date",
        "datetime",
        "float",
        "integer",
        "many2one",
        "monetary",
        "selection",
    }
)


def leads_in_memory(leads, names):
    """The values that leads have. No query.

    :param names: of stored fields
    :return: {name: list of values as in the cache}, in the order of the leads; None:
        not all are known, or one is kept in another form than its column
    """
    for field in map(leads._fields.__getitem__, names):
        if (
            field.type not in _TYPES
            or field.company_dependent
            or getattr(field, "translate", False)
        ):
            return None
    values = values_in_cache(leads, names)
    return values and {"id": list(leads._ids), **values}


def as_table(model, values, alias):
    """The SQL of a table of these values, in place of the model's.

    :param values: see `leads_in_memory`
    """
    return SQL(
        "unnest(%s) AS %s (%s)",
        SQL(", ").join(_column(model, name, values[name]) for name in values),
        SQL.identifier(alias),
        SQL(", ").join(map(SQL.identifier, values)),
    )


def _column(model, name, values):
    field = model._fields[name]
    return SQL(
        "%s::%s[]",
        [
            None
            if value is None
            else field.convert_to_column(value, model, validate=False)
            for value in values
        ],
        SQL.identifier("int4" if name == "id" else field.column_type[0]),
    )
