"""Many records that get the same are one row: what changes nothing never leaves the
database.
"""

from odoo.tools import SQL

from ..engine import codes
from .frames import account_of_record, codes_of_leads
from .matched import Alike, Matched
from .matcher import Matcher

_COLUMNS = Matched._fields[1:]


class AlikeMatcher(Matcher):
    """Asks the same as a match, but leaves out rules of territories in which a record
    cannot be: it lies outside, and its account is not there. What is decided is the
    same, and so are the reasons for it.
    """

    refined = "refined"

    def match(self, model_name, where, lock=False):
        """
        :return: list of Alike
        """
        return super().match(model_name, where, lock)

    def _has_unread(self, row):
        return row.matched.is_unread

    def _rows(self, query):
        return [
            Alike(ids, count, Matched(None, *values))
            for ids, count, *values in self.env.execute_query(query)
        ]

    def _accounts(self, where, rules):
        return self._together(super()._accounts(where, rules))

    def _leads(self, where, lock, rules):
        return self._together(super()._leads(where, lock, rules))

    def _together(self, query):
        columns = [SQL.identifier(name) for name in _COLUMNS]
        at_user = _COLUMNS.index("user_id")
        selected = list(columns)
        # only of members does it matter who they are
        selected[at_user] = SQL(
            "CASE WHEN user_id = ANY(%s) THEN user_id END AS user_id",
            list(self.compiled.tree.member_ids),
        )
        return SQL(
            """
            SELECT array_agg(id)::text, count(*), %(columns)s
              FROM (SELECT id, %(selected)s
                      FROM (%(query)s) AS matched(id, %(columns)s)) AS record
             GROUP BY %(columns)s
            """,
            columns=SQL(", ").join(columns),
            selected=SQL(", ").join(selected),
            query=query,
        )

    def _hits(
        self,
        model_name,
        rules,
        *,
        places,
        by_hand,
        places_of_accounts=(),
        rules_of_accounts=(),
    ):
        """Where a record lies comes first; then the rules of the territories into which
        that lets it, and what the accounts of leads meet for which one of these holds.
        """
        is_lead = model_name == "crm.lead"
        ways = self._ways(rules, is_lead)
        gated = rules.only({code // codes.KINDS for code in ways})
        free = rules.only(rules.rule_ids - gated.rule_ids)
        rules_of_records = _union(
            [
                *self._pieces_of_rules(gated, model_name, "near_record", ways),
                *self._pieces_of_rules(free, model_name, "record"),
                # of whom a person decided by hand, all rules are told
                *self._pieces_of_rules(gated, model_name, "decided"),
            ]
        )
        return SQL(
            """
            where_hit (id, code) AS MATERIALIZED (%(places)s),
            hand_hit (id, code) AS MATERIALIZED (%(by_hand)s),
            near (id, way) AS (%(near)s),
            near_record AS MATERIALIZED (
                SELECT record.*, near.way FROM record JOIN near ON near.id = record.id
            ),
            decided AS MATERIALIZED (
                SELECT * FROM record WHERE id IN (SELECT id FROM hand_hit %(lending)s)
            ),
            rule_hit (id, code) AS MATERIALIZED (%(rules)s),
            %(refined)s
            hit (id, code) AS (%(hits)s)
            """,
            places=_union([*places, *codes_of_leads(list(places_of_accounts))]),
            by_hand=_union(by_hand),
            near=self._near(ways, is_lead),
            lending=_LENDING if is_lead else SQL(),
            rules=_each_once(rules_of_records) if is_lead else rules_of_records,
            refined=_REFINED if is_lead else SQL(),
            hits=_union(
                [
                    SQL("SELECT * FROM where_hit"),
                    SQL("SELECT * FROM hand_hit"),
                    SQL("SELECT * FROM rule_hit"),
                    *codes_of_leads(rules_of_accounts),
                ]
            ),
        )

    def _ways(self, rules, is_lead):
        """Of the rules that some area keeps records from, what lets a record in: the
        code of that area; of a lead, also less than 0, the territory in which its
        account is. See `Tree.gates`.

        :return: {code of the rule: list of int}
        """
        asked = rules.rule_ids - {query.rule_id for query in rules.own_queries}
        return {
            code: [area, *(-id_ for id_ in line if is_lead)]
            for code, (area, line) in self.compiled.tree.gates.items()
            if area and code // codes.KINDS in asked
        }

    def _near(self, ways, is_lead):
        """The records, and the ways in that they have: however many territories these
        let them into.
        """
        known = {way for of_rule in ways.values() for way in of_rule}
        lying = SQL(
            "SELECT id, code FROM where_hit WHERE code = ANY(%s)",
            [way for way in known if way > 0],
        )
        if not is_lead:
            return lying
        return SQL(
            """
            %s UNION
            SELECT record.id, -base.territory_id
              FROM record %s
              JOIN crm_territory_set_rel AS base
                ON base.set_id = %s AND base.territory_id = ANY(%s)
            """,
            lying,
            account_of_record({"territory_set_id"}),
            self._base(),
            [-way for way in known if way < 0],
        )


# the accounts of leads for which some rule holds, or that borrow their address: no
# other lead asks what its account meets
_REFINED = SQL(
    """
    refined AS MATERIALIZED (
        SELECT account.* FROM account WHERE account.id IN (
               SELECT record.account_id FROM record
                 JOIN rule_hit ON rule_hit.id = record.id
                UNION ALL SELECT id FROM account WHERE country_id IS NULL)
    ),
    """
)
# of leads that lend their accounts an address, all rules count
_LENDING = SQL(
    """
    UNION ALL SELECT id FROM placed WHERE account_id IS NOT NULL
    """
)


def _union(found):
    nothing = SQL("SELECT id, 0 FROM record WHERE FALSE")
    return SQL(" UNION ALL ").join(found or [nothing])


def _each_once(found):
    """A rule may let a lead in by several ways. In one order: what is alike is then."""
    return SQL("SELECT DISTINCT * FROM (%s) AS found(id, code) ORDER BY 1, 2", found)
