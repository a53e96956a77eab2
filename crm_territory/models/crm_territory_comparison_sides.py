from odoo import api, fields, models


class CrmTerritoryComparisonMixin(models.AbstractModel):
    """The figures of a simulation for a territory, or a person: before, after, and the
    difference. In the currency of the run.
    """

    _name = "crm.territory.comparison.mixin"
    _description = "Figures Before and After"
    _log_access = False

    run_id = fields.Many2one(
        "crm.territory.run",
        "Simulation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    account_count_before = fields.Integer("Accounts Before", readonly=True)
    account_count_after = fields.Integer("Accounts", readonly=True)
    account_count_difference = fields.Integer("Accounts: Difference", readonly=True)
    open_count_before = fields.Integer("Open Before", readonly=True)
    open_count_after = fields.Integer(
        "Open", readonly=True, help="Open leads and opportunities."
    )
    open_count_difference = fields.Integer("Open: Difference", readonly=True)
    open_amount_before = fields.Monetary("Open Pipeline Before", readonly=True)
    open_amount_after = fields.Monetary("Open Pipeline", readonly=True)
    open_amount_difference = fields.Monetary("Open Pipeline: Difference", readonly=True)
    won_amount_before = fields.Monetary("Won Before", readonly=True)
    won_amount_after = fields.Monetary(
        "Won in Twelve Months",
        readonly=True,
        help="Won opportunities count where they closed. After, they count where their"
        " account is, if they were credited as that is; they themselves stay where they"
        " are.",
    )
    won_amount_difference = fields.Monetary("Won: Difference", readonly=True)


class CrmTerritoryComparisonTerritory(models.Model):
    """What a simulation would change for a territory: the records that are credited to
    it. A territory of another plan is shown as its copy in the plan of the simulation.
    """

    _name = "crm.territory.comparison.territory"
    _description = "Comparison by Territory"
    _inherit = ["crm.territory.comparison.mixin", "crm.territory.dimension.mixin"]
    _rec_name = "name"
    _order = "changed_count desc, territory_id, id"

    territory_id = fields.Many2one(
        "crm.territory",
        "Territory",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    name = fields.Char("Territory Compared", compute="_compute_name")
    came_count = fields.Integer(
        "Come", readonly=True, help="Records that would newly be credited to it."
    )
    went_count = fields.Integer(
        "Go", readonly=True, help="Records that would no longer be credited to it."
    )
    changed_count = fields.Integer(
        readonly=True, aggregator=None, exportable=False, help="Those that come or go."
    )
    member_count_before = fields.Integer("Members Before", readonly=True)
    member_count_after = fields.Integer("Members", readonly=True)
    load_before = fields.Float("Workload Before", aggregator="avg", readonly=True)
    load_after = fields.Float(
        "Workload",
        aggregator="avg",
        readonly=True,
        help="Open leads and opportunities for each member of the territory.",
    )
    load_difference = fields.Float(
        "Workload: Difference", aggregator="avg", readonly=True
    )

    @api.depends("territory_id.complete_name")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_name(self):
        hidden = self.env["crm.territory"]._hidden_ids(self.territory_id.ids)
        for row in self:
            territory = row.territory_id
            if territory.id in hidden:
                row.name = territory.display_name
            else:
                row.name = territory.sudo().complete_name or self.env._(
                    "Without territory"
                )

    @api.readonly
    def action_view_moves(self):
        """Show the records that come to the territory, or go."""
        self.ensure_one()
        if not self.territory_id:
            domain = [
                "|",
                ("territory_before_id", "=", False),
                ("territory_after_id", "=", False),
            ]
            return self.run_id._action_moves(domain, self.name)
        lineage = self.territory_id.lineage
        domain = [
            "|",
            ("territory_before_id.lineage", "=", lineage),
            ("territory_after_id.lineage", "=", lineage),
        ]
        return self.run_id._action_moves(domain, self.name)


class CrmTerritoryComparisonUser(models.Model):
    """What a simulation would change for a person: the records that are credited to
    the territories of which he is a member, and to those below.
    """

    _name = "crm.territory.comparison.user"
    _description = "Comparison by Person"
    _inherit = ["crm.territory.comparison.mixin"]
    _rec_name = "user_id"
    _order = "access_gained_count desc, id"

    user_id = fields.Many2one("res.users", readonly=True, ondelete="cascade")
    owned_count_before = fields.Integer("Workload Before", readonly=True)
    owned_count_after = fields.Integer(
        "Workload",
        readonly=True,
        help="Open leads and opportunities that this salesperson owns, those included"
        " that the simulation gives out.",
    )
    owned_count_difference = fields.Integer("Workload: Difference", readonly=True)
    capacity_before = fields.Integer(readonly=True, aggregator=None)
    capacity_after = fields.Integer("Capacity", readonly=True, aggregator=None)
    access_gained_count = fields.Integer(
        "Gains Access",
        readonly=True,
        help="Open records that he does not see today. Salespeople with all documents"
        " see everything as it is. Accounts count where territories limit who sees"
        " them.",
    )
    access_lost_count = fields.Integer(
        "Loses Access",
        readonly=True,
        help="Open records that he sees today, and would see no longer.",
    )
