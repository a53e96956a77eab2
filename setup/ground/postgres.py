"""PostgreSQL: the server that PGHOST names, or a private one below ``.local``.

The private server listens on a socket in its own folder only. It runs while some
command of this checkout needs it; the last one stops it.
"""

import functools
import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path

from . import debian, locks, paths
from .console import SetupError, step
from .programs import run_logged

ROLE = "odoo"
# The kernel allows 107 characters for a socket's path.
LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432")
EXTERNAL_ADVICE = (
    "PGHOST is set: mend PGHOST, PGPORT, PGUSER and PGPASSWORD, or unset PGHOST to let "
    "this command run a PostgreSQL of its own."
)

# Databases here can be made again at any time: speed before safety of the disk.
SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0700
port = 5432
max_connections = 100
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
random_page_cost = 1.1
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 30min
jit = off
"""


def is_private():
    return not os.environ.get("PGHOST")


def environment():
    """The PG* variables with which every client finds the server."""
    if not is_private():
        return {}
    return {"PGHOST": str(_home()), "PGPORT": "5432", "PGUSER": ROLE}


@contextmanager
def running():
    """Keep the server running during the block; stop it if nobody else uses it."""
    if not is_private():
        _check_external()
        yield
        return
    with locks.lock_file("postgres-users") as users:
        with locks.exclusive("postgres"):
            _start()
            locks.share(users)
        try:
            yield
        finally:
            with locks.exclusive("postgres"):
                if locks.is_last(users) and _is_up():
                    _stop()


def connect(database="postgres"):
    """A psycopg2 connection in autocommit mode, with our role."""
    import psycopg2

    try:
        connection = psycopg2.connect(**_parameters(database))
    except psycopg2.OperationalError as error:
        raise SetupError(_refusal(error)) from error
    connection.autocommit = True
    return connection


def _refusal(error):
    advice = "" if is_private() else EXTERNAL_ADVICE
    return f"PostgreSQL cannot be used:\n    {str(error).strip()}\n{advice}"


def _parameters(database):
    ours = environment()
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user"}
    return {"dbname": database} | {names[key]: ours[key] for key in ours}


def ensure_programs():
    """Install PostgreSQL's server programs when a private server needs them."""
    if not is_private() or _programs():
        return
    debian.install("postgresql", "PostgreSQL's server")
    _programs.cache_clear()
    if not _programs():
        raise SetupError("PostgreSQL's programs initdb and pg_ctl were not found.")


def _check_external():
    user = os.environ.get("PGUSER") or pwd.getpwuid(os.geteuid()).pw_name
    if user == "postgres":
        raise SetupError(
            "Odoo refuses to work as the database role postgres. Make another role "
            "that may create databases (createuser --createdb odoo) and set PGUSER."
        )
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        if not cursor.fetchone()[0]:
            raise SetupError(
                f"the database role {user} may not create databases. As a superuser: "
                f"ALTER ROLE {user} CREATEDB"
            )
    connection.close()


def _start():
    if _is_up():
        return
    data = _data_folder()
    if not (data / "ground.conf").exists():
        _create_cluster(data)
    (data / "ground.conf").write_text(SETTINGS.format(socket_folder=_home()))
    _give_to_server_user(data / "ground.conf")
    with step("Starting PostgreSQL"):
        run_program(
            "pg_ctl",
            *("-D", data, "-l", data / "server.log", "-w", "-t", "120", "start"),
            hint=f"If its files are damaged, delete {paths.short(_home())}.",
        )


