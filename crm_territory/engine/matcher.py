"""The SQL that finds, in one query, which criteria a set of records meets.

The query reads each record once, joins the areas (one join for each kind of area),
the parameter rows of each shape (one join for each shape), the rules that fell back to
a query of their own and the overrides, and returns the codes of each record. So its
cost is O(shapes + fallbacks) joins, whether for one record or a million.
"""

from dataclasses import dataclass, field

from odoo.tools import SQL

from . import tree

# what the matcher reads of every record
_ADDRESS = ("country_id", "state_id", "city", "zip_normalized")
# what has to be in the database before the queries run, besides what rules read
ACCOUNT_FIELDS = (*_ADDRESS, "company_id", "user_id", "commercial_partner_id")
LEAD_FIELDS = (
    *_ADDRESS,
    "type",
    "won_status",
    "company_id",
    "user_id",
    "partner_id",
)


def array_literal(values):
    """An array in PostgreSQL's notation.

    >>> print(array_literal([1, 2.5, True]), array_literal(["a", 'b "c" \\\\ d']))
    {"1","2.5","True"} {"a","b \\"c\\" \\\\ d"}
    """
    texts = (str(value).replace("\\", r"\\").replace('"', r"\"") for value in values)
    return "{%s}" % ",".join(f'"{text}"' for text in texts)


@dataclass
class Rules:
    """The rules for one model, compiled."""

    # shape -> [(code, values)]
    shapes: dict = field(default_factory=dict)
    # [(code, Domain)]: those that need a query of their own
    fallbacks: list = field(default_factory=list)
    # shape -> the columns of its table as arrays in PostgreSQL's notation, written
    # once: for one record the server takes longer to read parameters than to match them
    literals: dict = field(default_factory=dict)

    def add(self, rows, code):
        for row in rows:
            table = self.shapes.setdefault(row.shape, [])
            table.extend((code, values) for values in row.values)

    def columns(self, shape):
        """The codes and values of a shape's table, one text for each column."""
        if shape not in self.literals:
            table = self.shapes[shape]
            codes = [code for code, _values in table]
            values = zip(*(values for _code, values in table), strict=True)
            self.literals[shape] = [
                array_literal(column) for column in (codes, *values)
            ]
        return self.literals[shape]

    def fields(self):
        return {
            term.field
            for shape in self.shapes
            for term in shape
            if term.operator != "linked"
        }


@dataclass(frozen=True)
class AreaKind:
    """The areas that name the same things: they share one join."""

    has_state: bool
    has_city: bool
    key_length: int | None  # of the ZIP codes' common beginning; None: no ZIP codes
    # whether the server folds the case of all letters: its own lower() knows only those
    # of ASCII in a database of collation C, which is Odoo's default
    has_icu: bool = True

    def city(self, alias):
        """The SQL of a city's name without its case and surrounding blanks."""
        column = SQL("btrim(%s)", SQL.identifier(alias, "city"))
        if self.has_icu:
            column = SQL('%s COLLATE "und-x-icu"', column)
        return SQL("lower(%s)", column)


@dataclass
class Matched:
    """One row of the answer: a record and what speaks for its territories."""

    id: int
    kind: str  # "account", "lead" or "opportunity"
    company_id: int | None
    user_id: int | None
    set_id: int | None  # what the database holds now
    territory_id: int | None
    is_closed: bool
    account_id: int | None
    signature: str  # the codes as an array of PostgreSQL


def _shape_piece(rules, shape, alias, unaccent):
    """SELECT id, code: the records of ``alias`` that match rows of one shape."""
    with_value = [term for term in shape if term.has_value]
    names = [f"value{number}" for number in range(len(with_value))]
    types = ["int4", *(term.column_type for term in with_value)]
    columns = [
        SQL("%s::%s[]", literal, SQL.identifier(column_type))
        for literal, column_type in zip(rules.columns(shape), types, strict=True)
    ]
    conditions = []
    joins = []
    remaining = iter(names)
    for number, term in enumerate(shape):
        name = next(remaining) if term.has_value else "code"
        value = SQL.identifier("rule", name)
        joins.append(term.join(alias, number))
        conditions.append(term.condition(alias, value, number, unaccent))
    return SQL(
        "SELECT %s.id, rule.code FROM %s%s JOIN unnest(%s) AS rule(%s) ON %s",
        SQL.identifier(alias),
        SQL.identifier(alias),
        SQL().join(joins),
        SQL(", ").join(columns),
        SQL(", ").join(map(SQL.identifier, ["code", *names])),
        SQL(" AND ").join(conditions) if conditions else SQL("TRUE"),
    )


