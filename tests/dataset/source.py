"""The CSV files of the data set: read, checked and mended."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from .errors import LoadError

# How it is written: how it is meant.
SECTORS = {"technolgy": "technology"}
COUNTRIES = {"Philipines": "Philippines", "Korea": "South Korea"}
STAGES = {"Prospecting", "Engaging", "Won", "Lost"}


@dataclass(frozen=True)
class Account:
    name: str
    sector: str
    country: str
    founded: int
    revenue: float  # US dollars
    employees: int
    parent: str | None


@dataclass(frozen=True)
class Agent:
    name: str
    manager: str
    office: str


@dataclass(frozen=True)
class Opportunity:
    key: str
    agent: str
    product: str
    series: str
    account: str | None
    stage: str
    engaged: date | None
    closed: date | None
    value: float | None


@dataclass
class Source:
    accounts: dict[str, Account]
    series: dict[str, str]  # of each product
    agents: dict[str, Agent]
    opportunities: list[Opportunity]
    # What was found and mended: {sentence: number of rows}.
    mended: Counter = field(default_factory=Counter)
    # What is missing or odd, and is left so: {sentence: number of rows}.
    noticed: Counter = field(default_factory=Counter)


def read(folder):
    """Read the files of ``folder``; LoadError names the file and line that is wrong."""
    folder = Path(folder)
    mended = Counter()
    accounts = _read_accounts(folder, mended)
    series = {
        row["product"]: row["series"]
        for _at, row in _rows(folder, "products.csv", "product series")
    }
    agents = {
        row["sales_agent"]: Agent(
            row["sales_agent"], row["manager"], row["regional_office"]
        )
        for _at, row in _rows(
            folder, "sales_teams.csv", "sales_agent manager regional_office"
        )
    }
    opportunities = _read_opportunities(folder, accounts, series, agents, mended)
    source = Source(accounts, series, agents, opportunities, mended)
    source.noticed = _what_is_odd(source)
    return source


def _read_accounts(folder, mended):
    accounts = {}
    columns = (
        "account sector year_established revenue employees office_location"
        " subsidiary_of"
    )
    for at, row in _rows(folder, "accounts.csv", columns):
        with at:
            accounts[row["account"]] = Account(
                name=row["account"],
                sector=_meant(row["sector"], SECTORS, "sector", mended),
                country=_meant(row["office_location"], COUNTRIES, "country", mended),
                founded=int(row["year_established"]),
                revenue=round(float(row["revenue"]) * 1_000_000, 2),
                employees=int(row["employees"]),
                parent=row["subsidiary_of"] or None,
            )
    for account in accounts.values():
        if account.parent and account.parent not in accounts:
            raise LoadError(
                f"accounts.csv: {account.name} is a subsidiary of {account.parent},"
                " which is no account of the file."
            )
    return accounts


def _read_opportunities(folder, accounts, series, agents, mended):
    columns = (
        "opportunity_id sales_agent product account deal_stage engage_date close_date"
        " close_value"
    )
    products = {_without_spaces(product): product for product in series}
    opportunities = []
    for at, row in _rows(folder, "sales_pipeline.csv", columns):
        with at:
            product = products[_without_spaces(row["product"])]
            if product != row["product"]:
                mended[f"product {row['product']} → {product}"] += 1
            opportunities.append(
                Opportunity(
                    key=row["opportunity_id"],
                    agent=_one_of(agents, row["sales_agent"]),
                    product=product,
                    series=series[product],
                    account=_one_of({*accounts, ""}, row["account"]) or None,
                    stage=_one_of(STAGES, row["deal_stage"]),
                    engaged=_date(row["engage_date"]),
                    closed=_date(row["close_date"]),
                    value=float(row["close_value"]) if row["close_value"] else None,
                )
            )
    return opportunities


def _what_is_odd(source):
    busy = {opportunity.agent for opportunity in source.opportunities}
    odd = Counter(
        {
            "accounts are subsidiaries: they stay accounts, below their parent": sum(
                account.parent is not None for account in source.accounts.values()
            ),
            "agents have no opportunity": len(source.agents.keys() - busy),
        }
    )
    for each in source.opportunities:
        odd["opportunities have no account"] += not each.account
        odd["opportunities have no engage date: no assignment date"] += not each.engaged
        odd["opportunities have no close date: no closed date"] += not each.closed
        odd["opportunities have no close value: revenue 0"] += each.value is None
    return odd


def _meant(value, meanings, what, mended):
    if value in meanings:
        mended[f"{what} {value} → {meanings[value]}"] += 1
    return meanings.get(value, value)


def _without_spaces(name):
    return "".join(name.split()).casefold()


def _one_of(known, value):
    if value not in known:
        raise KeyError(value)
    return value


def _date(text):
    return datetime.strptime(text, "%m/%d/%Y").date() if text else None


class _At:
    """Says in which line of which file a value is wrong."""

    def __init__(self, name, line):
        self.where = f"{name}, line {line}"

    def __enter__(self):
        return self

    def __exit__(self, _type, error, _traceback):
        if isinstance(error, KeyError):
            raise LoadError(f"{self.where}: {error.args[0]} is not known.") from error
        if isinstance(error, ValueError):
            raise LoadError(f"{self.where}: {error}.") from error


def _rows(folder, name, columns):
    """Yield (where, {column: value without spaces around}) of each row of a file."""
    try:
        file = (folder / name).open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise LoadError(
            f"{folder / name} cannot be read ({error.strerror}). Name the folder that"
            " has accounts.csv, products.csv, sales_teams.csv and sales_pipeline.csv."
        ) from error
    with file:
        reader = csv.DictReader(file)
        missing = set(columns.split()) - set(reader.fieldnames or ())
        if missing:
            raise LoadError(f"{name} has no column {', '.join(sorted(missing))}.")
        for row in reader:
            yield (
                _At(name, reader.line_num),
                {column: (row[column] or "").strip() for column in columns.split()},
            )
