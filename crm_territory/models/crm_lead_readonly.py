from functools import partial

from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import AccessError

# the views in which a record can be changed
_VIEW_TYPES = frozenset({"form", "list", "kanban"})
_READONLY = "territory_is_readonly"


class CrmLead(models.Model):
    """What a territory shares for reading only: nothing that would fail is offered,
    whatever other addons add to the views.
    """

    _inherit = "crm.lead"

    territory_is_readonly = fields.Boolean(
        "Read-Only for Me",
        compute="_compute_territory_is_readonly",
        help="I see it, but may not change it.",
    )

    @api.depends_context("uid")
    @api.depends("user_id", "territory_set_id", "company_id")
    def _compute_territory_is_readonly(self):
        """No query for each record: the rules are asked of what is in the cache."""
        saved = self._origin.filtered("id")
        readonly = saved - saved._filtered_access("write")
        for record in self:
            record.territory_is_readonly = record._origin in readonly

    def _check_access(self, operation):
        """Say plainly that a record is shared for reading only."""
        result = super()._check_access(operation)
        if result and operation in ("write", "unlink"):
            forbidden, make_error = result
            return forbidden, partial(forbidden._make_readonly_error, make_error)
        return result

    def _make_readonly_error(self, make_error):
        if not self.has_access("read") or not all(
            record.territory_can_read for record in self
        ):
            return make_error()
        return AccessError(
            self.env._(
                "You may read, but not change:\n%s\n\nA territory shares this with you "
                "for reading only. Ask the salesperson, or the manager of the "
                "territory.",
                "\n".join(f"- {name}" for name in self[:6].mapped("display_name")),
            )
        )

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type in _VIEW_TYPES:
            self._offer_no_change(arch)
        return arch, view

    @api.model
    def _offer_no_change(self, arch):
        """Make the fields of a view read-only, and take away the buttons that change
        something, where the record is read-only. The buttons of the button box show.
        """
        for node in arch.xpath(".//field[not(ancestor::field)]"):
            field = self._fields.get(node.get("name"))
            # a field that is read-only anyway must not become writable
            if field and (node.get("readonly") or not field.readonly):
                _add_condition(node, "readonly")
        for node in arch.xpath(
            "//form/header//button"
            " | //form/sheet//*[self::button or self::a][@type='object']"
            "[not(ancestor::field)][not(ancestor::div[@name='button_box'])]"
        ):
            _add_condition(node, "invisible")
        if not arch.xpath(f".//field[@name='{_READONLY}'][not(ancestor::field)]"):
            arch.insert(
                0,
                etree.Element(
                    "field", name=_READONLY, invisible="1", column_invisible="1"
                ),
            )


def _add_condition(node, attribute):
    """Let a modifier hold for read-only records, too."""
    condition = node.get(attribute)
    if condition not in ("1", "True"):
        node.set(attribute, f"({condition}) or {_READONLY}" if condition else _READONLY)
