"""setup/install: get everything that the other commands need."""

import argparse

from .. import postgres
from ..console import say


def parse(words):
    parser = argparse.ArgumentParser(
        prog="setup/install",
        description="Get Odoo 19, a Python environment and PostgreSQL, all below "
        ".local/. The other commands do this by themselves when it is needed.",
        epilog="ODOO_SOURCE=FOLDER uses an Odoo 19 checkout instead of downloading "
        "one. PGHOST (with PGPORT, PGUSER, PGPASSWORD) uses that PostgreSQL instead "
        "of a private one.",
    )
    return parser.parse_args(words)


def main(_options):
    # Everything was got before this ran; what is left to see is that PostgreSQL works.
    with postgres.running():
        say("Odoo 19 is ready. Try setup/serve.")
