from odoo import fields, models


class CrmTerritory(models.Model):
    _inherit = "crm.territory"

    owner_policy = fields.Selection(
        selection_add=[("seniority", "Whoever is there longest")],
        ondelete={"seniority": "set default"},
    )

    def _owner_ranks(self):
        return super()._owner_ranks() | {"seniority": lambda candidate: candidate.id}
