from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..assignment import WRITTEN


class CrmTerritoryLockMixin(models.AbstractModel):
    """Accounts and leads that the rules leave alone: neither changes, days nor runs
    give them other territories, another salesperson or team. The guards are in
    ``Assignment.judge`` and ``HandOut.waiting``.
    """

    _name = "crm.territory.lock.mixin"
    _description = "Can Be Left Alone by Rules"
    _inherit = ["crm.territory.guarded.mixin"]

    territory_is_locked = fields.Boolean(
        "Rules Leave It Alone",
        copy=False,
        tracking=True,
        help="Neither rules nor runs change its territories, its salesperson or its"
        " team. A contact follows its account, locked or not.",
    )
    territory_can_lock = fields.Boolean(compute="_compute_territory_can_lock")

    @api.depends_context("uid")
    @api.depends("territory_set_id")
    def _compute_territory_can_lock(self):
        saved = self.filtered("id")
        refused = saved._not_locked_by_user()
        for record in self:
            record.territory_can_lock = record not in refused

    def _not_locked_by_user(self):
        """Those that the user cannot lock or unlock: who decides by hand may."""
        if self.env.su or self.env.user._shapes_all_territories():
            return self.browse()
        if not self.env.user._territory_scope().managed_ids:
            return self
        return self._not_taken_by_user()

    def _check_may_lock(self):
        """
        :raise AccessError: the user decides by hand on none of these territories
        """
        if refused := self._not_locked_by_user():
            raise AccessError(
                self.env._(
                    "You cannot lock or unlock “%s”: sales administrators do, and the"
                    " managers of its territories.",
                    refused[0].display_name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        # a default of the context, or of the user, locks as well
        if not self.env.su and not self.env.user._shapes_all_territories():
            records.filtered("territory_is_locked")._check_may_lock()
        return records

    def write(self, vals):
        if "territory_is_locked" not in vals:
            return super().write(vals)
        is_locked = bool(vals["territory_is_locked"])
        turned = self.filtered(lambda record: record.territory_is_locked != is_locked)
        turned._check_may_lock()
        # what was written before counts, what is written with it or later does not
        turned.flush_recordset(WRITTEN)
        result = super().write(vals)
        # locked or not, where an account is for its leads may be another place now
        turned._judge_later()
        return result
