from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    territory_plan_id = fields.Many2one(
        "crm.territory.plan",
        string="Active Territory Plan",
        compute="_compute_territory_plan_id",
    )
    territory_unassigned_visibility = fields.Selection(
        [
            ("everyone", "All salespeople"),
            ("managers", "Only users with All Documents"),
        ],
        string="Leads Without Salesperson and Territory",
        config_parameter="crm_territory.unassigned",
        default="everyone",
    )
    territory_account_visibility = fields.Selection(
        [("everyone", "Everyone"), ("territory", "By territory")],
        string="Accounts Are Visible To",
        config_parameter="crm_territory.account_visibility",
        default="everyone",
    )
    territory_addresses_by_line = fields.Boolean(
        "Addresses of accounts in territories are changed by their line",
        config_parameter="crm_territory.addresses_by_line",
    )
    territory_plan_approval = fields.Boolean(
        "Plans need approval before they are activated",
        config_parameter="crm_territory.plan_approval",
    )
    territory_track_moves = fields.Boolean(
        "Territories in the Chatter",
        config_parameter="crm_territory.track_moves",
        help="Leads and opportunities tell in their chatter when they move to another"
        " territory, also by a run: a message for each.",
    )
    territory_simulation_days = fields.Integer(
        "Keep Simulations For",
        config_parameter="crm_territory.simulation_days",
        default=30,
        help="In days. What simulations would have moved is deleted then; 0: never.",
    )
    territory_inactive_days = fields.Integer(
        "Days Without Activity",
        config_parameter="crm_territory.inactive_days",
        default=90,
    )
    territory_catch_up = fields.Boolean(
        "Run Automatically After Changes",
        compute="_compute_territory_catch_up",
        inverse="_inverse_territory_catch_up",
    )
    territory_unassigned_account_count = fields.Integer(
        compute="_compute_territory_unassigned_counts"
    )
    territory_unassigned_lead_count = fields.Integer(
        compute="_compute_territory_unassigned_counts"
    )

    @api.depends("company_id")
    def _compute_territory_plan_id(self):
        for settings in self:
            settings.territory_plan_id = self.env["crm.territory.plan"].search(
                [
                    ("state", "=", "active"),
                    ("company_id", "in", [False, settings.company_id.id]),
                ],
                limit=1,
            )

    @api.depends("territory_plan_id")
    def _compute_territory_catch_up(self):
        for settings in self:
            settings.territory_catch_up = settings.territory_plan_id.catch_up

    def _inverse_territory_catch_up(self):
        for settings in self:
            plan = settings.territory_plan_id
            # who may change settings need not be a sales manager: write only a change
            if plan.catch_up != settings.territory_catch_up:
                plan.catch_up = settings.territory_catch_up

    @api.depends("territory_plan_id")
    def _compute_territory_unassigned_counts(self):
        for settings in self:
            counted = bool(settings.territory_plan_id)
            settings.territory_unassigned_account_count = counted and self.env[
                "res.partner"
            ].search_count(settings._domain_accounts_without_territory())
            settings.territory_unassigned_lead_count = counted and self.env[
                "crm.lead"
            ].search_count(settings._domain_leads_without_territory())

    @api.readonly
    def action_view_accounts_without_territory(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Accounts Without Territory"),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": self._domain_accounts_without_territory(),
        }

    @api.readonly
    def action_view_leads_without_territory(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leads and Opportunities Without Territory"),
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "domain": self._domain_leads_without_territory(),
        }

    def _domain_accounts_without_territory(self):
        return [
            ("territory_set_id", "=", False),
            *self.env["res.partner"]._account_domain_for_client(),
            ("company_id", "in", [False, self.company_id.id]),
        ]

    def _domain_leads_without_territory(self):
        return [
            ("territory_set_id", "=", False),
            ("won_status", "=", "pending"),
            ("company_id", "in", [False, self.company_id.id]),
        ]
