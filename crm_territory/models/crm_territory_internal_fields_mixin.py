from odoo import api, models

# what the client offers fields for
_OFFERED_FOR = ("searchable", "sortable", "groupable")


class CrmTerritoryInternalFieldsMixin(models.AbstractModel):
    """Fields of the engine and of record rules are offered to nobody: a field of ours
    that is not ``exportable`` is in no list of fields to filter, sort or group by.

    That is a matter of what is offered only: domains still may name them, as record
    rules and our own filters do.
    """

    _name = "crm.territory.internal.fields.mixin"
    _description = "Hides Internal Fields"

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        if not hasattr(allfields, "__contains__"):
            allfields = None  # what a client sends may be no list of names
        described = super().fields_get(allfields, attributes)
        for name, description in described.items():
            field = self._fields[name]
            if not field.exportable and (field._module or "").startswith("crm_territ"):
                description.update(
                    (key, False) for key in _OFFERED_FOR if key in description
                )
        return described
