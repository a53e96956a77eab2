"""Accounts and rules in bulk, the same for every benchmark."""

from odoo.tools import SQL

INDUSTRIES = 20
CITIES = 400
RULES_A_SHAPE = 50


def make_accounts(env, count):
    """Insert accounts by SQL: by the ORM the making would take longer than the rest.

    :return: (first id, last id)
    """
    env.flush_all()
    industries = env["res.partner.industry"].create(
        [{"name": f"Industry {number}"} for number in range(INDUSTRIES)]
    )
    env.flush_all()
    env.cr.execute("SELECT setseed(0.42)")
    env.cr.execute(
        SQL(
            """
            WITH choice AS (
                SELECT %s::int[] AS country, %s::int[] AS state, %s::int[] AS industry
            ), made AS (
                SELECT nextval('res_partner_id_seq')::int AS id,
                       lpad(floor(random() * 100000)::int::text, 5, '0') AS zip
                  FROM generate_series(1, %s)
            )
            INSERT INTO res_partner (
                id, name, complete_name, is_company, active, type,
                commercial_partner_id, country_id, state_id, industry_id, city, zip,
                place_code, employee_number, annual_revenue, create_date, write_date
            )
            SELECT id, 'Account ' || id, 'Account ' || id, TRUE, TRUE, 'contact', id,
                   country[1 + floor(random() * cardinality(country))::int],
                   state[1 + floor(random() * cardinality(state))::int],
                   industry[1 + floor(random() * cardinality(industry))::int],
                   'City ' || floor(random() * %s)::int, zip, zip,
                   floor(exp(random() * 10))::int, round((random() * 1e8)::numeric, 2),
                   now(), now()
              FROM made, choice
            RETURNING id
            """,
            env["res.country"].search([], limit=60, order="id").ids,
            env["res.country.state"].search([], limit=200, order="id").ids,
            industries.ids,
            count,
            CITIES,
        )
    )
    ids = [row[0] for row in env.cr.fetchall()]
    env.cr.execute("ANALYZE res_partner")
    return min(ids), max(ids)


def rule_domains(env, first, last):
    """Domains of ten shapes, in equal numbers.

    :param first, last: the ids of the accounts, for the named ones
    :return: list of (shape, parameters of the hand-written join, domain)
    """
    countries = env["res.country"].search([], limit=60, order="id").ids
    states = env["res.country.state"].search([], limit=200, order="id").ids
    industries = env["res.partner.industry"].search([], order="id desc", limit=20).ids
    found = []
    for n in range(RULES_A_SHAPE):
        country = countries[n % len(countries)]
        state = states[n % len(states)]
        industry = industries[n % len(industries)]
        city = f"City {n}"
        few, many = 10 * (n + 1), 400 * (n + 1)
        named = list(range(first + n, last, (last - first) // 40))
        tag = [country, countries[(n + 7) % len(countries)]]
        found += [
            ("country", (country,), [("country_id", "=", country)]),
            ("state", (state,), [("state_id", "=", state)]),
            (
                "country_industry",
                (country, industry),
                [("country_id", "=", country), ("industry_id", "=", industry)],
            ),
            (
                "industry_size",
                (industry, many),
                [("industry_id", "=", industry), ("employee_number", ">=", many)],
            ),
            (
                "country_size",
                (country, few, many),
                [
                    ("country_id", "=", country),
                    ("employee_number", ">=", few),
                    ("employee_number", "<", many),
                ],
            ),
            (
                "state_revenue",
                (state, n * 1e6),
                [("state_id", "=", state), ("annual_revenue", ">", n * 1e6)],
            ),
            ("city", (city,), [("city", "=", city)]),
            (
                "city_industry",
                (city, industry),
                [("city", "=", city), ("industry_id", "=", industry)],
            ),
            (
                "countries_city",
                (tag, city),
                [("country_id", "in", tag), ("city", "=", city)],
            ),
            ("named", (named,), [("id", "in", named)]),
        ]
    return found


def make_plan(env, domains):
    """An active shared plan with one territory for each domain.

    :return: (plan, ids of the rules in the order of the domains)
    """
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    territories = env["crm.territory"].create(
        [
            {"name": f"Territory {number}", "plan_id": plan.id}
            for number in range(len(domains))
        ]
    )
    rules = env["crm.territory.rule"].create(
        [
            {"territory_id": territory.id, "domain": str(domain)}
            for territory, (_shape, _parameters, domain) in zip(
                territories, domains, strict=True
            )
        ]
    )
    plan.action_activate()
    return plan, rules.ids
