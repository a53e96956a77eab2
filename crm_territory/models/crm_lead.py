from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import ormcache

from .. import large_tables, reasons

# a change of one of these can reopen a closed opportunity
_STATUS_FIELDS = frozenset({"stage_id", "probability", "active"})


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = [
        "crm.lead",
        "crm.territory.profile.mixin",
        "crm.territory.mixin",
        "crm.territory.dimension.mixin",
        "crm.territory.shared.mixin",
        "crm.territory.viewers.mixin",
        "crm.territory.leaving.mixin",
    ]

    product_line_ids = fields.Many2many(
        relation="crm_product_line_lead_rel",
        column1="lead_id",
        column2="product_line_id",
        help="The product lines that the lead is about.",
    )
    territory_override_ids = fields.One2many(
        "crm.territory.override", "lead_id", string="Territory Overrides"
    )

    _territory_unassigned_idx = models.Index(large_tables.UNASSIGNED_LEADS)

    def init(self):
        result = super().init()
        large_tables.add_keys(self.env)
        return result

    @ormcache("self.env.uid", "self.env.su")
    def _track_get_fields(self):
        """Moves are told in the chatter where the setting says so. (Odoo asks some
        thirty times for each lead.)
        """
        names = super()._track_get_fields()
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param("crm_territory.track_moves"):
            return {*names, "territory_id"}
        return names

    @api.model
    def _open_domain(self):
        """The leads and opportunities that are neither won nor lost."""
        return Domain("won_status", "not in", ("won", "lost"))

    def _facts_of_today(self):
        found = super()._facts_of_today()
        accounts = self.sudo().partner_id.commercial_partner_id
        of_accounts = accounts._facts_of_today()
        for lead in self.sudo().browse(found):
            account_id = lead.partner_id.commercial_partner_id.id
            if account_id in of_accounts:
                found[lead.id] = reasons.with_reasons_of_accounts(
                    found[lead.id], of_accounts[account_id]
                )
        return found

    def write(self, vals):
        closed = self.browse()
        if not _STATUS_FIELDS.isdisjoint(vals):
            # what was written while it was open counts
            self.sudo().mapped("territory_set_id")
            closed = self.filtered(lambda lead: lead.won_status in ("won", "lost"))
        result = super().write(vals)
        closed.filtered(lambda lead: lead.won_status == "pending")._judge_later()
        return result

    # -- converted and merged

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        """The account takes the profile over; a contact of it has none."""
        values = super()._prepare_customer_values(partner_name, is_company, parent_id)
        if parent_id:
            return values
        if self.annual_revenue:
            values["annual_revenue"] = self.annual_revenue
            values["annual_revenue_currency_id"] = self.annual_revenue_currency_id.id
        if self.employee_number:
            values["employee_number"] = self.employee_number
        if self.product_line_ids:
            values["product_line_ids"] = [Command.set(self.product_line_ids.ids)]
        return values

    def _merge_get_fields_specific(self):
        """The revenue with its currency, and the product lines of all."""

        def currency(_name, leads):
            with_revenue = leads.filtered("annual_revenue")
            return (with_revenue or leads)[:1].annual_revenue_currency_id.id

        return super()._merge_get_fields_specific() | {
            "annual_revenue_currency_id": currency,
            "product_line_ids": lambda _name, leads: leads.product_line_ids,
        }

    def _merge_get_fields(self):
        names = super()._merge_get_fields()
        return [*names, "annual_revenue", "employee_number"]

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

    def _viewing_reasons(self):
        own, _everything, _managers = self._salespeople()
        yield from self._reasons_of_rights()
        for found in (
            self._reasons_of_owner(self.user_id),
            self._reasons_of_territories(),
        ):
            yield from (reason for reason in found if reason[0] in own)
        if self.territory_is_unassigned:
            for user in own:
                yield user, self.env._("unassigned leads are open to everyone"), True
