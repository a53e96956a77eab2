"""A record that somebody types, and that is judged as if it were there.

Its row is inserted by a plain statement, under an id that no record has, within a
savepoint that is always rolled back: no sequence, no mail, no journal, no automation,
and nobody else ever sees it.
"""

from contextlib import closing, contextmanager

from odoo.models import LOG_ACCESS_COLUMNS
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from .assignment import WRITTEN
from .matching import access

# sequences begin at 1
_ID = -1
# what no criteria read, and what has no plain column
_LEFT_OUT = frozenset({"id", "parent_path", *WRITTEN, *LOG_ACCESS_COLUMNS})
_LEFT_OUT_TYPES = frozenset({"binary", "json", "properties", "properties_definition"})


@contextmanager
def typed_record(env, model_name, values):
    """Within the block a record of these values is there; what they leave out is as in
    a new record.

    :param values: {field: value as one writes it; of a many2many, ids}
    :return: the record, in the environment
    """
    record = env[model_name].browse(_ID)
    env.flush_all()
    # one that does not flush: its end leaves alone what the cache has of a form
    with closing(env.cr.savepoint(flush=False)):
        try:
            _insert(record, values)
            yield record
        finally:
            record.invalidate_recordset(flush=False)
            access.forget(env)


def _insert(record, values):
    env = record.env(su=True, context=clean_context(record.env.context))
    model = env[record._name]
    linked = {name for name in values if model._fields[name].type == "many2many"}
    plain = {name: value for name, value in values.items() if name not in linked}
    draft = model.new(model._add_missing_default_values(plain))
    columns = _columns(draft) | {"id": _ID}
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) VALUES (%s)",
            SQL.identifier(model._table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(SQL("%s", value) for value in columns.values()),
        )
    )
    for name in linked:
        field = model._fields[name]
        env.cr.execute(
            SQL(
                "INSERT INTO %s (%s, %s) SELECT %s, unnest(%s::int4[])",
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
                SQL.identifier(field.column2),
                _ID,
                list(values[name]),
            )
        )


def _columns(draft):
    """What a record that is not saved has in its stored fields: {column: value}."""
    columns = {}
    for name, field in draft._fields.items():
        is_column = field.store and field.column_type
        if is_column and name not in _LEFT_OUT and field.type not in _LEFT_OUT_TYPES:
            columns[name] = field.convert_to_column_insert(
                _written(draft, field), draft
            )
    return columns


def _written(draft, field):
    """The value of a field as one writes it; the record itself is one of the id."""
    value = draft[field.name]
    if field.type == "many2one" and value and not value.id:
        return _ID if value == draft else False
    return field.convert_to_write(value, draft)
