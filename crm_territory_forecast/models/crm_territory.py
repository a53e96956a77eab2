from odoo import api, models
from odoo.exceptions import UserError

# what keeps a territory from being deleted
_KEPT = (
    "crm.territory.forecast.target",
    "crm.territory.forecast.target.change",
    "crm.territory.forecast.call",
    "crm.territory.forecast.snapshot.line",
    "crm.territory.forecast.snapshot.target",
)


class CrmTerritory(models.Model):
    _name = "crm.territory"
    _inherit = ["crm.territory", "crm.territory.progress.mixin"]

    def _check_without_records(self):
        """Targets outlive a reorganisation: their territory is archived instead."""
        result = super()._check_without_records()
        for model_name in _KEPT:
            model = self.env[model_name].sudo()
            found = model.search([("territory_id", "in", self.ids)], limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "“%(territory)s” cannot be deleted: there are targets, their"
                        " history or calls of it. Archive it: they are kept, and"
                        " forecasts as they were still show them.",
                        territory=found.territory_id.complete_name,
                    )
                )
        return result

    @api.model
    def _by_own_criteria(self, territory_ids):
        """Of the territories, those with criteria for opportunities: what puts a deal
        there is the deal, not its account. No query yet.

        :return: a query of rules, whose ``territory_id`` they are
        """
        return (
            self.env["crm.territory.rule"]
            .sudo()
            ._search(
                [
                    ("territory_id", "in", list(territory_ids)),
                    ("applies_to", "=", "opportunity"),
                ]
            )
        )
