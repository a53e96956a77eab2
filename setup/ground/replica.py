"""A PostgreSQL server of its own and another that follows it, for tests of replicas.

The server of all other tests writes as little as it can, and no other follows it.
"""

import shutil
import time
from contextlib import contextmanager

from . import locks, postgres
from .console import SetupError, step

PRIMARY_PORT, STANDBY_PORT = 5433, 5434
SUPERUSER = "postgres"
SETTINGS = f"""
port = {PRIMARY_PORT}
shared_buffers = 128MB
wal_level = replica
max_wal_senders = 4
synchronous_commit = on
"""


@contextmanager
def pair():
    """A Pair that runs during the block; its files are gone after it."""
    if not postgres.has_programs():
        raise SetupError(
            "A replica needs PostgreSQL's server programs on this machine."
        )
    with locks.exclusive("replica"):
        made = Pair()
        try:
            made.start()
            yield made
        finally:
            made.stop()


class Pair:
    """A primary server and its standby; both listen in the folder of the private one,
    whether that runs or another server is used.
    """

    def __init__(self):
        self.folder = postgres.socket_folder()
        self.primary = self.folder / "primary"
        self.standby = self.folder / "standby"

    def start(self):
        self.stop()
        with step("Starting a PostgreSQL server and a standby"):
            postgres.make_cluster(self.primary, SETTINGS)
            postgres.control(self.primary, "start", PRIMARY_PORT)
            self.start_standby()

    def start_standby(self):
        """Make the standby anew, from a copy of the primary."""
        shutil.rmtree(self.standby, ignore_errors=True)
        postgres.run_program(
            "pg_basebackup",
            *("-h", self.folder, "-p", PRIMARY_PORT, "-U", SUPERUSER),
            *("-D", self.standby, "--write-recovery-conf", "--checkpoint=fast"),
            "--no-sync",
        )
        postgres.control(self.standby, "start", STANDBY_PORT)

    def stop(self):
        for data in (self.standby, self.primary):
            if (data / "postmaster.pid").exists():
                postgres.control(data, "stop")
            shutil.rmtree(data, ignore_errors=True)

    def kill_standby(self):
        """End it at once, as a power failure would."""
        postgres.control(self.standby, "stop")

    def take(self, database):
        """Copy a database of the usual server, under the same name: Odoo's files of
        both are the same.
        """
        dump = self.folder / "replica.dump"
        where = ("-h", self.folder)
        ours = ("-p", PRIMARY_PORT, "-U", SUPERUSER)
        try:
            postgres.run_program(
                *("pg_dump", *postgres.words_to_connect()),
                *("-Fc", "-Z0", "-f", dump, database),
            )
            postgres.run_program(
                "createdb", *where, *ours, "-O", postgres.ROLE, database
            )
            postgres.run_program("pg_restore", *where, *ours, "-d", database, dump)
        finally:
            dump.unlink(missing_ok=True)
        self.wait_for_standby()

    def options(self):
        """The options with which Odoo uses both."""
        return (
            *("--db_host", str(self.folder), "--db_port", str(PRIMARY_PORT)),
            *("--db_replica_host", str(self.folder)),
            *("--db_replica_port", str(STANDBY_PORT)),
        )

    # -- how far the standby is

    def lag(self):
        """From now on the standby shows what was."""
        self._ask("SELECT pg_wal_replay_pause()")

    def catch_up(self):
        """The standby shows what is."""
        self._ask("SELECT pg_wal_replay_resume()")
        self.wait_for_standby()

    def wait_for_standby(self, seconds=60):
        [(position,)] = self._ask("SELECT pg_current_wal_insert_lsn()", PRIMARY_PORT)
        deadline = time.monotonic() + seconds
        query = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
        while not self._ask(query)[0][0]:
            if time.monotonic() > deadline:
                raise SetupError("The standby does not follow.")
            time.sleep(0.05)

    def query(self, database, sql, *parameters):
        """The rows of a query of the primary."""
        return self._ask(sql, PRIMARY_PORT, database, *parameters)

    def _ask(self, sql, port=STANDBY_PORT, database="postgres", *parameters):
        import psycopg2

        connection = psycopg2.connect(
            host=str(self.folder), port=port, user=SUPERUSER, dbname=database
        )
        connection.autocommit = True
        try:
            cursor = connection.cursor()
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()
