"""What each territory of a plan holds, asked of Odoo."""

from dataclasses import dataclass

REVENUE = "expected_revenue:sum"


@dataclass
class Figures:
    """A territory with all below it. Amounts are in US dollars.

    A record in several territories counts in each of them; *credited* counts it only
    where its credited territory is.
    """

    accounts: int = 0
    open: int = 0
    lost: int = 0
    won: int = 0
    won_amount: float = 0
    credited: int = 0
    credited_amount: float = 0


def of_plan(client, plan_id):
    """{the names from the root down to a territory: its Figures}, in tree order."""
    territories = client.search_read(
        "crm.territory",
        [["plan_id", "=", plan_id]],
        ["name", "parent_id"],
        order="sequence, id",
    )
    below = {}
    for territory in territories:
        parent = territory["parent_id"] and territory["parent_id"][0]
        below.setdefault(parent, []).append(territory)
    return dict(_walk(client, below, False, ()))


def _walk(client, below, parent, path):
    for territory in below.get(parent, ()):
        own_path = (*path, territory["name"])
        yield own_path, _of_territory(client, territory["id"])
        yield from _walk(client, below, territory["id"], own_path)


def _of_territory(client, territory_id):
    inside = ["territory_ids", "child_of", territory_id]
    count, revenue = "__count", REVENUE
    held = _by_status(client, [inside])
    credited = _by_status(client, [["territory_id", "child_of", territory_id]])
    return Figures(
        accounts=client.call(
            "res.partner", "search_count", [inside, ["is_company", "=", True]]
        ),
        open=held["pending"][count],
        lost=held["lost"][count],
        won=held["won"][count],
        won_amount=held["won"][revenue],
        credited=credited["won"][count],
        credited_amount=credited["won"][revenue],
    )


def _by_status(client, domain):
    """{won status: its number and revenue} of the opportunities of ``domain``."""
    groups = client.call(
        "crm.lead", "formatted_read_group", domain, ["won_status"], ["__count", REVENUE]
    )
    nothing = {"__count": 0, REVENUE: 0}
    return {status: nothing for status in ("pending", "won", "lost")} | {
        group["won_status"]: group for group in groups
    }


def table(figures):
    """The figures as aligned lines of text."""
    titles = "Accounts", "Open", "Lost", "Won", "Won $", "Credited", "Credited $"
    names = ["  " * (len(path) - 1) + path[-1] for path in figures]
    rows = [
        [f"{value:,.0f}" for value in vars(each).values()] for each in figures.values()
    ]
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    first = max(map(len, names), default=0)

    def line(name, cells):
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        return "  ".join([name.ljust(first), *numbers])

    return "\n".join([line("Territory", titles), *map(line, names, rows)])
