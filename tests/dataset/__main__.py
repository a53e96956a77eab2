"""python -m tests.dataset: load the data set into a database."""

import argparse
import sys
import time
from pathlib import Path

from . import figures, plan, records, source
from .client import Client, step
from .errors import LoadError


def main():
    options = _parse()
    try:
        load(options)
    except LoadError as error:
        sys.exit(f"tests.dataset: {error}")


def _parse():
    parser = argparse.ArgumentParser(
        prog="python -m tests.dataset",
        description="Load the data set CRM Sales Opportunities into an Odoo database "
        "that has crm_territory, and build and run a territory plan on it. What is "
        "loaded already stays as it is.",
    )
    parser.add_argument("--url", default="http://127.0.0.1:8069")
    parser.add_argument("--db", required=True, metavar="DATABASE")
    parser.add_argument("--login", default="admin")
    parser.add_argument("--password", default="admin")
    parser.add_argument("folder", type=Path, help="with the CSV files of the data set")
    return parser.parse_args()


def load(options):
    start = time.monotonic()
    data = source.read(options.folder)
    _report(data)
    client = Client(options.url, options.db, options.login, options.password)
    if not records.import_all(client, data):
        print("All records are loaded already.")
    plan_id = plan.build_and_run(client, data)
    with step("Reading the outcome from Odoo"):
        outcome = figures.of_plan(client, plan_id)
    print(f"\n{figures.table(outcome)}\n")
    _say_who_can_log_in(data)
    print(f"Done after {time.monotonic() - start:.0f} s.")


def _report(data):
    print(
        f"{len(data.accounts)} accounts, {len(data.agents)} agents,"
        f" {len(data.opportunities):,} opportunities"
    )
    for title, counter in (("Mended", data.mended), ("Left", data.noticed)):
        print(f"{title}:")
        for sentence, count in counter.items():
            print(f"  {count:6,}  {sentence}")


def _say_who_can_log_in(data):
    agent = next(iter(data.agents.values()))
    names = [records.login_of(name) for name in (agent.name, agent.manager)]
    print(
        f"Log in as an agent ({names[0]}) or a manager ({names[1]}): every login is"
        " first.last, and so is its password."
    )


if __name__ == "__main__":
    main()
