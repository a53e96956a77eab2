"""setup/serve: Odoo with our addons and demonstration data, to look at."""

import argparse
from pathlib import Path

from .. import (
    databases,
    odoo_server,
    paths,
    postgres,
    printing,
    surroundings,
    templates,
)
from ..console import SetupError, say, step
from ..programs import exit_on_sigterm, run_shown

DEMO_DATABASE = "crm_territory_demo"
DATASET_DATABASE = "crm_territory_dataset"
DEFAULT_PORT = 8069

# The password of each is its login: Odoo's habit, which our demonstration data follow.
DEMO_USERS = """
    SELECT login, partner.name
      FROM res_users
      JOIN res_partner partner ON partner.id = partner_id
     WHERE res_users.active
       AND (login = 'admin' OR res_users.id IN (
            SELECT res_id FROM ir_model_data
             WHERE model = 'res.users' AND module = 'crm_territory'
               AND starts_with(name, 'user_')))
  ORDER BY login
"""


def parse(words):
    parser = argparse.ArgumentParser(
        prog="setup/serve",
        description="Start Odoo with the territory addons and demonstration data. "
        "Ctrl-C stops it and all that it started.",
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, metavar="N")
    parser.add_argument(
        "--fresh", action="store_true", help="make the database anew, losing its data"
    )
    parser.add_argument(
        "--dataset",
        type=Path,
        metavar="DIR",
        help="load the data set in DIR instead of demonstration data",
    )
    return parser.parse_args(words)


def main(options):
    exit_on_sigterm()
    _check(options)
    surroundings.ensure(for_tests=bool(options.dataset))
    printing.ensure()
    demo = options.dataset is None
    name = DEMO_DATABASE if demo else DATASET_DATABASE
    with postgres.running():
        is_new = templates.keep_current(name, demo=demo, fresh=options.fresh)
        server = odoo_server.Server(name, port=options.port, log_name="serve")
        with server:
            if options.dataset and is_new:
                _load_dataset(server, options.dataset)
            _welcome(server)
            _wait(server)


def _check(options):
    if not odoo_server.is_free(options.port):
        raise SetupError(
            f"port {options.port} is in use. Stop the program that listens there, or "
            "name another: setup/serve --port N"
        )
    if options.dataset and not options.dataset.is_dir():
        raise SetupError(f"there is no folder {options.dataset}")


def _load_dataset(server, folder):
    say(f"Loading {folder}")
    argv = [paths.VENV_PYTHON, "-m", "tests.dataset", "--url", server.url]
    argv += ["--db", server.db, "--login", server.login]
    argv += ["--password", server.password, folder.resolve()]
    if run_shown(argv, cwd=paths.ROOT, env=odoo_server.environment()):
        templates.forget(server.db)
        raise SetupError(f"loading {folder} failed; its messages are above.")


def _welcome(server):
    say(f"\nOdoo runs at {server.url}\n")
    say(f"  {'login':16}{'password':16}name")
    for login, name in databases.query(server.db, DEMO_USERS):
        say(f"  {login:16}{login:16}{name}")
    say(f"\nIts log is {paths.short(server.log_path)}. Press Ctrl-C to stop.")


def _wait(server):
    try:
        code = server.process.wait()
    except KeyboardInterrupt:
        say()
    else:
        raise SetupError(
            f"Odoo ended with code {code}; see {paths.short(server.log_path)}"
        )
    finally:
        with step("Stopping Odoo"):
            server.stop()
