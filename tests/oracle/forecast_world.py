"""Random forecasts, made in the database and given to the oracle as plain Python."""

from datetime import datetime, timedelta

from odoo import Command

from .forecast import Oracle
from .forecast_draws import PLACES
from .forecast_reader import Deal, Target, Territory, User, World


class ForecastMaker:
    """Makes the world of one example.

    :param companies: two; the forecast is of the first one, in its currency
    :param users: four salespeople with own documents only, of both companies but for
        the last; then a sales manager of both and one of the first
    """

    def __init__(self, env, companies, users, stages):
        self.env = env
        self.companies = companies
        self.users = users
        self.stages = stages

    def make(self, drawn):
        self.drawn = drawn
        self.territories = self._make_territories()
        self._make_people()
        self.forecast = self._make_forecast()
        self.accounts = self._make_accounts()
        self.leads = self._make_leads()
        self._make_targets()
        self._freeze()
        self.env.flush_all()
        self.env.invalidate_all()
        return self.world()

    def _make_territories(self):
        plans = self.env["crm.territory.plan"].create(
            [
                {"name": f"Plan {n}", "company_id": False, "state": state}
                for n, state in enumerate(("active", "archived"))
            ]
        )
        made = []
        for n in range(PLACES):
            plan = plans[0] if n < 5 else plans[1]
            known = [t for t in made if t.plan_id == plan]
            place = self.drawn["parents"][n] % (len(known) + 1)
            made.append(
                self.env["crm.territory"].create(
                    {
                        # some names are those of the other plan
                        "name": f"T{n % 5 if n % 2 else n}",
                        "plan_id": plan.id,
                        "parent_id": known[place - 1].id if place else False,
                    }
                )
            )
        self._make_twins(made)
        for n in self.drawn["with_rules"]:
            # what puts deals there are overrides: the rule matches none
            rule = {"applies_to": "opportunity", "domain": "[('name', '=', 'None')]"}
            made[n].rule_ids = [Command.create(rule)]
        for n in self.drawn["archived"]:
            made[n].active = False
        return made

    def _make_twins(self, made):
        """As if the one plan were a copy of the other, each territory at most once."""
        twins = {}
        for n, twin in enumerate(self.drawn["twins"], 5):
            if twin is not None and twin not in twins.values():
                twins[n] = twin
        for n, twin in twins.items():
            made[n].sudo().lineage = made[twin].lineage
        self.env.flush_all()

    def _make_people(self):
        reports_to = self.drawn["reports_to"]
        self.users[1].reports_to_id = (
            False if reports_to is None else self.users[reports_to]
        )
        rows = {(place, person): m for place, person, m in self.drawn["members"]}
        self.env["crm.territory.member"].create(
            [
                {
                    "territory_id": self.territories[place].id,
                    "user_id": self.users[person].id,
                    "is_manager": is_manager,
                }
                for (place, person), is_manager in rows.items()
            ]
        )

    def _make_forecast(self):
        drawn = self.drawn
        place, person = drawn["left_out_territory"], drawn["left_out_user"]
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": self.companies[1].currency_id.id,
                    "company_id": self.companies[0].id,
                    "name": day,
                    "rate": rate,
                }
                for day, rate in drawn["rates"]
            ]
        )
        return self.env["crm.territory.forecast"].create(
            {
                "name": "Oracle",
                "company_id": self.companies[0].id,
                "period": drawn["period"],
                "fiscal_month": str(drawn["fiscal_month"]),
                "tz": drawn["zone"],
                "excluded_territory_ids": []
                if place is None
                else [Command.set(self.territories[place].ids)],
                "excluded_user_ids": []
                if person is None
                else [Command.set(self.users[person].ids)],
            }
        )

    def _make_accounts(self):
        accounts = self.env["res.partner"].create(
            [{"name": f"Account {n}", "is_company": True} for n in range(4)]
        )
        self.env.flush_all()
        for account, place in zip(accounts, self.drawn["accounts"], strict=True):
            self._put(account, place)
        return accounts

    def _put(self, record, place):
        """As an assignment would have: whatever led to it."""
        territory = self.territories[place] if place is not None else None
        sets = self.env["crm.territory.set"]
        key = frozenset(territory.ids) if territory else None
        set_id = sets._intern({key})[key] if key else None
        self.env.cr.execute(
            f"UPDATE {record._table} SET territory_id = %s, territory_set_id = %s"
            " WHERE id = %s",
            [territory and territory.id, set_id, record.id],
        )
        record.invalidate_recordset(["territory_id", "territory_set_id"])

    def _make_leads(self):
        leads = self.env["crm.lead"]
        for drawn in self.drawn["deals"]:
            lead = self._make_lead(drawn)
            self._live(lead, drawn)
            self.env.flush_all()
            self._put(lead, drawn["territory"])
            company = drawn["company"]
            self.env.cr.execute(
                "UPDATE crm_lead SET company_id = %s, user_id = %s, won_user_id ="
                " CASE WHEN won_status = 'won' THEN %s::int END WHERE id = %s",
                [
                    None if company is None else self.companies[company].id,
                    self._user_id(drawn["owner"]),
                    self._user_id(drawn["won_by"]),
                    lead.id,
                ],
            )
            if drawn["story"] == "stuck":
                self._stick(lead)
            leads |= lead
        self.env.invalidate_all()
        return leads

    def _user_id(self, person):
        return None if person is None else self.users[person].id

    def _stick(self, lead):
        """In a won stage, but not won: as imports and older versions left it."""
        self.env.cr.execute(
            "UPDATE crm_lead SET stage_id = %s, forecast_category = 'won',"
            " probability = 60, won_status = 'pending' WHERE id = %s",
            [self.stages["won"].id, lead.id],
        )

    def _make_lead(self, drawn):
        account = drawn["account"]
        return self.env["crm.lead"].create(
            {
                "name": "Deal",
                "type": "lead" if drawn["story"] == "lead" else "opportunity",
                "partner_id": account is not None and self.accounts[account].id,
                "user_id": False,
                "team_id": False,
                "expected_revenue": drawn["amount"],
                "stage_id": self.stages[drawn["category"]].id,
                "probability": drawn["probability"],
                "date_deadline": drawn["day"],
            }
        )

    def _live(self, lead, drawn):
        """Let a deal be won, lost, opened again or put off."""
        story = drawn["story"]
        won = {"stage_id": self.stages["won"].id, "probability": 100}
        opened = {
            "stage_id": self.stages[drawn["category"]].id,
            "probability": drawn["probability"],
        }
        if story in ("won", "reopened", "filed"):
            lead.write(won)
            lead.active = story != "filed"
            moment = drawn["day"] and datetime.combine(
                drawn["day"], datetime.min.time()
            ) + timedelta(hours=drawn["hour"])
            lead.date_closed = moment or False
        if story == "reopened":
            lead.write(opened)
        if story in ("lost", "restored"):
            lead.action_set_lost()
        if story == "restored":
            lead.action_unarchive()
            lead.write(opened)
        if story == "archived":
            lead.active = False
        if story == "slipped" and drawn["day"]:
            lead.date_deadline = drawn["day"] + timedelta(days=31)
        if story == "overridden":
            lead.forecast_category = "commit"

    def _freeze(self):
        """Freeze periods, after which more happens to the deals in them."""
        self.frozen = {}
        self.env.flush_all()
        self.env.invalidate_all()
        for day in self.drawn["frozen"]:
            [period] = self.forecast._periods_between(day, day)
            if period.start not in self.frozen:
                self.forecast._freeze(period.start)
                self.frozen[period.start] = [
                    deal
                    for deal in map(self._plain_deal, self.leads)
                    if self._is_frozen_with(deal, period.start)
                ]
        if self.frozen:
            for lead, drawn in zip(self.leads, self.drawn["deals"], strict=True):
                self._live_on(lead, drawn)

    def _is_frozen_with(self, deal, start):
        oracle = Oracle(self.world(), self.users[0].id, "then")
        return (
            oracle.counts(deal)
            and oracle.is_within(oracle.day_of(deal), start)
            and deal.territory is not None
            and not oracle.is_left_out(deal.territory)
        )

    def _live_on(self, lead, drawn):
        later, day = drawn["later"], drawn["day"]
        if drawn["story"] == "lead" or not day or later is None:
            return
        after = day + timedelta(days=62)
        if later == "slipped":
            values = {"date_deadline": after, "date_closed": after}
        elif later == "lost":
            values = {
                "won_status": "lost",
                "probability": 0,
                "active": False,
                "won_user_id": None,
            }
        elif later == "won":
            values = {
                "won_status": "won",
                "probability": 100,
                "forecast_category": "won",
                "date_closed": after,
            }
        else:
            values = {
                "won_status": "pending",
                "probability": 33,
                "forecast_category": "best",
                "date_deadline": after,
                "won_user_id": None,
                "active": True,
            }
        columns = ", ".join(f"{name} = %s" for name in values)
        self.env.cr.execute(
            f"UPDATE crm_lead SET {columns} WHERE id = %s", [*values.values(), lead.id]
        )

    def _make_targets(self):
        drawn = {}
        for place, person, day, amount in self.drawn["targets"]:
            [period] = self.forecast._periods_between(day, day)
            drawn[place, person, period.start] = amount
        drawn.update(self._goals())
        self.env["crm.territory.forecast.target"].create(
            [
                {
                    "forecast_id": self.forecast.id,
                    "territory_id": self.territories[place].id,
                    "user_id": False if person is None else self.users[person].id,
                    "date_start": start,
                    "amount": amount,
                }
                for (place, person, start), amount in drawn.items()
            ]
        )

    def _goals(self):
        """The targets of the owners of deals: {(place, person, first day): amount}"""
        found = {}
        for deal in self.drawn["deals"]:
            place, person, day = deal["territory"], deal["owner"], deal["day"]
            if not deal["goal"] or None in (place, person, day):
                continue
            parent = self.territories[place].parent_id
            if deal["goal"] == "above" and parent:
                place = self.territories.index(parent)
            [period] = self.forecast._periods_between(day, day)
            found[place, person, period.start] = 500
        return found

    # -- as plain Python

    def world(self):
        forecast = self.forecast
        rates = sorted(self.drawn["rates"])
        return World(
            territories={t.id: self._plain_territory(t) for t in self.territories},
            users={user.id: self._plain_user(user) for user in self.users},
            members=[
                (m.territory_id.id, m.user_id.id, m.is_manager)
                for m in self.env["crm.territory.member"].search(
                    [("territory_id", "in", [t.id for t in self.territories])]
                )
            ],
            deals=[self._plain_deal(lead) for lead in self.leads],
            targets=[
                Target(t.territory_id.id, t.user_id.id or None, t.date_start, t.amount)
                for t in forecast.target_ids
            ],
            company=self.companies[0].id,
            zone=forecast.tz,
            period=forecast.period,
            fiscal_month=int(forecast.fiscal_month),
            left_out_territories=frozenset(forecast.excluded_territory_ids.ids),
            left_out_users=frozenset(forecast.excluded_user_ids.ids),
            frozen=self.frozen,
            today=forecast._today(),
            rates={self.companies[1].id: rates} if rates else {},
        )

    def _plain_territory(self, territory):
        return Territory(
            id=territory.id,
            parent=territory.parent_id.id or None,
            plan=territory.plan_id.state,
            is_active=territory.active,
            lineage=territory.lineage,
            has_opportunity_rules=bool(territory.rule_ids),
        )

    def _plain_user(self, user):
        return User(
            id=user.id,
            sees_all=user.has_group("sales_team.group_sale_salesman_all_leads"),
            companies=frozenset(user.company_ids.ids),
            reports_to=user.reports_to_id.id or None,
        )

    def _plain_deal(self, lead):
        return Deal(
            id=lead.id,
            kind=lead.type,
            active=lead.active,
            status=lead.won_status,
            category=lead.forecast_category,
            amount=lead.expected_revenue,
            probability=lead.probability,
            company=lead.company_id.id or None,
            owner=lead.user_id.id or None,
            territory=lead.territory_id.id or None,
            territory_of_account=lead.partner_id.territory_id.id or None,
            deadline=lead.date_deadline or None,
            closed=lead.date_closed or None,
            won_by=lead.won_user_id.id or None,
        )
