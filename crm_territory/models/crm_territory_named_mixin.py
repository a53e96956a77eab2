from odoo import api, models


class CrmTerritoryNamedMixin(models.AbstractModel):
    """What has a name of its own: its copy has another one, in every language."""

    _name = "crm.territory.named.mixin"
    _description = "Has a Name of its Own"

    @api.model_create_multi
    def create(self, vals_list):
        self.flush_model()  # a name that was given up is free
        return super().create(vals_list)

    def copy(self, default=None):
        if default and "name" in default:
            return super().copy(default)
        copies = self.browse()
        for record in self:
            name = self.env._("%s (copy)", record.name)
            copies |= super(CrmTerritoryNamedMixin, record).copy(
                dict(default or {}, name=name)
            )
        return copies
