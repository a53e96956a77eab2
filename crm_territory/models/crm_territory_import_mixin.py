from odoo import api, models
from odoo.fields import Domain

# 40,000 areas take 20 seconds; a whole file within the time limit of a request.
_ROWS_AT_ONCE = 50_000
_IMPORT = "crm_territory_import"


class _Import:
    """Tells that records come from a file. (No client can send one.)"""


class CrmTerritoryImportMixin(models.AbstractModel):
    """A file is imported as a whole, or not at all; imported again, it doubles nothing.

    Odoo's import page sends 2,000 rows at a time and keeps those before an error.
    Its test rolls each part back, so that a tree of two parts fails it: the second
    part does not find its parents.
    """

    _name = "crm.territory.import.mixin"
    _description = "Imported as a Whole"
    _inherit = ["crm.territory.retried.mixin"]

    # the fields by which a row without External ID is known again; none: it is new
    _known_by = ()

    @api.model
    def load(self, fields, data):
        # names are read as strictly as the import page reads them, see name_search
        self = self.with_context(crm_territory_load=True, **{_IMPORT: _Import()})
        limit = self.env.context.get("_import_limit")
        if limit:
            self = self.with_context(_import_limit=max(limit, _ROWS_AT_ONCE))
        return super().load(fields, data)

    @api.model_create_multi
    def create(self, vals_list):
        known = self._known_of_import(vals_list)
        if not any(known):
            return super().create(vals_list)
        for record, vals in zip(known, vals_list, strict=True):
            if differing := record._differing(vals):
                record.write(differing)
        new = [v for record, v in zip(known, vals_list, strict=True) if not record]
        made = iter(super().create(new).ids)
        return self.browse(record.id or next(made) for record in known)

    @api.model
    def _is_import(self):
        return isinstance(self.env.context.get(_IMPORT), _Import)

    @api.model
    def _known_of_import(self, vals_list):
        """What is there already, one record for each of the values, or none."""
        if not self._known_by or not self._is_import():
            return [self.browse()] * len(vals_list)
        # of the first of them there are fewest
        ids = {vals.get(self._known_by[0]) for vals in vals_list}
        among = Domain(self._known_by[0], "in", list(ids)) & self._known_domain()
        known = {self._key_of(record): record for record in self.search(among)}
        return [known.get(self._key_of(vals), self.browse()) for vals in vals_list]

    @api.model
    def _known_domain(self):
        """Of which records there is one at most of what they are known by (hook)."""
        return Domain.TRUE

    def _key_of(self, values):
        """What a record, or values, are known by."""
        is_record = isinstance(values, models.BaseModel)
        return tuple(
            self._fields[name].convert_to_cache(
                values[name] if is_record else values.get(name, False), self
            )
            for name in self._known_by
        )

    def _differing(self, vals):
        """Those of the values that this record, if it is one, does not have yet."""
        return {
            name: value
            for name, value in vals.items()
            if self
            and self._fields[name].convert_to_cache(value, self)
            != self._fields[name].convert_to_cache(self[name], self)
        }
