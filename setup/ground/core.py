"""Odoo's own tests of CRM, run with our addons installed."""

import os
import re
import subprocess

from . import odoo_server, paths, templates
from .console import say
from .programs import log_path
from .pytest_run import Outcome

# Modules to install beside what our addons need, and whose tests to run then.
SUITES = (
    ((), ("crm", "sales_team")),
    (("sale_crm",), ("crm", "sales_team", "sale_crm")),
)
# Some tours of Odoo itself lose a race now and then; a real failure stays one.
RETRIES = "2"

# At the end of the log.
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
# A test's failure in the log, up to the next line with a time.
FAILURE = re.compile(
    r"^\S+ \S+ \d+ ERROR .*?(?=^\d{4}-\d\d-\d\d |\Z)", re.MULTILINE | re.DOTALL
)
SHOWN_FAILURES = 10


def run_suites(run):
    """Run all of them, one after the other; returns the sum of their Outcomes."""
    total = Outcome()
    for extra, modules in SUITES:
        outcome = _run_suite(run, extra, modules)
        total.passed += outcome.passed
        total.failed += outcome.failed
    return total


def _run_suite(run, extra, modules):
    name = "core_" + "_".join(extra or ["crm"])
    database = run.copy_of(templates.addon_template(extra=extra), name)
    log = log_path(name)
    words = ("server", "-d", database, "--stop-after-init", "--max-cron-threads", 0)
    tags = ",".join(f"/{module}" for module in modules)
    argv = odoo_server.command(*words, "--test-tags", tags)
    argv += ["--http-port", str(odoo_server.free_port())]
    argv[argv.index("odoo")] = "ground.odoo_suites"
    environment = odoo_server.environment() | {
        "PYTHONPATH": str(paths.SETUP),
        "ODOO_TEST_FAILURE_RETRIES": RETRIES,
    }
    with log.open("a") as output:
        subprocess.run(
            argv,
            env=environment,
            cwd=paths.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return _read_outcome(log)


def _read_outcome(log):
    text = log.read_text(errors="replace")
    found = RESULT.search(text)
    if not found:
        say(f"Odoo ran no test; the end of {paths.short(log)}:\n{text[-3000:]}")
        return Outcome(failed=1)
    failures, errors, tests = map(int, found.groups())
    bad = failures + errors
    if bad:
        shown = FAILURE.findall(text)[:SHOWN_FAILURES]
        say(f"{bad} failed in {paths.short(log)}:\n{os.linesep.join(shown)}")
    return Outcome(passed=tests - bad, failed=bad)
