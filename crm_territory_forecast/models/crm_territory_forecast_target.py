from odoo import api, fields, models
from odoo.exceptions import ValidationError

_KEY = ("forecast_id", "territory_id", "user_id", "date_start")


class CrmTerritoryForecastTarget(models.Model):
    """What a territory, or a member in it, is to achieve in a period.

    Without a record the target is *not set*, which is not the same as nothing.
    """

    _name = "crm.territory.forecast.target"
    _description = "Target"
    _inherit = ["crm.territory.forecast.mixin", "crm.territory.import.mixin"]
    _order = "date_start desc, territory_id, user_id, id"

    amount = fields.Float(required=True, digits=(16, 2))

    _one_row = models.UniqueIndex(
        "(forecast_id, territory_id, COALESCE(user_id, 0), date_start)",
        "This target is set already: change it instead.",
    )
    _forecast_period_idx = models.Index("(forecast_id, date_start)")
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A target cannot be negative."
    )
    _amount_limit = models.Constraint(
        "CHECK (amount < 1e14)", "A target is below 100,000,000,000,000."
    )

    @api.depends("territory_id", "user_id", "date_start")
    def _compute_display_name(self):
        for target in self:
            names = [target.territory_id.display_name, target.user_id.name]
            period = target.forecast_id._period_label(target.date_start)
            target.display_name = ", ".join(filter(None, [*names, period]))

    @api.constrains("forecast_id", "date_start")
    def _check_date_start(self):
        for target in self:
            target.forecast_id._check_period_start(target.date_start)

    @api.constrains("forecast_id", "territory_id")
    def _check_company(self):
        for target in self:
            company = target.territory_id.company_id
            if company and company != target.forecast_id.company_id:
                raise ValidationError(
                    self.env._(
                        "“%(territory)s” is of the company %(company)s, the forecast"
                        " “%(forecast)s” of %(other)s.",
                        territory=target.territory_id.complete_name,
                        company=company.name,
                        forecast=target.forecast_id.name,
                        other=target.forecast_id.company_id.name,
                    )
                )

    # -- CRUD: everything is logged

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets._check_not_frozen()
        self._log([(target._key(), None, target.amount) for target in targets])
        return targets

    def write(self, vals):
        before = [(target._key(), target.amount) for target in self]
        self._check_not_frozen()
        result = super().write(vals)
        self._check_not_frozen()
        changes = []
        for target, (key, amount) in zip(self, before, strict=True):
            if target._key() != key:
                changes.append((key, amount, None))
                changes.append((target._key(), None, target.amount))
            elif target.amount != amount:
                changes.append((key, amount, target.amount))
        self._log(changes)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._check_not_frozen()

    def unlink(self):
        changes = [(target._key(), target.amount, None) for target in self]
        result = super().unlink()
        self._log(changes)
        return result

    def _key(self):
        self.ensure_one()
        return (
            self.forecast_id.id,
            self.territory_id.id,
            self.user_id.id,
            self.date_start,
        )

    @api.model
    def _log(self, changes):
        """Note changes, as the user, who may not write the log by hand: (key, amount
        before or None, amount after or None).
        """
        origin = "imported" if self.env.context.get("import_file") else "typed"
        self.env["crm.territory.forecast.target.change"].sudo().create(
            [
                {
                    **dict(zip(_KEY, key, strict=True)),
                    "is_set_before": before is not None,
                    "amount_before": before or 0,
                    "is_set_after": after is not None,
                    "amount_after": after or 0,
                    "origin": origin,
                }
                for key, before, after in changes
            ]
        )

    @api.model
    @api.readonly
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Targets"),
                "template": "/crm_territory_forecast/static/templates/target.csv",
            }
        ]
