"""All screens tell the same of the demonstration: board, cards, the strip of own
targets, star performers, attainment, which the dashboard of forecasts asks, revenue,
and plain SQL.

For each kind of user: what somebody may not open is in none of them.
"""

from collections import defaultdict
from datetime import date

import pytest

from ground import databases

# Amy sells, and leads a small territory; Lena is a member of several; Claire manages a
# region, Helena everything; Olga works for another company, Nadia is new
LOGINS = ("amy", "lena", "claire", "helena", "olga", "nadia")
ATTAINMENT = "crm.territory.forecast.attainment"
REVENUE = "crm.territory.revenue.report"
FIGURES = ("target", "achieved", "open", "weighted")
# what closed, of what the user may read, by territory and who won it; in territories of
# former plans as what these are in the plan in use
ACHIEVED = """
    SELECT COALESCE(today.id, lead.territory_id), COALESCE(won_user_id, user_id),
           sum(expected_revenue)
      FROM crm_lead AS lead
      JOIN crm_territory AS own ON own.id = lead.territory_id
      LEFT JOIN (SELECT territory.*
                   FROM crm_territory AS territory
                   JOIN crm_territory_plan AS plan ON plan.id = territory.plan_id
                  WHERE plan.state = 'active') AS today
             ON today.lineage = own.lineage
     WHERE lead.id = ANY(%s) AND won_status = 'won'
       AND ((date_closed AT TIME ZONE 'UTC') AT TIME ZONE %s)::date BETWEEN %s AND %s
     GROUP BY 1, 2
"""


@pytest.fixture(scope="module")
def server(make_server):
    server = make_server(demo=True)
    admin = server.client()
    north = admin.call("res.company", "create", {"name": "North"})
    for login, company in (("olga", north), ("nadia", 1)):
        make_salesperson(admin, login, company)
    return server


def make_salesperson(admin, login, company):
    named = [("module", "=", "sales_team"), ("name", "=", "group_sale_salesman")]
    [group] = admin.call("ir.model.data", "search_read", named, ["res_id"])
    admin.call(
        "res.users",
        "create",
        {
            "name": login.title(),
            "login": login,
            "password": login,
            "company_id": company,
            "company_ids": [(6, 0, [company])],
            "group_ids": [(4, group["res_id"])],
        },
    )


class Screens:
    """What a user is told, by the default forecast."""

    def __init__(self, server, login):
        self.server = server
        self.client = server.client(login, login)
        frame = self.client.call("crm.territory.forecast", "get_frame")
        self.forecast_id = frame["default_id"]
        self.today = date.fromisoformat(frame["today"])
        everything = [("active", "in", [True, False])]
        self.lead_ids = self.client.call("crm.lead", "search", everything)

    def zone(self):
        return self.read("crm.territory.forecast", self.forecast_id, "tz")

    def read(self, model, record_id, *names):
        [values] = self.client.call(model, "read", [record_id], names)
        found = [values[name] for name in names]
        return found[0] if len(found) == 1 else found

    def board(self, first_day, last_day):
        options = {"date_from": first_day, "date_to": last_day, "members": True}
        return self.client.call(
            "crm.territory.forecast", "get_board", [self.forecast_id], options
        )

    def stars(self, first_day, last_day):
        """{(territory id, user id): achieved}"""
        options = {"date_from": first_day, "date_to": last_day, "by": "territory"}
        found = self.client.call(
            "crm.territory.forecast", "get_star_performers", [self.forecast_id], options
        )
        return {
            (row["territory_id"], row["user_id"]): row["achieved"]
            for row in found["rows"]
        }

    def strip(self):
        """{territory id: (target, achieved)} of the running period"""
        found = self.client.call("crm.territory.forecast", "get_own_targets")
        return {
            row["territory_id"]: (row["target"], row["achieved"])
            for row in found["rows"]
        }

    def groups(self, model, domain, groupby, names, zone="UTC"):
        """{(id, …): [figures]}"""
        found = self.client.call(
            model,
            "formatted_read_group",
            domain,
            groupby,
            [f"{name}:sum" for name in names],
            context={"tz": zone},
        )
        return {
            tuple(group[each] and group[each][0] for each in groupby): [
                group[f"{name}:sum"] or 0 for name in names
            ]
            for group in found
        }

    def attained(self, first_day, last_day):
        """{(territory id,): [target, achieved, open, weighted]}, as dashboards ask."""
        domain = [
            ("is_default_in_money", "=", True),
            ("date_start", ">=", first_day),
            ("date_start", "<=", last_day),
        ]
        names = ["target", "achieved", "open_amount", "weighted_amount"]
        return self.groups(ATTAINMENT, domain, ["territory_id"], names)

    def won(self, first_day, last_day, zone):
        """{(territory id, user id): [amount]}"""
        domain = [("date", ">=", first_day), ("date", "<=", last_day)]
        by = ["territory_id", "salesperson_id"]
        return self.groups(REVENUE, domain, by, ["won_amount"], zone)

    def won_by_sql(self, first_day, last_day, zone):
        rows = databases.query(
            self.server.db, ACHIEVED, self.lead_ids, zone, first_day, last_day
        )
        return {(place, user_id): [float(won)] for place, user_id, won in rows}

    def below(self):
        """{territory id: ids of it and of all below it}"""
        found = defaultdict(set)
        domain = [("plan_id.state", "=", "active")]
        for each in self.client.call(
            "crm.territory", "search_read", domain, ["parent_path"]
        ):
            for above in each["parent_path"].split("/")[:-1]:
                found[int(above)].add(each["id"])
        return found

    def cards(self, territory_ids):
        """{territory id: [target, achieved]} of the running period"""
        names = ["forecast_target", "forecast_achieved"]
        rows = self.client.call("crm.territory", "read", territory_ids, names)
        return {row["id"]: [row[name] for name in names] for row in rows}


