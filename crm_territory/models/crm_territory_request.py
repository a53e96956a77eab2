from odoo import api, fields, models
from odoo.fields import NO_ACCESS, Domain

# Odoo turns the others into these
_NAME_OPERATORS = frozenset({"in", "like", "ilike", "=like", "=ilike"})


class CrmTerritoryRequest(models.Model):
    """A salesperson asks for a record that another line, or nobody, has: *this should
    be ours, because …*. Who has it decides; what is accepted is put in by hand.

    Clients may read requests and call the public methods, which check rights; nothing
    of a request can be written by them. The record itself is kept from them, too: a
    many2one tells the name of what one may not read. They get what the reader sees.
    """

    _name = "crm.territory.request"
    _description = "Territory Request"
    _inherit = ["crm.territory.asked.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "create_date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Account",
        index="btree_not_null",
        ondelete="cascade",
        groups=NO_ACCESS,
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Lead or Opportunity",
        index="btree_not_null",
        ondelete="cascade",
        groups=NO_ACCESS,
    )
    record_name = fields.Char(
        "Record",
        compute="_compute_record",
        search="_search_record_name",
        help="Empty: you may not see it.",
    )
    record_kind = fields.Selection(
        [("account", "Account"), ("lead", "Lead or Opportunity")],
        string="Kind",
        compute="_compute_record",
    )
    present_territory_ids = fields.Many2many(
        "crm.territory", string="Is Now In", compute="_compute_record"
    )
    territory_id = fields.Many2one(
        "crm.territory",
        string="Requested For",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    plan_id = fields.Many2one(related="territory_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(related="territory_id.company_id", store=True)
    reason = fields.Text(required=True, readonly=True)
    state = fields.Selection(
        [
            ("open", "Pending"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("withdrawn", "Withdrawn"),
        ],
        default="open",
        required=True,
        readonly=True,
        index=True,
        copy=False,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Requested By",
        default=lambda self: self.env.user,
        readonly=True,
        index=True,
        copy=False,
    )
    decider_id = fields.Many2one(
        "res.users", string="Decided By", readonly=True, index=True, copy=False
    )
    decision_date = fields.Datetime("Decided On", readonly=True, copy=False)
    decision_reason = fields.Text("Why Declined", readonly=True, copy=False)
    user_may_decide = fields.Boolean(
        "To Decide by Me",
        compute="_compute_user_may_decide",
        search="_search_user_may_decide",
    )

    _one_record = models.Constraint(
        "CHECK (num_nonnulls(partner_id, lead_id) = 1)",
        "A request is for one account, or for one lead or opportunity.",
    )
    _open_partner_uniq = models.UniqueIndex(
        "(partner_id, territory_id) WHERE partner_id IS NOT NULL AND state = 'open'",
        "The account is requested for this territory already.",
    )
    _open_lead_uniq = models.UniqueIndex(
        "(lead_id, territory_id) WHERE lead_id IS NOT NULL AND state = 'open'",
        "The lead or opportunity is requested for this territory already.",
    )

    # -- what a reader sees

    @api.depends("user_id", "territory_id")
    def _compute_display_name(self):
        """Never the name of the record: activities and messages keep this one."""
        for request in self:
            request.display_name = self.env._(
                "Request of %(user)s for %(territory)s",
                user=request.user_id.name or self.env._("a former user"),
                territory=request.territory_id.name,
            )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("partner_id", "lead_id")
    def _compute_record(self):
        visible = {
            record
            for records in (self.sudo().partner_id, self.sudo().lead_id)
            for record in records.with_env(self.env)._filtered_access("read")
        }
        for request in self:
            record = request._record()
            is_lead = record._name == "crm.lead"
            request.record_kind = "lead" if is_lead else "account"
            is_visible = record in visible
            request.record_name = is_visible and record.display_name
            request.present_territory_ids = self._present_territories(
                record if is_visible else record.browse()
            )

    @api.model
    def _present_territories(self, record):
        """The territories of a record that the user may see, of his companies."""
        territories = record.sudo().territory_set_id.territory_ids
        return territories.with_env(self.env)._filtered_access("read")

    def _search_record_name(self, operator, value):
        """By the names of what the user sees. 3 queries."""
        if operator not in _NAME_OPERATORS:
            return NotImplemented
        found = [
            Domain(name, "in", self._ids_named(comodel, operator, value))
            for name, comodel in (
                ("partner_id", self.env["res.partner"]),
                ("lead_id", self.env["crm.lead"]),
            )
        ]
        return Domain("id", "in", self.sudo()._search(Domain.OR(found)))

    def _ids_named(self, model, operator, value):
        """The ids of the records that are requested, seen by the user and so named."""
        column = "lead_id" if model._name == "crm.lead" else "partner_id"
        requested = self.sudo().search([(column, "!=", False)])[column]
        return (
            model.with_context(active_test=False)
            .search([("id", "in", requested.ids), ("display_name", operator, value)])
            .ids
        )

    def _record(self):
        """The account, lead or opportunity requested, with the user's rights."""
        self.ensure_one()
        request = self.sudo()
        return (request.lead_id or request.partner_id).with_env(self.env)
