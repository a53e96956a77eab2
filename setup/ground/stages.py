"""The stages of setup/test. Each takes the run and pytest's arguments."""

from . import bench_table, paths, templates
from . import core as odoo_core
from .bench_run import run_benchmarks
from .lint import run_checks
from .pytest_run import Outcome, run_pytest

TESTS = paths.ROOT / "tests"
_UPGRADE = [TESTS / f"test_{name}.py" for name in ("upgrade", "uninstall")]


def lint(_run, _for_pytest):
    """style and mistakes in the source, one check per tool"""
    return run_checks()


def unit(run, for_pytest):
    """the addons' own tests, inside Odoo"""
    folders = [addon / name for addon in paths.addons() for name in ("tests", "engine")]
    folders = [folder for folder in folders if folder.is_dir()]
    if not folders:
        return Outcome()
    words = _words(folders, for_pytest)
    database = run.copy_of(templates.addon_template(), "unit")
    return run_pytest("unit", [*words, "--doctest-modules"], database)


def oracle(run, for_pytest):
    """the tests in tests/oracle, inside Odoo: random data against slow, plain code"""
    database = run.copy_of(templates.addon_template(), "oracle")
    words = _words([TESTS / "oracle"], for_pytest)
    return run_pytest("oracle", ["-s", *words], database)  # shows their figures


def system(_run, for_pytest):
    """the tests in tests/, against real servers"""
    return _outside_odoo("system", "not browser", for_pytest, _UPGRADE)


def upgrade(_run, for_pytest):
    """upgrading from landed versions, and uninstalling"""
    return run_pytest("upgrade", _words(_UPGRADE, for_pytest))


def browser(_run, for_pytest):
    """the tests in tests/ that drive a browser"""
    return _outside_odoo("browser", "browser", for_pytest)


def _outside_odoo(name, marked, for_pytest, others=()):
    others = [*others, *(TESTS / folder for folder in ("benchmarks", "oracle"))]
    outside = [f"--ignore={path}" for path in others]
    return run_pytest(name, [*outside, "-m", marked, *_words([TESTS], for_pytest)])


def _words(folders, for_pytest):
    """pytest's words: ``folders`` unless the user names files or folders."""
    named = any((paths.ROOT / word.split("::")[0]).exists() for word in for_pytest)
    return for_pytest if named else [*folders, *for_pytest]


def bench(run, for_pytest):
    """published benchmarks on few records: both sides say the same; not how fast"""
    words = ["--scale=10k", "--smoke", *for_pytest]
    return run_benchmarks(run, "bench", bench_table.ON_ONE_DATABASE, words)


def core(run, _for_pytest):
    """Odoo's own tests of CRM, and of who may see what in calendar and mail"""
    return odoo_core.run_suites(run)


STAGES = {
    stage.__name__: stage
    for stage in (lint, unit, oracle, system, upgrade, browser, core, bench)
}
