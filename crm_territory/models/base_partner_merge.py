from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """The merge moves contacts, leads and overrides by SQL: judge what stays."""
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        self.env["res.partner"].browse(partner_ids).exists()._judge_later()
        return result

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Odoo would delete all overrides of an account if one could not be moved."""
        live = (
            (dst_partner + src_partners)
            .sudo()
            .territory_override_ids.filtered(lambda override: not override.is_expired)
        )
        for overrides in live.grouped("territory_id").values():
            kept = overrides.filtered(lambda o: o.partner_id == dst_partner)
            (overrides - (kept or overrides[0])).unlink()
        self.env.flush_all()
        # as of any record that is deleted: else the journal of the one that stays would
        # tell that it was where the others were
        self.env["crm.territory.move"].sudo().search(
            [("partner_id", "in", src_partners.ids)]
        ).unlink()
        return super()._update_foreign_keys(src_partners, dst_partner)
