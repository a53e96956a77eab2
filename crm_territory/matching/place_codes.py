"""The place codes of stored records and areas, by statements of SQL for many."""

from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import codes, places
from .pieces import CityNames, city_key

_AT_ONCE = 50_000


def is_unread(alias):
    """The SQL of whether the place code of a record is not known yet, as of those that
    were there before the addon. (Without country, a record has none.)
    """
    return SQL(
        "(%s IS NULL AND %s IS NOT NULL)",
        SQL.identifier(alias, "place_code"),
        SQL.identifier(alias, "country_id"),
    )


def unread_addresses(env, model_name, where, most=None):
    """The place codes of records whose addresses are not read yet. O(different
    addresses) in Python: there are fewer of these than records. 1 query.

    :param SQL where: which records, of alias r
    :param int most: of so many records at most
    :return: list of (country id, state id or 0, ZIP code or "", place code)
    :raise UserError: there are more
    """
    rows = env.execute_query(
        SQL(
            """
            SELECT country.id, COALESCE(state.id, 0), COALESCE(r.zip, ''),
                   country.code, COALESCE(state.code, ''), count(*)
              FROM %s AS r JOIN res_country AS country ON country.id = r.country_id
              LEFT JOIN res_country_state AS state ON state.id = r.state_id
             WHERE %s AND %s
             GROUP BY country.id, state.id, COALESCE(r.zip, '')
            """,
            SQL.identifier(env[model_name]._table),
            is_unread("r"),
            where,
        )
    )
    count = sum(row[-1] for row in rows)
    if most is not None and count > most:
        raise UserError(
            env._(
                "The addresses of %s records are not read yet, as after an"
                " installation. That is done in the background: try again in some"
                " minutes.",
                count,
            )
        )
    return [
        (country_id, state_id, text, places.place_code(country or "", state, text))
        for country_id, state_id, text, country, state, _count in rows
    ]


def read_addresses(env, model_name, where, most=None):
    """Give records their place codes, and the accounts of leads theirs, where they are
    not known yet. For each model 1 query, and 1 for 50,000 different addresses.

    :param where, most: see `unread_addresses`
    """
    _read_addresses(env[model_name], where, most)
    if model_name == "crm.lead":
        accounts = SQL(
            """
            r.id IN (SELECT p.commercial_partner_id FROM crm_lead AS r
                       JOIN res_partner AS p ON p.id = r.partner_id WHERE %s)
            """,
            where,
        )
        _read_addresses(env["res.partner"], accounts, most)


def _read_addresses(model, where, most):
    env = model.env
    model.flush_model(["country_id", "state_id", "zip", "place_code"])
    addresses = unread_addresses(env, model._name, where, most)
    for start in range(0, len(addresses), _AT_ONCE):
        env.cr.execute(
            SQL(
                """
                UPDATE %s AS r SET place_code = address.place_code
                  FROM unnest(%s::int4[], %s::int4[], %s::text[], %s::text[])
                       AS address(country_id, state_id, zip, place_code)
                 WHERE r.country_id = address.country_id
                   AND COALESCE(r.state_id, 0) = address.state_id
                   AND COALESCE(r.zip, '') = address.zip
                   AND %s AND %s
                """,
                SQL.identifier(model._table),
                *map(list, zip(*addresses[start : start + _AT_ONCE], strict=True)),
                is_unread("r"),
                where,
            )
        )
    if addresses:
        model.invalidate_model(["place_code"], flush=False)


def replace_places(cr, area_ids, rows):
    """Write what the place codes of areas begin with, instead of what it was.

    :param rows: list of (area id, prefix, state id or None, city or None)
    """
    cr.execute(
        SQL(
            "DELETE FROM crm_territory_area_place WHERE area_id = ANY(%s)",
            list(area_ids),
        )
    )
    rows = [(*row, codes.place_kind(*row[1:])) for row in rows]
    if rows:
        cr.execute(
            SQL(
                """
                INSERT INTO crm_territory_area_place (
                    area_id, prefix, state_id, city, kind, territory_id, plan_id
                )
                SELECT place.*, area.territory_id, area.plan_id
                  FROM unnest(
                       %s::int4[], %s::text[], %s::int4[], %s::text[], %s::int4[]
                       ) AS place(area_id, prefix, state_id, city, kind)
                  JOIN crm_territory_area AS area ON area.id = place.area_id
                """,
                *map(list, zip(*rows, strict=True)),
            )
        )


