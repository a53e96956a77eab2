"""The path of a record, whoever asks: a change, a hand, or a run (design 7).

changed values → watched? → Assignment(model).judge(where) → carry_out(decisions)
                              match → resolve →               write what differs
                              drop what is not                → journal
                              covered, or closed              → _after_move(changed)
"""

from dataclasses import dataclass

from odoo.tools import SQL

from .compat import compute_now, put_in_cache
from .engine import codes
from .engine.credit import credited
from .engine.resolution import (
    territories_of,
    territories_of_lead,
    with_lent_address,
)
from .matching.matcher import Matched, Matcher

# what assignment writes
WRITTEN = ("territory_set_id", "territory_id")
# In the context of a computation: the assignment that has decided already. A client
# cannot send an object.
_CARRIED_OUT = "crm_territory_assignment"


@dataclass(slots=True)
class Decision:
    """What the territories of one record were, and shall be.

    :param before, after: (id of the set, id of the credited territory); None for none
    :param territories: the ids of the territories of the set after
    :param matched: what speaks for them; None: somebody said so
    """

    record_id: int
    before: tuple
    after: tuple
    territories: frozenset = frozenset()
    matched: Matched | None = None
    is_new: bool = False  # made in this transaction: no move

    @property
    def differs(self):
        return self.before != self.after


class Assignment:
    """Judges records of a model, and carries out what was decided.

    The one place where it is known who may be moved: a record that some plan covers
    (design 3.0), and no closed opportunity (3.10).

    :param model: res.partner (accounts) or crm.lead
    :param run: the run that asks, if one does: a simulation writes nothing
    :param bool is_computing: called by the computation of the fields
    """

    def __init__(self, model, run=None, is_computing=False):
        self.model = model.sudo().browse()
        self.env = self.model.env
        self.run = run
        self.is_dry = bool(run and run.is_dry)
        self.is_computing = is_computing
        self.compiled, self.pending_versions = (
            run._compiled() if run else self.env["crm.territory.plan"]._compiled_now()
        )
        self._changed = []

    @classmethod
    def compute(cls, records):
        """Compute the territories of records: by what was decided already, where that
        is what makes them be computed.
        """
        carried_out = records.env.context.get(_CARRIED_OUT)
        if isinstance(carried_out, cls) and carried_out._changed:
            records.modified(WRITTEN)
            carried_out._write()
        else:
            assignment = cls(records, is_computing=True)
            assignment.carry_out(assignment.judge(records._ids))

    # -- judge

    def judge(self, where, include_closed=False):
        """What the territories of records shall be. 3 queries, and 2 for new sets.

        :param where: ids, or SQL on the alias r of the table
        :param bool include_closed: won and lost opportunities, too; new ones always
        :return: list of Decision, of the records that may be moved
        """
        if not self.compiled.days:
            return []
        if not isinstance(where, SQL):
            self.model.browse(where).flush_recordset(WRITTEN)
            where = SQL("r.id = ANY(%s)", list(where))
        matcher = Matcher(self.env, self.compiled, self.is_dry and self.run.id)
        rows = matcher.match(self.model._name, where, lock=not self.run)
        self.env["crm.territory.rule"]._report_broken(self.compiled, matcher.broken)
        new_ids = self.model._take_new_ids(row.id for row in rows)
        rows = [
            row
            for row in rows
            if (include_closed or not row.is_closed or row.id in new_ids)
            and self._plans_of(row)
        ]
        return self._resolve(rows, new_ids)

    def _plans_of(self, row):
        """The plans that judge a record: ids."""
        return self.compiled.tree.cover.plans_of(row.company_id)

    def _resolve(self, rows, new_ids):
        """From the codes of each record to its set and its credited territory.

        Records with the same codes share one evaluation, so that the cost is that of
        the different signatures.
        """
        members = frozenset().union(
            *(node.user_ids for node in self.compiled.tree.nodes.values())
        )
        left = self._left_of_sets(rows)
        memory = {}
        found = []
        for row in rows:
            user_id = row.user_id if row.user_id in members else None
            kept = left.get(row.set_id)
            key = (
                row.kind,
                row.company_id,
                user_id,
                row.account_id is not None,
                row.lends_address,
                kept and row.set_id,
                row.signature,
            )
            if key not in memory:
                memory[key] = self._resolve_signature(row, user_id, kept)
            found.append((row, *memory[key]))
        sets = self.env["crm.territory.set"]._intern(
            {territories for territories, _credited in memory.values() if territories}
        )
        return [
            Decision(
                row.id,
                (row.set_id, row.territory_id),
                (sets.get(territories), territory_id),
                territories,
                row,
                row.id in new_ids,
            )
            for row, territories, territory_id in found
        ]

    def _left_of_sets(self, rows):
        """{set id: ids of its territories that are of plans without successor}."""
        left = self.compiled.tree.cover.left
        set_ids = {row.set_id for row in rows if row.set_id} if left else ()
        if not set_ids:
            return {}
        return self.env["crm.territory.set"]._territories_in_plans(set_ids, left)

    def _resolve_signature(self, row, user_id, left):
        tree = self.compiled.tree
        plan_ids = self._plans_of(row)
        found = codes.parse_signature(row.signature)
        if row.account_id is None:
            territories = territories_of(tree, found, row.kind, plan_ids)
        else:
            if row.lends_address:
                found = with_lent_address(tree, found, plan_ids)
            territories = territories_of_lead(tree, found, row.kind, plan_ids)
        if left:
            plans = tree.cover.left_plans_of(row.company_id)
            territories |= {id_ for id_ in left if tree.nodes[id_].plan_id in plans}
        return territories, credited(tree, territories, found, user_id)

    def places_of(self, ids):
        """The places in which records lie, see Matcher.lines."""
        return Matcher(self.env, self.compiled).lines(self.model._name, ids)

    # -- carry out

    def carry_out(self, decisions, is_undo=False):
        """Write what differs, note it in the journal, and do what follows from it.

        :param bool is_undo: the run is being taken back: no criteria said so
        :return: the decisions that changed something
        """
        changed = [decision for decision in decisions if decision.differs]
        if changed and not self.is_dry:
            self._changed = changed
            if self.is_computing:
                self._write()
            else:
                # tracking and automation rules listen to what is computed
                records = self.model._with_followers([d.record_id for d in changed])
                compute_now(
                    self.model._fields[WRITTEN[0]],
                    records.with_context(**{_CARRIED_OUT: self}),
                )
        moved = [decision for decision in changed if not decision.is_new]
        self.env["crm.territory.move"]._record(self, moved, is_undo)
        if not self.is_dry and not is_undo:
            self.env["crm.territory.judgement"]._record(
                self.pending_versions,
                self.model._name,
                [d.record_id for d in decisions],
            )
            if changed:
                self.model._after_move(changed, self)
        return changed

    def _write(self):
        """Write what was decided, within the computation."""
        changed, self._changed = self._changed, []
        write_territories(self.model, [(d.record_id, *d.after) for d in changed])


