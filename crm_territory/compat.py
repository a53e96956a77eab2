"""What the addon uses of Odoo that Odoo keeps to itself, in one place.

``tests/test_compat.py`` says of each what breaks when Odoo changes it.
"""

from odoo.orm.domains import (  # noqa: F401 - the forms that a domain can take
    DomainAnd,
    DomainBool,
    DomainCondition,
    DomainNot,
    DomainOr,
)


def memory_of_transaction(env, key, make=dict):
    """What is remembered under ``key`` until the transaction, or a savepoint in it,
    ends or is rolled back. (Odoo's own ``cr.cache`` outlives a rollback.)

    :param make: what makes the memory when there is none
    """
    data = env.cr.precommit.data
    if key not in data:
        data[key] = make()
    return data[key]


# What is kept until plans change is in the one of Odoo's caches that costs least when
# it is cleared: the next page looks up its bundles again. (The others hold record rules
# and views: all requests of all workers would read these anew.)
CACHE = "assets"


def memory_of_registry(registry, key):
    """The dict that this process keeps under ``key`` for a database."""
    return registry.__dict__.setdefault(key, {})


def forget_memory_of_registry(registry, key):
    registry.__dict__.pop(key, None)


def put_in_cache(records, values, is_written=True):
    """Let the fields of the records have these values.

    :param values: {field name: value as in a column}
    :param bool is_written: whether the database has them; else Odoo writes them with
        whatever else it has to write
    """
    for name, value in values.items():
        records._fields[name]._update_cache(records, value, dirty=not is_written)


def values_in_cache(records, names):
    """What the ORM has in memory of stored fields of records, computed before if that
    is pending.

    :return: {field name: list of values as in the cache}; None: one is not there
    """
    records._recompute_recordset(names)
    values = {}
    for name in names:
        cache = records._fields[name]._get_cache(records.env)
        try:
            values[name] = [cache[id_] for id_ in records._ids]
        except KeyError:
            return None
    return values


def fill_cache(record, values):
    """Let the fields of a record have these values unless they have some.

    :param values: {field name: value as in a column}
    """
    for name, value in values.items():
        record._fields[name]._insert_cache(record, [value])


def add_to_ormcache(record, method, *args, value):
    """Let a method that is decorated with ``ormcache`` answer ``value``."""
    getattr(type(record), method).__cache__.add_value(record, *args, cache_value=value)


def compute_now(field, records):
    """Run a field's computation on the records, as Odoo does: what listens to computed
    fields (tracking, automation rules) sees it.
    """
    field.compute_value(records)


def domain_of_rules(model, operation):
    """The domain of the records with which record rules let the user do something.

    :param operation: *read*, *write*, *create* or *unlink*
    """
    return model.env["ir.rule"]._compute_domain(model._name, operation)


def when_tables_are_there(registry, function):
    """While a module is installed: call a function when the tables of its models are
    there, and Odoo knows which keys they shall have. Nothing when one is upgraded.
    """
    if registry._is_install:
        registry.post_init(registry.post_init, function)


def foreign_keys(registry):
    """The keys that Odoo is about to add to tables, or to check: list of (table,
    column, other table, other column, what to do when a row there is deleted).
    """
    return [
        (*key, other, column, ondelete)
        for key, (other, column, ondelete, *_) in registry._foreign_keys.items()
    ]
