from odoo import api, fields, models
from odoo.fields import Domain

from ..boolean_search import boolean_search
from ..matching import access


class CrmTerritorySharedMixin(models.AbstractModel):
    """What is shared by territory: record rules ask these fields (design 5).

    Record rules call these search methods on every request, so nothing that depends on
    memberships is kept in the cache of ir.rule.
    """

    _name = "crm.territory.shared.mixin"
    _description = "Shared by Territory"
    _inherit = ["crm.territory.internal.fields.mixin"]

    territory_can_read = fields.Boolean(
        compute="_compute_territory_access",
        search="_search_territory_can_read",
        exportable=False,
        help="My territories, or people below me, let me read it.",
    )
    territory_can_write = fields.Boolean(
        compute="_compute_territory_access",
        search="_search_territory_can_write",
        exportable=False,
        help="My territories, or people below me, let me change it.",
    )
    territory_can_see_unowned = fields.Boolean(
        compute="_compute_territory_access",
        search="_search_territory_can_see_unowned",
        exportable=False,
        help="It has a salesperson, or it is open to me without one.",
    )
    territory_can_write_unowned = fields.Boolean(
        compute="_compute_territory_access",
        search="_search_territory_can_write_unowned",
        exportable=False,
        help="It has a salesperson, or I may change it without one.",
    )
    territory_is_unassigned = fields.Boolean(
        compute="_compute_territory_access",
        search="_search_territory_is_unassigned",
        exportable=False,
        help="It has neither salesperson nor territory, and is open to me so.",
    )

    @api.depends_context("uid")
    @api.depends("user_id", "territory_set_id")
    def _compute_territory_access(self):
        # first: to judge what waits for it may make new sets, and so change the scope
        set_ids = {record: record.sudo().territory_set_id.id for record in self}
        scope = self.env.user._territory_scope()
        owners, readable, writable = map(
            set, (scope.owner_ids, scope.read_set_ids, scope.write_set_ids)
        )
        is_restricted = self.env.user._is_limited_by_territories()
        everyone = self._unassigned_is_everyones()
        # few are different: the answers to many records are given at once
        alike = self.grouped(lambda record: (record.user_id, set_ids[record]))
        for (owner, set_id), records in alike.items():
            below = owner.id in owners
            records.territory_can_read = below or set_id in readable
            records.territory_can_write = below or set_id in writable
            records.territory_is_unassigned = everyone and not set_id and not owner
            is_open = not is_restricted or bool(owner) or (not set_id and everyone)
            records.territory_can_see_unowned = is_open or set_id in readable
            records.territory_can_write_unowned = is_open or set_id in writable

    def _search_territory_can_read(self, operator, value):
        scope = self.env.user._territory_scope()
        return self._search_scope(operator, value, scope.read_set_ids, scope.owner_ids)

    def _search_territory_can_write(self, operator, value):
        scope = self.env.user._territory_scope()
        return self._search_scope(operator, value, scope.write_set_ids, scope.owner_ids)

    def _search_scope(self, operator, value, set_ids, owner_ids):
        domain = access.inlined(self, "territory_set_id", set_ids) | access.inlined(
            self, "user_id", owner_ids
        )
        return boolean_search(operator, value, domain)

    def _search_territory_can_see_unowned(self, operator, value):
        return self._search_unowned(operator, value, "read_set_ids")

    def _search_territory_can_write_unowned(self, operator, value):
        return self._search_unowned(operator, value, "write_set_ids")

    def _search_unowned(self, operator, value, sets):
        domain = Domain.TRUE
        if self.env.user._is_limited_by_territories():
            set_ids = getattr(self.env.user._territory_scope(), sets)
            domain = Domain("user_id", "!=", False)
            domain |= access.inlined(self, "territory_set_id", set_ids)
            if self._unassigned_is_everyones():
                domain |= Domain("territory_set_id", "=", False)
        return boolean_search(operator, value, domain)

    def _search_territory_is_unassigned(self, operator, value):
        domain = Domain.FALSE
        if self._unassigned_is_everyones():
            domain = Domain("user_id", "=", False) & Domain(
                "territory_set_id", "=", False
            )
        return boolean_search(operator, value, domain)

    @api.model
    def _unassigned_is_everyones(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param("crm_territory.unassigned") != "managers"
