"""What benchmarks record, and the table that is printed at their end.

A benchmark is a test in a file ``bench_NAME.py``. It measures our code and a
reference that does the same (hand-written SQL, another addon, plain Odoo), and says
``ratio(name, *seconds(ours, reference), limit=2)``.
"""

import statistics
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "setup"))

from . import databases_beside, results  # noqa: E402

RESULTS = pytest.StashKey()
MISSES = pytest.StashKey()
SCALES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}


def pytest_addoption(parser):
    parser.addoption("--scale", choices=SCALES, default="100k")
    parser.addoption("--smoke", action="store_true")


@pytest.fixture(scope="session")
def scale(request):
    """How many records of each model a benchmark makes."""
    return SCALES[request.config.getoption("--scale")]


@pytest.fixture(scope="session")
def is_smoke(request):
    """Whether it is only looked at whether all of it works, in little time."""
    return request.config.getoption("--smoke")


@pytest.fixture(scope="session")
def ratio(request, is_smoke):
    """A function that records a comparison, see ``results.Result``. A test that goes
    above one of its limits fails at its end, with all that it measured.
    """
    stash = request.config.stash
    recorded = stash.setdefault(RESULTS, [])
    misses = stash.setdefault(MISSES, [])

    def record(name, ours, reference, limit=None, **words):
        result = results.Result(name, ours, reference, limit, **words)
        recorded.append(result)
        if result.is_missed and not is_smoke:
            misses.append(result.missed())

    return record


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    result = yield
    if misses := pyfuncitem.config.stash.get(MISSES, []):
        text = "\n".join(misses)
        misses.clear()
        pytest.fail(text, pytrace=False)
    return result


@pytest.fixture(scope="session")
def seconds(is_smoke):
    """A function that runs others in turn, ``rounds`` times, and returns the median
    time of each: a machine that is busy for a while is so for all of them.
    """

    def medians(*functions, rounds=5):
        times = [[] for _function in functions]
        for _round in range(1 if is_smoke else rounds):
            for function, taken in zip(functions, times, strict=True):
                start = time.perf_counter()
                function()
                taken.append(time.perf_counter() - start)
        return [statistics.median(taken) for taken in times]

    return medians


@pytest.fixture(scope="module")
def env():
    """An Odoo environment on the benchmark's database; nothing in it is committed."""
    import odoo.tests.common

    with databases_beside.environment(odoo.tests.common.get_db_name()) as opened:
        yield opened


@pytest.fixture(scope="module")
def env_without():
    """A function that opens an environment on a database without our addons, with
    modules of others; nothing in it is committed.
    """
    with databases_beside.opened() as open_with:
        yield open_with


def pytest_terminal_summary(terminalreporter, config):
    recorded = config.stash.get(RESULTS, [])
    if recorded:
        results.write_table(terminalreporter.write_line, recorded)
        results.keep(recorded)