def _fallback_piece(model, domain, code, alias):
    """SELECT id, code: the records of ``alias`` that a query of its own finds."""
    query = model._search(domain)
    query.add_where(
        SQL(
            "%s IN (SELECT id FROM %s)",
            SQL.identifier(query.table, "id"),
            SQL.identifier(alias),
        )
    )
    return query.select(SQL.identifier(query.table, "id"), SQL("%s::int4", code))


def _area_piece(kind, plan_ids, alias, territory_ids=None, where=None):
    """SELECT id, code: the records of ``alias`` that lie in areas of one kind."""
    record = SQL.identifier(alias)
    conditions = [
        SQL("area.plan_id = ANY(%s)", plan_ids),
        SQL("area.country_id = %s.country_id", record),
    ]
    if territory_ids is not None:
        conditions.append(SQL("area.territory_id = ANY(%s)", territory_ids))
    if where is not None:
        conditions.append(where)
    if kind.has_state:
        conditions.append(SQL("area.state_id = %s.state_id", record))
    else:
        conditions.append(SQL("area.state_id IS NULL"))
    if kind.has_city:
        conditions.append(SQL("%s = %s", kind.city("area"), kind.city(alias)))
    else:
        conditions.append(SQL("COALESCE(btrim(area.city), '') = ''"))
    if kind.key_length is None:
        conditions.append(SQL("area.zip_key IS NULL"))
    else:
        conditions.append(
            SQL(
                """
                length(area.zip_key) = %(length)s
                AND area.zip_key = left(%(record)s.zip_normalized, %(length)s)
                AND length(%(record)s.zip_normalized) >= length(area.zip_low)
                AND left(%(record)s.zip_normalized, length(area.zip_low)) COLLATE "C"
                    BETWEEN area.zip_low AND area.zip_high
                """,
                length=kind.key_length,
                record=record,
            )
        )
    return SQL(
        "SELECT %s.id, area.territory_id * %s + %s"
        " FROM %s JOIN crm_territory_area AS area ON %s",
        record,
        tree.KINDS,
        tree.AREA,
        record,
        SQL(" AND ").join(conditions),
    )


def _override_piece(column, record_id, alias, put_in, keep_out, today):
    """SELECT id, code: the overrides in force of the records of ``alias``."""
    return SQL(
        """
        SELECT %(alias)s.id, o.territory_id * %(kinds)s
               + CASE o.decision WHEN 'in' THEN %(put_in)s ELSE %(keep_out)s END
          FROM %(alias)s JOIN crm_territory_override AS o
            ON o.%(column)s = %(alias)s.%(record_id)s
         WHERE o.date_end IS NULL OR o.date_end >= %(today)s
        """,
        alias=SQL.identifier(alias),
        kinds=tree.KINDS,
        column=SQL.identifier(column),
        record_id=SQL.identifier(record_id),
        put_in=put_in,
        keep_out=keep_out,
        today=today,
    )


def _columns(names, alias):
    return SQL().join(
        SQL(", %s", SQL.identifier(alias, name)) for name in sorted(set(names))
    )


