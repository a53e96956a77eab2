from odoo import api, models

# 40,000 areas take 20 seconds; a whole file within the time limit of a request.
_ROWS_AT_ONCE = 50_000


class CrmTerritoryImportMixin(models.AbstractModel):
    """A file is imported as a whole, or not at all.

    Odoo's import page sends 2,000 rows at a time and keeps those before an error.
    Its test rolls each part back, so that a tree of two parts fails it: the second
    part does not find its parents.
    """

    _name = "crm.territory.import.mixin"
    _description = "Imported as a Whole"

    @api.model
    def load(self, fields, data):
        # names are read as strictly as the import page reads them, see name_search
        self = self.with_context(crm_territory_load=True)
        limit = self.env.context.get("_import_limit")
        if limit:
            self = self.with_context(_import_limit=max(limit, _ROWS_AT_ONCE))
        return super().load(fields, data)
