from odoo import api, models
from odoo.exceptions import AccessError

from ..compat import memory_of_registry

_OURS = "crm_territory"
_ENGINE_FIELDS = "_crm_territory_engine_fields"
_DECIDED = "crm_territory_decided"


class _Names(frozenset):
    """Names of fields that our own code writes. (A client cannot send an object.)"""


class CrmTerritoryGuardedMixin(models.AbstractModel):
    """What assignment decides, no client writes: our fields that are stored and
    readonly. (Odoo lets programs write what a view shows as readonly, stored
    computations too.)

    Who may change a record is judged elsewhere. What writes one of these for a user
    does so with all rights, or says so (`_as_engine`).
    """

    _name = "crm.territory.guarded.mixin"
    _description = "Has Values that only the Engine Writes"

    def _as_engine(self, *names):
        """With a context in which these fields are written: in ``create`` and
        ``write``, after `_check_engine_fields` has seen what the client sends.
        """
        return self.with_context(**{_DECIDED: _Names(names)})

    @api.model
    def _engine_fields(self):
        """The names of the fields that clients cannot write: frozenset."""
        known = memory_of_registry(self.env.registry, _ENGINE_FIELDS)
        if self._name not in known:
            known[self._name] = frozenset(
                name
                for name, field in self._fields.items()
                if field.store
                and field.readonly
                and (field._modules or ("",))[0].startswith(_OURS)
            )
        return known[self._name]

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine_fields(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._check_engine_fields(vals.keys())
        return super().write(vals)

    @api.model
    def _decided_by_engine(self):
        """The names that `_as_engine` was called with, none of a client's."""
        decided = self.env.context.get(_DECIDED)
        return decided if isinstance(decided, _Names) else frozenset()

    @api.model
    def _not_a_clients(self):
        return self._engine_fields() - self._decided_by_engine()

    def _check_engine_fields(self, names):
        if self.env.su:
            return
        refused = self._not_a_clients().intersection(names)
        if refused:
            raise AccessError(
                self.env._(
                    "Nobody writes this by hand: %(fields)s of %(model)s. It follows"
                    " from other values.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(refused)
                    ),
                    model=self._description,
                )
            )

    @api.model
    def default_get(self, fields):
        """Neither the context nor a default of the user speaks for the engine."""
        values = super().default_get(fields)
        if not self.env.su:
            for name in self._engine_fields().intersection(fields):
                values.pop(name, None)
                default = self._fields[name].default
                if default:
                    value = default(self)
                    values[name] = getattr(value, "id", value)
        return values

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if self.env.su:
            return vals_list
        dropped = self._not_a_clients()
        return [
            {name: value for name, value in vals.items() if name not in dropped}
            for vals in vals_list
        ]
