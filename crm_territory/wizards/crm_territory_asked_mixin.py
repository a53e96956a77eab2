from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTerritoryAskedMixin(models.AbstractModel):
    """A question about a record: whoever asks must be able to read what it names.

    Odoo shows the name of what a field points at without asking, so an id that somebody
    writes would tell it.
    """

    _name = "crm.territory.asked.mixin"
    _description = "Question About a Record"

    partner_id = fields.Many2one("res.partner", "Account", readonly=True)
    lead_id = fields.Many2one("crm.lead", "Lead or Opportunity", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_readable(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_readable(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_readable(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_readable(self, vals):
        """Raise an error unless the user may read all records that values name."""
        for name, value in vals.items():
            field = self._fields.get(name)
            if field and field.type == "many2one" and type(value) is int and value:
                record = self.env[field.comodel_name].browse(value)
                if record != record.exists():
                    raise UserError(self.env._("The record does not exist any more."))
                record.check_access("read")

    def _record(self):
        """The record that is asked about; empty for none."""
        self.ensure_one()
        return self.lead_id or self.partner_id
