"""setup/odoo: odoo-bin with our configuration, for developers."""

import signal
import subprocess
import sys

from .. import odoo_server, postgres

USAGE = """\
usage: setup/odoo [--run] WORDS...

Run odoo-bin with this checkout's Odoo, addons and PostgreSQL:
    setup/odoo shell -d DATABASE
    setup/odoo -d DATABASE -u crm_territory --stop-after-init
With --run, run any program in the same surroundings:
    setup/odoo --run psql DATABASE
"""


def parse(words):
    if not words:
        sys.exit(USAGE)
    return words


def main(words):
    argv = words[1:] if words[0] == "--run" else odoo_server.command(*words)
    odoo_server.write_config()
    with postgres.running():
        # Ctrl-C is for the program; PostgreSQL stops only after it has ended.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        child = subprocess.Popen(
            argv,
            env=odoo_server.environment(),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        return child.wait()
