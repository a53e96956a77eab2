"""Accounts and leads in 15 countries, 1,000 territories, 40,000 ZIP ranges, 300 rules:
what the benchmark of places measures on. All of it follows from one seed.
"""

import io
import random
import string
from dataclasses import dataclass

from odoo.tools import SQL

from odoo.addons.crm_territory.engine.countries import PARTS
from odoo.addons.crm_territory.matching.place_codes import fill_place_codes

RANGES = 40_000
TERRITORIES = 1000
RULES = 300
INDUSTRIES = 20
CITIES = 400


@dataclass(frozen=True)
class Postal:
    """The ZIP codes of a country.

    :param units: what ranges are made of, in the order of the codes
    :param end: what follows a unit in a code: 0 a digit, A a letter
    """

    code: str
    units: list
    end: str = ""

    def __post_init__(self):
        """Without the codes of parts of the country that count as countries."""
        abroad = tuple(beginning for beginning, _part in PARTS.get(self.code, ()))
        at_home = [unit for unit in self.units if not unit.startswith(abroad)]
        object.__setattr__(self, "units", at_home)

    def codes(self, generator, count):
        for unit in generator.choices(self.units, k=count):
            yield unit + "".join(
                generator.choice(_CHARACTERS.get(character, character))
                for character in self.end
            )

    def key(self, unit):
        """How a place code of the unit begins; letters of Britain's areas have two
        places, its districts two digits.
        """
        if self.code != "GB":
            return self.code + unit.replace("-", "")
        area = unit.rstrip(string.digits)
        return f"GB{area.ljust(2, '-')}{unit[len(area) :].zfill(2)}"


_CHARACTERS = {"0": "0123456789", "A": "ABDEFGHJLNPQRSTUWXYZ"}


def _digits(length, first=0):
    return [str(number).zfill(length) for number in range(first, 10**length)]


def _letters(first, third):
    return [f"{a}{digit}{b}" for a in first for digit in range(10) for b in third]


POSTAL = [
    *(Postal(code, _digits(5)) for code in ("DE", "FR", "IT", "ES", "US")),
    *(Postal(code, _digits(4, 1000)) for code in ("CH", "AT", "BE", "DK")),
    Postal("NL", _digits(4, 1000), " AA"),
    Postal("PL", [f"{code[:2]}-{code[2:]}" for code in _digits(5)]),
    Postal("BR", _digits(5), "-000"),
    Postal("JP", [f"{code[:3]}-{code[3:]}" for code in _digits(5)], "00"),
    Postal("CA", _letters("ABCEGHJKLMNPRSTVXY", "ABCEGHJKLMNPRSTVWXYZ"), " 0A0"),
    Postal(
        "GB",
        [
            f"{area}{district}"
            for area in (
                *"BEGLMNSW",
                *"AB AL BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD"
                " DE DG DH DL DN DT DY EC EH EN EX FK FY GL GU HA HD HG HP HR HU HX IG"
                " IP IV KA KT KW KY LA LD LE LL LN LS LU ME MK ML NE NG NN NP NR NW OL"
                " OX PA PE PH PL PO PR RG RH RM SA SE SG SK SL SM SN SO SP SR SS ST SW"
                " SY TA TD TF TN TQ TR TS TW UB WA WC WD WF WN WR WS WV YO".split(),
            )
            for district in range(1, 31)
        ],
        " 0AA",
    ),
]


