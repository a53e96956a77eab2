"""setup/bench: how fast the addons are, beside references that do the same."""

import argparse

from .. import databases, paths, postgres, surroundings, templates
from ..console import SetupError, say
from ..programs import exit_on_sigterm
from ..pytest_run import run_pytest

FOR_TESTS = True
FOLDER = paths.ROOT / "tests" / "benchmarks"
PREFIX = "bench_"


def parse(words):
    parser = argparse.ArgumentParser(
        prog="setup/bench",
        usage="setup/bench [NAME...] [-- PYTEST ARGUMENTS]",
        description="Run the benchmarks tests/benchmarks/bench_NAME.py (all without "
        f"names): {', '.join(_names()) or 'there are none yet'}.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    at = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:at])
    options.pytest = words[at + 1 :]
    return options


def _names():
    return sorted(p.stem.removeprefix(PREFIX) for p in FOLDER.glob(f"{PREFIX}*.py"))


def main(options):
    """Run the benchmarks; returns the exit code."""
    exit_on_sigterm()
    unknown = set(options.names) - set(_names())
    if unknown:
        raise SetupError(f"there is no benchmark {', '.join(sorted(unknown))}")
    files = [FOLDER / f"{PREFIX}{name}.py" for name in options.names or _names()]
    if not files:
        raise SetupError(f"there is no benchmark in {paths.short(FOLDER)}")
    surroundings.ensure(for_tests=True)
    paths.BENCH_REPORT.unlink(missing_ok=True)
    with postgres.running(), databases.run() as run:
        # a database each: what one commits would slow the next
        outcomes = [_run(run, file, options.pytest) for file in files]
    say(f"As JSON: {paths.short(paths.BENCH_REPORT)}")
    passed = sum(outcome.passed for outcome in outcomes)
    return 1 if any(outcome.failed for outcome in outcomes) or not passed else 0


def _run(run, file, for_pytest):
    database = run.copy_of(templates.addon_template(), file.stem)
    words = [file, "-o", f"python_files={PREFIX}*.py", "-s", *for_pytest]
    return run_pytest(file.stem, words, database)
