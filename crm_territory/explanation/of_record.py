"""Why a record is in its territories and not in others, in words of who asks.

The walk is the engine's own (``engine/trace``), the criteria are asked as the matcher
asks. What the reader may not see is left out: see also ``steps``.
"""

from functools import cached_property

from ..assignment import Assignment
from ..engine import codes, credit
from ..engine.resolution import codes_of_account, with_lent_address
from ..engine.trace import ABOVE, GROUPS, HELD, Trace
from ..handout import HandOut, Waiting
from .advice import Advice
from .credit_words import deciding_words, given_words
from .history import History
from .steps import Steps

# the territories that came nearest: shown, and looked at for that
_NEARLY = 5
_LOOKED_AT = 15


class Explanation:
    """Of one account, lead or opportunity.

    :param record: in the environment of who asks, who may read it
    :param plan: judge it by this plan, as if it were active, and not by what is; what
        the record has then counts for nothing
    """

    def __init__(self, record, plan=None):
        self.record = record
        self.env = record.env
        self.plan = plan
        self._run = plan and self.env["crm.territory.run"].sudo().new(
            {"plan_id": plan.id, "is_dry": True}
        )
        run = self._run
        self.is_lead = record._name == "crm.lead"
        self.is_ours = not self.is_lead and record._is_ours()
        self._of = Assignment(record, run=run or None)
        self.compiled = self._of.compiled
        self.tree = self.compiled.tree
        self.account = None
        if self.is_lead and record.sudo().partner_id:
            account = record.sudo().partner_id.commercial_partner_id.sudo(self.env.su)
            self.account = _Account(account, Assignment(account, run=run or None))
        self.sees_account = not self.account or self.account.record.has_access("read")
        self.decision = self._of.decision_of(record)
        if self.decision and self.account and plan:
            self._take_from_account()

    def _take_from_account(self):
        """What the account would have by the plan counts, not what it has."""
        judged = self.account.decision
        if judged:
            row = self.decision.matched
            self.decision = self._of.with_base(row, judged.territories)

    # -- what the engine says

    @cached_property
    def plan_ids(self):
        return self._of._plans_of(self.decision.matched.company_id)

    @cached_property
    def trace(self):
        found = self._codes
        row = self.decision.matched
        if row.lends_address:
            found = with_lent_address(self.tree, found, self.plan_ids)
        return Trace(self.tree, found, row.kind, self.plan_ids, row.has_account)

    @cached_property
    def _codes(self):
        return self._of.codes_of(self.decision.matched)

    @cached_property
    def account_trace(self):
        """The walk of the account of a lead, as if it lay where the lead does if it has
        no country.
        """
        if self.decision.matched.lends_address:
            found = codes_of_account(self._codes)
            return Trace(self.tree, found, "account", self.plan_ids)
        return self.account.trace(self.tree, self.plan_ids)

    @cached_property
    def lines(self):
        """{territory id: [(model, id)]}: the places in which the record lies."""
        return self._of.places_of([self.record.id]).get(self.record.id, {})

    @property
    def address(self):
        """The record whose address counts."""
        if self.account and not self.decision.matched.lends_address:
            return self.account.record
        return self.record

    @cached_property
    def territory_ids(self):
        """The territories that are explained: what the record has, or would have."""
        if self.plan:
            return frozenset(self.decision.territories if self.decision else ())
        return frozenset(self.record.sudo().territory_set_id.territory_ids.ids)

    @property
    def credited_id(self):
        if self.plan:
            return self.decision.after[1] if self.decision else None
        return self.record.sudo().territory_id.id or None

    def salesperson(self):
        """Who gets a new lead by the plan, in a sentence; empty where the policies have
        no say.
        """
        record, territory_id = self.record.sudo(), self.credited_id
        if not self.is_lead or not self.decision or not territory_id:
            return ""
        hand_out = HandOut(self.env, run=self._run)
        policy = hand_out.policies.get(territory_id)
        if not policy:
            return ""
        user, team = hand_out.would_get(
            Waiting(
                record.id,
                territory_id,
                record.company_id.id or None,
                needs_user=policy.gives_user and not record.user_id,
                needs_team=bool(policy.team_id) and not record.team_id,
            )
        )
        return given_words(self.env, user, team, policy.gives_user, record.user_id)

    # -- for who asks

    def for_client(self, territory_id=None):
        """The explanation as plain values.

        :param territory_id: one that the reader asks about: why not there
        :return: {"territories": [of each territory, see `_territory`], "others": [the
            ones that came nearest], "asked": the one asked about, or None, "notes":
            what else to know, "advice": what to do if it is in none}
        """
        advice = Advice(self)
        shown = self._seen(self.territory_ids)
        nearly, asked = [], None
        if self.decision and not self.is_ours:
            found = self._seen(self.trace.nearly(_LOOKED_AT))
            nearly = [
                id_ for id_ in found if id_ not in shown and not self._steps.hides(id_)
            ][:_NEARLY]
        if territory_id:
            asked = self._territory(self.env["crm.territory"].browse(territory_id))
        return {
            "territories": [self._territory(shown[id_]) for id_ in self._sorted(shown)],
            "others": [
                self._territory(self.env["crm.territory"].browse(id_)) for id_ in nearly
            ],
            "asked": asked,
            "notes": advice.notes(),
            "advice": advice.advice() if not self.territory_ids else [],
        }

    def _seen(self, ids):
        """{id: territory} of those that the reader may see, in their order."""
        hidden = self.env["crm.territory"]._hidden_ids(ids)
        territories = self.env["crm.territory"].browse(
            [id_ for id_ in ids if id_ not in hidden]
        )
        return {each.id: each for each in territories._filtered_access("read")}

    def _sorted(self, ids):
        return sorted(ids, key=lambda id_: (id_ != self.credited_id, id_))

    def _territory(self, territory):
        """Of one territory.

        :return: dict with ``id``, ``name``, ``path`` (names from the root down),
            ``standing`` (as of Trace, "unjudged" or "kept"), ``words`` (in a sentence),
            ``steps``, ``is_credited``, ``credit`` and ``since`` (words)
        """
        is_here = territory.id in self.territory_ids
        standing = self._standing(territory, is_here)
        steps = []
        if standing not in ("unjudged", "kept"):
            steps = self._steps.of(territory)
        return {
            "id": territory.id,
            "name": territory.name,
            "path": [each.name for each in self.line(territory)],
            "standing": standing,
            "words": self._summary(territory, standing),
            "steps": steps,
            "is_credited": territory.id == self.credited_id,
            "credit": is_here and self._credit(territory.id),
            "since": is_here and not self.plan and self._history.since(territory),
        }

    @cached_property
    def _steps(self):
        return Steps(self)

    @cached_property
    def _history(self):
        return History(self.record)

    def line(self, territory):
        """The territories from the root down to one."""
        return self.env["crm.territory"].sudo().browse(territory.sudo()._path_ids())

    def _standing(self, territory, is_here):
        if not self.decision or not self.trace.judged([territory.id]):
            return "kept" if is_here else "unjudged"
        standing = self.trace.standing(territory.id)
        return "kept" if is_here and standing != HELD else standing

    def _summary(self, territory, standing):
        env, name = self.env, territory.sudo().name
        if (
            standing == HELD
            and not self.plan
            and territory.id not in self.territory_ids
        ):
            return env._("By the criteria of today it belongs in %s.", name)
        if standing == HELD:
            return ""
        if standing == "kept":
            why = self._history.why(territory)
            words = env._(
                "It has %s from before: by the criteria of today, it has not.", name
            )
            return f"{words} {why}".strip()
        if standing == "unjudged":
            return env._(
                "No plan that assigns it holds %(territory)s: that is of “%(plan)s”.",
                territory=name,
                plan=territory.sudo().plan_id.name,
            )
        if standing == ABOVE:
            below = self._below(territory)
            return env._(
                "It is below %(territory)s: in %(below)s.", territory=name, below=below
            )
        if standing == GROUPS:
            return env._("%s only groups what lies below it.", name)
        return ""

    def _below(self, territory):
        """The names of the record's territories below one."""
        below = [
            id_
            for id_ in self.trace.territories
            if territory.id in self.tree.ancestors(id_)
        ]
        return ", ".join(each.sudo().name for each in self._seen(below).values())

    # -- credited

    def _credit(self, territory_id):
        """Why the credited one counts the record; of the others, what it has and they
        have not. Words, or nothing where it is the only one.
        """
        others = self.territory_ids - {territory_id}
        nodes = self.tree.nodes
        if not others or not self.decision or not self.territory_ids <= nodes.keys():
            return ""
        first = self.credited_id
        if territory_id == first:
            deciding = {self._decided_by(first, other) for other in others}
        else:
            deciding = {self._decided_by(first, territory_id)}
        words = [
            deciding_words(self.env, name)
            for name in credit.DECIDING
            if name in deciding
        ]
        return ", ".join(dict.fromkeys(words))

    def _decided_by(self, first, other):
        found = self.trace.matches
        signature = [
            codes.encode(id_, kind)
            for kind in (codes.PUT_IN, codes.ACCOUNT_PUT_IN)
            for id_ in found[kind]
        ]
        user_id = self.decision.matched.user_id
        return credit.decided_by(self.tree, first, other, signature, user_id)


class _Account:
    """What is asked of the account of a lead."""

    def __init__(self, record, assignment):
        self.record = record
        self._assignment = assignment

    @cached_property
    def decision(self):
        return self._assignment.decision_of(self.record)

    @cached_property
    def lines(self):
        found = self._assignment.places_of([self.record.id])
        return found.get(self.record.id, {})

    def trace(self, tree, plan_ids):
        row = self.decision and self.decision.matched
        found = self._assignment.codes_of(row) if row else ()
        return Trace(tree, found, "account", plan_ids)
