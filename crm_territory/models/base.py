from odoo import models
from odoo.exceptions import AccessError

from ..matching import access

# More records than this are not judged within the change of a value that they share
# (the name of a country): the plan is to be run instead.
_JUDGE_AT_ONCE = 1000


class Base(models.AbstractModel):
    _inherit = "base"
    # whether it shows leads of which somebody else's rules may hide some
    _obeys_rules_of_leads = False

    def modified(self, fnames, create=False, before=False):
        """Judge again the records whose criteria read one of these values. 0 queries
        for a field that no active plan reads.

        :param bool before: the values are about to change, or the records to go. Then
            what depends on them is looked for first: what Odoo marks to be computed
            must not be before that.
        """
        if before:
            self._judge_who_reads(fnames, create, before)
        result = super().modified(fnames, create=create, before=before)
        access.forget_changed(self.env, self._name, fnames)
        if not before:
            self._judge_who_reads(fnames, create, before)
        return result

    def _judge_who_reads(self, fnames, create, before):
        if (
            not self
            or self._name.startswith("crm.territory")  # made of criteria: read none
            or "crm.territory.plan" not in self.env
        ):
            return
        watched = self.env["crm.territory.plan"]._watched().get(self._name)
        if watched:
            # the id changes when the record is deleted
            names = set(fnames) - (set() if before else {"id"})
            # what moves in a tree takes along what lies below
            operator = "in" if create or self._parent_name not in names else "child_of"
            for judged, path in set().union(*(watched.get(name, ()) for name in names)):
                if path:
                    self._judge_at_the_end_of(judged, path, operator)
                elif not before:
                    self.browse(self._ids)._judge_later(create)

    def _judge_at_the_end_of(self, judged, path, operator):
        """Judge the records of the model ``judged`` from which ``path`` leads here.

        :param operator: "in", or "child_of": here and below
        """
        ids = [id_ for id_ in self._ids if id_]
        if not ids:
            return
        records = (
            self.env[judged]
            .sudo()
            .with_context(active_test=False)
            .search([(".".join(path), operator, ids)], limit=_JUDGE_AT_ONCE + 1)
        )
        if len(records) > _JUDGE_AT_ONCE:
            self.env["crm.territory.plan"]._active_plans()._bump_version()
        elif records:
            records._judge_later()

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        """To whom one may answer, without those that one does not see: Odoo would fail
        to read the author of a message or a customer that is hidden, and the chatter
        of a visible record would not open.
        """
        suggest = super()._message_get_suggested_recipients_batch
        try:
            return suggest(*args, **kwargs)
        except AccessError:
            if self.env.su or not self.env.user._sees_accounts_by_territory():
                raise
        everybody = super(Base, self.sudo())._message_get_suggested_recipients_batch(
            *args, **dict(kwargs, no_create=True)
        )
        ids = {
            recipient["partner_id"]
            for recipients in everybody.values()
            for recipient in recipients
            if recipient["partner_id"]
        }
        hidden = ids.difference(
            self.env["res.partner"].browse(ids)._filtered_access("read").ids
        )
        return {
            record_id: [r for r in recipients if r["partner_id"] not in hidden]
            for record_id, recipients in everybody.items()
        }
