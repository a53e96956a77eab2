"""Why a user may do something with a record, or may not: told layer by layer.

First what Odoo asks: its access right, the rules for everybody, the rules of the user's
groups. Then what our own rules rest on: the salesperson, people above, memberships,
what is open to all. The first decide; the others say why.
"""

from typing import NamedTuple

from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.safe_eval import safe_eval

PASSED, BLOCKED, NOT_ASKED = "passed", "blocked", "not_asked"
RIGHT, GLOBAL, GROUP, TERRITORY, OTHER = (
    "right",
    "global",
    "group",
    "territory",
    "other",
)


class Layer(NamedTuple):
    """One thing that is asked, and the answer.

    :param key: what tells it from all others of the record, for any user
    :param kind: RIGHT, GLOBAL (all must pass), GROUP (one must), TERRITORY (why)
    """

    key: tuple
    kind: str
    name: str
    verdict: str
    words: str = ""


def as_user(model, user):
    """The model as the user has it who has chosen all of his companies."""
    return (
        model.with_user(user)
        .with_company(user.company_id)
        .with_context(allowed_company_ids=user.company_ids.ids, active_test=False)
    )


def may(layers):
    """Whether the layers let the user in: what Odoo's own check says."""
    verdicts = {kind: [] for kind in (RIGHT, GLOBAL, GROUP, OTHER)}
    for layer in layers:
        if layer.kind in verdicts:
            verdicts[layer.kind].append(layer.verdict)
    return BLOCKED not in verdicts[RIGHT] + verdicts[GLOBAL] + verdicts[OTHER] and (
        not verdicts[GROUP] or PASSED in verdicts[GROUP]
    )


