from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import comparison
from .crm_territory_comparison import (
    GAINED,
    LOST,
    MOVED,
    OUTCOMES,
    UNASSIGNED,
    UNCHANGED,
)
from .crm_territory_run import DONE

# {outcome: what the names of its figures begin with}
_FIGURES = {
    UNCHANGED: "unchanged",
    MOVED: "moved",
    GAINED: "gained",
    LOST: "lost",
    UNASSIGNED: "newly_unassigned",
}


class CrmTerritoryRun(models.Model):
    """What a simulation shows when it is done: the comparison.

    Whether it still holds, see ``crm_territory_run_stale``.
    """

    _inherit = "crm.territory.run"

    currency_id = fields.Many2one("res.currency", readonly=True, copy=False)
    has_comparison = fields.Boolean(compute="_compute_has_comparison")
    comparison_territory_ids = fields.One2many(
        "crm.territory.comparison.territory", "run_id", string="By Territory"
    )
    comparison_user_ids = fields.One2many(
        "crm.territory.comparison.user", "run_id", string="By Salesperson"
    )
    unchanged_account_count = fields.Integer(compute="_compute_outcomes")
    unchanged_lead_count = fields.Integer(compute="_compute_outcomes")
    moved_account_count = fields.Integer(compute="_compute_outcomes")
    moved_lead_count = fields.Integer(compute="_compute_outcomes")
    gained_account_count = fields.Integer(compute="_compute_outcomes")
    gained_lead_count = fields.Integer(compute="_compute_outcomes")
    lost_account_count = fields.Integer(compute="_compute_outcomes")
    lost_lead_count = fields.Integer(compute="_compute_outcomes")
    newly_unassigned_account_count = fields.Integer(compute="_compute_outcomes")
    newly_unassigned_lead_count = fields.Integer(compute="_compute_outcomes")
    compared_change_count = fields.Integer(
        "Changes", compute="_compute_outcomes", help="A copy is no change."
    )
    access_gained_count = fields.Integer(
        "Gain Access",
        compute="_compute_people",
        help="People who would see open records that they do not see today.",
    )
    access_lost_count = fields.Integer(
        "Lose Access",
        compute="_compute_people",
        help="People who would no longer see open records that they see today.",
    )

    @api.depends("is_dry", "state", "currency_id")
    def _compute_has_comparison(self):
        for run in self:
            run.has_comparison = (
                run.is_dry and run.state == DONE and bool(run.currency_id)
            )

    @api.depends("state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_outcomes(self):
        """How many accounts, and leads and opportunities, have which outcome: of the
        companies that the reader works in. 1 query.
        """
        counts = {}
        rows = self.env["crm.territory.comparison"]._read_group(
            [("run_id", "in", self.ids), ("kind", "!=", "won")],
            ["run_id", "outcome", "kind"],
            ["record_count:sum"],
        )
        for run, outcome, kind, count in rows:
            key = (run.id, outcome, kind == "account")
            counts[key] = counts.get(key, 0) + count
        for run in self:
            for outcome, name in _FIGURES.items():
                id_ = run._origin.id
                run[f"{name}_account_count"] = counts.get((id_, outcome, True), 0)
                run[f"{name}_lead_count"] = counts.get((id_, outcome, False), 0)
            run.compared_change_count = sum(
                count
                for (id_, outcome, _is_account), count in counts.items()
                if id_ == run._origin.id and outcome != UNCHANGED
            )

    @api.depends("state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_people(self):
        """1 query for each of the two."""
        for name in ("access_gained_count", "access_lost_count"):
            counts = dict(
                self.env["crm.territory.comparison.user"]._read_group(
                    [("run_id", "in", self.ids), (name, ">", 0)],
                    ["run_id"],
                    ["user_id:count_distinct"],
                )
            )
            for run in self:
                run[name] = counts.get(run._origin, 0)

    # -- made

    def _finish(self):
        if self.is_dry:
            self._compare()
        return super()._finish()

    def _compare(self):
        """Keep the figures of the simulation, as they are when it ends."""
        run = self.sudo()
        company = run.company_id or run.user_id.company_id or self.env.company
        run._note(currency_id=company.currency_id.id)
        self.env.flush_all()
        comparison.compare(run)
        self.env.invalidate_all(flush=False)

    def _judging_plans(self):
        """The plans that judge in a simulation: its own, and the active ones that stay
        beside it.
        """
        others = (
            self.env["crm.territory.plan"]
            ._active_plans()
            .filtered(
                lambda plan: plan.company_id
                and self.plan_id.company_id
                and plan.company_id != self.plan_id.company_id
            )
        )
        return self.plan_id | others

    @api.model
    def _accounts_are_guarded(self):
        """Whether territories limit which accounts salespeople see."""
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param("crm_territory.account_visibility") == "territory"

    @api.model
    def _salespeople(self):
        return self.env["res.partner"]._salespeople()

    # -- opened

    @api.readonly
    def action_view_comparison(self):
        """Show the comparison as pivot, graph and list."""
        self.ensure_one()
        return self._action_of_run("crm_territory.crm_territory_comparison_action")

    @api.readonly
    def action_view_territories(self):
        self.ensure_one()
        return self._action_of_run(
            "crm_territory.crm_territory_comparison_territory_action"
        )

    @api.readonly
    def action_view_people(self):
        self.ensure_one()
        return self._action_of_run("crm_territory.crm_territory_comparison_user_action")

    @api.readonly
    def action_view_access(self):
        """Show who gains or loses access."""
        self.ensure_one()
        action = self.action_view_people()
        changes = [
            "|",
            ("access_gained_count", ">", 0),
            ("access_lost_count", ">", 0),
        ]
        return dict(action, domain=[*action["domain"], *changes])

    def _action_of_run(self, xml_id):
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return dict(action, domain=[("run_id", "=", self.id)])

    @api.readonly
    def action_view_changes(self):
        """Show all records that would change."""
        return self._action_moves([], self.env._("Changes"))

    @api.readonly
    def action_view_outcome(self):
        """Show the records of the outcome that the button names."""
        self.ensure_one()
        outcome = self.env.context.get("outcome")
        if outcome not in OUTCOMES:
            return self.action_view_comparison()
        selection = self.env["crm.territory.comparison"]._fields["outcome"]
        words = dict(selection._description_selection(self.env))
        return self._action_moves([("outcome", "=", outcome)], words[outcome])

    def _action_moves(self, domain, name):
        """Show moves of the simulation, those that are changes.

        :raise UserError: they were deleted, as those of old simulations are
        """
        self.ensure_one()
        moves = self.env["crm.territory.move"].sudo()
        if not self.changed_count or moves.search_count(
            [("run_id", "=", self.id)], limit=1
        ):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm_territory.crm_territory_move_action"
            )
            changes = [("run_id", "=", self.id), ("outcome", "!=", UNCHANGED)]
            return dict(action, name=name, domain=[*changes, *domain])
        raise UserError(
            self.env._(
                "The moves of this simulation are deleted, as it is older than the"
                " settings keep them. Simulate again to see the records."
            )
        )
