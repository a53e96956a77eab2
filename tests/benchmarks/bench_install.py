"""What installing the addons does to a database with many accounts and leads: how long
their tables are locked, and whether their rows are written; beside nothing but the
changes of the tables themselves.
"""

import threading
import time
from contextlib import closing

import pytest

from ground import databases, paths, postgres, templates

from .databases_beside import commit
from .postal_records import Records

TABLES = ("crm_lead", "res_partner")
# what keeps others from writing: a change of a table, or an index that is built
LOCKED = """
    SELECT count(*) FROM pg_locks
     WHERE relation = ANY(%s::regclass[]) AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock',
                    'ShareLock')
"""
PAUSE = 0.01
COLUMNS = """
    SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod)
      FROM pg_attribute
     WHERE attrelid = ANY(%s::regclass[]) AND attnum > 0 AND NOT attisdropped
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
KEYS = """
    SELECT conrelid::regclass::text, conname, confrelid::regclass::text,
           pg_get_constraintdef(oid)
      FROM pg_constraint
     WHERE conrelid = ANY(%s::regclass[]) AND contype = 'f'
"""
WRITTEN = """
    SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_user_tables WHERE relname = ANY(%s)
"""
FILES = """
    SELECT array_agg(relfilenode ORDER BY relname) FROM pg_class WHERE relname = ANY(%s)
"""


@pytest.fixture(scope="module")
def before(databases_run, scale):
    """A database without our addons, with records."""
    database = databases_run.copy_of(templates.template_without(), "before")
    commit(database, lambda env: Records(env, scale))
    with closing(postgres.connect(database)) as connection:
        connection.cursor().execute("VACUUM ANALYZE res_partner, crm_lead")
    return database


def _ask(database, query):
    return databases.query(database, query, list(TABLES))


def _seconds_locked(database, work):
    """For how long others could not write while a function ran."""
    is_over = threading.Event()
    locked = []

    def watch():
        with closing(postgres.connect(database)) as connection:
            cursor = connection.cursor()
            last = time.perf_counter()
            while not is_over.is_set():
                cursor.execute(LOCKED, [list(TABLES)])
                [(count,)] = cursor.fetchall()
                now = time.perf_counter()
                locked.append(now - last if count else 0)
                last = now
                time.sleep(PAUSE)

    thread = threading.Thread(target=watch)
    thread.start()
    work()
    is_over.set()
    thread.join()
    return sum(locked)


def _statements(before, after):
    """What the installation has added to the tables, as one would write it."""
    new = {
        query: set(_ask(after, query)) - set(_ask(before, query))
        for query in (COLUMNS, INDEXES, KEYS)
    }
    for table in {other for _table, _name, other, _text in new[KEYS]}:
        yield f"CREATE TABLE IF NOT EXISTS {table} (id serial PRIMARY KEY)"
    for table, name, kind in sorted(new[COLUMNS]):
        yield f'ALTER TABLE {table} ADD COLUMN "{name}" {kind}'
    for table, name, _other, text in sorted(new[KEYS]):
        yield f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}'
    for _name, text in sorted(new[INDEXES]):
        yield text


def test_install(before, databases_run, ratio, scale):
    installed = databases_run.copy_of(before, "installed")
    altered = databases_run.copy_of(before, "altered")
    files, written = _ask(installed, FILES), _ask(installed, WRITTEN)
    names = ",".join(addon.name for addon in paths.addons())
    locked = _seconds_locked(
        installed, lambda: databases.run_odoo(installed, "-i", names)
    )
    assert _ask(installed, FILES) == files, "A table was written anew"
    [(rows_after,)] = _ask(installed, WRITTEN)
    [(rows_before,)] = written
    statements = list(_statements(before, installed))
    assert len(statements) > 10

    def alter():
        with closing(postgres.connect(altered)) as connection:
            connection.autocommit = False
            for statement in statements:
                connection.cursor().execute(statement)
            connection.commit()

    reference = _seconds_locked(altered, alter)
    ratio(
        f"tables of {scale:,} accounts and leads locked, to their ALTER",
        locked,
        reference,
        limit=1.2,
        case="Installing: how long tables are locked",
        beside="the same columns, keys and indexes by hand",
    )
    ratio(
        f"rows written of {scale:,} accounts and leads, to none",
        (rows_after or 0) - (rows_before or 0),
        1,
        limit=0,
        case="Installing: accounts and leads written",
        unit="rows",
    )