class Layers:
    """The layers of one record, for one operation; ``of`` tells them of a user.

    :param record: one account, lead or opportunity, in the environment of who asks:
        words are in the language of that one
    :param operation: "read", "write" or "unlink"
    """

    def __init__(self, record, operation):
        self.asked = record
        self.record = record.sudo().with_context(active_test=False)
        self.env = self.record.env
        self.operation = operation

    def of(self, user):
        """The layers of a user: list of Layer."""
        right = self._right(user)
        if right.verdict == BLOCKED:
            return [right]
        rules = self._rules(user)
        layers = [right, *rules, *self._territory_layers(user)]
        allowed = as_user(self.asked, user).has_access(self.operation)
        if may(layers) and not allowed:
            layers.append(
                Layer(
                    ("other",),
                    OTHER,
                    self.env._("Another addon's check"),
                    BLOCKED,
                )
            )
        return layers

    # -- what Odoo asks

    def _right(self, user):
        model = as_user(self.asked.browse(), user)
        rights = model.env["ir.model.access"]
        passed = rights.check(model._name, self.operation, raise_exception=False)
        groups = self.env["ir.model.access"].group_names_with_access(
            model._name, self.operation
        )
        return Layer(
            ("right",),
            RIGHT,
            self.env._("Odoo's access right"),
            PASSED if passed else BLOCKED,
            self.env._("given to: %s", ", ".join(dict.fromkeys(filter(None, groups)))),
        )

    def _rules(self, user):
        """Each record rule that counts for the user: for everybody first."""
        own = as_user(self.asked.browse(), user)
        rules = own.env["ir.rule"]
        values = rules._eval_context()
        found = rules._get_rules(own._name, self.operation).sudo()
        groups = own.env.user.sudo().all_group_ids
        layers = []
        for rule in found.sorted(lambda rule: bool(rule.groups)):
            domain = Domain.TRUE
            if rule.domain_force:
                domain = Domain(safe_eval(rule.domain_force, values))
            passed = own.sudo().search_count(
                domain & Domain("id", "=", self.record.id), limit=1
            )
            layers.append(
                Layer(
                    ("rule", rule.id),
                    GROUP if rule.groups else GLOBAL,
                    rule.with_env(self.env).name or "",
                    PASSED if passed else BLOCKED,
                    self._words_of_rule(rule.with_env(self.env), groups),
                )
            )
        return layers

    def _words_of_rule(self, rule, groups):
        if not rule.groups:
            return self.env._("for everybody: must pass")
        names = (rule.groups & groups).mapped("name")
        return self.env._("for %s: one of these must pass", ", ".join(names))

    # -- what our rules rest on

    def _territory_layers(self, user):
        is_lead = self.record._name == "crm.lead"
        limited = (
            user.sudo()._is_limited_by_territories()
            if is_lead
            else user.sudo()._sees_accounts_by_territory()
        )
        layers = [
            self._of_owner(user),
            self._of_teams(user),
            self._of_reports(user),
            *self._of_memberships(user),
            self._of_nobody(is_lead),
        ]
        if not is_lead:
            layers += [self._of_house(), self._of_customer(user)]
        if not limited:
            why = self.env._("the user is not limited by territories")
            return [layer._replace(verdict=NOT_ASKED, words=why) for layer in layers]
        return layers

    @property
    def owner(self):
        record = self.record
        is_lead = record._name == "crm.lead"
        return record.user_id if is_lead else record.commercial_partner_id.user_id

    def _of_owner(self, user):
        owner = self.owner
        return self._told(
            "owner",
            self.env._("Salesperson"),
            owner and (PASSED if owner == user else BLOCKED),
            owner.name if owner else self.env._("nobody"),
        )

    def _of_teams(self, user):
        owner = self.owner
        teams = owner.crm_team_member_ids.filtered("active").crm_team_id
        led = teams.filtered(lambda team: team.active and team.user_id == user)
        passed = led and owner != user
        words = ", ".join((led or teams).mapped("name"))
        return self._told(
            "leader",
            self.env._("Leads a team of the salesperson"),
            owner and (PASSED if passed else BLOCKED),
            words,
        )

    def _of_reports(self, user):
        owner = self.owner
        above, chain = owner.reports_to_id, self.env["res.users"]
        while above and above not in chain:
            chain |= above
            above = above.reports_to_id
        passed = user in chain and owner != user
        return self._told(
            "superior",
            self.env._("The salesperson reports to the user"),
            owner and (PASSED if passed else BLOCKED),
            " → ".join(chain.mapped("name")),
        )

    def _of_memberships(self, user):
        """A layer for each membership in a territory of the record, or above one."""
        lines = {}
        for territory in self.record.territory_set_id.territory_ids:
            line = territory
            path = [territory]
            while line:
                lines.setdefault(line, []).append((territory, list(path)))
                line = line.parent_id
                path.append(line)
        territories = self.env["crm.territory"].union(*lines)
        members = self.env["crm.territory.member"].search(
            [("user_id", "=", user.id), ("territory_id", "in", territories.ids)]
        )
        if not members:
            return [
                self._told(
                    "member",
                    self.env._("Memberships"),
                    BLOCKED if territories else NOT_ASKED,
                    self.env._("in none of its territories, nor above")
                    if territories
                    else self.env._("it has no territory"),
                )
            ]
        return [
            self._of_membership(member, lines[member.territory_id])
            for member in members
        ]

    def _of_membership(self, member, lines):
        """
        :param lines: (territory of the record, path from it up to the membership's)
        """
        obstacles = [self._obstacle(member, path) for _territory, path in lines]
        below = {territory for territory, _path in lines} - {member.territory_id}
        name = self.env._("Member of %s", self._called(member.territory_id))
        words = [self.env._("manager")] if member.is_manager else []
        if member.date_end:
            end = format_date(self.env, member.date_end)
            words.append(self.env._("until %s", end))
        if below:
            above = ", ".join(sorted(map(self._called, below)))
            words.append(self.env._("above %s", above))
        passed = not all(obstacles)
        if not passed:
            words = [obstacles[0]]
        return self._told(
            ("member", member.id or "if"),
            name,
            PASSED if passed else BLOCKED,
            ", ".join(words),
        )

    def _called(self, territory):
        """The name of a territory, if the one who asks may know it."""
        if territory.with_env(self.asked.env).has_access("read"):
            return territory.complete_name
        return self.env._("a territory of another company")

    def _obstacle(self, member, path):
        """Why a membership does not open a record; empty where it does."""
        territory = member.territory_id
        today = territory.plan_id._today()
        if member.date_start and member.date_start > today:
            start = format_date(self.env, member.date_start)
            return self.env._("does not begin before %s", start)
        if member.date_end and member.date_end < today:
            return self.env._("ended on %s", format_date(self.env, member.date_end))
        if not territory.plan_id._shares():
            return self.env._("its plan is not active")
        for below in path:
            if not below.active:
                return self.env._("%s is archived", self._called(below))
        if (
            self.operation != "read"
            and self.record._name == "crm.lead"
            and not member.is_manager
            and territory.permission != "write"
        ):
            return self.env._("members may only read")
        return ""

    def _of_nobody(self, is_lead):
        """What has neither salesperson nor territory."""
        name = self.env._("Neither salesperson nor territory")
        if self.owner or self.record.territory_set_id:
            return self._told("nobody", name, NOT_ASKED, "")
        opened = not is_lead or self.record._unassigned_is_everyones()
        return self._told(
            "nobody",
            name,
            PASSED if opened else BLOCKED,
            self.env._("open to all salespeople")
            if opened
            else self.env._("by the settings, only for those who see all documents"),
        )

    def _of_house(self):
        record = self.record
        scope = self.env.user._territory_scope(True)
        passed = not record.partner_share or record.id in scope.internal_partner_ids
        return self._told(
            "house",
            self.env._("A colleague, or an own company"),
            PASSED if passed else NOT_ASKED,
            "",
        )

    def _of_customer(self, user):
        owns = any(
            user in self.record._documents_of_account(documents).user_id
            for documents in self.record._customer_documents()
        )
        return self._told(
            "customer",
            self.env._("Has a lead, an opportunity or a quotation on it"),
            PASSED if owns else BLOCKED,
            "",
        )

    def _told(self, key, name, verdict, words):
        key = key if isinstance(key, tuple) else (key,)
        return Layer(key, TERRITORY, name, verdict or NOT_ASKED, words or "")
