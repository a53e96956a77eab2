"""Rules of twelve shapes: as a domain, and as somebody writes them by hand in SQL."""

from collections.abc import Callable
from dataclasses import dataclass

# ids of accounts that a rule of the shape *named* names
NAMED = 40


@dataclass(frozen=True)
class Shape:
    """What rules of one form have in common.

    :param str columns: of the table of their values
    :param str condition: of a record r and a row p of that table
    :param domain: function of the values that a rule has
    :param draw: function of a World that draws such values
    """

    columns: str
    condition: str
    domain: Callable
    draw: Callable
    applies_to: str = "account"

    @staticmethod
    def rows(values):
        """The rows of the table for one rule: as many as its first value has parts."""
        first, *others = values
        return [(one, *others) for one in (first if type(first) is list else [first])]


def _size(world):
    return int(10 ** (world.generator.random() * 4))


def _revenue(world):
    return world.generator.randrange(1, 90) * 1e6


def _industry(world):
    return world.generator.choice(world.industries)


def _city(world):
    return world.generator.choice(world.cities)


def _state(world):
    return world.generator.choice(world.states)


def _country(world):
    return world.generator.choice(world.used_countries)


def _band(world):
    low = 1 + _size(world)
    return _country(world), low, low + max(1, low // 10)


SHAPES = {
    "industry": Shape(
        "industry int",
        "r.industry_id = p.industry",
        lambda industry: [("industry_id", "=", industry)],
        lambda world: (_industry(world),),
    ),
    "industry_size": Shape(
        "industry int, size int",
        "r.industry_id = p.industry AND r.employee_number >= p.size",
        lambda industry, size: [
            ("industry_id", "=", industry),
            ("employee_number", ">=", size),
        ],
        lambda world: (_industry(world), _size(world)),
    ),
    "industry_revenue": Shape(
        "industry int, revenue numeric",
        "r.industry_id = p.industry AND r.annual_revenue > p.revenue",
        lambda industry, revenue: [
            ("industry_id", "=", industry),
            ("annual_revenue", ">", revenue),
        ],
        lambda world: (_industry(world), _revenue(world)),
    ),
    "city": Shape(
        "city varchar",
        "r.city = p.city",
        lambda city: [("city", "=", city)],
        lambda world: (_city(world),),
    ),
    "city_industry": Shape(
        "city varchar, industry int",
        "r.city = p.city AND r.industry_id = p.industry",
        lambda city, industry: [("city", "=", city), ("industry_id", "=", industry)],
        lambda world: (_city(world), _industry(world)),
    ),
    "state_size": Shape(
        "state int, size int",
        "r.state_id = p.state AND r.employee_number >= p.size",
        lambda state, size: [("state_id", "=", state), ("employee_number", ">=", size)],
        lambda world: (_state(world), _size(world)),
    ),
    "state_revenue": Shape(
        "state int, revenue numeric",
        "r.state_id = p.state AND r.annual_revenue > p.revenue",
        lambda state, revenue: [
            ("state_id", "=", state),
            ("annual_revenue", ">", revenue),
        ],
        lambda world: (_state(world), _revenue(world)),
    ),
    "country_industry": Shape(
        "country int, industry int",
        "r.country_id = p.country AND r.industry_id = p.industry",
        lambda country, industry: [
            ("country_id", "=", country),
            ("industry_id", "=", industry),
        ],
        lambda world: (_country(world), _industry(world)),
    ),
    "country_size": Shape(
        "country int, low int, high int",
        "r.country_id = p.country"
        " AND r.employee_number >= p.low AND r.employee_number < p.high",
        lambda country, low, high: [
            ("country_id", "=", country),
            ("employee_number", ">=", low),
            ("employee_number", "<", high),
        ],
        _band,
    ),
    "countries_city": Shape(
        "country int, city varchar",
        "r.country_id = p.country AND r.city = p.city",
        lambda countries, city: [("country_id", "in", countries), ("city", "=", city)],
        lambda world: (
            world.generator.sample(world.used_countries, 2),
            _city(world),
        ),
    ),
    "named": Shape(
        "account int",
        "r.id = p.account",
        lambda ids: [("id", "in", ids)],
        lambda world: (world.generator.sample(range(*world.accounts), NAMED),),
    ),
    "country_amount": Shape(
        "country int, amount numeric",
        "r.country_id = p.country AND r.expected_revenue >= p.amount",
        lambda country, amount: [
            ("country_id", "=", country),
            ("expected_revenue", ">=", amount),
        ],
        lambda world: (_country(world), world.generator.randrange(95_000, 100_000)),
        applies_to="opportunity",
    ),
}
