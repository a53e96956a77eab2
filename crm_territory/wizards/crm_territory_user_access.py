from odoo import api, fields, models

# as many ids as a list is opened with
_SHOWN = 10_000


class CrmTerritoryUserAccess(models.TransientModel):
    """What a user sees: territories, counts, and the lists as that user has them."""

    _name = "crm.territory.user.access"
    _description = "What a User Sees"

    user_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.context.get("active_id") or self.env.uid,
        domain=[("share", "=", False)],
    )
    member_ids = fields.Many2many(
        "crm.territory.member", string="Memberships", compute="_compute_access"
    )
    territory_ids = fields.Many2many(
        "crm.territory",
        string="Territories",
        compute="_compute_access",
        help="Those of the memberships of today, and all below.",
    )
    subordinate_ids = fields.Many2many(
        "res.users", string="People Below", compute="_compute_access"
    )
    account_count = fields.Integer("Accounts", compute="_compute_access")
    lead_count = fields.Integer("Leads", compute="_compute_access")
    opportunity_count = fields.Integer("Opportunities", compute="_compute_access")

    @api.depends("user_id")
    def _compute_access(self):
        for access in self:
            user = access.user_id
            scope = user.sudo()._territory_scope()
            members = self.env["crm.territory.member"].search(
                [
                    ("user_id", "=", user.id),
                    ("is_current", "=", True),
                    "|",
                    ("plan_id.state", "=", "active"),
                    ("plan_id.giving_way_to_id", "!=", False),
                ]
            )
            access.member_ids = members
            access.territory_ids = self.env["crm.territory"].search(
                [("id", "child_of", members.territory_id.ids)]
            )
            access.subordinate_ids = self.env["res.users"].browse(scope.owner_ids)
            access.account_count = access._count("res.partner", access._accounts())
            access.lead_count = access._count("crm.lead", [("type", "=", "lead")])
            access.opportunity_count = access._count(
                "crm.lead", [("type", "=", "opportunity")]
            )

    def _accounts(self):
        return self.env["res.partner"]._account_domain()

    def _as_user(self, model_name):
        """The model for the user, empty where the user has no right to it at all."""
        model = (
            self.env[model_name]
            .with_user(self.user_id)
            .with_company(self.user_id.company_id)
        )
        model = model.with_context(allowed_company_ids=self.user_id.company_ids.ids)
        return model if model.has_access("read") else None

    def _count(self, model_name, domain):
        model = self._as_user(model_name)
        return model.search_count(domain) if model is not None else 0

    def _action_view(self, xml_id, model_name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        model = self._as_user(model_name)
        ids = model.search(domain, limit=_SHOWN).ids if model is not None else []
        name = self.env._(
            "%(list)s of %(user)s", list=action["name"], user=self.user_id.name
        )
        return dict(
            action,
            name=name,
            display_name=name,
            domain=[("id", "in", ids)],
            context={},
        )

    @api.readonly
    def action_view_accounts(self):
        return self._action_view(
            "crm_territory.crm_territory_account_action",
            "res.partner",
            self._accounts(),
        )

    @api.readonly
    def action_view_leads(self):
        return self._action_view(
            "crm_territory.crm_territory_lead_action",
            "crm.lead",
            [("type", "=", "lead")],
        )

    @api.readonly
    def action_view_opportunities(self):
        return self._action_view(
            "crm_territory.crm_territory_opportunity_action",
            "crm.lead",
            [("type", "=", "opportunity")],
        )

    def action_compare(self):
        """Compare what the user sees with another user, or with what would be."""
        self.ensure_one()
        return self.env["crm.territory.explanation"]._action_ask(
            user_id=self.user_id.id
        )
