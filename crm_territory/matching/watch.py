"""Which fields the criteria read: whose change makes a record worth judging again.

A watched field lies at the end of a path that starts at the judged record: the name
of its country is ``("country_id",)`` and then ``name``. Computed fields are followed
down to the fields that they are computed from, by what they declare to depend on.
"""

from collections.abc import Iterable

from odoo.fields import Domain


class Watch:
    """{model: {field: set of (judged model, path to the model)}}, filled by `add_*`."""

    def __init__(self, env):
        self.env = env
        self.fields = {}
        self._seen = set()

    def add_domain(self, model_name, domain, judged=None, path=()):
        """Watch all that a domain reads.

        :param Domain domain: not optimised: as it was written
        """
        judged = judged or model_name
        for condition in domain.iter_conditions():
            self.add_path(model_name, condition.field_expr, judged, path)
            names = condition.field_expr.split(".")
            if comodel := self._comodel(model_name, names):
                self._add_relation(comodel, condition, judged, (*path, *names))

    def _add_relation(self, comodel, condition, judged, path):
        """Watch what a condition reads of the records that its field points at."""
        value = condition.value
        self.add_path(comodel, "id", judged, path)  # it changes when they are deleted
        if condition.operator in ("any", "not any"):
            if isinstance(value, Domain | list | tuple):
                self.add_domain(comodel, Domain(value), judged, path)
            return
        if condition.operator in ("child_of", "parent_of"):
            self.add_path(comodel, self.env[comodel]._parent_name, judged, path)
        # a text, or one among the values, is compared with the name
        if isinstance(value, Iterable) and any(isinstance(v, str) for v in value):
            self._add_name(comodel, judged, path)

    def add_path(self, model_name, field_path, judged=None, path=(), chain=()):
        """Watch each field of a dotted path, and what computed fields depend on.

        :param chain: the computed fields that led here: a field that depends on itself
            through other records (a parent's) is followed once
        """
        judged = judged or model_name
        for name in field_path.split("."):
            field = self.env[model_name]._fields.get(name)
            if field is None:
                return
            self._add_field(model_name, field, judged, path, chain)
            if not field.comodel_name:
                return
            path = (*path, name)
            model_name = field.comodel_name

    def _add_field(self, model_name, field, judged, path, chain):
        key = (model_name, field.name, judged, path)
        if key in self._seen or field in chain:
            return
        self._seen.add(key)
        watched = self.fields.setdefault(model_name, {})
        watched.setdefault(field.name, set()).add((judged, path))
        if field.type == "one2many" and field.inverse_name:
            self.add_path(
                field.comodel_name, field.inverse_name, judged, (*path, field.name)
            )
        for dependency in self.env.registry.field_depends[field]:
            self.add_path(model_name, dependency, judged, path, (*chain, field))

    def _add_name(self, comodel, judged, path):
        target = self.env[comodel]
        searched = target._rec_names_search or [target._rec_name or "display_name"]
        for name in ("display_name", *searched):
            self.add_path(comodel, name, judged, path)

    def _comodel(self, model_name, names):
        for name in names:
            field = self.env[model_name]._fields.get(name)
            if field is None or not field.comodel_name:
                return None
            model_name = field.comodel_name
        return model_name
