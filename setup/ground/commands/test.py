"""setup/test: every check of the project, in stages."""

import argparse
import os
import secrets
import time
from contextlib import ExitStack

from .. import browser, databases, paths, postgres, printing, surroundings, templates
from ..beside import StagesBeside
from ..console import say
from ..programs import exit_on_sigterm
from ..stages import STAGES

FOR_TESTS = True
# They run in a process beside the others, as they take as long as these.
BESIDE = {"oracle", "upgrade", "browser", "core"}
BROWSER_STAGES = {"unit", "browser", "core"}


def parse(words):
    parser = argparse.ArgumentParser(
        prog="setup/test",
        usage="setup/test [STAGE...] [--search N [--seed S]] [-- PYTEST ARGUMENTS]",
        description="Run the tests. The last line is: N passed, M failed.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="stages (all without names):\n"
        + "\n".join(f"  {name:10}{run.__doc__}" for name, run in STAGES.items())
        + "\n\nexample: setup/test unit -- -k test_name",
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE")
    parser.add_argument(
        "--search",
        type=int,
        metavar="N",
        help="draw N fresh random worlds in the oracles, not the same few; make all"
        " attempts of insiders, not one in three; upgrade from all versions, not from"
        " the first and the last",
    )
    parser.add_argument(
        "--seed", type=int, metavar="S", help="those that a former search drew"
    )
    at = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:at])
    for name in options.stages:
        if name not in STAGES:
            parser.error(f"there is no stage {name}; there are {', '.join(STAGES)}")
    options.stages = [n for n in STAGES if n in options.stages or not options.stages]
    options.pytest = words[at + 1 :]
    if options.search:
        options.seed = options.seed or secrets.randbelow(2**31)
        os.environ |= {
            "ORACLE_SEARCH": str(options.search),
            "ORACLE_SEED": str(options.seed),
        }
        say(f"Fresh random worlds: --search {options.search} --seed {options.seed}")
    elif options.seed:
        parser.error("--seed goes with --search")
    return options


def main(options):
    """Run the stages; returns the exit code."""
    exit_on_sigterm()
    surroundings.ensure(for_tests=True)
    if BROWSER_STAGES & set(options.stages):
        browser.ensure()
    if "system" in options.stages:
        printing.ensure()
    with ExitStack() as stack:
        run = None
        if options.stages != ["lint"]:
            stack.enter_context(postgres.running())
            run = stack.enter_context(databases.run())
        outcomes = list(_outcomes(options, run))
    return _summary(outcomes, choosy=bool(options.pytest))


def _outcomes(options, run):
    """The Outcome of each stage; those named BESIDE run meanwhile."""
    beside = [name for name in options.stages if name in BESIDE]
    others = [name for name in options.stages if name not in BESIDE]
    if not beside or not others or options.pytest:
        yield from (_timed(name, run, options) for name in options.stages)
        return
    with StagesBeside(beside) as stages:
        yield from (_timed(name, run, options) for name in others)
        say(f"\n== {', '.join(beside)}: waiting for the end ==")
        yield from stages.outcomes()


def _timed(name, run, options):
    if name != "lint":
        templates.addon_template()
    say(f"\n== {name} ==")
    start = time.monotonic()
    outcome = STAGES[name](run, options.pytest)
    outcome.name = name
    outcome.seconds = time.monotonic() - start
    return outcome


def _summary(outcomes, choosy):
    """Print the figures of all stages; returns the exit code.

    ``choosy``: the user picked tests, so that a stage may well have none.
    """
    say(f"\n{'stage':10}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for each in outcomes:
        say(
            f"{each.name:10}{each.passed:8}{each.failed:8}"
            f"{each.skipped:9}{each.seconds:9.0f}"
        )
    passed = sum(each.passed for each in outcomes)
    failed = sum(each.failed for each in outcomes)
    empty = [each.name for each in outcomes if not each.passed + each.failed]
    if choosy and passed + failed:
        empty = []
    if empty:
        say(f"These stages ran no test: {', '.join(empty)}")
    say(f"Logs are in {paths.short(paths.LOGS)}")
    say(f"{passed} passed, {failed} failed")
    return 1 if failed or empty else 0
