"""Quarterly targets for 2017 on the data set, and what the files say comes of them.

The target of a territory for a quarter is what was won in it in the quarter before, and
10 % more, in full hundreds; for the first quarter, what was won in that one.
"""

from collections import defaultdict

from .expected import with_ancestors

NAME = "Revenue by Quarter"
YEAR = {"date_from": "2017-01-01", "date_to": "2017-12-31"}
STARTS = ("2017-01-01", "2017-04-01", "2017-07-01", "2017-10-01")


def won_by_quarter(expected, is_today=False):
    """{(territory, agent or None): [won in each quarter]}, from the files alone.

    A territory is a tuple of names and holds what lies below it.

    :param is_today: a deal is where its account is, not where it was credited, but for
        what is credited by its product
    """
    found = defaultdict(lambda: [0] * len(STARTS))
    for row in expected.opportunities:
        if row["deal_stage"] == "Won":
            month = int(row["close_date"].split("/")[0])
            of_account = expected.account_territories.get(row["account"])
            territory = expected.credited(row)
            if is_today and of_account and territory[0] != "Product Series":
                territory = of_account[0]  # no owner: the one of the first type
            for whole in with_ancestors([territory]):
                for agent in (None, row["sales_agent"]):
                    found[whole, agent][(month - 1) // 3] += int(row["close_value"])
    return dict(found)


def targets(won):
    """{(territory, first day): its target of the quarter}."""
    return {
        (territory, start): round((quarters[0], *quarters)[number] * share / 100) * 100
        for (territory, agent), quarters in won.items()
        if agent is None
        for number, (start, share) in enumerate(
            zip(STARTS, (1, 1.1, 1.1, 1.1), strict=True)
        )
    }


def make(client, plan_id, targets_of):
    """The forecast with its targets; returns its id and {id: territory} of the plan."""
    rows = client.search_read(
        "crm.territory", [["plan_id", "=", plan_id]], ["complete_name"]
    )
    names = {row["id"]: tuple(row["complete_name"].split(" / ")) for row in rows}
    [forecast_id] = client.call(
        "crm.territory.forecast",
        "create",
        [{"name": NAME, "period": "quarter", "tz": "UTC"}],
    )
    client.call(
        "crm.territory.forecast",
        "set_targets",
        [forecast_id],
        [
            {
                "territory_id": id_,
                "date_start": start,
                "amount": targets_of[names[id_], start],
            }
            for id_ in names
            for start in STARTS
            if (names[id_], start) in targets_of
        ],
        origin="imported",
    )
    return forecast_id, names


def table(board, names):
    """The roots and what is right below them, as aligned lines of text."""
    titles = ["Territory", *(period["label"] for period in board["periods"])]
    titles += ["2017", "Target", "Achieved", "Gap"]
    lines = [titles]
    for row in board["rows"]:
        if row["level"] < 2 and row["kind"] == "territory":
            total = row["total"]
            won = [f"{cell['achieved']:,.0f}" for cell in row["cells"]]
            lines.append(
                [
                    "  " * row["level"] + names[row["territory_id"]][-1],
                    *won,
                    f"{total['achieved']:,.0f}",
                    f"{total['target']:,.0f}" if total["is_target_set"] else "not set",
                    f"{total['achieved_rate']:.0%}" if total["target"] else "–",
                    f"{total['closing_gap']:,.0f}" if total["is_target_set"] else "–",
                ]
            )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0])]
            + [c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)]
        )
        for line in lines
    )