class World:
    """The records, and the plan with its criteria.

    :param int count: how many accounts, and how many leads
    """

    def __init__(self, env, count):
        self.env = env
        self.count = count
        self.generator = random.Random(42)
        self.countries = {
            country.code: country.id for country in env["res.country"].search([])
        }
        self.states = env["res.country.state"].search([], limit=200, order="id").ids
        self.industries = (
            env["res.partner.industry"]
            .create([{"name": f"Industry {number}"} for number in range(INDUSTRIES)])
            .ids
        )
        self.ranges = []  # (territory id, Postal, first unit, last unit)
        self.rules = []  # (rule id, shape, values)
        env.flush_all()
        self.accounts = self._make_accounts()
        self.leads = self._make_leads()
        self.plan = self._make_plan()
        env.flush_all()
        env.cr.execute(
            "ANALYZE res_partner, crm_lead, crm_territory_area,"
            " crm_territory_area_place, crm_territory, crm_territory_rule"
        )

    # -- records

    def _addresses(self, count):
        """(country id, code) in random order."""
        found = [
            (self.countries[postal.code], code)
            for postal in POSTAL
            for code in postal.codes(self.generator, 1 + count // len(POSTAL))
        ]
        self.generator.shuffle(found)
        return found[:count]

    def _copy(self, table, columns, rows):
        text = io.StringIO(
            "".join("\t".join(map(str, row)) + "\n" for row in rows),
        )
        self.env.cr._cnx.cursor().copy_from(text, table, columns=columns, null="None")

    def _new_ids(self, table, count):
        first = self.env.cr
        first.execute(
            SQL(
                "SELECT min(id), max(id) FROM (SELECT nextval(%s)::int AS id"
                " FROM generate_series(1, %s)) AS made",
                f"{table}_id_seq",
                count,
            )
        )
        low, high = first.fetchone()
        return range(low, high + 1)

    def _make_accounts(self):
        pick = self.generator
        ids = self._new_ids("res_partner", self.count)
        self._copy(
            "res_partner",
            (
                *("id", "name", "complete_name", "is_company", "active", "type"),
                *("commercial_partner_id", "country_id", "zip", "state_id"),
                *("industry_id", "city", "employee_number", "annual_revenue"),
            ),
            (
                (
                    *(id_, f"Account {id_}", f"Account {id_}", "t", "t", "contact"),
                    *(id_, country_id, code, pick.choice(self.states)),
                    pick.choice(self.industries),
                    f"City {pick.randrange(CITIES)}",
                    int(10 ** (pick.random() * 4)),
                    round(pick.random() * 1e8, 2),
                )
                for id_, (country_id, code) in zip(
                    ids, self._addresses(self.count), strict=True
                )
            ),
        )
        fill_place_codes(self.env.cr, "res_partner")
        return ids[0], ids[-1]

    def _make_leads(self):
        """Four of five have an account; the others lie somewhere themselves."""
        pick = self.generator
        ids = self._new_ids("crm_lead", self.count)
        stage = self.env["crm.stage"].search([], limit=1).id
        first, last = self.accounts
        self._copy(
            "crm_lead",
            (
                *("id", "name", "type", "active", "stage_id", "partner_id"),
                *("country_id", "zip", "expected_revenue", "won_status"),
            ),
            (
                (
                    *(id_, f"Lead {id_}", "opportunity", "t", stage),
                    pick.randint(first, last) if id_ % 5 else None,
                    country_id,
                    code,
                    round(pick.random() * 1e5, 2),
                    "pending",
                )
                for id_, (country_id, code) in zip(
                    ids, self._addresses(self.count), strict=True
                )
            ),
        )
        fill_place_codes(self.env.cr, "crm_lead")
        return ids[0], ids[-1]

    # -- criteria

    def _make_plan(self):
        """15 countries; below them 685 territories with ranges; below these 300 with a
        rule each.
        """
        plan = self.env["crm.territory.plan"].create(
            {"name": "Benchmark", "company_id": False}
        )
        roots = self._territories(plan, [None] * len(POSTAL))
        count = TERRITORIES - len(POSTAL) - RULES
        middle = self._territories(
            plan, [roots[number % len(POSTAL)] for number in range(count)]
        )
        leaves = self._territories(
            plan, [middle[number % count] for number in range(RULES)]
        )
        self.roots = dict(zip((each.code for each in POSTAL), roots, strict=True))
        self._make_areas(middle)
        self._make_rules(leaves)
        plan.action_activate()
        return plan

    def _territories(self, plan, parent_ids):
        return (
            self.env["crm.territory"]
            .create(
                [
                    {"name": f"Territory {n}", "plan_id": plan.id, "parent_id": parent}
                    for n, parent in enumerate(parent_ids)
                ]
            )
            .ids
        )

    def _make_areas(self, middle):
        areas = self.env["crm.territory.area"]
        areas.create(
            [
                {"territory_id": id_, "country_id": self.countries[code]}
                for code, id_ in self.roots.items()
            ]
        )
        for number, postal in enumerate(POSTAL):
            territory_ids = middle[number :: len(POSTAL)]
            starts = sorted(
                self.generator.sample(
                    range(1, len(postal.units)), RANGES // len(POSTAL)
                )
            )
            for first, beyond in zip(starts, [*starts[1:], None], strict=True):
                ends = postal.units[first], postal.units[(beyond or 0) - 1]
                letters = {end.rstrip(string.digits) for end in ends}
                if postal.code == "GB" and len(letters) > 1:
                    ends = ends[0], ends[0]  # no range goes from one area to another
                self.ranges.append(
                    (self.generator.choice(territory_ids), postal, *ends)
                )
        areas.create(
            [
                {
                    "territory_id": territory_id,
                    "country_id": self.countries[postal.code],
                    "zip_from": low,
                    "zip_to": high != low and high,
                }
                for territory_id, postal, low, high in self.ranges
            ]
        )

    def _make_rules(self, leaves):
        pick = self.generator
        made = []
        for number, territory_id in enumerate(leaves):
            industry = self.industries[number % INDUSTRIES]
            size, revenue = pick.randrange(1, 5000), pick.randrange(1, 90) * 1e6
            city = f"City {number}"
            country_id = self.countries[pick.choice(POSTAL).code]
            shape, values, domain = [
                ("industry", (industry,), [("industry_id", "=", industry)]),
                (
                    "industry_size",
                    (industry, size),
                    [("industry_id", "=", industry), ("employee_number", ">=", size)],
                ),
                (
                    "industry_revenue",
                    (industry, revenue),
                    [("industry_id", "=", industry), ("annual_revenue", ">", revenue)],
                ),
                ("city", (city,), [("city", "=", city)]),
                (
                    "state_size",
                    (self.states[number % 200], size),
                    [
                        ("state_id", "=", self.states[number % 200]),
                        ("employee_number", ">=", size),
                    ],
                ),
                (
                    "country_amount",
                    (country_id, size * 20),
                    [
                        ("country_id", "=", country_id),
                        ("expected_revenue", ">=", size * 20),
                    ],
                ),
            ][number % 6]
            made.append((territory_id, shape, values, domain))
        rules = self.env["crm.territory.rule"].create(
            [
                {
                    "territory_id": territory_id,
                    "domain": str(domain),
                    "applies_to": "opportunity"
                    if shape == "country_amount"
                    else "account",
                }
                for territory_id, shape, _values, domain in made
            ]
        )
        self.rules = [
            (rule.id, shape, values)
            for rule, (_territory, shape, values, _domain) in zip(
                rules, made, strict=True
            )
        ]
