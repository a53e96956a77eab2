"""The best hand-written SQL that was found for what the benchmark of places matches:
the ranges spelled out as codes, in an indexed and analysed table. (A range type with a
GiST index took 16 times as long for 100,000 accounts.)
"""

import io

from odoo.tools import SQL

from odoo.addons.crm_territory.engine import codes

from .postal_codes import POSTAL
from .postal_rules import SHAPES

_NOTHING = SQL()


class ByHand:
    """Parameter tables, and the queries on them.

    :param World world: what is matched
    """

    def __init__(self, world):
        self.env = world.env
        self.world = world
        self._make(
            "unit",
            "country int, length int",
            [
                (world.countries[each.code], len(each.key(each.units[0])))
                for each in POSTAL
            ],
        )
        self._make(
            "country",
            "country int, code int",
            [
                (world.countries[code], _area(territory_id))
                for code, territory_id in world.roots.items()
            ],
        )
        self._make("code", "key text, code int", self._spelled_out())
        for name, shape in SHAPES.items():
            self._make(
                name,
                f"code int, {shape.columns}",
                [
                    (codes.encode(rule_id, codes.RULE), *row)
                    for rule_id, of_shape, values in world.rules
                    if of_shape == name
                    for row in shape.rows(values)
                ],
            )

    def _make(self, name, columns, rows):
        table = SQL.identifier(f"by_hand_{name}")
        cr = self.env.cr
        cr.execute(SQL("CREATE TEMP TABLE %s (%s)", table, SQL(columns)))  # pylint: disable=sql-injection
        text = io.StringIO("".join("\t".join(map(str, row)) + "\n" for row in rows))
        cr._cnx.cursor().copy_from(text, f"by_hand_{name}")
        first = SQL.identifier(columns.split(" ")[0])
        if name == "code":
            cr.execute(SQL("CREATE INDEX ON %s (%s)", table, first))
        cr.execute(SQL("ANALYZE %s", table))

    def _spelled_out(self):
        """Each code of each range."""
        places = {
            postal.code: {unit: n for n, unit in enumerate(postal.units)}
            for postal in POSTAL
        }
        for territory_id, postal, low, high in self.world.ranges:
            at = places[postal.code]
            for unit in postal.units[at[low] : at[high] + 1]:
                yield postal.key(unit), _area(territory_id)

    def accounts(self, ids=None):
        """Rows (id of the account, its codes as a text).

        :param ids: (first, last); None: all
        """
        return self._ask(
            "res_partner",
            SQL("r.commercial_partner_id = r.id"),
            ids or self.world.accounts,
            [n for n in SHAPES if SHAPES[n].applies_to == "account"],
        )

    def leads(self):
        """Those of a lead with an account are that account's territories, and its own
        rules; those of others are of where they lie.
        """
        return self._ask(
            "crm_lead",
            SQL("r.partner_id IS NULL"),
            self.world.leads,
            ["country_amount"],
            SQL(
                """
                UNION ALL
                SELECT lead.id, account.territory_set_id
                  FROM crm_lead AS lead
                  JOIN res_partner AS contact ON contact.id = lead.partner_id
                  JOIN res_partner AS account
                    ON account.id = contact.commercial_partner_id
                 WHERE lead.id BETWEEN %s AND %s
                """,
                *self.world.leads,
            ),
        )

    def _ask(self, table, located, ids, shapes, more=_NOTHING):
        """
        :param SQL located: which records count by where they lie themselves
        :param shapes: the names of those that are asked
        :param more: further rows (id, code)
        """
        r = SQL.identifier(table)
        pieces = [
            SQL(
                """
                SELECT r.id, p.code
                  FROM %s AS r JOIN by_hand_unit AS unit ON unit.country = r.country_id
                  JOIN by_hand_code AS p ON p.key = left(r.place_code, unit.length)
                 WHERE r.id BETWEEN %s AND %s AND %s
                """,
                r,
                *ids,
                located,
            ),
            SQL(
                "SELECT r.id, p.code FROM %s AS r JOIN by_hand_country AS p"
                " ON p.country = r.country_id WHERE r.id BETWEEN %s AND %s AND %s",
                r,
                *ids,
                located,
            ),
            *(
                SQL(
                    "SELECT r.id, p.code FROM %s AS r JOIN %s AS p ON %s"
                    " WHERE r.id BETWEEN %s AND %s",
                    r,
                    SQL.identifier(f"by_hand_{shape}"),
                    SQL(SHAPES[shape].condition),  # pylint: disable=sql-injection
                    *ids,
                )
                for shape in shapes
            ),
        ]
        self.env.cr.execute(
            SQL(
                "SELECT id, array_agg(code)::text FROM (%s %s) AS hit GROUP BY id",
                SQL(" UNION ALL ").join(pieces),
                more,
            )
        )
        return self.env.cr.fetchall()


def _area(territory_id):
    return codes.encode(territory_id, codes.AREA)
