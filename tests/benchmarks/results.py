"""What benchmarks measured: compared, printed, and kept as JSON."""

import json
from dataclasses import asdict, dataclass

from ground import paths


@dataclass
class Result:
    """One comparison.

    :param name: what was measured, on how much
    :param limit: the highest ratio that is still good, or None
    :param case: the row of the published table to which it belongs; "": none
    :param beside: what the reference is, in the words of that table
    :param unit: of both figures, where the reference is a figure that was wanted
    """

    name: str
    ours: float
    reference: float
    limit: float | None = None
    case: str = ""
    beside: str = ""
    unit: str = ""

    @property
    def ratio(self):
        return self.ours / self.reference

    @property
    def is_missed(self):
        return self.limit is not None and self.ratio > self.limit

    def missed(self):
        return (
            f"{self.name}: {self.ratio:.3g} times the reference; the limit is"
            f" {self.limit:.3g}"
        )


def write_table(write, results):
    """Write a table by ``write``, a function of a line."""
    width = max(len(result.name) for result in results)
    write(f"\n{'benchmark':{width}} {'ours':>10} {'ref.':>10} {'ratio':>8} limit")
    for each in results:
        figures = f"{each.ours:10.4f} {each.reference:10.4f} {each.ratio:8.3g}"
        limit = "" if each.limit is None else f"{each.limit:.3g}"
        missed = " missed" if each.is_missed else ""
        write(f"{each.name:{width}} {figures} {limit:>5}{missed}")


def keep(results):
    """For setup/bench, which has called."""
    paths.BENCH_REPORT.write_text(json.dumps([asdict(each) for each in results]))