def twins_of(env, area_ids):
    """The areas among ids that say the same as another of their territory."""
    return [
        area_id
        for (area_id,) in env.execute_query(
            SQL(
                """
                SELECT area.id FROM crm_territory_area AS area
                 WHERE area.id = ANY(%s) AND EXISTS (
                       SELECT FROM crm_territory_area AS twin
                        WHERE twin.territory_id = area.territory_id
                          AND twin.place = area.place AND twin.id <> area.id)
                 LIMIT 1
                """,
                list(area_ids),
            )
        )
    ]


def territories_of_places(env, plan_id, rows):
    """The territories of a plan with a place in common with some: list of ids. 1 query.

    :param rows: list of (prefix, state id or False, city or "")
    """
    names = CityNames.of(env)
    [lengths] = env.execute_query(
        SQL(
            "SELECT array_agg(DISTINCT length(prefix)) FROM crm_territory_area_place"
            " WHERE plan_id = %s",
            plan_id,
        )
    )
    mine = [(prefix, state_id or None, city or None) for prefix, state_id, city in rows]
    wanted = sorted({len(prefix) for prefix, *_rest in mine}.union(lengths[0] or ()))
    return [
        territory_id
        for (territory_id,) in env.execute_query(
            SQL(
                """
                SELECT DISTINCT place.territory_id
                  FROM unnest(%(lengths)s::int4[]) AS part(length)
                  JOIN crm_territory_area_place AS place
                    ON place.plan_id = %(plan)s AND length(place.prefix) >= part.length
                  JOIN unnest(%(prefixes)s::text[], %(states)s::int4[],
                              %(cities)s::text[]) AS mine(prefix, state_id, city)
                    ON left(mine.prefix, part.length) = left(place.prefix, part.length)
                 WHERE part.length = least(length(mine.prefix), length(place.prefix))
                   AND (place.state_id IS NULL OR mine.state_id IS NULL
                        OR place.state_id = mine.state_id)
                   AND (place.city IS NULL OR mine.city IS NULL
                        OR %(city)s = %(own_city)s)
                """,
                lengths=wanted,
                plan=plan_id,
                prefixes=[prefix for prefix, *_rest in mine],
                states=[state_id for _prefix, state_id, _city in mine],
                cities=[city for *_rest, city in mine],
                city=city_key(SQL("place.city"), names),
                own_city=city_key(SQL("mine.city"), names),
            )
        )
    ]


def count_accounts(env, rows, accounts):
    """How many accounts lie in places: {number of the area: count}. 2 queries, one of
    them with one join for each length of prefixes.

    :param rows: list of (number of the area, prefix, state id or False, city or "")
    :param SQL accounts: a query of the ids to count
    """
    unread = unread_addresses(env, "res.partner", SQL("r.id IN %s", accounts))
    by_length = {}
    for number, prefix, state_id, city in rows:
        row = (number, prefix, state_id or None, city or None)
        by_length.setdefault(len(prefix), []).append(row)
    names = CityNames.of(env)
    pieces = [
        SQL(
            """
            SELECT place.number, account.id
              FROM account
              JOIN unnest(%s::int4[], %s::text[], %s::int4[], %s::text[])
                   AS place(number, prefix, state_id, city)
                ON place.prefix = left(account.place_code, %s)
             WHERE (place.state_id IS NULL OR place.state_id = account.state_id)
               AND (place.city IS NULL OR %s = %s)
            """,
            *map(list, zip(*of_length, strict=True)),
            length,
            city_key(SQL("place.city"), names),
            city_key(SQL("account.city"), names),
        )
        for length, of_length in by_length.items()
    ]
    return dict(
        env.execute_query(
            SQL(
                """
                WITH account AS MATERIALIZED (
                    SELECT r.id, r.state_id, r.city,
                           COALESCE(r.place_code, address.place_code) AS place_code
                      FROM res_partner AS r
                      LEFT JOIN unnest(%s::int4[], %s::int4[], %s::text[], %s::text[])
                                AS address(country_id, state_id, zip, place_code)
                        ON r.place_code IS NULL
                       AND r.country_id = address.country_id
                       AND COALESCE(r.state_id, 0) = address.state_id
                       AND COALESCE(r.zip, '') = address.zip
                     WHERE r.id IN %s
                )
                SELECT number, count(DISTINCT id) FROM (%s) AS hit GROUP BY number
                """,
                *(list(map(list, zip(*unread, strict=True))) or [[]] * 4),
                accounts,
                SQL(" UNION ALL ").join(pieces),
            )
        )
    )
