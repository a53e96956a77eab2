from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import column_exists

from ..engine import tree, zipcode
from ..engine.matcher import Matched

_TERRITORY_FIELDS = ("territory_set_id", "territory_id")
# in the data of the running transaction: the records made in it and not judged yet
_CREATED = "crm.territory.created"


class CrmTerritoryMixin(models.AbstractModel):
    """What accounts and leads share: the territories that they are in.

    The path of a record: a value changes → is it watched (``base.modified``)? →
    ``_judge_later`` → ``_match`` → ``_resolve`` → write what differs → journal.
    """

    _name = "crm.territory.mixin"
    _description = "Is in Territories"

    territory_set_id = fields.Many2one(
        "crm.territory.set",
        compute="_compute_territory",
        store=True,
        index=True,
        copy=False,
        ondelete="restrict",
        export_string_translation=False,
    )
    territory_id = fields.Many2one(
        "crm.territory",
        string="Credited Territory",
        compute="_compute_territory",
        store=True,
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        help="The one territory that counts this record in its figures.",
    )
    territory_ids = fields.Many2many(
        "crm.territory",
        string="Territories",
        compute="_compute_territory_ids",
        search="_search_territory_ids",
    )

    zip_normalized = fields.Char(compute="_compute_zip_normalized", store=True)
    territory_why = fields.Text(
        "Why These Territories",
        compute="_compute_territory_why",
        groups="base.group_user",
    )

    def _auto_init(self):
        # Without this the ORM would compute these of every record at installation, one
        # by one: there is no plan yet, and the ZIP codes are one statement of SQL.
        if not self._abstract and not column_exists(
            self.env.cr, self._table, "zip_normalized"
        ):
            table = SQL.identifier(self._table)
            self.env.cr.execute(
                SQL(
                    """
                    ALTER TABLE %s ADD COLUMN territory_set_id int4,
                                   ADD COLUMN territory_id int4,
                                   ADD COLUMN zip_normalized varchar
                    """,
                    table,
                )
            )
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE %s SET zip_normalized
                        = NULLIF(regexp_replace(upper(zip), '[^0-9A-Z]', '', 'g'), '')
                     WHERE zip IS NOT NULL
                    """,
                    table,
                )
            )
        return super()._auto_init()

    @api.depends("zip")
    def _compute_zip_normalized(self):
        for record in self:
            record.zip_normalized = zipcode.normalize(record.zip) or False

    def _compute_territory(self):
        saved = self.filtered("id")
        for record in self - saved:
            record.territory_set_id = record._origin.territory_set_id
            record.territory_id = record._origin.territory_id
        if saved:
            saved._compute_territory_of_saved()

    def _compute_territory_of_saved(self):
        """Judge the records and set what differs."""
        if not self:
            return
        created = self._take_created()
        compiled, outstanding = self.env["crm.territory.plan"]._compiled_now()
        if not compiled.plan_ids:
            return
        decisions = [
            decision
            for decision in self._decide(compiled, self._ids, lock=True)
            if not decision.matched.is_closed or decision.matched.id in created
        ]
        self._set_territories(decisions)
        self._journal(
            compiled,
            outstanding,
            decisions,
            [d for d in decisions if d.differs and d.matched.id not in created],
        )

    def _set_territories(self, decisions):
        """Assign the fields within their computation."""
        by_value = {}
        for decision in decisions:
            if decision.differs:
                key = (decision.set_id, decision.territory_id)
                by_value.setdefault(key, []).append(decision.matched.id)
        for (set_id, territory_id), ids in by_value.items():
            records = self.browse(ids)
            records.territory_set_id = set_id
            records.territory_id = territory_id

    @api.depends("territory_set_id", "territory_override_ids")
    def _compute_territory_why(self):
        """What speaks for each territory by the criteria of today. 3 queries."""
        compiled = self.env["crm.territory.plan"]._compiled()
        self.territory_why = False
        saved = self.filtered("id").sudo()
        if saved and compiled.plan_ids:
            decisions = saved._decide(compiled, saved.ids)
            whys = self.env["crm.territory.move"]._whys(compiled, decisions)
            for decision, why in zip(decisions, whys, strict=True):
                self.browse(decision.matched.id).territory_why = why

    @api.depends("territory_set_id")
    def _compute_territory_ids(self):
        """No query for sets that this worker knows, else 1 for all."""
        sets = self.sudo().territory_set_id
        for record in self:
            record.territory_ids = sets._territories_of(record.sudo().territory_set_id)

    def _search_territory_ids(self, operator, value):
        """Sets are few and resolved first: their ids are inlined (DESIGN 4)."""
        without = Domain.FALSE
        if operator in ("child_of", "parent_of", "any"):
            domain = (
                value if operator == "any" else self._line_of_value(operator, value)
            )
            wanted = self.env["crm.territory"]._search(domain).get_result_ids()
        elif operator == "any!":
            wanted = value.get_result_ids()
        elif operator == "in":
            wanted = [territory_id for territory_id in value if territory_id]
            if len(wanted) < len(value):
                without = Domain("territory_set_id", "=", False)
        else:
            return NotImplemented
        set_ids = self.env["crm.territory.set"]._ids_with_any(wanted) if wanted else []
        return Domain("territory_set_id", "in", set_ids) | without

    @api.model
    def _line_of_value(self, operator, value):
        """The domain of territories below (or above) ids or those of a name."""
        if isinstance(value, str):
            found = self.env["crm.territory"]._search(
                [("display_name", "ilike", value)]
            )
            value = found.get_result_ids()
        ids = [value] if isinstance(value, int) else list(value)
        return Domain("id", operator, ids)

    # -- when to judge

    def modified(self, fnames, create=False, before=False):
        if create and not before:
            created = self.env.cr.precommit.data.setdefault(_CREATED, {})
            created.setdefault(self._name, set()).update(self._ids)
        return super().modified(fnames, create=create, before=before)

    def _take_created(self):
        """The ids among ``self`` that this transaction made and did not judge yet."""
        created = self.env.cr.precommit.data.get(_CREATED, {}).get(self._name, set())
        taken = created.intersection(self._ids)
        created -= taken
        return taken

    def _judge_later(self, create=False):
        """Judge the records before anybody reads their territories, or at the flush."""
        for name in _TERRITORY_FIELDS:
            self.env.add_to_compute(self._fields[name], self)
        self.modified(_TERRITORY_FIELDS)

    def _judge_now(self, include_closed=False):
        """Judge and write at once, also closed opportunities if asked."""
        # a value still in the cache would be written over the new one
        self.flush_recordset(_TERRITORY_FIELDS)
        compiled, outstanding = self.env["crm.territory.plan"]._compiled_now()
        if self and compiled.plan_ids:
            decisions = self._decide(compiled, self._ids, lock=True)
            if not include_closed:
                decisions = [d for d in decisions if not d.matched.is_closed]
            self._apply(compiled, outstanding, decisions)

    # -- match → resolve → write what differs → journal

    @api.model
    def _decide(self, compiled, where, lock=False):
        """What the records' territories shall be. 2 queries, and 2 for new sets.

        :param Compiled compiled: the plans that judge
        :param where: ids, or SQL on the alias r of the table
        :return: list of Decision
        """
        if not isinstance(where, SQL):
            where = SQL("r.id = ANY(%s)", list(where))
        matched = self._match(compiled, where, lock)
        return self._resolve(compiled, matched)

    @api.model
    def _match(self, compiled, where, lock=False):
        """Run the query of the matcher: list of Matched, in no order."""
        raise NotImplementedError

    @api.model
    def _resolve(self, compiled, matched):
        """From the codes of each record to its set and its credited territory.

        Records with the same codes share one evaluation, so that the cost is that of
        the different signatures.
        """
        members = {
            user_id
            for node in compiled.tree.nodes.values()
            for user_id in node.user_ids
        }
        memory = {}
        found = []
        for row in matched:
            user_id = row.user_id if row.user_id in members else None
            key = (
                row.kind,
                row.company_id,
                user_id,
                row.account_id is not None,
                row.signature,
            )
            if key not in memory:
                memory[key] = self._resolve_signature(compiled.tree, row, user_id)
            found.append((row, *memory[key]))
        sets = self.env["crm.territory.set"]._intern(
            {territories for territories, _credited in memory.values() if territories}
        )
        return [
            Decision(row, territories, sets.get(territories), territory_id)
            for row, territories, territory_id in found
        ]

    @api.model
    def _resolve_signature(self, territory_tree, row, user_id):
        codes = tree.parse_signature(row.signature)
        resolve = (
            tree.territories_of if row.account_id is None else tree.territories_of_lead
        )
        territories = resolve(territory_tree, codes, row.kind, row.company_id)
        return territories, tree.credited(territory_tree, territories, codes, user_id)

    @api.model
    def _apply(self, compiled, outstanding, decisions, run=None):
        """Write what differs, by SQL, and journal it.

        :param dict outstanding: {plan id: version} that these judgements are noted for
        :return: the decisions that changed something
        """
        changed = [decision for decision in decisions if decision.differs]
        if changed:
            self._write_territories(changed)
            self.invalidate_model(_TERRITORY_FIELDS)
            self.browse([d.matched.id for d in changed]).modified(_TERRITORY_FIELDS)
        self._journal(compiled, outstanding, decisions, changed, run)
        return changed

    @api.model
    def _journal(self, compiled, outstanding, decisions, changed, run=None):
        self.env["crm.territory.move"]._record(self._name, changed, compiled, run)
        self.env["crm.territory.judgement"]._record(
            outstanding, self._name, [decision.matched.id for decision in decisions]
        )

    @api.model
    def _write_territories(self, decisions):
        self.env.execute_query(
            SQL(
                """
                UPDATE %(table)s AS record
                   SET territory_set_id = decided.set_id,
                       territory_id = decided.territory_id
                  FROM unnest(%(ids)s, %(set_ids)s::int4[], %(territory_ids)s::int4[])
                       AS decided(id, set_id, territory_id)
                 WHERE %(key)s = decided.id
                   AND (record.territory_set_id, record.territory_id)
                       IS DISTINCT FROM (decided.set_id, decided.territory_id)
                RETURNING record.id
                """,
                table=SQL.identifier(self._table),
                key=self._territory_key(),
                ids=[decision.matched.id for decision in decisions],
                set_ids=[decision.set_id for decision in decisions],
                territory_ids=[decision.territory_id for decision in decisions],
            )
        )

    @api.model
    def _territory_key(self):
        """The SQL of the column, of alias ``record``, that the territories go by."""
        return SQL("record.id")


class Decision:
    """What the territories of a record shall be."""

    __slots__ = ("matched", "set_id", "territories", "territory_id")

    def __init__(self, matched, territories, set_id, territory_id):
        self.matched = matched
        self.territories = territories
        self.set_id = set_id
        self.territory_id = territory_id

    @classmethod
    def undo(cls, record_id, set_id, territory_id, set_now_id, territory_now_id):
        """The decision to put a record back from where it is now."""
        matched = Matched(
            id=record_id,
            kind="",
            company_id=None,
            user_id=None,
            set_id=set_now_id,
            territory_id=territory_now_id,
            is_closed=False,
            account_id=None,
            signature="{}",
        )
        return cls(matched, frozenset(), set_id, territory_id)

    @property
    def differs(self):
        return (self.set_id, self.territory_id) != (
            self.matched.set_id,
            self.matched.territory_id,
        )
