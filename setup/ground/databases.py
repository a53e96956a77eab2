"""Databases: making, copying and dropping them, and clearing up after killed runs."""

import os
import shutil
from contextlib import contextmanager

from . import locks, odoo_server, paths, postgres, programs

PREFIX = "crm_territory_"
DISCONNECT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = %s AND usename = current_user
"""


def exists(name):
    return bool(query("postgres", "SELECT 1 FROM pg_database WHERE datname = %s", name))


def query(database, sql, *parameters):
    """The rows of a query."""
    connection = postgres.connect(database)
    try:
        cursor = connection.cursor()
        cursor.execute(sql, parameters)
        return cursor.fetchall()
    finally:
        connection.close()


def copy(source, name):
    """Make the database ``name`` like ``source``, files included."""
    _execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    files = _filestore(source)
    if files.is_dir():
        # Odoo never changes a stored file, so both databases can share it.
        shutil.copytree(files, _filestore(name), copy_function=os.link)


def drop(name):
    """Drop the database and its files, if there are any."""
    # not WITH (FORCE), which fails when the server itself is vacuuming the database:
    # without it, PostgreSQL stops that
    query("postgres", DISCONNECT, name)
    _execute(f'DROP DATABASE IF EXISTS "{name}"')
    shutil.rmtree(_filestore(name), ignore_errors=True)


def run_odoo(name, *arguments, **options):
    """Let odoo-bin work on the database (made if needed) with options like -i."""
    odoo_server.run(
        name,
        *("server", "-d", name, "--no-http", "--stop-after-init"),
        *("--max-cron-threads", 0, *arguments),
        **options,
    )


def _execute(sql):
    connection = postgres.connect()
    try:
        connection.cursor().execute(sql)
    finally:
        connection.close()


def _filestore(name):
    return paths.ODOO_DATA / "filestore" / name


class Run:
    """The databases of one run of a command: named apart, dropped at its end."""

    def __init__(self):
        self.key = os.urandom(3).hex()
        self.count = 0

    def copy_of(self, source, label):
        """A fresh copy of ``source``, for this run only; returns its name."""
        self.count += 1
        name = f"{PREFIX}run_{self.key}_{label}_{self.count}"
        copy(source, name)
        return name


@contextmanager
def run():
    """A Run; its databases are dropped after the block, or by a later run if killed."""
    paths.RUNS.mkdir(parents=True, exist_ok=True)
    _drop_leftovers()
    programs.forget_old_logs()
    ours = Run()
    marker = paths.RUNS / ours.key
    with marker.open("w") as held:
        locks.share(held)
        try:
            yield ours
        finally:
            _drop_run(marker)


def _drop_leftovers():
    for marker in paths.RUNS.iterdir():
        with marker.open("a") as file:
            if locks.is_last(file):
                _drop_run(marker)


def _drop_run(marker):
    names = query(
        "postgres",
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
        f"{PREFIX}run_{marker.name}_",
    )
    for (name,) in names:
        drop(name)
    marker.unlink(missing_ok=True)
