"""The queries that a match is made of: each finds (record id, code) of one kind.

The query of a match reads each record once and joins one piece for each kind of area
and each shape of rules, one for each rule that no shape can express, and the overrides.
So its cost is O(shapes + such rules) joins, whether for one record or a million.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass

from odoo.tools import SQL

from ..engine import codes
from .conditions import condition_of, join_of


@dataclass(frozen=True)
class Place:
    """One kind of *where*: what an addon gives that knows places of another kind.

    :param model_name: whose records are such places; they have ``_reason_facts`` and
        ``_word_reason``, as crm.territory.area has
    :param lines: function of the model of the records, their alias, and the ids of the
        only territories to look at (None: all), that gives SQL of rows (record id,
        territory id, id of the place)
    :param fields: {model name: the stored fields that the query reads of its records}
    :param territory_ids: the territories that have such places, and are therefore
        nothing without one that matches
    """

    model_name: str
    lines: Callable[[str, str, Set | None], SQL]
    fields: dict[str, tuple[str, ...]]
    territory_ids: Set

    def query(self, model_name, alias, only=None):
        """SQL of rows (record id, code): the records that lie in the places."""
        return SQL(
            "SELECT line.record_id, line.territory_id * %s + %s"
            " FROM (%s) AS line (record_id, territory_id, line_id)",
            codes.KINDS,
            codes.AREA,
            self.lines(model_name, alias, only),
        )


def pieces_of_rules(rules, model, alias, errors, ways=None):
    """One piece for each shape, and for each rule that needs a query of its own.

    :param model: of the records, in the environment that criteria are read in
    :param dict errors: {rule id: what is wrong}, added to
    :param dict ways: {code of a rule: its ways}, if each record is asked only for rules
        that have the one in its column ``way``
    """
    unaccent = model.env.registry.unaccent
    for shape in rules.shapes:
        yield _shape_piece(rules, shape, alias, unaccent, ways)
    for query in rules.own_queries:
        try:
            yield _own_piece(model.with_context(**query.context), query, alias)
        except Exception as error:  # noqa: BLE001 - whatever a field's search raises
            errors[query.rule_id] = str(error)


def _shape_piece(rules, shape, alias, unaccent, ways):
    """The records of ``alias`` that match rows of one shape."""
    with_value = [term for term in shape if term.has_value]
    names = [f"value{number}" for number in range(len(with_value))]
    types = ["int4", *(term.column_type for term in with_value)]
    conditions = []
    joins = []
    remaining = iter(names)
    given = ["code", *names]
    if ways is None:
        literals = rules.columns(shape)
    else:
        literals = rules.columns_by_way(shape, ways)
        given.append("way")
        types.append("int4")
        conditions.append(SQL("rule.way = %s", SQL.identifier(alias, "way")))
    columns = [
        SQL("%s::%s[]", literal, SQL.identifier(column_type))
        for literal, column_type in zip(literals, types, strict=True)
    ]
    for number, term in enumerate(shape):
        name = next(remaining) if term.has_value else "code"
        value = SQL.identifier("rule", name)
        joins.append(join_of(term, alias, number))
        conditions.append(condition_of(term, alias, value, number, unaccent))
    return SQL(
        "SELECT %s.id, rule.code FROM %s%s JOIN unnest(%s) AS rule(%s) ON %s",
        SQL.identifier(alias),
        SQL.identifier(alias),
        SQL().join(joins),
        SQL(", ").join(columns),
        SQL(", ").join(map(SQL.identifier, given)),
        SQL(" AND ").join(conditions) if conditions else SQL("TRUE"),
    )


def _own_piece(model, own, alias):
    """The records of ``alias`` that a query of its own finds."""
    query = model._search(own.domain)
    query.add_where(
        SQL(
            "%s IN (SELECT id FROM %s)",
            SQL.identifier(query.table, "id"),
            SQL.identifier(alias),
        )
    )
    return query.select(SQL.identifier(query.table, "id"), SQL("%s::int4", own.code))


@dataclass(frozen=True)
class CityNames:
    """How names of cities are compared.

    :param has_icu: whether the server folds the case of all letters: its own lower()
        knows only those of ASCII in a database of collation C, which is Odoo's default
    """

    has_icu: bool
    unaccent: Callable[[SQL], SQL]

    @classmethod
    def of(cls, env):
        [[has_icu]] = env.execute_query(
            SQL("SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu')")
        )
        return cls(has_icu, env.registry.unaccent)


def city_key(column, names):
    """The SQL of a city's name without what does not matter: blanks, case, Unicode
    form, and accents where Odoo's ``unaccent`` is on.

    """
    name = SQL("btrim(normalize(%s, NFKC))", column)
    if names.has_icu:
        name = SQL('%s COLLATE "und-x-icu"', name)
    # of İ, the lower case is i and a dot; of ı, the upper case is I
    name = SQL("replace(lower(upper(%s)), %s, 'i')", name, "i\u0307")
    return names.unaccent(name)


@dataclass(frozen=True)
class Areas:
    """The areas of plans. Those that compare the same of a record share one join, an
    exact one: on what the place codes of records begin with, in each of the lengths.

    :param kinds: of their places, see codes.place_kind
    """

    plan_ids: list[int]
    kinds: list[int]
    city_names: CityNames

    def place(self, territory_ids):
        """The Place of these areas, of the territories that have any."""
        fields = tuple(self._fields())
        return Place(
            model_name="crm.territory.area",
            lines=self._lines,
            fields={"res.partner": fields, "crm.lead": fields} if self.kinds else {},
            territory_ids=territory_ids,
        )

    def _by_parts(self):
        """{(has a state, has a city): kinds}"""
        found = {}
        for kind in self.kinds:
            _length, *parts = codes.parts_of_place_kind(kind)
            found.setdefault(tuple(parts), []).append(kind)
        return found

    def _fields(self):
        yield "place_code"
        for has_state, has_city in self._by_parts():
            if has_state:
                yield "state_id"
            if has_city:
                yield "city"

    def _lines(self, _model_name, alias, territory_ids):
        pieces = [
            self._piece(alias, territory_ids, kinds, *parts)
            for parts, kinds in self._by_parts().items()
        ]
        return SQL(" UNION ALL ").join(pieces)

    def _piece(self, alias, territory_ids, kinds, has_state, has_city):
        record = SQL.identifier(alias)
        conditions = [
            SQL("place.plan_id = ANY(%s)", self.plan_ids),
            SQL("place.kind = part.kind"),
            SQL("place.prefix = left(%s.place_code, part.length)", record),
            # of a shorter code, left() gives all
            SQL("length(%s.place_code) >= part.length", record),
        ]
        if territory_ids is not None:
            conditions.append(SQL("place.territory_id = ANY(%s)", list(territory_ids)))
        if has_state:
            conditions.append(SQL("place.state_id = %s.state_id", record))
        if has_city:
            names = [
                city_key(SQL.identifier(name, "city"), self.city_names)
                for name in ("place", alias)
            ]
            conditions.append(SQL("%s = %s", *names))
        return SQL(
            "SELECT %s.id, place.territory_id, place.area_id"
            " FROM %s CROSS JOIN unnest(%s::int4[], %s::int4[]) AS part(kind, length)"
            " JOIN crm_territory_area_place AS place ON %s",
            SQL.identifier(alias),
            record,
            kinds,
            [codes.parts_of_place_kind(kind)[0] for kind in kinds],
            SQL(" AND ").join(conditions),
        )


def override_piece(column, record_id, alias, put_in, keep_out, days):
    """The overrides in force of the records of ``alias``.

    :param column: of the override, that points at the column ``record_id``
    :param dict days: {plan id: its day}
    """
    plans_of_day = {}
    for plan_id, day in days.items():
        plans_of_day.setdefault(day, []).append(plan_id)
    in_force = [
        SQL(
            "o.plan_id = ANY(%s) AND (o.date_end IS NULL OR o.date_end >= %s)",
            plan_ids,
            day,
        )
        for day, plan_ids in plans_of_day.items()
    ]
    return SQL(
        """
        SELECT %(alias)s.id, o.territory_id * %(kinds)s
               + CASE o.decision WHEN 'in' THEN %(put_in)s ELSE %(keep_out)s END
          FROM %(alias)s JOIN crm_territory_override AS o
            ON o.%(column)s = %(alias)s.%(record_id)s
         WHERE %(in_force)s
        """,
        alias=SQL.identifier(alias),
        kinds=codes.KINDS,
        column=SQL.identifier(column),
        record_id=SQL.identifier(record_id),
        put_in=put_in,
        keep_out=keep_out,
        in_force=SQL(" OR ").join(in_force) if in_force else SQL("FALSE"),
    )
