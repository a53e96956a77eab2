from collections import defaultdict
from itertools import product

from odoo import Command, api, fields, models

from .crm_territory_balance import PROPOSED


class CrmTerritoryBalance(models.Model):
    """What came of a balance: how even it is, the moves, and what these would bring."""

    _inherit = "crm.territory.balance"

    move_count = fields.Integer("Proposed Moves", compute="_compute_move_count")
    bound = fields.Integer(
        "At Least",
        readonly=True,
        copy=False,
        help="No proposal that reaches the tolerances, and moves to the nearest"
        " territories only, has fewer moves.",
    )
    is_best = fields.Boolean("Proven", readonly=True, copy=False)
    beyond = fields.Float(
        "Beyond Tolerance",
        readonly=True,
        copy=False,
        help="What is beyond the tolerances after all moves, together, as a share of"
        " an even load.",
    )
    beyond_bound = fields.Float(
        "Cannot Be Avoided",
        readonly=True,
        copy=False,
        help="No such moves leave less beyond the tolerances.",
    )
    outcome = fields.Text(compute="_compute_outcome")
    is_met = fields.Boolean("Within Tolerances", compute="_compute_is_met")
    person_ids = fields.One2many("crm.territory.balance.person", "balance_id")

    @api.depends("move_ids.is_taken")
    def _compute_move_count(self):
        for balance in self:
            balance.move_count = len(balance.move_ids.filtered("is_taken"))

    @api.depends("state", "move_ids.is_taken", "bound", "is_best", "beyond")
    @api.depends("beyond_bound", "share_ids.after", "measure_ids.tolerance")
    @api.depends_context("lang")
    def _compute_outcome(self):
        for balance in self:
            if balance.state != PROPOSED:
                balance.outcome = False
            elif balance.move_count < len(balance.move_ids):
                balance.outcome = balance._choice_in_words()
            else:
                balance.outcome = balance._outcome_in_words()

    @api.depends("share_ids.after", "measure_ids.tolerance")
    def _compute_is_met(self):
        for balance in self:
            balance.is_met = not balance.share_ids.filtered("is_beyond")

    def _outcome_in_words(self):
        """What was found, and whether more is possible."""
        taken = self.move_count
        if not self.beyond:
            if self.is_best:
                return self.env._(
                    "Moves that bring every territory within its tolerances:"
                    " %(count)s. No proposal has fewer.",
                    count=taken,
                )
            return self.env._(
                "Moves that bring every territory within its tolerances: %(count)s."
                " Time was over before it was proven that no proposal has fewer; at"
                " least %(bound)s are needed.",
                count=taken,
                bound=self.bound,
            )
        words = {
            "count": taken,
            "beyond": f"{self.beyond:.1%}",
            "bound": f"{self.beyond_bound:.1%}",
        }
        if self.is_best:
            return self.env._(
                "No moves bring every territory within its tolerances. These"
                " (%(count)s) come nearest: %(beyond)s of an even share is beyond them,"
                " in all, and cannot be avoided. Widen the tolerances, or let more be"
                " moved.",
                **words,
            )
        return self.env._(
            "No moves were found that bring every territory within its tolerances."
            " These (%(count)s) come nearest: %(beyond)s of an even share is beyond"
            " them, in all; %(bound)s cannot be avoided. Widen the tolerances, or let"
            " more be moved.",
            **words,
        )

    def _choice_in_words(self):
        """What somebody left of the proposal, who did not tick all of it."""
        return self.env._(
            "%(taken)s of %(count)s proposed moves are ticked. Territories that are"
            " beyond a tolerance with these: %(beyond)s.",
            taken=self.move_count,
            count=len(self.move_ids),
            beyond=len(self.share_ids.filtered("is_beyond").territory_id),
        )

    def _keep(self, problem, lines):
        """Keep how even it is now, and no moves."""
        self.sudo().share_ids.unlink()
        self.sudo().move_ids.unlink()
        people = defaultdict(list)
        for member in self._members(problem.ids):
            people[member.territory_id.id].append(member.user_id.id)
        self.env["crm.territory.balance.share"].sudo().create(
            [
                {
                    "balance_id": self.id,
                    "measure_id": line.id,
                    "territory_id": id_,
                    "user_ids": [Command.set(people[id_])],
                    "target": problem.target(id_)[number],
                    "before": problem.held[id_][number],
                    "after": problem.held[id_][number],
                }
                for (number, line), id_ in product(enumerate(lines), problem.ids)
            ]
        )

        self._read_people_again()

    def _keep_moves(self, problem, lines, moves):
        values = []
        for number, place in moves:
            item = problem.items[number]
            values.append(
                {
                    "balance_id": self.id,
                    "territory_before_id": item.home_id,
                    "territory_after_id": problem.ids[place],
                    "partner_id": item.account_ids[0] if not item.area_ids else False,
                    "area_ids": [Command.set(item.area_ids)],
                    "account_count": len(item.account_ids),
                    "loads": {
                        str(line.id): load
                        for line, load in zip(lines, problem.loads[number], strict=True)
                    },
                }
            )
        self.env["crm.territory.balance.move"].sudo().create(values)
        self._weigh_again()

    def _weigh_again(self):
        """What territories have after the moves that are taken."""
        gained = {}
        for move in self.sudo().move_ids.filtered("is_taken"):
            for measure_id, load in (move.loads or {}).items():
                for territory, sign in (
                    (move.territory_before_id, -1),
                    (move.territory_after_id, 1),
                ):
                    key = territory.id, int(measure_id)
                    gained[key] = gained.get(key, 0) + sign * load
        for share in self.sudo().share_ids:
            key = share.territory_id.id, share.measure_id.id
            share.after = share.before + gained.get(key, 0)
        self._read_people_again()

    def _read_people_again(self):
        self.invalidate_recordset(["person_ids"])
        self.env["crm.territory.balance.person"].invalidate_model()

    @api.readonly
    def action_view_shares(self):
        return self._opened("crm_territory.crm_territory_balance_share_action")

    @api.readonly
    def action_view_people(self):
        return self._opened("crm_territory.crm_territory_balance_person_action")

    def _opened(self, name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(name)
        return dict(action, domain=[("balance_id", "=", self.id)])
