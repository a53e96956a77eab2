from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from ..runs.shown import Shown
from ..runs.states import DONE
from .crm_territory_comparison import (
    GAINED,
    LOST,
    MOVED,
    OUTCOMES,
    UNASSIGNED,
    UNCHANGED,
)

# {outcome: what the names of its figures begin with}
_FIGURES = {
    UNCHANGED: "unchanged",
    MOVED: "moved",
    GAINED: "gained",
    LOST: "lost",
    UNASSIGNED: "newly_unassigned",
}


class CrmTerritoryRun(models.Model):
    """What a simulation shows when it is done: the comparison. It is applied, if it
    still holds, or made again.
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
    criteria_have_changed = fields.Boolean(compute="_compute_stale")
    members_have_changed = fields.Boolean(compute="_compute_stale")
    changed_since_count = fields.Integer(
        "Records Changed Since",
        compute="_compute_changed_since_count",
        help="Records that were made or written since, whatever was written.",
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

    @api.depends("is_dry", "state", "plan_id.version", "plan_id.revision")
    def _compute_stale(self):
        for run in self:
            shown = Shown(run)
            run.criteria_have_changed = shown.criteria_have_changed()
            run.members_have_changed = shown.members_have_changed()

    @api.depends("is_dry", "state", "date_start")
    def _compute_changed_since_count(self):
        """2 queries for each simulation."""
        for run in self:
            run.changed_since_count = Shown(run).count_changed_records()

    # -- applied, or made again

    def action_apply(self):
        """Do for real what a simulation showed.

        :raise RedirectWarning: criteria or records have changed, and it would not be
            what was shown
        """
        self.ensure_one()
        self.check_access("write")
        if not self.is_dry or self.state != DONE:
            raise UserError(
                self.env._("Only a simulation that is done can be applied.")
            )
        self._check_holds()
        return self._copy_as(is_dry=False).action_start()

    def action_simulate_again(self):
        """Simulate once more what this run is about."""
        self.ensure_one()
        return self._copy_as(is_dry=True).action_start()

    def _copy_as(self, **values):
        return self.copy(
            {
                "partner_ids": self.partner_ids.ids,
                "lead_ids": self.lead_ids.ids,
                "user_id": self.env.uid,
                **values,
            }
        )

    def _check_holds(self):
        """:raise RedirectWarning: the run would not do what the simulation showed"""
        message = Shown(self).why_it_does_not_hold()
        if message:
            again = self.env.ref("crm_territory.crm_territory_run_action_again")
            raise RedirectWarning(
                message,
                again.id,
                self.env._("Simulate Again"),
                {
                    "active_model": self._name,
                    "active_id": self.id,
                    "active_ids": self.ids,
                },
            )

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
