from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..board.board import Board
from ..board.trees import Trees
from ..engine import periods as engine_periods
from ..engine.figures import added, spread, spread_whole


class CrmTerritoryForecastSpread(models.TransientModel):
    """Divides a year's target over its periods, or a territory's over its parts."""

    _name = "crm.territory.forecast.spread"
    _description = "Spread Targets"
    _inherit = ["crm.territory.forecast.preview.mixin"]

    territory_id = fields.Many2one(required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Member",
        domain=[("share", "=", False)],
        help="Empty: the target of the whole territory.",
    )
    mode = fields.Selection(
        [
            ("periods", "An amount for the year over its periods"),
            ("parts", "The territory's targets over its sub-territories and members"),
        ],
        string="Spread",
        default="periods",
        required=True,
    )
    amount = fields.Float("Annual Target", digits=(16, 2))
    method_of_periods = fields.Selection(
        [
            ("even", "Evenly"),
            ("won", "As was won last year"),
            ("weights", "By weights below"),
        ],
        string="How",
        default="even",
        required=True,
    )
    method_of_parts = fields.Selection(
        [
            ("even", "Evenly"),
            ("won", "As was won last year"),
            ("weights", "By weights below"),
            ("capacity", "By the capacity of the members"),
        ],
        string="By",
        default="even",
        required=True,
    )
    over_assignment = fields.Float(
        help="How much more than the target of the territory its parts are to achieve"
        " together: a reserve for those that miss theirs.",
    )
    weight_ids = fields.One2many(
        "crm.territory.forecast.spread.weight",
        "wizard_id",
        string="Weights",
        compute="_compute_weight_ids",
        store=True,
        readonly=False,
    )

    _over_assignment_range = models.Constraint(
        "CHECK (over_assignment >= 0 AND over_assignment <= 10)",
        "Over-assignment is between 0 % and 1,000 %.",
    )

    @api.depends(
        "forecast_id",
        "date_start",
        "territory_id",
        "user_id",
        "mode",
        "method_of_periods",
        "method_of_parts",
    )
    def _compute_weight_ids(self):
        """What weighs how much: to be changed where the user has own weights."""
        for wizard in self:
            if not (wizard.forecast_id and wizard.date_start and wizard.territory_id):
                wizard.weight_ids = [Command.clear()]
                continue
            of_mode = (
                wizard._weights_of_periods()
                if wizard.mode == "periods"
                else wizard._weights_of_parts()
            )
            wizard.weight_ids = [
                Command.clear(),
                *(Command.create(values) for values in of_mode),
            ]

    @api.depends("mode", "amount", "over_assignment", "weight_ids.weight", "user_id")
    def _compute_preview(self):
        return super()._compute_preview()

    # -- weights

    def _weights_of_periods(self):
        periods = self._periods()
        weights = [1.0] * len(periods)
        if self.method_of_periods == "won":
            key = (self.territory_id.id, self.user_id.id or None)
            won = self._won_last_year([key])
            weights = [won[key][number] for number in range(len(periods))]
        return [
            {
                "name": self.forecast_id._period_label(period.start),
                "date_start": period.start,
                "weight": weight,
            }
            for period, weight in zip(periods, weights, strict=True)
        ]

    def _weights_of_parts(self):
        parts = self._parts()
        weights = dict.fromkeys(parts, 1.0)
        if self.method_of_parts == "won":
            won = self._won_last_year(parts)
            weights = {key: sum(won[key]) for key in parts}
        elif self.method_of_parts == "capacity":
            weights = self._capacities(parts)
        return [
            {
                "name": name,
                "territory_id": key[0],
                "user_id": key[1],
                "weight": weights[key],
            }
            for key, name in parts.items()
        ]

    def _parts(self):
        """{(territory id, user id or None): name} of members and sub-territories."""
        trees = Trees(self.forecast_id)
        territory_id = self.territory_id.id
        parts = {}
        here = [node for node in trees.today if node.id == territory_id]
        for _id, user_id, name, _is_active in trees.plans.members(here):
            parts[territory_id, user_id] = name
        for node in trees.of("credited"):
            if node.path[-2:-1] == (territory_id,):
                parts[node.id, None] = node.name
        return parts

    def _won_last_year(self, keys):
        """{key: [won in each period]}. As the user, so not of hidden opportunities."""
        forecast = self.forecast_id
        before = engine_periods.year_before(self._periods(), forecast.period)
        board = Board(forecast, before, with_members=True, with_calls=False)
        return {
            key: [board.sums.of_period(key, number)[0] for number in range(len(before))]
            for key in keys
        }

    def _capacities(self, parts):
        """Of a member the capacity here, of a sub-territory that of all below."""
        members = self.env["crm.territory.member"].search(
            Domain("territory_id", "child_of", self.territory_id.id)
            & Domain("is_current", "=", True)
        )
        found = dict.fromkeys(parts, 0.0)
        for member in members:
            own = (member.territory_id.id, member.user_id.id)
            if own in found:
                found[own] += member.capacity
            for above in member.territory_id._path_ids():
                if (above, None) in found:
                    found[above, None] += member.capacity
        return found

    # -- what it comes to

    def _planned(self, reader):
        if not self.territory_id:
            raise UserError(self.env._("Choose the territory whose year it is."))
        weights = self.weight_ids.mapped("weight")
        if not weights:
            raise UserError(
                self.env._(
                    "“%s” has neither sub-territories nor members.",
                    self.territory_id.complete_name,
                )
            )
        if min(weights) < 0 or not sum(weights):
            raise UserError(
                self.env._(
                    "Nothing has a weight (nothing was won, or no capacity is set):"
                    " choose another way, or give weights of your own."
                )
            )
        if self.mode == "periods":
            return self._planned_of_periods(weights, reader)
        return self._planned_of_parts(weights, reader)

    def _planned_of_periods(self, weights, reader):
        if self.amount <= 0:
            raise UserError(self.env._("Enter the annual target."))
        row = (self.territory_id.id, self.user_id.id or None)
        keys = [(*row, weight.date_start) for weight in self.weight_ids]
        held = self._held(keys, reader)
        left = self.amount - sum(held.values())
        free = {
            key: weight
            for key, weight in zip(keys, weights, strict=True)
            if key not in held
        }
        self._check_what_is_left(left, free, sum(held.values()))
        planned = {**dict.fromkeys(keys, 0.0), **held}
        if free and left:
            amounts = spread_whole(left, list(free.values()), 2)
            planned.update(zip(free, amounts, strict=True))
        return planned

    def _check_what_is_left(self, left, free, held):
        """Refuse an amount of the year to which its periods cannot add up.

        :param left: what the periods that are not held have to add up to
        :param free: {key: weight} of these
        :param held: what the others add up to
        """
        if left < 0:
            raise UserError(
                self.env._(
                    "The periods that are kept or frozen hold %(held)s already, more"
                    " than the annual target: enter a larger one, or overwrite existing"
                    " targets.",
                    held=self._format(held),
                )
            )
        if left and not sum(free.values()):
            raise UserError(
                self.env._(
                    "No period is left that takes the remaining %(left)s: those with a"
                    " weight are kept or frozen. Give weights to others, or overwrite"
                    " existing targets.",
                    left=self._format(left),
                )
            )

    def _planned_of_parts(self, weights, reader):
        targets, _gone = reader.of(self._periods())
        planned = {}
        wholes = {
            period.start: targets.get((self.territory_id.id, None, period.start))
            for period in self._periods()
        }
        if added(wholes.values()) is None:
            raise UserError(
                self.env._(
                    "“%s” has no target in that year: set it first.",
                    self.territory_id.complete_name,
                )
            )
        for start, whole in wholes.items():
            if whole is None:
                continue
            amounts = spread(whole * (1 + self.over_assignment), weights, 2)
            for weight, amount in zip(self.weight_ids, amounts, strict=True):
                row = (weight.territory_id.id, weight.user_id.id or None)
                planned[(*row, start)] = amount
        return planned

    def _origin_of_changes(self):
        return "spread"

    def _are_rows_apart(self):
        return self.mode == "parts"
