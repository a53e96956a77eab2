"""The territory plan on the data set: geography, sectors, sizes and product series."""

import json
import time

from .client import step
from .errors import LoadError
from .records import login_of

NAME = "Computer Hardware"

# Among the territories of a record, that of the type with the lowest number is
# credited. The first two come with the addon.
PRIORITIES = {
    "Geography": 30,
    "Product Overlay": 40,
    "Sector Overlay": 50,
    "Size Overlay": 60,
}
EMEA = "Belgium Germany Italy Jordan Kenya Norway Poland Romania".split()
# Region: (the office that works it, its countries).
REGIONS = {
    "North America": ("Central", ["United States"]),
    "EMEA": ("East", EMEA),
    "Asia Pacific": ("West", ["China", "Japan", "Philippines", "South Korea"]),
    "Latin America": ("West", ["Brazil", "Panama"]),
}
# Without the lower bound, every partner of unknown size would be small.
SIZES = {
    "Small": [["employee_number", ">", 0], ["employee_number", "<", 500]],
    "Mid-Market": [["employee_number", ">=", 500], ["employee_number", "<", 5000]],
    "Enterprise": [["employee_number", ">=", 5000]],
}
# Series: the office that works it.
SERIES = {"GTX": "Central", "MG": "East", "GTK": "West"}

RUN_TIMEOUT = 600


def build_and_run(client, source):
    """Build, activate and run the plan, each unless done; returns the plan's id."""
    plan = _find(client)
    if not plan:
        with step("Building the plan"):
            values = _Builder(client, source).plan()
            client.call("crm.territory.plan", "create", values)
        plan = _find(client)
    if plan["state"] == "draft":
        with step("Activating the plan"):
            client.call("crm.territory.plan", "action_activate", [plan["id"]])
        plan = _find(client)
    if plan["is_to_be_run"]:
        with step("Running the assignment"):
            run = _run(client, plan["id"])
        print(
            "  {judged_count:,} records judged: {changed_count:,} changed,"
            " {unchanged_count:,} unchanged, {failed_count:,} failed;"
            " {unassigned_count:,} are in no territory".format(**run)
        )
    return plan["id"]


def _find(client):
    plans = client.search_read(
        "crm.territory.plan", [["name", "=", NAME]], ["state", "is_to_be_run"]
    )
    return plans[0] if plans else None


def _run(client, plan_id):
    """Run the plan over everything, closed opportunities too; wait for its end.

    The server's scheduled job works the run. One that is going on already (of an
    import that was killed) is waited for.
    """
    model = "crm.territory.run"
    run_ids = client.call(
        model, "search", [["plan_id", "=", plan_id], ["state", "=", "running"]]
    )
    if not run_ids:
        values = {"plan_id": plan_id, "scope": "all", "include_closed": True}
        run_ids = client.call(model, "create", [values])
        client.call(model, "action_start", run_ids)
    fields = [
        *("judged_count", "changed_count", "unchanged_count", "unassigned_count"),
        *("failed_count", "state", "error"),
    ]
    deadline = time.monotonic() + RUN_TIMEOUT
    while time.monotonic() < deadline:
        [run] = client.call(model, "read", run_ids, fields)
        if run["state"] == "done":
            return run
        if run["state"] != "running":
            raise LoadError(f"The run ended as {run['state']}: {run['error']}")
        time.sleep(0.5)
    raise LoadError(
        f"The run did not end within {RUN_TIMEOUT} s. A scheduled job works it: does"
        " the server have threads for them (--max-cron-threads)?"
    )


class _Builder:
    """Turns names into ids, and the plan into one nested dictionary of values."""

    def __init__(self, client, source):
        self.types = client.ids_by_name(
            "crm.territory.type",
            {name: {"priority": number} for name, number in PRIORITIES.items()},
        )
        self.industries = client.ids_by_name(
            "res.partner.industry",
            {account.sector.title(): {} for account in source.accounts.values()},
        )
        self.lines = client.ids_by_name(
            "crm.product.line", {name: {} for name in SERIES}
        )
        self.countries = {
            country["name"]: country["id"]
            for country in client.search_read("res.country", [], ["name"])
        }
        self.users = {
            user["login"]: user["id"]
            for user in client.search_read("res.users", [], ["login"])
        }
        self.agents = source.agents.values()

    def plan(self):
        """The values of the plan with all its territories, for one ``create``."""
        roots = [self.geography(), self.sectors(), self.sizes(), self.series()]
        return {"name": NAME, "territory_ids": _new(roots)}

    def geography(self):
        regions = [
            self.territory(
                "Geography",
                region,
                members=self.managers_of(office),
                children=[self.country(name, office) for name in countries],
            )
            for region, (office, countries) in REGIONS.items()
        ]
        return self.territory("Geography", "Geography", children=regions)

    def country(self, name, office):
        return self.territory(
            "Geography",
            name,
            areas=[{"country_id": self.countries[name]}],
            members=self.agents_of(office),
        )

    def sectors(self):
        sectors = [
            self.territory(
                "Sector Overlay",
                name,
                rules=[_rule("account", [["industry_id", "=", number]])],
            )
            for name, number in sorted(self.industries.items())
        ]
        return self.territory("Sector Overlay", "Sectors", children=sectors)

    def sizes(self):
        sizes = [
            self.territory("Size Overlay", name, rules=[_rule("account", domain)])
            for name, domain in SIZES.items()
        ]
        return self.territory("Size Overlay", "Company Size", children=sizes)

    def series(self):
        series = [
            self.territory(
                "Product Overlay",
                name,
                rules=[
                    _rule("opportunity", [["product_line_ids", "=", self.lines[name]]])
                ],
                members=self.managers_of(office) + self.agents_of(office),
            )
            for name, office in SERIES.items()
        ]
        return self.territory("Product Overlay", "Product Series", children=series)

    def territory(self, type_name, name, areas=(), rules=(), members=(), children=()):
        return {
            "name": name,
            "type_id": self.types[type_name],
            "area_ids": _new(areas),
            "rule_ids": _new(rules),
            "member_ids": _new(members),
            "child_ids": _new(children),
        }

    def agents_of(self, office):
        names = [agent.name for agent in self.agents if agent.office == office]
        return [{"user_id": self.users[login_of(name)]} for name in names]

    def managers_of(self, office):
        names = sorted({a.manager for a in self.agents if a.office == office})
        users = [self.users[login_of(name)] for name in names]
        return [{"user_id": user, "is_manager": True} for user in users]


def _rule(applies_to, domain):
    return {"applies_to": applies_to, "domain": json.dumps(domain)}


def _new(values):
    """Commands that create records in a one2many field."""
    return [[0, 0, each] for each in values]
