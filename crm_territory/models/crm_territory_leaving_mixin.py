from dataclasses import dataclass

from odoo import api, models
from odoo.tools import format_list

_SAVING = "crm_territory_saving"
_EDITING = "crm_territory_editing"
_NAMED = 3  # people whom a message names


@dataclass(frozen=True, slots=True)
class _Saving:
    """What a client is saving, in the context of ``web_save``. (A client cannot send an
    object.)

    :param ids: of the records that are saved; none for a new one
    :param seen_ids: of those, the ones that the user saw before
    """

    ids: tuple = ()
    seen_ids: tuple = ()


@dataclass(frozen=True, slots=True)
class _Editing:
    """What a user is changing, in the context of ``write``.

    :param records: set of (model, id) that the user saw, and might change, before
    """

    records: frozenset = frozenset()


def ids_being_edited(model):
    """The ids of the records that the user is changing, and might change before: they
    stay so until the change is done, also where they have left meanwhile.
    """
    editing = model.env.context.get(_EDITING)
    if not isinstance(editing, _Editing):
        return []
    return [id_ for name, id_ in editing.records if name == model._name]


class CrmTerritoryLeavingMixin(models.AbstractModel):
    """What its author no longer sees after an edit is saved all the same (design 5).

    Clients save and read in one request. Reading what has left would fail, and take the
    edit back: such a record is answered by its id and by where it went, see
    ``static/src/leaving``.
    """

    _name = "crm.territory.leaving.mixin"
    _description = "Leaves Its Author Saved"

    # the path to the salesperson who has the record
    _leaving_owner_path = "user_id"

    def web_save(self, vals, *args, **kwargs):
        return super(CrmTerritoryLeavingMixin, self._saving()).web_save(
            vals, *args, **kwargs
        )

    def web_save_multi(self, vals_list, *args, **kwargs):
        return super(CrmTerritoryLeavingMixin, self._saving()).web_save_multi(
            vals_list, *args, **kwargs
        )

    def _saving(self):
        seen = self._filtered_access("read")
        saving = _Saving(self._ids, seen._ids)
        return self._as_edited().with_context(**{_SAVING: saving})

    @api.readonly
    def web_read(self, specification):
        """What is left of the records that are being saved: those that the user sees as
        Odoo reads them, the others in their places by ``{"id", "territory_left"}``.
        What is read instead of the record saved (the next one) comes before it.
        """
        saving = self.env.context.get(_SAVING)
        if not isinstance(saving, _Saving):
            return super().web_read(specification)
        self = self.with_context(**{_SAVING: None, _EDITING: None})
        saved = self.browse(saving.ids) or self
        left = self._left_among(self.browse(saving.seen_ids) if saving.ids else self)
        if not left:
            return super().web_read(specification)
        rows = {
            row["id"]: row
            for row in super(CrmTerritoryLeavingMixin, self - left).web_read(
                specification
            )
        }
        for record, message in left._leaving_messages():
            rows[record.id] = {"id": record.id, "territory_left": message}
        return [rows[id_] for id_ in (self | saved)._ids if id_ in rows]

    @api.model
    def _left_among(self, records):
        """Those of the records that the user does not see now, in whatever company.
        (What is of a company that is not on, Odoo's client turns that on for.)
        """
        companies = self.env.user._get_company_ids()
        everywhere = records.with_context(allowed_company_ids=list(companies))
        return records - everywhere._filtered_access("read").with_env(self.env)

    def _as_edited(self):
        """The records with a context in which those that the user may change stay
        accessible: Odoo and other addons read what they write, and write it again.
        Nobody but salespeople who are limited by territories needs it.
        """
        if self.env.su or not self.env.user._is_limited_by_territories():
            return self
        outer = self.env.context.get(_EDITING)
        known = outer.records if isinstance(outer, _Editing) else frozenset()
        changeable = self._filtered_access("read")._filtered_access("write")
        records = known.union((self._name, id_) for id_ in changeable._ids)
        if records == known:
            return self
        return self.with_context(**{_EDITING: _Editing(records)})

    # -- in words

    def _leaving_messages(self):
        """Where the records are now: (record, message) of each. Only names that every
        salesperson reads, and nothing else of a record.
        """
        by_place = {}
        for record in self:
            by_place.setdefault(record._leaving_place(), []).append(record)
        for place, records in by_place.items():
            message = self._leaving_message(*place, len(records))
            yield from ((record, message) for record in records)

    def _leaving_place(self):
        """The territory credited and the people who have the record: two texts."""
        record = self.sudo()
        territory = record.territory_id.sudo(False)._filtered_access("read")
        people = record.mapped(self._leaving_owner_path) or self._people_of(territory)
        return (
            territory.name or "",
            format_list(self.env, people.sudo().mapped("name")) if people else "",
        )

    @api.model
    def _people_of(self, territory):
        """Who looks after a territory: its managers of today, else its members; where
        it has neither, those of the next one above.
        """
        while territory:
            current = territory.member_ids.filtered("is_current")
            if current:
                managers = current.filtered("is_manager")
                return (managers or current).user_id[:_NAMED]
            territory = territory.parent_id
        return self.env["res.users"]

    @api.model
    def _leaving_message(self, territory, people, count):
        place = {"territory": territory, "people": people, "count": count}
        if count > 1:
            if territory and people:
                return self.env._(
                    "Saved. %(count)s of them are now in %(territory)s (%(people)s).",
                    **place,
                )
            if territory:
                return self.env._(
                    "Saved. %(count)s of them are now in %(territory)s.", **place
                )
            if people:
                return self.env._(
                    "Saved. %(count)s of them are now with %(people)s.", **place
                )
            return self.env._("Saved. You no longer see %(count)s of them.", **place)
        if territory and people:
            return self.env._(
                "Saved. It is now in %(territory)s (%(people)s).", **place
            )
        if territory:
            return self.env._("Saved. It is now in %(territory)s.", **place)
        if people:
            return self.env._("Saved. It is now with %(people)s.", **place)
        return self.env._("Saved. You no longer see it.")
