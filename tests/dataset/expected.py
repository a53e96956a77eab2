"""What every territory must hold, computed from the CSV files alone.

Independent of the loader and of Odoo: it reads the files again, knows their typing
errors by itself, and restates the plan in its own words. Only the tests use it.
"""

import csv
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from statistics import median

REGION_OF = {
    "United States": "North America",
    "Brazil": "Latin America",
    "Panama": "Latin America",
    "China": "Asia Pacific",
    "Japan": "Asia Pacific",
    "Korea": "Asia Pacific",
    "Philipines": "Asia Pacific",
}  # all others: EMEA
COUNTRY_NAME = {"Korea": "South Korea", "Philipines": "Philippines"}
SECTOR_NAME = {"technolgy": "Technology"}
# Which office's agents are members where: of the region's countries, of the series.
OFFICE_OF = {
    "North America": "Central",
    "EMEA": "East",
    "Asia Pacific": "West",
    "Latin America": "West",
    "GTX": "Central",
    "MG": "East",
    "GTK": "West",
}
# Who is credited first, unless the owner is a member of another one.
ORDER = ["Geography", "Product Series", "Sectors", "Company Size"]


class Expected:
    """The figures of the files in ``folder``; a territory is a tuple of names."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.agents = {row["sales_agent"]: row for row in self.rows("sales_teams")}
        self.accounts = {row["account"]: row for row in self.rows("accounts")}
        self.account_territories = {
            name: territories_of_account(row) for name, row in self.accounts.items()
        }
        self.series = {
            row["product"].replace(" ", ""): row["series"]
            for row in self.rows("products")
        }
        self.opportunities = list(self.rows("sales_pipeline"))

    def rows(self, name):
        with (self.folder / f"{name}.csv").open(newline="") as file:
            yield from csv.DictReader(file)

    def territories_of(self, opportunity):
        """Those of its account, and its product's series."""
        series = self.series[opportunity["product"].replace(" ", "")]
        of_account = self.account_territories.get(opportunity["account"], [])
        return [*of_account, ("Product Series", series)]

    def credited(self, opportunity):
        office = self.agents[opportunity["sales_agent"]]["regional_office"]

        def rank(territory):
            # The name of the region or of the series.
            owner_is_member = OFFICE_OF.get(territory[1]) == office
            return not owner_is_member, ORDER.index(territory[0])

        return min(self.territories_of(opportunity), key=rank)

    def per_territory(self):
        """{territory: Counter of figures}, each with what lies below it."""
        figures = defaultdict(Counter)
        for territories in self.account_territories.values():
            for territory in with_ancestors(territories):
                figures[territory]["accounts"] += 1
        stages = {"Won": "won", "Lost": "lost"}
        for row in self.opportunities:
            status = stages.get(row["deal_stage"], "open")
            value = int(row["close_value"] or 0)
            for territory in with_ancestors(self.territories_of(row)):
                figures[territory][status] += 1
                figures[territory]["won_amount"] += value
            if status == "won":
                for territory in with_ancestors([self.credited(row)]):
                    figures[territory]["credited"] += 1
                    figures[territory]["credited_amount"] += value
        return dict(figures)

    def closed(self, *stages):
        return [row for row in self.opportunities if row["deal_stage"] in stages]

    def won_amounts(self, key):
        """{sector, country or agent: amount won}"""
        amounts = Counter()
        for row in self.closed("Won"):
            amounts[self._of(row, key)] += int(row["close_value"])
        return amounts

    def accounts_by_country(self):
        """{country: number of accounts}"""
        return Counter(self._of({"account": name}, "country") for name in self.accounts)

    def win_rates(self, key):
        """{sector, country or agent: share of the won among the closed}"""
        closed, won = Counter(), Counter()
        for row in self.closed("Won", "Lost"):
            closed[self._of(row, key)] += 1
            won[self._of(row, key)] += row["deal_stage"] == "Won"
        return {group: won[group] / closed[group] for group in closed}

    def median_days(self, *stages):
        """From engaging to closing."""
        return median(
            (_day(row["close_date"]) - _day(row["engage_date"])).days
            for row in self.closed(*stages)
        )

    def _of(self, row, key):
        if key == "agent":
            return row["sales_agent"]
        account = self.accounts[row["account"]]
        if key == "sector":
            sector = account["sector"]
            return SECTOR_NAME.get(sector, sector.capitalize())
        country = account["office_location"]
        return COUNTRY_NAME.get(country, country)

    def visible_to(self, name):
        """How many opportunities an agent or manager may read.

        An agent's own ones, a manager's agents', and those of the territories that
        their office works (a manager as the manager of those or of what is above).
        """
        team = {a for a, row in self.agents.items() if name in (a, row["manager"])}
        office = self.agents[min(team)]["regional_office"]
        return sum(
            row["sales_agent"] in team
            or any(
                OFFICE_OF.get(territory[1]) == office
                for territory in self.territories_of(row)
            )
            for row in self.opportunities
        )


def territories_of_account(row):
    country = row["office_location"]
    employees = int(row["employees"])
    if employees < 500:
        size = "Small"
    elif employees < 5000:
        size = "Mid-Market"
    else:
        size = "Enterprise"
    region = REGION_OF.get(country, "EMEA")
    sector = SECTOR_NAME.get(row["sector"], row["sector"].capitalize())
    return [
        ("Geography", region, COUNTRY_NAME.get(country, country)),
        ("Sectors", sector),
        ("Company Size", size),
    ]


def _day(text):
    return datetime.strptime(text, "%m/%d/%Y")


def with_ancestors(territories):
    return {
        territory[:depth]
        for territory in territories
        for depth in range(1, len(territory) + 1)
    }
