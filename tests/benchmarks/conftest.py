"""What benchmarks record, and the table that is printed at their end.

A benchmark is a test in a file ``bench_NAME.py``. It measures our code and a
reference that does the same (hand-written SQL, another addon, plain Odoo), and says
``ratio(name, *seconds(ours, reference), limit=2)``.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "setup"))

from ground import paths  # noqa: E402

RESULTS = pytest.StashKey()
SCALES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}


def pytest_addoption(parser):
    parser.addoption("--scale", choices=SCALES, default="100k")


@pytest.fixture(scope="session")
def scale(request):
    """How many records of each model a benchmark makes."""
    return SCALES[request.config.getoption("--scale")]


@dataclass
class Result:
    """One comparison; ``limit`` is the highest ratio that is still good, or None."""

    name: str
    ours: float
    reference: float
    limit: float | None = None

    @property
    def ratio(self):
        return self.ours / self.reference


@pytest.fixture(scope="session")
def ratio(request):
    """A function that records a comparison and fails the test above its limit."""
    results = request.config.stash.setdefault(RESULTS, [])

    def record(name, ours, reference, limit=None):
        result = Result(name, ours, reference, limit)
        results.append(result)
        assert limit is None or result.ratio <= limit, (
            f"{name}: {result.ratio:.2f} times the reference; the limit is {limit}"
        )

    return record


@pytest.fixture
def seconds():
    """A function that runs others in turn, ``rounds`` times, and returns the best time
    of each: a machine that is busy for a while is so for all of them.
    """

    def best(*functions, rounds=5):
        times = [[] for _function in functions]
        for _round in range(rounds):
            for function, taken in zip(functions, times, strict=True):
                start = time.perf_counter()
                function()
                taken.append(time.perf_counter() - start)
        return [min(taken) for taken in times]

    return best


@pytest.fixture(scope="module")
def env():
    """An Odoo environment on the benchmark's database; nothing in it is committed."""
    import odoo.api
    import odoo.modules.registry
    import odoo.tests.common

    registry = odoo.modules.registry.Registry(odoo.tests.common.get_db_name())
    with registry.cursor() as cursor:
        yield odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
        cursor.rollback()


def pytest_terminal_summary(terminalreporter, config):
    results = config.stash.get(RESULTS, [])
    if not results:
        return
    width = max(len(result.name) for result in results)
    write = terminalreporter.write_line
    write(f"\n{'benchmark':{width}} {'ours s':>10} {'ref. s':>10} {'ratio':>8} limit")
    for each in results:
        figures = f"{each.ours:10.4f} {each.reference:10.4f} {each.ratio:8.2f}"
        write(f"{each.name:{width}} {figures} {each.limit or '':>5}")
    report = paths.BENCH_REPORT
    before = json.loads(report.read_text()) if report.exists() else []
    report.write_text(json.dumps(before + [asdict(each) for each in results], indent=2))
