"""Accounts and leads in 15 countries, in a database with the addons or without. All of
them follow from one seed.
"""

import io
import random

from odoo.tools import SQL

from odoo.addons.crm_territory.engine.places import place_code

from .postal_codes import POSTAL

INDUSTRIES = 1000
CITIES = 4000
STATES = 200


class Records:
    """Made by SQL: by the ORM the making would take longer than all the rest.

    :param int count: how many accounts, and how many leads
    """

    def __init__(self, env, count):
        self.env = env
        self.count = count
        self.generator = random.Random(42)
        self.countries = {
            country.code: country.id for country in env["res.country"].search([])
        }
        self.used_countries = [self.countries[postal.code] for postal in POSTAL]
        states = env["res.country.state"].search([], limit=STATES, order="id")
        self.states = states.ids
        self._code_of_country = {id_: code for code, id_ in self.countries.items()}
        self._code_of_state = {state.id: state.code for state in states}
        self.cities = [f"City {number}" for number in range(CITIES)]
        self.industries = (
            env["res.partner.industry"]
            .create([{"name": f"Industry {number}"} for number in range(INDUSTRIES)])
            .ids
        )
        env.flush_all()
        self.accounts = self._make("res.partner", self._account)  # first id, last id
        self.leads = self._make("crm.lead", self._lead)
        env.cr.execute("ANALYZE res_partner, crm_lead")

    def addresses(self, count):
        """(country id, code) in random order."""
        found = [
            (self.countries[postal.code], code)
            for postal in POSTAL
            for code in postal.codes(self.generator, 1 + count // len(POSTAL))
        ]
        self.generator.shuffle(found)
        return found[:count]

    def _make(self, model_name, values_of):
        """Records of a model: the first and the last id."""
        model = self.env[model_name]
        ids = self._new_ids(model._table)
        rows = []
        for id_, address in zip(ids, self.addresses(self.count), strict=True):
            values = values_of(id_, *address)
            values["place_code"] = self._place_code(values)
            rows.append([values[name] for name in values if name in model._fields])
        columns = [name for name in values if name in model._fields]
        text = io.StringIO("".join("\t".join(map(str, row)) + "\n" for row in rows))
        self.env.cr._cnx.cursor().copy_from(
            text, model._table, columns=columns, null="None"
        )
        return ids[0], ids[-1]

    def _place_code(self, values):
        """As our addons would have it, where they are."""
        return place_code(
            self._code_of_country[values["country_id"]],
            self._code_of_state.get(values.get("state_id"), ""),
            values["zip"],
        )

    def _new_ids(self, table):
        [(low, high)] = self.env.execute_query(
            SQL(
                "SELECT min(id), max(id) FROM (SELECT nextval(%s)::int AS id"
                " FROM generate_series(1, %s)) AS made",
                f"{table}_id_seq",
                self.count,
            )
        )
        return range(low, high + 1)

    def _account(self, id_, country_id, code):
        pick = self.generator
        return {
            "id": id_,
            "name": f"Account {id_}",
            "complete_name": f"Account {id_}",
            "is_company": "t",
            "active": "t",
            "type": "contact",
            "commercial_partner_id": id_,
            "partner_share": "t",
            "country_id": country_id,
            "zip": code,
            "state_id": pick.choice(self.states),
            "industry_id": pick.choice(self.industries),
            "city": pick.choice(self.cities),
            "employee_number": int(10 ** (pick.random() * 4)),
            "annual_revenue": round(pick.random() * 1e8, 2),
        }

    def _lead(self, id_, country_id, code):
        """Four of five have an account; the others lie somewhere themselves."""
        pick = self.generator
        account_id = pick.randint(*self.accounts)
        return {
            "id": id_,
            "name": f"Lead {id_}",
            "type": "opportunity",
            "active": "t",
            "priority": "0",
            "probability": 10,
            "stage_id": self._first_stage,
            "partner_id": account_id if id_ % 5 else None,
            "country_id": country_id,
            "zip": code,
            "expected_revenue": round(pick.random() * 1e5, 2),
            "won_status": "pending",
        }

    @property
    def _first_stage(self):
        if not hasattr(self, "_stage_id"):
            self._stage_id = self.env["crm.stage"].search([], limit=1).id
        return self._stage_id
