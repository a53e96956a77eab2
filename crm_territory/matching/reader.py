"""What a compilation reads of plans: a few statements, whatever their size."""

from odoo.tools import SQL

from .pieces import CityNames, city_key

# what they read
READ_MODELS = (
    "crm.territory.plan",
    "crm.territory",
    "crm.territory.type",
    "crm.territory.rule",
    "crm.territory.area",
    "crm.territory.area.place",
    "crm.territory.member",
)


def read_revisions(env, plan_ids):
    """{plan id: revision}"""
    rows = env.execute_query(
        SQL("SELECT id, revision FROM crm_territory_plan WHERE id = ANY(%s)", plan_ids)
    )
    return dict(rows)


def read_inactive(env, plan_ids):
    """{plan id: company id} of the plans that do not judge: None for shared ones."""
    rows = env.execute_query(
        SQL(
            "SELECT id, company_id FROM crm_territory_plan WHERE id <> ALL(%s)",
            plan_ids,
        )
    )
    return dict(rows)


def read_nodes(env, plan_ids, left_ids):
    """{territory id: values of its Node, policy and team}, parents first.

    Nothing that is archived, nor below it; but of ``left_ids`` everything.
    """
    names = (
        "id",
        "parent_id",
        "plan_id",
        "depth",
        "priority",
        "sequence",
        "owner_policy",
        "team_id",
    )
    nodes = {}
    for row in env.execute_query(
        SQL(
            """
            SELECT t.id, t.parent_id, t.plan_id, t.depth, type.priority, t.sequence,
                   t.owner_policy, t.team_id
              FROM crm_territory AS t
              LEFT JOIN crm_territory_type AS type ON type.id = t.type_id
             WHERE t.plan_id = ANY(%s) AND t.active OR t.plan_id = ANY(%s)
             ORDER BY t.depth
            """,
            plan_ids,
            left_ids,
        )
    ):
        values = dict(zip(names, row, strict=True))
        if values["parent_id"] is None or values["parent_id"] in nodes:
            nodes[values["id"]] = values
    return nodes


def read_rules(env, plan_ids):
    """Rows (id, territory id, plan id, object, domain, language, anywhere, error)."""
    return env.execute_query(
        SQL(
            """
            SELECT id, territory_id, plan_id, applies_to, domain, lang, is_anywhere,
                   error
              FROM crm_territory_rule
             WHERE plan_id = ANY(%s) AND active
             ORDER BY id
            """,
            plan_ids,
        )
    )


def read_members(env, days):
    """{territory id: ids of the users who are members today}.

    :param dict days: {plan id: its day}
    """
    rows = env.execute_query(
        SQL(
            """
            SELECT member.territory_id, array_agg(member.user_id)
              FROM crm_territory_member AS member
              JOIN unnest(%s::int4[], %s::date[]) AS zone(plan_id, today)
                ON zone.plan_id = member.plan_id
             WHERE daterange(member.date_start, member.date_end, '[]') @> zone.today
             GROUP BY member.territory_id
            """,
            list(days),
            list(days.values()),
        )
    )
    return dict(rows)


def read_place_kinds(env, plan_ids):
    """The kinds of the places of plans, see codes.place_kind. As many look-ups in the
    index as there are kinds, however many places.
    """
    rows = env.execute_query(
        SQL(
            """
            WITH RECURSIVE found AS (
                SELECT plan.id AS plan_id, 0 AS kind
                  FROM unnest(%s::int4[]) AS plan(id)
                 UNION ALL
                SELECT plan_id, (SELECT min(place.kind)
                                   FROM crm_territory_area_place AS place
                                  WHERE place.plan_id = found.plan_id
                                    AND place.kind > found.kind)
                  FROM found WHERE kind IS NOT NULL
            )
            SELECT DISTINCT kind FROM found WHERE kind > 0
            """,
            plan_ids,
        )
    )
    return sorted(kind for (kind,) in rows)


def read_territories_with_areas(env, plan_ids):
    """Also those whose areas are not understood and match nothing: frozenset."""
    rows = env.execute_query(
        SQL(
            """
            SELECT id FROM crm_territory AS territory
             WHERE plan_id = ANY(%s) AND EXISTS (
                   SELECT FROM crm_territory_area AS area
                    WHERE area.territory_id = territory.id)
            """,
            plan_ids,
        )
    )
    return frozenset(id_ for (id_,) in rows)


def read_places(env, plan_id, territory_ids=None):
    """What the areas of a plan say: rows (area id, territory id, prefix, state id, key
    of the city, city), by prefix.

    :param territory_ids: of these only
    """
    env["crm.territory.area"].flush_model()
    names = CityNames.of(env)
    return env.execute_query(
        SQL(
            """
            SELECT area_id, territory_id, prefix, state_id, %s, city
              FROM crm_territory_area_place AS place
             WHERE plan_id = %s AND %s
             ORDER BY prefix COLLATE "C", place.area_id, place.id
            """,
            city_key(SQL("place.city"), names),
            plan_id,
            SQL("TRUE")
            if territory_ids is None
            else SQL("territory_id = ANY(%s)", list(territory_ids)),
        )
    )
