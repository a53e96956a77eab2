from functools import partial
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, models
from odoo.tools import format_date

from ..compat import memory_of_transaction

_MEMORY = "crm_territory.audit"
# the key of the context, and the one value that counts: no client can send it
_UNTOLD_KEY = "crm_territory_untold"
_UNTOLD = object()


class State(NamedTuple):
    """What a record that is audited is at one moment, in the words of who changes it.

    :param territory_id: the territory that it is, or belongs to; None: of none
    :param subject: what it is called
    :param line: all of it, in a line
    :param values: {field: its value in words}
    """

    territory_id: int | None
    territory_name: str
    plan_id: int | None
    company_id: int | None
    subject: str
    line: str
    values: dict


class CrmTerritoryAuditedMixin(models.AbstractModel):
    """Changes are written down in ``crm.territory.change``, once for a transaction.

    What a record was before the first change of the transaction is kept in memory, and
    compared with what it is when the transaction is about to end: what was changed back
    is no change, and a thousand lines cost no query each.
    """

    _name = "crm.territory.audited.mixin"
    _description = "Changes Are Written Down"

    # the fields whose changes are told
    _audited = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._audit_new()
        return records

    def write(self, vals):
        if not self._audited.isdisjoint(vals):
            self._audit_before()
        return super().write(vals)

    def unlink(self):
        self._audit_before()
        return super().unlink()

    # -- noted

    def _audit_new(self):
        if self._is_audited():
            noted = self._audit_memory()
            for record in self._audit_records():
                noted.setdefault((self._name, record.id), None)

    def _audit_before(self):
        """Keep what the records are, unless that is known of this transaction."""
        if self._is_audited():
            noted = self._audit_memory()
            for record in self._audit_in_words()._audit_records():
                if (self._name, record.id) not in noted:
                    noted[self._name, record.id] = record._audit_state()

    def _is_audited(self):
        """Not while addons are installed or taken away, nor what is told as one."""
        registry = self.env.registry
        # what a client says of itself does not count
        is_installing = self.env.uid == SUPERUSER_ID and self.env.context.get(
            "install_mode"
        )
        return (
            bool(self._audited)
            and registry.ready
            and not is_installing
            and not getattr(registry, "crm_territory_is_leaving", False)
            and self.env.context.get(_UNTOLD_KEY) is not _UNTOLD
        )

    def _untold(self):
        """The records, of whose changes nothing is told."""
        return self.with_context(**{_UNTOLD_KEY: _UNTOLD})

    def _audit_memory(self):
        """{(model, id): State before, None where it is new} of the user."""
        memory = memory_of_transaction(self.env, _MEMORY)
        if self.env.uid not in memory:
            memory[self.env.uid] = {}
            changes = self.env["crm.territory.change"].browse()._told_by_user()
            self.env.cr.precommit.add(
                partial(changes._write_down_noted, memory[self.env.uid], memory)
            )
        return memory[self.env.uid]

    def _audit_in_words(self):
        """The records as the user reads them, whatever the rights and the request."""
        user = self.env.user.sudo()
        return self.sudo().with_context(lang=user.lang, tz=user.tz, active_test=False)

    # -- in words (hooks)

    def _audit_records(self):
        """Those of the records that are audited."""
        return self

    def _audit_state(self):
        self.ensure_one()
        territory = self._audit_territory()
        plan = self._audit_plan(territory)
        return State(
            territory_id=territory.id or None,
            territory_name=territory.complete_name or "",
            plan_id=plan.id or None,
            company_id=plan.company_id.id or None,
            subject=self._audit_subject(),
            line=self._audit_line(),
            values={name: self._audit_words(name) for name in sorted(self._audited)},
        )

    def _audit_territory(self):
        """The territory that the record belongs to; empty for none."""
        return self.env["crm.territory"].browse()

    def _audit_plan(self, territory):
        return territory.plan_id

    def _audit_subject(self):
        return self.display_name or ""

    def _audit_line(self):
        return self._audit_subject()

    def _audit_words(self, name):
        """The value of a field in words, empty for none."""
        field, value = self._fields[name], self[name]
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type == "many2one" and value._name == "crm.territory":
            return value.complete_name or ""
        if field.type == "many2one":
            return value.display_name or ""
        if field.type == "date":
            return format_date(self.env, value) if value else ""
        if field.type == "selection":
            return field.convert_to_export(value, self) or ""
        return str(value) if value or field.type == "integer" else ""
