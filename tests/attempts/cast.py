"""Who and what there is in the world of the attempts: plain values, and no calls.

``territories`` are what the design says that a record is in: nobody asks the server.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracle.access import Member

TODAY = date.today()
DAY = timedelta(days=1)
MONTH = TODAY.replace(day=1)
SALES = "sales_team.group_sale_salesman"
ALL_LEADS = "sales_team.group_sale_salesman_all_leads"
SALES_MANAGER = "sales_team.group_sale_manager"
EXPORT = "base.group_allow_export"

# Alder has the branch West and a plan; Birch has a plan of its own.
COMPANIES = {"alder": None, "west": "alder", "birch": None}
# plan: (company, is active)
PLANS = {"one": ("alder", True), "two": ("birch", True), "next": ("alder", False)}


@dataclass(frozen=True)
class Person:
    """``kind`` as in the access oracle; ``groups`` are what makes it."""

    kind: str = "own"
    groups: tuple = (SALES, EXPORT)
    companies: tuple = ("alder",)
    reports_to: str | None = None


# Whoever owns records.
OWNERS = {
    "olga": Person(),
    "otto": Person(reports_to="superior"),
    "wes": Person(companies=("west",)),
    "bea": Person(companies=("birch",)),
}
# Who tries.
INSIDERS = {
    "reader": Person(),
    "writer": Person(),
    "parent": Person(),
    "small": Person(),
    "large": Person(),
    "former": Person(),
    "future": Person(),
    "leader": Person(),
    "superior": Person(),
    "everything": Person("all", (ALL_LEADS, EXPORT), ("alder", "west")),
    "manager": Person("manager", (SALES_MANAGER, EXPORT), ("alder", "west")),
    "other": Person("manager", (SALES_MANAGER, EXPORT), ("birch",)),
    "internal": Person("internal", ("base.group_user", EXPORT)),
    "portal": Person("portal", ("base.group_portal",)),
}
PEOPLE = OWNERS | INSIDERS


@dataclass(frozen=True)
class Place:
    """A territory; ``area`` is a country and the beginning of ZIP codes, or neither."""

    plan: str
    parent: str | None = None
    area: tuple | None = None
    permission: str = "write"
    rule: str | None = None


PLACES = {
    "world": Place("one", permission="read"),
    "europe": Place("one", "world", permission="read"),
    "france": Place("one", "europe", ("fr", None)),
    "paris": Place("one", "france", ("fr", "75")),
    "germany": Place("one", "europe", ("de", None), "read"),
    "smallest": Place("one", "world", ("mc", None)),
    "health": Place("one", "world", rule="industry"),
    "pair": Place("two"),
    "pair_france": Place("two", "pair", ("fr", None)),
    "iberia": Place("two", "pair", ("es", None)),
    "next_france": Place("next", None, ("fr", None), rule="industry"),
}


def members(user_ids, place_ids):
    """The memberships, with ids for names."""
    rows = [
        ("reader", "germany", False, None, None),
        ("writer", "france", False, None, None),
        ("parent", "europe", False, None, None),
        ("small", "smallest", True, None, None),
        ("large", "europe", True, None, None),
        ("former", "france", False, None, TODAY - 2 * DAY),
        ("future", "france", False, TODAY + 2 * DAY, None),
        ("bea", "iberia", False, None, None),
        ("olga", "next_france", True, None, None),
    ]
    return [
        Member(user_ids[user], place_ids[place], is_manager, start, end)
        for user, place, is_manager, start, end in rows
    ]


@dataclass(frozen=True)
class Customer:
    company: str | None
    country: str
    territories: tuple = ()
    zip: str | None = None
    industry: bool = False
    owner: str | None = None


CUSTOMERS = {
    "Paris": Customer("alder", "fr", ("paris",), "75002"),
    "Lyon": Customer("alder", "fr", ("france",), "69001"),
    "Lille": Customer("alder", "fr", ("france",), "59000", owner="otto"),
    "Berlin": Customer("alder", "de", ("germany",), "10115"),
    "Clinic": Customer("alder", "de", ("germany", "health"), "80331", industry=True),
    "Monaco": Customer("alder", "mc", ("smallest",)),
    "Tokyo": Customer("alder", "jp"),
    "Kyoto": Customer("alder", "jp", owner="olga"),
    "Sapporo": Customer("alder", "jp", ("germany",)),  # put in by hand
    "Bonn": Customer("west", "de", ("germany",), "53111"),
    "Nice": Customer(None, "fr", ("france", "pair_france"), "06000"),
    "Madrid": Customer(None, "es", ("iberia",)),
    "Osaka": Customer(None, "jp"),
    "Cannes": Customer("birch", "fr", ("pair_france",), "06400"),
}
BY_HAND = ("Sapporo", "germany")


@dataclass(frozen=True)
class Deal:
    customer: str | None
    owner: str | None
    type: str = "opportunity"
    is_won: bool = False
    by_hand: str | None = None


def deals():
    """Of each customer one that is owned and one that is not, and special ones."""
    owners = {"alder": "olga", "west": "wes", "birch": "bea", None: "otto"}
    found = []
    for name, customer in CUSTOMERS.items():
        found.append(Deal(name, owners[customer.company]))
        found.append(Deal(name, None))
    return [
        *found,
        Deal("Lyon", "olga", is_won=True),
        Deal("Berlin", "olga", is_won=True),
        Deal("Monaco", "otto", is_won=True),
        Deal("Madrid", "bea", is_won=True),
        Deal(None, "olga", "lead"),
        Deal(None, None, "lead"),
        Deal("Tokyo", "olga", by_hand="smallest"),
        Deal("Tokyo", "reader"),
        Deal("Berlin", "writer"),
        Deal("Lyon", "former"),
        Deal("Osaka", "small", "lead"),
        Deal("Lyon", "writer"),
    ]