def write_territories(model, decided):
    """Write the territories of records and of those that follow them, where they
    differ: 1 statement, whether the ORM computes them or a run does.

    :param decided: rows (record id, set id, territory id)
    """
    if not decided:
        return
    ids, set_ids, territory_ids = map(list, zip(*decided, strict=True))
    rows = model.env.execute_query(
        SQL(
            """
            UPDATE %(table)s AS record
               SET territory_set_id = decided.set_id,
                   territory_id = decided.territory_id,
                   write_date = %(now)s, write_uid = %(uid)s
              FROM unnest(%(ids)s, %(set_ids)s::int4[], %(territory_ids)s::int4[])
                   AS decided(id, set_id, territory_id)
             WHERE %(key)s = decided.id
               AND (record.territory_set_id, record.territory_id)
                   IS DISTINCT FROM (decided.set_id, decided.territory_id)
            RETURNING record.id, record.territory_set_id, record.territory_id
            """,
            table=SQL.identifier(model._table),
            key=model._territory_key(),
            ids=ids,
            set_ids=set_ids,
            territory_ids=territory_ids,
            now=model.env.cr.now(),
            uid=model.env.uid,
        )
    )
    ids_of_values = {}
    for record_id, *values in rows:
        ids_of_values.setdefault(tuple(values), []).append(record_id)
    for values, record_ids in ids_of_values.items():
        put_in_cache(model.browse(record_ids), dict(zip(WRITTEN, values, strict=True)))
