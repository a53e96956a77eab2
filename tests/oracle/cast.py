"""The values that random plans and records are made of.

Few of each, so that criteria and records meet often.
"""

from dataclasses import dataclass, field

SALESMAN = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager base.group_partner_manager"
COUNTRIES = ("us", "ca", "uk", "fr", "nl")
STATES = ("us_ca", "us_ny", "us_tx", "ca_on", "ca_qc")
ZIPS = {
    "us": ("94105", "94107-1234", "10001", "02139", "2139", "00501", "501", "00901"),
    "ca": ("K1A 0B1", "k1a0b2", "M5V 3L9", "H2X 1Y4"),
    "uk": (
        "SW1A 1AA",
        "sw1a2aa",
        "EC1A 1BB",
        "N1 9GU",
        "n19 3aa",
        "SW11 1AA",
        "E1 6AN",
    ),
    "fr": ("75001", "75 116", "01000", "1000", "69-002", "97410"),
    "nl": ("1012 AB", "1012ab", "9999 XZ", "1"),
}
ZIP_AREAS = {
    "us": (("941", None), ("94100", "94106"), ("0", None), ("00500", "02999")),
    "ca": (("K1A", None), ("k1a 0b1", "k1a 0b1"), ("H", "M"), ("M5V", "M5Z")),
    "uk": (
        ("SW1", None),
        ("SW1A", None),
        ("N1", None),
        ("E", "N"),
        ("SW1", "SW12"),
        ("ec1a 1", "EC1A 9"),
    ),
    "fr": (("75", None), ("01", "69"), ("75 001", "75 099"), ("7", None), ("10", None)),
    "nl": (("1012", None), ("1012A", "1012B"), ("1", "9"), ("9999", None)),
}
CITIES = ("Paris", " paris", "PARIS ", "New York", "Évry", "ÉVRY", "", None)
CITY_AREAS = ("Paris", "paris", "new york ", "évry", " ")
# {when a membership holds: its first and last day, counted from today}
SPANS = {
    "always": (None, None),
    "past": (None, -1),
    "future": (1, None),
    "today": (0, 0),
    "until tomorrow": (None, 1),
    "soon": (2, 3),
}
DATES = ("2026-01-31", "2026-02-01", "2027-06-30", None)


@dataclass
class Cast:
    """Records that exist before any plan: what criteria and values refer to."""

    companies: list = field(default_factory=list)
    users: list = field(default_factory=list)
    countries: dict = field(default_factory=dict)
    states: list = field(default_factory=list)
    industries: list = field(default_factory=list)
    categories: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    tags: list = field(default_factory=list)
    stages: list = field(default_factory=list)
    won_stage: int = 0
    named: list = field(default_factory=list)
    sellers: list = field(default_factory=list)
    boss: int = 0


def make_cast(env):
    """Create the cast; it holds ids only, and the named accounts."""
    cast = Cast()
    company = env.company
    other = env["res.company"].create({"name": "Oracle B"})
    cast.countries = {key: env.ref(f"base.{key}").id for key in COUNTRIES}
    cast.states = [_state(env, key) for key in STATES]
    cast.industries = _create(env, "res.partner.industry", "Mining", "Banking", "Arts")
    top, below, apart = _create(env, "res.partner.category", "Gold", "Golden", "Silver")
    env["res.partner.category"].browse(below).write({"parent_id": top, "color": 1})
    cast.categories = [top, below, apart]
    cast.lines = _create(env, "crm.product.line", "Oracle GTX", "Oracle MG")
    cast.tags = _create(env, "crm.tag", "Oracle hot", "Oracle cold")
    team = env["crm.team"].create({"name": "Oracle team", "company_id": False})
    branch = env["res.company"].create({"name": "Oracle B1", "parent_id": other.id})
    cast.companies = [company.id, other.id]
    everywhere = [*cast.companies, branch.id]
    cast.users = [_user(env, str(number), everywhere, team) for number in range(4)]
    # who works for one company only
    cast.sellers = [
        _user(env, f"seller_{number}", [company_id], team)
        for number, company_id in enumerate(cast.companies)
    ]
    cast.boss = _user(env, "boss", everywhere, team, MANAGER)
    cast.stages = _create(env, "crm.stage", "Oracle new", "Oracle talking")
    cast.won_stage = env["crm.stage"].create({"name": "Oracle won", "is_won": True}).id
    cast.named = env["res.partner"].create(
        [{"name": f"Named {number}", "is_company": True} for number in range(2)]
    )
    return cast


def _create(env, model, *names):
    return env[model].create([{"name": name} for name in names]).ids


def _state(env, key):
    country, code = key.split("_")
    return (
        env["res.country.state"]
        .search(
            [
                ("country_id", "=", env.ref(f"base.{country}").id),
                ("code", "=", code.upper()),
            ]
        )
        .id
    )


def _user(env, name, companies, team, groups=SALESMAN):
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": f"Oracle {name}",
                "login": f"oracle_{name}",
                "company_id": companies[0],
                "company_ids": companies,
                "group_ids": [env.ref(group).id for group in groups.split()],
            }
        )
    )
    env["crm.team.member"].create({"crm_team_id": team.id, "user_id": user.id})
    return user.id