def _pieces_of(rules, model, alias, errors):
    unaccent = model.env.registry.unaccent
    for shape in rules.shapes:
        yield _shape_piece(rules, shape, alias, unaccent)
    for code, domain in rules.fallbacks:
        try:
            yield _fallback_piece(model, domain, code, alias)
        except Exception as error:  # noqa: BLE001 - whatever a field's search raises
            errors[code // tree.KINDS] = str(error)


def _signatures(alias, pieces):
    """The last two tables of each query: all codes, and those of each record."""
    return SQL(
        """
        hit (id, code) AS (%s),
        signature AS (
            SELECT id, array_agg(code ORDER BY code)::text AS codes
              FROM hit GROUP BY id
        )
        """,
        SQL(" UNION ALL ").join(pieces)
        if pieces
        else SQL("SELECT id, 0 FROM %s WHERE FALSE", SQL.identifier(alias)),
    )


def account_query(compiled, where):
    """The query that matches accounts.

    :param Compiled compiled:
    :param SQL where: which rows of ``res_partner`` (alias r)
    :return: SQL that selects the columns of Matched
    """
    rules = compiled.rules["res.partner"]
    model = compiled.model("res.partner")
    pieces = [
        *_pieces_of(rules, model, "record", compiled.errors),
        *(
            _area_piece(kind, compiled.plan_ids, "record")
            for kind in compiled.area_kinds
        ),
        _override_piece(
            "partner_id", "id", "record", tree.PUT_IN, tree.KEEP_OUT, compiled.today
        ),
    ]
    return SQL(
        """
        WITH record AS MATERIALIZED (
            SELECT r.id%s FROM res_partner AS r
             WHERE r.commercial_partner_id = r.id AND %s
        ), %s
        SELECT record.id, 'account', record.company_id, record.user_id,
               record.territory_set_id, record.territory_id,
               FALSE, NULL::int4,
               COALESCE(signature.codes, '{}')
          FROM record LEFT JOIN signature ON signature.id = record.id
        """,
        _columns(
            {
                *_ADDRESS,
                *rules.fields(),
                "company_id",
                "user_id",
                "territory_set_id",
                "territory_id",
            }
            - {"id"},
            "r",
        ),
        where,
        _signatures("record", pieces),
    )


def lead_query(compiled, where, lock=False, dry_run_id=None):
    """The query that matches leads and opportunities, with what their accounts meet.

    :param SQL where: which rows of ``crm_lead`` (alias r)
    :param bool lock: keep the accounts from being moved to other territories until
        the transaction ends: a run that moves one meanwhile would not see the lead
    :param int dry_run_id: the simulation whose moves of accounts count as made
    :return: SQL that selects the columns of Matched
    """
    rules = compiled.rules["crm.lead"]
    gates = compiled.gates
    leads = compiled.model("crm.lead")
    accounts = compiled.model("res.partner")
    account_pieces = [
        *_pieces_of(gates.rules, accounts, "account", compiled.errors),
        *(
            _area_piece(kind, compiled.plan_ids, "account", gates.territory_ids)
            for kind in (compiled.area_kinds if gates.territory_ids else ())
        ),
    ]
    pieces = [
        *_pieces_of(rules, leads, "record", compiled.errors),
        *(
            _area_piece(
                kind,
                compiled.plan_ids,
                "record",
                where=SQL("record.account_id IS NULL"),
            )
            for kind in compiled.area_kinds
        ),
        _override_piece(
            "lead_id", "id", "record", tree.PUT_IN, tree.KEEP_OUT, compiled.today
        ),
        _override_piece(
            "partner_id",
            "account_id",
            "record",
            tree.ACCOUNT_PUT_IN,
            tree.ACCOUNT_KEEP_OUT,
            compiled.today,
        ),
        SQL(
            """
            SELECT record.id, link.territory_id * %s + %s
              FROM record JOIN account ON account.id = record.account_id
              LEFT JOIN crm_territory_move AS move
                ON move.partner_id = account.id AND move.run_id = %s
              JOIN crm_territory_set_rel AS link
                ON link.set_id = CASE WHEN move.id IS NULL
                                      THEN account.territory_set_id
                                      ELSE move.set_after_id END
            """,
            tree.KINDS,
            tree.BASE,
            dry_run_id,
        )
        if dry_run_id
        else SQL(
            """
            SELECT record.id, link.territory_id * %s + %s
              FROM record JOIN account ON account.id = record.account_id
              JOIN crm_territory_set_rel AS link
                ON link.set_id = account.territory_set_id
            """,
            tree.KINDS,
            tree.BASE,
        ),
    ]
    if account_pieces:
        pieces.append(
            SQL(
                """
                SELECT record.id, account_hit.code
                  FROM record JOIN (%s) AS account_hit (id, code)
                    ON account_hit.id = record.account_id
                """,
                SQL(" UNION ALL ").join(account_pieces),
            )
        )
    return SQL(
        """
        WITH record AS MATERIALIZED (
            SELECT r.id, p.commercial_partner_id AS account_id%s
              FROM crm_lead AS r LEFT JOIN res_partner AS p ON p.id = r.partner_id
             WHERE %s
        ), account AS MATERIALIZED (
            SELECT a.id%s FROM res_partner AS a
             WHERE a.id IN (SELECT account_id FROM record) %s
        ), %s
        SELECT record.id, record.type, record.company_id, record.user_id,
               record.territory_set_id, record.territory_id,
               record.won_status IN ('won', 'lost'), record.account_id,
               COALESCE(signature.codes, '{}')
          FROM record LEFT JOIN signature ON signature.id = record.id
        """,
        _columns(
            {
                *_ADDRESS,
                *rules.fields(),
                "type",
                "won_status",
                "company_id",
                "user_id",
                "territory_set_id",
                "territory_id",
            }
            - {"id"},
            "r",
        ),
        where,
        _columns(
            ({*_ADDRESS, *gates.rules.fields(), "territory_set_id"}) - {"id"}, "a"
        ),
        SQL("FOR SHARE") if lock else SQL(),
        _signatures("record", pieces),
    )
