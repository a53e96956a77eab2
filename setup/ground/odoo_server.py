"""Odoo as a program: its configuration file, its commands, and running servers."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from . import paths, postgres, python_env
from .console import SetupError
from .odoo_client import Client
from .programs import failure_message, log_path, run_logged

# The limits are for imports and runs over many records, which are one long request.
CONFIG = """\
[options]
{addons_path}data_dir = {data}
screenshots = {screenshots}
http_interface = 127.0.0.1
list_db = False
max_cron_threads = 1
limit_time_cpu = 600
limit_time_real = 1200
{database}"""

# From Linux's <sys/prctl.h>.
PR_SET_PDEATHSIG = 1


def write_config():
    """Write ``.local/odoo.conf``: Odoo finds our addons and database with it."""
    database = postgres.environment()
    names = {"PGHOST": "db_host", "PGPORT": "db_port", "PGUSER": "db_user"}
    text = CONFIG.format(
        # Odoo warns about a folder without addons.
        addons_path=f"addons_path = {paths.ROOT}\n" if paths.addons() else "",
        data=paths.ODOO_DATA,
        screenshots=paths.SCREENSHOTS,
        database="".join(f"{names[k]} = {v}\n" for k, v in database.items()),
    )
    # at once, as another command may read it
    draft = paths.ODOO_CONFIG.with_suffix(f".{os.getpid()}")
    draft.write_text(text)
    draft.replace(paths.ODOO_CONFIG)


def environment():
    """Variables for programs that use Odoo, its database and the environment."""
    # Odoo would take it for the database to work on.
    inherited = {k: v for k, v in os.environ.items() if k != "PGDATABASE"}
    return (
        inherited
        | python_env.environment()
        | postgres.environment()
        | {
            "ODOO_RC": str(paths.ODOO_CONFIG),
            "PYTHONPATH": str(paths.SETUP),
            "PYTHONUNBUFFERED": "1",
            # also where containers forbid it: a start takes half as long
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(paths.BYTECODE),
        }
    )


def command(*arguments, program="odoo"):
    """The words of a command line of odoo-bin, or of a program that extends it."""
    return [str(paths.VENV_PYTHON), "-m", program, *map(str, arguments)]


def run(log_name, *arguments, **options):
    """Run ``command`` to its end; SetupError with the end of its log when it fails."""
    run_logged(log_name, command(*arguments, **options), env=environment())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _end_with_parent():
    """What a new process has to do so that Linux ends it when we are killed; or None.

    Linux watches the thread that starts it, so only the main thread can ask for this.
    """
    if sys.platform != "linux":
        return None
    if threading.current_thread() is not threading.main_thread():
        return None
    return lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


PRINT_FROM = """
    INSERT INTO ir_config_parameter (key, value) VALUES ('report.url', %s)
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
"""


class Server:
    """An Odoo server process on one database; usable as a context manager."""

    login = password = "admin"

    def __init__(self, database, port=None, options=(), log_name=None):
        self.db = database
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.options = options
        self.log_path = log_path(log_name or f"odoo-{database}")
        self.process = None
        self._clients = {}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    def start(self, timeout=120):
        """Start the process, return when it answers; SetupError after ``timeout`` s."""
        self._print_from_here()
        arguments = ("server", "-d", self.db, "--http-port", self.port)
        extra = ("--gevent-port", free_port(), "--db-filter", f"^{self.db}$")
        with self.log_path.open("a") as log:
            self.process = subprocess.Popen(
                command(*arguments, *extra, *self.options),
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=paths.ROOT,
                # A group of its own: Ctrl-C reaches us, and we stop it in order.
                start_new_session=True,
                preexec_fn=_end_with_parent(),
            )
        try:
            self._wait_until_it_answers(timeout)
        except BaseException:
            self.kill()
            raise
        return self

    def _print_from_here(self):
        """Let wkhtmltopdf find styles and images at this server, whatever its port."""
        connection = postgres.connect(self.db)
        try:
            connection.cursor().execute(PRINT_FROM, [self.url])
        finally:
            connection.close()

    def _wait_until_it_answers(self, timeout):
        deadline = time.monotonic() + timeout
        while not self._answers():
            if self.process.poll() is not None:
                raise SetupError(failure_message("Odoo", self.log_path))
            if time.monotonic() > deadline:
                late = f"It did not answer at {self.url} within {timeout} s."
                raise SetupError(failure_message("Odoo", self.log_path, late))
            time.sleep(0.2)

    def _answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/web/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def client(self, login=login, password=None):
        """A logged-in Client, the same for a login; the password is that unless given.

        Sessions outlive the process.
        """
        if login not in self._clients:
            found = Client(self.url, self.db, login, password or login)
            self._clients[login] = found
        return self._clients[login]

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout=20):
        """Ask it to end; kill what is left after ``timeout`` seconds."""
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        """End it and its worker processes at once, as a power failure would."""
        if self.is_running():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
