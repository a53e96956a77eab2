"""setup/bench: how fast the addons are, beside references that do the same."""

import argparse
import json
from pathlib import Path

from .. import bench_run, bench_table, databases, paths, postgres, surroundings
from ..console import SetupError, say
from ..programs import exit_on_sigterm

FOR_TESTS = True


def parse(words):
    parser = argparse.ArgumentParser(
        prog="setup/bench",
        usage="setup/bench [--scale SCALE] [--json FILE | --table] [--smoke] [NAME...]"
        " [-- PYTEST ARGUMENTS]",
        description="Run the benchmarks tests/benchmarks/bench_NAME.py (all without "
        f"names): {', '.join(bench_run.names()) or 'there are none yet'}.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument(
        "--scale",
        choices=bench_table.SCALES,
        default="100k",
        help="records of each model (default: 100k)",
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=paths.BENCH_REPORT,
        metavar="FILE",
        help=f"where results go (default: {paths.short(paths.BENCH_REPORT)})",
    )
    parser.add_argument(
        "--table",
        action="store_true",
        help="run those that are published, keep their figures in"
        f" {paths.short(bench_table.FOLDER)} and write the table of README.rst",
    )
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="look only whether all of it works: one round, no limits",
    )
    at = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:at])
    options.pytest = words[at + 1 :]
    if options.smoke and options.table:
        parser.error("--smoke measures nothing that a table could show")
    return options


def main(options):
    """Run the benchmarks; returns the exit code."""
    exit_on_sigterm()
    unknown = set(options.names) - set(bench_run.names())
    if unknown:
        raise SetupError(f"there is no benchmark {', '.join(sorted(unknown))}")
    names = options.names or (
        bench_table.PUBLISHED if options.table else bench_run.names()
    )
    surroundings.ensure(for_tests=True)
    words = [f"--scale={options.scale}", *options.pytest]
    words += ["--smoke"] if options.smoke else []
    found = {}
    with postgres.running(), databases.run() as run:
        outcomes = [_run(run, name, words, found) for name in names]
        if options.table:
            bench_table.keep(options.scale, found)
    options.json.write_text(json.dumps(found, indent=1))
    say(f"As JSON: {paths.short(options.json)}")
    passed = sum(outcome.passed for outcome in outcomes)
    return 1 if any(outcome.failed for outcome in outcomes) or not passed else 0


def _run(run, name, words, found):
    """Run one benchmark, and put what it measured into ``found``."""
    paths.BENCH_REPORT.unlink(missing_ok=True)
    outcome = bench_run.run_benchmarks(run, f"bench_{name}", [name], words)
    if paths.BENCH_REPORT.exists():
        found[name] = json.loads(paths.BENCH_REPORT.read_text())
    return outcome
