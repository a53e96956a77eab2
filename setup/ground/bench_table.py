"""The figures that are published: kept in docs/bench, and shown by README.rst.

``setup/bench --table`` writes both; the stage lint of setup/test looks whether the
table is what the kept figures say (``python -m ground.bench_table --check``).
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from itertools import groupby

from . import databases, paths

FOLDER = paths.ROOT / "docs" / "bench"
README = paths.ROOT / "README.rst"
SCALES = ("10k", "100k", "1m")
# the benchmarks that are published, in the order of the table
ON_ONE_DATABASE = ("places", "rivals", "rules", "daily", "access", "customers")
PUBLISHED = (*ON_ONE_DATABASE, "workers", "install")
BEGIN = ".. the table is made by setup/bench --table\n"
END = ".. end of the table\n"
HEADING = """\
.. list-table::
   :header-rows: 1
   :widths: {}

"""
# of what, beside what, the goal; and of each scale
WIDTHS, WIDTH = (34, 30, 12), 8


def keep(scale, benchmarks):
    """Keep what was measured, in place of what was measured by the same benchmarks.

    :param dict benchmarks: {name: list of results, see tests/benchmarks/results.py}
    """
    kept = _kept(scale)
    kept["machine"] = machine()
    day = datetime.now(UTC).date().isoformat()
    for name, results in benchmarks.items():
        of_table = [result for result in results if result["case"]]
        kept.setdefault("benchmarks", {})[name] = {"day": day, "results": of_table}
    FOLDER.mkdir(exist_ok=True)
    _path(scale).write_text(json.dumps(kept, indent=1) + "\n")
    README.write_text(_with_table())


def machine():
    """The machine in words."""
    [(version,)] = databases.query("postgres", "SHOW server_version")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB of memory, PostgreSQL"
        f" {version.split()[0]} on the same machine, Python {platform.python_version()}"
    )


def _path(scale):
    return FOLDER / f"{scale}.json"


def _kept(scale):
    return json.loads(_path(scale).read_text()) if _path(scale).exists() else {}


def _with_table():
    """README.rst as it has to be."""
    before, _begin, rest = README.read_text().partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{_table()}\n{END}{after}"


def _table():
    measured = {scale: _rows(_kept(scale)) for scale in SCALES if _kept(scale)}
    if not measured:
        return "Nothing was measured yet.\n"
    keys = dict.fromkeys(key for rows in measured.values() for key in rows)
    # by benchmark, then by case, in the order in which they were measured
    order = [*dict.fromkeys((benchmark, case) for benchmark, case, _beside in keys)]
    places = {name: number for number, name in enumerate(PUBLISHED)}
    keys = sorted(keys, key=lambda key: (places.get(key[0], 99), order.index(key[:2])))
    lines = [_row("What", "Beside", "Goal", *measured)]
    for (_benchmark, case), of_case in groupby(keys, key=lambda key: key[:2]):
        for number, key in enumerate(of_case):
            found = [measured[scale].get(key, []) for scale in measured]
            lines.append(
                _row(
                    case if number == 0 else "",
                    key[2],
                    _goal(next(results for results in reversed(found) if results)),
                    *map(_figure, found),
                )
            )
    machines = dict.fromkeys(_kept(scale)["machine"] for scale in measured)
    widths = " ".join(map(str, [*WIDTHS, *(WIDTH for _scale in measured)]))
    return (
        HEADING.format(widths)
        + "".join(lines)
        + f"\nMeasured on: {'; '.join(machines)}.\n"
    )


def _rows(kept):
    """{(benchmark, case, beside): its results}"""
    rows = {}
    for name, measured in kept.get("benchmarks", {}).items():
        for result in measured["results"]:
            key = (name, result["case"], result["beside"])
            rows.setdefault(key, []).append(result)
    return rows


def _row(*cells):
    first, *others = [f" {cell}" if cell else "" for cell in cells]
    return f"   * -{first}\n" + "".join(f"     -{cell}\n" for cell in others)


def _goal(results):
    limits = [result["limit"] for result in results if result["limit"] is not None]
    if not limits:
        return ""
    if unit := results[0]["unit"]:
        return f"≤ {limits[0] * results[0]['reference']:g} {unit}"
    if limits[0] < 1:
        return f"{1 / limits[0]:.0f}× faster"
    return f"≤ {limits[0]:g}×"


def _figure(results):
    """From the best to the worst of some results, and whether one misses its goal."""
    if not results:
        return "–"
    unit = results[0]["unit"]
    figures = sorted(
        result["ours"] if unit else result["ours"] / result["reference"]
        for result in results
    )
    limits = [result["limit"] for result in results if result["limit"] is not None]
    is_faster = not unit and (
        limits[0] < 1 if limits else all(figure < 1 for figure in figures)
    )
    texts = [
        f"{figure:,.0f} {unit}"
        if unit and figure >= 100
        else f"{figure:.3g} {unit}"
        if unit
        else (f"{1 / figure:.3g}×" if is_faster else f"{figure:.2f}×")
        for figure in figures
    ]
    text = texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"
    text += " faster" if is_faster else ""
    return f"**{text}: missed**" if any(map(_is_missed, results)) else text


def _is_missed(result):
    limit = result["limit"]
    return limit is not None and result["ours"] > limit * result["reference"]


if __name__ == "__main__":
    if "--check" not in sys.argv:
        README.write_text(_with_table())
    elif README.read_text() != _with_table():
        sys.exit("The table in README.rst is not what docs/bench says.")
