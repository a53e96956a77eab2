from odoo import api, fields, models

from ..balancing import measures
from ..balancing.formula import formula_sql
from ..balancing.problem import spread


class CrmTerritoryBalanceMeasure(models.Model):
    """One measure that territories share, how much they may differ, and do."""

    _name = "crm.territory.balance.measure"
    _description = "Measure of a Territory Balance"
    _inherit = ["crm.territory.guarded.mixin"]
    _order = "balance_id, id"

    balance_id = fields.Many2one(
        "crm.territory.balance", required=True, index=True, ondelete="cascade"
    )
    measure = fields.Selection(
        [
            (measures.ACCOUNTS, "Accounts"),
            (measures.POTENTIAL, "Potential"),
            (measures.PIPELINE, "Open Pipeline"),
            (measures.WON, "Won in Twelve Months"),
            (measures.WORKLOAD, "Open Leads and Opportunities"),
        ],
        required=True,
    )
    formula = fields.Char(
        help="Of the potential: numbers, number fields of contacts by their technical"
        " names, + - * / and parentheses, as in annual_revenue * 0.02 + employee_number"
        " * 500."
    )
    tolerance = fields.Float(
        default=15,
        required=True,
        help="How far a territory may be from an even share, in percent of it.",
    )
    variation_before = fields.Float(
        "Variation",
        compute="_compute_spread",
        help="Coefficient of variation: 0 is even.",
    )
    variation_after = fields.Float(compute="_compute_spread")
    ratio_before = fields.Float(
        "Largest to Smallest",
        compute="_compute_spread",
        help="1 is even. 0: the smallest territory has nothing.",
    )
    ratio_after = fields.Float("Largest to Smallest After", compute="_compute_spread")
    variation_people_before = fields.Float(
        "Between Salespeople",
        compute="_compute_people",
        help="Coefficient of variation of what salespeople have: 0 is even.",
    )
    variation_people_after = fields.Float(
        "Between Salespeople After", compute="_compute_people"
    )

    _measure_uniq = models.Constraint(
        "UNIQUE (balance_id, measure)", "A measure is balanced once."
    )
    _tolerance_range = models.Constraint(
        "CHECK (tolerance BETWEEN 0 AND 100)",
        "A tolerance is between 0 and 100 percent.",
    )

    @api.depends("measure")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["measure"]._description_selection(self.env))
        for line in self:
            line.display_name = labels.get(line.measure, "")

    @api.depends("balance_id.share_ids.before", "balance_id.share_ids.after")
    def _compute_spread(self):
        for line in self:
            shares = line.balance_id.share_ids.filtered(
                lambda share, line=line: share.measure_id == line
            )
            line.variation_before, line.ratio_before = spread(
                [(share.before, share.target) for share in shares]
            )
            line.variation_after, line.ratio_after = spread(
                [(share.after, share.target) for share in shares]
            )

    @api.depends("balance_id.share_ids.before", "balance_id.share_ids.after")
    def _compute_people(self):
        people = self.env["crm.territory.balance.person"].search(
            [("measure_id", "in", self.ids)]
        )
        of_line = people.grouped("measure_id")
        for line in self:
            rows = of_line.get(line, people.browse())
            line.variation_people_before, _ratio = spread(
                [(row.before, row.target) for row in rows]
            )
            line.variation_people_after, _ratio = spread(
                [(row.after, row.target) for row in rows]
            )

    @api.constrains("measure", "formula")
    def _check_formula(self):
        for line in self:
            if line.measure == measures.POTENTIAL:
                # as who writes it: a field that one may not read is none
                partners = self.env["res.partner"].sudo(False)
                formula_sql(partners, line.formula, "res_partner")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.balance_id._forget_proposal()
        return lines

    def write(self, vals):
        self.balance_id._forget_proposal()
        result = super().write(vals)
        self.balance_id._forget_proposal()  # that it is of now
        return result

    def unlink(self):
        self.balance_id._forget_proposal()
        return super().unlink()


class CrmTerritoryBalanceShare(models.Model):
    """What a territory has of a measure, before and after the proposal."""

    _name = "crm.territory.balance.share"
    _description = "Share of a Territory"
    _log_access = False
    _rec_name = "territory_id"
    _order = "measure_id, before desc, id"

    balance_id = fields.Many2one(
        "crm.territory.balance", required=True, index=True, ondelete="cascade"
    )
    measure_id = fields.Many2one(
        "crm.territory.balance.measure", required=True, ondelete="cascade"
    )
    territory_id = fields.Many2one("crm.territory", required=True, ondelete="cascade")
    user_ids = fields.Many2many(
        "res.users",
        "crm_territory_balance_share_user_rel",
        "share_id",
        "user_id",
        string="Salespeople",
        readonly=True,
        help="Its members on the day when the plan begins, managers aside.",
    )
    target = fields.Float("Even Share", readonly=True)
    before = fields.Float(readonly=True)
    after = fields.Float(readonly=True)
    deviation_before = fields.Float(
        "Off Before", compute="_compute_deviation", help="In percent of an even share."
    )
    deviation_after = fields.Float(
        "Off After", compute="_compute_deviation", help="In percent of an even share."
    )
    is_beyond = fields.Boolean("Beyond Tolerance", compute="_compute_deviation")

    @api.depends("target", "before", "after", "measure_id.tolerance")
    def _compute_deviation(self):
        for share in self:
            target = share.target
            off = [
                value / target - 1 if target else 0
                for value in (share.before, share.after)
            ]
            share.deviation_before, share.deviation_after = off
            share.is_beyond = abs(off[1]) * 100 > share.measure_id.tolerance + 1e-4
