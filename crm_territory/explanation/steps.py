"""What each territory from the root down asks of a record, in words.

What the reader may not see is left out: what was decided by hand on accounts that are
hidden, their values, and which of several conditions holds on fields that he does not
read. That a record is in a territory tells that all of its line holds: whoever sees the
record sees that.
"""

from collections import defaultdict
from functools import cached_property

from odoo.fields import Domain
from odoo.tools import format_date

from ..engine.codes import KEEP_OUT
from ..engine.trace import HELD, LIKE_ACCOUNT, OPEN, WHERE, WHICH
from . import criteria_words

# of a territory, the areas or rules that are told
_LINES = 3


class Steps:
    """Of one record.

    :param Explanation explained: of the record
    """

    def __init__(self, explained):
        self.env = explained.env
        self._explained = explained
        self._trace = explained.trace

    def of(self, territory):
        """What each territory from the root down to one asks.

        :return: list of dict with ``name`` and ``checks``: list of dict with ``holds``
            (None: not told), ``text`` and ``details``: list of dict with ``holds``,
            ``text`` and ``value`` (what the record has)
        """
        checks = defaultdict(list)
        for check in self._trace.checks(territory.id):
            checks[check.node_id].append(self._check(check))
        if self._trace.is_put_in(territory.id):
            checks[territory.id] = [self._decided(territory.id, "in")]
        elif self._tells_account(territory.id):
            for check in self._explained.account_trace.checks(territory.id):
                told = self._check(check, of_account=True)
                checks[check.node_id].append(told)
        return [
            {"name": each.name, "checks": checks[each.id]}
            for each in self._explained.line(territory)
        ]

    # -- what is not told

    def hides(self, territory_id):
        """Whether something of the walk to a territory is not for the reader."""
        if self._asks_account(territory_id) and not self._explained.sees_account:
            return True
        return any(map(self._is_hidden, self._trace.checks(territory_id)))

    def _asks_account(self, territory_id):
        """Whether it is the account that answers for a lead."""
        return any(
            check.asked == LIKE_ACCOUNT and check.node_id == territory_id
            for check in self._trace.checks(territory_id)
        )

    def _tells_account(self, territory_id):
        """Whether the steps of the account of a lead are told, too: not if it is
        hidden, nor if it is in the territory although its criteria say something else.
        """
        if not self._asks_account(territory_id):
            return False
        is_there = self._explained.account_trace.standing(territory_id) == HELD
        if territory_id in self._told_ids:
            return is_there
        return self._explained.sees_account

    @cached_property
    def _told_ids(self):
        """What the record is in, and what lies above: all of it holds."""
        explained = self._explained
        found = self._trace.territories & explained.territory_ids
        return {above for id_ in found for above in explained.tree.line(id_)}

    def _is_hidden(self, check):
        """Whether it tells more than in which territories the record is: of an account,
        or of fields, that the reader does not see.
        """
        if check.node_id in self._told_ids:
            return False
        if not self._explained.sees_account and self._is_of_account(check):
            return True
        return check.asked == WHICH and not all(
            criteria_words.may_know_rule(rule.sudo(self.env.su))
            for rule in self._rules_of(check)
        )

    def _is_of_account(self, check):
        """Whether the account of a lead answers."""
        if check.asked == OPEN:
            return check.node_id not in self._trace.matches[KEEP_OUT]
        if check.asked == WHERE:
            return self._explained.address is not self._explained.record
        return check.asked == WHICH and check.kind == "account"

    # -- in words

    def _check(self, check, of_account=False):
        env = self.env
        if self._is_hidden(check):
            text = env._("It asks what you do not see.")
            return {"holds": None, "text": text, "details": []}
        if check.asked == OPEN:
            return self._decided(check.node_id, "out")
        if check.asked == WHERE:
            return self._where(check, of_account)
        if check.asked == WHICH:
            return self._which(check)
        like, unlike = env._("Like its account"), env._("Its account is not there")
        text = like if check.holds else unlike
        return {"holds": check.holds, "text": text, "details": []}

    def _where(self, check, of_account):
        env = self.env
        if check.by and not self._trace.lies_in_area(check.node_id):
            names = ", ".join(self._rules(check.by).mapped("name"))
            text = env._("Anywhere, by the rule “%s”", names)
            return {"holds": True, "text": text, "details": []}
        if check.holds:
            source = self._explained.account if of_account else self._explained
            lines = source.lines.get(check.node_id, ())
            text = env._("Lies in: %s", self._named_lines(lines))
        else:
            text = env._("Does not lie in: %s", self._some_lines(check.node_id))
        details = []
        if place := self._place():
            details = [{"holds": None, "text": env._("Address"), "value": place}]
        return {"holds": check.holds, "text": text, "details": details}

    def _named_lines(self, lines):
        """Places in words.

        :param lines: list of (model, id)
        """
        found = [self.env[model].sudo().browse(id_) for model, id_ in lines]
        return ", ".join(line._word_reason(line._reason_facts()) for line in found)

    def _some_lines(self, territory_id):
        """The first places of a territory in words, and how many more there are."""
        found, count = [], 0
        for name in sorted({p.model_name for p in self._explained.compiled.places}):
            domain = [("territory_id", "=", territory_id)]
            lines = self.env[name].sudo().search(domain, limit=_LINES)
            found += [(name, line.id) for line in lines]
            count += self.env[name].sudo().search_count(domain)
        words = self._named_lines(found[:_LINES])
        if count > _LINES:
            return self.env._(
                "%(places)s and %(count)s more", places=words, count=count - _LINES
            )
        return words

    def _place(self):
        """The address that counts, in a line; empty if it is hidden."""
        record = self._explained.address
        if not record.has_access("read"):
            return ""
        words = (record.zip, record.city, record.state_id.name, record.country_id.name)
        return " ".join(filter(None, words)) or self.env._("none")

    def _which(self, check):
        env = self.env
        rules = self._rules(check.by) if check.holds else self._rules_of(check)
        record = self._explained.record
        if check.kind == "account" and self._explained.account:
            record = self._explained.account.record
        details = [
            part
            for rule in rules[:_LINES]
            for part in self._parts(rule, record, only_failing=not check.holds)
        ]
        names = ", ".join(f"“{name}”" for name in rules[:_LINES].mapped("name"))
        if len(rules) > _LINES:
            names = env._(
                "%(rules)s and %(count)s more", rules=names, count=len(rules) - _LINES
            )
        taken, refused = env._("Rule: %s", names), env._("No rule takes it: %s", names)
        text = taken if check.holds else refused
        return {"holds": check.holds, "text": text, "details": details}

    def _rules(self, ids):
        return self.env["crm.territory.rule"].sudo().browse(sorted(ids))

    def _rules_of(self, check):
        return self._rules(self._explained.tree.nodes[check.node_id].rules[check.kind])

    def _parts(self, rule, record, only_failing):
        compiled = self._explained.compiled
        if rule.error or rule.id in {*compiled.errors, *compiled.broken}:
            text = self.env._("“%s” is disabled by an error", rule.name)
            return [{"holds": False, "text": text, "value": ""}]
        if not record.has_access("read"):
            return []
        return rule_parts(rule.sudo(self.env.su), record, only_failing)

    # -- by hand

    def _decided(self, territory_id, decision):
        """A decision by hand, of the record or its account, as far as the reader sees
        it.
        """
        texts = {
            "in": self.env._("Put in by hand"),
            "out": self.env._("Kept out by hand"),
        }
        details = [
            {"holds": None, "text": self._by_hand(override), "value": ""}
            for override in self._overrides(territory_id, decision)
        ]
        holds = decision == "in"
        return {"holds": holds, "text": texts[decision], "details": details}

    def _overrides(self, territory_id, decision):
        record, account = self._explained.record, self._explained.account
        if not self._explained.is_lead:
            about = Domain("partner_id", "=", record.id)
        else:
            about = Domain("lead_id", "=", record.id)
            if account and self._explained.sees_account:
                about |= Domain("partner_id", "=", account.record.id)
        return self.env["crm.territory.override"].search(
            about
            & Domain("territory_id", "=", territory_id)
            & Domain("decision", "=", decision)
            & Domain("is_expired", "=", False)
        )

    def _by_hand(self, override):
        env = self.env
        words = {
            "reason": override.reason,
            "author": override.user_id.sudo().name or "",
            "date": format_date(env, override.create_date),
        }
        if override.date_end:
            end = format_date(env, override.date_end)
            return env._(
                "“%(reason)s” (%(author)s, %(date)s, until %(end)s)", end=end, **words
            )
        return env._("“%(reason)s” (%(author)s, %(date)s)", **words)


def rule_parts(rule, record, only_failing=False):
    """What a rule asks of a record, part by part, for who may know it.

    :param rule: in the environment of the reader; it need not be saved
    :return: list of dict with ``holds`` (None: not told), ``text`` and ``value`` (what
        the record has)
    """
    env, told = rule.env, []
    for part in criteria_words.parts_of(env, rule.sudo().domain):
        if not criteria_words.may_know(env, rule.applies_to, part):
            text = env._("a condition on what you do not see")
            told.append({"holds": None, "text": text, "value": ""})
            continue
        is_met = criteria_words.holds(record, part, rule.sudo()._reading())
        if is_met and only_failing:
            continue
        told.append(
            {
                "holds": is_met,
                "text": criteria_words.worded(env, record._name, part),
                "value": criteria_words.value_of(record, part),
            }
        )
    return told
