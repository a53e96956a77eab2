"""Running files of tests/benchmarks."""

from . import paths, python_env, templates
from .pytest_run import run_pytest

FOLDER = paths.ROOT / "tests" / "benchmarks"
PREFIX = "bench_"


def names():
    """Of all benchmarks."""
    return sorted(p.stem.removeprefix(PREFIX) for p in FOLDER.glob(f"{PREFIX}*.py"))


def run_benchmarks(run, label, names, words):
    """Run benchmarks in one process, on a database of their own; returns the Outcome.

    :param Run run: whose databases it makes
    :param words: pytest's
    """
    database = run.copy_of(templates.addon_template(), label)
    files = [FOLDER / f"{PREFIX}{name}.py" for name in names]
    words = [*files, "-o", f"python_files={PREFIX}*.py", "-s", *words]
    words += ["--odoo-addons-path", python_env.addons_path()]
    return run_pytest(label, words, database)
