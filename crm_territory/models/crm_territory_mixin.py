from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .. import auditlog, reasons
from ..assignment import WRITTEN, Assignment
from ..compat import memory_of_transaction
from ..engine import places
from ..explanation import Explanation


class CrmTerritoryMixin(models.AbstractModel):
    """What accounts and leads share: the territories that they are in.

    The path of a record is told in ``assignment``.
    """

    _name = "crm.territory.mixin"
    _description = "Is in Territories"
    _inherit = [
        "crm.territory.lock.mixin",
        "crm.territory.retried.mixin",
        "crm.territory.reading.mixin",
        "crm.territory.internal.fields.mixin",
    ]

    territory_set_id = fields.Many2one(
        "crm.territory.set",
        compute="_compute_territory",
        store=True,
        index=True,
        copy=False,
        ondelete="restrict",
        exportable=False,
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

    place_code = fields.Char(
        compute="_compute_place_code",
        store=True,
        exportable=False,
        export_string_translation=False,
        help="The country and the key of the ZIP code: what areas are compared with.",
    )
    territory_why = fields.Text(
        "Why These Territories",
        compute="_compute_territory_why",
        groups="base.group_user",
    )

    @api.depends("zip", "country_id.code", "state_id.code")
    def _compute_place_code(self):
        alike = self.grouped(lambda r: (r.country_id, r.state_id, r.zip))
        for (country, state, text), records in alike.items():
            records.place_code = (
                places.place_code(country.code or "", state.code or "", text or "")
                or False
            )

    def _compute_territory(self):
        saved = self.filtered("id")
        for record in self - saved:
            record.territory_set_id = record._origin.territory_set_id
            record.territory_id = record._origin.territory_id
        if saved:
            Assignment.compute(saved)

    @api.depends("territory_set_id", "territory_override_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_territory_why(self):
        """What speaks for each territory by the criteria of today, a line for each, in
        lists and exports; `get_territory_explanation` tells more of one record. 6
        queries, and as many for the accounts of leads.
        """
        self.territory_why = False
        for record_id, facts in self._facts_of_today().items():
            self.browse(record_id).territory_why = reasons.worded(self.env, facts)

    def _facts_of_today(self):
        """{id: facts} of the records that some plan judges, see ``reasons``."""
        saved = self.filtered("id").sudo()
        if not saved:
            return {}
        assignment = Assignment(saved)
        decisions = assignment.judge(
            saved.ids, include_closed=True, include_locked=True
        )
        facts = reasons.facts_of(assignment, decisions)
        return dict(zip((d.record_id for d in decisions), facts, strict=True))

    @api.readonly
    def get_territory_explanation(self, territory_id=False):
        """Why the record is in its territories and not in others, by the criteria of
        today; of a contact, why its account is. About 30 queries.

        :param territory_id: one that it is not in, to be told why not
        :return: dict, see Explanation.for_client; ``of`` is the account that it is
            about where that is another record
        """
        self.ensure_one()
        is_id = type(territory_id) is int  # what a client sends may be anything
        territory = self.env["crm.territory"].browse(territory_id if is_id else ())
        territory.check_access("read")
        record = self._judged_record()
        (self | record).check_access("read")
        found = Explanation(record).for_client(territory.id)
        return found | {"of": record.display_name if record != self else False}

    def _judged_record(self):
        """The record whose territories these are."""
        return self

    @api.depends("territory_set_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_territory_ids(self):
        """Of the companies that are switched on: a record of no company may be in
        territories of several. No query for sets that this worker knows, else 1 for
        all.
        """
        sets = self.sudo().territory_set_id
        company_ids = self.env["crm.territory"]._visible_company_ids()
        for record in self:
            record.territory_ids = sets._territories_of(
                record.sudo().territory_set_id, company_ids
            )

    def _search_territory_ids(self, operator, value):
        """Sets are few and resolved first: their ids are inlined (design 4)."""
        without = Domain.FALSE
        territories = self.env["crm.territory"]
        if operator in ("child_of", "parent_of"):
            # what is locked or closed stays in territories that are archived
            line = self._line_of_value(operator, value)
            wanted = territories._search(line, active_test=False).get_result_ids()
        elif operator == "any":
            wanted = territories._search(value).get_result_ids()
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
            self._new_ids().update(self._ids)
        return super().modified(fnames, create=create, before=before)

    @api.model
    def _new_ids(self):
        """The ids of the records made in this transaction and not judged yet."""
        return memory_of_transaction(self.env, f"crm_territory.new.{self._name}", set)

    @api.model
    def _take_new_ids(self, ids):
        """Those among the ids that are new; they are not any more."""
        new_ids = self._new_ids()
        taken = new_ids.intersection(ids)
        new_ids -= taken
        return taken

    def _judge_later(self, create=False):
        """Judge the records before anybody reads their territories, or at the flush."""
        for name in WRITTEN:
            self.env.add_to_compute(self._fields[name], self)
        self.modified(WRITTEN)

    def _judge_now(self, include_closed=False):
        """Judge and write at once, also closed opportunities if asked."""
        assignment = Assignment(self)
        assignment.carry_out(assignment.judge(self._ids, include_closed))

    def _not_taken_by_user(self):
        """Those that the user, a territory manager, cannot put in by hand: they lie in
        no territory that he manages, are somebody's, and not his to change.
        """
        managed = frozenset(self.env.user._territory_scope().managed_ids)
        territories = self.sudo().territory_set_id._ids_of_each()
        others = self.filtered(
            lambda record: (
                managed.isdisjoint(
                    territories.get(record.sudo().territory_set_id.id, ())
                )
                and (record.sudo().territory_set_id or record.sudo().user_id)
            )
        )
        return others - others._filtered_access("write")

    # -- what assignment asks of a model

    @api.model
    def _with_followers(self, ids):
        """The records of the ids, with those that follow them."""
        return self.browse(ids)

    @api.model
    def _territory_key(self):
        """The SQL of the column, of alias ``record``, that the territories go by."""
        return SQL("record.id")

    @api.model
    def _after_move(self, changed, assignment):
        """What follows from a move (hook). Within a computation, no field can be
        written here: note what to do, for the end of the transaction.

        :param changed: list of Decision
        :param Assignment assignment: that carried them out
        """
        auditlog.log_moves(self, changed)