def assert_agreement(server, least):
    """Of the running period and of the year.

    :param least: so many rows with something achieved must be looked at
    """
    seen = 0
    for login in LOGINS:
        screens = Screens(server, login)
        if not screens.forecast_id:
            assert_tells_nothing(screens)
            continue
        year = screens.today.year
        board = screens.board(f"{year}-01-01", f"{year}-12-31")
        [running] = [each for each in board["periods"] if each["is_current"]]
        days = running["date_start"], running["date_end"]
        seen += assert_same(screens, board, f"{year}-01-01", f"{year}-12-31")
        board = screens.board(*days)
        seen += assert_same(screens, board, *days)
        assert_running(screens, board)
    assert seen >= least


def assert_same(screens, board, *days):
    """:return: number of rows with something achieved"""
    zone, below = screens.zone(), screens.below()
    told = {
        "revenue": screens.won(*days, zone),
        "SQL": screens.won_by_sql(*days, zone),
    }
    attained, stars = screens.attained(*days), screens.stars(*days)
    for row in board["rows"]:
        total, what = row["total"], (screens.client.login, row["name"], *days)
        territory_ids, user_id = below[row["territory_id"]], row["user_id"]
        for name, groups in told.items():
            found = [
                figures
                for (place, owner), figures in groups.items()
                if place in territory_ids and user_id in (owner, False)
            ]
            assert total["achieved"] == pytest.approx(sum(each for [each] in found)), (
                name,
                *what,
            )
        if user_id:
            achieved = stars.pop((row["territory_id"], user_id))
            assert achieved == pytest.approx(total["achieved"]), what
            continue
        found = [attained.get((place,), [0] * 4) for place in territory_ids]
        figures = [sum(each) for each in zip(*found, strict=True)]
        expected = [total[name] or 0 for name in FIGURES]
        if not total["is_target_set"]:
            del figures[0], expected[0]
        assert figures == pytest.approx(expected, abs=0.01), what
    assert not stars
    return len([row for row in board["rows"] if row["total"]["achieved"]])


def assert_running(screens, board):
    """Cards and the strip tell of the running period."""
    own, expected = {}, {}
    for row in board["rows"]:
        total = row["total"]
        if not row["user_id"]:
            expected[row["territory_id"]] = [total["target"] or 0, total["achieved"]]
        elif row["user_id"] == screens.client.uid and total["is_target_set"]:
            own[row["territory_id"]] = (total["target"], total["achieved"])
    assert screens.cards(list(expected)) == expected
    assert screens.strip() == own


def assert_tells_nothing(screens):
    """Who has no forecast is told of no target, and of revenue what he may read."""
    assert screens.strip() == {}
    assert screens.client.call(ATTAINMENT, "search_count", []) == 0
    [[won]] = screens.groups(REVENUE, [], [], ["won_amount"]).values()
    [(by_sql,)] = databases.query(
        screens.server.db,
        "SELECT COALESCE(sum(expected_revenue), 0) FROM crm_lead"
        " WHERE id = ANY(%s) AND won_status = 'won' AND type = 'opportunity'",
        screens.lead_ids,
    )
    assert won == pytest.approx(float(by_sql))


def test_as_it_is_installed(server):
    assert_agreement(server, 60)


def test_when_deals_were_handed_over_and_accounts_have_moved(server):
    """Rosa leaves: Daniel gets all that she has. A customer moves to France."""
    helena = server.client("helena", "helena")
    [rosa, daniel] = (
        helena.call("res.users", "search", [("login", "=", login)])[0]
        for login in ("rosa", "daniel")
    )
    won = [("won_status", "=", "won"), ("user_id", "=", rosa)]
    leads = helena.call("crm.lead", "search", won)
    assert leads
    helena.call("crm.lead", "write", leads, {"user_id": daniel})
    [france] = helena.call("res.country", "search", [("code", "=", "FR")])
    accounts = helena.call("crm.lead", "read", leads[:3], ["partner_id"])
    ids = [lead["partner_id"][0] for lead in accounts]
    helena.call("res.partner", "write", ids, {"country_id": france, "state_id": False})
    assert_agreement(server, 60)


def test_in_the_next_plan(server):
    """A copy of the plan, with some territories renamed and put elsewhere."""
    helena = server.client("helena", "helena")
    [plan] = helena.call("crm.territory.plan", "search", [("state", "=", "active")])
    copied = helena.call("crm.territory.plan", "copy", [plan])[0]
    in_copy = [("plan_id", "=", copied)]
    found = helena.call("crm.territory", "search_read", in_copy, ["name"])
    by_name = {territory["name"]: territory["id"] for territory in found}
    helena.call("crm.territory.plan", "action_archive_plan", [plan])
    helena.call("crm.territory.plan", "action_activate", [copied])
    helena.call(
        "crm.territory",
        "write",
        [by_name["Germany"]],
        {"name": "DACH", "parent_id": by_name["Worldwide"]},
    )
    helena.call("crm.territory", "write", [by_name["Europe"]], {"parent_id": False})
    assert_agreement(server, 60)
