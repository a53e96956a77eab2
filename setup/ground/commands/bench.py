"""setup/bench: how fast the addons are, beside references that do the same."""

import argparse
import shutil
from pathlib import Path

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
        usage="setup/bench [--scale SCALE] [--json FILE] [NAME...]"
        " [-- PYTEST ARGUMENTS]",
        description="Run the benchmarks tests/benchmarks/bench_NAME.py (all without "
        f"names): {', '.join(_names()) or 'there are none yet'}.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument(
        "--scale",
        choices=("10k", "100k", "1m"),
        default="100k",
        help="records of each model in the benchmark of places (default: 100k)",
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=paths.BENCH_REPORT,
        metavar="FILE",
        help=f"where results go (default: {paths.short(paths.BENCH_REPORT)})",
    )
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
        words = [f"--scale={options.scale}", *options.pytest]
        outcomes = [_run(run, file, words) for file in files]
    if options.json != paths.BENCH_REPORT:
        shutil.copyfile(paths.BENCH_REPORT, options.json)
    say(f"As JSON: {paths.short(options.json)}")
    passed = sum(outcome.passed for outcome in outcomes)
    return 1 if any(outcome.failed for outcome in outcomes) or not passed else 0


def _run(run, file, for_pytest):
    database = run.copy_of(templates.addon_template(), file.stem)
    words = [file, "-o", f"python_files={PREFIX}*.py", "-s", *for_pytest]
    return run_pytest(file.stem, words, database)