def _create_cluster(data):
    """Make the data folder; ``ground.conf``, written after, says that it is whole."""
    with step(f"Making a PostgreSQL cluster in {paths.short(_home())}"):
        shutil.rmtree(data, ignore_errors=True)
        run_program(
            "initdb",
            *("-D", data, "-U", "postgres", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C"),
        )
        with (data / "postgresql.conf").open("a") as config:
            config.write("include_if_exists = 'ground.conf'\n")
        _create_role(data)


def make_cluster(data, settings):
    """Make the data folder of one more server, with settings on top of the usual ones;
    it listens in `socket_folder`, too.
    """
    _create_cluster(data)
    config = data / "ground.conf"
    config.write_text(SETTINGS.format(socket_folder=_home()) + settings)
    _give_to_server_user(config)


def control(data, action, port=None):
    """Start a server, or end one at once; it is done on return."""
    words = ("-o", f"-p {port}") if port else ("-m", "immediate")
    run_program(
        *("pg_ctl", "-D", data, "-l", data / "server.log", "-w", "-t", "120"),
        *(*words, action),
    )


def has_programs():
    """Whether the programs of a server are here."""
    return _programs() is not None


def words_to_connect():
    """The options with which PostgreSQL's programs find the usual server."""
    ours = environment() or os.environ
    names = {"PGHOST": "-h", "PGPORT": "-p", "PGUSER": "-U"}
    return [word for key in names if key in ours for word in (names[key], ours[key])]


def socket_folder():
    """The folder in which the private server listens."""
    return _home()


def _create_role(data):
    """Make our role in single-user mode: no connection as a superuser is needed."""
    sql = f"CREATE ROLE {ROLE} LOGIN CREATEDB"
    argv = [_program("postgres"), "--single", "-D", str(data), "postgres"]
    subprocess.run(
        argv,
        input=sql.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        cwd=data,
        **_server_user_options(),
    )


def _stop():
    run_program("pg_ctl", "-D", _data_folder(), "-m", "fast", "-w", "stop")


def _is_up():
    """Whether the server accepts connections; asking pg_ctl would take longer."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(_home() / ".s.PGSQL.5432")) == 0


def _home():
    """The folder of the cluster and its socket, which the server's user can reach."""
    home = paths.LOCAL / "postgres"
    if len(str(home)) > LONGEST_FOLDER or not _is_reachable(home):
        home = Path("/var/tmp") / f"crm_territory-{paths.CHECKOUT_KEY}"
    if not home.exists():
        home.mkdir(mode=0o700, parents=True)
        _give_to_server_user(home)
    if home.stat().st_uid != _server_user().pw_uid:
        raise SetupError(
            f"{home} belongs to another user. Delete it, or run as that user."
        )
    return home


def _is_reachable(folder):
    """As root, the server runs as another user, who has to get through to it."""
    if os.geteuid():
        return True
    return all(
        parent.stat().st_mode & stat.S_IXOTH
        for parent in folder.parents
        if parent.exists()
    )


def _data_folder():
    """One folder per major version: a server reads no other version's files."""
    return _home() / str(_version(_programs()))


@functools.cache
def _programs():
    """The folder of the newest server programs, or None."""
    folders = {p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")}
    if on_path := shutil.which("initdb"):
        folders.add(Path(on_path).resolve().parent)
    return max(folders, key=_version, default=None)


@functools.cache
def _version(folder):
    printed = subprocess.run(
        [folder / "initdb", "--version"], capture_output=True, text=True, check=True
    )
    return int(re.search(r"\) (\d+)", printed.stdout)[1])


def _program(name):
    return str(_programs() / name)


def run_program(program, *arguments, hint=""):
    """Run one of PostgreSQL's programs as the user that its servers run as."""
    run_logged(
        "postgres",
        [_program(program), *arguments],
        hint=hint,
        **{"cwd": _home(), **_server_user_options()},
    )


def _server_user():
    """PostgreSQL refuses to run as root: then it is the user that its package made."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise SetupError(
            "PostgreSQL does not run as root, and there is no user postgres to run it "
            "as. Run this command as an ordinary user, or set PGHOST."
        ) from error


def _server_user_options():
    if os.geteuid():
        return {}
    user = _server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _give_to_server_user(path):
    if os.geteuid() == 0:
        user = _server_user()
        os.chown(path, user.pw_uid, user.pw_gid)
