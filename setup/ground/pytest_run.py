"""Running pytest in the environment, and counting what it did."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from . import odoo_server, paths
from .console import say
from .programs import run_shown

# pytest's exit codes for: all passed, some failed, none collected.
EXPECTED_CODES = {0, 1, 5}


@dataclass
class Outcome:
    """What a stage did."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    name: str = ""
    seconds: float = 0.0


def run_pytest(name, words, database=None):
    """Run pytest with ``words``, its output on ours; returns the Outcome.

    With ``database``, the tests run inside Odoo on that database, with HTTP.
    """
    report = paths.LOGS / f"{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    argv = [paths.VENV_PYTHON, "-m", "pytest", "-c", paths.ROOT / "pyproject.toml"]
    argv += [f"--rootdir={paths.ROOT}", f"--junitxml={report}", *words]
    environment = odoo_server.environment()
    if database:
        argv += ["--odoo-database", database, "--odoo-config", paths.ODOO_CONFIG]
        argv += ["--odoo-http"]
    else:
        # The plugin would load a database of its own into the test process.
        argv += ["-p", "no:odoo"]
        environment.pop("ODOO_RC")
    code = run_shown(argv, env=environment, cwd=paths.ROOT)
    outcome = _counted(report)
    if code not in EXPECTED_CODES:
        say(f"pytest ended with code {code}")
        outcome.failed = max(outcome.failed, 1)
    return outcome


def _counted(report):
    if not report.exists():
        return Outcome(failed=1)
    total, bad, skipped = 0, 0, 0
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        total += int(suite.get("tests"))
        bad += int(suite.get("failures")) + int(suite.get("errors"))
        skipped += int(suite.get("skipped"))
    return Outcome(passed=total - bad - skipped, failed=bad, skipped=skipped)
