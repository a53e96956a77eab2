"""Finds, in one query, which criteria a set of records meets."""

import logging
from functools import partial

from psycopg2 import DataError, ProgrammingError

from odoo.tools import SQL

from ..engine import codes
from . import pieces
from .compiler import as_reader
from .frames import (
    SIGNATURE,
    account_of_record,
    accounts_frame,
    codes_of_leads,
    leads_frame,
    lending,
)
from .in_memory import as_table, leads_in_memory
from .matched import Matched
from .narrowing import narrowed
from .place_codes import is_unread, read_addresses

_logger = logging.getLogger(__name__)

# what is read of every record, whatever the criteria
ACCOUNT_FIELDS = frozenset(
    {
        "company_id",
        "user_id",
        "commercial_partner_id",
        "partner_share",
        "territory_is_locked",
    }
)
LEAD_FIELDS = frozenset(
    {
        "type",
        "won_status",
        "company_id",
        "user_id",
        "partner_id",
        "territory_is_locked",
    }
)
_DECIDED = frozenset({"territory_set_id", "territory_id"})
# for so many records, PostgreSQL would compile a statement where its ``jit`` is on
_MANY = 1000


class Matcher:
    """What records meet of the criteria of plans.

    A rule whose query the database refuses is left out, told in ``broken`` and as if
    it matched nothing; all others go on. Addresses that nobody has read yet (of records
    that are older than the addon) are read when they are matched.

    :param Compiled compiled: the plans
    :param int dry_run_id: the simulation whose moves of accounts count as made
    """

    _most_unread = None  # addresses that are read at once
    # of the accounts of leads, those whose criteria are asked
    refined = "account"

    def __init__(self, env, compiled, dry_run_id=None):
        self.env = env
        self.compiled = compiled
        self.dry_run_id = dry_run_id
        self.broken = {}  # {rule id: what is wrong}
        self._table = None  # of the leads that are matched, if not their own

    def match(self, model_name, where, lock=False):
        """The codes of records. 1 query, and 1 more where many rules are narrowed to
        those that a few records can meet. Leads that the ORM has in memory are not
        written before.

        :param model_name: "res.partner" (only accounts are found) or "crm.lead"
        :param where: which records: list of ids, or SQL on alias r
        :param bool lock: keep the accounts of leads from being moved to other
            territories until the transaction ends: a run that moves one meanwhile
            would not see the lead
        :return: list of Matched, in no order
        """
        rules = self.compiled.rules.without(self.compiled.broken)
        leads = None
        if model_name == "crm.lead":
            if isinstance(where, SQL):
                # what was decided of leads in memory may be unwritten
                self.env["crm.lead"].flush_model(_DECIDED)
            else:
                leads = self._in_memory(where, rules)
        self._flush(model_name, without_leads=leads is not None)
        if isinstance(where, SQL) or len(where) > _MANY:
            # PostgreSQL compiles the many expressions for longer than they take
            self.env.cr.execute("SET LOCAL jit = off")
        if not isinstance(where, SQL):
            rules = narrowed(self.env, model_name, where, rules, leads)
            where = SQL("r.id = ANY(%s)", where)
        if leads is not None:
            if rules.has_own_queries:
                # they read the table, and what is written within the savepoint of a
                # query that fails is lost
                self._flush(model_name)
            self._table = as_table(self.env["crm.lead"], leads, "r")
        rows = self._ask(model_name, where, rules, lock)
        self._table = None
        if any(map(self._has_unread, rows)):
            self._flush(model_name)
            read_addresses(self.env, model_name, where, self._most_unread)
            rows = self._ask(model_name, where, rules, lock)
        return rows

    def _in_memory(self, ids, rules):
        names = {"country_id"} | LEAD_FIELDS | _DECIDED
        names |= self._columns_of("crm.lead", rules.leads)
        return leads_in_memory(self.env["crm.lead"].browse(ids), names)

    def _has_unread(self, row):
        return row.is_unread

    def _ask(self, model_name, where, rules, lock):
        ask = (
            partial(self._accounts, where)
            if model_name == "res.partner"
            else partial(self._leads, where, lock)
        )
        if not rules.may_fail():
            return self._rows(ask(rules))
        try:
            with self.env.cr.savepoint(flush=False):
                return self._rows(ask(rules))
        except (DataError, ProgrammingError) as error:
            _logger.info("looking for the rule that broke a match: %s", error)
        self._find_broken(ask, rules)
        return self._rows(ask(rules.without(self.broken)))

    def lines(self, model_name, ids):
        """The places in which records lie, those of leads by the address that counts:
        {record id: {territory id: [(model of the place, its id)]}}. 1 query.
        """
        if not any(model_name in place.fields for place in self.compiled.places):
            return {}
        self._flush(model_name)
        where = SQL("r.id = ANY(%s)", list(ids))
        if model_name == "res.partner":
            frame = accounts_frame(where, self._columns_of(model_name))
            found = self._numbered("res.partner", "record")
        else:
            frame = leads_frame(
                where,
                self._columns_of("crm.lead"),
                self._columns_of("res.partner"),
            )
            of_accounts = SQL(" UNION ALL ").join(
                self._numbered("res.partner", "account")
            )
            found = [
                *self._numbered("crm.lead", "placed"),
                SQL(
                    """
                    SELECT record.id, line.territory_id, line.line_id, line.place
                      FROM record
                      JOIN (%s) AS line (record_id, territory_id, line_id, place)
                        ON line.record_id = record.account_id
                    """,
                    of_accounts,
                ),
            ]
        rows = self.env.execute_query(
            SQL("WITH %s %s", frame, SQL(" UNION ALL ").join(found))
        )
        places = {}
        for record_id, territory_id, line_id, number in sorted(rows):
            by_territory = places.setdefault(record_id, {})
            model = self.compiled.places[number].model_name
            by_territory.setdefault(territory_id, []).append((model, line_id))
        return places

    def _numbered(self, model_name, alias):
        """The lines of each place, with the number of the place."""
        return [
            SQL(
                "SELECT line.*, %s FROM (%s) AS line",
                number,
                place.lines(model_name, alias, None),
            )
            for number, place in enumerate(self.compiled.places)
            if model_name in place.fields
        ]

    def _rows(self, query):
        return list(map(Matched._make, self.env.execute_query(query)))

    def _find_broken(self, ask, rules):
        """Ask each rule alone: those that the database refuses become broken."""
        for rule_id in rules.rule_ids():
            alone = rules.only({rule_id})
            if alone.may_fail():
                try:
                    with self.env.cr.savepoint(flush=False):
                        self.env.execute_query(ask(alone))
                except (DataError, ProgrammingError) as error:
                    self.broken[rule_id] = str(error).partition("\n")[0]

    def _flush(self, model_name, without_leads=False):
        """What the queries read has to be in the database."""
        rules = self.compiled.rules
        accounts = ACCOUNT_FIELDS | self._columns_of("res.partner", rules.accounts)
        if model_name == "res.partner":
            self.env["res.partner"].flush_model(accounts)
            self.env["res.company"].flush_model(["partner_id"])
        else:
            if not without_leads:
                leads = LEAD_FIELDS | self._columns_of("crm.lead", rules.leads)
                self.env["crm.lead"].flush_model(leads)
            self.env["res.partner"].flush_model({*accounts, "territory_set_id"})
        self.env["crm.territory.override"].flush_model()

    def _columns_of(self, model_name, rules=None):
        """The stored fields that places, and the shapes of rules, read."""
        names = set(rules.fields() if rules else ())
        for place in self.compiled.places:
            names.update(place.fields.get(model_name, ()))
        return names - {"id"}

    # -- the queries

    def _model(self, name):
        return as_reader(self.env)[name]

    def _pieces_of_rules(self, rules, model_name, alias, ways=None):
        model = self._model(model_name)
        return pieces.pieces_of_rules(rules, model, alias, self.broken, ways)

    def _places(self, model_name, alias, only=None):
        for place in self.compiled.places:
            if model_name in place.fields and (only is None or only):
                yield place.query(model_name, alias, only)

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
        """The CTE hit (id, code) of the CTE record.

        :param Rules rules: for the records
        :param places: pieces of the records; the others likewise, those of accounts of
            the CTE account
        """
        found = [
            *self._pieces_of_rules(rules, model_name, "record"),
            *places,
            *by_hand,
            *codes_of_leads([*places_of_accounts, *rules_of_accounts]),
        ]
        return SQL("hit (id, code) AS (%s)", SQL(" UNION ALL ").join(found))

    def _accounts(self, where, rules):
        return SQL(
            """
            WITH %(frame)s, %(hits)s, %(signature)s
            SELECT record.id, record.territory_set_id, record.territory_id, FALSE,
                   record.territory_is_locked IS TRUE, %(is_unread)s,
                   'account', record.company_id, record.user_id,
                   FALSE, FALSE, NULL::int4, COALESCE(signature.codes, '{}')
              FROM record LEFT JOIN signature
                   ON signature.id = record.id AND NOT record.is_ours
            """,
            frame=accounts_frame(
                where,
                {"company_id", "user_id", "territory_is_locked", "country_id"}
                | _DECIDED
                | self._columns_of("res.partner", rules.accounts),
            ),
            hits=self._hits(
                "res.partner",
                rules.accounts,
                places=self._places("res.partner", "record"),
                by_hand=[
                    pieces.override_piece(
                        "partner_id",
                        "id",
                        "record",
                        codes.PUT_IN,
                        codes.KEEP_OUT,
                        self.compiled.days,
                    )
                ],
            ),
            signature=SIGNATURE,
            is_unread=self._is_unread({"res.partner": "record"}),
        )

    def _is_unread(self, aliases):
        """Whether places ask for an address that is not read yet.

        :param aliases: {model name: alias of its records}
        """
        return SQL(" OR ").join(
            [
                is_unread(alias)
                for name, alias in aliases.items()
                if "place_code" in self._columns_of(name)
            ]
            or [SQL("FALSE")]
        )

    def _leads(self, where, lock, rules):
        """With what their accounts meet."""
        account_columns = {"country_id", "territory_set_id", "territory_is_locked"}
        account_columns |= self._columns_of("res.partner", rules.gates)
        return SQL(
            """
            WITH %(frame)s %(lending)s, %(hits)s, %(signature)s
            SELECT record.id, record.territory_set_id, record.territory_id,
                   record.won_status IN ('won', 'lost'),
                   record.territory_is_locked IS TRUE, %(is_unread)s,
                   record.type, record.company_id, record.user_id,
                   record.account_id IS NOT NULL,
                   account.id IS NOT NULL AND account.country_id IS NULL
                   AND record.country_id IS NOT NULL
                   AND account.territory_is_locked IS NOT TRUE,
                   %(base)s, COALESCE(signature.codes, '{}')
              FROM record %(account)s
              LEFT JOIN signature ON signature.id = record.id
            """,
            account=account_of_record(account_columns, lock),
            base=self._base(),
            is_unread=self._is_unread({"crm.lead": "record", "res.partner": "account"}),
            frame=leads_frame(
                where,
                {"type", "won_status", "company_id", "user_id", "territory_is_locked"}
                | _DECIDED
                | self._columns_of("crm.lead", rules.leads),
                account_columns,
                lock,
                self._table,
                rules.has_accounts,
            ),
            lending=lending(
                rules.beside_gates,
                self._columns_of("res.partner", rules.beside_gates),
            ),
            hits=self._hits(
                "crm.lead",
                rules.leads,
                places=self._places("crm.lead", "placed"),
                by_hand=self._pieces_of_overrides(rules.has_accounts),
                places_of_accounts=self._places(
                    "res.partner", "account", self.compiled.gate_ids
                )
                if rules.has_accounts
                else (),
                rules_of_accounts=[
                    *self._pieces_of_rules(rules.gates, "res.partner", self.refined),
                    *self._pieces_of_rules(
                        rules.beside_gates, "res.partner", "lending"
                    ),
                ],
            ),
            signature=SIGNATURE,
        )

    def _base(self):
        """The set of the account of a lead; in a simulation, the one that it would
        have.
        """
        if not self.dry_run_id:
            return SQL("account.territory_set_id")
        return SQL(
            """
            CASE WHEN EXISTS (SELECT %(moves)s)
                 THEN (SELECT move.set_after_id %(moves)s LIMIT 1)
                 ELSE account.territory_set_id END
            """,
            moves=SQL(
                "FROM crm_territory_move AS move"
                " WHERE move.partner_id = account.id AND move.run_id = %s",
                self.dry_run_id,
            ),
        )

    def _pieces_of_overrides(self, has_accounts):
        own = ("lead_id", "id", codes.PUT_IN, codes.KEEP_OUT)
        of_account = (
            "partner_id",
            "account_id",
            codes.ACCOUNT_PUT_IN,
            codes.ACCOUNT_KEEP_OUT,
        )
        for column, record_id, put_in, keep_out in [own, of_account][
            : 1 + has_accounts
        ]:
            yield pieces.override_piece(
                column, record_id, "record", put_in, keep_out, self.compiled.days
            )
