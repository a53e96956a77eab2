from hashlib import md5

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, ormcache

from ..compat import add_to_ormcache, fill_cache
from ..matching import access

# what lists and forms show of the territories of a record, or check to show it
_SHOWN = (
    "name",
    "complete_name",
    "color",
    "active",
    "company_id",
    "plan_id",
    "sequence",
)
# so many sets at a time are kept in the memory of a worker, which is of limited size
_FEW = 100


class CrmTerritorySet(models.Model):
    """An interned combination of territories.

    A record points at one set, so that visibility is a single indexed integer
    (design 4: the measured alternative, a many2many per record, is up to 70 times
    slower to filter).
    """

    _name = "crm.territory.set"
    _description = "Territory Set"
    _rec_name = "key"

    key = fields.Char(
        required=True,
        readonly=True,
        help="The ids of the territories in ascending order, separated by commas.",
    )
    territory_ids = fields.Many2many(
        "crm.territory",
        "crm_territory_set_rel",
        "set_id",
        "territory_id",
        string="Territories",
        readonly=True,
        context={"active_test": False},
    )

    # a key can be longer than what an index holds
    _key_uniq = models.UniqueIndex(
        "(md5(key))", "This combination of territories exists."
    )

    @api.depends("territory_ids.name")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        # Odoo reads the names that a many2one shows with all rights
        company_ids = None
        if self.env.uid != SUPERUSER_ID:
            company_ids = self.env["crm.territory"]._companies_above(
                tuple(self.env.companies._ids)
            )
        for territory_set in self:
            territories = self.sudo()._territories_of(territory_set, company_ids)
            territory_set.display_name = ", ".join(territories.mapped("name"))

    def _territories_of(self, territory_set, company_ids=None):
        """The territories of one of these sets; their names are in the cache then.

        :param company_ids: only those of these companies, and shared ones; None: all
        """
        content = self._content(territory_set.id) if territory_set else ()
        company = 1 + _SHOWN.index("company_id")
        if company_ids is not None:
            content = [row for row in content if row[company] in company_ids]
        territories = self.env["crm.territory"].browse(
            [id_ for id_, *_shown in content]
        )
        for territory, (_id, *values) in zip(territories, content, strict=True):
            fill_cache(territory, dict(zip(_SHOWN, values, strict=True)))
        return territories

    @ormcache("set_id", "self.env['crm.territory.plan']._since_change()")
    def _content(self, set_id):
        """What lists show of the territories of a set: tuple of rows. A set never
        changes; when a territory does, the rows are read anew. 1 query for all of these
        sets.
        """
        self.env["crm.territory"].flush_model(_SHOWN)
        contents = dict.fromkeys([set_id, *self.ids], ())
        for found_id, *row in self.env.execute_query(
            SQL(
                """
                SELECT link.set_id, territory.id, %s
                  FROM crm_territory_set_rel AS link
                  JOIN crm_territory AS territory ON territory.id = link.territory_id
                 WHERE link.set_id = ANY(%s)
                 ORDER BY territory.sequence, territory.name, territory.id
                """,
                SQL(", ").join(SQL.identifier("territory", name) for name in _SHOWN),
                list(contents),
            )
        ):
            contents[found_id] += (tuple(row),)
        for other_id, content in contents.items():
            add_to_ormcache(self, "_content", other_id, value=content)
        return contents[set_id]

    @api.model
    def _intern(self, combinations):
        """Give the id of the set of each combination, making those that are missing.

        Queries: none for few that this worker knows; 1, and 1 more when a combination
        is new. Two transactions that make the same combination: the second fails with
        a serialization error, which Odoo's server and the run retry.

        :param combinations: iterable of frozensets of territory ids, none empty
        :return: dict {frozenset: set id}; None for one that is missing where nothing
            can be written (on a replica): who reads asks why, not which set
        """
        keys = {
            combination: ",".join(map(str, sorted(combination)))
            for combination in combinations
        }
        if not keys:
            return {}
        ids = self._known_ids(keys.values())
        if len(ids) < len(keys):
            ids = self._ids_of_keys(list(keys.values()))
        missing = sorted(set(keys.values()) - ids.keys())
        if missing and not self.env.cr.readonly:
            ids.update(self._insert(missing))
        return {combination: ids.get(key) for combination, key in keys.items()}

    def _known_ids(self, keys):
        """{key: id} of those that this worker knows, if they are few: what another
        thread saw after this transaction began, this one cannot point at.
        """
        if len(keys) > _FEW:
            return {}
        known = {key: found for key in keys if (found := self._id_of_key(key))}
        now = self.env.cr.now() if known else None
        return {key: id_ for key, (id_, seen_at) in known.items() if seen_at <= now}

    @ormcache("key", "self.env['crm.territory.plan']._since_change()")
    def _id_of_key(self, key):
        """(id, when it was seen). Filled by `_ids_of_keys`."""

    def _ids_of_keys(self, keys):
        """{key: id}. With a query of the digests PostgreSQL would make those of all
        sets, whatever their number.
        """
        digests = [md5(key.encode(), usedforsecurity=False).hexdigest() for key in keys]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT key, id, create_date < %s, clock_timestamp() AT TIME ZONE 'UTC'
                  FROM crm_territory_set
                 WHERE md5(key) = ANY(%s)
                """,
                self.env.cr.now(),
                digests,
            )
        )
        for key, id_, is_committed, seen_at in rows if len(rows) <= _FEW else ():
            # what this transaction made may be rolled back
            if is_committed and not self._id_of_key(key):
                add_to_ormcache(self, "_id_of_key", key, value=(id_, seen_at))
        return {key: id_ for key, id_, *_seen in rows}

    def _insert(self, keys):
        """Insert the sets of the keys, return {key: id}."""
        ids = dict(
            self.env.execute_query(
                SQL(
                    """
                    WITH made AS (
                        INSERT INTO crm_territory_set (
                            key, create_uid, create_date, write_uid, write_date
                        )
                             SELECT key, %(uid)s, %(now)s, %(uid)s, %(now)s
                               FROM unnest(%(keys)s) AS key
                        ON CONFLICT (md5(key))
                          DO UPDATE SET write_date = excluded.write_date
                          RETURNING key, id
                    ), linked AS (
                        INSERT INTO crm_territory_set_rel (set_id, territory_id)
                             SELECT id, unnest(string_to_array(key, ',')::int4[])
                               FROM made
                        ON CONFLICT DO NOTHING
                    )
                    SELECT key, id FROM made
                    """,
                    uid=self.env.uid,
                    now=self.env.cr.now(),
                    keys=keys,
                )
            )
        )
        self.env["crm.territory.set"].invalidate_model(["territory_ids"])
        access.forget(self.env)
        return ids

    @api.model
    def _forget_territories(self, territory_ids):
        """Delete the sets of territories that are deleted. In the journal, what else
        they held stays: sets of that take their place.
        """
        gone = self.search([("territory_ids", "in", territory_ids)])
        if not gone:
            return
        left_of = {
            each.id: frozenset(each.territory_ids.ids).difference(territory_ids)
            for each in gone
        }
        smaller = self._intern({left for left in left_of.values() if left})
        self.env["crm.territory.move"].flush_model()
        for column in ("set_before_id", "set_after_id"):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE crm_territory_move AS move SET %(column)s = other.id
                      FROM unnest(%(ids)s::int4[], %(others)s::int4[])
                           AS gone(id, other_id)
                      JOIN crm_territory_set AS other ON other.id = gone.other_id
                     WHERE move.%(column)s = gone.id
                    """,
                    column=SQL.identifier(column),
                    ids=list(left_of),
                    others=[smaller.get(left) for left in left_of.values()],
                )
            )
        self.env["crm.territory.move"].invalidate_model(flush=False)
        gone.unlink()

    @api.model
    def _ids_of_territories(self, set_ids, plan_ids=None):
        """{set id: ids of its territories}, of some plans or of all. 1 query."""
        in_plans = SQL()
        if plan_ids is not None:
            in_plans = SQL(
                "AND territory_id IN"
                " (SELECT id FROM crm_territory WHERE plan_id = ANY(%s))",
                list(plan_ids),
            )
        rows = self.env.execute_query(
            SQL(
                "SELECT set_id, array_agg(territory_id) FROM crm_territory_set_rel"
                " WHERE set_id = ANY(%s) %s GROUP BY set_id",
                list(set_ids),
                in_plans,
            )
        )
        return dict(rows)

    def _ids_of_each(self):
        """{id of a set: frozenset of the ids of its territories}. 1 query at most, and
        none for few sets that this worker knows.
        """
        if len(self) > _FEW:
            found = self._ids_of_territories(self.ids)
            return {id_: frozenset(found.get(id_, ())) for id_ in self.ids}
        return {
            id_: frozenset(row[0] for row in self._content(id_)) for id_ in self.ids
        }

    @api.model
    def _ids_with_any(self, territory_ids):
        """The ids of the sets that hold at least one of the territories. 1 query."""
        return [
            set_id
            for (set_id,) in self.env.execute_query(
                SQL(
                    "SELECT DISTINCT set_id FROM crm_territory_set_rel"
                    " WHERE territory_id = ANY(%s)",
                    list(territory_ids),
                )
            )
        ]
