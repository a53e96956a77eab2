from odoo import api, fields, models

from ..engine import matcher

# in the data of the running transaction: the leads that moved to other territories
_MOVED = "crm.territory.moved"
# a change of one of these can reopen a closed opportunity
_STATUS_FIELDS = frozenset({"stage_id", "probability", "active"})


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = [
        "crm.lead",
        "crm.territory.mixin",
        "crm.territory.dimension.mixin",
        "crm.territory.shared.mixin",
        "crm.territory.count.mixin",
        "crm.territory.readonly.mixin",
        "crm.territory.viewers.mixin",
    ]

    territory_set_id = fields.Many2one(index=False)  # has _territory_set_idx
    annual_revenue = fields.Monetary(currency_field="annual_revenue_currency_id")
    annual_revenue_currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    employee_number = fields.Integer("Number of Employees", aggregator="avg")
    product_line_ids = fields.Many2many(
        "crm.product.line",
        "crm_product_line_lead_rel",
        "lead_id",
        "product_line_id",
        string="Product Lines",
        help="The product lines that the lead is about.",
    )
    territory_override_ids = fields.One2many(
        "crm.territory.override", "lead_id", string="Territory Overrides"
    )

    # of the leads that everyone sees: both columns' own indexes are long for nobody
    _territory_unassigned_idx = models.Index(
        "(id) WHERE user_id IS NULL AND territory_set_id IS NULL"
    )
    # counts what is in territories without reading the leads
    _territory_set_idx = models.Index(
        "(territory_set_id) INCLUDE (active, company_id, type)"
    )

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._complete_from_territory()
        return leads

    def write(self, vals):
        closed = self.browse()
        if not _STATUS_FIELDS.isdisjoint(vals):
            closed = self.filtered(lambda lead: lead.won_status in ("won", "lost"))
        result = super().write(vals)
        reopened = closed.filtered(lambda lead: lead.won_status == "pending")
        reopened._judge_later()
        watched = self.env["crm.territory.plan"]._watched().get("crm.lead", {})
        if reopened or not watched.keys().isdisjoint(vals):
            self._complete_from_territory()
        return result

    def _complete_from_territory(self):
        """Give leads without salesperson or team those of their territory."""
        policies = self.env["crm.territory.plan"]._compiled().policies
        if not policies:
            return
        incomplete = self.sudo().filtered(
            lambda lead: lead.active
            and lead.won_status == "pending"
            and not (lead.user_id and lead.team_id)
            and lead.territory_id.id in policies
        )
        for territory, leads in incomplete.grouped("territory_id").items():
            territory._complete_leads(leads)

    @api.model
    def _journal(self, compiled, outstanding, decisions, changed, run=None):
        """What moved is completed at the end: a field that is being computed, as when
        an account moves and takes its leads along, cannot write others.
        """
        result = super()._journal(compiled, outstanding, decisions, changed, run)
        if changed and compiled.policies:
            precommit = self.env.cr.precommit
            if _MOVED not in precommit.data:
                precommit.data[_MOVED] = set()
                precommit.add(self.sudo()._complete_moved)
            precommit.data[_MOVED].update(d.matched.id for d in changed)
        return result

    @api.model
    def _complete_moved(self):
        lead_ids = self.env.cr.precommit.data.pop(_MOVED, ())
        self.browse(lead_ids).exists()._complete_from_territory()
        self.env.flush_all()

    @api.model
    def _match(self, compiled, where, lock=False):
        self.flush_model({*matcher.LEAD_FIELDS, *compiled.rules["crm.lead"].fields()})
        self.env["res.partner"].flush_model(
            {
                *matcher.ACCOUNT_FIELDS,
                *compiled.gates.rules.fields(),
                "territory_set_id",
            }
        )
        self.env["crm.territory.override"].flush_model()
        query = matcher.lead_query(
            compiled.bind(self.env),
            where,
            lock,
            self.env.context.get("crm_territory_dry_run"),
        )
        return [matcher.Matched(*row) for row in self.env.execute_query(query)]

    def _merge_dependences(self, opportunities):
        """The overrides of merged leads go to the one that stays, where it has none."""
        result = super()._merge_dependences(opportunities)
        self.ensure_one()
        live = (
            (opportunities | self)
            .sudo()
            .territory_override_ids.filtered(lambda override: not override.is_expired)
        )
        kept = (live & self.sudo().territory_override_ids).territory_id
        for override in live:
            if override.territory_id not in kept:
                override.lead_id = self
                kept |= override.territory_id
        return result

    # -- who sees it

    def _customer_is_hidden(self):
        self.ensure_one()
        partner = self.partner_id
        return (
            bool(partner)
            and not self.env.su
            and partner._accounts_are_by_territory()
            and not partner.has_access("read")
        )

    def _compute_commercial_partner_id(self):
        hidden = self.filtered(lambda lead: lead._customer_is_hidden())
        hidden.commercial_partner_id = False
        return super(CrmLead, self - hidden)._compute_commercial_partner_id()

    def _get_partner_email_update(self, force_void=True):
        """What the user does not see, the lead's address does not overwrite."""
        return not self._customer_is_hidden() and super()._get_partner_email_update(
            force_void
        )

    def _get_partner_phone_update(self, force_void=True):
        return not self._customer_is_hidden() and super()._get_partner_phone_update(
            force_void
        )

    def _viewing_reasons(self):
        own, _everything, _managers = self._salespeople()
        yield from self._reasons_of_rights()
        for reasons in (
            self._reasons_of_owner(self.user_id),
            self._reasons_of_territories(),
        ):
            yield from (reason for reason in reasons if reason[0] in own)
        if self.territory_is_unassigned:
            for user in own:
                yield user, self.env._("unassigned leads are open to all"), True
