from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..balancing.items import ACCOUNTS, AREAS, Holdings
from ..balancing.measures import PIPELINE, weigh
from ..balancing.problem import Problem
from ..balancing.solving import check_installed, fewest_moves
from ..plans.on_day import OnDay

DRAFT, PROPOSED, APPLIED = "draft", "proposed", "applied"
# a worker waits for the solver
_MOST_SECONDS = 60
# what may go, at most: all of it is searched
_MOST_ITEMS = 60_000
# what says which moves are looked for
_ASKED = frozenset({"plan_id", "parent_id", "unit", "share_by", "keep_open"})


class CrmTerritoryBalance(models.Model):
    """How evenly sibling territories share measures, and the fewest moves that would
    make them share within tolerances, see ``balancing``.
    """

    _name = "crm.territory.balance"
    _description = "Territory Balance"
    _inherit = ["crm.territory.guarded.mixin"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    plan_id = fields.Many2one(
        "crm.territory.plan",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["crm.territory.plan"]._current_plan(),
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    parent_id = fields.Many2one(
        "crm.territory",
        string="Below",
        ondelete="cascade",
        domain="[('plan_id', '=', plan_id), ('child_ids', '!=', False)]",
        help="Only territories below this one. Empty: all of the plan; siblings are"
        " balanced with each other only.",
    )
    unit = fields.Selection(
        [(AREAS, "Areas"), (ACCOUNTS, "Accounts, one by one")],
        string="Move",
        default=AREAS,
        required=True,
        help="Areas become areas of another territory. Accounts are put there by"
        " overrides.",
    )
    share_by = fields.Selection(
        [("territory", "Every territory the same"), ("member", "By number of members")],
        string="Share Evenly",
        default="territory",
        required=True,
    )
    keep_open = fields.Boolean(
        "Leave Accounts With Open Opportunities",
        default=True,
        help="Locked accounts, and those that somebody decided about, stay anyway.",
    )
    seconds = fields.Integer("Seconds to Search", default=20, required=True)
    state = fields.Selection(
        [(DRAFT, "New"), (PROPOSED, "Proposed"), (APPLIED, "Applied")],
        default=DRAFT,
        required=True,
        readonly=True,
        copy=False,
    )
    measure_ids = fields.One2many(
        "crm.territory.balance.measure",
        "balance_id",
        string="Measures",
        copy=True,
        default=lambda self: [(0, 0, {"measure": PIPELINE})],
    )
    share_ids = fields.One2many("crm.territory.balance.share", "balance_id")
    move_ids = fields.One2many("crm.territory.balance.move", "balance_id", "Moves")
    revision = fields.Integer(readonly=True, copy=False)
    is_outdated = fields.Boolean("Out of Date", compute="_compute_is_outdated")
    user_id = fields.Many2one(
        "res.users",
        string="Planned By",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
    )

    _seconds_range = models.Constraint(
        f"CHECK (seconds BETWEEN 1 AND {_MOST_SECONDS})",
        f"A search takes from 1 to {_MOST_SECONDS} seconds.",
    )

    @api.depends("plan_id", "parent_id")
    @api.depends_context("lang")
    def _compute_name(self):
        for balance in self:
            where = balance.parent_id.complete_name or balance.plan_id.name or ""
            balance.name = self.env._("Balance of %s", where)

    @api.depends("revision", "plan_id.revision", "state")
    def _compute_is_outdated(self):
        for balance in self:
            balance.is_outdated = (
                balance.state == PROPOSED
                and balance.revision != balance.plan_id.sudo().revision
            )

    def write(self, vals):
        """What was proposed for something else is forgotten."""
        if not _ASKED.isdisjoint(vals):
            self._forget_proposal()
        result = super().write(vals)
        if "plan_id" in vals:
            self.check_access("write")  # of the company that it is of now
        return result

    def _forget_proposal(self):
        """Something else is asked now.

        :raise UserError: what was proposed was applied
        """
        if self.env.su:
            return
        for balance in self:
            balance._check_state(DRAFT, PROPOSED)
        self.sudo().share_ids.unlink()
        self.sudo().move_ids.unlink()
        self.sudo().write({"state": DRAFT})

    # -- what is balanced

    def _groups(self):
        """The territories that share with each other: list of lists of ids, siblings
        of one type that have nothing below them.
        """
        domain = Domain("plan_id", "=", self.plan_id.id)
        if self.parent_id:
            domain &= Domain("id", "child_of", self.parent_id.ids)
            domain &= Domain("id", "!=", self.parent_id.id)
        territories = self.env["crm.territory"].search(domain, order="complete_name")
        leaves = territories.filtered(lambda t: not t.child_ids)
        groups = leaves.grouped(lambda t: (t.parent_id, t.type_id)).values()
        return [group.ids for group in groups if len(group) > 1]

    def _members(self, territory_ids):
        """The members, managers aside, on the day when the plan begins."""
        return OnDay.first(self.plan_id).members.filtered(
            lambda m: not m.is_manager and m.territory_id.id in territory_ids
        )

    def _parts(self, groups):
        """The part of its group that each territory shall have: {territory id: share}

        :raise UserError: shared by members, and there is a territory without
        """
        parts = {id_: 1 / len(ids) for ids in groups for id_ in ids}
        if self.share_by == "territory":
            return parts
        members = Counter(m.territory_id.id for m in self._members(parts))
        without = self.env["crm.territory"].browse(parts.keys() - members.keys())
        if without:
            raise UserError(
                self.env._(
                    "“%s” has no members to share by: give it some, or let every"
                    " territory have the same.",
                    without[0].complete_name,
                )
            )
        return {
            id_: members[id_] / sum(members[other] for other in ids)
            for ids in groups
            for id_ in ids
        }

    def _read(self):
        """
        :return: (groups, Holdings, {measure record: {account id: weight}})
        """
        self.ensure_one()
        self.check_access("write")
        if not self.measure_ids:
            raise UserError(self.env._("Choose what to balance: add a measure."))
        groups = self._groups()
        if not groups:
            raise UserError(
                self.env._(
                    "There are no territories side by side here: nothing to balance."
                )
            )
        weights = {
            line: weigh(self.env, line.measure, line.formula)
            for line in self.measure_ids
        }
        kept = weigh(self.env, PIPELINE) if self.keep_open else {}
        return groups, Holdings(self.plan_id, groups, self.unit, kept.keys()), weights

    # -- actions

    def action_measure(self):
        """Find out how even it is, and propose nothing."""
        self._check_state(DRAFT, PROPOSED)
        groups, holdings, weights = self._read()
        parts = self._parts(groups)
        self._keep(Problem(groups, holdings, list(weights.values()), parts), weights)
        return True

    def action_propose(self):
        """Find the fewest moves; what was proposed before is forgotten."""
        self._check_state(DRAFT, PROPOSED)
        check_installed(self.env)
        groups, holdings, weights = self._read()
        if not holdings.items:
            raise UserError(
                self.env._(
                    "Nothing here may be moved. Accounts that are locked, decided about"
                    " by hand, or have open opportunities stay; areas stay in"
                    " territories that have rules, too."
                )
            )
        if len(holdings.items) > _MOST_ITEMS:
            raise UserError(
                self.env._(
                    "%(count)s pieces could be moved, and %(most)s can be searched:"
                    " choose a territory to look below, or move areas.",
                    count=len(holdings.items),
                    most=_MOST_ITEMS,
                )
            )
        parts = self._parts(groups)
        problem = Problem(groups, holdings, list(weights.values()), parts)
        tolerances = [line.tolerance / 100 for line in weights]
        answer = fewest_moves(self.env, problem.for_solver(self.seconds, tolerances))
        self._keep(problem, weights)
        self.sudo().write(
            {
                "state": PROPOSED,
                "revision": self.plan_id.sudo().revision,
                "bound": round(answer["bound"] or 0),
                "is_best": answer["is_best"],
                "beyond": answer["beyond"],
                "beyond_bound": answer["beyond_bound"],
            }
        )
        self._keep_moves(problem, weights, answer["moves"])
        return True

    def action_apply(self):
        """Make the moves that are taken: all, or none."""
        self._check_state(PROPOSED)
        if self.is_outdated:
            raise UserError(
                self.env._(
                    "The plan “%s” was changed since: propose again.", self.plan_id.name
                )
            )
        self.move_ids.filtered("is_taken")._apply()
        self.sudo().state = APPLIED
        return True

    def action_take_back(self):
        """Put back what was applied, but for what changed since."""
        self._check_state(APPLIED)
        self.move_ids.filtered("is_taken")._take_back()
        self.sudo().write({"state": PROPOSED, "revision": 0})
        return True

    def _check_state(self, *states):
        self.ensure_one()
        self.check_access("write")
        if self.state not in states:
            raise UserError(self.env._("“%s” was applied already.", self.name))
