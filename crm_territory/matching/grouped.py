"""The records that meet the same criteria, counted by the database: what a plan does to
a million of them is then as many rows as there are different combinations.
"""

from typing import NamedTuple

from odoo.tools import SQL

from .matcher import Matcher

# of a place code, so many characters are told: the country and three of its ZIP codes
PREFIX = 5
_ACCOUNT_FIELDS = {"country_id", "state_id", "place_code", "industry_id"}
_LEAD_FIELDS = {"country_id", "state_id", "place_code", "expected_revenue"}


class Group(NamedTuple):
    """Records that are alike in all that decides; each is in one group by credit, and
    in one by address.
    """

    kind: str  # "account", "lead" or "opportunity"
    company_id: int | None
    has_account: bool  # a lead's
    lends_address: bool  # see Matched
    base_signature: str | None  # what the account of a lead meets
    signature: str
    is_elsewhere: bool  # it has a territory of another plan that judges, too
    is_unread: bool  # see Matched
    by_address: bool
    # of a group by credit
    user_id: int | None  # the salesperson, if that is a member
    # of a group by address
    country_id: int | None
    state_id: int | None
    prefix: str | None  # of the place code
    industry_id: int | None  # of the account
    # of both
    count: int
    amount: float  # expected revenue of opportunities
    sample_id: int
    ids: list[int] | None


class GroupedMatcher(Matcher):
    """Asks the same as a match, and counts. What is locked, closed, or a lead of a
    locked account is left out: rules do not move it.

    :param elsewhere: ids of the sets that have a territory of another plan in force
    :param bool with_ids: tell which records they are, too
    """

    _most_unread = 100_000

    def __init__(self, env, compiled, elsewhere=(), with_ids=False):
        super().__init__(env, compiled)
        self.elsewhere = list(elsewhere)
        self.with_ids = with_ids

    def groups(self, model_name, where):
        """1 query, and 1 more where accounts may lack an address.

        :param SQL where: which records, of alias r
        :return: list of Group
        """
        return self.match(model_name, where)

    def places(self, addresses):
        """The territories whose areas hold addresses that no record need have: {number
        of the address: set of ids}. 1 query.

        :param addresses: list of (place code, state id or None, city or None)
        """
        areas = [
            place
            for place in self.compiled.places
            if place.model_name == "crm.territory.area" and place.fields
        ]
        if not addresses or not areas:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                WITH record AS MATERIALIZED (
                    SELECT * FROM unnest(%s::int4[], %s::text[], %s::int4[], %s::text[])
                                  AS address(id, place_code, state_id, city))
                %s
                """,
                list(range(len(addresses))),
                *map(list, zip(*addresses, strict=True)),
                SQL(" UNION ALL ").join(
                    place.lines("res.partner", "record", None) for place in areas
                ),
            )
        )
        found = {}
        for number, territory_id, _area_id in rows:
            found.setdefault(number, set()).add(territory_id)
        return found

    def _rows(self, query):
        return list(map(Group._make, self.env.execute_query(query)))

    def _flush(self, model_name, without_leads=False):
        self.env["res.partner"].flush_model(_ACCOUNT_FIELDS)
        if model_name == "crm.lead":
            self.env["crm.lead"].flush_model(_LEAD_FIELDS)
        return super()._flush(model_name, without_leads)

    def _accounts(self, where, rules):
        matched = SQL(
            """
            SELECT matched.*, NULL::text AS base_signature, 0 AS amount,
                   r.country_id, r.state_id, left(r.place_code, %s) AS prefix,
                   r.industry_id
              FROM (%s) AS matched(%s) JOIN res_partner AS r ON r.id = matched.id
             WHERE NOT matched.is_locked
            """,
            PREFIX,
            super()._accounts(where, rules),
            _COLUMNS,
        )
        return self._counted(matched)

    def _leads(self, where, lock, rules):
        """With what their accounts meet by the same plan, whatever they have now."""
        accounts = SQL(
            """
            r.id IN (SELECT p.commercial_partner_id FROM crm_lead AS r
                       JOIN res_partner AS p ON p.id = r.partner_id WHERE %s)
            """,
            where,
        )
        matched = SQL(
            """
            SELECT matched.*, base.signature AS base_signature,
                   CASE matched.kind WHEN 'opportunity'
                        THEN COALESCE(r.expected_revenue, 0) ELSE 0 END AS amount,
                   %(address)s, account.industry_id
              FROM (%(leads)s) AS matched(%(columns)s)
              JOIN crm_lead AS r ON r.id = matched.id
              LEFT JOIN res_partner AS contact ON contact.id = r.partner_id
              LEFT JOIN res_partner AS account
                     ON account.id = contact.commercial_partner_id
              LEFT JOIN (%(accounts)s) AS base(%(columns)s) ON base.id = account.id
             WHERE NOT matched.is_locked AND NOT matched.is_closed
               AND base.is_locked IS NOT TRUE
            """,
            address=_address_that_counts(),
            leads=super()._leads(where, False, rules),
            accounts=super()._accounts(accounts, rules),
            columns=_COLUMNS,
        )
        return self._counted(matched)

    def _counted(self, matched):
        return SQL(
            """
            SELECT kind, company_id, has_account, lends_address, base_signature,
                   signature, is_elsewhere, is_unread, GROUPING(member_id) = 1,
                   member_id,
                   country_id, state_id, prefix, industry_id,
                   count(*), sum(amount)::float8, min(id), %(ids)s
              FROM (SELECT matched.*,
                           set_id IS NOT NULL AND set_id = ANY(%(sets)s)
                           AS is_elsewhere,
                           CASE WHEN user_id = ANY(%(members)s) THEN user_id END
                           AS member_id
                      FROM (%(matched)s) AS matched) AS found
             GROUP BY GROUPING SETS (
                   (kind, company_id, has_account, lends_address, base_signature,
                    signature, is_elsewhere, is_unread, member_id),
                   (kind, company_id, has_account, lends_address, base_signature,
                    signature, is_elsewhere, is_unread, country_id, state_id, prefix,
                    industry_id))
            """,
            ids=SQL("array_agg(id ORDER BY id)" if self.with_ids else "NULL::int4[]"),
            sets=self.elsewhere,
            members=list(self.compiled.tree.member_ids),
            matched=matched,
        )


def _address_that_counts():
    """The account's, or the lead's where that has no country."""
    return SQL(", ").join(
        SQL(
            "CASE WHEN account.country_id IS NULL THEN %s ELSE %s END AS %s",
            _column("r", name),
            _column("account", name),
            SQL.identifier("prefix" if name == "place_code" else name),
        )
        for name in ("country_id", "state_id", "place_code")
    )


def _column(alias, name):
    column = SQL.identifier(alias, name)
    return SQL("left(%s, %s)", column, PREFIX) if name == "place_code" else column


# the names of Matched
_COLUMNS = SQL(
    "id, set_id, territory_id, is_closed, is_locked, is_unread, kind, company_id,"
    " user_id, has_account, lends_address, base_set_id, signature"
)
