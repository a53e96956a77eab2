"""The import of the data set's records: users, teams, accounts, opportunities.

It goes through ``load``, the method behind Odoo's import of files. Every record gets an
external id made from its key in the files, so that a second import adds only what is
missing.
"""

import re

from .client import step
from .errors import LoadError

# The module of the external ids.
MODULE = "crm_sales_opportunities"
OPEN_STAGES = {"Prospecting": {"sequence": 10}, "Engaging": {"sequence": 20}}
LOST_REASON = "Not Stated"
SALESPERSON = "sales_team.group_sale_salesman"


def external_id(kind, key):
    """The external id of a record, e.g. ``crm_sales_opportunities.team_cara_losch``."""
    return f"{MODULE}.{kind}_{re.sub(r'[^a-z0-9]+', '_', key.lower())}"


def login_of(name):
    """The login of a person, e.g. ``cara.losch``."""
    return name.lower().replace(" ", ".")


def team_name(agent):
    return f"{agent.office} ({agent.manager})"


def import_all(client, source):
    """Import what is missing; returns the number of records that were created."""
    _check_currency(client)
    importer = _Importer(client, source)
    return (
        importer.users()
        + importer.teams()
        + importer.accounts()
        + importer.opportunities()
    )


def _check_currency(client):
    [company] = client.search_read("res.company", [], ["currency_id"], limit=1)
    if company["currency_id"][1] != "USD":
        raise LoadError(
            "The values of the data set are US dollars, but the company's currency is"
            f" {company['currency_id'][1]}. Use a database whose company has USD."
        )


class _Importer:
    def __init__(self, client, source):
        self.client = client
        self.source = source
        self.present = {
            f"{MODULE}.{row['name']}"
            for row in client.search_read(
                "ir.model.data", [["module", "=", MODULE]], ["name"]
            )
        }

    def load_missing(self, title, model, columns, rows):
        """Load the rows whose external id (the first column) is not there yet."""
        missing = [row for row in rows if row[0] not in self.present]
        if missing:
            with step(f"Importing {len(missing):,} {title}"):
                self.client.load(model, columns, missing)
        return len(missing)

    def users(self):
        """Salespeople who see their own documents, and what territories share.

        The password of each is the login, as of Odoo's demonstration users.
        """
        managers = {agent.manager for agent in self.source.agents.values()}
        columns = ["id", "name", "login", "email", "password", "group_ids/id"]
        rows = [
            [
                external_id("user", name),
                name,
                login_of(name),
                f"{login_of(name)}@example.com",
                login_of(name),
                SALESPERSON,
            ]
            for name in sorted({*self.source.agents, *managers})
        ]
        return self.load_missing("users", "res.users", columns, rows)

    def teams(self):
        """One team for each manager, with the manager as its leader."""
        members = {}
        for agent in self.source.agents.values():
            user = external_id("user", agent.name)
            members.setdefault((agent.manager, team_name(agent)), []).append(user)
        columns = ["id", "name", "user_id/id", "member_ids/id"]
        rows = [
            [
                external_id("team", manager),
                name,
                external_id("user", manager),
                ",".join(users),
            ]
            for (manager, name), users in members.items()
        ]
        return self.load_missing("sales teams", "crm.team", columns, rows)

    def accounts(self):
        """A subsidiary is a company below its parent, of type *other*.

        A company is an account of its own also with a parent; but one of type
        *contact* would get its parent's address.
        """
        industries = self.client.ids_by_name(
            "res.partner.industry",
            {account.sector.title(): {} for account in self.source.accounts.values()},
        )
        [dollar] = self.client.call("res.currency", "search", [["name", "=", "USD"]])
        columns = [
            *("id", "name", "is_company", "type", "parent_id/id", "industry_id/.id"),
            *("country_id", "annual_revenue", "annual_revenue_currency_id/.id"),
            *("employee_number", "comment"),
        ]

        def row(account):
            parent = account.parent
            return [
                external_id("account", account.name),
                account.name,
                "1",
                "other" if parent else "contact",
                external_id("account", parent) if parent else "",
                str(industries[account.sector.title()]),
                account.country,
                str(account.revenue),
                str(dollar),
                str(account.employees),
                f"Established in {account.founded}.",
            ]

        return sum(
            self.load_missing(title, "res.partner", columns, list(map(row, accounts)))
            for title, accounts in self.accounts_by_level()
        )

    def accounts_by_level(self):
        """Yield (title, accounts), parents before their subsidiaries."""
        everything = self.source.accounts
        level = [a for a in everything.values() if not a.parent]
        title = "accounts"
        while level:
            yield title, level
            above = {account.name for account in level}
            level = [a for a in everything.values() if a.parent in above]
            title = "accounts that are subsidiaries"

    def opportunities(self):
        """Won, lost and open ones apart: they fill different fields.

        The probability of open ones is left to Odoo, which learns it from the
        closed ones.
        """
        stages = self.client.ids_by_name("crm.stage", OPEN_STAGES)
        won = self.client.call("crm.stage", "search", [["is_won", "=", True]])[0]
        reasons = self.client.ids_by_name("crm.lost.reason", {LOST_REASON: {}})
        lost = [str(stages["Engaging"]), "0", "0", str(reasons[LOST_REASON])]
        return (
            self.opportunities_in("Won", ["probability"], [str(won), "100"])
            + self.opportunities_in(
                "Lost", ["probability", "active", "lost_reason_id/.id"], lost
            )
            + sum(
                self.opportunities_in(name, [], [str(stages[name])])
                for name in OPEN_STAGES
            )
        )

    def opportunities_in(self, stage, own_columns, own_values):
        lines = self.client.ids_by_name(
            "crm.product.line", {name: {} for name in self.source.series.values()}
        )
        columns = [
            *("id", "name", "type", "partner_id/id", "user_id/id", "team_id/id"),
            *("product_line_ids/.id", "date_open", "date_closed", "expected_revenue"),
            *("stage_id/.id", *own_columns),
        ]
        rows = [
            [*self.row_of(opportunity, lines), *own_values]
            for opportunity in self.source.opportunities
            if opportunity.stage == stage
        ]
        title = f"opportunities ({stage.lower()})"
        return self.load_missing(title, "crm.lead", columns, rows)

    def row_of(self, opportunity, lines):
        agent = self.source.agents[opportunity.agent]
        account = opportunity.account
        return [
            external_id("opportunity", opportunity.key),
            f"{account}: {opportunity.product}" if account else opportunity.product,
            "opportunity",
            external_id("account", account) if account else "",
            external_id("user", agent.name),
            external_id("team", agent.manager),
            str(lines[opportunity.series]),
            _noon(opportunity.engaged),
            _noon(opportunity.closed),
            str(opportunity.value or 0),
        ]


def _noon(day):
    """Noon in UTC: the same day nearly everywhere."""
    return f"{day} 12:00:00" if day else ""
