"""The path of a record, whoever asks: a change, a hand, or a run (design 7).

changed values → watched? → Assignment(model).judge(where) → carry_out(decisions)
                              match → resolve →               write what differs
                              drop what is not                → journal
                              covered, or closed              → _after_move(changed)
"""

from dataclasses import dataclass, replace

from odoo.tools import SQL

from .compat import compute_now, put_in_cache
from .engine import codes
from .engine.resolved import Resolved
from .matching.alike import AlikeMatcher
from .matching.matched import Alike, Matched
from .matching.matcher import Matcher

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


@dataclass(slots=True)
class AlikeDecision(Decision):
    """What was decided of records that are alike.

    :param alike: which these are
    """

    alike: Alike | None = None

    def up_to(self, last_id):
        """The same of those up to an id."""
        return replace(self, alike=self.alike.up_to(last_id))

    def each(self):
        """List of Decision: one for each of the records."""
        return [
            Decision(
                record_id,
                self.before,
                self.after,
                self.territories,
                self.matched._replace(id=record_id),
            )
            for record_id in self.alike.ids
        ]


class Assignment:
    """Judges records of a model, and carries out what was decided.

    The one place where it is known who may be moved: a record that some plan covers
    (design 3.0), no closed opportunity (3.10), and nothing that is locked (3.16).

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
        self._plans = {}  # company id -> ids of the plans that judge its records
        self._bases = {}  # set id -> ids of its territories
        self._resolved = Resolved(self.compiled.tree, self._bases)

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

    def judge(self, where, include_closed=False, include_locked=False):
        """What the territories of records shall be. 4 queries, and 2 for new sets.

        :param where: ids, or SQL on the alias r of the table
        :param bool include_closed: won and lost opportunities, too; new ones always
        :param bool include_locked: what rules leave alone, too, to tell what they say
        :return: list of Decision, of the records that may be moved
        """
        if not self.compiled.days:
            return []
        if not isinstance(where, SQL):
            where = list(where)
            self.model.browse(where).flush_recordset(WRITTEN)
        # who only reads writes nothing that others could make wrong meanwhile
        lock = not self.run and not self.env.cr.readonly
        rows = self._match(Matcher, where, lock)
        new_ids = self.model._take_new_ids(row.id for row in rows)
        rows = [
            row
            for row in rows
            if (include_closed or not row.is_closed or row.id in new_ids)
            and (include_locked or not row.is_locked)
            and self._plans_of(row.company_id)
        ]
        return self._resolve(rows, new_ids)

    def judge_alike(self, where):
        """What the territories of many records shall be, closed ones too: those that
        are alike at once. Queries as of `judge`.

        :param SQL where: on the alias r of the table
        :return: list of AlikeDecision, of the records that may be moved; and how many
            records there are
        """
        if not self.compiled.days:
            return [], 0
        rows = self._match(AlikeMatcher, where)
        found = [
            alike
            for alike in rows
            if not alike.matched.is_locked and self._plans_of(alike.matched.company_id)
        ]
        decisions = self._resolve([alike.matched for alike in found], ())
        alike_decisions = [
            AlikeDecision(
                None,
                decision.before,
                decision.after,
                decision.territories,
                decision.matched,
                alike=alike,
            )
            for decision, alike in zip(decisions, found, strict=True)
        ]
        return alike_decisions, sum(alike.count for alike in rows)

    def _match(self, kind, where, lock=False):
        matcher = kind(self.env, self.compiled, self.is_dry and self.run.id)
        rows = matcher.match(self.model._name, where, lock)
        self.env["crm.territory.rule"]._report_broken(self.compiled, matcher.broken)
        return rows

    def _plans_of(self, company_id):
        """The plans that judge a record of the company: ids."""
        if company_id not in self._plans:
            self._plans[company_id] = self.compiled.tree.cover.plans_of(company_id)
        return self._plans[company_id]

    def _resolve(self, rows, new_ids):
        """From the codes of each record to its set and its credited territory.

        The cost is that of the different combinations of territories that are hit.
        """
        left = self._left_of_sets(rows)
        self._read_bases(rows)
        found = [
            self._resolved[*row.deciding, left.get(row.set_id)][row.signature]
            for row in rows
        ]
        sets = self.env["crm.territory.set"]._intern(
            {territories for territories, _credited in set(found) if territories}
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
            for row, (territories, territory_id) in zip(rows, found, strict=True)
        ]

    def _left_of_sets(self, rows):
        """{set id: tuple of its territories that are of plans without successor}"""
        left = self.compiled.tree.cover.left
        set_ids = {row.set_id for row in rows if row.set_id} if left else ()
        if not set_ids:
            return {}
        found = self.env["crm.territory.set"]._ids_of_territories(set_ids, left)
        return {set_id: tuple(ids) for set_id, ids in found.items()}

    def _read_bases(self, rows):
        """The territories of the accounts of leads: they are one number in each row."""
        set_ids = {row.base_set_id for row in rows} - self._bases.keys()
        set_ids.discard(None)
        if set_ids:
            sets = self.env["crm.territory.set"].browse(set_ids)
            self._bases.update(sets._ids_of_each())

    def codes_of(self, matched):
        """All that a record meets: frozenset of codes, those of its account included.

        :param Matched matched: that was judged
        """
        base = self._bases.get(matched.base_set_id, ())
        return codes.parse_signature(matched.signature).union(
            codes.encode(id_, codes.BASE) for id_ in base
        )

    def decision_of(self, record):
        """What the criteria say of one record, whether they may move it or not; None:
        no plan judges it.
        """
        decisions = self.judge(record.ids, include_closed=True, include_locked=True)
        return decisions[0] if decisions else None

    def with_base(self, row, territory_ids):
        """The decision on a lead as if its account were in other territories.

        :param Matched row: what the lead meets
        """
        base = frozenset(territory_ids)
        sets = self.env["crm.territory.set"]._intern({base} if base else ())
        [decision] = self._resolve([row._replace(base_set_id=sets.get(base))], ())
        return decision

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

    def carry_out_alike(self, decisions):
        """The same, of decisions on records that are alike.

        :param decisions: list of AlikeDecision
        """
        # who keeps account of each record that was judged has to know which these are
        return self.carry_out(
            [
                decision
                for alike in decisions
                if alike.differs or self.pending_versions
                for decision in alike.each()
            ]
        )

    def _write(self):
        """Write what was decided, within the computation. Leads have no followers, and
        Odoo often has more to write of them: it does both at once.
        """
        changed, self._changed = self._changed, []
        decided = [(d.record_id, *d.after) for d in changed]
        if self.is_computing and self.model._name == "crm.lead":
            _remember(self.model, decided, is_written=False)
        else:
            write_territories(self.model, decided)


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
    _remember(model, rows)


def _remember(model, decided, is_written=True):
    """Let the ORM know of territories, or write them when it writes what else changed.

    :param decided: rows (record id, set id, territory id)
    """
    ids_of_values = {}
    for record_id, *values in decided:
        ids_of_values.setdefault(tuple(values), []).append(record_id)
    for values, record_ids in ids_of_values.items():
        put_in_cache(
            model.browse(record_ids),
            dict(zip(WRITTEN, values, strict=True)),
            is_written,
        )
